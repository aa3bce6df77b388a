/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that come to a spy. The hard thing: a stub's answer may be there at once, or come from the watch's timer, or
 * never, so `answer` ends the client's part in one place, and nothing of the exchange is touched behind it.
 */
#include "traffic/exchange/spied.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/slice.h"
#include "traffic/exchange/connection.h"
#include "traffic/exchange/verdict.h"
#include "traffic/http1/write.h"

static const struct plx_spy *
spy_of(const struct plx_exchange *exchange)
{
    return plx_watch_spy(exchange->context->watch, exchange->port->spy);
}

static bool
is_stub(const struct plx_exchange *exchange)
{
    return spy_of(exchange)->modes[exchange->port->side] == PLX_SPY_STUB;
}

struct plx_slice
plx_spied_exchange_id(const struct plx_http_head *head)
{
    struct plx_slice id = plx_http_header(head, PLX_HEADER_PARALLAX_EXCHANGE);

    return id.len <= PLX_SPY_ID_MAX ? id : plx_slice_make(NULL, 0);
}

/* ---- handing over ---- */

static void
miss(struct plx_exchange *exchange, enum plx_spied_uncopied reason)
{
    exchange->recorded = true;
    plx_watch_miss(exchange->context->watch, exchange->port->spy,
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
    struct plx_spy_call *call = plx_watch_record(exchange->context->watch, &spied, waiter);
    if (pending)
        exchange->pending = call;
}

/* What the real dependency answered, where another one could get it as well. */
static bool
real_answer(const struct plx_exchange *exchange, struct plx_message_view *view)
{
    const struct plx_call *call = &exchange->calls[exchange->serving];
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
    plx_watch_answered(exchange->context->watch, pending, real_answer(exchange, &answer) ? &answer : NULL,
                       outcome->failed ? 0 : outcome->duration_ns);
}

void
plx_spied_ended(struct plx_exchange *exchange)
{
    plx_watch_leave(&exchange->waiter);
    if (!is_stub(exchange))
        plx_verdict_note_health(exchange, plx_exchange_serving(exchange));
    if (exchange->pending)
        tell_answer(exchange);
    else if (!exchange->recorded)
        miss(exchange, exchange->upgrade ? PLX_SPIED_UPGRADE : PLX_SPIED_GONE);
    plx_exchange_end(exchange);
}

/* ---- the request ---- */

bool
plx_spied_begin(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    static const struct plx_slice go_on = {"HTTP/1.1 100 Continue\r\n\r\n", 25};
    uint64_t expected = head->framing == PLX_FRAMING_LENGTH ? head->content_length : 0;

    exchange->recorded = false;
    exchange->pending = NULL;
    plx_capture_begin(&exchange->asked, exchange->service->limits.body_bytes, expected);
    if (!is_stub(exchange))
        return false;
    if (head->message.expect_continue && !exchange->bodyless)
        (void)!plx_connection_send(exchange->connection, &go_on, 1); /* one that is gone is noticed from the loop */
    return true;
}

bool
plx_spied_body(struct plx_exchange *exchange, struct plx_slice data)
{
    size_t before = exchange->asked.kept.len;

    plx_capture_add(&exchange->asked, data);
    if (!plx_exchange_keep(exchange, exchange->asked.kept.len - before))
        exchange->asked.broken = true;
    return is_stub(exchange);
}

/* ---- a stub's answer ---- */

static void
answer(struct plx_exchange *exchange, int status, struct plx_slice lines, struct plx_slice body)
{
    struct plx_buffer *out = &exchange->context->out;
    bool with_body = exchange->method != PLX_METHOD_HEAD && status != 204;

    exchange->answer_begun = true;
    exchange->answer_status = status;
    exchange->answer_bytes = with_body ? body.len : 0;
    exchange->keep_alive &= !exchange->context->draining;
    plx_buffer_clear(out);
    plx_http_write_own_head(out, status, lines, body.len, exchange->keep_alive);
    struct plx_slice slices[] = {plx_buffer_slice(out), body};
    (void)!plx_connection_send(exchange->connection, slices, with_body && body.len ? 2 : 1);
    plx_buffer_clear(out);
    plx_exchange_client_done(exchange, exchange->keep_alive);
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
    struct plx_watch *watch = exchange->context->watch;
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
        ok = plx_template_write(configured->headers[i].value, &call, exchange->arena, &value) == PLX_OK;
        ok = ok && !value.failed;
        add_line(lines, plx_slice_of(configured->headers[i].name), plx_buffer_slice(&value));
    }
    plx_buffer_fini(&value);
    if (ok && configured->body)
        ok = plx_template_write(configured->body, &call, exchange->arena, body) == PLX_OK;
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

/* What belongs to the primary's connection, or frames the answer anew here. */
static bool
is_of_connection(const struct plx_message_view *view, struct plx_slice name)
{
    static const bool hops[] = {
#define HOP(id, text, hop) [id] = (hop),
        PLX_HTTP_HEADER_MAP(HOP)
#undef HOP
    };
    enum plx_http_header_id id = plx_http_header_id_of(name);

    if (hops[id] || id == PLX_HEADER_CONTENT_LENGTH || id == PLX_HEADER_TRAILER)
        return true;
    for (size_t i = 0; i < view->header_count; i++)
        if (plx_http_header_id_of(view->headers[i].name) == PLX_HEADER_CONNECTION &&
            plx_slice_list_has(view->headers[i].value, name))
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

    if (!exchange->connection)
        return;
    if (view)
        answer_as_primary(exchange, view);
    else
        answer_as_configured(exchange);
    plx_exchange_check_ended(exchange);
}

static void
stub_whole(struct plx_exchange *exchange)
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

bool
plx_spied_whole(struct plx_exchange *exchange)
{
    bool stub = is_stub(exchange);

    if (stub)
        stub_whole(exchange);
    return stub;
}

void
plx_spied_sent(struct plx_exchange *exchange)
{
    if (exchange->asked.broken)
        miss(exchange, PLX_SPIED_SHED);
    else if (!exchange->upgrade)
        record(exchange, true, NULL);
}
