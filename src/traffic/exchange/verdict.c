/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an exchange: its answers are compared, its verdict is counted, and it goes back among the spare ones. */
#include "traffic/exchange/verdict.h"

#include "compare/rules.h"

#include "traffic/exchange/judging.h"
#include "traffic/exchange/rechecks.h"
#include "traffic/exchange/validators.h"

void
plx_verdict_note_health(struct plx_exchange *exchange, const struct plx_call *call)
{
    bool *failing = &exchange->state->failing[call->role];
    bool has_detail = call->outcome.detail && call->outcome.detail[0];

    if (!call->outcome.asked || call->outcome.failed == *failing ||
        (call->outcome.failed && call->outcome.reason == PLX_INCOMPARABLE_CANCELED))
        return;
    *failing = call->outcome.failed;
    if (!plx_log_allowed(&exchange->terms.context->log_limit, 5, NULL))
        return;
    if (call->outcome.failed)
        plx_log(PLX_LOG_WARN, "role_failing", PLX_TEXT("service", exchange->service->name),
                PLX_TEXT("role", plx_role_text(call->role)),
                PLX_TEXT("reason", plx_incomparable_text(call->outcome.reason)),
                PLX_TEXT("url", plx_upstream_name(&exchange->service->roles[call->role])),
                PLX_TEXT("exchange", exchange->id),
                PLX_TEXT(has_detail ? "detail" : NULL, has_detail ? call->outcome.detail : "")); /* NULL: the end */
    else
        plx_log(PLX_LOG_INFO, "role_recovered", PLX_TEXT("service", exchange->service->name),
                PLX_TEXT("role", plx_role_text(call->role)),
                PLX_TEXT("url", plx_upstream_name(&exchange->service->roles[call->role])),
                PLX_TEXT("exchange", exchange->id));
}

/* Once: what the copies lack they will lack in many exchanges. The report says how many. */
static void
log_state(struct plx_exchange *exchange)
{
    const struct plx_call *calls = exchange->calls;

    if (exchange->state->lacks_state || !plx_log_allowed(&exchange->terms.context->log_limit, 5, NULL))
        return;
    exchange->state->lacks_state = true;
    plx_log(PLX_LOG_WARN, "copies_lack_state", PLX_TEXT("service", exchange->service->name),
            PLX_SLICE("endpoint", plx_slice_make(exchange->endpoint, exchange->endpoint_len)),
            PLX_NUMBER_OF("primary", calls[PLX_PRIMARY].status), PLX_NUMBER_OF("copies", calls[PLX_SECONDARY].status),
            PLX_TEXT("exchange", exchange->id),
            PLX_TEXT("mend", "copy what changes it (`copy: always`), give all the same data, or share the sessions"));
}

static void
log_access(struct plx_exchange *exchange, const struct plx_exchange_outcome *outcome)
{
    uint64_t end_ns = exchange->answered_ns ? exchange->answered_ns : plx_loop_now_ns(&exchange->terms.context->loop);
    struct plx_access_line line = {
        .time_ms = exchange->time_ms,
        .exchange = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES),
        .client = plx_slice_of(exchange->address),
        .service = plx_slice_of(exchange->service->name),
        .method = exchange->request.method,
        .target = exchange->request.target,
        .secrets = plx_rules_secrets(outcome->rules),
        .status = exchange->answer_status,
        .bytes = exchange->answer_bytes,
        .duration_ns = end_ns - exchange->began_ns,
        .served = plx_role_text(exchange->terms.serving),
        .result = outcome->copied ? plx_verdict_text(outcome->verdict) : "uncopied",
    };

    if (!outcome->copied)
        line.reason = plx_subject_uncopied(PLX_SUBJECT_SERVICE, outcome->uncopied);
    else if (outcome->verdict == PLX_INCOMPARABLE)
        line.reason = plx_subject_incomparable(PLX_SUBJECT_SERVICE, outcome->incomparable);
    plx_access_log_add(exchange->terms.context->access_log, &line);
}

static void
view_of(const struct plx_answer *answer, struct plx_message_view *view)
{
    *view = (struct plx_message_view){
        .status = answer->status,
        .headers = answer->headers,
        .header_count = answer->header_count,
        .body = answer->body,
        .body_length = answer->body_length,
    };
}

/* What the candidate's answer says of its version; empty: nothing. */
static struct plx_slice
version_of(const struct plx_exchange *exchange)
{
    const struct plx_call *call = &exchange->calls[PLX_CANDIDATE];
    struct plx_slice name = plx_slice_of(exchange->service->version_header);

    for (size_t i = 0; call->outcome.asked && call->status && i < call->header_count; i++)
        if (plx_slice_equal_nocase(call->headers[i].name, name))
            return call->headers[i].value;
    return plx_slice_make("", 0);
}

/* It began before the present epoch of its service, perhaps with another candidate. */
static bool
is_of_earlier_epoch(const struct plx_exchange *exchange)
{
    const struct plx_view *present = exchange->terms.context->view;
    const struct plx_service *service;

    if (exchange->view == present)
        return false;
    service = plx_service_by_name(present->snapshot, plx_slice_of(exchange->service->name));
    return service && service->epoch != exchange->service->epoch;
}

