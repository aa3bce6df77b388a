/* SPDX-License-Identifier: Apache-2.0 */
/* What `mark` and `reset` have in common: a service of a running proxy begins to be counted anew. */
#ifndef PLX_COMMAND_EPOCH_CHANGE_H
#define PLX_COMMAND_EPOCH_CHANGE_H

#include "cli/client/fetch.h"

/* POST to /api/v1/services/SERVICE/PATH with {"KEY":"TEXT"}, or without a body where text is NULL, and says what began.
 * Returns the exit status. */
int plx_epoch_change(const struct plx_options *options, const char *service, const char *path, const char *key,
                     const char *text);

#endif
