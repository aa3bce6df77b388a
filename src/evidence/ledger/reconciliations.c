/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations in memory, in an array sorted by name. */
#include "evidence/ledger/reconciliations.h"

#include "base/assert.h"
#include "base/slice.h"

#include <stdlib.h>

static int
compare_names(struct plx_slice name, const struct plx_reconciliation_entry *entry)
{
    return plx_slice_order(name, plx_slice_of(entry->name));
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

struct plx_reconciliation_entry *
plx_reconciliations_find(const struct plx_reconciliations *all, struct plx_slice name)
{
    bool found;
    size_t at = place_of(all, name, &found);

    return found && !all->entries[at]->dropped ? all->entries[at] : NULL;
}

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
plx_reconciliations_fini(struct plx_reconciliations *all)
{
    while (all->count)
        release(all, all->count - 1);
}

void
plx_reconciliations_sweep(struct plx_reconciliations *all)
{
    for (size_t i = all->count; i-- > 0;)
        if (all->entries[i]->dropped && plx_list_empty(&all->entries[i]->dirty))
            release(all, i);
}

struct plx_reconciliation_entry *
plx_reconciliations_entry(struct plx_reconciliations *all, struct plx_slice name, enum plx_status *status)
{
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

void
plx_reconciliation_entry_drop(struct plx_reconciliation_entry *entry)
{
    entry->dropped = true;
    clear(entry);
}

void
plx_reconciliation_entry_write_history(const struct plx_reconciliation_entry *entry, struct plx_json_writer *w)
{
    plx_json_begin_array(w);
    for (size_t i = 0; i < entry->history_count; i++)
        plx_reconciliation_write(entry->history[i], w);
    plx_json_end_array(w);
}
