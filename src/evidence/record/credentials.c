/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The redaction of headers, targets, forms and connection strings. The hard thing is deciding what looks like a
 * credential: names are compared without case, hyphens and underscores, so that access_token, X-Access-Token and
 * accessToken are one.
 */
#include "evidence/record/credentials.h"

#include "base/ascii.h"
#include "base/assert.h"

#include <ctype.h>
#include <strings.h>

/* ---- what looks like a credential ---- */

#define CREDENTIAL_NAME_MAX 128u

/* Lower case, percent-decoded, without hyphens and underscores; of a long name the end, which is what is looked at. */
static struct plx_slice
normalise(struct plx_slice name, char out[CREDENTIAL_NAME_MAX])
{
    size_t len = 0;
    size_t at = name.len > CREDENTIAL_NAME_MAX ? name.len - CREDENTIAL_NAME_MAX : 0;

    while (at < name.len) {
        char c = name.ptr[at++];
        int byte = c == '%' && at + 1 < name.len ? plx_ascii_hex_pair(name.ptr + at) : -1;

        if (byte >= 0) {
            c = (char)byte;
            at += 2;
        }
        if (c == '-' || c == '_')
            continue;
        out[len++] = plx_ascii_lower(c);
    }
    return plx_slice_make(out, len);
}

static bool
ends_with_one_of(struct plx_slice name, const char *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(ends[i]);

        if (name.len >= len && memcmp(name.ptr + name.len - len, ends[i], len) == 0)
            return true;
    }
    return false;
}

static bool
equals_one_of(struct plx_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (plx_slice_equal(name, plx_slice_of(names[i])))
            return true;
    return false;
}

static const char *const credential_ends[] = {"token",  "apikey",    "password",      "passwd",
                                              "secret", "signature", "authorization", "cookie"};

bool
plx_header_is_credential(struct plx_slice name)
{
    char text[CREDENTIAL_NAME_MAX];

    return ends_with_one_of(normalise(name, text), credential_ends, PLX_COUNT(credential_ends));
}

static bool
parameter_is_credential(struct plx_slice name)
{
    static const char *const whole[] = {"code", "sig", "pwd", "auth", "session", "sessionid", "sid", "jwt"};
    char text[CREDENTIAL_NAME_MAX];
    struct plx_slice plain = normalise(name, text);

    return ends_with_one_of(plain, credential_ends, PLX_COUNT(credential_ends)) ||
           equals_one_of(plain, whole, PLX_COUNT(whole));
}

bool
plx_header_is_uri(struct plx_slice name)
{
    static const char *const names[] = {"location", "contentlocation", "referer", "refresh", "link"};
    char text[CREDENTIAL_NAME_MAX];

    return equals_one_of(normalise(name, text), names, PLX_COUNT(names));
}

bool
plx_field_is_credential(struct plx_slice field)
{
    static const char prefix[] = "header:";
    const size_t len = sizeof(prefix) - 1;

    if (field.len <= len || strncasecmp(field.ptr, prefix, len) != 0)
        return false;
    /* Set-Cookie/NAME is the cookie's value; behind another / is an attribute, which is no secret. */
    struct plx_slice name = plx_slice_make(field.ptr + len, field.len - len);
    const char *slash = memchr(name.ptr, '/', name.len);
    if (slash && memchr(slash + 1, '/', name.len - (size_t)(slash + 1 - name.ptr)))
        return false;
    name.len = slash ? (size_t)(slash - name.ptr) : name.len;
    return plx_header_is_credential(name);
}

/* ---- targets ---- */

static bool
is_one_of(char c, const char *set)
{
    return c != 0 && strchr(set, c);
}

/* "name=value" or "name". */
static void
redact_parameter(struct plx_slice parameter, struct plx_buffer *out)
{
    const char *equals = parameter.len ? memchr(parameter.ptr, '=', parameter.len) : NULL;
    size_t name_len = equals ? (size_t)(equals - parameter.ptr) : parameter.len;

    if (!equals || name_len + 1 == parameter.len || !parameter_is_credential(plx_slice_make(parameter.ptr, name_len))) {
        plx_buffer_add(out, parameter);
        return;
    }
    plx_buffer_append(out, parameter.ptr, name_len + 1);
    plx_buffer_text(out, PLX_REDACTED);
}

/* "scheme://user:password@": what stands between "//" and an "@" before the path. Returns how much of target was
 * written. */
