/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes curl commands. The hard thing is that target, headers and body are a peer's bytes, and the line is pasted into
 * a shell: nothing stands outside of single quotes but what this file wrote itself, and what is no plain text goes
 * through printf with octal escapes, so that the line is one line and shows what it sends.
 */
#include "evidence/record/reproduce.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "base/shell.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "compare/rules.h"
#include "evidence/record/kept_message.h"
#include "secrets/marks.h"

#include <strings.h>

/* ---- the shell's words ---- */

/* Needs no quotes in any shell. */
static bool
is_word(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!(plx_ascii_is_alphanumeric(c) || (c && strchr("/:._-", c))))
            return false;
    }
    return text.len > 0;
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
    } else if (plx_utf8_is_plain(text)) {
        plx_shell_quote(out, text);
    } else {
        plx_buffer_text(out, "\"$(");
        add_printf(out, text);
        plx_buffer_text(out, ")\"");
    }
}

/* ---- taking ---- */

static const struct plx_header *
find_header(const struct plx_message_view *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (plx_slice_equal_nocase(request->headers[i].name, plx_slice_of(name)))
            return &request->headers[i];
    return NULL;
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
            plx_slice_list_has(request->headers[i].value, name))
            return true;
    return false;
}

/* What curl says by itself. A Host matters where services are told apart by it. */
static bool
is_curl_s(const struct plx_service *service, const struct plx_header *header)
{
    if (plx_slice_equal_nocase(header->name, plx_slice_of("Host")))
        return service->host_count == 0;
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

/* Redacted; what goes beyond any command is not kept. */
static bool
take_headers(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch, struct plx_asked *asked)
{
    const struct plx_message_view *request = outcome->request;
    size_t bytes = 0;

    for (int role = 0; role < PLX_ROLES; role++)
        if (asked->roles[role].target.len > bytes)
            bytes = asked->roles[role].target.len;
    asked->headers = plx_arena_alloc(scratch, (request->header_count + 1) * sizeof(*asked->headers));
    if (!asked->headers)
        return false;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct plx_header *header = &request->headers[i];
        struct plx_header *taken = &asked->headers[asked->header_count];

        if (is_hop_by_hop(request, header->name) || is_curl_s(outcome->subject.service, header))
            continue;
        if (header->name.len == 0 || !can_be_sent(header->name) || !can_be_sent(header->value)) {
            asked->headers_left_out++;
            continue;
        }
        if (!plx_header_take(header, plx_rules_secrets(outcome->rules), scratch, taken))
            return false;
        if (header->value.len == 0)
            taken->value = header->value; /* that there was nothing is no secret, and says what to send */
        bytes += taken->name.len + taken->value.len;
        asked->header_count++;
    }
    asked->too_long = bytes > PLX_REPRODUCE_BYTES_MAX;
    return true;
}

static void
take_body(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch, struct plx_asked *asked)
{
    const struct plx_message_view *request = outcome->request;

    asked->body_length = request->body_length;
    if (request->body_length == 0 || request->body.len < request->body_length ||
        request->body.len > PLX_REPRODUCE_BODY_MAX || !plx_body_take(request, outcome->rules, scratch, &asked->body) ||
        asked->body.len > PLX_REPRODUCE_BODY_MAX) {
        asked->body = plx_slice_make(NULL, 0);
        return;
    }
    asked->body_kept = true;
}

/* Those that are set first. */
static bool
take_names(const struct plx_field_changes *fields, struct plx_arena *scratch, struct plx_asked_role *asked)
{
    asked->names = plx_arena_alloc(scratch, (fields->count + 1) * sizeof(*asked->names));
    for (int set = 1; asked->names && set >= 0; set--)
        for (size_t i = 0; i < fields->count; i++) {
            if (!fields->list[i].value != !set)
                continue;
            asked->names[asked->name_count++] = plx_slice_of(fields->list[i].name);
            asked->set_count += set;
        }
    return asked->names;
}

/* A request that could not be rewritten was not sent, and can't be asked again. */
static bool
take_role(const struct plx_exchange_outcome *outcome, enum plx_role role, struct plx_arena *scratch,
          struct plx_asked_role *asked)
{
    const struct plx_service *service = outcome->subject.service;
    const struct plx_upstream *upstream = &service->roles[role];
    struct plx_slice url = plx_slice_of(upstream->url), path = origin_form(outcome->request->target);
    const struct plx_request_changes *changes = plx_service_request(service, outcome->route, role);
    enum plx_status status = plx_upstream_target(upstream, changes, path, scratch, &path);

    if (status != PLX_OK)
        return status != PLX_E_MEMORY;
    while (url.len > 0 && url.ptr[url.len - 1] == '/')
        url.len--;
    url.len -= plx_upstream_prefix(upstream).len;
    asked->url = url;
    if (plx_upstream_is_local(upstream)) {
        asked->socket = plx_slice_of(upstream->host);
        asked->url = plx_slice_of("http://localhost");
    }
    if (upstream->sent_host)
        asked->host = plx_slice_of(upstream->sent_host);
    return (!changes || take_names(&changes->fields, scratch, asked)) &&
           plx_target_take(path, plx_rules_secrets(outcome->rules), scratch, &asked->target);
}

