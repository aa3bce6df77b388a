/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role's request and answer; the table of states and events is in the header. The hard thing: an end may free
 * everything, so each function that may end the call returns at once after it, and what calls it does so too.
 */
#include "traffic/exchange/call.h"

#include "base/arena.h"
#include "base/assert.h"
#include "body/media.h"
#include "compare/lengths.h"

/* A head, one read and what was sent ahead may come on top before reading pauses. */
#define WAITING_BYTES_MAX (PLX_CALL_WAITING_BYTES + 160u * 1024)

static void on_bytes(struct plx_peer *peer, struct plx_slice bytes);
static void on_ended(struct plx_peer *peer, enum plx_status why);
static void on_drained(struct plx_peer *peer);

static const struct plx_peer_events peer_events = {.bytes = on_bytes, .ended = on_ended, .drained = on_drained};

static bool
is_serving(const struct plx_call *call)
{
    return call->role == call->terms->serving;
}

static const struct plx_timeouts *
timeouts(const struct plx_call *call)
{
    return call->terms->timeouts;
}

/* The head of its own request. */
static struct plx_slice
own_head(const struct plx_call *call)
{
    return plx_terms_head(call->terms, is_serving(call) ? PLX_TO_SERVE : PLX_TO_COPY, call->role);
}

static uint64_t
now_ns(const struct plx_call *call)
{
    return plx_loop_now_ns(&call->terms->context->loop);
}

/* The one door to another state, which keeps the clock of HELD. */
static void
enter(struct plx_call *call, enum plx_call_state state)
{
    if (state == PLX_CALL_HELD)
        call->held_since_ns = now_ns(call);
    else if (call->state == PLX_CALL_HELD)
        call->held_ns += now_ns(call) - call->held_since_ns;
    if (is_serving(call) && (state == PLX_CALL_ENDED || state == PLX_CALL_REST))
        call->terms->served_ns = now_ns(call);
    call->state = state;
}

/* ---- ends ---- */

/* What the role took by itself. Of a call that has left HELD. */
static uint64_t
took_ns(const struct plx_call *call)
{
    return now_ns(call) - call->started_ns - call->held_ns;
}

static void
let_go(struct plx_call *call, bool keep)
{
    struct plx_peer *peer = call->peer;

    plx_deadline_clear(&call->deadline);
    plx_connect_cancel(&call->connect);
    if (call->body_open)
        plx_http_body_fini(&call->body);
    call->body_open = false;
    call->peer = NULL;
    if (peer && keep) {
        peer->keep_ms = call->keep_ms;
        plx_peer_release(peer);
    } else if (peer)
        plx_peer_close(peer);
}

static void
end_whole(struct plx_call *call, bool keep)
{
    enter(call, PLX_CALL_ENDED);
    call->outcome.duration_ns = took_ns(call);
    let_go(call, keep);
    call->terms->events->ended(call);
}

static void
end_failed(struct plx_call *call, enum plx_incomparable reason)
{
    enter(call, PLX_CALL_ENDED);
    call->outcome.failed = true;
    call->outcome.reason = reason;
    call->outcome.detail = call->detail;
    let_go(call, false);
    call->terms->events->ended(call);
}

/* The answer is not HTTP/1.1, for this reason. */
static void
end_refused(struct plx_call *call, const struct plx_http_error *error)
{
    plx_http_error_print(error, call->detail);
    end_failed(call, PLX_INCOMPARABLE_PROTOCOL);
}

static void
end_refused_for(struct plx_call *call, const char *why)
{
    struct plx_http_error error;

    (void)!plx_http_refuse(&error, PLX_E_PROTOCOL, 502, why);
    end_refused(call, &error);
}

/* In REST: the answer came long ago, and is whole. */
static void
end_rest(struct plx_call *call, bool keep)
{
    enter(call, PLX_CALL_ENDED);
    let_go(call, keep);
    call->terms->events->ended(call);
}

