/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: built for the configuration and for changes of a stage, counted, freed. All that hangs on a snapshot is
 * malloc'ed and freed with it. */
#ifndef PLX_SERVICE_SNAPSHOT_H
#define PLX_SERVICE_SNAPSHOT_H

#include "service/service.h"

extern const struct plx_client_timeouts plx_client_timeouts_default;

/* Services zeroed but for their index, clients' timeouts as by default; NULL where there is no memory. The caller fills
 * them before anybody else sees them. */
struct plx_snapshot *plx_snapshot_new(size_t service_count);
/*
 * The same services once more, which share all that hangs on those of the snapshot (which may go before), counts of
 * copies included. Stages, shares, pauses and folds may be changed until somebody else sees it. NULL where there is no
 * memory.
 */
struct plx_snapshot *plx_snapshot_derive(const struct plx_snapshot *snapshot);

/* What is spent of the budgets of the services before stays spent, and what is under way counts: by name, until
 * somebody else sees the snapshot. Of another candidate, or under other rules, a service's next epoch begins. */
void plx_snapshot_go_on(struct plx_snapshot *snapshot, const struct plx_snapshot *before);

struct plx_snapshot *plx_snapshot_ref(struct plx_snapshot *snapshot); /* from any thread */
void plx_snapshot_unref(struct plx_snapshot *snapshot);               /* NULL is fine; the last one frees */

#endif
