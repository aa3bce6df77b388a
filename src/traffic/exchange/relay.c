/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The serving role's answer to the client: the head rewritten, the body as it came, framed anew where the client's
 * version or the answer's framing asks for it. What one read of the role gives goes out in one write.
 */
#include "traffic/exchange/relay.h"

#include "message/reason.h"
#include "traffic/exchange/connection.h"
#include "traffic/http1/write.h"

#include <stdio.h>

static struct plx_gather *
gather_of(struct plx_exchange *exchange)
{
    return &exchange->context->gather;
}

static void
gather(struct plx_exchange *exchange, struct plx_slice slice)
{
    struct plx_gather *gather = gather_of(exchange);

    gather->slices[gather->count++] = slice;
}

/* What the given writes into the context's scratch, gathered. */
#define GATHER_WRITTEN(exchange, out, WRITE)                                          \
    do {                                                                              \
        size_t begin_ = (out)->len;                                                   \
        WRITE;                                                                        \
        gather((exchange), plx_slice_make((out)->ptr + begin_, (out)->len - begin_)); \
    } while (0)

static void
make_room(struct plx_exchange *exchange, size_t slices)
{
    struct plx_gather *gather = gather_of(exchange);

    if (gather->count + slices > PLX_GATHER_SLICES || gather->line_count == PLX_GATHER_LINES ||
        exchange->context->out.cap - exchange->context->out.len < 2 * PLX_HTTP_HEAD_MAX)
        plx_relay_flush(exchange);
}

void
plx_relay_flush(struct plx_exchange *exchange)
{
    struct plx_gather *gather = gather_of(exchange);
    struct plx_connection *connection = exchange->connection;

    if (gather->count && connection) {
        /* A client that is gone is noticed by its connection, from the loop. */
        (void)!plx_connection_send(connection, gather->slices, gather->count);
        if (connection->stream.full)
            plx_call_hold(plx_exchange_serving(exchange));
    }
    gather->count = gather->line_count = 0;
    plx_buffer_clear(&exchange->context->out);
}

void
plx_relay_interim(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct plx_buffer *out = &exchange->context->out;

    if (!exchange->connection || exchange->client_minor == 0)
        return; /* HTTP/1.0 has none (RFC 9110, 15.2) */
    make_room(exchange, 1);
    GATHER_WRITTEN(exchange, out, plx_http_write_response(out, head, 1, true, PLX_FRAMING_NONE));
}

static enum plx_http_framing
framing_to_client(const struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    if (head->framing == PLX_FRAMING_CHUNKED || head->framing == PLX_FRAMING_CLOSE)
        return exchange->client_minor ? PLX_FRAMING_CHUNKED : PLX_FRAMING_CLOSE;
    return head->framing;
}

void
plx_relay_head(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct plx_buffer *out = &exchange->context->out;

    exchange->answer_begun = true;
    exchange->answer_status = head->message.status;
    exchange->answer_framing = framing_to_client(exchange, head);
    exchange->keep_alive &= !exchange->context->draining && exchange->answer_framing != PLX_FRAMING_CLOSE;
    if (!exchange->connection)
        return;
    make_room(exchange, 1);
    GATHER_WRITTEN(
        exchange, out,
        plx_http_write_response(out, head, exchange->client_minor, exchange->keep_alive, exchange->answer_framing));
}

void
plx_relay_body(struct plx_exchange *exchange, struct plx_slice data)
{
    struct plx_gather *gathered = gather_of(exchange);

    exchange->answer_bytes += data.len;
    if (!exchange->connection)
        return;
    make_room(exchange, 3);
    if (exchange->answer_framing != PLX_FRAMING_CHUNKED) {
        gather(exchange, data);
        return;
    }
    char *line = gathered->lines[gathered->line_count++];
    gather(exchange, plx_slice_make(line, plx_http_chunk_line(line, data.len)));
    gather(exchange, data);
    gather(exchange, plx_slice_of("\r\n"));
}

void
plx_relay_end(struct plx_exchange *exchange, struct plx_slice trailer)
{
    if (!exchange->connection || exchange->answer_framing != PLX_FRAMING_CHUNKED)
        return;
    make_room(exchange, 3);
    gather(exchange, plx_slice_of("0\r\n"));
    gather(exchange, trailer);
    gather(exchange, plx_slice_of("\r\n"));
}

void
plx_relay_failure(struct plx_exchange *exchange, enum plx_incomparable reason)
{
    struct plx_connection *connection = exchange->connection;
    struct plx_buffer *out = &exchange->context->out;
    char body[128];

    if (!connection)
        return;
    if (exchange->answer_begun) {
        plx_relay_flush(exchange);
        exchange->connection = NULL;
        plx_connection_abort(connection, exchange->answer_framing == PLX_FRAMING_CLOSE);
        return;
    }
    int status = reason == PLX_INCOMPARABLE_TIMEOUT ? 504 : 502;
    snprintf(body, sizeof(body), "%d %s: the %s of this service gave no answer (%s)\n", status, plx_http_reason(status),
             plx_role_text(exchange->serving), plx_incomparable_text(reason));
    exchange->answer_begun = true;
    exchange->answer_status = status;
    exchange->answer_bytes = exchange->method == PLX_METHOD_HEAD ? 0 : strlen(body);
    exchange->keep_alive &= !exchange->context->draining && exchange->request_whole;
    make_room(exchange, 1);
    GATHER_WRITTEN(exchange, out,
                   plx_http_write_simple(out, status, plx_slice_of("text/plain"), plx_slice_of(""), plx_slice_of(body),
                                         exchange->method == PLX_METHOD_HEAD, exchange->keep_alive));
    plx_relay_flush(exchange);
    plx_exchange_client_done(exchange, exchange->keep_alive);
}