bool
plx_asked_take(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch, struct plx_asked *asked)
{
    const struct plx_message_view *request = outcome->request;
    const struct plx_service *service = outcome->subject.service;

    *asked = (struct plx_asked){.header_count = 0};
    if (!request || !service || request->method.len == 0 || request->target.len == 0 || !can_be_sent(request->method) ||
        !can_be_sent(request->target))
        return true;
    for (int i = 0; i < PLX_ROLES; i++)
        if (service->roles[i].url && !take_role(outcome, (enum plx_role)i, scratch, &asked->roles[i]))
            return false;
    asked->method = request->method;
    asked->compressed = find_header(request, "Accept-Encoding") != NULL;
    asked->typed = find_header(request, "Content-Type") != NULL;
    if (!take_headers(outcome, scratch, asked))
        return false;
    take_body(outcome, scratch, asked);
    if (asked->too_long || asked->method.len > PLX_REPRODUCE_BYTES_MAX) {
        asked->too_long = true;
        asked->header_count = 0;
        asked->method = asked->body = plx_slice_make(NULL, 0);
        for (int i = 0; i < PLX_ROLES; i++)
            asked->roles[i].target = plx_slice_make(NULL, 0);
    }
    return true;
}

static void
keep_role(struct plx_keeper *keeper, struct plx_asked_role *asked)
{
    asked->names = plx_keep_array(keeper, asked->names, asked->name_count * sizeof(*asked->names));
    for (size_t i = 0; i < asked->name_count; i++)
        plx_keep_text(keeper, &asked->names[i]);
    plx_keep_text(keeper, &asked->socket);
    plx_keep_text(keeper, &asked->url);
    plx_keep_text(keeper, &asked->target);
    plx_keep_text(keeper, &asked->host);
}

void
plx_asked_keep(struct plx_keeper *keeper, struct plx_asked *asked)
{
    asked->headers = plx_keep_array(keeper, asked->headers, asked->header_count * sizeof(*asked->headers));
    for (size_t i = 0; i < asked->header_count; i++) {
        plx_keep_text(keeper, &asked->headers[i].name);
        plx_keep_text(keeper, &asked->headers[i].value);
    }
    for (int i = 0; i < PLX_ROLES; i++)
        keep_role(keeper, &asked->roles[i]);
    plx_keep_text(keeper, &asked->method);
    plx_keep_text(keeper, &asked->body);
}

/* ---- headers ---- */

struct command {
    const struct plx_asked *asked;
    const struct plx_asked_role *role;
    struct plx_buffer *out;
    struct plx_buffer text; /* of the argument under way */
    bool body_left_out;
};

static void
add_header(struct command *c, const struct plx_header *header)
{
    plx_buffer_clear(&c->text);
    plx_buffer_add(&c->text, header->name);
    if (header->value.len == 0) {
        plx_buffer_byte(&c->text, ';'); /* curl takes "Name:" to mean: without this header */
    } else {
        plx_buffer_text(&c->text, ": ");
        plx_buffer_add(&c->text, header->value);
    }
    plx_buffer_text(c->out, " -H ");
    add_argument(c->out, plx_buffer_slice(&c->text));
    c->out->failed = c->out->failed || c->text.failed;
}

/* The client's, but for those that the role is not asked with. */
static bool
is_asked_with(const struct plx_asked_role *role, struct plx_slice name)
{
    for (size_t i = 0; i < role->name_count; i++)
        if (plx_slice_equal_nocase(role->names[i], name))
            return false;
    return role->host.len == 0 || !plx_slice_equal_nocase(name, plx_slice_of("Host"));
}

static bool
is_set(const struct plx_asked_role *role, const char *name)
{
    for (size_t i = 0; i < role->set_count; i++)
        if (plx_slice_equal_nocase(role->names[i], plx_slice_of(name)))
            return true;
    return false;
}

/* curl would say it by itself. */
static void
add_removed(struct command *c, const char *name)
{
    if (is_asked_with(c->role, plx_slice_of(name)) || is_set(c->role, name))
        return;
    plx_buffer_text(c->out, " -H ");
    plx_buffer_text(c->out, name);
    plx_buffer_byte(c->out, ':');
}

static void
add_headers(struct command *c)
{
    const struct plx_asked_role *role = c->role;

    if (c->asked->compressed && is_asked_with(role, plx_slice_of("Accept-Encoding")))
        plx_buffer_text(c->out, " --compressed");
    for (size_t i = 0; i < c->asked->header_count; i++)
        if (is_asked_with(role, c->asked->headers[i].name))
            add_header(c, &c->asked->headers[i]);
    if (role->host.len)
        add_header(c, &(struct plx_header){plx_slice_of("Host"), role->host});
    for (size_t i = 0; i < role->set_count; i++)
        add_header(c, &(struct plx_header){role->names[i], plx_slice_of("[set]")});
    add_removed(c, "User-Agent");
    add_removed(c, "Accept");
}

