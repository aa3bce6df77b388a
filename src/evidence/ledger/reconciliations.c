/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations in memory, in an array sorted by name; store_reconciliations.c writes and reads their rows. */
#include "evidence/ledger/reconciliations.h"

#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>

static int
compare_names(struct plx_slice name, const struct plx_reconciliation_entry *entry)
{
    struct plx_slice other = plx_slice_of(entry->name);
    int order = memcmp(name.ptr, other.ptr, name.len < other.len ? name.len : other.len);

    return order ? order : (name.len > other.len) - (name.len < other.len);
}

/* Where it is, or would be. */
static size_t
place_of(const struct plx_reconciliations *all, struct plx_slice name, bool *found)
{
    size_t at = 0;
    int order = 1;

    while (at < all->count && (order = compare_names(name, all->entries[at])) > 0)
        at++;
    *found = at < all->count && order == 0;
    return at;
}

/* NULL where there is none, or it is forgotten. */
static const struct plx_reconciliation_entry *
find(const struct plx_ledger *ledger, struct plx_slice name)
{
    bool found;
    size_t at = place_of(&ledger->reconciliations, name, &found);

    return found && !ledger->reconciliations.entries[at]->dropped ? ledger->reconciliations.entries[at] : NULL;
}

/* ---- what is kept ---- */

static void
clear(struct plx_reconciliation_entry *entry)
{
    free(entry->last);
    for (size_t i = 0; i < entry->history_count; i++)
        free(entry->history[i]);
    entry->last = NULL;
    entry->history_count = 0;
    entry->totals = (struct plx_reconciliation_totals){0};
}

static void
release(struct plx_reconciliations *all, size_t at)
{
    plx_list_remove(&all->entries[at]->dirty);
    clear(all->entries[at]);
    free(all->entries[at]);
    memmove(&all->entries[at], &all->entries[at + 1], (--all->count - at) * sizeof(struct plx_reconciliation_entry *));
}

void
plx_ledger_release_reconciliations(struct plx_ledger *ledger)
{
    while (ledger->reconciliations.count)
        release(&ledger->reconciliations, ledger->reconciliations.count - 1);
}

/* Those that are forgotten and that the store does not have any more. */
static void
sweep(struct plx_reconciliations *all)
{
    for (size_t i = all->count; i-- > 0;)
        if (all->entries[i]->dropped && plx_list_empty(&all->entries[i]->dirty))
            release(all, i);
}

struct plx_reconciliation_entry *
plx_ledger_reconciliation_entry(struct plx_ledger *ledger, struct plx_slice name, enum plx_status *status)
{
    struct plx_reconciliations *all = &ledger->reconciliations;
    struct plx_reconciliation_entry *entry;
    bool found;
    size_t at = place_of(all, name, &found);

    *status = PLX_OK;
    if (found)
        return all->entries[at];
    PLX_ASSERT(name.len <= PLX_RECONCILIATION_NAME_MAX);
    *status = all->count == PLX_RECONCILIATIONS_MAX ? PLX_E_LIMIT : PLX_E_MEMORY;
    entry = *status == PLX_E_LIMIT ? NULL : calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    *status = PLX_OK;
    plx_list_init(&entry->dirty);
    memcpy(entry->name, name.ptr, name.len);
    entry->dropped = true; /* until there is something of it */
    memmove(&all->entries[at + 1], &all->entries[at], (all->count++ - at) * sizeof(struct plx_reconciliation_entry *));
    all->entries[at] = entry;
    return entry;
}

void
plx_reconciliation_entry_push(struct plx_reconciliation_entry *entry, struct plx_reconciliation *run)
{
    if (entry->history_count == PLX_RECONCILIATION_HISTORY_MAX)
        free(entry->history[--entry->history_count]);
    memmove(&entry->history[1], &entry->history[0], entry->history_count++ * sizeof(struct plx_reconciliation *));
    entry->history[0] = run;
}

/* ---- changes ---- */

static void
save(struct plx_ledger *ledger, struct plx_reconciliation_entry *entry)
{
    if (!ledger->store)
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
plx_ledger_reconciled(struct plx_ledger *ledger, const struct plx_reconciliation *result)
{
    struct plx_reconciliation *last, *run;
    struct plx_reconciliation_entry *entry;
    enum plx_status status;

    sweep(&ledger->reconciliations);
    entry = plx_ledger_reconciliation_entry(ledger, result->name, &status);
    if (!entry)
        return status;
    if (!entry->dropped && is_the_last_again(entry->last, result))
        return PLX_OK;
    last = plx_reconciliation_copy(result, true);
    run = plx_reconciliation_copy(result, false);
    if (!last || !run) {
        free(last);
        free(run);
        sweep(&ledger->reconciliations);
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
plx_ledger_forget_reconciliation(struct plx_ledger *ledger, struct plx_slice name)
{
    bool found;
    size_t at = place_of(&ledger->reconciliations, name, &found);
    struct plx_reconciliation_entry *entry = found ? ledger->reconciliations.entries[at] : NULL;

    if (!entry || entry->dropped)
        return false;
    entry->dropped = true;
    clear(entry);
    save(ledger, entry);
    sweep(&ledger->reconciliations);
    return true;
}

/* ---- reading ---- */

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
plx_reconciliation_entry_write_history(const struct plx_reconciliation_entry *entry, struct plx_json_writer *w)
{
    plx_json_begin_array(w);
    for (size_t i = 0; i < entry->history_count; i++)
        plx_reconciliation_write(entry->history[i], w);
    plx_json_end_array(w);
}

void
plx_ledger_write_reconciliations(struct plx_ledger *ledger, struct plx_json_writer *w)
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
plx_ledger_write_reconciliation(struct plx_ledger *ledger, struct plx_slice name, struct plx_json_writer *w)
{
    const struct plx_reconciliation_entry *entry = find(ledger, name);

    if (!entry)
        return false;
    write_entry(w, entry);
    plx_json_key(w, "history");
    plx_reconciliation_entry_write_history(entry, w);
    plx_json_end_object(w);
    return true;
}

void
plx_ledger_expose_reconciliations(struct plx_ledger *ledger, struct plx_buffer *out)
{
    struct plx_reconciliation_view views[PLX_RECONCILIATIONS_MAX];
    const struct plx_reconciliations *all = &ledger->reconciliations;
    size_t count = 0;

    for (size_t i = 0; i < all->count; i++)
        if (!all->entries[i]->dropped)
            views[count++] = (struct plx_reconciliation_view){all->entries[i]->last, &all->entries[i]->totals};
    plx_reconciliations_expose(views, count, out);
}
