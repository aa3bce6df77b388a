/* SPDX-License-Identifier: Apache-2.0 */
/* `services:`, and a service as it is before its keys are read. */
#ifndef PLX_CONFIG_SERVICES_H
#define PLX_CONFIG_SERVICES_H

#include "control/config/errors.h"
#include "service/service.h"

/* Where the keys of a service stand; NULL: nowhere. */
struct plx_service_nodes {
    const struct plx_yaml *mapping; /* the service itself; NULL: it is none */
    const struct plx_yaml *name, *hosts, *roles[PLX_ROLES];
    const struct plx_yaml *stage, *share, *by, *only, *version;
    const struct plx_yaml *copy, *timeout, *limits, *recheck, *eject, *correlate, *evidence, *fold, *via, *redirects;
    const struct plx_yaml *compare, *redact, *secrets, *routes;
};

/* The list under `services:` into a snapshot; NULL where errors were found. nodes: of each service, as long as the
 * reader lives. */
struct plx_snapshot *plx_services_read(struct plx_config_reader *reader, const struct plx_yaml *list,
                                       const struct plx_service_nodes **nodes);
/* A service as it is without any key; name is copied. false: no memory. */
bool plx_service_defaults(struct plx_service *service, const char *name);

#endif
