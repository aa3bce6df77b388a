/* SPDX-License-Identifier: Apache-2.0 */
/* Building a snapshot: for the configuration, and for changes of a stage. All that hangs on a snapshot is malloc'ed and
 * freed with it. */
#ifndef PLX_SERVICE_BUILD_H
#define PLX_SERVICE_BUILD_H

#include "service/service.h"

extern const struct plx_client_timeouts plx_client_timeouts_default;

/* Services zeroed but for their index, clients' timeouts as by default; NULL where there is no memory. The caller fills
 * them before anybody else sees them. */
struct plx_snapshot *plx_snapshot_new(size_t service_count);
/*
 * The same services once more, which share all that hangs on those of the snapshot (which may go before), counts of
 * copies included. Stages and shares may be changed until somebody else sees it. NULL where there is no memory.
 */
struct plx_snapshot *plx_snapshot_derive(const struct plx_snapshot *snapshot);
/* Compiles route->match. NULL, or what is wrong with it and how to mend it (static text). Without memory NULL, and
 * route->pattern stays NULL. */
const char *plx_route_compile(struct plx_route *route);
/* Whether the earlier route takes every request that the later one would. Both compiled. */
bool plx_route_covers(const struct plx_route *earlier, const struct plx_route *later);

#endif
