/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the record of a mismatch. The hard thing is its bound: each part (headers, bodies, differences) has a share of
 * PLX_RECORD_BYTES_MAX, counted in bytes as they will be written, so that the whole always fits and what was left out
 * is said ("body_cut", "headers_cut", "differences_total").
 */
#include "evidence/record/record.h"

#include "base/buffer.h"
#include "evidence/count/cause_id.h"
#include "evidence/record/fitting.h"
#include "evidence/record/kept_difference.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_EXTRA 1024u /* of a record of parts: all that is neither a part nor a difference */
#define PART_EXTRA    32u   /* of a part: its key */

/* ---- a record as a thing ---- */

static void
keep(struct plx_keeper *keeper, struct plx_record *record)
{
    record->parts = plx_keep_array(keeper, record->parts, record->part_count * sizeof(*record->parts));
    record->differences = plx_differences_keep(keeper, record->differences, record->difference_count);
    if (record->is_http)
        plx_message_keep(keeper, &record->request);
    for (int i = 0; i < PLX_ROLES; i++)
        if (record->roles[i].answered)
            plx_message_keep(keeper, &record->roles[i].answer);
    for (size_t i = 0; i < record->part_count; i++)
        plx_keep_text(keeper, &record->parts[i].json);
    plx_keep_text(keeper, &record->service);
    plx_keep_text(keeper, &record->endpoint);
    plx_keep_text(keeper, &record->names);
    plx_keep_text(keeper, &record->json);
}

/* The draft, with all that it points to, in memory of its own. */
static struct plx_record *
keep_draft(struct plx_record *draft)
{
    struct plx_keeper keeper = {0};
    struct plx_record *record;

    keep(&keeper, draft);
    record = malloc(sizeof(*record) + keeper.arrays + keeper.texts);
    if (!record)
        return NULL;
    *record = *draft;
    record->bytes = sizeof(*record) + keeper.arrays + keeper.texts;
    plx_list_init(&record->node);
    plx_keeper_begin(&keeper, (char *)(record + 1));
    keep(&keeper, record);
    return record;
}

struct plx_record *
plx_record_make(struct plx_slice id, const struct plx_subject *subject, struct plx_slice endpoint, uint64_t cause,
                struct plx_slice names, struct plx_slice json)
{
    struct plx_record draft = {.kind = subject->kind,
                               .service = subject->name,
                               .endpoint = endpoint,
                               .cause = cause,
                               .names = names,
                               .json = json};

    if (id.len)
        memcpy(draft.id, id.ptr, id.len < PLX_EXCHANGE_ID_BYTES ? id.len : PLX_EXCHANGE_ID_BYTES);
    return keep_draft(&draft);
}

void
plx_record_free(struct plx_record *record)
{
    free(record);
}

/* Of one that a store gave back: the first members of its text are ours, in the order of record_json.c, and a quote
 * within a string is escaped; so the first key of that name is the key. false: there is none, or no memory. */
static bool
replace_member(struct plx_buffer *text, struct plx_slice json, const char *key, struct plx_slice value)
{
    char start[32];
    size_t len = (size_t)snprintf(start, sizeof(start), "\"%s\":\"", key);
    const char *at = memmem(json.ptr, json.len, start, len);
    struct plx_json_writer w;
    size_t end;

    if (!at)
        return false;
    size_t before = (size_t)(at - json.ptr) + len - 1;
    for (end = before + 1; end < json.len && json.ptr[end] != '"'; end++)
        end += json.ptr[end] == '\\';
    if (end >= json.len)
        return false;
    plx_buffer_add(text, plx_slice_make(json.ptr, before));
    plx_json_writer_init(&w, text);
    plx_json_string(&w, value);
    plx_buffer_add(text, plx_slice_make(json.ptr + end + 1, json.len - end - 1));
    return !text->failed;
}

static bool
replace_members(const struct plx_record *record, struct plx_buffer *half, struct plx_buffer *whole)
{
    char cause[PLX_CAUSE_TEXT];

    plx_cause_id_text(record->cause, cause);
    return replace_member(half, record->json, "endpoint", record->endpoint) &&
           replace_member(whole, plx_buffer_slice(half), "cause", plx_slice_of(cause));
}

struct plx_record *
plx_record_moved(const struct plx_record *record, struct plx_slice endpoint, uint64_t cause)
{
    struct plx_buffer half, whole;
    struct plx_record draft = *record, *moved;

    draft.endpoint = endpoint;
    draft.cause = cause;
    draft.moved = true;
    if (record->json.len == 0)
        return keep_draft(&draft);
    plx_buffer_init(&half, 2 * PLX_RECORD_BYTES_MAX);
    plx_buffer_init(&whole, 2 * PLX_RECORD_BYTES_MAX);
    if (replace_members(&draft, &half, &whole) && whole.len <= PLX_RECORD_BYTES_MAX)
        draft.json = plx_buffer_slice(&whole);
    moved = keep_draft(&draft);
    plx_buffer_fini(&half);
    plx_buffer_fini(&whole);
    return moved;
}

bool
plx_record_is_of(const struct plx_record *record, enum plx_subject_kind kind, struct plx_slice name)
{
    return record->kind == kind && plx_slice_equal(record->service, name);
}

bool
plx_record_has_field(const struct plx_record *record, struct plx_slice field)
{
    size_t at = 0;

    while (at + 2 <= record->names.len) {
        const unsigned char *p = (const unsigned char *)record->names.ptr + at;
        size_t len = (size_t)p[0] << 8 | p[1];

        at += 2;
        if (len > record->names.len - at)
            return false;
        if (plx_slice_equal(plx_slice_make(record->names.ptr + at, len), field))
            return true;
        at += len;
    }
    return false;
}