/* ---- the body ---- */

/* Whether a command can have it: text without a NUL. */
static bool
can_be_shown(const struct plx_asked *asked)
{
    struct plx_slice body = asked->body;

    return asked->body_kept && plx_utf8_prefix(body) == body.len && (body.len == 0 || !memchr(body.ptr, 0, body.len));
}

/* Plain text that is an argument; "@" at its beginning would name a file. */
static bool
is_argument(struct plx_slice body)
{
    return plx_utf8_is_plain(body) && (body.len == 0 || body.ptr[0] != '@');
}

static void
add_body(struct command *c, bool shown)
{
    bool typed = c->asked->typed && is_asked_with(c->role, plx_slice_of("Content-Type"));

    if (!typed && !is_set(c->role, "Content-Type"))
        plx_buffer_text(c->out, " -H Content-Type:"); /* or curl would say that it is a form */
    plx_buffer_text(c->out, " --data-binary ");
    if (!shown)
        plx_buffer_text(c->out, "@request-body");
    else if (is_argument(c->asked->body))
        add_argument(c->out, c->asked->body);
    else
        plx_buffer_text(c->out, "@-");
    c->body_left_out = !shown;
}

/* ---- the target ---- */

static bool
is_mark_at(struct plx_slice target, size_t at)
{
    return target.len - at >= PLX_MARK_LEN && plx_is_mark(plx_slice_make(target.ptr + at, PLX_MARK_LEN));
}

/* A mark's blank stands in a URL encoded. */
static void
add_target(struct plx_buffer *out, struct plx_slice target)
{
    for (size_t i = 0; i < target.len; i++) {
        if (target.ptr[i] == ' ')
            plx_buffer_text(out, "%20");
        else
            plx_buffer_byte(out, target.ptr[i]);
    }
}

/* What curl takes as the rest of a URL and sends as it is. */
static bool
is_url_path(struct plx_slice target)
{
    if (target.len == 0 || target.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < target.len; i++) {
        if (is_mark_at(target, i))
            i += PLX_MARK_LEN - 1;
        else if (target.ptr[i] <= ' ' || target.ptr[i] >= 0x7F || target.ptr[i] == '#')
            return false;
    }
    return true;
}

static void
add_url(struct command *c)
{
    struct plx_slice url = c->role->url, target = c->role->target;

    if (is_url_path(target)) {
        if (memchr(target.ptr, '[', target.len) || memchr(target.ptr, '{', target.len))
            plx_buffer_text(c->out, " -g"); /* they are no patterns */
        if (memmem(target.ptr, target.len, "/.", 2))
            plx_buffer_text(c->out, " --path-as-is");
        plx_buffer_clear(&c->text);
        plx_buffer_add(&c->text, url);
        add_target(&c->text, target);
        plx_buffer_byte(c->out, ' ');
        add_argument(c->out, plx_buffer_slice(&c->text));
        c->out->failed = c->out->failed || c->text.failed;
    } else {
        plx_buffer_text(c->out, " --request-target ");
        add_argument(c->out, target);
        plx_buffer_byte(c->out, ' ');
        add_argument(c->out, url);
    }
}

/* ---- the whole ---- */

static void
add_method(struct command *c, bool with_body)
{
    struct plx_slice method = c->asked->method;

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
    size_t left_out = c->asked->headers_left_out;

    if (c->body_left_out)
        plx_buffer_format(c->out, " # request-body: a file with its %llu bytes, which are not kept here",
                          (unsigned long long)c->asked->body_length);
    if (left_out)
        plx_buffer_format(c->out, " # without %zu header%s that no command can have", left_out,
                          left_out == 1 ? "" : "s");
}

static void
write_command(struct command *c)
{
    bool with_body = c->asked->body_length > 0, shown = with_body && can_be_shown(c->asked);

    if (shown && !is_argument(c->asked->body)) {
        add_printf(c->out, c->asked->body);
        plx_buffer_text(c->out, " | ");
    }
    plx_buffer_text(c->out, "curl");
    add_method(c, with_body);
    if (c->role->socket.len) {
        plx_buffer_text(c->out, " --unix-socket ");
        add_argument(c->out, c->role->socket);
    }
    add_headers(c);
    if (with_body)
        add_body(c, shown);
    add_url(c);
    add_note(c);
}

void
plx_reproduce_write(const struct plx_asked *asked, enum plx_role role, struct plx_buffer *out)
{
    struct command command = {.asked = asked, .role = &asked->roles[role], .out = out};

    if (command.role->url.len == 0)
        return;
    if (asked->too_long) {
        out->failed = true;
        return;
    }
    plx_buffer_init(&command.text, PLX_REPRODUCE_BYTES_MAX);
    write_command(&command);
    plx_buffer_fini(&command.text);
}
