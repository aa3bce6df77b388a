/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reconciliations that a ledger was told of, by name: the last result whole, what all runs came to, and the last
 * runs without their examples. A row each in the store.
 *
 * There are at most PLX_RECONCILIATIONS_MAX names. One more is refused, not counted under "(other)": in such a heap a
 * result of false would be lost in one of true. A name that is no longer wanted is forgotten on demand.
 */
#ifndef PLX_LEDGER_RECONCILIATIONS_H
#define PLX_LEDGER_RECONCILIATIONS_H

#include "base/list.h"
#include "evidence/intake/reconciliation.h"
#include "evidence/ledger/ledger.h"

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
    bool dropped; /* it is forgotten: the store has to do that too */
};

/* By name. */
struct plx_reconciliations {
    struct plx_reconciliation_entry *entries[PLX_RECONCILIATIONS_MAX];
    size_t count;
};

/*
 * Counts a run and keeps it, in the store too when this returns (a store that can't be written now gets it with what
 * else it lacks). A run that is the last one once more is counted once: who got no answer may send it again.
 * PLX_E_LIMIT: there are too many names; PLX_E_MEMORY. Nothing has changed then.
 */
PLX_MUST_USE enum plx_status plx_ledger_reconciled(struct plx_ledger *ledger, const struct plx_reconciliation *result);
/* Whether there was one of that name. */
bool plx_ledger_forget_reconciliation(struct plx_ledger *ledger, struct plx_slice name);

/* {"reconciliations":[{"name":..,"runs":{..},"rows":{..},"last":result}...]}, by name. */
void plx_ledger_write_reconciliations(struct plx_ledger *ledger, struct plx_json_writer *out);
/* One of them, and its "history"; false where there is none of that name. */
bool plx_ledger_write_reconciliation(struct plx_ledger *ledger, struct plx_slice name, struct plx_json_writer *out);

#endif