void
plx_call_cancel(struct plx_call *call, enum plx_incomparable reason)
{
    if (!plx_call_is_active(call))
        return;
    if (call->state == PLX_CALL_REST) {
        enter(call, PLX_CALL_ENDED);
        let_go(call, false);
        return;
    }
    enter(call, PLX_CALL_ENDED);
    call->outcome.failed = true;
    call->outcome.reason = reason;
    let_go(call, false);
}

void
plx_call_expire(struct plx_call *call)
{
    plx_call_go_on(call);
    plx_deadline_set(&call->deadline, timeouts(call)->copy);
}

void
plx_call_cut(struct plx_call *call)
{
    PLX_ASSERT(plx_call_is_answering(call));
    call->capture.length++;
    call->cut = true;
    enter(call, PLX_CALL_ENDED);
    call->outcome.duration_ns = took_ns(call);
    let_go(call, false);
}

static uint64_t copy_ms(const struct plx_call *call);

static void
on_deadline(struct plx_deadline *deadline)
{
    struct plx_call *call = PLX_CONTAINER(deadline, struct plx_call, deadline);

    if (!plx_call_is_active(call))
        return;
    /* A server that reads a long request slowly is at work. */
    if (is_serving(call) && call->terms->client && call->peer && call->peer->stream.queued &&
        plx_stream_moves(&call->peer->stream))
        plx_deadline_set(deadline, timeouts(call)->answer);
    else if (call->state == PLX_CALL_REST)
        end_rest(call, false);
    else if (!is_serving(call) && call->state != PLX_CALL_CONNECTING && copy_ms(call) > 0)
        plx_deadline_set(deadline, copy_ms(call));
    else if (is_serving(call) ? !call->terms->client : call->state == PLX_CALL_HELD)
        end_failed(call, PLX_INCOMPARABLE_CANCELED); /* a copy can't wait for ever, which is not its role's fault */
    else
        end_failed(call, call->state == PLX_CALL_CONNECTING ? PLX_INCOMPARABLE_CONNECT : PLX_INCOMPARABLE_TIMEOUT);
}

/* Until the serving role gives something, or more of a body that has begun: an event stream may beat slowly. */
static uint32_t
answer_ms(const struct plx_call *call)
{
    return call->body_open ? timeouts(call)->between : timeouts(call)->answer;
}

/* A copy's time is what it takes longer than the serving role does, without that in which it was held: so whoever
 * streams as long as the serving role, or thinks as long, is as quick. At most the whole of it is left. */
static uint64_t
copy_ms(const struct plx_call *call)
{
    uint64_t begun_ns = call->started_ns + call->held_ns, served_ns = call->terms->served_ns, now = now_ns(call);
    uint64_t all_ms = call->terms->awaits_copy ? timeouts(call)->answer : timeouts(call)->copy, passed_ms;

    if (served_ns == 0)
        return all_ms;
    if (begun_ns < served_ns)
        begun_ns = served_ns;
    passed_ms = now > begun_ns ? (now - begun_ns) / 1000000 : 0;
    return passed_ms < all_ms ? all_ms - passed_ms : 0;
}

/* The serving role's time is that in which it gives nothing and has all that it needs. */
static void
set_answer_deadline(struct plx_call *call)
{
    if (is_serving(call)) {
        if (call->sent && call->state != PLX_CALL_HELD && call->terms->client)
            plx_deadline_set(&call->deadline, answer_ms(call));
        return;
    }
    uint64_t left_ms = copy_ms(call);
    plx_deadline_set(&call->deadline, left_ms ? left_ms : 1);
}

/* ---- the request ---- */

static void
begin_asking(struct plx_call *call, struct plx_peer *peer)
{
    enter(call, PLX_CALL_ASKED);
    call->peer = peer;
    plx_peer_use(peer, &peer_events, call);
    set_answer_deadline(call);
}

