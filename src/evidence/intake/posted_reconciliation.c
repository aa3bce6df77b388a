/* SPDX-License-Identifier: Apache-2.0 */
/* Takes results of `parallax reconcile` into the ledger, and its store at once: who posts one does so only once. */
#include "evidence/intake/posted_reconciliation.h"

#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>

static void
save(struct plx_ledger *ledger, struct plx_reconciliation_entry *entry)
{
    if (!ledger->store.ops)
        return;
    if (plx_list_empty(&entry->dirty))
        plx_list_push_back(&ledger->dirty_reconciliations, &entry->dirty);
    ledger->behind = true;
    (void)plx_ledger_catch_up(ledger);
}

static bool
is_the_last_again(const struct plx_reconciliation *last, const struct plx_reconciliation *result)
{
    return last && last->started_ms == result->started_ms && last->outcome == result->outcome &&
           !(last->seconds < result->seconds) && !(last->seconds > result->seconds) &&
           memcmp(last->counts, result->counts, sizeof(last->counts)) == 0;
}

enum plx_status
plx_reconciliation_take(struct plx_ledger *ledger, const struct plx_reconciliation *result)
{
    struct plx_reconciliation *last, *run;
    struct plx_reconciliation_entry *entry;
    enum plx_status status;

    plx_reconciliations_sweep(&ledger->reconciliations);
    entry = plx_reconciliations_entry(&ledger->reconciliations, result->name, &status);
    if (!entry)
        return status;
    if (!entry->dropped && is_the_last_again(entry->last, result))
        return PLX_OK;
    last = plx_reconciliation_copy(result, true);
    run = plx_reconciliation_copy(result, false);
    if (!last || !run) {
        free(last);
        free(run);
        plx_reconciliations_sweep(&ledger->reconciliations);
        return PLX_E_MEMORY;
    }
    entry->dropped = false;
    free(entry->last);
    entry->last = last;
    plx_reconciliation_entry_push(entry, run);
    plx_reconciliation_add_up(&entry->totals, result);
    save(ledger, entry);
    return PLX_OK;
}

bool
plx_reconciliation_forget(struct plx_ledger *ledger, struct plx_slice name)
{
    struct plx_reconciliation_entry *entry = plx_reconciliations_find(&ledger->reconciliations, name);

    if (!entry)
        return false;
    plx_reconciliation_entry_drop(entry);
    save(ledger, entry);
    plx_reconciliations_sweep(&ledger->reconciliations);
    return true;
}
