/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange's life: taken for a request, ended when the client and all calls are done. The picture is in the header.
 * The hard thing: whoever ends the last part frees the exchange, so `plx_exchange_check_ended` stands last everywhere.
 */
#include "traffic/exchange/exchange.h"

#include "base/arena.h"

#include <stdlib.h>

#define SPARE_BODY_BYTES (16u * 1024) /* of a kept request body's memory, from one exchange to the next */

/* ---- memory ---- */

static struct plx_exchange *
exchange_new(struct plx_context *context)
{
    struct plx_exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    exchange->terms.arena = plx_arena_new(NULL);
    if (!exchange->terms.arena) {
        free(exchange);
        return NULL;
    }
    exchange->terms.context = context;
    plx_buffer_init(&exchange->terms.written, (PLX_ROLES + 1) * 2 * PLX_HTTP_HEAD_MAX);
    plx_buffer_init(&exchange->body, 0);
    plx_buffer_init(&exchange->trailer, PLX_HTTP_TRAILER_MAX);
    plx_capture_init(&exchange->asked);
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_init(&exchange->calls[role], &exchange->terms, (enum plx_role)role, &context->loop);
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
    struct plx_exchange *exchange = plx_exchange_of(call);

    if (--exchange->timers == 0)
        free(exchange);
}

static void
exchange_free(struct plx_exchange *exchange)
{
    plx_arena_free(exchange->terms.arena);
    plx_buffer_fini(&exchange->terms.written);
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
plx_exchange_leave_room(struct plx_exchange *exchange)
{
    if (exchange->has_room)
        atomic_fetch_sub_explicit(exchange->service->copies, 1, memory_order_relaxed);
    exchange->has_room = false;
}

void
plx_exchange_end(struct plx_exchange *exchange)
{
    struct plx_context *context = exchange->terms.context;

    plx_exchange_leave_room(exchange);
    context->kept_bytes -= exchange->terms.kept_bytes;
    exchange->terms.kept_bytes = exchange->body_kept = 0;
    plx_view_unref(exchange->view);
    exchange->view = NULL;
    exchange->judged_in = NULL;
    plx_list_remove(&exchange->link);
    if (context->spare_count >= PLX_EXCHANGES_SPARE) {
        exchange_free(exchange);
        return;
    }
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_reset(&exchange->calls[role]);
    plx_arena_reset(exchange->terms.arena);
    plx_buffer_clear(&exchange->terms.written);
    plx_buffer_trim(&exchange->body, SPARE_BODY_BYTES);
    plx_buffer_clear(&exchange->trailer);
    if (exchange->port)
        plx_capture_reset(&exchange->asked);
    plx_list_push_front(&context->spare, &exchange->link);
    context->spare_count++;
}

/* ---- its client ---- */

bool
plx_exchange_is_full(const struct plx_exchange *exchange)
{
    return plx_call_is_full(&exchange->calls[exchange->terms.serving]);
}

void
plx_exchange_request_drained(struct plx_exchange *exchange)
{
    struct plx_exchange_client *client = exchange->terms.client;

    if (client && !exchange->request_whole)
        client->ops->resume(client);
}

void
plx_exchange_client_drained(struct plx_exchange *exchange)
{
    plx_call_go_on(plx_exchange_serving(exchange));
}

void
plx_exchange_client_done(struct plx_exchange *exchange)
{
    struct plx_exchange_client *client = exchange->terms.client;

    exchange->terms.client = NULL;
    if (!exchange->answered_ns)
        exchange->answered_ns = plx_loop_now_ns(&exchange->terms.context->loop);
    client->ops->answered(client);
}

void
plx_exchange_request_sent(struct plx_exchange *exchange)
{
    struct plx_call *serving = plx_exchange_serving(exchange);

    if (serving->state != PLX_CALL_ENDED) {
        plx_call_sent(serving);
    } else if (exchange->terms.client) { /* the answer came first */
        plx_exchange_client_done(exchange);
        plx_exchange_check_ended(exchange);
    }
}

void
plx_exchange_client_gone(struct plx_exchange *exchange)
{
    struct plx_call *serving = plx_exchange_serving(exchange);

    exchange->terms.client = NULL;
    if (exchange->copied && plx_call_is_active(serving))
        plx_call_expire(serving);
    else
        plx_call_cancel(serving, PLX_INCOMPARABLE_CANCELED);
    plx_exchange_check_ended(exchange);
}

/* ---- ends ---- */

void
plx_exchange_check_ended(struct plx_exchange *exchange)
{
    if (exchange->terms.client || exchange->comparing)
        return;
    for (int role = 0; role < PLX_ROLES; role++)
        if (plx_call_is_active(&exchange->calls[role]))
            return;
    exchange->kind->ended(exchange);
}

void
plx_exchange_cancel(struct plx_exchange *exchange)
{
    for (int role = 0; role < PLX_ROLES; role++)
        plx_call_cancel(&exchange->calls[role], PLX_INCOMPARABLE_CANCELED);
    plx_exchange_check_ended(exchange);
}
