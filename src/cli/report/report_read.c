/* SPDX-License-Identifier: Apache-2.0 */
/* From the report's JSON to structs. Sorts are by insertion or qsort() with the order of the document as the last key,
 * so that equal rows do not jump. */
#include "cli/report/report_read.h"

#include "base/arena.h"
#include "cli/report/report_facts.h"
#include "forms/forms.h"

#include <stdlib.h>

/* ---- counts and latency ---- */

static int
by_count(const void *a, const void *b)
{
    uint64_t left = ((const struct plx_report_reason *)a)->count, right = ((const struct plx_report_reason *)b)->count;

    return (left < right) - (left > right);
}

static bool
read_reasons(struct plx_item object, struct plx_arena *arena, struct plx_report_reasons *out)
{
    size_t length = plx_item_is(object, PLX_OBJECT) ? object.document->nodes[object.node].length : 0;

    out->reasons = plx_item_room(arena, length, sizeof(*out->reasons));
    if (!out->reasons)
        return false;
    for (struct plx_item key = plx_item_first_key(object); key.document; key = plx_item_next_key(object, key)) {
        uint64_t count = plx_item_uint(plx_item_value(key));

        out->total += count;
        if (count > 0)
            out->reasons[out->count++] = (struct plx_report_reason){plx_item_text(key, arena), count};
    }
    qsort(out->reasons, out->count, sizeof(*out->reasons), by_count);
    return true;
}

static bool
read_counts(struct plx_item owner, struct plx_arena *arena, struct plx_report_counts *out)
{
    struct plx_item counts = plx_item_member(owner, "exchanges");

    out->total = plx_item_uint(plx_item_member(counts, "total"));
    for (int i = 0; i < PLX_REPORT_COUNTS; i++)
        out->by[i] = plx_item_uint(plx_item_member(counts, plx_report_count_text((enum plx_report_count)i)));
    for (int i = PLX_REPORT_INCOMPARABLE; i <= PLX_REPORT_UNCOPIED; i++)
        if (!read_reasons(plx_item_member(owner, plx_report_count_text((enum plx_report_count)i)), arena,
                          &out->reasons[i]))
            return false;
    if (!read_reasons(plx_item_member(owner, "mismatches"), arena, &out->reasons[PLX_REPORT_MISMATCH]))
        return false;
    if (!read_reasons(plx_item_member(owner, "fallbacks"), arena, &out->fallbacks) ||
        !read_reasons(plx_item_member(owner, "retries"), arena, &out->retries) ||
        !read_reasons(plx_item_member(owner, "no_evidence"), arena, &out->no_evidence))
        return false;
    out->excused = plx_item_uint(plx_item_member(plx_item_member(owner, "excused"), "exchanges"));
    out->excusing_rules = plx_item_uint(plx_item_member(plx_item_member(owner, "excused"), "rules"));
    out->served_candidate = plx_item_uint(plx_item_member(plx_item_member(owner, "served"), "candidate"));
    out->served_differed = plx_item_uint(plx_item_member(owner, "served_differed"));
    out->served_primary = out->total - out->served_candidate;
    out->served_both = out->served_candidate > 0 || out->fallbacks.count > 0;
    return true;
}

static void
read_latency(struct plx_item owner, struct plx_report_latency latency[PLX_REPORT_ROLES])
{
    static const char *const roles[PLX_REPORT_ROLES] = {"primary", "candidate", "secondary"};
    struct plx_item all = plx_item_member(owner, "latency");

    for (int i = 0; i < PLX_REPORT_ROLES; i++) {
        struct plx_item role = plx_item_member(all, roles[i]);

        latency[i] = (struct plx_report_latency){
            .p50 = plx_item_double(plx_item_member(role, "p50")),
            .p90 = plx_item_double(plx_item_member(role, "p90")),
            .p99 = plx_item_double(plx_item_member(role, "p99")),
        };
        latency[i].measured = latency[i].p99 > 0;
    }
}

