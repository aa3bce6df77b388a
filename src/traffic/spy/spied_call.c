/* SPDX-License-Identifier: Apache-2.0 */
/* Spied calls in memory, and what they are known by: Parallax-Exchange and the trace id of traceparent. */
#include "traffic/spy/spied_call.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "body/media.h"
#include "compare/meaning.h"
#include "compare/rules.h"

#include <stdlib.h>
#include <xxhash.h>

#define LONG_BYTES (16u * 1024) /* a body of more is read on another thread, as in traffic/exchange/verdict.h */

/* ---- what it is known by ---- */

static struct plx_slice
header_of(const struct plx_message_view *view, const char *name)
{
    for (size_t i = 0; i < view->header_count; i++)
        if (plx_slice_equal_nocase(view->headers[i].name, plx_slice_of(name)))
            return view->headers[i].value;
    return plx_slice_make(NULL, 0);
}

/* W3C Trace Context, 3.2.2: VERSION-TRACE-PARENT-FLAGS in lower-case hex; a trace of zeros is none. */
static struct plx_slice
trace_of(struct plx_slice traceparent)
{
    const char *at = traceparent.ptr;
    bool zeros = true;

    if (traceparent.len < 55 || at[2] != '-' || at[35] != '-' || memcmp(at, "ff", 2) == 0)
        return plx_slice_make(NULL, 0);
    for (size_t i = 3; i < 35; i++) {
        if (!at[i] || !strchr(PLX_ASCII_HEX, at[i]))
            return plx_slice_make(NULL, 0);
        zeros &= at[i] == '0';
    }
    return zeros ? plx_slice_make(NULL, 0) : plx_slice_make(at + 3, 32);
}

/* ---- memory ---- */

static size_t
view_bytes(const struct plx_message_view *view)
{
    size_t bytes = view->method.len + view->target.len + view->body.len + view->header_count * sizeof(*view->headers);

    for (size_t i = 0; i < view->header_count; i++)
        bytes += view->headers[i].name.len + view->headers[i].value.len;
    return bytes;
}

/* The array of headers stands first in the block, so that it is aligned. */
static void
put_view(char **at, struct plx_header *headers, const struct plx_message_view *from, struct plx_message_view *view)
{
    *view = *from;
    view->headers = headers;
    for (size_t i = 0; i < from->header_count; i++)
        headers[i] =
            (struct plx_header){plx_slice_put(at, from->headers[i].name), plx_slice_put(at, from->headers[i].value)};
    view->method = plx_slice_put(at, from->method);
    view->target = plx_slice_put(at, from->target);
    view->body = plx_slice_put(at, from->body);
}

struct plx_spy_call *
plx_spy_call_new(const struct plx_spied *from, const struct plx_rules *rules)
{
    size_t bytes = view_bytes(&from->request) + from->endpoint.len;
    struct plx_spy_call *call = calloc(1, sizeof(*call));
    char *kept = malloc(bytes + 1);

    if (!call || !kept) {
        free(call);
        free(kept);
        return NULL;
    }
    struct plx_header *headers = (struct plx_header *)(void *)kept;
    char *at = (char *)(headers + from->request.header_count);
    put_view(&at, headers, &from->request, &call->request);
    call->endpoint = plx_slice_put(&at, from->endpoint);
    call->holds = 1;
    call->spy = from->spy;
    call->side = from->side;
    memcpy(call->id, from->id, sizeof(call->id));
    call->time_ms = from->time_ms;
    call->began_ns = from->began_ns;
    call->pending = from->pending;
    call->rules = rules;
    call->kept = kept;
    call->kept_bytes = bytes;
    memcpy(call->body_digest, from->body_digest, sizeof(call->body_digest));
    call->exchange = header_of(&call->request, "Parallax-Exchange");
    if (call->exchange.len > PLX_SPY_ID_MAX)
        call->exchange.len = 0;
    call->trace = trace_of(header_of(&call->request, "traceparent"));
    return call;
}

void
plx_spy_call_keep_answer(struct plx_spy_call *call, const struct plx_message_view *answer)
{
    size_t bytes = view_bytes(answer);
    char *kept = malloc(bytes + 1);

    if (!kept)
        return;
    struct plx_header *headers = (struct plx_header *)(void *)kept;
    char *at = (char *)(headers + answer->header_count);
    put_view(&at, headers, answer, &call->answer);
    call->answer_kept = kept;
    call->has_answer = true;
    call->kept_bytes += bytes;
    if (call->account)
        *call->account += bytes;
}

