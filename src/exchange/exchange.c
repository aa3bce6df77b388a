/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange's life: begun by a request's head, fed with its body, copied when the request is whole, ended when the
 * client and all calls are done. The picture is in the header. The hard thing: whoever ends the last part frees the
 * exchange, so `check_ended` stands last everywhere.
 */
#include "exchange/exchange.h"

#include "base/arena.h"
#include "base/assert.h"
#include "exchange/connection.h"
#include "exchange/relay.h"
#include "exchange/verdict.h"

#include <stdlib.h>
#include <time.h>

#define SPARE_BODY_BYTES (16u * 1024) /* of a kept request body's memory, from one exchange to the next */

/* ---- memory ---- */

static struct plx_exchange *
exchange_new(struct plx_context *context)
{
    struct plx_exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->arena = plx_arena_new(NULL);
    if (!exchange->arena) {
        free(exchange);
        return NULL;
    }
    exchange->context = context;
    plx_buffer_init(&exchange->heads, PLX_ROLES * 2 * PLX_HTTP_HEAD_MAX);
    plx_buffer_init(&exchange->body, 0);
    plx_buffer_init(&exchange->trailer, PLX_HTTP_TRAILER_MAX);
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_init(&exchange->calls[role], exchange, (enum plx_role)role, &context->loop.uv);
    return exchange;
}

static struct plx_exchange *
exchange_take(struct plx_context *context)
{
    struct plx_exchange *exchange;

    if (plx_list_empty(&context->spare)) {
        exchange = exchange_new(context);
        if (!exchange)
            return NULL;
    } else {
        exchange = PLX_CONTAINER(context->spare.next, struct plx_exchange, link);
        plx_list_remove(&exchange->link);
        context->spare_count--;
    }
    plx_list_push_back(&context->exchanges, &exchange->link);
    return exchange;
}

static void
on_timer_closed(uv_handle_t *handle)
{
    struct plx_call *call = PLX_CONTAINER(handle, struct plx_call, deadline.timer);
    struct plx_exchange *exchange = call->exchange;

    if (--exchange->timers == 0)
        free(exchange);
}

static void
exchange_free(struct plx_exchange *exchange)
{
    plx_arena_free(exchange->arena);
    plx_buffer_fini(&exchange->heads);
    plx_buffer_fini(&exchange->body);
    plx_buffer_fini(&exchange->trailer);
    exchange->timers = PLX_ROLES;
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_fini(&exchange->calls[role], on_timer_closed);
}

void
plx_exchange_free_spares(struct plx_context *context)
{
    while (!plx_list_empty(&context->spare)) {
        struct plx_exchange *exchange = PLX_CONTAINER(context->spare.next, struct plx_exchange, link);
        plx_list_remove(&exchange->link);
        exchange_free(exchange);
    }
    context->spare_count = 0;
}

void
plx_exchange_end(struct plx_exchange *exchange)
{
    struct plx_context *context = exchange->context;

    if (exchange->copied)
        atomic_fetch_sub_explicit(exchange->service->copies, 1, memory_order_relaxed);
    context->kept_bytes -= exchange->kept_bytes;
    exchange->kept_bytes = exchange->body_kept = 0;
    plx_view_unref(exchange->view);
    exchange->view = NULL;
    plx_list_remove(&exchange->link);
    if (context->spare_count >= PLX_EXCHANGES_SPARE) {
        exchange_free(exchange);
        return;
    }
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_reset(&exchange->calls[role]);
    plx_arena_reset(exchange->arena);
    plx_buffer_clear(&exchange->heads);
    plx_buffer_trim(&exchange->body, SPARE_BODY_BYTES);
    plx_buffer_clear(&exchange->body);
    plx_buffer_clear(&exchange->trailer);
    plx_list_push_front(&context->spare, &exchange->link);
    context->spare_count++;
}

/* ---- the beginning ---- */

