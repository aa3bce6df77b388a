/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange's life: begun by a request's head, fed with its body, copied when the request is whole, ended when the
 * client and all calls are done. The picture is in the header. The hard thing: whoever ends the last part frees the
 * exchange, so `plx_exchange_check_ended` stands last everywhere.
 */
#include "traffic/exchange/exchange.h"

#include "base/arena.h"
#include "base/assert.h"
#include "traffic/exchange/connection.h"
#include "traffic/exchange/fallback.h"
#include "traffic/exchange/relay.h"
#include "traffic/exchange/spied.h"
#include "traffic/exchange/verdict.h"

#include <stdlib.h>

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
    plx_capture_init(&exchange->asked);
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_init(&exchange->calls[role], exchange, (enum plx_role)role, &context->loop);
    return exchange;
}

struct plx_exchange *
plx_exchange_take(struct plx_context *context)
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
on_deadline_closed(struct plx_deadline *deadline)
{
    struct plx_call *call = PLX_CONTAINER(deadline, struct plx_call, deadline);
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
    plx_capture_fini(&exchange->asked);
    exchange->timers = PLX_ROLES;
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_fini(&exchange->calls[role], on_deadline_closed);
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
    if (exchange->port)
        plx_capture_reset(&exchange->asked);
    plx_list_push_front(&context->spare, &exchange->link);
    context->spare_count++;
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
    size_t count = 0, begin = role == PLX_PRIMARY ? exchange->head_len : exchange->copy_head_ends[role - 1];

    slices[count++] = plx_slice_make(exchange->heads.ptr + begin, exchange->copy_head_ends[role] - begin);
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
    const struct plx_service *service = exchange->service;

    if (plx_loop_is_crowded(&exchange->context->loop) || exchange->context->kept_bytes > PLX_KEPT_BYTES_MAX)
        return false;
    if (atomic_fetch_add_explicit(service->copies, 1, memory_order_relaxed) < service->limits.copies)
        return true;
    atomic_fetch_sub_explicit(service->copies, 1, memory_order_relaxed);
    return false;
}

/* The request is whole and on its way to the serving role: now, beside it, the copies. */
static void
start_copies(struct plx_exchange *exchange)
{
    if (!take_room(exchange)) {
        do_not_copy(exchange, PLX_UNCOPIED_SHED);
        return;
    }
    exchange->copied = true;
    for (int role = 0; role < PLX_ROLES; role++)
        if (role != (int)exchange->serving && exchange->service->roles[role].url)
            start_copy(exchange, (enum plx_role)role);
}

/* Whether a copy's answer has become longer than the serving role's whole one can make sense of. */
static bool
is_too_long(const struct plx_call *serving, const struct plx_call *copy)
{
    uint64_t reference = serving->capture.length, length = copy->capture.length;

    if (serving->outcome.failed)
        return length > PLX_COPY_SLACK_BYTES;
    if (serving->has_meaning || copy->has_meaning)
        return length > reference * PLX_COPY_TIMES + PLX_COPY_SLACK_BYTES;
    return length > reference;
}

/* Whether a call was ended by it. */
static bool
balance(struct plx_exchange *exchange)
{
    const struct plx_call *serving = plx_exchange_serving(exchange);
    bool ended = !plx_call_is_active(serving), cut = false;

    for (int role = 0; role < PLX_ROLES; role++) {
        struct plx_call *call = &exchange->calls[role];
        if (call == serving || call->state != PLX_CALL_ANSWERING)
            continue;
        if (ended && is_too_long(serving, call)) {
            plx_call_cut(call);
            cut = true;
        } else if (!ended && call->capture.length > serving->capture.length + PLX_COPY_AHEAD_BYTES) {
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

    if (exchange->port && plx_spied_body(exchange, data))
        return;
    if (exchange->framing == PLX_FRAMING_CHUNKED)
        slices[count++] = plx_slice_make(line, plx_http_chunk_line(line, data.len));
    slices[count++] = data;
    if (exchange->framing == PLX_FRAMING_CHUNKED)
        slices[count++] = plx_slice_of("\r\n");
    plx_call_send(plx_exchange_serving(exchange), slices, count);

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
    struct plx_call *serving = plx_exchange_serving(exchange);

    exchange->request_whole = true;
    if (exchange->port && plx_spied_whole(exchange))
        return;
    if (exchange->framing == PLX_FRAMING_CHUNKED) {
        struct plx_slice slices[] = {plx_slice_of("0\r\n"), trailer, plx_slice_of("\r\n")};
        plx_call_send(serving, slices, PLX_COUNT(slices));
        plx_buffer_add(&exchange->trailer, trailer);
    }
    plx_call_sent(serving);
    if (exchange->port)
        plx_spied_sent(exchange);
    if (exchange->copy)
        start_copies(exchange);
}

bool
plx_exchange_is_full(const struct plx_exchange *exchange)
{
    return plx_call_is_full(&exchange->calls[exchange->serving]);
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
    plx_call_go_on(plx_exchange_serving(exchange));
}

/* ---- ends ---- */

void
plx_exchange_check_ended(struct plx_exchange *exchange)
{
    if (exchange->connection || exchange->comparing)
        return;
    for (int role = 0; role < PLX_ROLES; role++)
        if (plx_call_is_active(&exchange->calls[role]))
            return;
    if (exchange->port) {
        plx_spied_ended(exchange);
        return;
    }
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

    if (call->role == exchange->serving) {
        if (call->outcome.failed && plx_fallback_begin(exchange))
            return;
        if (call->outcome.failed)
            plx_relay_failure(exchange, call->outcome.reason);
        else if (exchange->connection)
            plx_exchange_client_done(exchange, exchange->keep_alive);
        if (exchange->copied)
            balance(exchange);
    }
    plx_exchange_check_ended(exchange);
}

void
plx_exchange_balance(struct plx_exchange *exchange)
{
    if (balance(exchange))
        plx_exchange_check_ended(exchange);
}

void
plx_exchange_client_gone(struct plx_exchange *exchange)
{
    struct plx_call *serving = plx_exchange_serving(exchange);

    exchange->connection = NULL;
    if (exchange->copied && plx_call_is_active(serving))
        plx_call_expire(serving);
    else
        plx_call_cancel(serving, PLX_INCOMPARABLE_CANCELED);
    plx_exchange_check_ended(exchange);
}

void
plx_exchange_tunnel(struct plx_exchange *exchange, struct plx_peer *peer, struct plx_slice early)
{
    struct plx_connection *connection = exchange->connection;

    exchange->connection = NULL;
    exchange->answered_ns = uv_hrtime();
    plx_connection_tunnel(connection, peer, early);
    plx_exchange_check_ended(exchange);
}

void
plx_exchange_cancel(struct plx_exchange *exchange)
{
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_cancel(&exchange->calls[role], PLX_INCOMPARABLE_CANCELED);
    plx_exchange_check_ended(exchange);
}
