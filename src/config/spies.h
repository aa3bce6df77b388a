/* SPDX-License-Identifier: Apache-2.0 */
/* `spies:`, and the one spy of the command line. */
#ifndef PLX_CONFIG_SPIES_H
#define PLX_CONFIG_SPIES_H

#include "config/top.h"

/* The list under `spies:`. */
void plx_spies_read(struct plx_config_reader *reader, const struct plx_yaml *list, struct plx_config *config);
/* What `parallax spy` was given instead of a file, or over the file's only spy. */
void plx_spy_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r);
/* What must hold between spies and all other addresses. */
void plx_spies_check(struct plx_config_reader *reader, const struct plx_reading *r);

#endif
