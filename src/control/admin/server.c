/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP around the answers of the admin side. */
#include "control/admin/server.h"

#include "base/assert.h"
#include "message/method.h"
#include "message/reason.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/head.h"
#include "traffic/http1/write.h"
#include "traffic/net/descriptors.h"

#include <stdio.h>
#include <stdlib.h>

/* For what a browser shows: nothing from elsewhere, nothing inline, in nobody's frame. */
static const char browser_headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";

struct admin_connection {
    struct plx_stream stream;
    struct plx_list link;
    struct plx_admin_server *server;
    struct plx_buffer input; /* one request and what follows it; its memory does not move while a head points into it */
    size_t scanned;
    struct plx_http1_head head;
    struct plx_http_body reader;
    struct plx_buffer body;
    size_t body_at;                  /* of the input: not read by the body reader yet */
    bool in_body, ended;             /* ended: the client sends no more, but waits for its answer */
    bool begun;                      /* there are bytes of a request, which has its time */
    bool has_place, has_asked;       /* counted in the server's; a whole request has come */
    bool reading;                    /* waits for an answer as a reading, counted in the server's */
    uint64_t since_ms;               /* loop time, when it was accepted or has last ended a request */
    char address[64];                /* the client's */
    uint64_t generation;             /* the answer below waits for it; 0: none does */
    uint64_t asked_ms;               /* loop time, when the request was asked first */
    bool paced;                      /* the ticket's time is the deadline */
    uint64_t ticket;                 /* there is no answer yet; 0: none is to be asked for again */
    struct plx_admin_answer waiting; /* its body is the connection's */
};

static struct admin_connection *
connection_of(struct plx_stream *stream)
{
    return PLX_CONTAINER(stream, struct admin_connection, stream);
}

static bool
is_closing(const struct admin_connection *connection)
{
    return connection->stream.closing || connection->stream.linger;
}

static bool
is_waiting(const struct admin_connection *connection)
{
    return connection->generation || connection->ticket;
}

static bool
is_gone(const struct admin_connection *connection)
{
    return connection->stream.closing;
}

static uint64_t
now_ms(const struct plx_admin_server *server)
{
    return server->loop->ops->now_ms(server->loop);
}

/* ---- places ---- */

static void
give_up_place(struct admin_connection *connection)
{
    if (!connection->has_place)
        return;
    connection->has_place = false;
    connection->server->count--;
}

static void
end_reading(struct admin_connection *connection)
{
    if (!connection->reading)
        return;
    connection->reading = false;
    connection->server->readings--;
}

/* What a connection gives up its place for, the least first. */
enum worth {
    SAID_FAREWELL, /* all was written: only its peer's end is awaited */
    NEVER_ASKED,   /* silent, or with the beginning of a first request */
    ASKED_BEFORE,  /* between two requests, or in the next one */
    TAKES_ANSWER,  /* slowly */
    KEPT,          /* its answer is being made */
};

static enum worth
worth(const struct admin_connection *connection)
{
    if (connection->stream.queued)
        return TAKES_ANSWER;
    if (connection->stream.linger)
        return SAID_FAREWELL;
    if (is_waiting(connection))
        return KEPT;
    return connection->has_asked ? ASKED_BEFORE : NEVER_ASKED;
}

/* Those that may give up their places. */
struct candidates {
    struct admin_connection *oldest[KEPT]; /* of each worth; NULL: none */
    unsigned count[KEPT];
};

static struct candidates
find_candidates(struct plx_admin_server *server)
{
    struct candidates found = {.count = {0}};

    for (struct plx_list *link = server->connections.next; link != &server->connections; link = link->next) {
        struct admin_connection *connection = PLX_CONTAINER(link, struct admin_connection, link);
        enum worth of = worth(connection);
        if (is_gone(connection) || of == KEPT)
            continue;
        if (found.count[of]++ == 0 || connection->since_ms < found.oldest[of]->since_ms)
            found.oldest[of] = connection;
    }
    return found;
}

/*
 * The one that goes, or NULL: none may. Those that have asked keep half of the places while there are silent ones; of
 * these a new one is waited for, since its request may be on its way.
 */
