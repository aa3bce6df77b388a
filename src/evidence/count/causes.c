/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mismatches by their signature. The hard thing is to stay bounded and cheap while a candidate fails at everything: the
 * id is a sum of hashes, so that nothing is sorted for a cause that is known, and an example is made only where it is
 * lighter than the one that is there.
 */
#include "evidence/count/causes.h"

#include "base/arena.h"
#include "base/slice.h"
#include "evidence/count/counts.h"
#include "evidence/record/record.h"
#include "evidence/record/reproduce.h"

#include <stdlib.h>
#include <xxhash.h>

#define DIFFERENCE_BYTES_MAX (64u << 10) /* as JSON, of one: a pointer of 4096 bytes may take six times as many */

/* ---- making and freeing ---- */

void
plx_cause_init(struct plx_cause *cause, struct plx_service_counts *service)
{
    memset(cause, 0, sizeof(*cause));
    plx_list_init(&cause->dirty);
    cause->service = service;
}

void
plx_cause_fini(struct plx_cause *cause)
{
    free(cause->example);
}

void
plx_cause_free(void *cause)
{
    plx_cause_fini(cause);
    free(cause);
}

/* With its fields and their names behind it; nothing counted yet. */
static struct plx_cause *
make_cause(struct plx_service_counts *service, const struct plx_cause *like)
{
    size_t size = sizeof(struct plx_cause) + like->field_count * sizeof(*like->fields) + like->endpoint.len;
    struct plx_cause *cause;
    char *at;

    for (uint32_t i = 0; i < like->field_count; i++)
        size += like->fields[i].name.len;
    cause = malloc(size);
    if (!cause)
        return NULL;
    plx_cause_init(cause, service);
    cause->id = like->id;
    cause->field_count = like->field_count;
    cause->fields_total = like->fields_total;
    cause->fields = (struct plx_cause_field *)(cause + 1);
    at = (char *)(cause->fields + like->field_count);
    cause->endpoint = plx_slice_put(&at, like->endpoint);
    for (uint32_t i = 0; i < like->field_count; i++)
        cause->fields[i] = (struct plx_cause_field){plx_slice_put(&at, like->fields[i].name), like->fields[i].kind};
    return cause;
}

struct plx_cause_example *
plx_cause_example_make(uint64_t weight, struct plx_slice exchange, struct plx_slice differences,
                       struct plx_slice primary, struct plx_slice candidate)
{
    struct plx_cause_example *example = malloc(sizeof(*example) + differences.len + primary.len + candidate.len);
    size_t id_len = exchange.len < PLX_EXCHANGE_ID_BYTES ? exchange.len : PLX_EXCHANGE_ID_BYTES;
    char *at;

    if (!example)
        return NULL;
    example->weight = weight;
    memset(example->exchange, 0, sizeof(example->exchange));
    if (id_len)
        memcpy(example->exchange, exchange.ptr, id_len);
    at = (char *)(example + 1);
    example->differences = plx_slice_put(&at, differences);
    example->primary = plx_slice_put(&at, primary);
    example->candidate = plx_slice_put(&at, candidate);
    return example;
}

/* ---- signatures ---- */

static bool
is_of_cause(const struct plx_field *field)
{
    return field->candidate_differs && field->beyond_noise;
}

static uint64_t
hash_of(struct plx_slice field, enum plx_kind kind)
{
    return XXH3_64bits_withSeed(field.len ? field.ptr : "", field.len, (XXH64_hash_t)kind + 1);
}

/* The fields are a set: their hashes are added up, whatever their order. */
static uint64_t
id_of(struct plx_slice endpoint, uint64_t fields)
{
    const uint64_t parts[2] = {XXH3_64bits(endpoint.len ? endpoint.ptr : "", endpoint.len), fields};
    uint64_t id = XXH3_64bits(parts, sizeof(parts));

    return id ? id : 1;
}

uint64_t
plx_cause_id(const struct plx_exchange_outcome *outcome)
{
    const struct plx_judgement *judgement = outcome->judgement;
    uint64_t fields = 0;

    for (size_t i = 0; i < judgement->field_count; i++)
        if (is_of_cause(&judgement->fields[i]))
            fields += hash_of(judgement->fields[i].folded, judgement->fields[i].kind);
    if (judgement->fields_dropped)
        fields += XXH3_64bits(PLX_OTHER, sizeof(PLX_OTHER) - 1);
    return id_of(outcome->endpoint, fields);
}

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
        fields += hash_of(cause->fields[i].name, cause->fields[i].kind);
        kept++;
    }
    *noise = kept == 0;
    return kept == 0 || kept == cause->field_count ? cause->id : id_of(cause->endpoint, fields);
}

static int
by_name(const void *a, const void *b)
{
    const struct plx_cause_field *x = a, *y = b;
    size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
    int order = len ? memcmp(x->name.ptr, y->name.ptr, len) : 0;

    if (order)
        return order;
    return x->name.len != y->name.len ? (x->name.len > y->name.len ? 1 : -1) : (int)x->kind - (int)y->kind;
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

        if (is_of_cause(field))
            fields[count++] = (struct plx_cause_field){shown ? field->folded : plx_slice_of(PLX_OTHER), field->kind};
    }
    if (judgement->fields_dropped)
        fields[count++] = (struct plx_cause_field){plx_slice_of(PLX_OTHER), PLX_KIND_VALUE};
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