/* Why this request is not copied, or PLX_UNCOPIED_COUNT where it is to be. */
static enum plx_uncopied
why_uncopied(const struct plx_exchange *exchange, const struct plx_http_head *head)
{
    const struct plx_service *service = exchange->service;
    const struct plx_route *route = exchange->route;
    enum plx_copy_policy policy = route ? route->copy : PLX_COPY_DEFAULT;

    if (!service->roles[PLX_CANDIDATE].url)
        return PLX_UNCOPIED_NO_CANDIDATE;
    if (service->stage != PLX_STAGE_SHADOW)
        return PLX_UNCOPIED_STAGE;
    if (exchange->upgrade)
        return PLX_UNCOPIED_UPGRADE;
    if (policy == PLX_COPY_NEVER)
        return PLX_UNCOPIED_ROUTE;
    if (policy == PLX_COPY_DEFAULT && !plx_http_method_is_safe(head->method_id))
        return PLX_UNCOPIED_UNSAFE_METHOD;
    if (policy == PLX_COPY_SHARE) {
        if (!plx_sample_take(&exchange->state->route_samples[route - service->routes], route->copy_share))
            return PLX_UNCOPIED_SAMPLED_OUT;
    } else if (policy == PLX_COPY_DEFAULT && !plx_sample_take(&exchange->state->sample, service->copy_share)) {
        return PLX_UNCOPIED_SAMPLED_OUT;
    }
    if (head->framing == PLX_FRAMING_LENGTH && head->content_length > service->limits.body_bytes)
        return PLX_UNCOPIED_TOO_LARGE;
    return PLX_UNCOPIED_COUNT;
}

static bool
write_heads(struct plx_exchange *exchange, const struct plx_http_head *head)
{
    struct plx_http_forward forward = {
        .client_address = plx_slice_of(exchange->client),
        .scheme = plx_slice_of("http"),
        .upgrade = exchange->upgrade,
        .framing = head->framing,
        .content_length = head->content_length,
    };

    for (int role = 0; role < PLX_ROLES; role++) {
        if (role != PLX_PRIMARY) {
            forward.role = plx_role_text((enum plx_role)role);
            forward.exchange = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES);
            forward.drop_expect = true;
        }
        if (role == PLX_PRIMARY || (exchange->copy && exchange->service->roles[role].url))
            plx_http_write_request(&exchange->heads, head, &forward);
        exchange->head_ends[role] = exchange->heads.len;
    }
    return !exchange->heads.failed;
}

bool
plx_exchange_keep_head(struct plx_exchange *exchange, struct plx_http_head *head, struct plx_header **headers)
{
    struct plx_slice bytes = plx_arena_copy(exchange->arena, head->bytes);
    struct plx_header *copy = plx_arena_alloc(exchange->arena, head->header_count * sizeof(*copy));

    if (!bytes.ptr || !copy)
        return false;
    plx_http_head_rebase(head, bytes.ptr);
    memcpy(copy, head->headers, head->header_count * sizeof(*copy));
    *headers = copy;
    return true;
}

/* The request as received, for the record of a mismatch; the access log asks for its first line only. */
static bool
keep_request(struct plx_exchange *exchange, struct plx_http_head *head)
{
    struct plx_message_view *request = &exchange->request;

    memset(request, 0, sizeof(*request));
    if (exchange->copy) {
        struct plx_header *headers;
        if (!plx_exchange_keep_head(exchange, head, &headers))
            return false;
        request->method = head->method;
        request->target = head->target;
        request->headers = headers;
        request->header_count = head->header_count;
    } else if (exchange->context->access_log) {
        request->method = plx_arena_copy(exchange->arena, head->method);
        request->target = plx_arena_copy(exchange->arena, head->target);
        return request->method.ptr && request->target.ptr;
    }
    return true;
}

static uint64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct plx_exchange *
refuse(struct plx_context *context, struct plx_connection *connection, const struct plx_http_head *head,
       enum plx_refused reason, bool *keep)
{
    struct plx_tally *tally = plx_context_tally(context);
    struct plx_buffer *out = &context->out;
    bool unknown = reason == PLX_REFUSED_NO_SERVICE;
    int status = unknown ? 404 : 503;
    const char *body =
        unknown ? "404 Not Found: no service takes this host\n" : "503 Service Unavailable: out of memory\n";