static struct admin_connection *
choose(const struct plx_admin_server *server, const struct candidates *among)
{
    struct admin_connection *silent = among->oldest[NEVER_ASKED];

    if (among->oldest[SAID_FAREWELL])
        return among->oldest[SAID_FAREWELL];
    if (silent && among->count[ASKED_BEFORE] + among->count[TAKES_ANSWER] <= server->places / 2)
        return now_ms(server) - silent->since_ms < PLX_ADMIN_GRACE_MS ? NULL : silent;
    return among->oldest[ASKED_BEFORE] ? among->oldest[ASKED_BEFORE] : among->oldest[TAKES_ANSWER];
}

/* Whether one more connection finds a place. */
static bool
make_room(struct plx_admin_server *server)
{
    if (server->count < server->places)
        return true;

    const struct candidates among = find_candidates(server);
    struct admin_connection *chosen = choose(server, &among);
    if (!chosen)
        return false;
    give_up_place(chosen);
    plx_stream_close(&chosen->stream);
    return true;
}

/* ---- answers ---- */

static void
send_answer(struct admin_connection *connection, const struct plx_buffer *head, struct plx_slice body, bool keep)
{
    struct plx_slice slices[] = {plx_buffer_slice(head), body};

    if (head->failed || plx_stream_write(&connection->stream, slices, 2) != PLX_OK)
        plx_stream_close(&connection->stream);
    else if (!keep)
        plx_stream_close_gently(&connection->stream);
}

/* What can't be read as a request, or waited too long. */
static void
refuse(struct admin_connection *connection, int status, const char *text)
{
    struct plx_admin_answer made = {0};
    struct plx_buffer out;

    plx_buffer_init(&out, 4096);
    plx_buffer_init(&made.body, 1024);
    plx_admin_fail(&made, status, "bad_request", "%s", text);
    plx_http_write_simple(&out, status, plx_slice_of(made.content_type), plx_slice_of(""), plx_buffer_slice(&made.body),
                          false, false);
    send_answer(connection, &out, plx_slice_of(""), false);
    plx_buffer_fini(&out);
    plx_buffer_fini(&made.body);
}

static void
write_head(struct plx_buffer *out, const struct plx_admin_answer *answer, bool keep)
{
    plx_buffer_format(out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n",
                      answer->status, plx_http_reason(answer->status), answer->content_type, answer->body.len);
    plx_buffer_text(out, browser_headers);
    if (answer->allow)
        plx_buffer_format(out, "Allow: %s\r\n", answer->allow);
    if (answer->status == 401)
        plx_buffer_text(out, "WWW-Authenticate: Bearer realm=\"parallax\"\r\n");
    plx_buffer_text(out, keep ? "\r\n" : "Connection: close\r\n\r\n");
}

static void
answer(struct admin_connection *connection, struct plx_admin_answer *answer)
{
    const struct plx_http1_head *head = &connection->head;
    bool keep = head->keep_alive && head->minor == 1 && !connection->ended && !connection->server->leaving,
         head_only = head->message.method_id == PLX_METHOD_HEAD;
    struct plx_buffer out;

    plx_buffer_init(&out, 4096);
    write_head(&out, answer, keep);
    send_answer(connection, &out, head_only ? plx_slice_of("") : plx_buffer_slice(&answer->body), keep);
    plx_buffer_fini(&out);
    plx_buffer_fini(&answer->body);
}

static void
ask(struct admin_connection *connection, bool late, struct plx_admin_answer *made)
{
    const struct plx_http1_head *head = &connection->head;
    struct plx_admin_request request = {
        .method = head->message.method,
        .target = head->message.path,
        .authorization = plx_http_header(&head->message, PLX_HEADER_AUTHORIZATION),
        .accept = plx_http_header_named(&head->message, plx_slice_of("Accept")),
        .origin = plx_http_header(&head->message, PLX_HEADER_ORIGIN),
        .fetch_site = plx_http_header(&head->message, PLX_HEADER_SEC_FETCH_SITE),
        .host = head->message.host,
        .body = plx_buffer_slice(&connection->body),
        .client = plx_slice_of(connection->address),
        .ticket = connection->ticket,
        .waited_ms = now_ms(connection->server) - connection->asked_ms,
        .late = late,
    };

    *made = (struct plx_admin_answer){0};
    plx_buffer_init(&made->body, PLX_ADMIN_ANSWER_MAX);
    connection->server->handle(connection->server->context, &request, made);
}