static size_t
redact_user(struct plx_slice target, struct plx_buffer *out)
{
    size_t authority = 0, at = 0;

    for (size_t i = 0; i + 2 < target.len && !authority; i++) {
        if (target.ptr[i] == '/' || target.ptr[i] == '?')
            return 0;
        if (memcmp(target.ptr + i, "://", 3) == 0)
            authority = i + 3;
    }
    if (!authority)
        return 0;
    for (size_t i = authority; i < target.len && !is_one_of(target.ptr[i], "/?#"); i++)
        if (target.ptr[i] == '@')
            at = i;
    if (!at)
        return 0;
    plx_buffer_append(out, target.ptr, authority);
    plx_buffer_text(out, PLX_REDACTED);
    return at;
}

void
plx_target_redact(struct plx_slice target, struct plx_buffer *out)
{
    size_t from = redact_user(target, out);
    size_t at = from;

    while (at < target.len && target.ptr[at] != '?' && target.ptr[at] != '#')
        at++;
    plx_buffer_append(out, target.ptr + from, at - from);
    /* The fragment too: Location of an OAuth answer carries its token there. */
    while (at < target.len) {
        size_t start;

        plx_buffer_byte(out, target.ptr[at++]);
        start = at;
        while (at < target.len && !is_one_of(target.ptr[at], "?#&;"))
            at++;
        redact_parameter(plx_slice_make(target.ptr + start, at - start), out);
    }
}

void
plx_form_redact(struct plx_slice form, struct plx_buffer *out)
{
    size_t at = 0;

    while (at < form.len) {
        size_t start = at;

        while (at < form.len && form.ptr[at] != '&')
            at++;
        redact_parameter(plx_slice_make(form.ptr + start, at - start), out);
        if (at < form.len)
            plx_buffer_byte(out, form.ptr[at++]);
    }
}

/* ---- connection strings ---- */

/* "scheme://" at or behind from: where the scheme begins, *authority where it ends; len where there is none. */
static size_t
find_url(struct plx_slice text, size_t from, size_t *authority)
{
    const char *mark = memmem(text.ptr + from, text.len - from, "://", 3);
    size_t at = mark ? (size_t)(mark - text.ptr) : text.len;

    *authority = mark ? at + 3 : text.len;
    while (at > from && mark && (isalnum((unsigned char)text.ptr[at - 1]) || is_one_of(text.ptr[at - 1], "+-.")))
        at--;
    return at;
}

/* Of what stands before a URL's host: the user is no secret, what follows a colon is. Returns where the host begins. */
static size_t
redact_password(struct plx_slice text, size_t at, size_t end, struct plx_buffer *out)
{
    size_t host = at, colon = 0;

    for (size_t i = at; i < end && !is_one_of(text.ptr[i], "/?#"); i++)
        if (text.ptr[i] == '@')
            host = i;
    for (size_t i = at; i < host && !colon; i++)
        if (text.ptr[i] == ':')
            colon = i + 1;
    plx_buffer_append(out, text.ptr + at, (colon ? colon : host) - at);
    if (colon)
        plx_buffer_text(out, PLX_REDACTED);
    return host;
}

/* Where the word at `at` ends. The value of a credential may be quoted, as libpq has it: password='it\'s a secret'. */
static size_t
end_of_word(struct plx_slice text, size_t at)
{
    size_t start = at;

    while (at < text.len && !is_one_of(text.ptr[at], " \t\r\n?&#;")) {
        if (text.ptr[at++] != '=' || at == text.len || !is_one_of(text.ptr[at], "'\"") ||
            !parameter_is_credential(plx_slice_make(text.ptr + start, at - 1 - start)))
            continue;
        char quote = text.ptr[at++];
        while (at < text.len && text.ptr[at] != quote)
            at += text.ptr[at] == '\\' && at + 1 < text.len ? 2 : 1;
        return at < text.len ? at + 1 : at;
    }
    return at;
}

static void
redact_words(struct plx_slice text, struct plx_buffer *out)
{
    size_t at = 0;

    while (at < text.len) {
        size_t end = end_of_word(text, at);

        redact_parameter(plx_slice_make(text.ptr + at, end - at), out);
        at = end;
        if (at < text.len)
            plx_buffer_byte(out, text.ptr[at++]);
    }
}

void
plx_connections_redact(struct plx_slice text, struct plx_buffer *out)
{
    size_t at = 0;

    while (at < text.len) {
        size_t authority, url = find_url(text, at, &authority), after;

        redact_words(plx_slice_make(text.ptr + at, url - at), out);
        plx_buffer_append(out, text.ptr + url, authority - url);
        /* Up to the next URL: its scheme may stand in this one's query. */
        at = find_url(text, authority, &after);
        authority = redact_password(text, authority, at, out);
        redact_words(plx_slice_make(text.ptr + authority, at - authority), out);
    }
}