static enum plx_status
write_request(struct plx_call *call, struct plx_peer *peer, const struct plx_slice *slices, size_t count)
{
    if (is_serving(call))
        return plx_stream_write(&peer->stream, slices, count);
    return plx_stream_write_kept(&peer->stream, call->request, call->request_count);
}

static void
on_connect_done(struct plx_connect *connect, struct plx_peer *peer, enum plx_status status)
{
    struct plx_call *call = PLX_CONTAINER(connect, struct plx_call, connect);

    if (status != PLX_OK) {
        end_failed(call, PLX_INCOMPARABLE_CONNECT);
        return;
    }
    plx_deadline_clear(&call->deadline);
    begin_asking(call, peer);
    struct plx_slice waiting = plx_buffer_slice(&call->waiting);
    bool lost = call->waiting.failed || write_request(call, peer, &waiting, 1) == PLX_E_MEMORY;
    plx_buffer_trim(&call->waiting, PLX_HTTP_HEAD_MAX);
    if (lost) {
        end_failed(call, PLX_INCOMPARABLE_RESET);
        return;
    }
    if (is_serving(call) && !plx_call_is_full(call))
        call->terms->events->drained(call);
}

/* Somebody waits for this role and for no other. */
static bool
is_needed(const struct plx_call *call)
{
    return is_serving(call) && !call->terms->stood_in;
}

/* A new connection for what stands in `waiting`, or in a copy's `request`. A failure at once is told by the deadline,
 * from the loop. */
static void
open_connection(struct plx_call *call)
{
    enter(call, PLX_CALL_CONNECTING);
    call->connect.done = on_connect_done;
    call->connect.patient = is_needed(call);
    struct plx_pool *pool = call->terms->pools[call->role];
    uint32_t connect_ms = is_needed(call)    ? timeouts(call)->connect
                          : is_serving(call) ? call->terms->connect_ms
                                             : timeouts(call)->connect_copy;
    bool pending = plx_pool_connect(pool, &call->connect) == PLX_OK;
    plx_deadline_set(&call->deadline, pending ? connect_ms : 0);
}

static void
wait_with(struct plx_call *call, const struct plx_slice *slices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        plx_buffer_add(&call->waiting, slices[i]);
}

/* Safe to ask again: nothing has come back, the method may be repeated (RFC 9110, 9.2.2), and all of the request is in
 * the head. */
static bool
may_repeat(const struct plx_call *call)
{
    const struct plx_call_terms *terms = call->terms;

    return call->pending.len == 0 && call->status == 0 && plx_http_method_is_idempotent(terms->method) &&
           terms->bodyless;
}

/* Whether a kept connection has taken it. One that has broken meanwhile takes nothing at all: the next one then. */
static bool
ask_kept(struct plx_call *call, const struct plx_slice *slices, size_t count)
{
    struct plx_peer *peer;

    call->outcome.asked = true;
    call->started_ns = now_ns(call);
    while ((peer = plx_pool_take(call->terms->pools[call->role]))) {
        if (write_request(call, peer, slices, count) == PLX_OK) {
            begin_asking(call, peer);
            return true;
        }
        plx_peer_close(peer);
    }
    return false;
}

void
plx_call_start(struct plx_call *call, struct plx_slice body)
{
    const struct plx_slice slices[] = {own_head(call), body};
    size_t count = body.len ? 2 : 1;

    PLX_ASSERT(is_serving(call) && slices[0].len);
    if (ask_kept(call, slices, count))
        return;
    wait_with(call, slices, count);
    open_connection(call);
}

void
plx_call_start_copy(struct plx_call *call, const struct plx_slice *slices, size_t count)
{
    PLX_ASSERT(!is_serving(call) && count < PLX_CALL_REQUEST_SLICES);
    call->request[0] = own_head(call);
    PLX_ASSERT(call->request[0].len);
    if (count)
        memcpy(call->request + 1, slices, count * sizeof(*slices));
    call->request_count = count + 1;
    call->sent = true;
    if (!ask_kept(call, NULL, 0))
        open_connection(call);
}

