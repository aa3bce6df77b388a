/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's connection; its states are drawn in the header. The hard thing: an exchange may end while its request is
 * still being read, and what was sent ahead must wait; so all input goes through `advance`, which takes as much as may
 * be taken now and leaves the rest in `pending`.
 */
#include "traffic/exchange/connection.h"

#include "base/assert.h"
#include "message/reason.h"
#include "traffic/exchange/begin.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/head.h"
#include "traffic/http1/write.h"

#include <stdio.h>
#include <stdlib.h>

static void set_deadline(struct plx_connection *connection);

static struct plx_connection *
connection_of(struct plx_stream *stream)
{
    return PLX_CONTAINER(stream, struct plx_connection, stream);
}

static struct plx_connection *
connection_of_client(struct plx_exchange_client *client)
{
    return PLX_CONTAINER(client, struct plx_connection, client);
}

static bool
is_closing(const struct plx_connection *connection)
{
    return connection->state == PLX_CONNECTION_CLOSING;
}

static bool
is_past_requests(const struct plx_connection *connection)
{
    return connection->state >= PLX_CONNECTION_TUNNEL;
}

/* The one door to another state. */
static void
enter(struct plx_connection *connection, enum plx_connection_state state)
{
#define TO(state) (1u << PLX_CONNECTION_##state)
    static const uint8_t next[] = {
        [PLX_CONNECTION_NEW] = TO(IDLE) | TO(HEAD) | TO(BODY) | TO(WAITING) | TO(CLOSING),
        [PLX_CONNECTION_IDLE] = TO(IDLE) | TO(HEAD) | TO(BODY) | TO(WAITING) | TO(CLOSING),
        [PLX_CONNECTION_HEAD] = TO(IDLE) | TO(BODY) | TO(WAITING) | TO(CLOSING),
        [PLX_CONNECTION_BODY] = TO(WAITING) | TO(CLOSING),
        [PLX_CONNECTION_WAITING] = TO(IDLE) | TO(TUNNEL) | TO(CLOSING),
        [PLX_CONNECTION_TUNNEL] = TO(CLOSING),
        [PLX_CONNECTION_CLOSING] = TO(CLOSING),
    };
#undef TO

    PLX_ASSERT(next[connection->state] & 1u << state);
    PLX_ASSERT((state == PLX_CONNECTION_BODY || state == PLX_CONNECTION_WAITING) == (connection->exchange != NULL));
    if (connection->state == PLX_CONNECTION_BODY && state == PLX_CONNECTION_CLOSING)
        plx_http_body_fini(&connection->body);
    connection->state = state;
}

/* ---- ends ---- */

static void
leave(struct plx_connection *connection)
{
    struct plx_exchange *exchange = connection->exchange;

    connection->exchange = NULL;
    if (connection->state == PLX_CONNECTION_TUNNEL)
        plx_tunnel_close(&connection->tunnel);
    enter(connection, PLX_CONNECTION_CLOSING);
    if (exchange)
        plx_exchange_client_gone(exchange);
}

static void
close_at_once(struct plx_connection *connection)
{
    leave(connection);
    plx_stream_close(&connection->stream);
}

static void
close_gently(struct plx_connection *connection)
{
    leave(connection);
    plx_stream_close_gently(&connection->stream);
}

static void
on_closed(struct plx_stream *stream)
{
    struct plx_connection *connection = connection_of(stream);

    PLX_ASSERT(is_closing(connection));
    plx_list_remove(&connection->link);
    plx_buffer_fini(&connection->pending);
    free(connection);
}

static void
count_refused(struct plx_connection *connection, int status)
{
    struct plx_tally *tally = plx_context_tally(connection->context);
    enum plx_refused reason = PLX_REFUSED_MALFORMED;

    if (status == 414 || status == 431)
        reason = PLX_REFUSED_TOO_LARGE;
    else if (status == 501 || status == 505)
        reason = PLX_REFUSED_UNSUPPORTED;
    else if (status == 408)
        reason = PLX_REFUSED_TIMEOUT;
    if (tally)
        plx_tally_refuse(tally, reason);
}

static void
after_output(struct plx_connection *connection)
{
    if (connection->stream.full && !connection->stalled)
        set_deadline(connection);
}

/* false: the client is gone. */
static bool
answer_own(struct plx_connection *connection, int status, const char *text, bool head_only)
{
    const struct plx_own_answer answer = {
        .status = status,
        .lines = plx_slice_of("Content-Type: text/plain\r\n"),
        .body = plx_slice_of(text),
        .head_only = head_only,
    };

    plx_relay_own(&connection->relay, &answer);
    after_output(connection);
    return !connection->stream.broken;
}

