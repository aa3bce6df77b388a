/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in HTTP/1 on their way to a client. */
#include "traffic/exchange/relay.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/write.h"

static void
gather(struct plx_relay *relay, struct plx_slice slice)
{
    struct plx_gather *gather = &relay->context->gather;

    gather->slices[gather->count++] = slice;
}

/* What the given writes into the context's scratch, gathered. */
#define GATHER_WRITTEN(relay, out, WRITE)                                          \
    do {                                                                           \
        size_t begin_ = (out)->len;                                                \
        WRITE;                                                                     \
        gather((relay), plx_slice_make((out)->ptr + begin_, (out)->len - begin_)); \
    } while (0)

static void
make_room(struct plx_relay *relay, size_t slices)
{
    const struct plx_gather *gather = &relay->context->gather;
    const struct plx_buffer *out = &relay->context->out;

    if (gather->count + slices > PLX_GATHER_SLICES || gather->line_count == PLX_GATHER_LINES ||
        out->cap - out->len < 2 * PLX_HTTP_HEAD_MAX)
        plx_relay_flush(relay);
}

void
plx_relay_flush(struct plx_relay *relay)
{
    struct plx_gather *gather = &relay->context->gather;
    struct plx_stream *stream = relay->stream;

    if (gather->count && plx_stream_write(stream, gather->slices, gather->count) != PLX_OK) {
        stream->broken = true;
        plx_deadline_set(&stream->deadline, 0); /* which brings the news from the loop */
    }
    gather->count = gather->line_count = 0;
    plx_buffer_clear(&relay->context->out);
}

void
plx_relay_interim(struct plx_relay *relay, const struct plx_http1_head *head)
{
    struct plx_buffer *out = &relay->context->out;

    if (relay->minor == 0)
        return; /* HTTP/1.0 has none (RFC 9110, 15.2) */
    const struct plx_http_reply reply = {.client_minor = 1, .keep_alive = true, .framing = PLX_FRAMING_NONE};
    make_room(relay, 1);
    GATHER_WRITTEN(relay, out, plx_http_write_response(out, head, &reply));
}

static enum plx_http_framing
framing_to_client(const struct plx_relay *relay, const struct plx_http1_head *head)
{
    if (head->framing == PLX_FRAMING_CHUNKED || head->framing == PLX_FRAMING_CLOSE)
        return relay->minor ? PLX_FRAMING_CHUNKED : PLX_FRAMING_CLOSE;
    return head->framing;
}

void
plx_relay_head(struct plx_relay *relay, const struct plx_http1_head *head)
{
    struct plx_buffer *out = &relay->context->out;

    relay->framing = framing_to_client(relay, head);
    relay->keep_alive &= plx_context_keeps_clients(relay->context) && relay->framing != PLX_FRAMING_CLOSE;
    const struct plx_http_reply reply = {
        .client_minor = relay->minor,
        .keep_alive = relay->keep_alive,
        .framing = relay->framing,
        .date = plx_context_date(relay->context),
    };
    make_room(relay, 1);
    GATHER_WRITTEN(relay, out, plx_http_write_response(out, head, &reply));
}

void
plx_relay_body(struct plx_relay *relay, struct plx_slice data)
{
    struct plx_gather *gathered = &relay->context->gather;

    make_room(relay, 3);
    if (relay->framing != PLX_FRAMING_CHUNKED) {
        gather(relay, data);
        return;
    }
    char *line = gathered->lines[gathered->line_count++];
    gather(relay, plx_slice_make(line, plx_http_chunk_line(line, data.len)));
    gather(relay, data);
    gather(relay, plx_slice_of("\r\n"));
}

void
plx_relay_end(struct plx_relay *relay, struct plx_slice trailer)
{
    if (relay->framing == PLX_FRAMING_CHUNKED) {
        make_room(relay, 3);
        gather(relay, plx_slice_of("0\r\n"));
        gather(relay, trailer);
        gather(relay, plx_slice_of("\r\n"));
    }
    plx_relay_flush(relay);
}

void
plx_relay_own(struct plx_relay *relay, const struct plx_own_answer *answer)
{
    struct plx_buffer *out = &relay->context->out;

    relay->keep_alive &= plx_context_keeps_clients(relay->context);
    make_room(relay, 2);
    GATHER_WRITTEN(relay, out,
                   plx_http_write_own_head(out, answer->status, answer->lines, answer->body.len,
                                           plx_context_date(relay->context), relay->keep_alive));
    if (!answer->head_only)
        gather(relay, answer->body);
    plx_relay_flush(relay);
}
