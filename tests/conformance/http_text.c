/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case as text, as the suite's log has it and as our reader does; equal texts mean the same reading. Most of the
 * requests have no Host, which HTTP/1.1 asks for: where that is all that is wrong, the case is read again with one.
 */
#include "base/assert.h"
#include "http_suite.h"
#include "traffic/http1/framing.h"

#include <stdio.h>

static void
message_init(struct message *message)
{
    plx_buffer_init(&message->start, TEXT_MAX);
    plx_buffer_init(&message->headers, TEXT_MAX);
    plx_buffer_init(&message->body, TEXT_MAX);
    plx_buffer_init(&message->trailer, TEXT_MAX);
    message->head_whole = false;
}

static void
message_fini(struct message *message)
{
    plx_buffer_fini(&message->start);
    plx_buffer_fini(&message->headers);
    plx_buffer_fini(&message->body);
    plx_buffer_fini(&message->trailer);
}

/* Appends what is known of the message, and forgets it. A head that was not read to its end is nothing. */
static void
message_print(struct plx_buffer *text, struct message *message, bool complete)
{
    if (message->head_whole) {
        plx_buffer_add(text, plx_buffer_slice(&message->start));
        plx_buffer_text(text, "\n");
        plx_buffer_add(text, plx_buffer_slice(&message->headers));
        plx_buffer_text(text, "body <");
        plx_buffer_add(text, plx_buffer_slice(&message->body));
        plx_buffer_text(text, ">\n");
        if (complete) {
            plx_buffer_add(text, plx_buffer_slice(&message->trailer));
            plx_buffer_text(text, "complete\n");
        }
    }
    message_fini(message);
    message_init(message);
}

static void
print_header(struct plx_buffer *text, const char *before, struct plx_slice name, struct plx_slice value)
{
    plx_buffer_text(text, before);
    plx_buffer_add(text, name);
    plx_buffer_text(text, "=");
    plx_buffer_add(text, value);
    plx_buffer_text(text, "\n");
}

/* ---- what the suite expects: the log ---- */

struct expectation {
    struct message message;
    struct plx_buffer name, value, url, method, status;
    bool in_value;
    char end[40];
};

static void
flush_header(struct expectation *e)
{
    if (!e->in_value)
        return;
    while (e->value.len && (e->value.ptr[e->value.len - 1] == ' ' || e->value.ptr[e->value.len - 1] == '\t'))
        e->value.len--;
    bool trailer = e->message.head_whole;
    print_header(trailer ? &e->message.trailer : &e->message.headers, trailer ? "+" : "|", plx_buffer_slice(&e->name),
                 plx_buffer_slice(&e->value));
    plx_buffer_clear(&e->name);
    plx_buffer_clear(&e->value);
    e->in_value = false;
}

/* A span's text: cr, lf, or between quotes, with \t and \f for the two. */
static void
append_span(struct plx_buffer *out, const char *text)
{
    size_t len = strlen(text);
    if (strcmp(text, "cr") == 0 || strcmp(text, "lf") == 0) {
        plx_buffer_text(out, text[0] == 'c' ? "\r" : "\n");
        return;
    }
    for (size_t i = 1; i + 1 < len; i++) {
        bool tab = text[i] == '\\' && text[i + 1] == 't', feed = text[i] == '\\' && text[i + 1] == 'f';
        plx_buffer_byte(out, tab ? '\t' : feed ? '\f' : text[i]);
        i += tab || feed;
    }
}

static void
expect_span(struct expectation *e, const char *name, const char *text)
{
    static const char *const names[] = {"method", "url", "status", "header_field", "header_value", "body"};
    struct plx_buffer *into[] = {&e->method, &e->url, &e->status, &e->name, &e->value, &e->message.body};
    for (size_t i = 0; i < PLX_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if (strncmp(name, names[i], len) != 0 || name[len] != ']')
            continue;
        if (i == 3)
            flush_header(e);
        append_span(into[i], text);
        e->in_value |= i == 4;
    }
}

