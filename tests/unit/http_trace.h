/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the HTTP readers: what was read as one text, so that an expectation is a string, and reading from
 * bytes that come in pieces. Each piece lies in memory of its own size, so that the sanitizers see a look beyond it.
 */
#ifndef TEST_HTTP_TRACE_H
#define TEST_HTTP_TRACE_H

#include "base/buffer.h"
#include "traffic/http1/head.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TRACE_MAX (256u * 1024)

static inline const char *
trace_framing(const struct plx_http1_head *head, char *room, size_t size)
{
    switch (head->framing) {
    case PLX_FRAMING_NONE:
        return "none";
    case PLX_FRAMING_CHUNKED:
        return "chunked";
    case PLX_FRAMING_CLOSE:
        return "close";
    case PLX_FRAMING_LENGTH:
        break;
    }
    snprintf(room, size, "length=%llu", (unsigned long long)head->content_length);
    return room;
}

static inline void
trace_slice(struct plx_buffer *text, const char *before, struct plx_slice slice)
{
    plx_buffer_text(text, before);
    plx_buffer_add(text, slice);
}

/* "GET /path host=h 1.1 none keep|Name=value!|..." where `!` marks a hop-by-hop header; answers begin with the status.
 */
static inline void
trace_head(struct plx_buffer *text, const struct plx_http1_head *head)
{
    char room[40];
    if (head->message.status) {
        plx_buffer_number(text, (uint64_t)head->message.status);
        trace_slice(text, " ", head->reason);
    } else {
        trace_slice(text, "", head->message.method);
        trace_slice(text, " ", head->message.path);
        trace_slice(text, " host=", head->message.host);
    }
    plx_buffer_format(text, " 1.%d %s%s%s%s", head->minor, trace_framing(head, room, sizeof(room)),
                      head->keep_alive ? " keep" : "", head->upgrade ? " upgrade" : "",
                      head->message.expect_continue ? " expect" : "");
    for (size_t i = 0; i < head->message.header_count; i++) {
        trace_slice(text, "|", head->message.headers[i].name);
        trace_slice(text, "=", head->message.headers[i].value);
        plx_buffer_text(text, head->header_hops[i] ? "!" : "");
    }
}

/* Reads one head; answers where request is the method that was asked with, requests where it is negative. */
static inline enum plx_status
trace_read(struct plx_slice bytes, size_t *scanned, int request, struct plx_http1_head *head,
           struct plx_http_error *error)
{
    return request < 0 ? plx_http_read_request(bytes, scanned, head, error)
                       : plx_http_read_response(bytes, scanned, (enum plx_http_method)request, head, error);
}

/* The head of wire as text, or "refused STATUS: why" or "more"; read at first in the first cut bytes only (and kept
 * scanned). */
static inline void
trace_cut(struct plx_buffer *text, struct plx_slice wire, size_t cut, size_t step, int request)
{
    struct plx_http1_head *head = malloc(sizeof(*head));
    struct plx_http_error error = {0, ""};
    enum plx_status status = PLX_AGAIN;
    size_t scanned = 0;
    assert_non_null(head);
    memset(head, 0xa5, sizeof(*head)); /* nothing may be taken for set */
    for (size_t len = cut; status == PLX_AGAIN; len = wire.len - len > step ? len + step : wire.len) {
        char *piece = malloc(len ? len : 1);
        assert_non_null(piece);
        memcpy(piece, wire.ptr, len);
        status = trace_read(plx_slice_make(piece, len), &scanned, request, head, &error);
        plx_buffer_clear(text);
        if (status == PLX_OK)
            trace_head(text, head);
        free(piece);
        if (len == wire.len)
            break;
    }
    if (status == PLX_AGAIN)
        plx_buffer_text(text, "more");
    else if (status != PLX_OK)
        plx_buffer_format(text, "refused %d: %s", error.status, error.text);
    free(head);
}

#endif
