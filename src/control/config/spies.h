/* SPDX-License-Identifier: Apache-2.0 */
/* `spies:`, and a spy as it is before its keys are read. */
#ifndef PLX_CONFIG_SPIES_H
#define PLX_CONFIG_SPIES_H

#include "control/config/errors.h"
#include "control/config/settings.h"

#define PLX_SPY_TIME_MAX_MS (3600u * 1000) /* of each of its times */

/* Where the keys of a spy stand; NULL: nowhere. */
struct plx_spy_nodes {
    const struct plx_yaml *name, *sides[PLX_SPY_SIDES], *real, *answer;
    const struct plx_yaml *window, *settle, *late;
    const struct plx_yaml *target, *timeout, *limits;
    const struct plx_yaml *compare, *redact, *routes;
};

/* The list under `spies:`. Returns the nodes of each spy, as long as the reader lives; NULL where there is none. */
const struct plx_spy_nodes *plx_spies_read(struct plx_config_reader *reader, const struct plx_yaml *list,
                                           struct plx_config *config);
/* A spy's service as it is without any key; name is copied. false: no memory. */
bool plx_spy_defaults(struct plx_service *service, const char *name);
/* Whether some stub of it is to answer what the primary got. */
bool plx_spy_asks_primary(const struct plx_spy *spy);

#endif