static void
expect_head(struct expectation *e, const char *line)
{
    const char *status = strstr(line, "status="), *version = strstr(line, "v=");
    flush_header(e);
    struct plx_buffer *start = &e->message.start;
    if (status)
        plx_buffer_format(start, "%.3s ", status + 7);
    plx_buffer_add(start, plx_buffer_slice(status ? &e->status : &e->method));
    if (!status) {
        plx_buffer_text(start, " ");
        plx_buffer_add(start, plx_buffer_slice(&e->url));
    }
    plx_buffer_format(start, " %.3s", version + 2);
    e->message.head_whole = true;
}

static void
expect_error(struct expectation *e, const char *line)
{
    const char *end = "refused";
    if (strstr(line, "Pause on"))
        end = "switched";
    else if (strstr(line, "Data after"))
        end = "closed";
    snprintf(e->end, sizeof(e->end), "%s", end);
}

static void
expect_line(struct plx_buffer *text, struct expectation *e, const char *line)
{
    const char *span = strstr(line, "span["), *equals = span ? strchr(span, '=') : NULL;
    if (equals) {
        expect_span(e, span + 5, equals + 1);
    } else if (strstr(line, " message begin")) {
        message_print(text, &e->message, false);
        plx_buffer_clear(&e->method);
        plx_buffer_clear(&e->url);
        plx_buffer_clear(&e->status);
        plx_buffer_clear(&e->name);
        plx_buffer_clear(&e->value);
        e->in_value = false;
    } else if (strstr(line, " headers complete")) {
        expect_head(e, line);
    } else if (strstr(line, " message complete")) {
        flush_header(e);
        message_print(text, &e->message, true);
    } else if (strstr(line, " error code=")) {
        expect_error(e, line);
    } else if (strstr(line, "off=NULL finish=")) {
        snprintf(e->end, sizeof(e->end), "%s", strstr(line, "finish="));
    }
}

