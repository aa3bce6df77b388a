/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's counts since its last hand-over. plx_tally_add() runs on the request path: for an endpoint that is known
 * already, a match or an uncopied exchange allocates nothing but, once a hand-over, its histograms.
 */
#include "evidence/ledger/tally.h"

#include "base/assert.h"
#include "base/slice.h"
#include "evidence/count/causes.h"
#include "evidence/count/evidence.h"
#include "evidence/count/evidence_state.h"
#include "evidence/count/last_values.h"
#include "evidence/count/versions.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/tally_excuses.h"
#include "evidence/record/cause_example.h"
#include "evidence/record/cause_faults.h"
#include "evidence/record/record.h"
#include "forms/classes.h"
#include "secrets/marks.h"
#include "service/endpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <xxhash.h>

#define LOOKED_AT 32u /* endpoints, for one that gives its place to another */

struct plx_tally *
plx_tally_new(struct plx_last_values *last_values)
{
    struct plx_tally *tally = malloc(sizeof(*tally));

    if (!tally)
        return NULL;
    plx_counts_init(&tally->counts, PLX_TALLY_CAUSES_MAX);
    tally->last_values = last_values;
    tally->seen = NULL;
    plx_list_init(&tally->rechecks);
    tally->recheck_count = 0;
    plx_list_init(&tally->records);
    tally->record_count = 0;
    memset(tally->refused, 0, sizeof(tally->refused));
    tally->newest_ms = 0;
    tally->empty = true;
    return tally;
}

void
plx_tally_free(struct plx_tally *tally)
{
    if (!tally)
        return;
    while (!plx_list_empty(&tally->records)) {
        struct plx_record *record = PLX_CONTAINER(tally->records.next, struct plx_record, node);

        plx_list_remove(&record->node);
        plx_record_free(record);
    }
    for (struct plx_list *node = tally->rechecks.next, *next; node != &tally->rechecks; node = next) {
        next = node->next;
        free(PLX_CONTAINER(node, struct plx_recheck_note, node));
    }
    plx_counts_fini(&tally->counts);
    free(tally);
}

static struct plx_recheck_note *
find_note(const struct plx_tally *tally, const struct plx_subject *subject, struct plx_slice endpoint, uint64_t fields)
{
    for (const struct plx_list *node = tally->rechecks.next; node != &tally->rechecks; node = node->next) {
        struct plx_recheck_note *note = PLX_CONTAINER(node, struct plx_recheck_note, node);

        if (note->fields == fields && note->kind == subject->kind &&
            plx_slice_equal(plx_recheck_note_endpoint(note), endpoint) &&
            plx_slice_equal(plx_recheck_note_name(note), subject->name))
            return note;
    }
    return NULL;
}

static struct plx_recheck_note *
add_note(struct plx_tally *tally, const struct plx_subject *subject, struct plx_slice endpoint, uint64_t fields)
{
    struct plx_recheck_note *note = malloc(sizeof(*note) + subject->name.len + endpoint.len);
    char *at;

    if (!note)
        return NULL;
    memset(note, 0, sizeof(*note));
    note->kind = subject->kind;
    note->fields = fields;
    at = note->texts;
    note->name_len = plx_slice_put(&at, subject->name).len;
    note->endpoint_len = plx_slice_put(&at, endpoint).len;
    plx_list_push_front(&tally->rechecks, &note->node);
    tally->recheck_count++;
    return note;
}

bool
plx_tally_recheck(struct plx_tally *tally, const struct plx_subject *subject, struct plx_slice endpoint,
                  uint64_t fields, enum plx_recheck_result result)
{
    struct plx_recheck_note *note = find_note(tally, subject, endpoint, fields);

    if (!note && tally->recheck_count >= PLX_TALLY_RECHECKS_MAX) {
        endpoint = plx_slice_of(PLX_OTHER); /* one for each service, of which there are few */
        fields = 0;
        note = find_note(tally, subject, endpoint, fields);
    }
    if (!note && !(note = add_note(tally, subject, endpoint, fields)))
        return false;
    note->counts.by[result]++;
    tally->empty = false;
    return true;
}

void
plx_tally_refuse(struct plx_tally *tally, enum plx_refused reason)
{
    PLX_ASSERT((unsigned)reason < PLX_REFUSED_COUNT);
    tally->refused[reason]++;
}