void
plx_call_refuse(struct plx_call *call, enum plx_incomparable reason)
{
    PLX_ASSERT(!is_serving(call));
    enter(call, PLX_CALL_ENDED);
    call->outcome.failed = true;
    call->outcome.reason = reason;
}

void
plx_call_send(struct plx_call *call, const struct plx_slice *slices, size_t count)
{
    if (call->state == PLX_CALL_CONNECTING) {
        wait_with(call, slices, count);
        return;
    }
    /* A peer that has stopped reading may have answered all the same: its answer or its end comes by the loop. */
    if (call->peer && plx_stream_write(&call->peer->stream, slices, count) == PLX_E_MEMORY)
        plx_stream_shutdown(&call->peer->stream);
    if (call->peer && call->peer->stream.full && call->deadline.at_ms == 0) {
        (void)plx_stream_moves(&call->peer->stream);
        plx_deadline_set(&call->deadline, timeouts(call)->answer);
    }
}

void
plx_call_sent(struct plx_call *call)
{
    call->sent = true;
    if (call->state == PLX_CALL_REST)
        end_rest(call, !call->peer->stream.broken);
    else if (call->state == PLX_CALL_ASKED || call->state == PLX_CALL_ANSWERING)
        set_answer_deadline(call);
}

bool
plx_call_is_full(const struct plx_call *call)
{
    if (call->state == PLX_CALL_CONNECTING)
        return call->waiting.len >= PLX_CALL_WAITING_BYTES;
    return call->peer && call->peer->stream.full;
}

bool
plx_call_took_nothing(const struct plx_call *call, struct plx_slice *body)
{
    PLX_ASSERT(is_serving(call) && call->outcome.failed);
    *body = plx_slice_make("", 0);
    if (call->outcome.reason == PLX_INCOMPARABLE_CONNECT) {
        size_t head = own_head(call).len;
        if (call->waiting.failed)
            return false;
        PLX_ASSERT(call->waiting.len >= head);
        *body = plx_slice_make(call->waiting.ptr + head, call->waiting.len - head);
        return true;
    }
    return call->outcome.reason == PLX_INCOMPARABLE_RESET && may_repeat(call);
}

static void
on_drained(struct plx_peer *peer)
{
    struct plx_call *call = peer->user;

    if (!is_serving(call))
        return;
    if (!call->sent)
        plx_deadline_clear(&call->deadline);
    call->terms->events->drained(call);
}

/* ---- the answer ---- */

void
plx_call_hold(struct plx_call *call)
{
    if (call->state != PLX_CALL_ASKED && call->state != PLX_CALL_ANSWERING)
        return;
    enter(call, PLX_CALL_HELD);
    plx_stream_pause(&call->peer->stream);
    if (is_serving(call))
        plx_deadline_clear(&call->deadline);
}

void
plx_call_go_on(struct plx_call *call)
{
    if (call->state != PLX_CALL_HELD)
        return;
    enter(call, call->body_open ? PLX_CALL_ANSWERING : PLX_CALL_ASKED);
    plx_stream_read(&call->peer->stream);
    set_answer_deadline(call);
}

/* What kind of body comes, as far as it matters before it is read. */
static void
look_at_type(struct plx_call *call, const struct plx_http1_head *head)
{
    struct plx_slice media_type = plx_http_header(&head->message, PLX_HEADER_CONTENT_TYPE);
    struct plx_media media = plx_media_read(media_type);
    bool coded = plx_http_header(&head->message, PLX_HEADER_CONTENT_ENCODING).len > 0;
    enum plx_body_type type;
    bool known = plx_media_body_type(&media, &type);

    call->coded = coded;
    call->plain = !coded && plx_length_is_plain(media_type);
    call->has_meaning = coded || !known || plx_body_is_tree(type);
    call->costly = coded || type == PLX_BODY_XML || type == PLX_BODY_HTML || type == PLX_BODY_MULTIPART;
}