/* ---- finding or adding ---- */

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
    cause = make_cause(service, like);
    if (!cause)
        return &service->other_cause;
    if (plx_table_add(&service->causes, key_of(&cause->id), cause) != PLX_OK) {
        plx_cause_free(cause);
        return &service->other_cause;
    }
    counts->cause_count++;
    return cause;
}

/* ---- examples ---- */

static uint64_t
weight_of(const struct plx_exchange_outcome *outcome)
{
    uint64_t weight = outcome->judgement->comparison.total * 64;

    if (outcome->request)
        weight += outcome->request->target.len + outcome->request->body_length;
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++)
        if (outcome->answers[role])
            weight += outcome->answers[role]->body_length;
    return weight;
}

/* Whether an earlier difference that is shown is of the same field. */
static bool
is_shown(const struct plx_difference *const *shown, size_t count, const struct plx_difference *difference)
{
    for (size_t i = 0; i < count; i++)
        if (shown[i]->kind == difference->kind && plx_slice_equal(shown[i]->folded, difference->folded))
            return true;
    return false;
}

/* As JSON: one of each field, as many as fit. */
static void
write_differences(const struct plx_exchange_outcome *outcome, struct plx_buffer *out)
{
    const struct plx_comparison *comparison = &outcome->judgement->comparison;
    const struct plx_difference *shown[PLX_CAUSE_DIFFERENCES_MAX];
    struct plx_json_writer w;
    size_t count = 0;

    plx_json_writer_init(&w, out);
    plx_json_begin_array(&w);
    for (size_t i = 0; i < comparison->count && count < PLX_CAUSE_DIFFERENCES_MAX; i++) {
        const struct plx_difference *difference = &comparison->differences[i];
        struct plx_json_writer before = w;
        size_t len = out->len;

        if (difference->noise || is_shown(shown, count, difference))
            continue;
        plx_record_write_difference(&w, difference, outcome->rules);
        if (!out->failed && out->len > PLX_CAUSE_DIFFERENCES_BYTES) {
            w = before;
            out->len = len;
            continue;
        }
        shown[count++] = difference;
    }
    plx_json_end_array(&w);
}

/* Leaves the example that is there where there is no memory for another. */
static void
set_example(struct plx_cause *cause, const struct plx_exchange_outcome *outcome, uint64_t weight,
            struct plx_arena *scratch)
{
    struct plx_buffer differences, primary, candidate;
    struct plx_cause_example *example = NULL;

    plx_buffer_init(&differences, PLX_CAUSE_DIFFERENCES_BYTES + DIFFERENCE_BYTES_MAX);
    plx_buffer_init(&primary, PLX_REPRODUCE_BYTES_MAX);
    plx_buffer_init(&candidate, PLX_REPRODUCE_BYTES_MAX);
    write_differences(outcome, &differences);
    plx_reproduce_write(outcome, PLX_PRIMARY, scratch, &primary);
    plx_reproduce_write(outcome, PLX_CANDIDATE, scratch, &candidate);
    if (!differences.failed)
        example = plx_cause_example_make(weight, plx_slice_of(outcome->id), plx_buffer_slice(&differences),
                                         primary.failed ? plx_slice_of("") : plx_buffer_slice(&primary),
                                         candidate.failed ? plx_slice_of("") : plx_buffer_slice(&candidate));
    if (example) {
        free(cause->example);
        cause->example = example;
    }
    plx_buffer_fini(&differences);
    plx_buffer_fini(&primary);
    plx_buffer_fini(&candidate);
}

/* ---- counting ---- */

static void
note_times(struct plx_cause *cause, uint64_t first_ms, uint64_t last_ms)
{
    if (cause->count == 0 || first_ms < cause->first_ms)
        cause->first_ms = first_ms;
    if (last_ms > cause->last_ms)
        cause->last_ms = last_ms;
}

void
plx_causes_count(struct plx_counts *counts, struct plx_service_counts *service,
                 const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    uint64_t id = plx_cause_id(outcome), weight = weight_of(outcome);
    struct plx_cause *cause = plx_table_get(&service->causes, key_of(&id));
    struct plx_cause like;

    if (!cause)
        cause = describe(outcome, id, scratch, &like) ? plx_causes_find(counts, service, &like) : &service->other_cause;
    note_times(cause, outcome->time_ms, outcome->time_ms);
    cause->count++;
    if (cause->id && (!cause->example || weight < cause->example->weight))
        set_example(cause, outcome, weight, scratch);
}

void
plx_cause_merge(struct plx_cause *into, struct plx_cause *from)
{
    note_times(into, from->first_ms, from->last_ms);
    into->count += from->count;
    if (into->id && from->example && (!into->example || from->example->weight < into->example->weight)) {
        free(into->example);
        into->example = from->example;
        from->example = NULL;
    }
}