void
plx_spy_call_slim(struct plx_spy_call *call)
{
    if (call->account)
        *call->account -= call->kept_bytes;
    call->account = NULL;
    free(call->kept);
    free(call->answer_kept);
    call->kept = call->answer_kept = NULL;
    call->kept_bytes = 0;
    call->endpoint = call->exchange = call->trace = plx_slice_make(NULL, 0);
    call->request = call->answer = (struct plx_message_view){.status = 0};
    call->has_answer = false;
}

void
plx_spy_call_release(struct plx_spy_call *call)
{
    if (--call->holds)
        return;
    plx_spy_call_slim(call);
    free(call);
}

/* What stays is copied to a block of its own. */
void
plx_spy_call_drop_bodies(struct plx_spy_call *call)
{
    struct plx_spied from = {.spy = call->spy, .endpoint = call->endpoint, .request = call->request};
    struct plx_spy_call *without;

    if (from.request.body.len == from.request.body_length) {
        XXH128_hash_t digest = XXH3_128bits(from.request.body.len ? from.request.body.ptr : "", from.request.body.len);
        call->body_digest[0] = digest.low64;
        call->body_digest[1] = digest.high64;
    }
    from.request.body.len = 0;
    if (!(without = plx_spy_call_new(&from, call->rules)))
        return;
    call->kept_bytes -= call->request.body.len;
    free(call->kept);
    call->kept = without->kept;
    call->endpoint = without->endpoint;
    call->exchange = without->exchange;
    call->trace = without->trace;
    call->request = without->request;
    free(without);
}

/* ---- for comparing ---- */

struct plx_answer
plx_spy_call_as_answer(const struct plx_spy_call *call)
{
    return (struct plx_answer){
        .headers = call->request.headers,
        .header_count = call->request.header_count,
        .body = call->request.body,
        .body_length = call->request.body_length,
        .body_digest = {call->body_digest[0], call->body_digest[1]},
    };
}

void
plx_spy_call_leave_unread(struct plx_spy_call *call)
{
    call->content = call->request.body_length;
}

void
plx_spy_call_read(struct plx_spy_call *call, const struct plx_compare_limits *given, struct plx_arena *arena)
{
    const struct plx_answer answer = plx_spy_call_as_answer(call);
    struct plx_compare_limits limits = given ? *given : (struct plx_compare_limits){0};

    limits.now_s = (int64_t)(call->time_ms / 1000);
    if (plx_rules_hash_body(call->rules, &answer, &limits, arena, &call->content) != PLX_OK)
        plx_spy_call_leave_unread(call);
}

uint64_t
plx_spy_call_bytes(const struct plx_spy_call *call)
{
    return header_of(&call->request, "Content-Encoding").len ? UINT32_MAX : call->request.body.len;
}

bool
plx_spy_call_is_costly(const struct plx_spy_call *call)
{
    struct plx_media media = plx_media_read(header_of(&call->request, "Content-Type"));
    enum plx_body_type type = PLX_BODY_TEXT;

    if (call->request.body.len == 0)
        return false;
    (void)plx_media_body_type(&media, &type);
    return call->request.body.len > LONG_BYTES || header_of(&call->request, "Content-Encoding").len > 0 ||
           type == PLX_BODY_XML || type == PLX_BODY_HTML || type == PLX_BODY_MULTIPART ||
           plx_rules_are_costly(call->rules);
}

/* ---- stubs that wait ---- */

void
plx_spy_waiter_leave(struct plx_spy_waiter *waiter)
{
    struct plx_spy_call *call = waiter->call;

    if (!call)
        return;
    call->waiter = NULL;
    waiter->call = NULL;
    plx_list_remove(&waiter->link);
    atomic_fetch_sub_explicit(call->waiting_stubs, 1, memory_order_relaxed);
}

void
plx_spy_call_tell(struct plx_spy_call *call, const struct plx_message_view *answer)
{
    struct plx_spy_waiter *waiter = call->waiter;

    if (!waiter)
        return;
    plx_spy_waiter_leave(waiter);
    waiter->answered(waiter, answer);
}
