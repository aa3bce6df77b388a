/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ask goes to a worker and comes back when all roles have answered; its request waits meanwhile, and is asked again
 * with the ticket of the ask. Whose connection has gone does not come back: what he asked for is kept for a while.
 */
#include "control/admin/ask_api.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/clock.h"
#include "evidence/record/record_json.h"
#include "message/method.h"
#include "traffic/exchange/ask_exchange.h"
#include "traffic/http1/head.h"

#include <stdlib.h>

#define KEPT_MS        30000u /* an ask that nobody comes back for, from its beginning */
#define HEAD_BYTES_MAX (32u << 10)

struct asked {
    struct plx_ask ask;
    struct plx_arena *arena; /* of its request */
    uint64_t ticket, began_ms;
};

struct plx_admin_asks {
    struct asked *list[PLX_ADMIN_ASKS_MAX]; /* NULL: free */
    uint64_t tickets;
};

static void
asked_free(struct asked *asked)
{
    plx_record_free(asked->ask.record);
    plx_arena_free(asked->arena);
    free(asked);
}

bool
plx_admin_asks_are_done(const struct plx_admin *admin)
{
    for (size_t i = 0; admin->asks && i < PLX_ADMIN_ASKS_MAX; i++)
        if (admin->asks->list[i] && atomic_load(&admin->asks->list[i]->ask.done))
            return true;
    return false;
}

void
plx_admin_asks_free(struct plx_admin *admin)
{
    for (size_t i = 0; admin->asks && i < PLX_ADMIN_ASKS_MAX; i++)
        if (admin->asks->list[i])
            asked_free(admin->asks->list[i]);
    free(admin->asks);
    admin->asks = NULL;
}

/* A free place, where those that nobody came back for make room; NULL: there is none, or no memory. */
static struct asked **
find_place(struct plx_admin *admin)
{
    uint64_t now = plx_monotonic_ms();

    if (!admin->asks)
        admin->asks = calloc(1, sizeof(*admin->asks));
    for (size_t i = 0; admin->asks && i < PLX_ADMIN_ASKS_MAX; i++) {
        struct asked **place = &admin->asks->list[i];
        if (*place && atomic_load(&(*place)->ask.done) && now - (*place)->began_ms > KEPT_MS) {
            asked_free(*place);
            *place = NULL;
        }
        if (!*place)
            return place;
    }
    return NULL;
}

static struct asked **
find_asked(struct plx_admin *admin, uint64_t ticket)
{
    for (size_t i = 0; admin->asks && i < PLX_ADMIN_ASKS_MAX; i++)
        if (admin->asks->list[i] && admin->asks->list[i]->ticket == ticket)
            return &admin->asks->list[i];
    return NULL;
}

/* ---- what is asked for ---- */

struct wish {
    struct plx_slice method, target, body; /* ptr NULL: not said */
    bool unsafe;
    const struct plx_document *document;
    uint32_t headers; /* the node of an object; 0: none */
    struct plx_arena *arena;
};

static bool
fail(struct plx_admin_call *call, const char *what)
{
    plx_admin_fail(call->answer, 400, "bad_ask", "%s", what);
    return false;
}

static bool
read_text(const struct wish *wish, uint32_t node, struct plx_slice *text)
{
    return wish->document->nodes[node].type == PLX_STRING &&
           plx_json_unescape(wish->document, node, wish->arena, text) == PLX_OK && text->ptr;
}

static bool
read_member(struct wish *wish, uint32_t key, uint32_t value)
{
    struct plx_slice name = plx_json_text(wish->document, key);
    enum plx_type type = wish->document->nodes[value].type;

    if (plx_slice_equal(name, plx_slice_of("method")))
        return read_text(wish, value, &wish->method);
    if (plx_slice_equal(name, plx_slice_of("target")))
        return read_text(wish, value, &wish->target);
    if (plx_slice_equal(name, plx_slice_of("body")))
        return read_text(wish, value, &wish->body);
    if (plx_slice_equal(name, plx_slice_of("headers"))) {
        wish->headers = value;
        return type == PLX_OBJECT;
    }
    wish->unsafe = type == PLX_TRUE;
    return plx_slice_equal(name, plx_slice_of("unsafe")) && (type == PLX_TRUE || type == PLX_FALSE);
}