/* An answer of our own to a request that can't be read; the connection can't go on after it (RFC 9112, 9.6). */
static void
refuse(struct plx_connection *connection, int status, const char *text)
{
    char body[256];

    snprintf(body, sizeof(body), "%d %s: %s\n", status, plx_http_reason(status), text);
    if (connection->exchange) { /* which is counted as uncopied */
        connection->exchange->answer_status = status;
        connection->exchange->answer_bytes = strlen(body);
    } else {
        count_refused(connection, status);
    }
    connection->relay.keep_alive = false;
    if (answer_own(connection, status, body, false))
        close_gently(connection);
    else
        close_at_once(connection);
}

static void
refuse_for(struct plx_connection *connection, const struct plx_http_error *error)
{
    char text[PLX_HTTP_ERROR_TEXT_MAX];

    plx_http_error_print(error, text);
    refuse(connection, error->status, text);
}

struct refusal {
    int status;
    const char *text;
};

static struct refusal
refusal_of(const struct plx_http1_head *head, enum plx_refused reason)
{
    if (reason == PLX_REFUSED_NO_SERVICE)
        return (struct refusal){404, "404 Not Found: no service takes this host; the log names those that are taken\n"};
    if (reason == PLX_REFUSED_MAX_FORWARDS) /* its last recipient answers (RFC 9110, 7.6.2) */
        return head->message.method_id == PLX_METHOD_OPTIONS
                   ? (struct refusal){200, ""}
                   : (struct refusal){501, "501 Not Implemented: Parallax itself answers no TRACE\n"};
    if (reason == PLX_REFUSED_TOO_LARGE)
        return (struct refusal){414, "414 URI Too Long: the target can't be rewritten within the limits\n"};
    return (struct refusal){503, "503 Service Unavailable: out of memory\n"};
}

#define HOSTS_TEXT_MAX 400u /* bytes of the hosts that are named where nobody takes one */

/* "a.example, *.b.example and 3 more" */
static void
write_hosts(const struct plx_snapshot *snapshot, struct plx_buffer *text)
{
    size_t more = 0;

    for (size_t i = 0; i < snapshot->service_count; i++)
        for (size_t k = 0; k < snapshot->services[i].host_count; k++) {
            struct plx_slice host = plx_slice_of(snapshot->services[i].hosts[k]);
            if (more || text->len + host.len + 2 > HOSTS_TEXT_MAX) {
                more++;
                continue;
            }
            plx_buffer_text(text, text->len ? ", " : "");
            plx_buffer_add(text, host);
        }
    if (more)
        plx_buffer_format(text, " and %zu more", more);
}

/* The hosts are told here and not to the client, who may be anybody. */
static void
log_unknown_host(struct plx_connection *connection, const struct plx_http1_head *head)
{
    struct plx_buffer hosts;

    if (!plx_log_allowed(&connection->context->log_limit, 5, NULL))
        return;
    plx_buffer_init(&hosts, HOSTS_TEXT_MAX + 40);
    write_hosts(connection->context->view->snapshot, &hosts);
    plx_log(PLX_LOG_WARN, "no_service", PLX_SLICE("host", head->message.host), PLX_TEXT("client", connection->address),
            PLX_SLICE("hosts", plx_buffer_slice(&hosts)),
            PLX_TEXT("mend", "name the host in `hosts` of a service, or give one service `*`"));
    plx_buffer_fini(&hosts);
}

/* The same to one that can be read, but that gets no exchange. Whether the connection goes on. */
static bool
refuse_head(struct plx_connection *connection, const struct plx_http1_head *head, enum plx_refused reason)
{
    struct plx_tally *tally = plx_context_tally(connection->context);
    struct refusal refusal = refusal_of(head, reason);
    bool bodyless =
        head->framing == PLX_FRAMING_NONE || (head->framing == PLX_FRAMING_LENGTH && head->content_length == 0);

    if (tally)
        plx_tally_refuse(tally, reason);
    if (reason == PLX_REFUSED_NO_SERVICE)
        log_unknown_host(connection, head);
    connection->relay.keep_alive &= bodyless;
    return answer_own(connection, refusal.status, refusal.text, head->message.method_id == PLX_METHOD_HEAD) &&
           connection->relay.keep_alive;
}