    if (tally)
        plx_tally_refuse(tally, reason);

    *keep = head->keep_alive && !context->draining &&
            (head->framing == PLX_FRAMING_NONE || (head->framing == PLX_FRAMING_LENGTH && head->content_length == 0));
    plx_buffer_clear(out);
    plx_http_write_simple(out, status, plx_slice_of("text/plain"), plx_slice_of(""), plx_slice_of(body),
                          head->method_id == PLX_METHOD_HEAD, *keep);
    struct plx_slice answer = plx_buffer_slice(out);
    if (plx_connection_send(connection, &answer, 1) != PLX_OK)
        *keep = false;
    plx_buffer_clear(out);
    return NULL;
}

static void
init(struct plx_exchange *exchange, struct plx_connection *connection, const struct plx_http_head *head,
     const struct plx_service *service, const char *client_address)
{
    struct plx_context *context = exchange->context;

    exchange->connection = connection;
    exchange->view = plx_view_ref(context->view);
    exchange->service = service;
    exchange->state = &context->view->services[service->index];
    exchange->route = plx_route_for(service, head->method, head->path);
    exchange->time_ms = now_ms();
    exchange->began_ns = uv_hrtime();
    exchange->answered_ns = 0;
    plx_context_make_id(context, exchange->time_ms, exchange->id);
    memcpy(exchange->client, client_address, strlen(client_address) + 1);
    exchange->endpoint_len = plx_endpoint_write(exchange->route, head->method, head->path, exchange->endpoint);
    exchange->method = head->method_id;
    exchange->client_minor = head->minor;
    exchange->keep_alive = head->keep_alive;
    exchange->framing = head->framing;
    exchange->bodyless =
        head->framing == PLX_FRAMING_NONE || (head->framing == PLX_FRAMING_LENGTH && head->content_length == 0);
    exchange->upgrade = head->upgrade && exchange->bodyless;
    exchange->request_whole = exchange->answer_begun = exchange->copied = exchange->comparing = false;
    exchange->answer_status = 0;
    exchange->answer_bytes = 0;
    exchange->uncopied = why_uncopied(exchange, head);
    exchange->copy = exchange->uncopied == PLX_UNCOPIED_COUNT;
    exchange->body.max = exchange->copy ? service->limits.body_bytes : 0;
}

struct plx_exchange *
plx_exchange_begin(struct plx_context *context, struct plx_connection *connection, struct plx_http_head *head,
                   const char *client_address, bool *keep)
{
    const struct plx_service *service = plx_service_for_host(context->view->snapshot, head->host);
    if (!service)
        return refuse(context, connection, head, PLX_REFUSED_NO_SERVICE, keep);
    struct plx_exchange *exchange = exchange_take(context);
    if (!exchange)
        return refuse(context, connection, head, PLX_REFUSED_MEMORY, keep);

    init(exchange, connection, head, service, client_address);
    if (!keep_request(exchange, head) || !write_heads(exchange, head)) {
        exchange->connection = NULL;
        plx_exchange_end(exchange);
        return refuse(context, connection, head, PLX_REFUSED_MEMORY, keep);
    }
    struct plx_slice bytes = plx_slice_make(exchange->heads.ptr, exchange->head_ends[PLX_PRIMARY]);
    plx_call_start(&exchange->calls[PLX_PRIMARY], &bytes, 1);
    return exchange;
}

/* ---- copies ---- */

static void
do_not_copy(struct plx_exchange *exchange, enum plx_uncopied reason)
{
    exchange->copy = false;
    exchange->uncopied = reason;
    exchange->kept_bytes -= exchange->body_kept;
    exchange->context->kept_bytes -= exchange->body_kept;
    exchange->body_kept = 0;
    plx_buffer_fini(&exchange->body);
}

