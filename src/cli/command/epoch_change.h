/* SPDX-License-Identifier: Apache-2.0 */
/* What `mark` and `reset` have in common: a service of a running proxy begins to be counted anew. */
#ifndef PLX_COMMAND_EPOCH_CHANGE_H
#define PLX_COMMAND_EPOCH_CHANGE_H

#include "cli/client/fetch.h"

/* A member of what is posted. */
struct plx_epoch_text {
    const char *key, *text; /* text NULL: it is left out */
};

/* POST to /api/v1/services/SERVICE/PATH with {"KEY":"TEXT",...}, without a body where there is none, and says what
 * began. Returns the exit status. */
int plx_epoch_change(const struct plx_options *options, const char *service, const char *path,
                     const struct plx_epoch_text *texts, size_t count);

#endif
