/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering differences, fields and places; bounded each. */
#include "compare/sink.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/utf8.h"
#include "forms/classes.h"
#include "forms/forms.h"
#include "secrets/secret_text.h"

#include <xxhash.h>

void
plx_sink_init(struct plx_sink *sink, struct plx_arena *arena, const struct plx_compare_limits *limits)
{
    memset(sink, 0, sizeof(*sink));
    sink->arena = arena;
    sink->words_left = PLX_SINK_WORDS_MAX;
    sink->words_align.steps = PLX_SINK_WORDS_MAX;
    if (limits)
        sink->limits = *limits;
    if (sink->limits.differences_max == 0)
        sink->limits.differences_max = PLX_DIFFERENCES_DEFAULT;
    if (sink->limits.fields_max == 0)
        sink->limits.fields_max = PLX_FIELDS_DEFAULT;
    if (sink->limits.value_bytes_max == 0)
        sink->limits.value_bytes_max = PLX_VALUE_BYTES_DEFAULT;
    if (sink->limits.json.depth_max == 0)
        sink->limits.json.depth_max = PLX_JSON_DEPTH_DEFAULT;
    if (sink->limits.json.depth_max > PLX_COMPARE_DEPTH_MAX)
        sink->limits.json.depth_max = PLX_COMPARE_DEPTH_MAX;
}