/* By name: a tally may outlive the snapshot that a service is in, so that its address says nothing. Most often it is
 * the one of the last exchange. */
static struct plx_service_counts *
find_service(struct plx_tally *tally, const struct plx_subject *subject)
{
    if (!tally->seen || tally->seen->kind != subject->kind || !plx_slice_equal(tally->seen->name, subject->name))
        tally->seen = plx_counts_service(&tally->counts, subject->kind, subject->name);
    return tally->seen;
}

static void
count_verdict(struct plx_exchange_counts *counts, const struct plx_exchange_outcome *outcome)
{
    if (!outcome->copied) {
        PLX_ASSERT(outcome->uncopied < PLX_REASONS_MAX);
        counts->uncopied[outcome->uncopied]++;
        return;
    }
    switch (outcome->verdict) {
    case PLX_MATCH:
        counts->match++;
        break;
    case PLX_MISMATCH:
        counts->mismatch++;
        if (plx_subject_result_count(outcome->subject.kind))
            counts->results[outcome->result]++;
        break;
    case PLX_IGNORED:
        counts->ignored++;
        break;
    case PLX_INCOMPARABLE:
        PLX_ASSERT(outcome->incomparable < PLX_REASONS_MAX);
        counts->incomparable[outcome->incomparable]++;
        break;
    }
}

static void
count_no_evidence(struct plx_exchange_counts *counts, const struct plx_exchange_outcome *outcome)
{
    enum plx_no_evidence why;

    if (plx_outcome_is_no_evidence(outcome, &why))
        counts->no_evidence[why]++;
}

static void
count_served(struct plx_exchange_counts *counts, const struct plx_exchange_outcome *outcome)
{
    counts->served_candidate += outcome->served == PLX_CANDIDATE;
    counts->served_differed += outcome->served == PLX_CANDIDATE && outcome->copied && outcome->verdict == PLX_MISMATCH;
    if (outcome->fallback != PLX_FALLBACK_NONE)
        counts->fallbacks[outcome->fallback]++;
}

/* Whether a role is to blame for having given no answer; a client that went away and an answer beyond the capture are
 * not its fault. */
static bool
role_is_at_fault(const struct plx_exchange_outcome *outcome, enum plx_role role)
{
    const struct plx_role_outcome *did = &outcome->roles[role];

    return did->asked && did->failed && plx_subject_blames(outcome->subject.kind, did->reason);
}

static bool
role_answered(const struct plx_exchange_outcome *outcome, enum plx_role role)
{
    const struct plx_role_outcome *did = &outcome->roles[role];

    return did->asked && (!did->failed || plx_subject_answered(outcome->subject.kind, did->reason));
}

static void
count_roles(struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome)
{
    for (int i = 0; i < PLX_ROLES; i++) {
        const struct plx_role_outcome *role = &outcome->roles[i];
        struct plx_role_health *health = &endpoint->service->health[i];

        if (!role->asked)
            continue;
        endpoint->exchanges.retries[i] += role->retried;
        if (!role->failed)
            plx_endpoint_counts_measure(endpoint, (enum plx_role)i, role->duration_ns);
        if (role_answered(outcome, (enum plx_role)i)) {
            health->answered++;
            health->errors += role->status >= 500;
            health->last_answer_ms = outcome->time_ms;
        } else if (role_is_at_fault(outcome, (enum plx_role)i)) {
            health->failed++;
            health->last_reason = role->reason;
            snprintf(health->last_detail, sizeof(health->last_detail), "%s", role->detail ? role->detail : "");
            health->last_failure_ms = outcome->time_ms;
        }
    }
}

/* ---- fields ---- */

/* What one exchange shows of one field. */
struct seen_field {
    bool candidate, secondary; /* differs from the primary */
    bool paired;               /* candidate and secondary both were compared */
};

/* What it shows as a whole: whether one copy differs where the other does not. */
struct seen_exchange {
    bool candidate, secondary;
};

static void
count_pair(struct plx_pairs *pairs, bool candidate, bool secondary)
{
    pairs->both += candidate && secondary;
    pairs->candidate_alone += candidate && !secondary;
    pairs->secondary_alone += secondary && !candidate;
}