/* How long a connection is kept of whose role it is known that it closes it after so many seconds. */
static uint32_t
keep_ms(uint32_t idle_s)
{
    uint32_t less = PLX_CALL_KEEP_LESS_MS;

    if (idle_s >= PLX_POOL_IDLE_MS / 1000 + less / 1000)
        return PLX_POOL_IDLE_MS;
    return idle_s * 1000 - (idle_s * 500 < less ? idle_s * 500 : less);
}

/* Keeps what the comparison and the record need of the head: without copies, nothing. */
static bool
keep_head(struct plx_call *call, struct plx_http1_head *head)
{
    call->keep_alive = head->keep_alive;
    call->keep_ms = keep_ms(head->idle_s);
    if (!call->terms->keeps) {
        call->status = head->message.status;
        return true;
    }
    look_at_type(call, head);
    if (!plx_capture_head(call->terms->arena, head, &call->headers))
        return false;
    call->status = head->message.status;
    call->header_count = head->message.header_count;
    uint64_t expected = head->framing == PLX_FRAMING_LENGTH ? head->content_length : 0;
    plx_capture_begin(&call->capture, call->terms->capture_bytes, expected);
    return true;
}

/* 101: the connection is the client's from here on. */
static void
switch_protocols(struct plx_call *call, struct plx_http1_head *head, struct plx_slice early)
{
    struct plx_peer *peer = call->peer;

    call->status = head->message.status;
    call->peer = NULL;
    enter(call, PLX_CALL_ENDED);
    call->outcome.duration_ns = took_ns(call);
    plx_deadline_clear(&call->deadline);
    call->terms->events->switched(call, head, peer, early);
}

enum head_result {
    HEAD_MORE,  /* not whole yet */
    HEAD_WHOLE, /* the body comes */
    HEAD_ENDED, /* the call has ended, nothing of it may be touched */
};

static enum head_result
read_head(struct plx_call *call, struct plx_slice *input)
{
    const struct plx_call_terms *terms = call->terms;
    struct plx_http1_head *head = &terms->context->head;
    struct plx_http_error error;
    size_t used;

    for (;;) {
        enum plx_status status =
            plx_http_read_answer(*input, &call->reader, terms->method, &terms->context->mended, head, &used, &error);
        if (status == PLX_AGAIN)
            return HEAD_MORE;
        if (status != PLX_OK) {
            end_refused(call, &error);
            return HEAD_ENDED;
        }
        call->reader = (struct plx_http_answer_reader){0};
        input->ptr += used;
        input->len -= used;
        if (head->message.status == 101) {
            if (is_serving(call) && terms->upgrade && terms->client)
                switch_protocols(call, head, *input);
            else
                end_refused_for(call, "it switches protocols (101), which nobody has asked for");
            return HEAD_ENDED;
        }
        if (head->message.status >= 200)
            break;
        call->interim_bytes += (uint32_t)used;
        if (++call->interims > PLX_INTERIMS_MAX || call->interim_bytes > PLX_HTTP_HEAD_MAX) {
            end_refused_for(call, "too many answers of 1xx");
            return HEAD_ENDED;
        }
        if (is_serving(call))
            terms->events->interim(call, head);
    }
    if (!keep_head(call, head)) {
        end_failed(call, PLX_INCOMPARABLE_RESET);
        return HEAD_ENDED;
    }
    plx_http_body_init(&call->body, head->framing, head->content_length);
    call->body.old_spelling = true;
    call->body_open = true;
    enter(call, PLX_CALL_ANSWERING);
    if (is_serving(call))
        terms->events->head(call, head);
    return HEAD_WHOLE;
}

