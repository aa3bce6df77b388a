/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes curl commands. The hard thing is that target, headers and body are a peer's bytes, and the line is pasted into
 * a shell: nothing stands outside of single quotes but what this file wrote itself, and what is no plain text goes
 * through printf with octal escapes, so that the line is one line and shows what it sends.
 */
#include "evidence/record/reproduce.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "evidence/record/credentials.h"
#include "evidence/record/record.h"

#include <strings.h>

/* ---- the shell's words ---- */

/* Characters of UTF-8 that can be seen. */
static bool
is_plain(struct plx_slice text)
{
    uint32_t code = 0;

    for (size_t at = 0, len; at < text.len; at += len) {
        len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        if (len == 0 || plx_utf8_is_control(code))
            return false;
    }
    return true;
}

/* Needs no quotes in any shell. */
static bool
is_word(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("/:._-", c))))
            return false;
    }
    return text.len > 0;
}

static void
add_single_quoted(struct plx_buffer *out, struct plx_slice text)
{
    plx_buffer_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            plx_buffer_text(out, "'\\''");
        else
            plx_buffer_byte(out, text.ptr[i]);
    }
    plx_buffer_byte(out, '\'');
}

/* printf 'FORMAT': writes these bytes, whatever they are. */
static void
add_printf(struct plx_buffer *out, struct plx_slice bytes)
{
    plx_buffer_text(out, "printf '");
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];

        if (c == '%')
            plx_buffer_text(out, "%%");
        else if (c == '\\')
            plx_buffer_text(out, "\\\\");
        else if (c == '\n')
            plx_buffer_text(out, "\\n");
        else if (c == '\t')
            plx_buffer_text(out, "\\t");
        else if (c < 0x20 || c >= 0x7F || c == '\'' || c == '!' || (c == '-' && i == 0))
            plx_buffer_format(out, "\\%03o", c);
        else
            plx_buffer_byte(out, (char)c);
    }
    plx_buffer_byte(out, '\'');
}

/* One argument; its bytes don't end in a line feed, which the substitution would take away. */
static void
add_argument(struct plx_buffer *out, struct plx_slice text)
{
    if (is_word(text)) {
        plx_buffer_add(out, text);
    } else if (is_plain(text)) {
        add_single_quoted(out, text);
    } else {
        plx_buffer_text(out, "\"$(");
        add_printf(out, text);
        plx_buffer_text(out, ")\"");
    }
}

/* ---- headers ---- */

struct command {
    const struct plx_exchange_outcome *outcome;
    const struct plx_message_view *request;
    const char *url; /* of the role */
    struct plx_arena *scratch;
    struct plx_buffer *out;
    struct plx_buffer text; /* of the argument under way */
    size_t headers_left_out;
    bool body_left_out;
};

static const struct plx_header *
find_header(const struct plx_message_view *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (plx_slice_equal_nocase(request->headers[i].name, plx_slice_of(name)))
            return &request->headers[i];
    return NULL;
}

/* Whether a comma-separated list names it. */
static bool
list_has(struct plx_slice list, struct plx_slice name)
{
    size_t at = 0;

    while (at < list.len) {
        size_t start, end;

        while (at < list.len && (list.ptr[at] == ',' || list.ptr[at] == ' ' || list.ptr[at] == '\t'))
            at++;
        start = at;
        while (at < list.len && list.ptr[at] != ',')
            at++;
        end = at;
        while (end > start && (list.ptr[end - 1] == ' ' || list.ptr[end - 1] == '\t'))
            end--;
        if (end > start && plx_slice_equal_nocase(plx_slice_make(list.ptr + start, end - start), name))
            return true;
    }
    return false;
}

static bool
is_hop_by_hop(const struct plx_message_view *request, struct plx_slice name)
{
    static const char *const names[] = {"Connection", "Keep-Alive",          "Proxy-Connection", "TE",
                                        "Upgrade",    "Transfer-Encoding",   "Trailer",          "Proxy-Authenticate",
                                        "Expect",     "Proxy-Authorization", "HTTP2-Settings"};

    for (size_t i = 0; i < PLX_COUNT(names); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(names[i])))
            return true;
    for (size_t i = 0; i < request->header_count; i++)
        if (plx_slice_equal_nocase(request->headers[i].name, plx_slice_of("Connection")) &&
            list_has(request->headers[i].value, name))
            return true;
    return false;
}

