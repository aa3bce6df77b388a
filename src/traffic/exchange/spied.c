/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that come to a spy: one kind observes, one is a stub. The hard thing: a stub's answer may be there at once, or
 * come from the watch's timer, or never, so `answer` ends the client's part in one place, and nothing of the exchange
 * is touched behind it.
 */
#include "traffic/exchange/spied.h"

#include "base/arena.h"
#include "base/assert.h"
#include "traffic/exchange/forward.h"
#include "traffic/exchange/verdict.h"

static const struct plx_spy *
spy_of(const struct plx_exchange *exchange)
{
    return plx_watch_spy(exchange->terms.context->watch, exchange->port->spy);
}

static struct plx_slice
exchange_of(const struct plx_http1_head *head)
{
    struct plx_slice id = plx_http_header(&head->message, PLX_HEADER_PARALLAX_EXCHANGE);

    return id.len <= PLX_SPY_ID_MAX ? id : plx_slice_make(NULL, 0);
}

/* What the caller sent, for the real dependency. */
static struct plx_slice
name(const struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    return exchange_of(head);
}

/* ---- handing over ---- */

static void
miss(struct plx_exchange *exchange, enum plx_spied_uncopied reason)
{
    exchange->recorded = true;
    plx_watch_miss(exchange->terms.context->watch, exchange->port->spy,
                   plx_slice_make(exchange->endpoint, exchange->endpoint_len), reason);
}

static void
record(struct plx_exchange *exchange, bool pending, struct plx_spy_waiter *waiter)
{
    struct plx_answer described = {.status = 0};
    struct plx_spied spied = {
        .spy = exchange->port->spy,
        .side = exchange->port->side,
        .time_ms = exchange->time_ms,
        .began_ns = exchange->began_ns,
        .route = exchange->route,
        .endpoint = plx_slice_make(exchange->endpoint, exchange->endpoint_len),
        .request = exchange->request,
        .pending = pending,
    };

    memcpy(spied.id, exchange->id, sizeof(spied.id));
    plx_capture_describe(&exchange->asked, &described);
    spied.request.body = described.body;
    spied.request.body_length = described.body_length;
    memcpy(spied.body_digest, described.body_digest, sizeof(spied.body_digest));
    exchange->recorded = true;
    /* Within this a stub's exchange may end: it is not touched behind it. */
    struct plx_spy_call *call = plx_watch_record(exchange->terms.context->watch, &spied, waiter);
    if (pending)
        exchange->pending = call;
}

/* What the real dependency answered, where another one could get it as well. */
static bool
real_answer(const struct plx_exchange *exchange, struct plx_message_view *view)
{
    const struct plx_call *call = &exchange->calls[exchange->terms.serving];
    struct plx_answer described = {.status = 0};

    if (!call->outcome.asked || call->outcome.failed || call->capture.broken)
        return false;
    plx_capture_describe(&call->capture, &described);
    *view = (struct plx_message_view){
        .status = call->status,
        .headers = call->headers,
        .header_count = call->header_count,
        .body = described.body,
        .body_length = described.body_length,
    };
    return view->body.len == view->body_length;
}

static void
tell_answer(struct plx_exchange *exchange)
{
    const struct plx_role_outcome *outcome = &plx_exchange_serving(exchange)->outcome;
    struct plx_spy_call *pending = exchange->pending;
    struct plx_message_view answer;

    exchange->pending = NULL;
    plx_watch_answered(exchange->terms.context->watch, pending, real_answer(exchange, &answer) ? &answer : NULL,
                       outcome->failed ? 0 : outcome->duration_ns);
}

static void
end(struct plx_exchange *exchange)
{
    if (exchange->pending)
        tell_answer(exchange);
    else if (!exchange->recorded)
        miss(exchange, exchange->terms.upgrade ? PLX_SPIED_UPGRADE : PLX_SPIED_GONE);
    plx_exchange_end(exchange);
}

/* ---- the request ---- */

static void
begin_keeping(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    uint64_t expected = head->framing == PLX_FRAMING_LENGTH ? head->content_length : 0;

    exchange->recorded = false;
    exchange->pending = NULL;
    exchange->has_pair = plx_exchange_id_marks(exchange_of(head)).copied;
    plx_capture_begin(&exchange->asked, exchange->service->limits.body_bytes, expected);
}

static void
keep_body(struct plx_exchange *exchange, struct plx_slice data)
{
    size_t before = exchange->asked.kept.len;

    plx_capture_add(&exchange->asked, data);
    if (!plx_context_keep(exchange->terms.context, &exchange->terms.kept_bytes, exchange->asked.kept.len - before))
        exchange->asked.broken = true;
}

/* ---- observed: asked of the real dependency like any other, without copies, its answer told at the end ---- */