void
print_expected(struct plx_buffer *text, struct suite_case *c)
{
    struct expectation e = {.end = "more"};
    struct plx_buffer *parts[] = {&e.name, &e.value, &e.url, &e.method, &e.status};
    message_init(&e.message);
    for (size_t i = 0; i < PLX_COUNT(parts); i++)
        plx_buffer_init(parts[i], TEXT_MAX);
    plx_buffer_byte(&c->log, '\0');
    for (char *save = NULL, *line = strtok_r(c->log.ptr, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        expect_line(text, &e, line);
    message_print(text, &e.message, false);
    plx_buffer_text(text, e.end);
    for (size_t i = 0; i < PLX_COUNT(parts); i++)
        plx_buffer_fini(parts[i]);
    message_fini(&e.message);
}

/* ---- what we read ---- */

static struct plx_slice
rest_of(const struct reading *r)
{
    return plx_slice_make(r->wire.ptr + r->at, r->wire.len - r->at);
}

static enum plx_status
read_head(struct reading *r)
{
    size_t scanned = 0;
    enum plx_http_method method = r->skip_body ? PLX_METHOD_HEAD : PLX_METHOD_GET;
    return r->request ? plx_http_read_request(rest_of(r), &scanned, &r->head, &r->error)
                      : plx_http_read_response(rest_of(r), &scanned, method, &r->head, &r->error);
}

static void
insert(struct plx_buffer *buffer, size_t at, const char *text)
{
    size_t len = strlen(text), behind = buffer->len - at;
    plx_buffer_text(buffer, text); /* room */
    memmove(buffer->ptr + at + len, buffer->ptr + at, behind);
    memcpy(buffer->ptr + at, text, len);
}

/* Reads the head again with a Host where it has none. */
static enum plx_status
read_head_with_host(struct reading *r)
{
    enum plx_status status = read_head(r);
    r->host_put_in = status == PLX_E_PROTOCOL && strstr(r->error.text, "no Host") != NULL;
    if (!r->host_put_in)
        return status;
    const char *line_end = memchr(rest_of(r).ptr + 2, '\n', rest_of(r).len - 2); /* behind an empty line, if any */
    insert(&r->wire, (size_t)(line_end + 1 - r->wire.ptr), "Host: suite\r\n");
    return read_head(r);
}

static void
print_head(struct reading *r)
{
    const struct plx_http1_head *head = &r->head;
    struct plx_buffer *start = &r->message.start;
    r->message.head_whole = true;
    if (head->message.status)
        plx_buffer_format(start, "%d ", head->message.status);
    plx_buffer_add(start, head->message.status ? head->reason : head->message.method);
    if (!head->message.status) {
        plx_buffer_text(start, " ");
        plx_buffer_add(start, head->message.target);
    }
    plx_buffer_format(start, " 1/%d", head->minor);
    for (size_t i = r->host_put_in ? 1 : 0; i < head->message.header_count; i++)
        print_header(&r->message.headers, "|", head->message.headers[i].name, head->message.headers[i].value);
}

static void
print_trailer(struct reading *r, struct plx_slice lines)
{
    while (lines.len) {
        const char *colon = memchr(lines.ptr, ':', lines.len), *cr = memchr(lines.ptr, '\r', lines.len);
        const char *value = colon + 1;
        while (value < cr && (*value == ' ' || *value == '\t'))
            value++;
        print_header(&r->message.trailer, "+", plx_slice_make(lines.ptr, (size_t)(colon - lines.ptr)),
                     plx_slice_make(value, (size_t)(cr - value)));
        lines = plx_slice_make(cr + 2, lines.len - (size_t)(cr + 2 - lines.ptr));
    }
}

static enum plx_status
read_body(struct reading *r)
{
    struct plx_http_body body;
    struct plx_slice input = rest_of(r), data;
    enum plx_status status;
    plx_http_body_init(&body, r->head.framing, r->head.content_length);
    do {
        status = plx_http_body_read(&body, &input, &data);
        plx_buffer_add(&r->message.body, data);
    } while (status == PLX_OK);
    r->at = r->wire.len - input.len;
    if (status == PLX_DONE)
        print_trailer(r, plx_buffer_slice(&body.trailer));
    if (status < 0) {
        r->error = body.error;
        r->error.status = r->request ? 400 : 502;
    }
    r->ended_in_close = status == PLX_AGAIN && plx_http_body_eof(&body) == PLX_DONE;
    plx_http_body_fini(&body);
    return status;
}

/* One message; true where the next one may follow. */
static bool
read_message(struct plx_buffer *text, struct reading *r)
{
    enum plx_status status = read_head_with_host(r);
    if (status == PLX_AGAIN) {
        r->end = "more";
        return false;
    }
    if (status == PLX_OK) {
        print_head(r);
        r->at += r->head.bytes.len;
        status = read_body(r);
        message_print(text, &r->message, status == PLX_DONE);
    }
    if (status != PLX_DONE) {
        r->end = status < 0 ? "refused" : "more";
        return false;
    }
    if ((r->request && r->head.upgrade) || r->head.message.status == 101) {
        r->end = "switched";
        return false;
    }
    bool closes = !r->head.keep_alive && (r->request || r->head.message.status >= 200);
    r->end = closes && r->at < r->wire.len ? "closed" : "more";
    return !closes && r->at < r->wire.len;
}

static void
read_wire(struct plx_buffer *text, struct reading *r)
{
    message_init(&r->message);
    while (read_message(text, r))
        continue;
    message_fini(&r->message);
    if (r->finish)
        plx_buffer_text(text, r->at == r->wire.len && !r->ended_in_close ? "finish=0"
                              : r->ended_in_close                        ? "finish=1"
                                                                         : "finish=2");
    else
        plx_buffer_text(text, r->end);
}

void
print_actual(struct plx_buffer *text, const struct suite_case *c, struct reading *r, bool add_end)
{
    *r = (struct reading){.request = strncmp(c->type, "request", 7) == 0,
                          .skip_body = c->skip_body,
                          .finish = strstr(c->type, "-finish") != NULL,
                          .end = "more"};
    plx_buffer_init(&r->wire, TEXT_MAX);
    plx_buffer_add(&r->wire, plx_buffer_slice(&c->wire));
    if (add_end)
        plx_buffer_text(&r->wire, "\r\n\r\n");
    read_wire(text, r);
}