/* ---- fields ---- */

static enum plx_report_note
note_of(const struct plx_report_field *field, struct plx_slice noise_by)
{
    if (field->verdict == PLX_REPORT_NOISE)
        return plx_slice_equal(noise_by, plx_slice_of("counts")) ? PLX_REPORT_BY_COUNTS : PLX_REPORT_NO_NOTE;
    return field->form != PLX_FORM_NONE ? PLX_REPORT_BY_FORM : PLX_REPORT_NO_NOTE;
}

static void
read_field(struct plx_item item, const struct plx_words *words, struct plx_arena *arena, struct plx_report_field *out)
{
    struct plx_item example = plx_item_member(item, "example");

    out->name = plx_item_text(plx_item_member(item, "field"), arena);
    out->shown = out->name.len ? out->name : plx_slice_of(words->whole);
    out->kind = plx_item_text(plx_item_member(item, "kind"), arena);
    out->verdict = plx_report_read_verdict(plx_item_member(item, "verdict"), arena);
    out->differences = plx_item_uint(plx_item_member(item, "differences"));
    out->noise = plx_item_uint(plx_item_member(item, "noise"));
    out->unpaired = plx_item_uint(plx_item_member(item, "unpaired"));
    out->excused = plx_item_uint(plx_item_member(item, "excused"));
    out->form = plx_form_by_name(plx_item_text(plx_item_member(item, "form"), arena));
    out->formed = plx_item_uint(plx_item_member(item, "formed"));
    out->proposed = plx_item_is(plx_item_member(item, "proposal"), PLX_STRING) && out->form != PLX_FORM_NONE;
    out->proposal = plx_item_text(plx_item_member(item, "proposal"), arena);
    out->hint = plx_item_text(plx_item_member(item, "hint"), arena);
    out->note = note_of(out, plx_item_text(plx_item_member(item, "noise_by"), arena));
    out->has_example = plx_item_is(example, PLX_OBJECT);
    out->exchange = plx_item_text(plx_item_member(example, "exchange"), arena);
    out->primary = plx_item_text(plx_item_member(example, "primary"), arena);
    out->candidate = plx_item_text(plx_item_member(example, "candidate"), arena);
}

static bool
field_goes_before(const struct plx_report_field *a, const struct plx_report_field *b)
{
    return a->verdict != b->verdict ? a->verdict < b->verdict : a->differences > b->differences;
}

static bool
read_fields(struct plx_item array, const struct plx_words *words, struct plx_arena *arena,
            struct plx_report_endpoint *out)
{
    out->fields = plx_item_room(arena, plx_item_length(array), sizeof(*out->fields));
    if (!out->fields)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item)) {
        struct plx_report_field field = {0};
        size_t at = out->field_count++;

        read_field(item, words, arena, &field);
        for (; at > 0 && field_goes_before(&field, &out->fields[at - 1]); at--)
            out->fields[at] = out->fields[at - 1];
        out->fields[at] = field;
    }
    return true;
}

/* ---- endpoints ---- */

/* The endpoint's own verdict where the proxy says it; else that of its worst field. */
static enum plx_report_verdict
endpoint_verdict(struct plx_item item, struct plx_arena *arena, const struct plx_report_endpoint *endpoint)
{
    struct plx_item verdict = plx_item_member(item, "verdict");

    if (verdict.document)
        return plx_report_read_verdict(verdict, arena);
    if (endpoint->field_count > 0 && endpoint->fields[0].verdict != PLX_REPORT_NOISE)
        return endpoint->fields[0].verdict;
    return PLX_REPORT_CLEAN;
}

