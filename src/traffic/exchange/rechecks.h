/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mismatches of a worker that wait to be asked again: a list by when they are due, and one timer.
 *
 *   verdict --plx_recheck_offer--> share, per_second, room --> waits --`after`--> recheck_exchange.h
 *
 * Each is asked just `after` its mismatch, or not at all: what finds no room is counted and not asked later. So nothing
 * piles up, and the primary's load is what the configuration says.
 */
#ifndef PLX_EXCHANGE_RECHECKS_H
#define PLX_EXCHANGE_RECHECKS_H

#include "traffic/exchange/exchange.h"
#include "traffic/net/deadline.h"

#define PLX_RECHECKS_MAX       1000u      /* that wait, of a worker; what comes after is dropped */
#define PLX_RECHECKS_BYTES_MAX (4u << 20) /* of them together, likewise */

struct plx_rechecks {
    struct plx_context *context;
    struct plx_list waiting; /* by due_ms */
    size_t count, bytes;
    struct plx_deadline due; /* of the first */
};

/* They are the context's then. The loop's end closes the timer. */
void plx_rechecks_init(struct plx_rechecks *rechecks, struct plx_context *context);
/* None is asked any more: counted as dropped. */
void plx_rechecks_drop(struct plx_rechecks *rechecks);
/* A mismatch of a service with `recheck`, which is counted and about to end: it is asked again if it is safe to, among
 * the share, and there is room for it. */
void plx_recheck_offer(struct plx_exchange *exchange, const struct plx_exchange_outcome *outcome);

#endif