static void
count_field(struct plx_field_counts *field, struct seen_field seen)
{
    if (seen.paired) {
        count_pair(&field->pairs, seen.candidate, seen.secondary);
        if (seen.candidate && !seen.secondary)
            plx_stretch_add(&field->alone, plx_field_exchanges(field, &field->endpoint->pairs) + 1);
    } else {
        field->unpaired += seen.candidate;
    }
}

/* Whether something in the example is not shown. */
static bool
is_secret(const struct plx_field *from)
{
    return plx_has_mark(from->primary) || plx_has_mark(from->candidate);
}

/* As it was compared, where it may be looked at. */
static struct plx_slice
bare(struct plx_slice shown, struct plx_slice bare)
{
    return bare.ptr ? bare : shown;
}

/* What was asked, as far as it is known, and which place of the answer is looked at. */
static uint64_t
target_of(const struct plx_message_view *request, const struct plx_field *from)
{
    const struct plx_slice parts[] = {request->method, request->target, request->body};
    uint64_t hash = from->place ^ request->body_length;

    for (size_t i = 0; i < PLX_COUNT(parts); i++)
        hash = XXH3_64bits_withSeed(parts[i].ptr ? parts[i].ptr : "", parts[i].len, hash);
    return hash;
}

static void
note_renewal(struct plx_field_counts *field, const struct plx_exchange_outcome *outcome, const struct plx_field *from)
{
    uint64_t primary_ns = outcome->roles[PLX_PRIMARY].duration_ns;
    uint64_t candidate_ns = outcome->roles[PLX_CANDIDATE].duration_ns;
    const struct plx_renewal_look look = {
        .target = target_of(outcome->request, from),
        .primary = from->primary,
        .candidate = from->candidate,
        .time_ms = (double)outcome->time_ms,
        .took_ms = (double)(primary_ns > candidate_ns ? primary_ns : candidate_ns) / 1e6,
    };

    plx_field_counts_note_renewal(field, &look);
}

/*
 * Its example, and the form of its values. Of what is secret the form may be told, but nothing that values can be found
 * by: no number that counts up, and a renewal is seen by the marks.
 */
static void
note_values(struct plx_field_counts *field, const struct plx_exchange_outcome *outcome, const struct plx_field *from)
{
    bool secret = is_secret(from);
    enum plx_form form = secret && from->form == PLX_FORM_COUNTER ? PLX_FORM_NONE : from->form;

    if (field != &field->endpoint->other)
        plx_field_counts_note_form(field, form, from->primary, from->candidate, outcome->time_ms);
    if (field != &field->endpoint->other && form != PLX_FORM_NONE && outcome->request)
        note_renewal(field, outcome, from);
    plx_field_counts_set_example(field, outcome->id, from->primary, from->candidate);
}

static double
apart_ms(const struct plx_exchange_outcome *outcome, enum plx_role role)
{
    return fabs((double)outcome->roles[role].duration_ns - (double)outcome->roles[PLX_PRIMARY].duration_ns) / 1e6;
}

/* How far apart in time the answers were, in milliseconds: what clocks may differ by, whichever copy was the slower. */
static double
lateness_ms(const struct plx_exchange_outcome *outcome)
{
    return fmax(apart_ms(outcome, PLX_CANDIDATE), apart_ms(outcome, PLX_SECONDARY));
}

/* The classes of what both copies gave, for stats/coin.h. */
static void
note_classes(struct plx_tally *tally, struct plx_field_counts *field, const struct plx_exchange_outcome *outcome,
             const struct plx_field *from)
{
    uint64_t nothing[2] = {0, 0}, *last = nothing;
    uint32_t candidate = 0, secondary = 0;
    double late_ms = lateness_ms(outcome);

    struct plx_slice primary_value = bare(from->primary, from->bare_primary);
    struct plx_slice candidate_value = bare(from->candidate, from->bare_candidate);

    if (from->kind != PLX_KIND_VALUE || field == &field->endpoint->other || plx_has_mark(primary_value) ||
        plx_has_mark(candidate_value))
        return;
    if (!field->values && !(field->values = calloc(1, sizeof(*field->values))))
        return;
    if (tally->last_values)
        last = plx_last_values_of(tally->last_values, field);
    if (from->candidate_differs)
        candidate = plx_class_of(primary_value, candidate_value, late_ms, &last[0]);
    if (from->secondary_differs)
        secondary = plx_class_of(from->secondary_primary, from->secondary, late_ms, &last[1]);
    plx_field_values_note(field->values, candidate, secondary);
}

