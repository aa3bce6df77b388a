/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two calls come to. Headers and bodies are compared as those of answers are; path and query, lateness and calls
 * that are not there are told as differences in pseudo-fields, so that report, causes and records treat them alike.
 */
#include "traffic/spy/call_pair.h"

#include "base/assert.h"
#include "compare/rules.h"
#include "evidence/record/kept_message.h"

#include <stdio.h>

#define INLINE_BYTES (16u * 1024) /* as in traffic/exchange/verdict.h */
#define SHOWN_MAX    256u         /* bytes of a target in a difference; the record has all of it */

/* ---- differences of our own ---- */

static struct plx_slice
shown(struct plx_slice text)
{
    return plx_slice_make(text.ptr, text.len < SHOWN_MAX ? text.len : SHOWN_MAX);
}

static void *
grown(struct plx_arena *arena, const void *from, size_t count, size_t size)
{
    char *to = plx_arena_alloc(arena, (count + 1) * size);

    if (to && count)
        memcpy(to, from, count * size);
    return to;
}

/* Adds one; the verdict is then a mismatch. false: no memory. */
static bool
tell(struct plx_judgement *judgement, const char *name, enum plx_kind kind, struct plx_slice primary,
     struct plx_slice candidate, struct plx_arena *arena)
{
    struct plx_comparison *comparison = &judgement->comparison;
    struct plx_difference *differences = grown(arena, comparison->differences, comparison->count, sizeof(*differences));
    struct plx_field *fields = grown(arena, judgement->fields, judgement->field_count, sizeof(*fields));
    struct plx_slice field = plx_slice_of(name);

    if (!differences || !fields)
        return false;
    differences[comparison->count] = (struct plx_difference){.field = field,
                                                             .folded = field,
                                                             .kind = kind,
                                                             .primary = shown(primary),
                                                             .candidate = shown(candidate),
                                                             .primary_cut = primary.len > SHOWN_MAX,
                                                             .candidate_cut = candidate.len > SHOWN_MAX};
    fields[judgement->field_count] = (struct plx_field){.folded = field,
                                                        .kind = kind,
                                                        .candidate_differs = true,
                                                        .beyond_noise = true,
                                                        .primary = shown(primary),
                                                        .candidate = shown(candidate)};
    comparison->differences = differences;
    comparison->count++;
    comparison->total++;
    judgement->fields = fields;
    judgement->field_count++;
    judgement->verdict = PLX_MISMATCH;
    return true;
}

/* "after 120 ms", "after 12.3 s" */
static struct plx_slice
distance_text(uint64_t ms, struct plx_arena *arena)
{
    char text[48];

    if (ms < 10000)
        snprintf(text, sizeof(text), "after %llu ms", (unsigned long long)ms);
    else
        snprintf(text, sizeof(text), "after %.1f s", (double)ms / 1000);
    return plx_arena_copy(arena, plx_slice_of(text));
}

static bool
tell_target(const struct plx_spy_pair *pair, struct plx_judgement *judgement, struct plx_arena *arena)
{
    const struct plx_secrets *secrets = plx_rules_secrets(pair->calls[PLX_PRIMARY]->rules);
    struct plx_slice primary, candidate;

    return plx_target_take(pair->calls[PLX_PRIMARY]->request.target, secrets, arena, &primary) &&
           plx_target_take(pair->calls[PLX_CANDIDATE]->request.target, secrets, arena, &candidate) &&
           tell(judgement, PLX_SPY_TARGET_FIELD, PLX_KIND_VALUE, primary, candidate, arena);
}

static bool
tell_late(const struct plx_spy_pair *pair, struct plx_judgement *judgement, struct plx_arena *arena)
{
    bool candidate_late = pair->calls[PLX_CANDIDATE]->began_ns >= pair->calls[PLX_PRIMARY]->began_ns;
    struct plx_slice late = distance_text(plx_spy_pair_distance_ms(pair->calls), arena);
    struct plx_slice first = plx_slice_of("first");

    return late.ptr && tell(judgement, PLX_SPY_LATE_FIELD, PLX_KIND_ORDER, candidate_late ? first : late,
                            candidate_late ? late : first, arena);
}

/* ---- pairs ---- */

uint64_t
plx_spy_pair_distance_ms(struct plx_spy_call *const calls[PLX_SPY_SIDES])
{
    uint64_t a = calls[PLX_PRIMARY]->began_ns, b = calls[PLX_CANDIDATE]->began_ns;

    return (a > b ? a - b : b - a) / 1000000;
}

/* Given-up calls have let go of what they said. */
static bool
is_known(const struct plx_spy_call *call)
{
    return call->kept != NULL;
}

bool
plx_spy_pair_is_long(const struct plx_spy_pair *pair)
{
    const struct plx_spy_call *a = pair->calls[PLX_PRIMARY], *b = pair->calls[PLX_CANDIDATE];

    if (plx_slice_equal(a->request.body, b->request.body))
        return false;
    return a->request.body.len + b->request.body.len > INLINE_BYTES || plx_spy_call_is_costly(a) ||
           plx_spy_call_is_costly(b);
}