static void
observed_begin(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    begin_keeping(exchange, head);
    plx_forward_begin(exchange);
}

static void
observed_body(struct plx_exchange *exchange, struct plx_slice data)
{
    keep_body(exchange, data);
    plx_forward_body(exchange, data);
}

static void
observed_whole(struct plx_exchange *exchange, struct plx_slice trailer)
{
    plx_forward_end(exchange, trailer);
    if (exchange->asked.broken)
        miss(exchange, PLX_SPIED_SHED);
    else if (!exchange->has_pair)
        miss(exchange, PLX_SPIED_ALONE);
    else if (!exchange->terms.upgrade)
        record(exchange, true, NULL);
    plx_exchange_request_sent(exchange);
}

static void
observed_ended(struct plx_exchange *exchange)
{
    plx_verdict_note_health(exchange, plx_exchange_serving(exchange));
    end(exchange);
}

static const struct plx_exchange_kind observed = {
    .keeps = true,
    .name = name,
    .begin = observed_begin,
    .body = observed_body,
    .whole = observed_whole,
    .ended = observed_ended,
};

/* ---- a stub's answer ---- */

static void
answer(struct plx_exchange *exchange, int status, struct plx_slice lines, struct plx_slice body)
{
    struct plx_exchange_client *client = exchange->terms.client;
    const struct plx_own_answer own = {
        .status = status,
        .lines = lines,
        .body = body,
        .head_only = exchange->terms.method == PLX_METHOD_HEAD || status == 204,
    };

    exchange->answer_begun = true;
    exchange->answer_status = status;
    exchange->answer_bytes = own.head_only ? 0 : body.len;
    client->ops->own(client, &own);
    plx_exchange_client_done(exchange);
}

/* Bytes that would end a header line are none of its value. */
static void
add_line(struct plx_buffer *lines, struct plx_slice name, struct plx_slice value)
{
    plx_buffer_add(lines, name);
    plx_buffer_text(lines, ": ");
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        plx_buffer_byte(lines, c < ' ' || c == 0x7F ? ' ' : (char)c);
    }
    plx_buffer_text(lines, "\r\n");
}

static void
add_content_type(const struct plx_spy_answer *configured, struct plx_slice body, struct plx_buffer *lines)
{
    bool json = body.len && (body.ptr[0] == '{' || body.ptr[0] == '[');

    for (size_t i = 0; i < configured->header_count; i++)
        if (plx_slice_equal_nocase(plx_slice_of(configured->headers[i].name), plx_slice_of("Content-Type")))
            return;
    if (body.len)
        add_line(lines, plx_slice_of("Content-Type"),
                 plx_slice_of(json ? "application/json" : "text/plain; charset=utf-8"));
}

/* false: no memory, or more than may be answered. */
static bool
fill_in(struct plx_exchange *exchange, const struct plx_spy_answer *configured, struct plx_buffer *lines,
        struct plx_buffer *body)
{
    struct plx_watch *watch = exchange->terms.context->watch;
    const struct plx_capture *asked = &exchange->asked;
    bool whole = !asked->broken && asked->kept.len == asked->length;
    const struct plx_template_call call = {
        .method = exchange->request.method,
        .target = exchange->request.target,
        .headers = exchange->request.headers,
        .header_count = exchange->request.header_count,
        .body = whole ? plx_buffer_slice(&asked->kept) : plx_slice_make(NULL, 0),
        .counter = plx_watch_count(watch, exchange->port->spy),
        .id = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES),
    };
    struct plx_buffer value;
    bool ok = true;

    plx_buffer_init(&value, PLX_SPY_HEADERS_BYTES_MAX);
    for (size_t i = 0; ok && i < configured->header_count; i++) {
        plx_buffer_clear(&value);
        ok = plx_template_write(configured->headers[i].value, &call, exchange->terms.arena, &value) == PLX_OK;
        ok = ok && !value.failed;
        add_line(lines, plx_slice_of(configured->headers[i].name), plx_buffer_slice(&value));
    }
    plx_buffer_fini(&value);
    if (ok && configured->body)
        ok = plx_template_write(configured->body, &call, exchange->terms.arena, body) == PLX_OK;
    add_content_type(configured, plx_buffer_slice(body), lines);
    return ok && !lines->failed && !body->failed;
}

static void
answer_as_configured(struct plx_exchange *exchange)
{
    const struct plx_spy_answer *configured = plx_spy_answer_for(spy_of(exchange), exchange->route);
    struct plx_buffer lines, body;

    plx_buffer_init(&lines, PLX_SPY_HEADERS_BYTES_MAX);
    plx_buffer_init(&body, PLX_TEMPLATE_OUT_MAX);
    if (fill_in(exchange, configured, &lines, &body))
        answer(exchange, configured->status, plx_buffer_slice(&lines), plx_buffer_slice(&body));
    else
        answer(exchange, 503, plx_slice_of(""),
               plx_slice_of("503 Service Unavailable: the stub's answer takes more memory than there is\n"));
    plx_buffer_fini(&lines);
    plx_buffer_fini(&body);
}