static void
keep_trailers(struct plx_call *call)
{
    struct plx_slice lines = plx_buffer_slice(&call->body.trailer);

    if (call->terms->keeps && lines.len &&
        !plx_capture_trailers(call->terms->arena, lines, &call->trailers, &call->trailer_count))
        call->capture.broken = true;
}

/* The role has answered before it had all of the request, and goes on to take it. */
static void
take_rest(struct plx_call *call)
{
    call->outcome.duration_ns = took_ns(call);
    plx_http_body_fini(&call->body);
    call->body_open = false;
    plx_deadline_clear(&call->deadline);
    enter(call, PLX_CALL_REST);
}

static void
body_whole(struct plx_call *call, bool more_follows)
{
    bool keep = call->keep_alive && !more_follows && !call->peer->stream.broken, rest = false;

    keep_trailers(call);
    if (is_serving(call))
        rest = call->terms->events->whole(call, plx_buffer_slice(&call->body.trailer));
    if (rest && keep)
        take_rest(call);
    else
        end_whole(call, keep && call->sent);
}

/* Of a copy: it comes in more small pieces than there is time for. Looked at before each, since one read may have
 * thousands. */
static bool
is_crumbs(struct plx_call *call)
{
    uint64_t paid = call->pieces_paid + PLX_COPY_PIECES_FREE + call->capture.length / PLX_COPY_PIECE_BYTES;

    if (is_serving(call) || call->pieces < paid)
        return false;
    call->pieces_paid += PLX_COPY_PIECES_STEP;
    return !plx_context_spend_excess(call->terms->context, PLX_COPY_PIECES_STEP * PLX_COPY_PIECE_BYTES);
}

/* The client has gone, and of what is left of this answer nothing is kept for the comparison. */
static bool
is_for_nobody(const struct plx_call *call)
{
    return is_serving(call) && !call->terms->client && call->capture.length > call->terms->capture_bytes;
}

static void
capture(struct plx_call *call, struct plx_slice data)
{
    size_t before = call->capture.kept.len;

    plx_capture_add(&call->capture, data);
    if (!plx_context_keep(call->terms->context, &call->terms->kept_bytes, call->capture.kept.len - before))
        call->capture.broken = true;
}

static void
read_body(struct plx_call *call, struct plx_slice input)
{
    const struct plx_call_terms *terms = call->terms;
    bool serving = is_serving(call);
    enum plx_status status;

    do {
        struct plx_slice data;
        status = plx_http_body_read(&call->body, &input, &data);
        if (status < 0)
            break;
        if (is_crumbs(call)) {
            end_failed(call, PLX_INCOMPARABLE_TOO_LARGE);
            return;
        }
        call->pieces++;
        if (data.len && terms->keeps)
            capture(call, data);
        if (data.len && serving)
            terms->events->body(call, data);
    } while (status == PLX_OK);

    if (status == PLX_DONE) {
        body_whole(call, input.len > 0);
        return;
    }
    if (status < 0) {
        end_refused(call, &call->body.error);
        return;
    }
    if (is_for_nobody(call)) {
        end_failed(call, PLX_INCOMPARABLE_CANCELED);
        return;
    }
    if (serving)
        set_answer_deadline(call);
    terms->events->read(call);
}

