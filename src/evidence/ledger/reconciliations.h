/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reconciliations that a ledger was told of, by name: the last result whole, what all runs came to, and the last
 * runs without their examples. A row each in the store. They change by intake/posted_reconciliation.h alone.
 *
 * There are at most PLX_RECONCILIATIONS_MAX names. One more is refused, not counted under "(other)": in such a heap a
 * result of false would be lost in one of true. A name that is no longer wanted is forgotten on demand.
 */
#ifndef PLX_LEDGER_RECONCILIATIONS_H
#define PLX_LEDGER_RECONCILIATIONS_H

#include "base/list.h"
#include "evidence/record/reconciliation.h"

#define PLX_RECONCILIATIONS_MAX        256u
#define PLX_RECONCILIATION_HISTORY_MAX 20u /* runs of one that are kept, the last one included */

/* What the ledger keeps of one. */
struct plx_reconciliation_entry {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    char name[PLX_RECONCILIATION_NAME_MAX + 1];
    struct plx_reconciliation *last;                                    /* owned, as are those of the history */
    struct plx_reconciliation *history[PLX_RECONCILIATION_HISTORY_MAX]; /* newest first, the last one too */
    size_t history_count;
    struct plx_reconciliation_totals totals;
    bool dropped; /* it is forgotten, or there is nothing of it yet: the store has to forget it too */
};

/* By name. */
struct plx_reconciliations {
    struct plx_reconciliation_entry *entries[PLX_RECONCILIATIONS_MAX];
    size_t count;
};

/* NULL where there is none, or it is forgotten. */
struct plx_reconciliation_entry *plx_reconciliations_find(const struct plx_reconciliations *all, struct plx_slice name);
/* Found, or added as one of which there is nothing yet (dropped). NULL: *status says why. */
struct plx_reconciliation_entry *plx_reconciliations_entry(struct plx_reconciliations *all, struct plx_slice name,
                                                           enum plx_status *status);
/* Lets go of those that are dropped and that the store does not have any more. */
void plx_reconciliations_sweep(struct plx_reconciliations *all);
void plx_reconciliations_fini(struct plx_reconciliations *all);

/* Makes it the newest run, and the entry's. */
void plx_reconciliation_entry_push(struct plx_reconciliation_entry *entry, struct plx_reconciliation *run);
/* Drops it, with all that was kept of it. */
void plx_reconciliation_entry_drop(struct plx_reconciliation_entry *entry);
/* As an array, newest first. */
void plx_reconciliation_entry_write_history(const struct plx_reconciliation_entry *entry, struct plx_json_writer *out);

#endif
