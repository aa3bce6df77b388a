/* SPDX-License-Identifier: Apache-2.0 */
/* The primary in the candidate's place. */
#include "traffic/exchange/fallback.h"

#include "base/arena.h"
#include "message/reason.h"
#include "traffic/exchange/redirects.h"
#include "traffic/http1/head.h"

/* The primary may have a copy already, whose answer counts for nothing. */
static void
take_copy_back(struct plx_call *primary)
{
    plx_call_cancel(primary, PLX_INCOMPARABLE_CANCELED);
    plx_call_reset(primary);
}

/* Whoever the primary calls in its turn has to know that it serves now. */
static void
mark_id(const struct plx_exchange *exchange)
{
    const struct plx_head_place *at = &exchange->terms.heads[PLX_TO_SERVE][PLX_PRIMARY];
    char *id = memmem(exchange->terms.written.ptr + at->from, at->len, exchange->id, PLX_EXCHANGE_ID_BYTES);

    if (id)
        plx_exchange_id_mark(id, (struct plx_exchange_marks){.candidate_serves = false, .copied = false});
}

static enum plx_fallback
reason_of(const struct plx_call *failed)
{
    switch (failed->outcome.reason) {
    case PLX_INCOMPARABLE_CONNECT:
        return PLX_FALLBACK_CONNECT;
    case PLX_INCOMPARABLE_RESET:
        return PLX_FALLBACK_RESET;
    case PLX_INCOMPARABLE_TIMEOUT:
        return PLX_FALLBACK_TIMEOUT;
    case PLX_INCOMPARABLE_PROTOCOL:
        return PLX_FALLBACK_PROTOCOL;
    default:
        return PLX_FALLBACK_NONE;
    }
}

bool
plx_fallback_begin(struct plx_exchange *exchange)
{
    struct plx_call *failed = plx_exchange_serving(exchange), *primary = &exchange->calls[PLX_PRIMARY];
    struct plx_slice body;

    if (exchange->terms.serving != PLX_CANDIDATE || exchange->answer_begun || !exchange->terms.client ||
        !exchange->terms.heads[PLX_TO_SERVE][PLX_PRIMARY].len || !plx_call_took_nothing(failed, &body))
        return false;
    if (exchange->copied && !plx_http_method_is_idempotent(exchange->terms.method))
        return false; /* its route lets it be copied: the primary has done it */
    take_copy_back(primary);
    exchange->terms.serving = PLX_PRIMARY;
    exchange->terms.stood_in = false;
    exchange->terms.served_ns = 0;
    exchange->fallback = reason_of(failed);
    mark_id(exchange);
    plx_call_start(primary, body);
    if (exchange->request_whole)
        plx_call_sent(primary);
    if (!plx_call_is_full(primary))
        plx_exchange_request_drained(exchange);
    return true;
}

/* ---- the answer to its copy ---- */

bool
plx_fallback_await(struct plx_exchange *exchange)
{
    exchange->terms.awaits_copy = exchange->terms.serving == PLX_CANDIDATE && exchange->terms.client &&
                                  !exchange->answer_begun && exchange->copied &&
                                  exchange->calls[PLX_PRIMARY].outcome.asked &&
                                  reason_of(plx_exchange_serving(exchange)) != PLX_FALLBACK_NONE;
    return exchange->terms.awaits_copy;
}

static bool
is_kept_whole(const struct plx_call *copy)
{
    return !copy->outcome.failed && copy->status && !copy->cut && !copy->capture.broken &&
           copy->capture.kept.len == copy->capture.length;
}

static bool
has_length(const struct plx_exchange *exchange, const struct plx_call *copy)
{
    return exchange->terms.method != PLX_METHOD_HEAD && copy->status != 204 && copy->status != 304;
}

static bool
is_framing(struct plx_slice name)
{
    return plx_slice_equal_nocase(name, plx_slice_of("transfer-encoding")) ||
           plx_slice_equal_nocase(name, plx_slice_of("content-length"));
}

/* The head as it came, but that the body's length is known by now. */
static void
write_head(const struct plx_exchange *exchange, const struct plx_call *copy, struct plx_buffer *out)
{
    bool length = has_length(exchange, copy);

    plx_buffer_format(out, "HTTP/1.1 %03d %s\r\n", copy->status, plx_http_reason(copy->status));
    for (size_t i = 0; i < copy->header_count; i++) {
        const struct plx_header *header = &copy->headers[i];

        if (length && is_framing(header->name))
            continue;
        plx_buffer_add(out, header->name);
        plx_buffer_text(out, ": ");
        plx_buffer_add(out, header->value);
        plx_buffer_text(out, "\r\n");
    }
    if (length)
        plx_buffer_format(out, "Content-Length: %zu\r\n", copy->capture.kept.len);
    plx_buffer_text(out, "\r\n");
}

/* Into the context's scratch head, whose bytes are the buffer's. */
static bool
read_head(struct plx_exchange *exchange, const struct plx_call *copy, struct plx_buffer *text)
{
    struct plx_http_error error;
    size_t scanned = 0;

    write_head(exchange, copy, text);
    return !text->failed && plx_http_read_response(plx_buffer_slice(text), &scanned, exchange->terms.method,
                                                   &exchange->terms.context->head, &error) == PLX_OK;
}

bool
plx_fallback_give(struct plx_exchange *exchange)
{
    struct plx_exchange_client *client = exchange->terms.client;
    const struct plx_call *copy = &exchange->calls[PLX_PRIMARY];
    enum plx_fallback reason = reason_of(plx_exchange_serving(exchange));
    struct plx_buffer text;
    bool given = false;

    exchange->terms.awaits_copy = false;
    plx_buffer_init(&text, 2 * PLX_HTTP_HEAD_MAX);
    if (is_kept_whole(copy) && read_head(exchange, copy, &text)) {
        exchange->terms.serving = PLX_PRIMARY;
        exchange->fallback = reason;
        exchange->answer_begun = given = true;
        exchange->answer_status = copy->status;
        exchange->answer_bytes = copy->capture.length;
        if (exchange->service->redirects)
            plx_redirects_rewrite(&exchange->terms.context->head, &exchange->service->roles[PLX_PRIMARY],
                                  exchange->terms.arena);
        client->ops->head(client, &exchange->terms.context->head);
        if (copy->capture.kept.len)
            client->ops->body(client, plx_buffer_slice(&copy->capture.kept));
        client->ops->end(client, plx_slice_make(NULL, 0));
    }
    plx_buffer_fini(&text);
    return given;
}