/* Whether a list such as Connection's has the token. */
static bool
list_has(struct plx_slice list, struct plx_slice token)
{
    while (list.len) {
        const char *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.ptr) : list.len;
        struct plx_slice item = plx_slice_make(list.ptr, len);
        list = plx_slice_make(list.ptr + len + (comma != NULL), list.len - len - (comma != NULL));
        while (item.len && (item.ptr[0] == ' ' || item.ptr[0] == '\t'))
            item = plx_slice_make(item.ptr + 1, item.len - 1);
        while (item.len && (item.ptr[item.len - 1] == ' ' || item.ptr[item.len - 1] == '\t'))
            item.len--;
        if (plx_slice_equal_nocase(item, token))
            return true;
    }
    return false;
}

/* What belongs to the primary's connection, or frames the answer anew here. */
static bool
is_of_connection(const struct plx_message_view *view, struct plx_slice name)
{
    static const bool hops[] = {
#define HOP(id, text, hop, guarded) [id] = (hop),
        PLX_HTTP_HEADER_MAP(HOP)
#undef HOP
    };
    enum plx_http_header_id id = plx_http_header_id_of(name);

    if (hops[id] || id == PLX_HEADER_CONTENT_LENGTH || id == PLX_HEADER_TRAILER)
        return true;
    for (size_t i = 0; i < view->header_count; i++)
        if (plx_http_header_id_of(view->headers[i].name) == PLX_HEADER_CONNECTION &&
            list_has(view->headers[i].value, name))
            return true;
    return false;
}

static void
answer_as_primary(struct plx_exchange *exchange, const struct plx_message_view *view)
{
    struct plx_buffer lines;

    plx_buffer_init(&lines, PLX_HTTP_HEAD_MAX);
    for (size_t i = 0; i < view->header_count; i++)
        if (!is_of_connection(view, view->headers[i].name))
            add_line(&lines, view->headers[i].name, view->headers[i].value);
    if (lines.failed || view->status == 304)
        answer_as_configured(exchange);
    else
        answer(exchange, view->status, plx_buffer_slice(&lines), view->body);
    plx_buffer_fini(&lines);
}

static void
on_answered(struct plx_spy_waiter *waiter, const struct plx_message_view *view)
{
    struct plx_exchange *exchange = PLX_CONTAINER(waiter, struct plx_exchange, waiter);

    if (!exchange->terms.client)
        return;
    if (view)
        answer_as_primary(exchange, view);
    else
        answer_as_configured(exchange);
    plx_exchange_check_ended(exchange);
}

/* ---- stub: nobody else is asked ---- */

static void
stub_begin(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    begin_keeping(exchange, head);
    if (head->message.expect_continue && !exchange->terms.bodyless)
        exchange->terms.client->ops->go_on(exchange->terms.client);
}

static void
stub_whole(struct plx_exchange *exchange, struct plx_slice trailer)
{
    bool from_primary = plx_spy_answer_for(spy_of(exchange), exchange->route)->from_primary;

    exchange->waiter.answered = on_answered;
    if (exchange->asked.broken) {
        miss(exchange, PLX_SPIED_SHED);
    } else {
        record(exchange, false, from_primary ? &exchange->waiter : NULL);
        if (from_primary)
            return; /* answered within that, or later */
    }
    answer_as_configured(exchange);
    plx_exchange_check_ended(exchange);
}

static void
stub_ended(struct plx_exchange *exchange)
{
    plx_spy_waiter_leave(&exchange->waiter);
    end(exchange);
}

static const struct plx_exchange_kind stub = {
    .keeps = true,
    .name = name,
    .begin = stub_begin,
    .body = keep_body,
    .whole = stub_whole,
    .ended = stub_ended,
};

/*
 * The modes are configured for exchanges that the primary serves. Where the candidate serves, the sides change places:
 * its call is the one that counts, and the primary's is that of a copy.
 */
const struct plx_exchange_kind *
plx_spied_kind(const struct plx_context *context, const struct plx_spy_port *port, const struct plx_http1_head *head)
{
    bool candidate_serves = plx_exchange_id_marks(exchange_of(head)).candidate_serves;
    enum plx_role serving = candidate_serves ? PLX_CANDIDATE : PLX_PRIMARY;
    enum plx_role acts_as = port->side == serving ? PLX_PRIMARY : PLX_CANDIDATE;

    return plx_watch_spy(context->watch, port->spy)->modes[acts_as] == PLX_SPY_STUB ? &stub : &observed;
}