/* What curl says by itself. A Host matters where services are told apart by it. */
static bool
is_curl_s(const struct command *c, const struct plx_header *header)
{
    if (plx_slice_equal_nocase(header->name, plx_slice_of("Host")))
        return c->outcome->subject.service->host_count == 0;
    if (plx_slice_equal_nocase(header->name, plx_slice_of("Accept")))
        return plx_slice_equal(header->value, plx_slice_of("*/*"));
    return plx_slice_equal_nocase(header->name, plx_slice_of("User-Agent")) ||
           plx_slice_equal_nocase(header->name, plx_slice_of("Content-Length")) ||
           plx_slice_equal_nocase(header->name, plx_slice_of("Accept-Encoding")); /* --compressed */
}

/* No argument holds a NUL, no header a line break. */
static bool
can_be_sent(struct plx_slice text)
{
    return text.len == 0 ||
           (!memchr(text.ptr, 0, text.len) && !memchr(text.ptr, '\n', text.len) && !memchr(text.ptr, '\r', text.len));
}

static void
add_header(struct command *c, const struct plx_header *header)
{
    if (header->name.len == 0 || !can_be_sent(header->name) || !can_be_sent(header->value)) {
        c->headers_left_out++;
        return;
    }
    plx_buffer_clear(&c->text);
    plx_buffer_add(&c->text, header->name);
    if (header->value.len == 0) {
        plx_buffer_byte(&c->text, ';'); /* curl takes "Name:" to mean: without this header */
    } else {
        plx_buffer_text(&c->text, ": ");
        if (plx_header_is_credential(header->name))
            plx_buffer_text(&c->text, PLX_REDACTED);
        else if (plx_header_is_uri(header->name))
            plx_target_redact(header->value, &c->text);
        else
            plx_buffer_add(&c->text, header->value);
    }
    plx_buffer_text(c->out, " -H ");
    add_argument(c->out, plx_buffer_slice(&c->text));
    c->out->failed = c->out->failed || c->text.failed;
}

static void
add_headers(struct command *c)
{
    if (find_header(c->request, "Accept-Encoding"))
        plx_buffer_text(c->out, " --compressed");
    for (size_t i = 0; i < c->request->header_count; i++) {
        const struct plx_header *header = &c->request->headers[i];

        if (!is_hop_by_hop(c->request, header->name) && !is_curl_s(c, header))
            add_header(c, header);
    }
}

/* ---- the body ---- */

/* The body as it may be shown; false where there is none that a command can have. */
static bool
take_body(struct command *c, struct plx_buffer *redacted, struct plx_slice *body)
{
    const struct plx_message_view *request = c->request;

    if (request->body.len < request->body_length || request->body.len > PLX_REPRODUCE_BODY_MAX ||
        !plx_record_redact_body(request, c->outcome->rules, c->scratch, redacted, body))
        return false;
    return body->len <= PLX_REPRODUCE_BODY_MAX && plx_utf8_prefix(*body) == body->len &&
           (body->len == 0 || !memchr(body->ptr, 0, body->len));
}

/* Plain text that is an argument; "@" at its beginning would name a file. */
static bool
is_argument(struct plx_slice body)
{
    return is_plain(body) && (body.len == 0 || body.ptr[0] != '@');
}

static void
add_body(struct command *c, bool kept, struct plx_slice body)
{
    if (!find_header(c->request, "Content-Type"))
        plx_buffer_text(c->out, " -H Content-Type:"); /* or curl would say that it is a form */
    plx_buffer_text(c->out, " --data-binary ");
    if (!kept)
        plx_buffer_text(c->out, "@request-body");
    else if (is_argument(body))
        add_argument(c->out, body);
    else
        plx_buffer_text(c->out, "@-");
    c->body_left_out = !kept;
}

/* ---- the target ---- */

/* What curl takes as the rest of a URL and sends as it is. */
static bool
is_url_path(struct plx_slice target)
{
    if (target.len == 0 || target.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] <= ' ' || target.ptr[i] >= 0x7F || target.ptr[i] == '#')
            return false;
    return true;
}