static void
start_copy(struct plx_exchange *exchange, enum plx_role role)
{
    struct plx_slice slices[PLX_CALL_REQUEST_SLICES];
    size_t count = 0, begin = exchange->head_ends[role - 1];

    slices[count++] = plx_slice_make(exchange->heads.ptr + begin, exchange->head_ends[role] - begin);
    if (exchange->framing == PLX_FRAMING_CHUNKED && exchange->body.len)
        slices[count++] =
            plx_slice_make(exchange->body_line, plx_http_chunk_line(exchange->body_line, exchange->body.len));
    if (exchange->body.len)
        slices[count++] = plx_buffer_slice(&exchange->body);
    if (exchange->framing == PLX_FRAMING_CHUNKED) {
        slices[count++] = plx_slice_of(exchange->body.len ? "\r\n0\r\n" : "0\r\n");
        slices[count++] = plx_buffer_slice(&exchange->trailer);
        slices[count++] = plx_slice_of("\r\n");
    }
    plx_call_start_copy(&exchange->calls[role], slices, count);
}

/* Whether there is room for the copies of one more exchange; it is then taken. */
static bool
take_room(struct plx_exchange *exchange)
{
    const struct plx_loop *loop = &exchange->context->loop;
    const struct plx_service *service = exchange->service;

    if (loop->streams >= loop->streams_max / 4 * 3 || exchange->context->kept_bytes > PLX_KEPT_BYTES_MAX)
        return false;
    if (atomic_fetch_add_explicit(service->copies, 1, memory_order_relaxed) < service->limits.copies)
        return true;
    atomic_fetch_sub_explicit(service->copies, 1, memory_order_relaxed);
    return false;
}

/* The request is whole and on its way to the primary: now, beside it, the copies. */
static void
start_copies(struct plx_exchange *exchange)
{
    if (!take_room(exchange)) {
        do_not_copy(exchange, PLX_UNCOPIED_SHED);
        return;
    }
    exchange->copied = true;
    start_copy(exchange, PLX_CANDIDATE);
    if (exchange->service->roles[PLX_SECONDARY].url)
        start_copy(exchange, PLX_SECONDARY);
}

/* Whether a copy's answer has become longer than the primary's whole one can make sense of. */
static bool
is_too_long(const struct plx_call *primary, const struct plx_call *copy)
{
    uint64_t reference = primary->capture.length, length = copy->capture.length;

    if (primary->outcome.failed)
        return length > PLX_COPY_SLACK_BYTES;
    if (primary->has_meaning || copy->has_meaning)
        return length > reference * PLX_COPY_TIMES + PLX_COPY_SLACK_BYTES;
    return length > reference;
}

/* Whether a call was ended by it. */
static bool
balance(struct plx_exchange *exchange)
{
    const struct plx_call *primary = &exchange->calls[PLX_PRIMARY];
    bool ended = !plx_call_is_active(primary), cut = false;

    for (int role = PLX_CANDIDATE; role < PLX_ROLES; role++) {
        struct plx_call *call = &exchange->calls[role];
        if (call->state != PLX_CALL_ANSWERING)
            continue;
        if (ended && is_too_long(primary, call)) {
            plx_call_cut(call);
            cut = true;
        } else if (!ended && call->capture.length > primary->capture.length + PLX_COPY_AHEAD_BYTES) {
            plx_call_hold(call);
        } else {
            plx_call_go_on(call);
        }
    }
    return cut;
}

bool
plx_exchange_keep(struct plx_exchange *exchange, size_t bytes)
{
    exchange->kept_bytes += bytes;
    exchange->context->kept_bytes += bytes;
    return exchange->context->kept_bytes <= 2 * PLX_KEPT_BYTES_MAX;
}

/* ---- the request's body ---- */

