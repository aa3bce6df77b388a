/* SPDX-License-Identifier: Apache-2.0 */
/* Routes of a service: their patterns, and which of them takes a request. */
#ifndef PLX_SERVICE_ROUTE_H
#define PLX_SERVICE_ROUTE_H

#include "service/service.h"

/* Compiles route->match. NULL, or what is wrong with it and how to mend it (static text). Without memory NULL, and
 * route->pattern stays NULL. */
const char *plx_route_compile(struct plx_route *route);
/* Whether the earlier route takes every request that the later one would. Both compiled. */
bool plx_route_covers(const struct plx_route *earlier, const struct plx_route *later);
void plx_route_pattern_free(struct plx_route_pattern *pattern); /* NULL is fine */

/* The first route that matches method and path (a query is not looked at), or NULL. */
const struct plx_route *plx_route_for(const struct plx_service *service, struct plx_slice method,
                                      struct plx_slice path);

#endif