static bool
read_wish(struct plx_admin_call *call, struct wish *wish, struct plx_document *document)
{
    const struct plx_json_limits limits = {.depth_max = 4};
    const struct plx_node *nodes;

    wish->document = document;
    if (plx_json_read(call->request->body, &limits, wish->arena, document, NULL) != PLX_OK ||
        document->nodes[0].type != PLX_OBJECT)
        return fail(call,
                    "the body is an object: {\"target\":\"/payroll\"}, with \"method\", \"headers\", \"body\" and "
                    "\"unsafe\" as they are needed");
    nodes = document->nodes;
    for (uint32_t key = 1; key < nodes[0].next; key = nodes[nodes[key].next].next)
        if (!read_member(wish, key, nodes[key].next))
            return fail(call, "\"method\", \"target\" and \"body\" are texts, \"headers\" is an object of texts, and "
                              "\"unsafe\" is true or false; there is nothing else");
    if (!wish->target.ptr || !wish->target.len || wish->target.ptr[0] != '/')
        return fail(call, "\"target\" is missing, or does not begin with a slash");
    if (!wish->method.ptr)
        wish->method = plx_slice_of("GET");
    return true;
}

/* ---- its head ---- */

static bool
is_line(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\t')
            return false;
    return true;
}

/* What frames the message, or would have it answered otherwise, is not the asker's. */
static bool
may_be_said(struct plx_slice name)
{
    static const char *const ours[] = {"Content-Length", "Transfer-Encoding", "Expect", "Connection", "Upgrade"};

    for (size_t i = 0; i < PLX_COUNT(ours); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(ours[i])))
            return false;
    return name.len > 0 && !memchr(name.ptr, ':', name.len) && is_line(name);
}

static bool
add_headers(struct plx_admin_call *call, const struct wish *wish, struct plx_buffer *head, bool *has_host)
{
    const struct plx_node *nodes = wish->document->nodes;

    for (uint32_t key = wish->headers + 1; wish->headers && key < nodes[wish->headers].next;
         key = nodes[nodes[key].next].next) {
        struct plx_slice name, value;
        if (plx_json_unescape(wish->document, key, wish->arena, &name) != PLX_OK ||
            !read_text(wish, nodes[key].next, &value) || !may_be_said(name) || !is_line(value))
            return fail(call, "a header is a text without line ends, and none of Content-Length, Transfer-Encoding, "
                              "Expect, Connection and Upgrade");
        *has_host |= plx_slice_equal_nocase(name, plx_slice_of("Host"));
        plx_buffer_add(head, name);
        plx_buffer_text(head, ": ");
        plx_buffer_add(head, value);
        plx_buffer_text(head, "\r\n");
    }
    return true;
}

static void
add_host(const struct plx_service *service, struct plx_buffer *head)
{
    if (service->host_count)
        plx_buffer_format(head, "Host: %s\r\n", service->hosts[0]);
    else
        plx_buffer_format(head, "Host: %s\r\n", service->roles[PLX_PRIMARY].authority);
}

/* Read here as the worker will read it, so that what is wrong is told at once. */
static bool
check_head(struct plx_admin_call *call, struct plx_slice bytes, bool unsafe)
{
    struct plx_http_error error = {400, "the request can't be read"};
    struct plx_http1_head *head = calloc(1, sizeof(*head));
    size_t scanned = 0;
    bool ok = head && plx_http_read_request(bytes, &scanned, head, &error) == PLX_OK && head->bytes.len == bytes.len;

    if (!ok)
        fail(call, head ? error.text : "there is no memory for it");
    else if (!unsafe && !plx_http_method_is_safe(head->message.method_id))
        ok = fail(call,
                  "only GET, HEAD, OPTIONS and TRACE are safe to ask of all roles; what another method does is done "
                  "by each of them: say \"unsafe\":true where that is wanted");
    free(head);
    return ok;
}

static bool
write_head(struct plx_admin_call *call, const struct wish *wish, struct plx_slice *out)
{
    struct plx_buffer head;
    bool has_host = false, ok;

    plx_buffer_init(&head, HEAD_BYTES_MAX);
    plx_buffer_add(&head, wish->method);
    plx_buffer_byte(&head, ' ');
    plx_buffer_add(&head, wish->target);
    plx_buffer_text(&head, " HTTP/1.1\r\n");
    ok = is_line(wish->method) && is_line(wish->target) ? add_headers(call, wish, &head, &has_host)
                                                        : fail(call, "the method or the target has a line end");
    if (!has_host)
        add_host(call->subject.service, &head);
    if (wish->body.len)
        plx_buffer_format(&head, "Content-Length: %zu\r\n", wish->body.len);
    plx_buffer_text(&head, "\r\n");
    if (ok && head.failed)
        ok = fail(call, "the request's head is too large");
    ok = ok && check_head(call, plx_buffer_slice(&head), wish->unsafe);
    *out = ok ? plx_arena_copy(wish->arena, plx_buffer_slice(&head)) : plx_slice_make(NULL, 0);
    plx_buffer_fini(&head);
    return out->ptr != NULL;
}