/* NULL: there is none, and the reason is set. */
static struct plx_exchange *
begin(struct plx_connection *connection, struct plx_http1_head *head, enum plx_refused *refused)
{
    uint64_t left;

    *refused = PLX_REFUSED_MAX_FORWARDS;
    if (plx_http_forwards_left(&head->message, &left) && left == 0)
        return NULL;
    return plx_exchange_begin(connection->context, &connection->client, head, refused);
}

/* ---- requests ---- */

/* false: nothing more can be read for now, or ever. */
static bool
read_body(struct plx_connection *connection, struct plx_slice *input)
{
    enum plx_status status;

    do {
        struct plx_slice data;
        status = plx_http_body_read(&connection->body, input, &data);
        if (status < 0 || data.len == 0)
            continue;
        if (plx_exchange_is_answered(connection->exchange))
            connection->rest += data.len;
        plx_exchange_body(connection->exchange, data);
    } while (status == PLX_OK);
    connection->expects = false;

    if (status >= 0 && connection->rest > PLX_REST_BYTES_MAX) {
        close_gently(connection);
        return false;
    }

    if (status == PLX_DONE) {
        enter(connection, PLX_CONNECTION_WAITING);
        plx_exchange_body_end(connection->exchange, plx_buffer_slice(&connection->body.trailer));
        plx_http_body_fini(&connection->body);
        return true;
    }
    if (status == PLX_AGAIN)
        return false;
    connection->body.error.status = status == PLX_E_MEMORY ? 503 : 400;
    if (connection->exchange->answer_begun)
        close_at_once(connection);
    else
        refuse_for(connection, &connection->body.error);
    return false;
}

/* false: the head is not whole, or the connection does not go on. */
static bool
read_head(struct plx_connection *connection, struct plx_slice *input)
{
    struct plx_context *context = connection->context;
    struct plx_http1_head *head = &context->head;
    struct plx_http_error error;
    enum plx_refused refused;

    enum plx_status status = plx_http_read_request(*input, &connection->scanned, head, &error);
    if (status == PLX_AGAIN)
        return false;
    if (status != PLX_OK) {
        refuse_for(connection, &error);
        return false;
    }
    connection->scanned = 0;
    input->ptr += head->bytes.len;
    input->len -= head->bytes.len;
    connection->relay.minor = head->minor;
    connection->relay.keep_alive = head->keep_alive;
    connection->exchange = begin(connection, head, &refused);
    if (!connection->exchange) {
        bool keep = refuse_head(connection, head, refused);
        enter(connection, PLX_CONNECTION_IDLE);
        if (!keep)
            close_gently(connection);
        return keep;
    }
    if (connection->exchange->terms.bodyless) {
        enter(connection, PLX_CONNECTION_WAITING);
        plx_exchange_body_end(connection->exchange, plx_slice_make("", 0));
        return true;
    }
    plx_http_body_init(&connection->body, head->framing, head->content_length);
    connection->expects = head->message.expect_continue;
    connection->rest = 0;
    enter(connection, PLX_CONNECTION_BODY);
    return true;
}

/* Takes what may be taken of the input now; the rest is what is left of it. */
static void
take(struct plx_connection *connection, struct plx_slice *input)
{
    bool more = true;

    while (more && input->len) {
        switch (connection->state) {
        case PLX_CONNECTION_NEW:
        case PLX_CONNECTION_IDLE:
        case PLX_CONNECTION_HEAD:
            more = read_head(connection, input);
            break;
        case PLX_CONNECTION_BODY:
            more = read_body(connection, input);
            break;
        case PLX_CONNECTION_WAITING:
        case PLX_CONNECTION_TUNNEL:
        case PLX_CONNECTION_CLOSING:
            return;
        }
    }
}

static bool
must_pause(const struct plx_connection *connection)
{
    if (connection->state == PLX_CONNECTION_BODY && plx_exchange_is_full(connection->exchange))
        return true;
    return connection->pending.len >= PLX_PIPELINE_BYTES_MAX;
}

static void
after_input(struct plx_connection *connection)
{
    bool begun = false;

    if (is_past_requests(connection))
        return;
    if (connection->ended && connection->state == PLX_CONNECTION_BODY && !connection->advancing) {
        close_at_once(connection); /* a request that was sent ahead, and not to its end */
        return;
    }
    if (!connection->exchange) {
        if (connection->ended) {
            close_gently(connection);
            return;
        }
        begun = connection->state == PLX_CONNECTION_HEAD;
        if (!begun && connection->pending.len)
            enter(connection, PLX_CONNECTION_HEAD);
    }
    if (must_pause(connection))
        plx_stream_pause(&connection->stream);
    else if (!connection->ended)
        plx_stream_read(&connection->stream);
    if (!begun) /* a head has its time from its beginning on */
        set_deadline(connection);
}