static void
count_one_field(struct plx_tally *tally, struct plx_endpoint_counts *endpoint,
                const struct plx_exchange_outcome *outcome, const struct plx_field *from, struct seen_field *other,
                struct seen_exchange *whole)
{
    struct plx_field_counts *field = plx_counts_field(&tally->counts, endpoint, from->kind, from->folded);
    /* A secondary that lacks state says of its status alone that it differs. */
    bool paired = outcome->judgement->with_secondary || from->secondary_differs;
    bool candidate = from->candidate_differs;

    if (from->candidate_differs)
        note_values(field, outcome, from);
    whole->candidate |= candidate && !from->secondary_differs;
    whole->secondary |= from->secondary_differs && !candidate;
    if (field == &endpoint->other) {
        other->candidate |= candidate;
        other->secondary |= from->secondary_differs;
        return;
    }
    count_field(field, (struct seen_field){candidate, from->secondary_differs, paired});
    if (outcome->judgement->with_secondary)
        note_classes(tally, field, outcome, from);
}

static int
by_name(const void *a, const void *b)
{
    const struct plx_field *left = *(const struct plx_field *const *)a, *right = *(const struct plx_field *const *)b;
    int order = plx_slice_order(left->folded, right->folded);

    return order ? order : (int)left->kind - (int)right->kind;
}

/* The judgement's fields, in an order that does not depend on the role that differs: some may find no room. */
static const struct plx_field **
ordered_fields(const struct plx_judgement *judgement, struct plx_arena *scratch)
{
    const struct plx_field **fields = plx_arena_alloc(scratch, judgement->field_count * sizeof(struct plx_field *));

    if (!fields)
        return NULL;
    for (size_t i = 0; i < judgement->field_count; i++)
        fields[i] = &judgement->fields[i];
    qsort(fields, judgement->field_count, sizeof(struct plx_field *), by_name);
    return fields;
}

/* Fields that found no room count together, once an exchange: as one field does. */
static struct seen_exchange
count_fields(struct plx_tally *tally, struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome,
             struct plx_arena *scratch)
{
    const struct plx_judgement *judgement = outcome->judgement;
    const bool dropped = judgement->fields_dropped > 0, secondary_dropped = judgement->secondary_fields_dropped > 0;
    struct seen_field other = {dropped, secondary_dropped, judgement->with_secondary};
    struct seen_exchange whole = {dropped && !secondary_dropped, secondary_dropped && !dropped};
    const struct plx_field **ordered = NULL;

    if (judgement->field_count > 1 && endpoint->fields.count + judgement->field_count > PLX_FIELDS_MAX)
        ordered = ordered_fields(judgement, scratch);
    for (size_t i = 0; i < judgement->field_count; i++)
        count_one_field(tally, endpoint, outcome, ordered ? ordered[i] : &judgement->fields[i], &other, &whole);
    count_field(&endpoint->other, other);
    return whole;
}

/* ---- the exchange as a whole ---- */

static void
count_alone(struct plx_pair_counts *pairs, bool differs)
{
    pairs->unpaired++;
    pairs->differing += differs;
}

static void
count_whole(struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome,
            struct seen_exchange whole)
{
    struct plx_service_counts *service = endpoint->service;
    struct plx_pair_counts *pairs = &endpoint->pairs;
    const struct plx_judgement *judgement = outcome->judgement;
    enum plx_no_evidence why;

    pairs->lacks_state += judgement->lacks_state;
    if (outcome->verdict == PLX_INCOMPARABLE || plx_outcome_is_no_evidence(outcome, &why))
        return;
    if (judgement->with_secondary) {
        pairs->paired++;
        service->paired++;
        count_pair(&pairs->any, whole.candidate, whole.secondary);
        if (whole.candidate && !whole.secondary)
            plx_stretch_add(&service->alone, service->paired);
    } else {
        count_alone(pairs, outcome->verdict == PLX_MISMATCH);
    }
}