static bool
read_endpoint(struct plx_item item, const struct plx_words *words, struct plx_arena *arena,
              struct plx_report_endpoint *out)
{
    out->name = plx_item_text(plx_item_member(item, "endpoint"), arena);
    out->why = plx_item_text(plx_item_member(item, "why"), arena);
    read_latency(item, out->latency);
    if (!read_counts(item, arena, &out->counts) || !read_fields(plx_item_member(item, "fields"), words, arena, out))
        return false;
    out->verdict = endpoint_verdict(item, arena, out);
    out->never_compared = plx_report_compared(&out->counts) == 0;
    out->has_trouble = out->verdict == PLX_REPORT_REGRESSION || out->field_count > 0 ||
                       out->counts.by[PLX_REPORT_MISMATCH] > 0 || out->counts.by[PLX_REPORT_INCOMPARABLE] > 0;
    return true;
}

/* Most trouble first; then by name. */
static int
by_trouble(const void *a, const void *b)
{
    const struct plx_report_endpoint *left = a, *right = b;
    size_t shorter = left->name.len < right->name.len ? left->name.len : right->name.len;
    int order;

    if (left->verdict != right->verdict)
        return left->verdict < right->verdict ? -1 : 1;
    if (left->counts.by[PLX_REPORT_MISMATCH] != right->counts.by[PLX_REPORT_MISMATCH])
        return left->counts.by[PLX_REPORT_MISMATCH] > right->counts.by[PLX_REPORT_MISMATCH] ? -1 : 1;
    order = shorter ? memcmp(left->name.ptr, right->name.ptr, shorter) : 0;
    return order ? order : (left->name.len > right->name.len) - (left->name.len < right->name.len);
}

static uint64_t
count_proposals(const struct plx_report_endpoint *endpoint)
{
    uint64_t count = 0;

    for (size_t i = 0; i < endpoint->field_count; i++)
        count += endpoint->fields[i].proposed && endpoint->fields[i].verdict != PLX_REPORT_NOISE;
    return count;
}

static bool
read_endpoints(struct plx_item array, struct plx_arena *arena, struct plx_report_service *out)
{
    out->endpoints = plx_item_room(arena, plx_item_length(array), sizeof(*out->endpoints));
    if (!out->endpoints)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item)) {
        struct plx_report_endpoint *endpoint = &out->endpoints[out->endpoint_count++];

        if (!read_endpoint(item, out->words, arena, endpoint))
            return false;
        out->proposals += count_proposals(endpoint);
    }
    qsort(out->endpoints, out->endpoint_count, sizeof(*out->endpoints), by_trouble);
    return true;
}

/* ---- causes ---- */

static void
read_looks(struct plx_item array, struct plx_arena *arena, struct plx_report_cause *out)
{
    for (struct plx_item item = plx_item_first(array); item.document && out->look_count < PLX_REPORT_LOOKS_MAX;
         item = plx_item_next(array, item)) {
        struct plx_slice sentence = plx_item_text(plx_item_member(item, "sentence"), arena);

        if (sentence.len)
            out->looks[out->look_count++] = sentence;
    }
}

static bool
read_cause(struct plx_item item, struct plx_arena *arena, struct plx_report_cause *out)
{
    struct plx_item example = plx_item_member(item, "example"), again = plx_item_member(item, "reproduce");
    const struct plx_report_sides sides = {"primary", "candidate", out->words->whole};

    out->id = plx_item_text(plx_item_member(item, "id"), arena);
    out->endpoint = plx_item_text(plx_item_member(item, "endpoint"), arena);
    out->first = plx_item_text(plx_item_member(item, "first"), arena);
    out->last = plx_item_text(plx_item_member(item, "last"), arena);
    out->fields_total = plx_item_uint(plx_item_member(item, "fields_total"));
    out->count = plx_item_uint(plx_item_member(item, "count"));
    out->noise = plx_item_true(plx_item_member(item, "noise"));
    read_looks(plx_item_member(item, "looks_like"), arena, out);
    out->exchange = plx_item_text(plx_item_member(example, "exchange"), arena);
    out->primary = plx_item_text(plx_item_member(again, "primary"), arena);
    out->candidate = plx_item_text(plx_item_member(again, "candidate"), arena);
    if (!plx_report_read_differences(plx_item_member(item, "fields"), &sides, arena, &out->fields) ||
        !plx_report_read_differences(plx_item_member(example, "differences"), &sides, arena, &out->differences))
        return false;
    if (out->fields_total < out->fields.count)
        out->fields_total = out->fields.count;
    return true;
}