struct plx_shown
plx_show(struct plx_slice text, size_t max)
{
    size_t end = max;

    if (text.len <= max)
        return (struct plx_shown){text, false};
    /* Back to where a character begins; text that is not UTF-8 is cut where it is. */
    while (end > 0 && max - end < 4 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end--;
    if (((unsigned char)text.ptr[end] & 0xC0) == 0x80)
        end = max;
    return (struct plx_shown){plx_slice_make(text.ptr, end), true};
}

/* ---- secrets ---- */

struct plx_shown
plx_show_mark(struct plx_sink *sink, struct plx_slice value, enum plx_secret_coding coding)
{
    char mark[PLX_MARK_LEN];
    struct plx_slice copy;

    plx_mark_write(value, coding, mark);
    copy = plx_arena_copy(sink->arena, plx_slice_make(mark, sizeof(mark)));
    sink->failed |= !copy.ptr;
    return (struct plx_shown){copy.ptr ? copy : plx_slice_make("", 0), false};
}

/* JSON as written; what says that there is nothing is no secret. */
static struct plx_shown
mark_json(struct plx_sink *sink, const struct plx_shown *shown)
{
    struct plx_slice value = shown->whole;
    bool quoted = value.len >= 2 && value.ptr[0] == '"';

    if (plx_slice_equal(value, plx_slice_of("null")) || plx_slice_equal(value, plx_slice_of("true")) ||
        plx_slice_equal(value, plx_slice_of("false")) || plx_slice_equal(value, plx_slice_of("\"\"")))
        return *shown;
    if (plx_is_mark(value))
        return *shown;
    return quoted ? plx_show_mark(sink, plx_slice_make(value.ptr + 1, value.len - 2), PLX_SECRET_JSON)
                  : plx_show_mark(sink, value, PLX_SECRET_PLAIN);
}

static bool
note_any(void *context, const struct plx_secret_range *range)
{
    *(bool *)context = true;
    return false;
}

struct plx_shown
plx_show_clean(struct plx_sink *sink, struct plx_slice text)
{
    size_t max = sink->limits.value_bytes_max;
    struct plx_shown shown = plx_show(text, max);
    struct plx_buffer out;
    bool any = false;

    plx_secrets_find(sink->secrets, text, PLX_SECRET_ANY_TEXT, note_any, &any);
    if (!any)
        return shown;
    plx_buffer_init(&out, text.len * PLX_SECRET_GROWTH + PLX_MARK_LEN);
    plx_secrets_write(sink->secrets, text, PLX_SECRET_ANY_TEXT, max + 1, &out);
    shown = plx_show(plx_buffer_slice(&out), max);
    shown.text = plx_arena_copy(sink->arena, shown.text);
    if (out.failed || !shown.text.ptr) {
        sink->failed = true;
        shown.text = plx_slice_make("", 0);
    }
    plx_buffer_fini(&out);
    return shown;
}

/* As it may be kept. */
static struct plx_shown
without_secrets(struct plx_sink *sink, const struct plx_shown *shown)
{
    switch (shown->showing) {
    case PLX_SHOW_WITHOUT_SECRETS:
        return plx_show_clean(sink, shown->whole);
    case PLX_SHOW_A_MARK:
        return mark_json(sink, shown);
    case PLX_SHOW_AS_IT_IS:
        break;
    }
    return *shown;
}

/* 0 is kept for "free". */
static uint64_t
hash_of(struct plx_slice field, enum plx_kind kind)
{
    uint64_t hash = XXH3_64bits_withSeed(field.ptr ? field.ptr : "", field.len, (XXH64_hash_t)kind + 1);

    return hash ? hash : 1;
}

/* ---- places ---- */

static uint64_t *
place_slot(uint64_t *hashes, size_t capacity, uint64_t hash)
{
    size_t at = hash & (capacity - 1);

    while (hashes[at] && hashes[at] != hash)
        at = (at + 1) & (capacity - 1);
    return &hashes[at];
}

static bool
grow_places(struct plx_sink *sink)
{
    struct plx_places *places = sink->places;
    size_t capacity = places->capacity ? places->capacity * 4 : 64;
    uint64_t *hashes = plx_arena_alloc(sink->arena, capacity * sizeof(*hashes));

    if (!hashes)
        return false;
    memset(hashes, 0, capacity * sizeof(*hashes));
    for (size_t i = 0; i < places->capacity; i++)
        if (places->hashes[i])
            *place_slot(hashes, capacity, places->hashes[i]) = places->hashes[i];
    places->hashes = hashes;
    places->capacity = capacity;
    return true;
}

static void
add_place(struct plx_sink *sink, uint64_t hash)
{
    struct plx_places *places = sink->places;

    if (places->count >= PLX_PLACES_MAX)
        return;
    if (places->count * 2 >= places->capacity && !grow_places(sink)) {
        sink->failed = true;
        return;
    }
    uint64_t *slot = place_slot(places->hashes, places->capacity, hash);
    places->count += *slot == 0;
    *slot = hash;
}

static bool
has_place(const struct plx_places *places, uint64_t hash)
{
    return places && places->count && *place_slot(places->hashes, places->capacity, hash) == hash;
}

/* ---- fields ---- */

static bool
init_fields(struct plx_sink *sink)
{
    struct plx_fields *fields = sink->fields;
    size_t capacity = 4;

    fields->max = sink->limits.fields_max;
    size_t room = 2 * fields->max;
    while (capacity < 2 * room)
        capacity *= 2;
    fields->fields = plx_arena_alloc(sink->arena, room * sizeof(*fields->fields));
    fields->hashes = plx_arena_alloc(sink->arena, room * sizeof(*fields->hashes));
    fields->index = plx_arena_alloc(sink->arena, capacity * sizeof(*fields->index));
    if (!fields->fields || !fields->hashes || !fields->index)
        return false;
    memset(fields->index, 0, capacity * sizeof(*fields->index));
    fields->index_capacity = capacity;
    return true;
}

/* Where the field's position + 1 is or belongs. */
static uint32_t *
field_slot(const struct plx_fields *fields, uint64_t hash, struct plx_slice folded, enum plx_kind kind)
{
    size_t at = hash & (fields->index_capacity - 1);

    for (; fields->index[at]; at = (at + 1) & (fields->index_capacity - 1)) {
        const struct plx_field *field = &fields->fields[fields->index[at] - 1];

        if (fields->hashes[fields->index[at] - 1] == hash && field->kind == kind &&
            plx_slice_equal(field->folded, folded))
            break;
    }
    return &fields->index[at];
}

static struct plx_field *
add_field(struct plx_sink *sink, uint32_t *slot, uint64_t hash, struct plx_slice folded, enum plx_kind kind)
{
    struct plx_fields *fields = sink->fields;
    struct plx_slice copy = plx_arena_copy(sink->arena, folded);

    if (!copy.ptr) {
        sink->failed = true;
        return NULL;
    }
    fields->hashes[fields->count] = hash;
    fields->fields[fields->count] = (struct plx_field){.folded = copy, .kind = kind};
    *slot = (uint32_t)fields->count + 1;
    return &fields->fields[fields->count++];
}

/* The field in which the role differs, made where it is new; NULL where there is no room or no memory. */
static struct plx_field *
field_for(struct plx_sink *sink, struct plx_slice folded, enum plx_kind kind)
{
    struct plx_fields *fields = sink->fields;
    struct plx_role_fields *of_role = sink->secondary ? &fields->secondary : &fields->candidate;
    uint64_t hash = hash_of(folded, kind);
    struct plx_field *field;
    uint32_t *slot;

    if (!fields->index && !init_fields(sink)) {
        fields->index = NULL;
        sink->failed = true;
    }
    if (!fields->index)
        return NULL;
    PLX_ASSERT(fields->fields);
    slot = field_slot(fields, hash, folded, kind);
    field = *slot ? &fields->fields[*slot - 1] : NULL;
    if (field && (sink->secondary ? field->secondary_differs : field->candidate_differs))
        return field;
    if (of_role->count == fields->max) {
        of_role->dropped++;
        return NULL;
    }
    of_role->count++;
    return field ? field : add_field(sink, slot, hash, folded, kind);
}

/* The form that both values have. */
static enum plx_form
common_form(const struct plx_field *field, struct plx_shown primary, struct plx_shown candidate)
{
    enum plx_form form;

    if (field->kind != PLX_KIND_VALUE || (field->candidate_differs && field->form == PLX_FORM_NONE))
        return PLX_FORM_NONE;
    form = plx_form_of(primary.text, primary.cut);
    if (form == PLX_FORM_NONE || (field->candidate_differs && form != field->form) ||
        form != plx_form_of(candidate.text, candidate.cut) || !plx_form_is_alike(form, primary.text, candidate.text))
        return PLX_FORM_NONE;
    return form;
}

static bool
keep_text(struct plx_sink *sink, struct plx_slice text, struct plx_slice *kept)
{
    *kept = plx_arena_copy(sink->arena, text);
    sink->failed |= !kept->ptr;
    return kept->ptr;
}

/* What is shown of a value, and where that is not all of it the value too. */
static bool
keep_example(struct plx_sink *sink, const struct plx_shown *value, struct plx_slice *example, struct plx_slice *bare)
{
    struct plx_slice shown = without_secrets(sink, value).text;

    return keep_text(sink, shown, example) &&
           (plx_slice_equal(shown, value->text) || keep_text(sink, value->text, bare));
}

/* The examples are of the first place where each role differs, beside what the primary has there. */
static void
note_field(struct plx_sink *sink, struct plx_slice folded, enum plx_kind kind, struct plx_shown primary,
           struct plx_shown other, uint64_t place, bool noise)
{
    struct plx_field *field = field_for(sink, folded, kind);

    if (!field)
        return;
    if (sink->secondary) {
        if (!field->secondary_differs && keep_text(sink, primary.text, &field->secondary_primary))
            keep_text(sink, other.text, &field->secondary);
        field->secondary_differs = true;
        return;
    }
    field->form = common_form(field, primary, other);
    field->beyond_noise |= !noise;
    if (!field->candidate_differs && keep_example(sink, &primary, &field->primary, &field->bare_primary)) {
        keep_example(sink, &other, &field->candidate, &field->bare_candidate);
        field->place = place;
    }
    field->candidate_differs = true;
}

/* ---- differences ---- */

static void
keep(struct plx_sink *sink, const struct plx_difference *difference)
{
    struct plx_comparison *result = &sink->result;

    if (!result->differences) {
        result->differences = plx_arena_alloc(sink->arena, sink->limits.differences_max * sizeof(*result->differences));
        if (!result->differences) {
            sink->failed = true;
            return;
        }
    }
    struct plx_difference *kept = &result->differences[result->count];
    *kept = *difference;
    kept->field = plx_arena_copy(sink->arena, difference->field);
    kept->folded = plx_arena_copy(sink->arena, difference->folded);
    kept->primary = plx_arena_copy(sink->arena, difference->primary);
    kept->candidate = plx_arena_copy(sink->arena, difference->candidate);
    if (kept->field.ptr && kept->folded.ptr && kept->primary.ptr && kept->candidate.ptr)
        result->count++;
    else
        sink->failed = true;
}

static bool
has_places(const struct plx_places *places, const uint64_t *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!has_place(places, hashes[i]))
            return false;
    return true;
}