static bool
is_error(const struct plx_exchange_outcome *outcome, enum plx_role role)
{
    return outcome->roles[role].failed || outcome->roles[role].status >= 500;
}

/* Whether it says something about failing: it was asked, and nobody else kept it from answering. */
static bool
could_answer(const struct plx_exchange_outcome *outcome, enum plx_role role)
{
    const struct plx_role_outcome *did = &outcome->roles[role];

    return did->asked && (!did->failed || plx_subject_blames(outcome->subject.kind, did->reason));
}

static bool
was_reset(const struct plx_role_outcome *role)
{
    return role->retried && !role->lapsed;
}

/* A candidate that took no connection, beside the primary alone, never got the request: it is down for a while, as in
 * a redeployment, and what it would have answered is not known. One that took the request and broke off has failed. */
static bool
was_down(const struct plx_exchange_outcome *outcome)
{
    const struct plx_role_outcome *candidate = &outcome->roles[PLX_CANDIDATE];

    return outcome->subject.kind == PLX_SUBJECT_SERVICE && !outcome->roles[PLX_SECONDARY].asked && candidate->failed &&
           candidate->reason == PLX_INCOMPARABLE_CONNECT && !was_reset(candidate);
}

static void
count_errors(struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome)
{
    bool beside = outcome->roles[PLX_SECONDARY].asked, candidate, secondary;

    if (!could_answer(outcome, PLX_CANDIDATE) || (beside && !could_answer(outcome, PLX_SECONDARY)) ||
        !outcome->roles[PLX_PRIMARY].asked || is_error(outcome, PLX_PRIMARY))
        return;
    /* Without a secondary its other failures differ, each by itself. */
    candidate = beside ? is_error(outcome, PLX_CANDIDATE) : was_down(outcome);
    secondary = beside && is_error(outcome, PLX_SECONDARY);
    endpoint->pairs.errors_paired++;
    endpoint->service->errors_paired++;
    count_pair(&endpoint->pairs.errors, candidate, secondary);
    if (candidate && !secondary)
        plx_stretch_add(&endpoint->service->failed, endpoint->service->errors_paired);
}

static bool
has_duration(const struct plx_exchange_outcome *outcome, enum plx_role role)
{
    return outcome->roles[role].asked && !outcome->roles[role].failed && outcome->roles[role].duration_ns;
}

/* Copies beside each other; without a secondary beside the primary. */
static void
measure_pair(struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome)
{
    enum plx_role other = outcome->roles[PLX_SECONDARY].asked ? PLX_SECONDARY : PLX_PRIMARY;
    double slower = other == PLX_SECONDARY ? PLX_LATENCY_SLOWER : PLX_LATENCY_SLOWER_ALONE;
    struct plx_latency_fold one = {0};

    if (outcome->served != PLX_PRIMARY || !has_duration(outcome, PLX_CANDIDATE) || !has_duration(outcome, other))
        return;
    if (!endpoint->durations && !(endpoint->durations = calloc(1, sizeof(*endpoint->durations))))
        return;
    if (endpoint->durations->exchanges == 0)
        endpoint->durations->beside_secondary = other == PLX_SECONDARY;
    if (endpoint->durations->beside_secondary != (other == PLX_SECONDARY))
        return; /* a reload has just given it one, or taken it */
    plx_latency_count(&one, outcome->roles[PLX_CANDIDATE].duration_ns, outcome->roles[other].duration_ns, slower, 0);
    endpoint->durations->exchanges++;
    endpoint->durations->slower += one.counts[PLX_LATENCY_MEDIAN].slower;
    endpoint->durations->not_slower += one.counts[PLX_LATENCY_MEDIAN].not_slower;
    plx_histogram_add(&endpoint->durations->candidate, outcome->roles[PLX_CANDIDATE].duration_ns);
    plx_histogram_add(&endpoint->durations->other, outcome->roles[other].duration_ns);
}

