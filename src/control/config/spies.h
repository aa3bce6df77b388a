/* SPDX-License-Identifier: Apache-2.0 */
/* `spies:`, and the one spy of the command line. */
#ifndef PLX_CONFIG_SPIES_H
#define PLX_CONFIG_SPIES_H

#include "control/config/top.h"

#define PLX_SPY_TIME_MAX_MS (3600u * 1000) /* of each of its times */

/* The list under `spies:`. */
void plx_spies_read(struct plx_config_reader *reader, const struct plx_yaml *list, struct plx_config *config);
/* What `parallax spy` was given instead of a file, or over the file's only spy. */
void plx_spy_flags_apply(struct plx_config_reader *reader, const struct plx_config_flags *flags, struct plx_reading *r);
/* A spy's service as it is without any key; name is copied. false: no memory. */
bool plx_spy_defaults(struct plx_service *service, const char *name);
/* Whether some stub of it is to answer what the primary got. */
bool plx_spy_asks_primary(const struct plx_spy *spy);
/* What must hold between spies and all other addresses. */
void plx_spies_check(struct plx_config_reader *reader, const struct plx_reading *r);

#endif