void
plx_sink_add_parts(struct plx_sink *sink, struct plx_slice field, struct plx_slice folded, enum plx_kind kind,
                   struct plx_shown primary, struct plx_shown candidate, const uint64_t *parts, size_t count)
{
    sink->result.total++;
    if (sink->failed)
        return;
    bool noise = !sink->secondary && !sink->unnamed && has_places(sink->places, parts, count);
    if (sink->fields)
        note_field(sink, folded, kind, primary, candidate, parts[0], noise);
    if (sink->secondary) {
        for (size_t i = 0; i < count && !sink->unnamed && sink->places; i++)
            add_place(sink, parts[i]);
        return;
    }
    sink->not_noise += !noise;
    if (sink->result.count == sink->limits.differences_max)
        return;
    primary = without_secrets(sink, &primary);
    candidate = without_secrets(sink, &candidate);
    const struct plx_difference difference = {
        .field = field,
        .folded = folded,
        .kind = kind,
        .primary = primary.text,
        .candidate = candidate.text,
        .primary_cut = primary.cut,
        .candidate_cut = candidate.cut,
        .first = sink->first,
        .last = sink->last,
        .ids = sink->ids,
        .noise = noise,
    };
    keep(sink, &difference);
}

void
plx_sink_add(struct plx_sink *sink, struct plx_slice field, struct plx_slice folded, enum plx_kind kind,
             struct plx_shown primary, struct plx_shown candidate)
{
    const double late_ms = sink->limits.late_ms;
    const uint64_t place = sink->unnamed ? 0 : hash_of(field, kind);