/* Without scheme and authority, as it is sent to a role. */
static struct plx_slice
origin_form(struct plx_slice target)
{
    const char *scheme = target.len ? memmem(target.ptr, target.len, "://", 3) : NULL;
    const char *end = target.ptr + target.len, *at;

    if (!scheme || target.ptr[0] == '/' || memchr(target.ptr, '?', (size_t)(scheme - target.ptr)))
        return target;
    for (at = scheme + 3; at < end && *at != '/' && *at != '?'; at++)
        ;
    return at == end ? plx_slice_of("/") : plx_slice_make(at, (size_t)(end - at));
}

static void
add_url(struct command *c)
{
    struct plx_slice url = plx_slice_of(c->url), target;

    while (url.len > 0 && url.ptr[url.len - 1] == '/')
        url.len--;
    plx_buffer_clear(&c->text);
    plx_target_redact(origin_form(c->request->target), &c->text);
    target = plx_buffer_slice(&c->text);
    if (is_url_path(target)) {
        struct plx_buffer whole;

        if (memchr(target.ptr, '[', target.len) || memchr(target.ptr, '{', target.len))
            plx_buffer_text(c->out, " -g"); /* they are no patterns */
        if (memmem(target.ptr, target.len, "/.", 2))
            plx_buffer_text(c->out, " --path-as-is");
        plx_buffer_init(&whole, PLX_REPRODUCE_BYTES_MAX);
        plx_buffer_add(&whole, url);
        plx_buffer_add(&whole, target);
        plx_buffer_byte(c->out, ' ');
        add_argument(c->out, plx_buffer_slice(&whole));
        c->out->failed = c->out->failed || whole.failed;
        plx_buffer_fini(&whole);
    } else {
        plx_buffer_text(c->out, " --request-target ");
        add_argument(c->out, target);
        plx_buffer_byte(c->out, ' ');
        add_argument(c->out, url);
    }
    c->out->failed = c->out->failed || c->text.failed;
}

/* ---- the whole ---- */

static void
add_method(struct command *c, bool with_body)
{
    struct plx_slice method = c->request->method;

    if (plx_slice_equal(method, plx_slice_of("HEAD")) && !with_body) {
        plx_buffer_text(c->out, " -I");
        return;
    }
    plx_buffer_text(c->out, " -i");
    if (plx_slice_equal(method, plx_slice_of("GET")) && !with_body)
        return;
    plx_buffer_text(c->out, " -X ");
    add_argument(c->out, method);
}

static void
add_note(struct command *c)
{
    if (c->body_left_out)
        plx_buffer_format(c->out, " # request-body: a file with its %llu bytes, which are not kept here",
                          (unsigned long long)c->request->body_length);
    if (c->headers_left_out)
        plx_buffer_format(c->out, " # without %zu header%s that no command can have", c->headers_left_out,
                          c->headers_left_out == 1 ? "" : "s");
}

static void
write_command(struct command *c)
{
    bool with_body = c->request->body_length > 0, kept = false;
    struct plx_slice body = {NULL, 0};
    struct plx_buffer redacted;

    plx_buffer_init(&redacted, c->request->body.len * 12 + 64);
    if (with_body)
        kept = take_body(c, &redacted, &body);
    if (kept && !is_argument(body)) {
        add_printf(c->out, body);
        plx_buffer_text(c->out, " | ");
    }
    plx_buffer_text(c->out, "curl");
    add_method(c, with_body);
    add_headers(c);
    if (with_body)
        add_body(c, kept, body);
    add_url(c);
    add_note(c);
    plx_buffer_fini(&redacted);
}

void
plx_reproduce_write(const struct plx_exchange_outcome *outcome, enum plx_role role, struct plx_arena *scratch,
                    struct plx_buffer *out)
{
    struct command command = {.outcome = outcome,
                              .request = outcome->request,
                              .url = outcome->subject.service ? outcome->subject.service->roles[role].url : NULL,
                              .scratch = scratch,
                              .out = out};

    if (!command.request || !command.url || command.request->method.len == 0 || command.request->target.len == 0 ||
        !can_be_sent(command.request->method) || !can_be_sent(command.request->target))
        return;
    plx_buffer_init(&command.text, PLX_REPRODUCE_BYTES_MAX);
    write_command(&command);
    plx_buffer_fini(&command.text);
}