/* A reading that would have to wait where so many do already. */
static void
refuse_reading(struct admin_connection *connection, struct plx_admin_answer *made)
{
    plx_admin_fail(made, 503, "busy", "%u requests wait for an answer already; ask again",
                   connection->server->readings);
    answer(connection, made);
}

static bool
is_reading(const struct admin_connection *connection)
{
    return plx_http_method_is_safe(connection->head.message.method_id);
}

/* It is asked again with this ticket. */
static void
take_ticket(struct admin_connection *connection, struct plx_admin_answer *made)
{
    plx_buffer_fini(&made->body);
    connection->ticket = made->ticket;
    connection->paced = made->again_ms > 0;
    plx_deadline_set(&connection->stream.deadline, made->again_ms ? made->again_ms : connection->server->wait_ms);
}

static void
handle(struct admin_connection *connection)
{
    struct plx_admin_answer made;

    connection->has_asked = true;
    connection->asked_ms = now_ms(connection->server);
    ask(connection, false, &made);
    if (made.ticket && is_reading(connection) && connection->server->readings >= connection->server->places / 4 * 3) {
        refuse_reading(connection, &made);
        return;
    }
    if (made.ticket) {
        take_ticket(connection, &made);
        connection->reading = is_reading(connection);
        connection->server->readings += connection->reading;
    } else if (made.generation > connection->server->reached) {
        connection->waiting = made;
        connection->generation = made.generation;
        plx_deadline_set(&connection->stream.deadline, connection->server->wait_ms);
    } else {
        answer(connection, &made);
    }
}

static void
end_body(struct admin_connection *connection)
{
    connection->in_body = false;
    plx_http_body_fini(&connection->reader);
    plx_buffer_fini(&connection->body);
}

/* Reads the body as far as it is here; false: it is not whole, or can't be read. */
static bool
read_body(struct admin_connection *connection)
{
    struct plx_slice input =
        plx_slice_make(connection->input.ptr + connection->body_at, connection->input.len - connection->body_at);
    enum plx_status status;

    do {
        struct plx_slice data;
        status = plx_http_body_read(&connection->reader, &input, &data);
        if (status >= 0)
            plx_buffer_add(&connection->body, data);
    } while (status == PLX_OK);
    connection->body_at = connection->input.len - input.len;
    if (status < 0 || connection->body.failed) {
        refuse(connection, connection->body.failed ? 413 : 400,
               connection->body.failed ? "the body is too large" : connection->reader.error.text);
        return false;
    }
    return status == PLX_DONE;
}

/* Of two that differ the one that is looked at may be the wrong one. */
static bool
says_twice_who_asks(const struct plx_http_head *head)
{
    unsigned authorizations = 0, origins = 0, sites = 0;

    for (size_t i = 0; i < head->header_count; i++) {
        authorizations += head->header_ids[i] == PLX_HEADER_AUTHORIZATION;
        origins += head->header_ids[i] == PLX_HEADER_ORIGIN;
        sites += head->header_ids[i] == PLX_HEADER_SEC_FETCH_SITE;
    }
    return authorizations > 1 || origins > 1 || sites > 1;
}

static bool
read_head(struct admin_connection *connection)
{
    struct plx_http_error error = {400, "malformed request"};
    enum plx_status status =
        plx_http_read_request(plx_buffer_slice(&connection->input), &connection->scanned, &connection->head, &error);

    if (status == PLX_AGAIN)
        return false;
    if (status != PLX_OK) {
        refuse(connection, error.status, error.text);
        return false;
    }
    if (connection->head.framing == PLX_FRAMING_LENGTH && connection->head.content_length > PLX_ADMIN_BODY_MAX) {
        refuse(connection, 413, "the body is too large");
        return false;
    }
    if (says_twice_who_asks(&connection->head.message)) {
        refuse(connection, 400, "Authorization, Origin and Sec-Fetch-Site may each be there once");
        return false;
    }
    if (connection->head.message.expect_continue) {
        refuse(connection, 417, "send the body without Expect");
        return false;
    }
    connection->scanned = 0;
    connection->in_body = true;
    connection->body_at = connection->head.bytes.len;
    plx_buffer_init(&connection->body, PLX_ADMIN_BODY_MAX);
    plx_http_body_init(&connection->reader, connection->head.framing, connection->head.content_length);
    plx_deadline_set(&connection->stream.deadline, PLX_ADMIN_BODY_MS);
    return true;
}