void
plx_spy_pair_judge(struct plx_spy_pair *pair, const struct plx_compare_limits *given, struct plx_arena *arena)
{
    const struct plx_spy_call *a = pair->calls[PLX_PRIMARY], *b = pair->calls[PLX_CANDIDATE];
    struct plx_compare_limits limits = given ? *given : (struct plx_compare_limits){0};
    bool known = is_known(a) && is_known(b);
    bool ok = true;

    limits.now_s = (int64_t)(a->time_ms / 1000);
    pair->judgement = (struct plx_judgement){.verdict = PLX_MATCH};
    pair->judged = PLX_OK;
    if (known) {
        const struct plx_answer primary = plx_spy_call_as_answer(a), candidate = plx_spy_call_as_answer(b);
        pair->judged = plx_judge(a->rules, &primary, &candidate, NULL, &limits, arena, &pair->judgement);
    }
    if (pair->judged != PLX_OK)
        return;
    if (known && pair->spy->compare_target && !plx_slice_equal(a->request.target, b->request.target))
        ok = tell_target(pair, &pair->judgement, arena);
    if (ok && pair->late)
        ok = tell_late(pair, &pair->judgement, arena);
    if (!ok)
        pair->judged = PLX_E_MEMORY;
}

/* ---- counting ---- */

static enum plx_spied_incomparable
reason_of(enum plx_status judged)
{
    if (judged == PLX_E_TOO_LARGE || judged == PLX_E_TIMEOUT)
        return PLX_SPIED_TOO_LARGE;
    if (judged == PLX_E_UNSUPPORTED)
        return PLX_SPIED_CHARSET;
    return judged == PLX_E_CANCELED || judged == PLX_E_MEMORY ? PLX_SPIED_UNJUDGED : PLX_SPIED_TRUNCATED;
}

static struct plx_exchange_outcome
outcome_of(const struct plx_spy *spy, struct plx_slice endpoint, const struct plx_spy_call *call)
{
    struct plx_exchange_outcome outcome = {
        .subject = plx_subject_named(PLX_SUBJECT_SPY, plx_slice_of(spy->service->name)),
        .endpoint = endpoint,
        .copied = true,
        .rules = call ? call->rules : spy->service->rules,
    };

    if (call) {
        memcpy(outcome.id, call->id, sizeof(outcome.id));
        outcome.time_ms = call->time_ms;
    }
    return outcome;
}

static void
show_call(struct plx_exchange_outcome *outcome, const struct plx_spy_call *call)
{
    struct plx_role_outcome *role = &outcome->roles[call->side];

    if (call->duration_ns)
        *role = (struct plx_role_outcome){.asked = true, .duration_ns = call->duration_ns};
    if (!is_known(call))
        return;
    outcome->answers[call->side] = &call->request;
    if (!outcome->request)
        outcome->request = &call->request;
}

void
plx_spy_pair_count(const struct plx_spy_pair *pair, struct plx_tally *tally, struct plx_arena *arena)
{
    const struct plx_spy_call *a = pair->calls[PLX_PRIMARY], *b = pair->calls[PLX_CANDIDATE];
    const struct plx_spy_call *known = is_known(a) ? a : b;
    struct plx_exchange_outcome outcome = outcome_of(pair->spy, known->endpoint, known);

    show_call(&outcome, a);
    show_call(&outcome, b);
    if (pair->judged == PLX_OK) {
        outcome.verdict = pair->judgement.verdict;
        outcome.result = pair->late ? PLX_SPIED_LATE : PLX_SPIED_DIFFERENT;
        outcome.judgement = &pair->judgement;
    } else {
        outcome.verdict = PLX_INCOMPARABLE;
        outcome.incomparable = reason_of(pair->judged);
    }
    plx_tally_add(tally, &outcome, arena);
}

void
plx_spy_alone_count(const struct plx_spy *spy, const struct plx_spy_call *call, enum plx_spied_result result,
                    struct plx_tally *tally, struct plx_arena *arena)
{
    struct plx_exchange_outcome outcome = outcome_of(spy, call->endpoint, call);
    struct plx_judgement judgement = {.verdict = PLX_MATCH};
    bool by_primary = call->side == PLX_PRIMARY;
    struct plx_slice none = plx_slice_make("", 0);
    const char *field = result == PLX_SPIED_DUPLICATED ? PLX_SPY_DUPLICATE_FIELD : PLX_SPY_CALL_FIELD;

    show_call(&outcome, call);
    if (tell(&judgement, field, by_primary ? PLX_KIND_MISSING : PLX_KIND_EXTRA, by_primary ? call->endpoint : none,
             by_primary ? none : call->endpoint, arena))
        outcome.judgement = &judgement;
    outcome.verdict = PLX_MISMATCH;
    outcome.result = result;
    plx_tally_add(tally, &outcome, arena);
}

void
plx_spy_incomparable_count(const struct plx_spy *spy, struct plx_slice endpoint, enum plx_spied_incomparable reason,
                           struct plx_tally *tally, struct plx_arena *arena)
{
    struct plx_exchange_outcome outcome = outcome_of(spy, endpoint, NULL);

    outcome.verdict = PLX_INCOMPARABLE;
    outcome.incomparable = reason;
    plx_tally_add(tally, &outcome, arena);
}

void
plx_spy_uncopied_count(const struct plx_spy *spy, struct plx_slice endpoint, enum plx_spied_uncopied reason,
                       struct plx_tally *tally, struct plx_arena *arena)
{
    struct plx_exchange_outcome outcome = outcome_of(spy, endpoint, NULL);

    outcome.copied = false;
    outcome.uncopied = reason;
    plx_tally_add(tally, &outcome, arena);
}