/* A role that gives no answer where the primary gave one differs from it in the pseudo-field "answer". */
static void
count_missing_answer(struct plx_tally *tally, struct plx_endpoint_counts *endpoint,
                     const struct plx_exchange_outcome *outcome)
{
    const struct plx_role_outcome *roles = outcome->roles;
    bool candidate = role_is_at_fault(outcome, PLX_CANDIDATE);
    bool secondary = role_is_at_fault(outcome, PLX_SECONDARY);
    struct plx_field_counts *field;
    char status[16] = "an answer", text[32 + PLX_DETAIL_MAX];
    const char *detail = roles[PLX_CANDIDATE].detail ? roles[PLX_CANDIDATE].detail : "";

    if (!role_answered(outcome, PLX_PRIMARY) || !roles[PLX_CANDIDATE].asked || (!candidate && !secondary) ||
        was_down(outcome))
        return;
    if (!candidate && !role_answered(outcome, PLX_CANDIDATE))
        return;
    field = plx_counts_field(&tally->counts, endpoint, PLX_KIND_MISSING, plx_slice_of(PLX_ANSWER_FIELD));
    count_field(field, (struct seen_field){candidate, secondary, secondary || role_answered(outcome, PLX_SECONDARY)});
    if (!candidate)
        return;
    if (outcome->answers[PLX_PRIMARY])
        snprintf(status, sizeof(status), "%d", outcome->answers[PLX_PRIMARY]->status);
    snprintf(text, sizeof(text), "%s%s%s", plx_subject_incomparable(outcome->subject.kind, roles[PLX_CANDIDATE].reason),
             *detail ? ": " : "", detail);
    plx_field_counts_set_example(field, outcome->id, plx_slice_of(status), plx_slice_of(text));
}

/* That a copy had to be asked again: its answer hides it. The primary's own resets are nobody else's fault. */
static void
count_resets(struct plx_tally *tally, struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome)
{
    const struct plx_role_outcome *roles = outcome->roles;
    bool candidate = was_reset(&roles[PLX_CANDIDATE]), secondary = was_reset(&roles[PLX_SECONDARY]);
    struct plx_field_counts *field;

    if ((!candidate && !secondary) || !roles[PLX_CANDIDATE].asked)
        return;
    field = plx_counts_field(&tally->counts, endpoint, PLX_KIND_VALUE, plx_slice_of(PLX_RESET_FIELD));
    count_field(field, (struct seen_field){candidate, secondary, roles[PLX_SECONDARY].asked});
    if (candidate)
        plx_field_counts_set_example(field, outcome->id, plx_slice_of("asked once"), plx_slice_of("asked again"));
}

/* Both copies are sent to the login where the primary knows the client. */
static void
count_logged_out(struct plx_exchange_counts *counts, const struct plx_exchange_outcome *outcome)
{
    char status[12];

    if (outcome->subject.kind != PLX_SUBJECT_SERVICE || outcome->verdict != PLX_INCOMPARABLE ||
        outcome->incomparable != PLX_INCOMPARABLE_STATE || outcome->roles[PLX_PRIMARY].status != 200)
        return;
    snprintf(status, sizeof(status), "%d", outcome->roles[PLX_CANDIDATE].status);
    for (unsigned i = 0; i < PLX_LOGGED_OUT_COUNT; i++)
        counts->logged_out[i] += strcmp(status, plx_logged_out_text((enum plx_logged_out)i)) == 0;
}

/* ---- records ---- */

static void
record_mismatch(struct plx_tally *tally, struct plx_service_counts *service, const struct plx_exchange_outcome *outcome,
                struct plx_arena *scratch)
{
    struct plx_record *record = NULL;

    if (tally->record_count < PLX_TALLY_RECORDS_MAX)
        record = plx_record_new(outcome, scratch);
    if (!record) {
        service->records_dropped++;
        return;
    }
    plx_list_push_back(&tally->records, &record->node);
    tally->record_count++;
}

static void
count_cause(struct plx_tally *tally, struct plx_service_counts *service, const struct plx_exchange_outcome *outcome,
            struct plx_arena *scratch)
{
    struct plx_cause *cause = plx_causes_count(&tally->counts, service, outcome, scratch);

    plx_cause_faults_note(cause, outcome, scratch);
    plx_cause_example_offer(cause, outcome, scratch);
}

/* What the candidate calls itself. */
static void
note_version(struct plx_service_counts *service, const struct plx_exchange_outcome *outcome)
{
    if (!plx_version_is_fit(outcome->version))
        return;
    if (!service->versions && !(service->versions = calloc(1, sizeof(*service->versions))))
        return;
    plx_versions_note(service->versions, outcome->version, outcome->time_ms);
}