static struct plx_report_recheck
read_recheck(struct plx_item item, double after)
{
    return (struct plx_report_recheck){.persistent = plx_item_uint(plx_item_member(item, "persistent")),
                                       .race = plx_item_uint(plx_item_member(item, "race")),
                                       .flaky = plx_item_uint(plx_item_member(item, "flaky")),
                                       .incomparable = plx_item_uint(plx_item_member(item, "incomparable")),
                                       .over_budget = plx_item_uint(plx_item_member(item, "over_budget")),
                                       .after = after};
}

static bool
read_causes(struct plx_item array, double after, struct plx_arena *arena, struct plx_report_service *out)
{
    out->causes = plx_item_room(arena, plx_item_length(array), sizeof(*out->causes));
    if (!out->causes)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item)) {
        struct plx_report_cause *cause = &out->causes[out->cause_count++];

        cause->words = out->words;
        cause->recheck = read_recheck(plx_item_member(item, "recheck"), after);
        if (!read_cause(item, arena, cause))
            return false;
        out->real_cause_count += !cause->noise;
    }
    return true;
}

static bool
read_ended(struct plx_item array, struct plx_arena *arena, struct plx_report_service *out)
{
    out->ended = plx_item_room(arena, plx_item_length(array), sizeof(*out->ended));
    if (!out->ended)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item))
        out->ended[out->ended_count++] = (struct plx_report_ended){
            .route = plx_item_text(plx_item_member(item, "route"), arena),
            .kind = plx_item_text(plx_item_member(item, "kind"), arena),
            .field = plx_item_text(plx_item_member(item, "field"), arena),
            .why = plx_item_text(plx_item_member(item, "why"), arena),
            .owner = plx_item_text(plx_item_member(item, "owner"), arena),
            .until = plx_item_text(plx_item_member(item, "until"), arena),
        };
    return true;
}

static struct plx_report_rule
read_rule(struct plx_item item, struct plx_arena *arena)
{
    struct plx_item example = plx_item_member(item, "example"), configured = plx_item_member(item, "configured");
    struct plx_report_rule rule = {
        .rule = plx_item_text(plx_item_member(item, "rule"), arena),
        .owner = plx_item_text(plx_item_member(item, "owner"), arena),
        .why = plx_item_text(plx_item_member(item, "why"), arena),
        .until = plx_item_text(plx_item_member(item, "until"), arena),
        .place = plx_item_text(plx_item_member(item, "endpoint"), arena),
        .gone = configured.document && !plx_item_true(configured),
        .excused = plx_item_uint(plx_item_member(item, "excused")),
        .compared = plx_item_uint(plx_item_member(item, "compared")),
        .exchange = plx_item_text(plx_item_member(example, "exchange"), arena),
        .field = plx_item_text(plx_item_member(example, "field"), arena),
        .primary = plx_item_text(plx_item_member(example, "primary"), arena),
        .candidate = plx_item_text(plx_item_member(example, "candidate"), arena),
    };

    if (rule.place.len == 0)
        rule.place = plx_item_text(plx_item_member(item, "route"), arena);
    return rule;
}

static bool
read_rules(struct plx_item array, struct plx_arena *arena, struct plx_report_service *out)
{
    out->rules = plx_item_room(arena, plx_item_length(array), sizeof(*out->rules));
    if (!out->rules)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item))
        out->rules[out->rule_count++] = read_rule(item, arena);
    return true;
}

/* Sentences. */
static bool
read_texts(struct plx_item array, struct plx_arena *arena, struct plx_slice **texts, size_t *count)
{
    *texts = plx_item_room(arena, plx_item_length(array), sizeof(**texts));
    if (!*texts)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item))
        (*texts)[(*count)++] = plx_item_text(item, arena);
    return true;
}

