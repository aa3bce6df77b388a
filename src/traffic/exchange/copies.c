/* SPDX-License-Identifier: Apache-2.0 */
/* The copies of a request; how far they are read is a matter of what the serving role has answered. */
#include "traffic/exchange/copies.h"

#include "compare/lengths.h"
#include "traffic/exchange/ejecting.h"
#include "traffic/exchange/judging.h"
#include "traffic/exchange/requests.h"
#include "traffic/http1/write.h"

void
plx_copies_give_up(struct plx_exchange *exchange, enum plx_uncopied reason)
{
    exchange->copy = false;
    exchange->uncopied = reason;
    exchange->terms.kept_bytes -= exchange->body_kept;
    exchange->terms.context->kept_bytes -= exchange->body_kept;
    exchange->body_kept = 0;
    plx_buffer_fini(&exchange->body);
}

void
plx_copies_keep_body(struct plx_exchange *exchange, struct plx_slice data)
{
    plx_buffer_add(&exchange->body, data);
    exchange->body_kept += data.len;
    if (!plx_context_keep(exchange->terms.context, &exchange->terms.kept_bytes, data.len))
        plx_copies_give_up(exchange, PLX_UNCOPIED_SHED);
    else if (exchange->body.failed)
        plx_copies_give_up(exchange, PLX_UNCOPIED_TOO_LARGE);
}

/* ---- beginning ---- */

static void
start_copy(struct plx_exchange *exchange, enum plx_role role)
{
    struct plx_slice slices[PLX_CALL_REQUEST_SLICES];
    size_t count = 0;

    if (exchange->terms.heads[PLX_TO_COPY][role].len == 0) { /* it could not be rewritten */
        plx_call_refuse(&exchange->calls[role], PLX_INCOMPARABLE_TOO_LARGE);
        return;
    }
    if (role == PLX_CANDIDATE)
        plx_ejecting_copy(exchange);
    if (exchange->framing == PLX_FRAMING_CHUNKED && exchange->body.len)
        slices[count++] =
            plx_slice_make(exchange->body_line, plx_http_chunk_line(exchange->body_line, exchange->body.len));
    if (exchange->body.len)
        slices[count++] = plx_buffer_slice(&exchange->body);
    if (exchange->framing == PLX_FRAMING_CHUNKED) {
        slices[count++] = plx_slice_of(exchange->body.len ? "\r\n0\r\n" : "0\r\n");
        slices[count++] = plx_requests_trailer(exchange, role, plx_buffer_slice(&exchange->trailer));
        slices[count++] = plx_slice_of("\r\n");
    }
    plx_call_start_copy(&exchange->calls[role], slices, count);
}

/* Whether there is room for the copies of one more exchange; it is then taken. */
static bool
take_room(struct plx_exchange *exchange)
{
    const struct plx_service *service = exchange->service;

    if (!plx_loop_has_room_for_copies(&exchange->terms.context->loop) ||
        exchange->terms.context->kept_bytes > PLX_KEPT_BYTES_MAX)
        return false;
    if (atomic_fetch_add_explicit(service->copies, 1, memory_order_relaxed) < service->limits.copies)
        return true;
    atomic_fetch_sub_explicit(service->copies, 1, memory_order_relaxed);
    return false;
}

/* In the worker's present view: the exchange may have begun before. */
static bool
is_paused(const struct plx_exchange *exchange)
{
    const struct plx_view *view = exchange->terms.context->view;
    const struct plx_service *now;

    if (view == exchange->view)
        return exchange->service->paused;
    now = plx_service_by_name(view->snapshot, plx_slice_of(exchange->service->name));
    return now && now->paused;
}

/* The request is whole and on its way to the serving role: now, beside it, the copies. A candidate that was asked
 * before, in whose place the primary serves, has had its turn: no head was written for a copy of its own. */
