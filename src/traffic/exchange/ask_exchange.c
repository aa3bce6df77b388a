/* SPDX-License-Identifier: Apache-2.0 */
/* An ask is an exchange without a client: to each role its call is that of a copy, since nobody serves. */
#include "traffic/exchange/ask_exchange.h"

#include "base/arena.h"
#include "service/endpoint.h"
#include "service/route.h"
#include "traffic/exchange/judging.h"
#include "traffic/exchange/requests.h"
#include "traffic/http1/head.h"

/* ---- its end ---- */

static void
tell(struct plx_ask *ask)
{
    void (*told)(void *) = ask->told;
    void *owner = ask->owner;

    atomic_store(&ask->done, true); /* from here on it is somebody else's */
    told(owner);
}

static void
refuse(struct plx_ask *ask, const char *why)
{
    ask->refused = why;
    tell(ask);
}

static void
show_answer(const struct plx_call *call, struct plx_message_view *view)
{
    struct plx_answer described = {.status = 0};

    plx_capture_describe(&call->capture, &described);
    *view = (struct plx_message_view){
        .status = call->status,
        .headers = call->headers,
        .header_count = call->header_count,
        .body = described.body,
        .body_length = described.body_length,
    };
}

static void
finish(struct plx_exchange *exchange, struct plx_exchange_outcome *outcome)
{
    struct plx_ask *ask = exchange->ask;
    struct plx_message_view views[PLX_ROLES];

    outcome->subject = plx_subject_service(exchange->service);
    outcome->endpoint = plx_slice_make(exchange->endpoint, exchange->endpoint_len);
    memcpy(outcome->id, exchange->id, sizeof(outcome->id));
    outcome->time_ms = exchange->time_ms;
    outcome->rules = plx_exchange_rules(exchange);
    outcome->copied = true;
    outcome->request = &exchange->request;
    for (int role = 0; role < PLX_ROLES; role++) {
        outcome->roles[role] = exchange->calls[role].outcome;
        outcome->roles[role].status = exchange->calls[role].status;
        if (!plx_exchange_has_answer(&exchange->calls[role]))
            continue;
        show_answer(&exchange->calls[role], &views[role]);
        outcome->answers[role] = &views[role];
    }
    ask->verdict = outcome->verdict;
    ask->incomparable = outcome->incomparable;
    ask->record = plx_record_new(outcome, exchange->judged_in ? exchange->judged_in : exchange->terms.arena);
    exchange->ask = NULL;
    plx_exchange_end(exchange);
    tell(ask);
}

static void
finish_incomparable(struct plx_exchange *exchange, enum plx_incomparable reason)
{
    const struct plx_judgement nothing = {.verdict = PLX_INCOMPARABLE};
    struct plx_exchange_outcome outcome = {.verdict = PLX_INCOMPARABLE, .incomparable = reason, .judgement = &nothing};

    finish(exchange, &outcome);
}

/* Of primary and candidate, whoever kept the answers from being compared; NULL: nobody has. */
static const struct plx_call *
find_unfinished(const struct plx_exchange *exchange)
{
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++)
        if (!plx_exchange_has_answer(&exchange->calls[role]) || plx_exchange_is_unfinished(&exchange->calls[role]))
            return &exchange->calls[role];
    return NULL;
}

static void
conclude(struct plx_exchange *exchange)
{
    struct plx_exchange_outcome outcome = {.verdict = exchange->judgement.verdict,
                                           .incomparable = PLX_INCOMPARABLE_STATE,
                                           .judgement = &exchange->judgement};

    if (exchange->judged == PLX_OK)
        finish(exchange, &outcome);
    else
        finish_incomparable(exchange, exchange->judged == PLX_E_CANCELED || exchange->judged == PLX_E_MEMORY
                                          ? PLX_INCOMPARABLE_SHED
                                          : PLX_INCOMPARABLE_TOO_LARGE);
}

static void
ended(struct plx_exchange *exchange)
{
    const struct plx_call *unfinished = find_unfinished(exchange);

    if (!unfinished)
        plx_exchange_judge(exchange, conclude);
    else
        finish_incomparable(exchange,
                            unfinished->outcome.failed ? unfinished->outcome.reason : PLX_INCOMPARABLE_TRUNCATED);
}

static const struct plx_exchange_kind kind = {.keeps = true, .ended = ended};

/* ---- its calls ---- */

static void
on_read(struct plx_call *call)
{
    struct plx_exchange *exchange = plx_exchange_of(call);

    if (call->capture.length <= PLX_ASK_ANSWER_BYTES)
        return;
    plx_call_cut(call);
    plx_exchange_check_ended(exchange);
}

static void
on_ended(struct plx_call *call)
{
    plx_exchange_check_ended(plx_exchange_of(call));
}

