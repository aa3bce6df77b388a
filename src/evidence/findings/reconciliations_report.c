/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the reconciliations: totals of all runs, and the last ones. */
#include "evidence/findings/reconciliations_report.h"

#include "evidence/ledger/ledger_state.h"

static void
write_numbers(struct plx_json_writer *w, const struct plx_reconciliation_totals *totals)
{
    uint64_t total = 0;

    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        total += totals->runs[i];
    plx_json_key(w, "runs");
    plx_json_begin_object(w);
    plx_json_key(w, "total");
    plx_json_uint(w, total);
    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++) {
        plx_json_key(w, plx_reconciliation_outcome_text((enum plx_reconciliation_outcome)i));
        plx_json_uint(w, totals->runs[i]);
    }
    plx_json_end_object(w);
    plx_json_key(w, "rows");
    plx_json_begin_object(w);
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++) {
        plx_json_key(w, plx_reconciliation_count_text((enum plx_reconciliation_count)i));
        plx_json_uint(w, totals->counts[i]);
    }
    plx_json_end_object(w);
}

/* All but the end of the object. */
static void
write_entry(struct plx_json_writer *w, const struct plx_reconciliation_entry *entry)
{
    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_text_value(w, entry->name);
    write_numbers(w, &entry->totals);
    plx_json_key(w, "last");
    plx_reconciliation_write(entry->last, w);
}

void
plx_findings_write_reconciliations(const struct plx_ledger *ledger, struct plx_json_writer *w)
{
    const struct plx_reconciliations *all = &ledger->reconciliations;

    plx_json_begin_object(w);
    plx_json_key(w, "reconciliations");
    plx_json_begin_array(w);
    for (size_t i = 0; i < all->count; i++) {
        if (all->entries[i]->dropped)
            continue;
        write_entry(w, all->entries[i]);
        plx_json_end_object(w);
    }
    plx_json_end_array(w);
    plx_json_end_object(w);
}

bool
plx_findings_write_reconciliation(const struct plx_ledger *ledger, struct plx_slice name, struct plx_json_writer *w)
{
    const struct plx_reconciliation_entry *entry = plx_reconciliations_find(&ledger->reconciliations, name);

    if (!entry)
        return false;
    write_entry(w, entry);
    plx_json_key(w, "history");
    plx_reconciliation_entry_write_history(entry, w);
    plx_json_end_object(w);
    return true;
}