void
plx_copies_start(struct plx_exchange *exchange)
{
    if (is_paused(exchange)) {
        plx_copies_give_up(exchange, PLX_UNCOPIED_PAUSED);
        return;
    }
    if (exchange->trailer.failed || !take_room(exchange)) { /* without its trailer it would be another request */
        plx_copies_give_up(exchange, PLX_UNCOPIED_SHED);
        return;
    }
    exchange->copied = exchange->has_room = true;
    for (int role = 0; role < PLX_ROLES; role++)
        if (role != (int)exchange->terms.serving && exchange->service->roles[role].url &&
            !exchange->calls[role].outcome.asked)
            start_copy(exchange, (enum plx_role)role);
}

/* ---- answers ---- */

/* Whether a copy's answer is longer than any way of writing the serving role's. Looked at when it has doubled. */
static bool
says_more(const struct plx_exchange *exchange, const struct plx_call *serving, struct plx_call *copy)
{
    uint64_t reference = serving->capture.length, length = copy->capture.length;

    if (length <= reference * PLX_COPY_TIMES + PLX_COPY_SLACK_BYTES || length < 2 * copy->length_looked_at ||
        !serving->plain || !copy->plain)
        return false;
    copy->length_looked_at = length;
    return plx_rules_bound_length(plx_exchange_rules(exchange), (int64_t)(exchange->time_ms / 1000)) &&
           plx_length_dense(plx_buffer_slice(&copy->capture.kept)) > plx_length_most(reference);
}

/* The copy whose answer the client gets, since who served has failed: as far as it is kept. */
static bool
is_awaited(const struct plx_exchange *exchange, const struct plx_call *copy)
{
    return exchange->terms.awaits_copy && copy->role == PLX_PRIMARY;
}

/* Whether a copy's answer has become longer than the serving role's whole one can make sense of. */
static bool
is_too_long(const struct plx_exchange *exchange, const struct plx_call *serving, struct plx_call *copy)
{
    uint64_t reference = serving->capture.length, length = copy->capture.length;

    if (is_awaited(exchange, copy))
        return length > exchange->terms.capture_bytes;
    if (serving->outcome.failed)
        return length > PLX_COPY_SLACK_BYTES;
    if (!serving->has_meaning && !copy->has_meaning)
        return length > reference;
    /* What is not kept whole is known by its length alone. */
    uint64_t kept = exchange->terms.capture_bytes;
    return length > (kept > reference ? kept : reference) || says_more(exchange, serving, copy);
}

/* As far as it will be read; what is said in the head is known at once, so that of many that come together some are
 * read to their ends. */
static uint64_t
length_of(const struct plx_exchange *exchange, const struct plx_call *copy)
{
    bool said = copy->body_open && copy->body.framing == PLX_FRAMING_LENGTH;
    uint64_t length = copy->capture.length + (said ? copy->body.left : 0), most = exchange->terms.capture_bytes;

    if (most > PLX_COPY_EXCESS_BYTES)
        most = PLX_COPY_EXCESS_BYTES;
    return length < most || !said ? length : most;
}

static bool
is_too_dear(const struct plx_exchange *exchange, const struct plx_call *serving, struct plx_call *copy)
{
    uint64_t paid = serving->capture.length * 2 + PLX_COPY_FREE_BYTES, length = length_of(exchange, copy);

    if (paid < copy->length_paid)
        paid = copy->length_paid;
    if (length <= paid)
        return false;
    copy->length_paid = length;
    return !plx_context_spend_excess(exchange->terms.context, length - paid);
}

bool
plx_copies_balance(struct plx_exchange *exchange)
{
    const struct plx_call *serving = plx_exchange_serving(exchange);
    bool ended = !plx_call_is_active(serving), cut = false;

    for (int role = 0; role < PLX_ROLES; role++) {
        struct plx_call *call = &exchange->calls[role];
        if (call == serving || !plx_call_is_answering(call))
            continue;
        if (ended && (is_too_long(exchange, serving, call) ||
                      (!is_awaited(exchange, call) && is_too_dear(exchange, serving, call)))) {
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