/* The others are of the serving role's call. */
static const struct plx_call_events events = {.read = on_read, .ended = on_ended};

/* ---- its beginning ---- */

static uint32_t
least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void
agree(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct plx_call_terms *terms = &exchange->terms;
    struct plx_ask *ask = exchange->ask;

    ask->timeouts = exchange->route ? exchange->route->timeouts : exchange->service->timeouts;
    ask->timeouts.copy = least(ask->timeouts.copy, PLX_ASK_MS);
    ask->timeouts.connect_copy = least(ask->timeouts.connect_copy, PLX_ASK_MS);
    terms->events = &events;
    terms->client = NULL;
    terms->pools = exchange->state->pools;
    terms->timeouts = &ask->timeouts;
    terms->capture_bytes = exchange->service->limits.capture_bytes;
    terms->method = head->message.method_id;
    terms->serving = PLX_NOBODY;
    terms->served_ns = plx_loop_now_ns(&terms->context->loop); /* they have their time */
    terms->upgrade = terms->stood_in = false;
    terms->bodyless = ask->body.len == 0;
    terms->keeps = true;
}

static void
init(struct plx_exchange *exchange, struct plx_ask *ask, const struct plx_http1_head *head,
     const struct plx_service *service)
{
    struct plx_context *context = exchange->terms.context;

    exchange->ask = ask;
    exchange->recheck = NULL;
    exchange->port = NULL;
    exchange->kind = &kind;
    exchange->view = plx_view_ref(context->view);
    exchange->service = service;
    exchange->state = &context->view->services[service->index];
    exchange->route = plx_route_for(service, head->message.method, head->message.path);
    exchange->time_ms = plx_loop_wall_ms(&context->loop);
    exchange->began_ns = plx_loop_now_ns(&context->loop);
    exchange->answered_ns = 0;
    plx_context_make_id(context, exchange->service, exchange->time_ms, exchange->id);
    plx_exchange_id_mark(exchange->id, (struct plx_exchange_marks){.copied = true}); /* as if the primary served it */
    memcpy(exchange->address, "127.0.0.1", sizeof("127.0.0.1"));
    exchange->endpoint_len = plx_endpoint_write(exchange->route, service->folds, head->message.method,
                                                head->message.path, exchange->endpoint);
    exchange->framing = head->framing;
    exchange->request_whole = true;
    exchange->copied = exchange->has_room = exchange->copy = exchange->answer_begun = exchange->comparing = false;
    agree(exchange, head);
}

static bool
keep_request(struct plx_exchange *exchange, struct plx_http1_head *head)
{
    struct plx_message_view *request = &exchange->request;
    struct plx_header *headers;

    if (!plx_capture_head(exchange->terms.arena, head, &headers))
        return false;
    *request = (struct plx_message_view){
        .method = head->message.method,
        .target = head->message.target,
        .headers = headers,
        .header_count = head->message.header_count,
        .body = exchange->ask->body,
        .body_length = exchange->ask->body.len,
    };
    return true;
}

static void
start(struct plx_exchange *exchange)
{
    const struct plx_ask *ask = exchange->ask;

    for (int role = 0; role < PLX_ROLES; role++)
        if (exchange->terms.heads[PLX_TO_COPY][role].len)
            plx_call_start_copy(&exchange->calls[role], &ask->body, ask->body.len ? 1 : 0);
}

void
plx_ask_begin(struct plx_context *context, struct plx_ask *ask)
{
    const struct plx_service *service = plx_service_by_name(context->view->snapshot, plx_slice_of(ask->service));
    struct plx_http1_head *head = &context->head;
    struct plx_http_error error = {400, "the request can't be read"};
    size_t scanned = 0;

    if (!service || !service->roles[PLX_CANDIDATE].url || service->paused) {
        refuse(ask, "the service has no candidate any more, or is paused");
        return;
    }
    if (context->draining || !plx_loop_has_room_for_copies(&context->loop)) {
        refuse(ask, context->draining ? "the proxy is about to end" : "the proxy has no connection to spare");
        return;
    }
    if (plx_http_read_request(ask->head, &scanned, head, &error) != PLX_OK) {
        refuse(ask, error.text);
        return;
    }
    struct plx_exchange *exchange = plx_exchange_take(context);
    if (!exchange) {
        refuse(ask, "there is no memory for it");
        return;
    }
    init(exchange, ask, head, service);
    if (!keep_request(exchange, head) || plx_requests_write_copies(exchange, head) != PLX_OK) {
        exchange->ask = NULL;
        plx_exchange_end(exchange);
        refuse(ask, "there is no memory for it, or its head is too large");
        return;
    }
    start(exchange);
}