/* ---- differences ---- */

/* Whether all of them fit whatever their bytes are. */
static bool
all_fit(const struct plx_comparison *comparison)
{
    size_t bytes = 0;

    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];

        bytes += (d->field.len + d->primary.len + d->candidate.len) * PLX_FITTING_WORST + PLX_RECORD_ITEM_EXTRA;
    }
    return bytes <= PLX_RECORD_DIFFERENCES_MAX;
}

static bool
take_differences(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch, struct plx_record *record,
                 size_t *budget)
{
    const struct plx_comparison *comparison = &outcome->judgement->comparison;
    bool whole = outcome->part_count == 0 && all_fit(comparison);

    record->differences_total = comparison->total;
    record->differences = plx_arena_alloc(scratch, (comparison->count + 1) * sizeof(*record->differences));
    if (!record->differences)
        return false;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];

        if (!whole && (*budget < PLX_RECORD_ITEM_EXTRA || !plx_fits(d->field, budget) ||
                       !plx_fits(d->primary, budget) || !plx_fits(d->candidate, budget)))
            continue;
        *budget -= *budget < PLX_RECORD_ITEM_EXTRA ? *budget : PLX_RECORD_ITEM_EXTRA;
        record->differences[record->difference_count++] = *d;
    }
    return true;
}

/* ---- names ---- */

static size_t
names_bytes(const struct plx_comparison *comparison)
{
    size_t bytes = 0;

    for (size_t i = 0; i < comparison->count; i++)
        bytes += 2 + comparison->differences[i].field.len + 2 + comparison->differences[i].folded.len;
    return bytes < PLX_RECORD_NAMES_MAX ? bytes : PLX_RECORD_NAMES_MAX;
}

static size_t
add_name(char *names, size_t len, struct plx_slice field)
{
    if (field.len > UINT16_MAX || len + field.len + 2 > PLX_RECORD_NAMES_MAX - PLX_RECORD_NAMES_SPARE)
        return len;
    names[len++] = (char)(field.len >> 8);
    names[len++] = (char)(field.len & 0xFF);
    if (field.len)
        memcpy(names + len, field.ptr, field.len);
    return len + field.len;
}

static bool
take_names(const struct plx_comparison *comparison, struct plx_arena *scratch, struct plx_record *record)
{
    char *names = plx_arena_alloc(scratch, names_bytes(comparison) + 1);
    size_t len = 0;

    if (!names)
        return false;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];

        len = add_name(names, len, d->field);
        if (!plx_slice_equal(d->field, d->folded))
            len = add_name(names, len, d->folded);
    }
    record->names = plx_slice_make(names, len);
    return true;
}

/* ---- the whole ---- */

static size_t
body_budget(const struct plx_exchange_outcome *outcome)
{
    size_t bodies = outcome->request->body.len > 0;

    for (size_t i = 0; i < PLX_ROLES; i++)
        bodies += outcome->answers[i] && outcome->answers[i]->body.len > 0;
    return PLX_RECORD_BODIES_MAX / (bodies ? bodies : 1);
}

static bool
take_exchange(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch, struct plx_record *record)
{
    size_t budget = body_budget(outcome);

    record->is_http = true;
    if (!plx_message_take(outcome->request, outcome->rules, budget, scratch, &record->request))
        return false;
    for (int i = 0; i < PLX_ROLES; i++) {
        const struct plx_role_outcome *did = &outcome->roles[i];
        struct plx_kept_role *role = &record->roles[i];

        role->asked = did->asked;
        role->failed = did->failed;
        role->reason = did->reason;
        role->duration_ns = did->duration_ns;
        role->answered = outcome->answers[i] != NULL;
        if (role->answered && !plx_message_take(outcome->answers[i], outcome->rules, budget, scratch, &role->answer))
            return false;
    }
    return true;
}

/* Beside differences that left that much of their budget: nothing else bounds the parts. */
static bool
parts_fit(const struct plx_record *record, size_t left)
{
    size_t budget = PLX_RECORD_BYTES_MAX - PLX_RECORD_DIFFERENCES_MAX - MEMBERS_EXTRA + left;

    for (size_t i = 0; i < record->part_count; i++) {
        if (record->parts[i].json.len + PART_EXTRA > budget)
            return false;
        budget -= record->parts[i].json.len + PART_EXTRA;
    }
    return true;
}

struct plx_record *
plx_record_new(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    struct plx_record draft = {.kind = outcome->subject.kind,
                               .service = outcome->subject.name,
                               .endpoint = outcome->endpoint,
                               .time_ms = outcome->time_ms,
                               .verdict = outcome->verdict,
                               .parts = (struct plx_record_part *)(uintptr_t)outcome->parts,
                               .part_count = outcome->part_count};
    size_t budget = PLX_RECORD_DIFFERENCES_MAX;

    if ((!outcome->request && !outcome->parts) || !outcome->judgement)
        return NULL;
    memcpy(draft.id, outcome->id, sizeof(draft.id));
    draft.cause = plx_cause_id(outcome);
    if ((outcome->request && !take_exchange(outcome, scratch, &draft)) ||
        !take_differences(outcome, scratch, &draft, &budget) || !parts_fit(&draft, budget) ||
        !take_names(&outcome->judgement->comparison, scratch, &draft))
        return NULL;
    return keep_draft(&draft);
}