    if (late_ms > 0 && kind == PLX_KIND_VALUE &&
        plx_class_is_same_time(primary.text, candidate.text, late_ms, (double)sink->limits.now_s * 1000)) {
        sink->result.later++;
        return;
    }
    plx_sink_add_parts(sink, field, folded, kind, primary, candidate, &place, 1);
}

/* ---- what rules excuse ---- */

static struct plx_excuse *
add_excuse(struct plx_sink *sink, uint32_t rule)
{
    struct plx_comparison *result = &sink->result;

    if (!result->excuses) {
        result->excuses = plx_arena_alloc(sink->arena, PLX_EXCUSES_MAX * sizeof(*result->excuses));
        if (!result->excuses) {
            sink->failed = true;
            return NULL;
        }
    }
    struct plx_excuse *excuse = &result->excuses[result->excuse_count++];
    *excuse = (struct plx_excuse){.rule = rule, .count = 1};
    return excuse;
}

/* Of the secondary nobody asks which rules excused it. */
struct plx_excuse *
plx_sink_excuse(struct plx_sink *sink, const struct plx_rules *rules, size_t rule)
{
    struct plx_comparison *result = &sink->result;

    if (sink->trial || sink->failed)
        return NULL;
    result->ruled_out++;
    result->ruled_out_by[plx_rules_at(rules, rule)->kind]++;
    if (sink->secondary)
        return NULL;
    for (size_t i = 0; i < result->excuse_count; i++)
        if (result->excuses[i].rule == rule) {
            result->excuses[i].count++;
            return NULL;
        }
    return result->excuse_count < PLX_EXCUSES_MAX ? add_excuse(sink, (uint32_t)rule) : NULL;
}

void
plx_sink_show_excuse(struct plx_sink *sink, struct plx_excuse *excuse, struct plx_slice folded,
                     struct plx_shown primary, struct plx_shown candidate)
{
    if (keep_text(sink, folded, &excuse->field) &&
        keep_text(sink, without_secrets(sink, &primary).text, &excuse->primary))
        keep_text(sink, without_secrets(sink, &candidate).text, &excuse->candidate);
}

struct plx_sink_mark
plx_sink_mark(const struct plx_sink *sink)
{
    struct plx_sink_mark mark;

    mark.ruled_out = sink->result.ruled_out;
    memcpy(mark.ruled_out_by, sink->result.ruled_out_by, sizeof(mark.ruled_out_by));
    mark.excuse_count = sink->result.excuse_count;
    for (size_t i = 0; i < mark.excuse_count; i++)
        mark.excused[i] = sink->result.excuses[i].count;
    return mark;
}

void
plx_sink_back(struct plx_sink *sink, const struct plx_sink_mark *mark)
{
    sink->result.ruled_out = mark->ruled_out;
    memcpy(sink->result.ruled_out_by, mark->ruled_out_by, sizeof(mark->ruled_out_by));
    sink->result.excuse_count = mark->excuse_count;
    for (size_t i = 0; i < mark->excuse_count; i++)
        sink->result.excuses[i].count = mark->excused[i];
}