static void
end_request(struct admin_connection *connection)
{
    end_body(connection);
    plx_buffer_drop(&connection->input, connection->body_at);
    connection->begun = false;
    connection->since_ms = now_ms(connection->server);
    if (is_closing(connection))
        return;
    (void)plx_stream_moves(&connection->stream);
    plx_deadline_set(&connection->stream.deadline, PLX_ADMIN_IDLE_MS);
}

/* Whether what was sent ahead stays where it is: its turn has not come, or its client takes no answers. */
static bool
is_held_up(const struct admin_connection *connection)
{
    return is_waiting(connection) || connection->stream.full;
}

/* The deadline stands since the first byte of a request: it may not be put off by sending slowly. */
static void
begin_request(struct admin_connection *connection)
{
    if (!connection->begun && connection->has_asked)
        plx_deadline_set(&connection->stream.deadline, PLX_ADMIN_HEAD_MS);
    connection->begun = true;
}

static void
take(struct admin_connection *connection)
{
    while (connection->input.len && !is_closing(connection) && !is_held_up(connection)) {
        begin_request(connection);
        if (!connection->in_body && !read_head(connection))
            return;
        if (!read_body(connection))
            return;
        handle(connection);
        if (!is_waiting(connection))
            end_request(connection);
    }
}

/* Requests one after the other; one whose answer waits, or is not taken, holds up those behind it. */
static void
advance(struct admin_connection *connection)
{
    take(connection);
    if (is_closing(connection))
        return;
    if (connection->input.len == 0)
        plx_buffer_trim(&connection->input, 0);
    if (is_held_up(connection) && connection->input.len + PLX_READ_BYTES > connection->input.max)
        plx_stream_pause(&connection->stream);
    else if (!connection->ended)
        plx_stream_read(&connection->stream);
}

static void
on_bytes(struct plx_stream *stream, struct plx_slice bytes)
{
    struct admin_connection *connection = connection_of(stream);

    if (!plx_buffer_reserve(&connection->input, connection->input.max - connection->input.len)) {
        plx_stream_close(stream);
        return;
    }
    plx_buffer_add(&connection->input, bytes);
    if (connection->input.failed)
        refuse(connection, 413, "the request is too large");
    else
        advance(connection);
}

static void
stop_waiting(struct admin_connection *connection)
{
    connection->generation = connection->ticket = 0;
    end_reading(connection);
    end_request(connection);
    advance(connection);
}

void
plx_admin_server_reached(struct plx_admin_server *server, uint64_t generation)
{
    struct plx_list *link = server->connections.next;

    server->reached = generation;
    while (link != &server->connections) {
        struct admin_connection *connection = PLX_CONTAINER(link, struct admin_connection, link);
        link = link->next;
        if (connection->generation == 0 || connection->generation > generation || is_closing(connection))
            continue;
        answer(connection, &connection->waiting);
        stop_waiting(connection);
    }
}

/* false: there is still no answer. */
static bool
ask_again(struct admin_connection *connection, bool late)
{
    struct plx_admin_answer made;

    ask(connection, late, &made);
    if (made.ticket) {
        if (made.ticket != connection->ticket || made.again_ms)
            take_ticket(connection, &made); /* another thing is waited for, which has its own time */
        else
            plx_buffer_fini(&made.body);
        return false;
    }
    answer(connection, &made);
    stop_waiting(connection);
    return true;
}

void
plx_admin_server_retry(struct plx_admin_server *server)
{
    struct plx_list *link = server->connections.next;

    while (link != &server->connections) {
        struct admin_connection *connection = PLX_CONTAINER(link, struct admin_connection, link);
        link = link->next;
        if (connection->ticket && !connection->paced && !is_closing(connection))
            ask_again(connection, false);
    }
}

