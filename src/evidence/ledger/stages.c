/* SPDX-License-Identifier: Apache-2.0 */
/* Stages that were set, holds and changes, in memory. */
#include "evidence/ledger/stages.h"

#include "base/assert.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"

#include <stdlib.h>

static const char *const change_texts[] = {
#define TEXT(name, text) text,
    PLX_CHANGE_MAP(TEXT)
#undef TEXT
};

const char *
plx_change_text(enum plx_change_kind kind)
{
    PLX_ASSERT((unsigned)kind < PLX_COUNT(change_texts));
    return change_texts[kind];
}

bool
plx_change_of(struct plx_slice text, enum plx_change_kind *kind)
{
    for (size_t i = 0; i < PLX_COUNT(change_texts); i++)
        if (plx_slice_equal(text, plx_slice_of(change_texts[i]))) {
            *kind = (enum plx_change_kind)i;
            return true;
        }
    return false;
}

/* ---- told ---- */

static struct plx_stage_entry *
find(const struct plx_ledger *ledger, const char *service)
{
    return plx_table_get(&ledger->stages, plx_slice_of(service));
}

struct plx_stage_state
plx_ledger_stage_state(const struct plx_ledger *ledger, const char *service)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    return entry ? entry->state : (struct plx_stage_state){0};
}

const struct plx_set_stage *
plx_ledger_stage(const struct plx_ledger *ledger, const char *service)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    return entry && entry->state.is_set ? &entry->state.set : NULL;
}

const struct plx_held *
plx_ledger_held(const struct plx_ledger *ledger, const char *service, enum plx_hold hold)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    return entry && entry->state.held[hold].note.time_ms ? &entry->state.held[hold] : NULL;
}

const struct plx_change *
plx_ledger_changes(const struct plx_ledger *ledger, const char *service, size_t *count)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    *count = entry ? entry->change_count : 0;
    return entry ? entry->changes : NULL;
}

bool
plx_ledger_stage_is_stored(const struct plx_ledger *ledger, const char *service)
{
    const struct plx_stage_entry *entry = find(ledger, service);

    return ledger->store.ops && entry && plx_list_empty(&entry->dirty);
}

/* ---- changed ---- */

struct plx_stage_entry *
plx_ledger_stage_entry(struct plx_ledger *ledger, struct plx_slice service, enum plx_status *status)
{
    struct plx_stage_entry *entry = plx_table_get(&ledger->stages, service);

    *status = PLX_OK;
    if (entry)
        return entry;
    PLX_ASSERT(service.len <= PLX_SERVICE_NAME_MAX);
    entry = calloc(1, sizeof(*entry));
    if (!entry) {
        *status = PLX_E_MEMORY;
        return NULL;
    }
    plx_list_init(&entry->dirty);
    memcpy(entry->name, service.ptr, service.len);
    *status = plx_table_add(&ledger->stages, service, entry);
    if (*status == PLX_OK)
        return entry;
    free(entry);
    return NULL;
}

static void
add_change(struct plx_stage_entry *entry, const struct plx_change *change)
{
    if (entry->change_count == PLX_CHANGES_MAX)
        memmove(entry->changes, entry->changes + 1, --entry->change_count * sizeof(*entry->changes));
    entry->changes[entry->change_count++] = *change;
}

static void
save(struct plx_ledger *ledger, struct plx_stage_entry *entry)
{
    if (!ledger->store.ops)
        return;
    if (plx_list_empty(&entry->dirty))
        plx_list_push_back(&ledger->dirty_stages, &entry->dirty);
    plx_ledger_save_stages(ledger);
}

enum plx_status
plx_ledger_set_stage(struct plx_ledger *ledger, const char *service, const struct plx_stage_state *state,
                     const struct plx_change *change)
{
    enum plx_status status;
    struct plx_stage_entry *entry = plx_ledger_stage_entry(ledger, plx_slice_of(service), &status);

    if (!entry)
        return status;
    entry->state = *state;
    add_change(entry, change);
    save(ledger, entry);
    return PLX_OK;
}

enum plx_status
plx_ledger_note_change(struct plx_ledger *ledger, const char *service, const struct plx_change *change)
{
    enum plx_status status;
    struct plx_stage_entry *entry = plx_ledger_stage_entry(ledger, plx_slice_of(service), &status);

    if (!entry)
        return status;
    add_change(entry, change);
    save(ledger, entry);
    return PLX_OK;
}