void
plx_exchange_body(struct plx_exchange *exchange, struct plx_slice data)
{
    struct plx_slice slices[3];
    char line[20];
    size_t count = 0;

    if (exchange->framing == PLX_FRAMING_CHUNKED)
        slices[count++] = plx_slice_make(line, plx_http_chunk_line(line, data.len));
    slices[count++] = data;
    if (exchange->framing == PLX_FRAMING_CHUNKED)
        slices[count++] = plx_slice_of("\r\n");
    plx_call_send(&exchange->calls[PLX_PRIMARY], slices, count);

    if (!exchange->copy)
        return;
    plx_buffer_add(&exchange->body, data);
    exchange->body_kept += data.len;
    if (!plx_exchange_keep(exchange, data.len))
        do_not_copy(exchange, PLX_UNCOPIED_SHED);
    else if (exchange->body.failed)
        do_not_copy(exchange, PLX_UNCOPIED_TOO_LARGE);
}

void
plx_exchange_body_end(struct plx_exchange *exchange, struct plx_slice trailer)
{
    struct plx_call *primary = &exchange->calls[PLX_PRIMARY];

    exchange->request_whole = true;
    if (exchange->framing == PLX_FRAMING_CHUNKED) {
        struct plx_slice slices[] = {plx_slice_of("0\r\n"), trailer, plx_slice_of("\r\n")};
        plx_call_send(primary, slices, PLX_COUNT(slices));
        plx_buffer_add(&exchange->trailer, trailer);
    }
    plx_call_sent(primary);
    if (exchange->copy)
        start_copies(exchange);
}

bool
plx_exchange_is_full(const struct plx_exchange *exchange)
{
    return plx_call_is_full(&exchange->calls[PLX_PRIMARY]);
}

void
plx_exchange_request_drained(struct plx_exchange *exchange)
{
    if (exchange->connection && !exchange->request_whole)
        plx_connection_resume(exchange->connection);
}

void
plx_exchange_client_drained(struct plx_exchange *exchange)
{
    plx_call_go_on(&exchange->calls[PLX_PRIMARY]);
}

/* ---- ends ---- */

static void
check_ended(struct plx_exchange *exchange)
{
    if (exchange->connection || exchange->comparing)
        return;
    for (int role = 0; role < PLX_ROLES; role++)
        if (plx_call_is_active(&exchange->calls[role]))
            return;
    if (!exchange->copied && exchange->copy)
        do_not_copy(exchange, PLX_UNCOPIED_CANCELED);
    plx_verdict_reach(exchange);
}

void
plx_exchange_client_done(struct plx_exchange *exchange, bool keep)
{
    struct plx_connection *connection = exchange->connection;

    exchange->connection = NULL;
    exchange->answered_ns = uv_hrtime();
    plx_connection_answered(connection, keep && exchange->request_whole);
}

void
plx_exchange_call_ended(struct plx_call *call)
{
    struct plx_exchange *exchange = call->exchange;

    if (call->role == PLX_PRIMARY) {
        if (call->outcome.failed)
            plx_relay_failure(exchange, call->outcome.reason);
        else if (exchange->connection)
            plx_exchange_client_done(exchange, exchange->keep_alive);
        if (exchange->copied)
            balance(exchange);
    }
    check_ended(exchange);
}

void
plx_exchange_balance(struct plx_exchange *exchange)
{
    if (balance(exchange))
        check_ended(exchange);
}

void
plx_exchange_client_gone(struct plx_exchange *exchange)
{
    struct plx_call *primary = &exchange->calls[PLX_PRIMARY];

    exchange->connection = NULL;
    if (exchange->copied && plx_call_is_active(primary))
        plx_call_expire(primary);
    else
        plx_call_cancel(primary, PLX_INCOMPARABLE_CANCELED);
    check_ended(exchange);
}

void
plx_exchange_tunnel(struct plx_exchange *exchange, struct plx_peer *peer, struct plx_slice early)
{
    struct plx_connection *connection = exchange->connection;

    exchange->connection = NULL;
    exchange->answered_ns = uv_hrtime();
    plx_connection_tunnel(connection, peer, early);
    check_ended(exchange);
}

void
plx_exchange_cancel(struct plx_exchange *exchange)
{
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_cancel(&exchange->calls[role], PLX_INCOMPARABLE_CANCELED);
    check_ended(exchange);
}