static void
on_timeout(struct plx_stream *stream)
{
    struct admin_connection *connection = connection_of(stream);

    if (connection->ticket && connection->paced) {
        ask_again(connection, false);
        return;
    }
    if (connection->ticket && ask_again(connection, true))
        return;
    if (is_waiting(connection))
        refuse(connection, 503, "what was asked for is under way, but has taken too long to wait for; see the log");
    else if (stream->queued && plx_stream_moves(stream))
        plx_deadline_set(&stream->deadline, PLX_ADMIN_IDLE_MS);
    else
        plx_stream_close(stream);
}

static void
on_ended(struct plx_stream *stream, enum plx_status why)
{
    struct admin_connection *connection = connection_of(stream);

    if (why != PLX_DONE)
        plx_stream_close(stream);
    else if (is_held_up(connection))
        connection->ended = true;
    else
        plx_stream_close_gently(stream);
}

static void
on_drained(struct plx_stream *stream)
{
    struct admin_connection *connection = connection_of(stream);

    if (is_waiting(connection))
        return;
    plx_deadline_set(&stream->deadline, PLX_ADMIN_IDLE_MS);
    advance(connection);
    if (connection->ended && !is_held_up(connection))
        plx_stream_close_gently(stream);
}

static void
on_closed(struct plx_stream *stream)
{
    struct admin_connection *connection = connection_of(stream);

    if (connection->in_body)
        end_body(connection);
    if (connection->generation)
        plx_buffer_fini(&connection->waiting.body);
    plx_buffer_fini(&connection->input);
    plx_list_remove(&connection->link);
    end_reading(connection);
    give_up_place(connection);
    free(connection);
}

static const struct plx_stream_events stream_events = {
    .bytes = on_bytes,
    .ended = on_ended,
    .drained = on_drained,
    .timeout = on_timeout,
    .closed = on_closed,
};

static void
on_ready(struct plx_listener *listener)
{
    struct plx_admin_server *server = PLX_CONTAINER(listener, struct plx_admin_server, listener);
    struct admin_connection *connection = make_room(server) ? calloc(1, sizeof(*connection)) : NULL;

    if (!connection)
        return; /* asked again */
    if (plx_stream_init(&connection->stream, server->loop, &stream_events) != PLX_OK) {
        free(connection);
        return;
    }
    connection->server = server;
    connection->has_place = true;
    connection->since_ms = now_ms(server);
    server->count++;
    plx_list_push_back(&server->connections, &connection->link);
    plx_buffer_init(&connection->input, PLX_HTTP_HEAD_MAX + PLX_ADMIN_BODY_MAX + PLX_READ_BYTES);
    if (plx_listener_accept(listener, &connection->stream, connection->address) != PLX_OK) {
        plx_stream_close(&connection->stream);
        return;
    }
    plx_stream_read(&connection->stream);
    plx_deadline_set(&connection->stream.deadline, PLX_ADMIN_HEAD_MS);
}

enum plx_status
plx_admin_server_open(struct plx_admin_server *server, plx_admin_answerer *answerer, void *context, uint32_t wait_ms,
                      struct plx_loop *loop, int descriptor)
{
    server->handle = answerer;
    server->context = context;
    server->wait_ms = wait_ms;
    server->loop = loop;
    server->places = plx_descriptors_admin(plx_descriptors_limit(), PLX_ADMIN_CONNECTIONS_MAX);
    server->count = server->readings = 0;
    server->reached = 0;
    server->leaving = false;
    plx_list_init(&server->connections);
    return plx_listener_start(&server->listener, loop, descriptor, on_ready);
}

void
plx_admin_server_leave(struct plx_admin_server *server)
{
    server->leaving = true;
    plx_listener_close(&server->listener);
    for (struct plx_list *link = server->connections.next, *next; link != &server->connections; link = next) {
        struct admin_connection *connection = PLX_CONTAINER(link, struct admin_connection, link);
        next = link->next;
        if (connection->has_asked && !connection->begun && !is_waiting(connection) && !is_closing(connection))
            plx_stream_close_gently(&connection->stream);
    }
}

void
plx_admin_server_stop(struct plx_admin_server *server)
{
    plx_listener_close(&server->listener);
    while (!plx_list_empty(&server->connections)) {
        struct admin_connection *connection = PLX_CONTAINER(server->connections.next, struct admin_connection, link);
        plx_list_remove(&connection->link);
        plx_stream_close(&connection->stream);
    }
}