/* What was sent ahead, now that it may be its turn. Not entered again from within itself. */
static void
advance(struct plx_connection *connection)
{
    if (connection->advancing)
        return;
    connection->advancing = true;
    for (;;) {
        struct plx_slice input = plx_buffer_slice(&connection->pending);
        size_t before = input.len;
        if (before == 0 || is_past_requests(connection))
            break;
        take(connection, &input);
        if (input.len == before)
            break;
        plx_buffer_drop(&connection->pending, before - input.len);
    }
    connection->advancing = false;
    if (connection->pending.len == 0 && connection->pending.cap)
        plx_buffer_trim(&connection->pending, 0);
    after_input(connection);
}

static void
on_bytes(struct plx_stream *stream, struct plx_slice bytes)
{
    struct plx_connection *connection = connection_of(stream);

    if (connection->state == PLX_CONNECTION_TUNNEL) {
        plx_tunnel_to_peer(&connection->tunnel, bytes);
        return;
    }
    if (connection->pending.len == 0) {
        connection->advancing = true;
        take(connection, &bytes);
        connection->advancing = false;
        if (bytes.len == 0) {
            after_input(connection);
            return;
        }
    }
    if (is_past_requests(connection))
        return;
    plx_buffer_add(&connection->pending, bytes);
    if (connection->pending.failed)
        close_at_once(connection);
    else
        advance(connection);
}

/* ---- what its exchange tells: see exchange_client.h ---- */

static void
tell_go_on(struct plx_exchange_client *client)
{
    static const struct plx_slice text = {"HTTP/1.1 100 Continue\r\n\r\n", 25};

    connection_of_client(client)->expects = false;
    (void)!plx_stream_write(&connection_of_client(client)->stream, &text, 1); /* its end is noticed from the loop */
}

static void
tell_interim(struct plx_exchange_client *client, const struct plx_http1_head *head)
{
    if (head->message.status == 100)
        connection_of_client(client)->expects = false;
    plx_relay_interim(&connection_of_client(client)->relay, head);
}

/* Whether what is left of the request will be read, as far as is known. One that waits for a 100 may send it or not
 * (RFC 9110, 10.1.1), and what comes next could be either. */
static bool
rest_will_be_read(const struct plx_connection *connection, bool role_takes_it)
{
    return !connection->expects && (role_takes_it || connection->body.framing != PLX_FRAMING_LENGTH ||
                                    connection->body.left <= PLX_REST_BYTES_MAX);
}

static void
tell_head(struct plx_exchange_client *client, const struct plx_http1_head *head)
{
    struct plx_connection *connection = connection_of_client(client);

    if (connection->state == PLX_CONNECTION_BODY && !rest_will_be_read(connection, head->keep_alive))
        connection->relay.keep_alive = false;
    plx_relay_head(&connection->relay, head);
}

static void
tell_body(struct plx_exchange_client *client, struct plx_slice data)
{
    plx_relay_body(&connection_of_client(client)->relay, data);
}

static void
tell_end(struct plx_exchange_client *client, struct plx_slice trailer)
{
    struct plx_connection *connection = connection_of_client(client);

    plx_relay_end(&connection->relay, trailer);
    after_output(connection);
}

/* An answer that only the connection's end can end is not held up by the rest of the request. */
static bool
tell_stays(struct plx_exchange_client *client)
{
    const struct plx_connection *connection = connection_of_client(client);

    PLX_ASSERT(connection->state == PLX_CONNECTION_BODY);
    return connection->relay.framing != PLX_FRAMING_CLOSE && !connection->expects && !connection->stream.broken;
}

static bool
tell_flush(struct plx_exchange_client *client)
{
    struct plx_connection *connection = connection_of_client(client);

    plx_relay_flush(&connection->relay);
    after_output(connection);
    return !connection->stream.full;
}

static void
tell_own(struct plx_exchange_client *client, const struct plx_own_answer *answer)
{
    struct plx_connection *connection = connection_of_client(client);

    connection->relay.keep_alive &= connection->state == PLX_CONNECTION_WAITING;
    plx_relay_own(&connection->relay, answer);
    after_output(connection);
}

