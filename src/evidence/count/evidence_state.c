/* SPDX-License-Identifier: Apache-2.0 */
/* The states' memory, and what a tally gathers of values. */
#include "evidence/count/evidence_state.h"

#include "evidence/count/field_counts.h"

#include <stdlib.h>

/* ---- making and freeing ---- */

void
plx_field_evidence_free(struct plx_field_evidence *evidence)
{
    if (evidence)
        free(evidence->coin);
    free(evidence);
}

void
plx_service_evidence_free(struct plx_service_evidence *evidence)
{
    if (evidence)
        plx_table_fini(&evidence->names, free);
    if (evidence)
        plx_canary_evidence_fini(&evidence->canary);
    free(evidence);
}

/* A name that is too long has the empty key, which no field has. */
static struct plx_slice
key_of(enum plx_kind kind, struct plx_slice name, char bytes[PLX_FIELD_NAME_MAX + 1])
{
    if (name.len > PLX_FIELD_NAME_MAX)
        return plx_slice_make("", 0);
    bytes[0] = (char)('a' + (int)kind);
    if (name.len)
        memcpy(bytes + 1, name.ptr, name.len);
    return plx_slice_make(bytes, name.len + 1);
}

const struct plx_name_evidence *
plx_name_evidence_find(const struct plx_service_evidence *evidence, enum plx_kind kind, struct plx_slice name)
{
    char bytes[PLX_FIELD_NAME_MAX + 1];

    return plx_table_get(&evidence->names, key_of(kind, name, bytes));
}

struct plx_name_evidence *
plx_name_evidence_of(struct plx_service_evidence *evidence, enum plx_kind kind, struct plx_slice name)
{
    char bytes[PLX_FIELD_NAME_MAX + 1];
    const struct plx_slice key = key_of(kind, name, bytes);
    struct plx_name_evidence *found = plx_table_get(&evidence->names, key);

    if (found)
        return found;
    if (!key.len || evidence->names.count >= PLX_EVIDENCE_NAMES_MAX ||
        !(found = calloc(1, sizeof(*found) + name.len + 1)))
        return NULL;
    plx_list_init(&found->touched);
    found->kind = kind;
    found->name = plx_slice_make((char *)(found + 1), name.len);
    if (name.len)
        memcpy((char *)(found + 1), name.ptr, name.len);
    if (plx_table_add(&evidence->names, key, found) != PLX_OK) {
        free(found);
        return NULL;
    }
    return found;
}

void
plx_service_evidence_set_unsaved(struct plx_service_evidence *evidence, bool unsaved)
{
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&evidence->names, &at)))
        ((struct plx_name_evidence *)entry->value)->unsaved = unsaved;
}

/* ---- values ---- */

/* Both orientations have one place: with one each, the one that found no room would make a fair coin look unfair. */
static void
note_pair(struct plx_field_values *values, uint32_t candidate, uint32_t secondary)
{
    for (uint32_t i = 0; i < values->pair_count; i++) {
        struct plx_coin_pair *pair = &values->pairs[i];

        if (pair->u == candidate && pair->v == secondary) {
            pair->forth++;
            return;
        }
        if (pair->u == secondary && pair->v == candidate) {
            pair->back++;
            return;
        }
    }
    if (values->pair_count < PLX_VALUE_PAIRS_MAX)
        values->pairs[values->pair_count++] = (struct plx_coin_pair){.u = candidate, .v = secondary, .forth = 1};
}

void
plx_field_values_note(struct plx_field_values *values, uint32_t candidate, uint32_t secondary)
{
    uint32_t id = candidate ? candidate : secondary;

    if (candidate && secondary) {
        if (candidate != secondary)
            note_pair(values, candidate, secondary);
        return;
    }
    for (uint32_t i = 0; i < values->odd_count; i++)
        if (values->odd[i].id == id) {
            values->odd[i].candidate += candidate != 0;
            values->odd[i].secondary += secondary != 0;
            return;
        }
    if (values->odd_count < PLX_VALUE_PAIRS_MAX)
        values->odd[values->odd_count++] = (struct plx_coin_odd){id, candidate != 0, secondary != 0};
}