static bool
read_fold(struct plx_item item, struct plx_arena *arena, struct plx_report_fold *out)
{
    struct plx_item stay = plx_item_member(item, "stay");

    out->endpoint = plx_item_text(plx_item_member(item, "endpoint"), arena);
    out->time = plx_item_text(plx_item_member(item, "time"), arena);
    out->paths = plx_item_uint(plx_item_member(item, "paths"));
    out->stay = plx_item_room(arena, plx_item_length(stay), sizeof(*out->stay));
    if (!out->stay)
        return false;
    for (struct plx_item name = plx_item_first(stay); name.document; name = plx_item_next(stay, name))
        out->stay[out->stay_count++] = plx_item_text(name, arena);
    return true;
}

static bool
read_folds(struct plx_item array, struct plx_arena *arena, struct plx_report_service *out)
{
    out->folds = plx_item_room(arena, plx_item_length(array), sizeof(*out->folds));
    if (!out->folds)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item))
        if (!read_fold(item, arena, &out->folds[out->fold_count++]))
            return false;
    return true;
}

static bool
read_masked(struct plx_item array, struct plx_arena *arena, struct plx_report_service *out)
{
    out->masked = plx_item_room(arena, plx_item_length(array), sizeof(*out->masked));
    if (!out->masked)
        return false;
    for (struct plx_item item = plx_item_first(array); item.document; item = plx_item_next(array, item)) {
        struct plx_report_masked *masked = &out->masked[out->masked_count++];

        masked->endpoint = plx_item_text(plx_item_member(item, "endpoint"), arena);
        masked->field = plx_item_text(plx_item_member(item, "field"), arena);
        masked->kind = plx_item_text(plx_item_member(item, "kind"), arena);
        if (masked->field.len == 0)
            masked->field = plx_slice_of(out->words->whole);
    }
    return true;
}

/* ---- services ---- */

static bool
is_paused(struct plx_item holds, struct plx_arena *arena)
{
    bool paused = false;

    for (struct plx_item hold = plx_item_first(holds); hold.document; hold = plx_item_next(holds, hold))
        paused |= plx_slice_equal(plx_item_text(plx_item_member(hold, "hold"), arena),
                                  plx_slice_of(plx_hold_text(PLX_HOLD_PAUSED)));
    return paused;
}