static void
count(struct plx_exchange *exchange, struct plx_exchange_outcome *outcome)
{
    struct plx_message_view views[PLX_ROLES];
    bool earlier = is_of_earlier_epoch(exchange);

    if (exchange->copied && earlier)
        *outcome = (struct plx_exchange_outcome){.verdict = PLX_INCOMPARABLE, .incomparable = PLX_INCOMPARABLE_EPOCH};
    outcome->subject = plx_subject_service(exchange->service);
    outcome->route = exchange->route;
    outcome->endpoint = plx_slice_make(exchange->endpoint, exchange->endpoint_len);
    memcpy(outcome->id, exchange->id, sizeof(outcome->id));
    outcome->time_ms = exchange->time_ms;
    outcome->rules = plx_exchange_rules(exchange);
    outcome->all_is_evidence = exchange->route ? exchange->route->all_is_evidence : exchange->service->all_is_evidence;
    outcome->served = exchange->terms.serving;
    outcome->drawn = exchange->draw.drawn && !earlier;
    outcome->client = exchange->draw.client;
    outcome->fallback = exchange->fallback;
    outcome->copied = exchange->copied;
    outcome->uncopied = exchange->uncopied;
    if (exchange->service->version_header)
        outcome->version = version_of(exchange);
    for (int role = 0; role < PLX_ROLES; role++) {
        outcome->roles[role] = exchange->calls[role].outcome;
        outcome->roles[role].status = exchange->calls[role].status;
        plx_verdict_note_health(exchange, &exchange->calls[role]);
    }
    if (outcome->judgement) {
        exchange->request.body = plx_buffer_slice(&exchange->body);
        exchange->request.body_length = exchange->body.len;
        outcome->request = &exchange->request;
        for (int role = 0; role < PLX_ROLES; role++) {
            if (!plx_exchange_has_answer(&exchange->calls[role]))
                continue;
            view_of(&exchange->answers[role], &views[role]);
            outcome->answers[role] = &views[role];
        }
    }
    if (exchange->terms.context->access_log && exchange->request.method.ptr) /* else it began before there was a log */
        log_access(exchange, outcome);
    struct plx_tally *tally = plx_context_tally(exchange->terms.context);
    if (tally)
        plx_tally_add(tally, outcome, exchange->judged_in ? exchange->judged_in : exchange->terms.arena);
}

/* Of primary and candidate: who kept the exchange from being compared whole; NULL: both answers are whole. */
static const struct plx_call *
find_unfinished(const struct plx_exchange *exchange)
{
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++)
        if (plx_exchange_is_unfinished(&exchange->calls[role]) || !plx_exchange_has_answer(&exchange->calls[role]))
            return &exchange->calls[role];
    return NULL;
}

static void
count_failure(struct plx_exchange *exchange, const struct plx_call *failed)
{
    struct plx_exchange_outcome outcome = {.verdict = PLX_INCOMPARABLE, .incomparable = PLX_INCOMPARABLE_TRUNCATED};
    const struct plx_message_view primary = {.status = exchange->calls[PLX_PRIMARY].status};

    if (failed->outcome.failed)
        outcome.incomparable = failed->outcome.reason;
    if (plx_exchange_has_answer(&exchange->calls[PLX_PRIMARY]))
        outcome.answers[PLX_PRIMARY] = &primary; /* its status is the example of what the candidate did not answer */
    count(exchange, &outcome);
}

/* Of a comparison that came to nothing. */
static enum plx_incomparable
reason_of(enum plx_status judged)
{
    switch (judged) {
    case PLX_E_TOO_LARGE:
    case PLX_E_TIMEOUT:
        return PLX_INCOMPARABLE_TOO_LARGE;
    case PLX_E_UNSUPPORTED:
        return PLX_INCOMPARABLE_CHARSET;
    case PLX_E_CANCELED:
    case PLX_E_MEMORY:
        return PLX_INCOMPARABLE_SHED;
    default:
        return PLX_INCOMPARABLE_TRUNCATED;
    }
}

static void
count_judged(struct plx_exchange *exchange)
{
    struct plx_exchange_outcome outcome = {.verdict = PLX_INCOMPARABLE};

    if (exchange->judged == PLX_OK) {
        outcome.verdict = exchange->judgement.verdict;
        outcome.judgement = &exchange->judgement;
        outcome.incomparable = PLX_INCOMPARABLE_STATE; /* what is incomparable to plx_judge() is so for this */
        if (outcome.verdict == PLX_INCOMPARABLE)
            log_state(exchange);
    } else {
        outcome.incomparable = reason_of(exchange->judged);
    }
    count(exchange, &outcome);
    if (outcome.verdict == PLX_MISMATCH && exchange->service->recheck.share)
        plx_recheck_offer(exchange, &outcome);
}

/* An answer that broke off can differ in what came of it; that it is equal nobody can say. */
static void
conclude(struct plx_exchange *exchange)
{
    const struct plx_call *unfinished = find_unfinished(exchange);
    bool differs = exchange->judged == PLX_OK && exchange->judgement.verdict == PLX_MISMATCH;

    if (unfinished && !differs)
        count_failure(exchange, unfinished);
    else
        count_judged(exchange);
    plx_exchange_end(exchange);
}

void
plx_verdict_reach(struct plx_exchange *exchange)
{
    const struct plx_call *calls = exchange->calls;

    if (!exchange->copied) {
        struct plx_exchange_outcome outcome = {0};
        count(exchange, &outcome);
        plx_exchange_end(exchange);
        return;
    }
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++)
        /* What the primary broke off counts against nobody, but a copy that broke off is held to what it did say. */
        if (!plx_exchange_has_answer(&calls[role]) ||
            (role == PLX_PRIMARY && plx_exchange_is_unfinished(&calls[role]))) {
            count_failure(exchange, &calls[role]);
            plx_exchange_end(exchange);
            return;
        }
    if (plx_validators_decide(&exchange->request, calls[PLX_PRIMARY].status, calls[PLX_CANDIDATE].status)) {
        struct plx_exchange_outcome outcome = {.verdict = PLX_INCOMPARABLE,
                                               .incomparable = PLX_INCOMPARABLE_VALIDATORS};
        count(exchange, &outcome);
        plx_exchange_end(exchange);
        return;
    }
    plx_exchange_judge(exchange, conclude);
}
