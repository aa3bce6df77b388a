/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's counts since its last hand-over. plx_tally_add() runs on the request path: for an endpoint that is known
 * already, a match or an uncopied exchange allocates nothing but, once a role, its histogram.
 */
#include "evidence/ledger/tally.h"

#include "base/assert.h"
#include "evidence/count/causes.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/cause_example.h"
#include "evidence/record/credentials.h"
#include "evidence/record/record.h"

#include <stdio.h>
#include <stdlib.h>

struct plx_tally *
plx_tally_new(void)
{
    struct plx_tally *tally = malloc(sizeof(*tally));

    if (!tally)
        return NULL;
    plx_counts_init(&tally->counts, PLX_TALLY_CAUSES_MAX);
    tally->seen = NULL;
    plx_list_init(&tally->records);
    tally->record_count = 0;
    memset(tally->refused, 0, sizeof(tally->refused));
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
    plx_counts_fini(&tally->counts);
    free(tally);
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
count_served(struct plx_exchange_counts *counts, const struct plx_exchange_outcome *outcome)
{
    counts->served_candidate += outcome->served == PLX_CANDIDATE;
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
        if (!role->failed)
            plx_endpoint_counts_measure(endpoint, (enum plx_role)i, role->duration_ns);
        if (role_answered(outcome, (enum plx_role)i)) {
            health->answered++;
            health->last_answer_ms = outcome->time_ms;
        } else if (role_is_at_fault(outcome, (enum plx_role)i)) {
            health->failed++;
            health->last_reason = role->reason;
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

static void
count_field(struct plx_field_counts *field, struct seen_field seen)
{
    if (!seen.paired)
        field->unpaired += seen.candidate;
    else if (seen.candidate && seen.secondary)
        field->pairs.both++;
    else if (seen.candidate)
        field->pairs.candidate_alone++;
    else if (seen.secondary)
        field->pairs.secondary_alone++;
}

/* Its example, and the form of its values: what is redacted has none. */
static void
note_values(struct plx_field_counts *field, const struct plx_exchange_outcome *outcome, const struct plx_field *from)
{
    bool secret = plx_field_is_credential(from->folded) || (outcome->rules && plx_rules_redacts(outcome->rules) &&
                                                            plx_slice_equal(from->folded, plx_slice_of("body")));
    struct plx_slice redacted = plx_slice_of(PLX_REDACTED);

    if (field != &field->endpoint->other)
        plx_field_counts_note_form(field, secret ? PLX_FORM_NONE : from->form, from->primary, from->candidate,
                                   outcome->time_ms);
    plx_field_counts_set_example(field, outcome->id, secret && from->primary.len ? redacted : from->primary,
                                 secret && from->candidate.len ? redacted : from->candidate);
}

/* Fields that found no room count together, once an exchange: as one field does. */
static void
count_fields(struct plx_tally *tally, struct plx_endpoint_counts *endpoint, const struct plx_exchange_outcome *outcome)
{
    const struct plx_judgement *judgement = outcome->judgement;
    struct seen_field other = {.paired = judgement->with_secondary};

    for (size_t i = 0; i < judgement->field_count; i++) {
        const struct plx_field *from = &judgement->fields[i];
        struct plx_field_counts *field = plx_counts_field(&tally->counts, endpoint, from->kind, from->folded);

        if (from->candidate_differs)
            note_values(field, outcome, from);
        if (field == &endpoint->other) {
            other.candidate |= from->candidate_differs;
            other.secondary |= from->secondary_differs;
        } else {
            count_field(field, (struct seen_field){from->candidate_differs, from->secondary_differs,
                                                   judgement->with_secondary});
        }
    }
    /* Of what the judgement itself dropped nobody knows which side differed: that is no evidence, but not nothing. */
    if (judgement->fields_dropped && outcome->verdict == PLX_MISMATCH && !other.candidate) {
        other.candidate = true;
        other.paired = false;
    }
    count_field(&endpoint->other, other);
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
    char status[16] = "an answer";

    if (!role_answered(outcome, PLX_PRIMARY) || !roles[PLX_CANDIDATE].asked || (!candidate && !secondary))
        return;
    if (!candidate && !role_answered(outcome, PLX_CANDIDATE))
        return;
    field = plx_counts_field(&tally->counts, endpoint, PLX_KIND_MISSING, plx_slice_of(PLX_ANSWER_FIELD));
    count_field(field, (struct seen_field){candidate, secondary, secondary || role_answered(outcome, PLX_SECONDARY)});
    if (!candidate)
        return;
    if (outcome->answers[PLX_PRIMARY])
        snprintf(status, sizeof(status), "%d", outcome->answers[PLX_PRIMARY]->status);
    plx_field_counts_set_example(
        field, outcome->id, plx_slice_of(status),
        plx_slice_of(plx_subject_incomparable(outcome->subject.kind, roles[PLX_CANDIDATE].reason)));
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

void
plx_tally_add(struct plx_tally *tally, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    struct plx_service_counts *service = find_service(tally, &outcome->subject);
    struct plx_endpoint_counts *endpoint = plx_counts_endpoint(&tally->counts, service, outcome->endpoint);

    tally->empty = false;
    count_verdict(&endpoint->exchanges, outcome);
    count_served(&endpoint->exchanges, outcome);
    count_roles(endpoint, outcome);
    if (!outcome->copied)
        return;
    count_missing_answer(tally, endpoint, outcome);
    if (outcome->judgement)
        count_fields(tally, endpoint, outcome);
    if (outcome->verdict == PLX_MISMATCH) {
        if (outcome->judgement)
            plx_cause_example_offer(plx_causes_count(&tally->counts, service, outcome, scratch), outcome, scratch);
        record_mismatch(tally, service, outcome, scratch);
    }
}