/*
 * Of the next ones of the table, the one with the fewest exchanges and no differences: looking at all of them would
 * cost each request too much. NULL: none.
 */
static struct plx_endpoint_counts *
find_leaver(struct plx_service_counts *service)
{
    struct plx_endpoint_counts *leaver = NULL;
    const struct plx_table_entry *entry;
    uint64_t fewest = UINT64_MAX;

    for (unsigned i = 0; i < LOOKED_AT && (entry = plx_table_next(&service->endpoints, &service->look_at)); i++) {
        struct plx_endpoint_counts *endpoint = entry->value;
        uint64_t total = plx_exchange_counts_sum(&endpoint->exchanges).total;
        if (total >= fewest || endpoint->named || !plx_endpoint_counts_is_plain(endpoint))
            continue;
        fewest = total;
        leaver = endpoint;
    }
    if (!leaver)
        service->look_at = 0;
    return leaver;
}

/* As in the ledger (endpoint_places.h), so that in the moments of a tally invented paths hide nothing either. */
static struct plx_endpoint_counts *
find_endpoint(struct plx_tally *tally, struct plx_service_counts *service, const struct plx_exchange_outcome *outcome)
{
    const struct plx_service *of = outcome->subject.service;
    struct plx_endpoint_counts *endpoint = plx_counts_endpoint(&tally->counts, service, outcome->endpoint), *leaver;

    if (endpoint != &service->other || !of || !plx_counts_keep_name(outcome->endpoint, PLX_ENDPOINT_MAX))
        return endpoint;
    if (plx_endpoint_is_named(of, outcome->endpoint))
        return plx_counts_named_endpoint(&tally->counts, service, outcome->endpoint);
    if (plx_counts_has_places(&tally->counts, service, 1) || !(leaver = find_leaver(service)))
        return endpoint; /* no memory, or nobody gives way */
    plx_counts_take_endpoint(&tally->counts, leaver);
    plx_endpoint_counts_merge(&service->other, leaver);
    plx_endpoint_counts_free(leaver);
    return plx_counts_endpoint(&tally->counts, service, outcome->endpoint);
}

static bool
is_of_earlier_epoch(const struct plx_exchange_outcome *outcome)
{
    return outcome->subject.kind == PLX_SUBJECT_SERVICE && outcome->copied && outcome->verdict == PLX_INCOMPARABLE &&
           outcome->incomparable == PLX_INCOMPARABLE_EPOCH;
}

void
plx_tally_add(struct plx_tally *tally, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    struct plx_service_counts *service = find_service(tally, &outcome->subject);
    struct plx_endpoint_counts *endpoint = find_endpoint(tally, service, outcome);

    tally->empty = false;
    if (outcome->time_ms > tally->newest_ms)
        tally->newest_ms = outcome->time_ms;
    count_verdict(&endpoint->exchanges, outcome);
    count_served(&endpoint->exchanges, outcome);
    if (is_of_earlier_epoch(outcome))
        return; /* nor of the candidate's health and times: it may be another one */
    count_roles(endpoint, outcome);
    if (outcome->version.len)
        note_version(service, outcome);
    if (!outcome->copied) {
        plx_sightings_add(&endpoint->sightings, outcome);
        return;
    }
    count_missing_answer(tally, endpoint, outcome);
    count_resets(tally, endpoint, outcome);
    count_logged_out(&endpoint->exchanges, outcome);
    count_errors(endpoint, outcome);
    measure_pair(endpoint, outcome);
    count_no_evidence(&endpoint->exchanges, outcome);
    if (outcome->judgement) {
        count_whole(endpoint, outcome, count_fields(tally, endpoint, outcome, scratch));
        plx_tally_count_excuses(&tally->counts, endpoint, outcome);
    } else if (outcome->verdict == PLX_MATCH || outcome->verdict == PLX_MISMATCH) {
        count_alone(&endpoint->pairs, outcome->verdict == PLX_MISMATCH);
    }
    if (outcome->verdict == PLX_MISMATCH) {
        if (outcome->judgement)
            count_cause(tally, service, outcome, scratch);
        record_mismatch(tally, service, outcome, scratch);
    }
}