static void
tell_answered(struct plx_exchange_client *client)
{
    struct plx_connection *connection = connection_of_client(client);

    connection->exchange = NULL;
    if (connection->state != PLX_CONNECTION_WAITING || !connection->relay.keep_alive || connection->stream.broken) {
        close_gently(connection);
        return;
    }
    enter(connection, PLX_CONNECTION_IDLE);
    advance(connection);
}

/* The client must see that its answer was cut off: where the connection's end would look like the answer's, by a reset.
 */
static void
tell_cut(struct plx_exchange_client *client)
{
    struct plx_connection *connection = connection_of_client(client);

    plx_relay_flush(&connection->relay);
    connection->exchange = NULL;
    leave(connection);
    if (connection->relay.framing == PLX_FRAMING_CLOSE)
        plx_stream_reset(&connection->stream);
    else
        plx_stream_close_gently(&connection->stream);
}

static void
tell_resume(struct plx_exchange_client *client)
{
    after_input(connection_of_client(client));
}

static void
on_tunnel_ended(struct plx_stream *stream)
{
    close_gently(connection_of(stream));
}

static void
tell_tunnel(struct plx_exchange_client *client, struct plx_peer *peer, struct plx_slice early)
{
    struct plx_connection *connection = connection_of_client(client);
    struct plx_buffer *pending = &connection->pending;

    connection->exchange = NULL;
    enter(connection, PLX_CONNECTION_TUNNEL);
    connection->stalled = false;
    connection->tunnel = (struct plx_tunnel){
        .client = &connection->stream, .peer = peer, .context = connection->context, .ended = on_tunnel_ended};
    plx_tunnel_begin(&connection->tunnel);
    plx_tunnel_to_client(&connection->tunnel, early);
    if (connection->state == PLX_CONNECTION_TUNNEL)
        plx_tunnel_to_peer(&connection->tunnel, plx_buffer_slice(pending));
    plx_buffer_fini(pending);
}

static const struct plx_exchange_client_ops client_ops = {
    .go_on = tell_go_on,
    .interim = tell_interim,
    .head = tell_head,
    .body = tell_body,
    .end = tell_end,
    .flush = tell_flush,
    .stays = tell_stays,
    .own = tell_own,
    .answered = tell_answered,
    .cut = tell_cut,
    .resume = tell_resume,
    .tunnel = tell_tunnel,
};

/* ---- the stream's events ---- */

static void
on_drained(struct plx_stream *stream)
{
    struct plx_connection *connection = connection_of(stream);

    if (connection->state == PLX_CONNECTION_TUNNEL) {
        plx_tunnel_client_drained(&connection->tunnel);
        return;
    }
    if (connection->exchange)
        plx_exchange_client_drained(connection->exchange);
    set_deadline(connection);
}

/* ---- time and ends ---- */

static void
set_deadline(struct plx_connection *connection)
{
    const struct plx_client_timeouts *timeouts = &connection->context->view->snapshot->clients;
    struct plx_deadline *deadline = &connection->stream.deadline;

    if (connection->stream.broken || is_closing(connection))
        return;
    if (connection->stream.full) {
        if (connection->stalled)
            return; /* whatever it sends meanwhile */
        connection->stalled = true;
        (void)plx_stream_moves(&connection->stream);
        plx_deadline_set(deadline, timeouts->send);
        return;
    }
    connection->stalled = false;
    switch (connection->state) {
    case PLX_CONNECTION_NEW:
    case PLX_CONNECTION_IDLE:
        plx_deadline_set(deadline, connection->context->draining && timeouts->idle > PLX_DRAIN_IDLE_MS
                                       ? PLX_DRAIN_IDLE_MS
                                       : timeouts->idle);
        break;
    case PLX_CONNECTION_HEAD:
        plx_deadline_set(deadline, timeouts->head);
        break;
    case PLX_CONNECTION_BODY:
        if (connection->stream.reading)
            plx_deadline_set(deadline, timeouts->body);
        else
            plx_deadline_clear(deadline); /* the serving role's time counts */
        break;
    case PLX_CONNECTION_WAITING:
        plx_deadline_clear(deadline);
        break;
    case PLX_CONNECTION_TUNNEL: /* its own */
    case PLX_CONNECTION_CLOSING:
        break;
    }
}