/* ---- asking ---- */

static bool
may_be_asked(struct plx_admin_call *call)
{
    const struct plx_service *service = call->subject.service;

    if (service->roles[PLX_CANDIDATE].url && !service->paused)
        return true;
    plx_admin_fail(call->answer, 409, service->paused ? "paused" : "no_candidate",
                   service->paused
                       ? "the service %s is paused: nothing is sent to its candidate before `parallax resume`"
                       : "the service %s has no candidate: there is nothing to compare",
                   service->name);
    return false;
}

/* Its arena is the wish's from here on; false: it has been refused. */
static bool
prepare(struct plx_admin_call *call, struct asked *asked)
{
    struct plx_document document;
    struct wish wish = {.arena = asked->arena = plx_arena_new(NULL)};

    if (!wish.arena)
        return fail(call, "there is no memory for it");
    if (!read_wish(call, &wish, &document) || !write_head(call, &wish, &asked->ask.head))
        return false;
    asked->ask.body = plx_slice_make("", 0);
    if (wish.body.len) {
        asked->ask.body = plx_arena_copy(wish.arena, wish.body);
        if (!asked->ask.body.ptr)
            return fail(call, "there is no memory for it");
    }
    snprintf(asked->ask.service, sizeof(asked->ask.service), "%s", call->subject.service->name);
    return true;
}

static void
begin(struct plx_admin_call *call)
{
    struct plx_admin *admin = call->admin;
    struct asked **place = find_place(admin), *asked;

    if (!place || !(asked = calloc(1, sizeof(*asked)))) {
        plx_admin_fail(call->answer, 503, "busy", "%u such questions are under way already; ask again",
                       PLX_ADMIN_ASKS_MAX);
        return;
    }
    atomic_init(&asked->ask.done, false);
    if (!prepare(call, asked)) {
        asked_free(asked);
        return;
    }
    asked->began_ms = plx_monotonic_ms();
    asked->ticket = ++admin->asks->tickets;
    if (!admin->ask || !admin->ask(admin->owner, &asked->ask)) {
        asked_free(asked);
        plx_admin_fail(call->answer, 503, "ending", "there is nobody to ask the roles: the proxy is about to end");
        return;
    }
    *place = asked;
    call->answer->ticket = asked->ticket;
}

/* ---- what came of it ---- */

static int
status_of(enum plx_verdict verdict)
{
    return verdict == PLX_MISMATCH ? 412 : verdict == PLX_INCOMPARABLE ? 502 : 200;
}

static void
answer(struct plx_admin_call *call, const struct plx_ask *ask)
{
    if (ask->refused || !ask->record) {
        plx_admin_fail(call->answer, 503, "not_asked", "%s",
                       ask->refused ? ask->refused : "there is no memory for what the roles have answered");
        return;
    }
    struct plx_json_writer w = plx_admin_begin_json(call);
    call->answer->status = status_of(ask->verdict);
    plx_json_begin_object(&w);
    plx_json_key(&w, "verdict");
    plx_json_text_value(&w, plx_verdict_text(ask->verdict));
    plx_json_key(&w, "reason");
    plx_json_text_value(
        &w, ask->verdict == PLX_INCOMPARABLE ? plx_subject_incomparable(PLX_SUBJECT_SERVICE, ask->incomparable) : NULL);
    plx_json_key(&w, "asked");
    plx_record_write_stored(ask->record, &w);
    plx_json_end_object(&w);
}

void
plx_admin_post_ask(struct plx_admin_call *call)
{
    struct asked **place;

    if (!call->request->ticket) {
        if (may_be_asked(call))
            begin(call);
        return;
    }
    place = find_asked(call->admin, call->request->ticket);
    if (place && atomic_load(&(*place)->ask.done)) {
        answer(call, &(*place)->ask);
        asked_free(*place);
        *place = NULL;
    } else if (call->request->late || !place) {
        plx_admin_fail(call->answer, 504, "too_late", "a role has not answered in time");
    } else {
        call->answer->ticket = call->request->ticket;
    }
}
