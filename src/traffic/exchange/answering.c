/* SPDX-License-Identifier: Apache-2.0 */
/* From the calls to the client. `plx_exchange_check_ended` stands last, since it may end the exchange. */
#include "traffic/exchange/answering.h"

#include "message/reason.h"
#include "traffic/exchange/copies.h"
#include "traffic/exchange/ejecting.h"
#include "traffic/exchange/fallback.h"
#include "traffic/exchange/redirects.h"

#include <stdio.h>

/* ---- the serving role's answer ---- */

static void
on_interim(struct plx_call *call, const struct plx_http1_head *head)
{
    struct plx_exchange_client *client = call->terms->client;

    if (client)
        client->ops->interim(client, head);
}

static void
on_head(struct plx_call *call, struct plx_http1_head *head)
{
    struct plx_exchange *exchange = plx_exchange_of(call);
    struct plx_exchange_client *client = exchange->terms.client;

    if (exchange->service->redirects)
        plx_redirects_rewrite(head, &exchange->service->roles[call->role], exchange->terms.arena);
    exchange->answer_begun = true;
    exchange->answer_status = head->message.status;
    plx_ejecting_look(call);
    if (client)
        client->ops->head(client, head);
}

static void
on_body(struct plx_call *call, struct plx_slice data)
{
    struct plx_exchange *exchange = plx_exchange_of(call);
    struct plx_exchange_client *client = exchange->terms.client;

    exchange->answer_bytes += data.len;
    if (client)
        client->ops->body(client, data);
}

static bool
takes_rest(const struct plx_exchange *exchange)
{
    struct plx_exchange_client *client = exchange->terms.client;

    return client && !exchange->request_whole && client->ops->stays(client);
}

static bool
on_whole(struct plx_call *call, struct plx_slice trailer)
{
    struct plx_exchange *exchange = plx_exchange_of(call);
    struct plx_exchange_client *client = exchange->terms.client;

    if (!client)
        return false;
    exchange->answered_ns = plx_loop_now_ns(&exchange->terms.context->loop);
    client->ops->end(client, trailer);
    return takes_rest(exchange);
}

/* The copy whose answer the client waits for, if it waits for one, may have ended. */
static void settle_awaited(struct plx_exchange *exchange);

static void
on_read(struct plx_call *call)
{
    struct plx_exchange *exchange = plx_exchange_of(call);
    struct plx_exchange_client *client = exchange->terms.client;

    if (client && call->role == exchange->terms.serving && !client->ops->flush(client))
        plx_call_hold(call);
    if (call->role == PLX_CANDIDATE)
        plx_ejecting_look(call);
    if (exchange->copied && plx_copies_balance(exchange)) {
        settle_awaited(exchange);
        plx_exchange_check_ended(exchange);
    }
}

static void
on_drained(struct plx_call *call)
{
    plx_exchange_request_drained(plx_exchange_of(call));
}

static void
on_switched(struct plx_call *call, struct plx_http1_head *head, struct plx_peer *peer, struct plx_slice early)
{
    struct plx_exchange *exchange = plx_exchange_of(call);
    struct plx_exchange_client *client = exchange->terms.client;

    on_head(call, head);
    (void)client->ops->flush(client);
    exchange->terms.client = NULL;
    exchange->answered_ns = plx_loop_now_ns(&exchange->terms.context->loop);
    client->ops->tunnel(client, peer, early);
    plx_exchange_check_ended(exchange);
}

/* ---- ends ---- */

/* 502 or 504 where nothing has gone out yet, else the client's answer is cut. */
static void
fail(struct plx_exchange *exchange, const struct plx_role_outcome *outcome)
{
    struct plx_exchange_client *client = exchange->terms.client;
    const char *detail = outcome->detail ? outcome->detail : "";
    char body[128 + PLX_HTTP_ERROR_TEXT_MAX];

    if (!client)
        return;
    if (exchange->answer_begun) {
        exchange->terms.client = NULL;
        client->ops->cut(client);
        return;
    }
    int status = outcome->reason == PLX_INCOMPARABLE_TIMEOUT ? 504 : 502;
    snprintf(body, sizeof(body), "%d %s: the %s of this service gave no answer (%s)%s%s\n", status,
             plx_http_reason(status), plx_role_text(exchange->terms.serving), plx_incomparable_text(outcome->reason),
             *detail ? ": " : "", detail);
    const struct plx_own_answer answer = {
        .status = status,
        .lines = plx_slice_of("Content-Type: text/plain\r\n"),
        .body = plx_slice_of(body),
        .head_only = exchange->terms.method == PLX_METHOD_HEAD,
    };
    exchange->answer_begun = true;
    exchange->answer_status = status;
    exchange->answer_bytes = answer.head_only ? 0 : answer.body.len;
    client->ops->own(client, &answer);
    if (exchange->port && takes_rest(exchange))
        plx_exchange_request_drained(exchange); /* at a spy the call counts all the same, once it is whole */
    else
        plx_exchange_client_done(exchange);
}

static void
settle_awaited(struct plx_exchange *exchange)
{
    if (!exchange->terms.awaits_copy || plx_call_is_active(&exchange->calls[PLX_PRIMARY]))
        return;
    if (!exchange->terms.client)
        exchange->terms.awaits_copy = false;
    else if (plx_fallback_give(exchange))
        plx_exchange_client_done(exchange);
    else
        fail(exchange, &plx_exchange_serving(exchange)->outcome);
}

static bool
has_copy_under_way(const struct plx_exchange *exchange)
{
    for (int role = 0; role < PLX_ROLES; role++)
        if (role != (int)exchange->terms.serving && plx_call_is_active(&exchange->calls[role]))
            return true;
    return false;
}

static void
on_ended(struct plx_call *call)
{
    struct plx_exchange *exchange = plx_exchange_of(call);

    plx_ejecting_look(call);
    if (call->role == exchange->terms.serving) {
        if (call->outcome.failed && plx_fallback_begin(exchange))
            return;
        if (call->outcome.failed && !plx_fallback_await(exchange))
            fail(exchange, &call->outcome);
        else if (call->outcome.failed)
            settle_awaited(exchange);
        else if (takes_rest(exchange))
            plx_exchange_request_drained(exchange); /* nobody holds it back any more */
        else if (exchange->terms.client)
            plx_exchange_client_done(exchange);
        if (exchange->copied && plx_copies_balance(exchange))
            settle_awaited(exchange);
    } else {
        settle_awaited(exchange);
        if (!has_copy_under_way(exchange))
            plx_exchange_leave_room(exchange);
    }
    plx_exchange_check_ended(exchange);
}

const struct plx_call_events plx_answering_events = {
    .interim = on_interim,
    .head = on_head,
    .body = on_body,
    .whole = on_whole,
    .drained = on_drained,
    .switched = on_switched,
    .read = on_read,
    .ended = on_ended,
};