static void
on_timeout(struct plx_stream *stream)
{
    struct plx_connection *connection = connection_of(stream);

    if (connection->stalled && !stream->broken && plx_stream_moves(stream))
        plx_deadline_set(&stream->deadline, connection->context->view->snapshot->clients.send);
    else if (stream->broken || stream->full || connection->state == PLX_CONNECTION_TUNNEL)
        close_at_once(connection);
    else if (connection->state == PLX_CONNECTION_HEAD ||
             (connection->state == PLX_CONNECTION_BODY && !connection->exchange->answer_begun))
        refuse(connection, 408, "the request took too long");
    else
        close_gently(connection);
}

/*
 * A client that has closed its side may still wait for the answer to what it has sent; one whose request is not whole
 * can't get one.
 */
static void
on_ended(struct plx_stream *stream, enum plx_status why)
{
    struct plx_connection *connection = connection_of(stream);

    if (connection->state == PLX_CONNECTION_TUNNEL) {
        plx_tunnel_client_ended(&connection->tunnel, why);
        return;
    }
    connection->ended = true;
    if (why != PLX_DONE || connection->state == PLX_CONNECTION_BODY || stream->broken)
        close_at_once(connection);
    else if (!connection->exchange)
        close_gently(connection);
}

static const struct plx_stream_events stream_events = {
    .bytes = on_bytes,
    .ended = on_ended,
    .drained = on_drained,
    .timeout = on_timeout,
    .closed = on_closed,
};

void
plx_connection_accept(struct plx_context *context, struct plx_listener *listener)
{
    struct plx_connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return;
    if (plx_stream_init(&connection->stream, &context->loop, &stream_events) != PLX_OK) {
        free(connection);
        return;
    }
    connection->context = context;
    connection->client =
        (struct plx_exchange_client){.ops = &client_ops, .port = listener->user, .address = connection->address};
    connection->relay = (struct plx_relay){.context = context, .stream = &connection->stream};
    plx_list_push_back(&context->connections, &connection->link);
    plx_buffer_init(&connection->pending, PLX_PIPELINE_BYTES_MAX + PLX_READ_BYTES + PLX_HTTP_HEAD_MAX);
    if (plx_listener_accept(listener, &connection->stream, connection->address) != PLX_OK) {
        close_at_once(connection);
        return;
    }
    plx_stream_read(&connection->stream);
    set_deadline(connection);
}

void
plx_connections_drain(struct plx_context *context)
{
    context->draining = true;
    for (struct plx_list *link = context->connections.next; link != &context->connections; link = link->next) {
        struct plx_connection *connection = PLX_CONTAINER(link, struct plx_connection, link);
        if (connection->state == PLX_CONNECTION_IDLE || connection->state == PLX_CONNECTION_NEW)
            set_deadline(connection);
    }
}

void
plx_connections_close(struct plx_context *context)
{
    struct plx_list *link = context->connections.next;

    while (link != &context->connections) {
        struct plx_connection *connection = PLX_CONTAINER(link, struct plx_connection, link);
        link = link->next;
        close_at_once(connection);
    }
}

static bool
has_new(const struct plx_context *context)
{
    for (const struct plx_list *link = context->connections.next; link != &context->connections; link = link->next)
        if (PLX_CONTAINER(link, struct plx_connection, link)->state == PLX_CONNECTION_NEW)
            return true;
    return false;
}

/* How many of them were closed, at most so many. */
static unsigned
close_some(struct plx_context *context, enum plx_connection_state state, uint64_t until_ms, unsigned at_most)
{
    struct plx_list *link = context->connections.next;
    struct plx_tally *tally = plx_context_tally(context);
    unsigned count = 0;

    while (link != &context->connections && count < at_most) {
        struct plx_connection *connection = PLX_CONTAINER(link, struct plx_connection, link);
        link = link->next;
        if (connection->state != state || connection->stream.deadline.at_ms > until_ms || connection->stream.queued)
            continue; /* another one, or it is still given its last answer */
        close_at_once(connection);
        count++;
        if (tally)
            plx_tally_refuse(tally, PLX_REFUSED_DESCRIPTORS);
    }
    return count;
}

void
plx_connections_make_room(struct plx_context *context)
{
    const unsigned at_most = context->loop.streams_max / 16 + 1;
    const uint64_t now = plx_loop_now_ms(&context->loop), idle_ms = context->view->snapshot->clients.idle;
    const uint64_t until_ms = now + idle_ms - PLX_CLIENT_GRACE_MS; /* they have what is left of idle_ms */

    if (close_some(context, PLX_CONNECTION_NEW, until_ms, at_most) > 0 || has_new(context))
        return;
    context->crowded_ms = now;
    (void)close_some(context, PLX_CONNECTION_IDLE, until_ms, at_most);
}
