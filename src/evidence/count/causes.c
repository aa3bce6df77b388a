/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mismatches by their signature. The hard thing is to stay bounded and cheap while a candidate fails at everything:
 * nothing is sorted or copied for a cause that is known.
 */
#include "evidence/count/causes.h"

#include "base/assert.h"
#include "base/slice.h"
#include "evidence/count/cause_id.h"

#include <stdlib.h>

/* ---- signatures ---- */

bool
plx_cause_field_is_noise(const struct plx_cause *cause, uint32_t i)
{
    const struct plx_field_counts *field =
        plx_counts_find_field(cause->service, cause->endpoint, cause->fields[i].kind, cause->fields[i].name);

    return field && field->finding == PLX_NOISE;
}

uint64_t
plx_cause_id_without_noise(const struct plx_cause *cause, bool *noise)
{
    uint64_t fields = 0;
    uint32_t kept = 0;

    *noise = false;
    if (cause->field_count == 0 || cause->field_count < cause->fields_total)
        return cause->id;
    for (uint32_t i = 0; i < cause->field_count; i++) {
        if (plx_cause_field_is_noise(cause, i))
            continue;
        fields += plx_cause_id_field(cause->fields[i].name, cause->fields[i].kind);
        kept++;
    }
    *noise = kept == 0;
    return kept == 0 || kept == cause->field_count ? cause->id : plx_cause_id_of(cause->endpoint, fields);
}

static int
by_name(const void *a, const void *b)
{
    const struct plx_cause_field *x = a, *y = b;
    int order = plx_slice_order(x->name, y->name);

    return order ? order : (int)x->kind - (int)y->kind;
}

/* The signature in full, in scratch. False where there is no memory or where the endpoint can't be shown. */
static bool
describe(const struct plx_exchange_outcome *outcome, uint64_t id, struct plx_arena *scratch, struct plx_cause *out)
{
    const struct plx_judgement *judgement = outcome->judgement;
    struct plx_cause_field *fields = plx_arena_alloc(scratch, (judgement->field_count + 1) * sizeof(*fields));
    uint32_t count = 0;

    if (!fields || !plx_counts_keep_name(outcome->endpoint, PLX_ENDPOINT_MAX))
        return false;
    for (size_t i = 0; i < judgement->field_count; i++) {
        const struct plx_field *field = &judgement->fields[i];
        bool shown = plx_counts_keep_name(field->folded, PLX_FIELD_NAME_MAX);

        if (plx_cause_id_takes(field))
            fields[count++] =
                (struct plx_cause_field){.name = shown ? field->folded : plx_slice_of(PLX_OTHER), .kind = field->kind};
    }
    if (judgement->fields_dropped)
        fields[count++] = (struct plx_cause_field){.name = plx_slice_of(PLX_OTHER), .kind = PLX_KIND_VALUE};
    qsort(fields, count, sizeof(*fields), by_name);
    *out = (struct plx_cause){
        .id = id,
        .endpoint = outcome->endpoint,
        .fields = fields,
        .field_count = count < PLX_CAUSE_FIELDS_MAX ? count : PLX_CAUSE_FIELDS_MAX,
        .fields_total = count,
    };
    return true;
}

/* ---- finding, adding, counting ---- */

static struct plx_slice
key_of(const uint64_t *id)
{
    return plx_slice_make(id, sizeof(*id));
}

struct plx_cause *
plx_causes_find(struct plx_counts *counts, struct plx_service_counts *service, const struct plx_cause *like)
{
    struct plx_cause *cause;

    if (like->id == 0)
        return &service->other_cause;
    cause = plx_table_get(&service->causes, key_of(&like->id));
    if (cause)
        return cause;
    if (counts->cause_count >= counts->causes_max || service->causes.count >= service->causes.max)
        return &service->other_cause;
    cause = plx_cause_new(service, like);
    if (!cause)
        return &service->other_cause;
    if (plx_table_add(&service->causes, key_of(&cause->id), cause) != PLX_OK) {
        plx_cause_free(cause);
        return &service->other_cause;
    }
    counts->cause_count++;
    return cause;
}

void
plx_causes_take(struct plx_counts *counts, struct plx_cause *cause)
{
    const void *taken = plx_table_remove(&cause->service->causes, key_of(&cause->id));

    PLX_ASSERT(taken == cause);
    counts->cause_count--;
}

/*
 * Its id as it will be counted from now on, where all its fields are known. Where not (too many, or names that could
 * not be shown) it gets one of its own, and the mismatches to come are a cause beside it.
 */
struct plx_cause
plx_cause_at(const struct plx_cause *cause, struct plx_slice endpoint)
{
    struct plx_cause moved = {.endpoint = endpoint,
                              .fields = cause->fields,
                              .field_count = cause->field_count,
                              .fields_total = cause->fields_total};
    uint64_t fields = 0;

    if (cause->id == 0)
        return moved;
    for (uint32_t i = 0; i < cause->field_count; i++)
        fields += plx_cause_id_field(cause->fields[i].name, cause->fields[i].kind);
    bool known = plx_cause_id_of(cause->endpoint, fields) == cause->id;
    moved.id = plx_cause_id_of(endpoint, known ? fields : cause->id);
    return moved;
}

struct plx_cause *
plx_causes_count(struct plx_counts *counts, struct plx_service_counts *service,
                 const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    uint64_t id = plx_cause_id(outcome);
    struct plx_cause *cause = plx_table_get(&service->causes, key_of(&id));
    struct plx_cause like;

    if (!cause)
        cause = describe(outcome, id, scratch, &like) ? plx_causes_find(counts, service, &like) : &service->other_cause;
    plx_cause_count(cause, outcome->time_ms);
    return cause;
}

struct plx_cause *
plx_causes_known(struct plx_service_counts *service, uint64_t id)
{
    struct plx_cause *cause = plx_table_get(&service->causes, key_of(&id));

    return cause ? cause : &service->other_cause;
}

struct plx_recheck_counts
plx_causes_rechecks(const struct plx_service_counts *service)
{
    struct plx_recheck_counts sum = service->other_cause.rechecks;
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&service->causes, &at)))
        plx_recheck_counts_add(&sum, &((const struct plx_cause *)entry->value)->rechecks);
    return sum;
}
