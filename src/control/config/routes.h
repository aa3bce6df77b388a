/* SPDX-License-Identifier: Apache-2.0 */
/* The routes of a service or a spy: for services.c and spies.c alone. */
#ifndef PLX_CONFIG_ROUTES_H
#define PLX_CONFIG_ROUTES_H

#include "control/config/errors.h"
#include "service/service.h"

/* Where the keys of a route stand; NULL: nowhere. */
struct plx_route_nodes {
    const struct plx_yaml *match, *copy, *endpoint, *compare, *redact, *answer, *evidence, *timeout, *request;
};

/*
 * The list under `routes:`; the service's own rules must be whole. of_spy: nothing is copied there, and `answer` is for
 * the caller to read. Returns the nodes of each of the service's routes, as long as the reader lives; NULL where there
 * is none.
 */
const struct plx_route_nodes *plx_routes_read(struct plx_config_reader *reader, const struct plx_yaml *node,
                                              struct plx_service *service, bool of_spy);

#endif