/* A head that came in pieces is gathered in `pending`; what follows it in the same piece is its body's beginning. */
static void
on_bytes(struct plx_peer *peer, struct plx_slice bytes)
{
    struct plx_call *call = peer->user;

    if (call->state == PLX_CALL_ANSWERING) {
        read_body(call, bytes);
        return;
    }
    if (call->state == PLX_CALL_REST) {
        end_rest(call, false); /* nobody asked for more */
        return;
    }
    struct plx_slice input = bytes;
    bool gathered = call->pending.len > 0;
    if (gathered) {
        plx_buffer_add(&call->pending, bytes);
        input = plx_buffer_slice(&call->pending);
    }
    const char *begin = input.ptr;
    switch (read_head(call, &input)) {
    case HEAD_ENDED:
        return;
    case HEAD_WHOLE:
        read_body(call, input);
        return;
    case HEAD_MORE:
        if (gathered)
            plx_buffer_drop(&call->pending, (size_t)(input.ptr - begin));
        else
            plx_buffer_add(&call->pending, input);
        if (call->pending.failed)
            end_refused_for(call, "the head is too long");
        else if (is_serving(call)) {
            if (input.ptr == begin) /* a head that drips is one that comes; answers of 1xx are none */
                set_answer_deadline(call);
            call->terms->events->read(call);
        }
    }
}

static bool
can_ask_again(const struct plx_call *call)
{
    return call->state == PLX_CALL_ASKED && !call->outcome.retried && call->peer->uses > 0 && may_repeat(call);
}

static void
ask_again(struct plx_call *call, enum plx_status why)
{
    struct plx_slice head = own_head(call);

    call->outcome.retried = true;
    call->outcome.lapsed = why == PLX_DONE && call->peer->idle_ms >= PLX_CALL_LAPSED_MS;
    let_go(call, false);
    if (is_serving(call))
        wait_with(call, &head, 1);
    open_connection(call);
}

static void
on_ended(struct plx_peer *peer, enum plx_status why)
{
    struct plx_call *call = peer->user;

    if (call->state == PLX_CALL_REST) {
        end_rest(call, false);
        return;
    }
    if (can_ask_again(call)) {
        ask_again(call, why);
        return;
    }
    if (call->state == PLX_CALL_ANSWERING && why == PLX_DONE && plx_http_body_eof(&call->body) == PLX_DONE) {
        call->keep_alive = false;
        body_whole(call, false);
        return;
    }
    end_failed(call, PLX_INCOMPARABLE_RESET);
}

/* ---- life ---- */

void
plx_call_init(struct plx_call *call, struct plx_call_terms *terms, enum plx_role role, struct plx_loop *loop)
{
    memset(call, 0, sizeof(*call));
    call->terms = terms;
    call->role = role;
    plx_deadline_init(&call->deadline, loop, on_deadline);
    plx_buffer_init(&call->waiting, WAITING_BYTES_MAX);
    plx_buffer_init(&call->pending, PLX_HTTP_HEAD_MAX + PLX_READ_BYTES);
    plx_list_init(&call->connect.link);
    plx_capture_init(&call->capture);
}

void
plx_call_reset(struct plx_call *call)
{
    PLX_ASSERT(!plx_call_is_active(call));
    if (call->state == PLX_CALL_NONE)
        return;
    enter(call, PLX_CALL_NONE);
    memset(&call->outcome, 0, sizeof(call->outcome));
    plx_buffer_trim(&call->waiting, PLX_HTTP_HEAD_MAX);
    plx_buffer_trim(&call->pending, PLX_HTTP_HEAD_MAX);
    call->reader = (struct plx_http_answer_reader){0};
    call->detail[0] = '\0';
    call->keep_alive = call->sent = call->has_meaning = call->costly = call->coded = call->plain = false;
    call->length_looked_at = call->length_paid = 0;
    call->cut = false;
    call->held_ns = 0;
    call->interims = call->interim_bytes = 0;
    call->pieces = call->pieces_paid = 0;
    call->status = 0;
    call->headers = NULL;
    call->trailers = NULL;
    call->header_count = call->trailer_count = call->request_count = 0;
    plx_capture_reset(&call->capture);
}

void
plx_call_fini(struct plx_call *call, void (*closed)(struct plx_deadline *deadline))
{
    plx_call_reset(call);
    plx_buffer_fini(&call->waiting);
    plx_buffer_fini(&call->pending);
    plx_capture_fini(&call->capture);
    plx_deadline_close(&call->deadline, closed);
}