static bool
read_service(struct plx_item item, struct plx_arena *arena, struct plx_report_service *out)
{
    struct plx_item limits = plx_item_member(item, "limits_hit");
    double after = plx_item_double(plx_item_member(plx_item_member(item, "recheck"), "after"));

    out->runs = plx_item_uint(plx_item_member(item, "runs"));
    out->name = plx_item_text(plx_item_member(item, "name"), arena);
    out->stage = plx_item_text(plx_item_member(item, "stage"), arena);
    out->paused = is_paused(plx_item_member(item, "holds"), arena);
    out->why = plx_item_text(plx_item_member(item, "why"), arena);
    out->share = plx_item_double(plx_item_member(item, "share"));
    out->verdict = plx_report_read_verdict(plx_item_member(item, "verdict"), arena);
    out->confidence = plx_item_double(plx_item_member(item, "confidence"));
    out->detect = plx_item_double(plx_item_member(item, "detect"));
    out->within = plx_item_double(plx_item_member(item, "within"));
    out->within_since = plx_item_text(plx_item_member(item, "within_since"), arena);
    out->compared = plx_item_uint(plx_item_member(item, "compared"));
    out->more = plx_item_uint(plx_item_member(item, "more"));
    out->more_helps = !plx_item_is(plx_item_member(item, "more"), PLX_NULL);
    out->rate = plx_item_double(plx_item_member(item, "rate"));
    out->shortened = plx_item_true(plx_item_member(item, "shortened"));
    out->under_way = plx_item_uint(plx_item_member(item, "under_way"));
    out->under_way_seconds = plx_item_double(plx_item_member(item, "under_way_seconds"));
    out->endpoints_over = plx_item_uint(plx_item_member(limits, "endpoints"));
    out->fields_over = plx_item_uint(plx_item_member(limits, "fields"));
    out->records_dropped = plx_item_uint(plx_item_member(limits, "records"));
    out->causes_over = plx_item_uint(plx_item_member(limits, "causes"));
    out->recheck_dropped = plx_item_uint(plx_item_member(limits, "recheck_dropped"));
    out->records_kept = plx_item_uint(plx_item_member(item, "records_kept"));
    out->recheck = read_recheck(plx_item_member(item, "recheck"), after);
    out->headers = plx_item_text(plx_item_member(item, "headers"), arena);
    out->rules_left_out = plx_item_uint(plx_item_member(item, "rules_left_out"));
    out->with_secondary = plx_item_member(plx_item_member(item, "latency"), "secondary").document != NULL;
    read_latency(item, out->latency);
    return read_counts(item, arena, &out->counts) && read_endpoints(plx_item_member(item, "endpoints"), arena, out) &&
           read_causes(plx_item_member(item, "causes"), after, arena, out) &&
           read_ended(plx_item_member(item, "rules_ended"), arena, out) &&
           read_rules(plx_item_member(item, "rules"), arena, out) &&
           read_texts(plx_item_member(item, "warnings"), arena, &out->warnings, &out->warning_count) &&
           read_texts(plx_item_member(item, "says"), arena, &out->says, &out->say_count) &&
           read_folds(plx_item_member(item, "folded"), arena, out) &&
           read_masked(plx_item_member(item, "masked_fields"), arena, out) &&
           plx_report_read_epochs(item, arena, &out->epoch, &out->earlier, &out->earlier_count) &&
           plx_report_compose(out, arena);
}

static struct plx_item
list_of(const struct plx_document *document, size_t kind)
{
    return plx_item_member(plx_item_root(document), plx_subject_plural(plx_words[kind].kind));
}

enum plx_status
plx_report_read(const struct plx_document *document, struct plx_arena *arena, struct plx_report *report)
{
    struct plx_report read = {0};
    size_t count = 0;

    if (!plx_item_is(list_of(document, 0), PLX_ARRAY))
        return PLX_E_SYNTAX;
    for (size_t i = 0; i < PLX_WORDS_COUNT; i++)
        count += plx_item_length(list_of(document, i));
    read.services = plx_item_room(arena, count, sizeof(*read.services));
    if (!read.services)
        return PLX_E_MEMORY;
    for (size_t i = 0; i < PLX_WORDS_COUNT; i++) {
        struct plx_item list = list_of(document, i);
        for (struct plx_item item = plx_item_first(list); item.document; item = plx_item_next(list, item)) {
            read.services[read.count].words = &plx_words[i];
            if (!read_service(item, arena, &read.services[read.count++]))
                return PLX_E_MEMORY;
        }
    }
    if (!plx_report_read_reconciliations(document, arena, &read.reconciliations, &read.reconciliation_count))
        return PLX_E_MEMORY;
    *report = read;
    return PLX_OK;
}

enum plx_status
plx_report_read_one(const struct plx_document *document, struct plx_arena *arena, struct plx_report *report)
{
    struct plx_item root = plx_item_root(document);
    struct plx_report_service *service;

    if (!plx_item_is(root, PLX_OBJECT))
        return PLX_E_SYNTAX;
    service = plx_item_room(arena, 1, sizeof(*service));
    if (!service)
        return PLX_E_MEMORY;
    service->words = plx_words_of(plx_item_text(plx_item_member(root, "kind"), arena));
    if (!read_service(root, arena, service))
        return PLX_E_MEMORY;
    *report = (struct plx_report){.services = service, .count = 1};
    return PLX_OK;
}
