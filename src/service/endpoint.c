/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints: method and path with what looks like an id folded, so that results are grouped by what is asked and not by
 * whom it is asked about. Runs once a request: one pass over the path, no allocation.
 */
#include "service/endpoint.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "secrets/secrets.h"

#define DIGEST_DIGITS_MIN 16u

/* RFC 9562: 8-4-4-4-12 hexadecimal digits. */
static bool
is_uuid(struct plx_slice s)
{
    if (s.len != 36)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.ptr[i] != '-' : !plx_ascii_is_hex(s.ptr[i]))
            return false;
    }
    return true;
}

/* 26 digits of Crockford's base 32, the first at most 7, since they are 128 bits. A word of letters alone is none. */
static bool
is_ulid(struct plx_slice s)
{
    bool digit = false;

    if (s.len != 26 || s.ptr[0] < '0' || s.ptr[0] > '7')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i], upper = (char)(c & ~0x20);
        bool letter = upper >= 'A' && upper <= 'Z' && upper != 'I' && upper != 'L' && upper != 'O' && upper != 'U';
        if (!plx_ascii_is_digit(c) && !letter)
            return false;
        digit |= plx_ascii_is_digit(c);
    }
    return digit;
}

static bool
is_id(struct plx_slice s)
{
    bool decimal = true, hex = true, digit = false;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len && hex; i++) {
        decimal &= plx_ascii_is_digit(s.ptr[i]);
        digit |= plx_ascii_is_digit(s.ptr[i]);
        hex = plx_ascii_is_hex(s.ptr[i]);
    }
    if (hex)
        return decimal || (digit && s.len >= DIGEST_DIGITS_MIN);
    return is_uuid(s) || is_ulid(s);
}

struct writer {
    char *out;
    size_t len;
};

static void
put(struct writer *w, struct plx_slice text)
{
    for (size_t i = 0; i < text.len && w->len < PLX_ENDPOINT_MAX; i++)
        w->out[w->len++] = text.ptr[i] > ' ' && text.ptr[i] < 0x7F ? text.ptr[i] : '?';
}

/* ;jsessionid=... says no more of what is asked for than a query does. */
static struct plx_slice
without_parameters(struct plx_slice segment)
{
    const char *semicolon = segment.len ? memchr(segment.ptr, ';', segment.len) : NULL;

    return semicolon ? plx_slice_make(segment.ptr, (size_t)(semicolon - segment.ptr)) : segment;
}

/* The path as it is, but for segments that are ids, or secrets by their form, whatever is shown else, or names by a
 * rule: the parent is what is written so far. */
static void
put_path(struct writer *w, const struct plx_path_folds *folds, struct plx_slice path)
{
    struct plx_slice before = plx_slice_make(NULL, 0);

    for (size_t from = 0; from < path.len && w->len < PLX_ENDPOINT_MAX;) {
        const char *slash = memchr(path.ptr + from, '/', path.len - from);
        size_t to = slash ? (size_t)(slash - path.ptr) : path.len;
        struct plx_slice segment = without_parameters(plx_slice_make(path.ptr + from, to - from));
        if (is_id(segment) || plx_secrets_has_segment(NULL, before, segment))
            put(w, plx_slice_of("{id}"));
        else if (folds && plx_path_folds_takes(folds, plx_slice_make(w->out, w->len), segment))
            put(w, plx_slice_of(PLX_PATH_NAME));
        else
            put(w, segment);
        if (slash)
            put(w, plx_slice_of("/"));
        before = segment;
        from = to + 1;
    }
}

size_t
plx_endpoint_write(const struct plx_route *route, const struct plx_path_folds *folds, struct plx_slice method,
                   struct plx_slice path, char *out)
{
    struct writer w = {out, 0};

    if (route && route->endpoint) {
        size_t len = strlen(route->endpoint);
        w.len = len < PLX_ENDPOINT_MAX ? len : PLX_ENDPOINT_MAX;
        memcpy(out, route->endpoint, w.len);
        return w.len;
    }
    put(&w, method);
    if (w.len < PLX_ENDPOINT_MAX)
        out[w.len++] = ' ';
    const char *query = path.len ? memchr(path.ptr, '?', path.len) : NULL;
    put_path(&w, folds, plx_slice_make(path.ptr, query ? (size_t)(query - path.ptr) : path.len));
    return w.len;
}

size_t
plx_endpoint_fold(const struct plx_path_folds *folds, struct plx_slice endpoint, char *out)
{
    struct writer w = {out, 0};
    const char *space = endpoint.len ? memchr(endpoint.ptr, ' ', endpoint.len) : NULL;
    size_t method = space ? (size_t)(space - endpoint.ptr) + 1 : endpoint.len;

    PLX_ASSERT(endpoint.len <= PLX_ENDPOINT_MAX);
    if (endpoint.len)
        memcpy(out, endpoint.ptr, method);
    w.len = method;
    put_path(&w, folds, plx_slice_make(endpoint.ptr + method, endpoint.len - method));
    return w.len;
}

bool
plx_endpoint_is_named(const struct plx_service *service, struct plx_slice endpoint)
{
    for (size_t i = 0; i < service->route_count; i++) {
        const struct plx_route *route = &service->routes[i];
        if ((route->endpoint && plx_slice_equal(plx_slice_of(route->endpoint), endpoint)) ||
            (route->match && plx_slice_equal(plx_slice_of(route->match), endpoint)))
            return true;
    }
    return false;
}

/* ---- kinship ---- */

/* Takes the next segment of a path off its beginning; false where there is none, or where it stands for any. */
static bool
next_segment(struct plx_slice *path, struct plx_slice *segment)
{
    const char *slash;

    if (path->len < 2 || path->ptr[0] != '/' || path->ptr[1] == '{' || path->ptr[1] == '*' || path->ptr[1] == '/')
        return false;
    slash = memchr(path->ptr + 1, '/', path->len - 1);
    *segment = plx_slice_make(path->ptr + 1, slash ? (size_t)(slash - path->ptr) - 1 : path->len - 1);
    path->ptr += segment->len + 1;
    path->len -= segment->len + 1;
    return true;
}

static struct plx_slice
path_of(struct plx_slice endpoint)
{
    const char *space = memchr(endpoint.ptr, ' ', endpoint.len);
    size_t before = space ? (size_t)(space - endpoint.ptr) + 1 : endpoint.len;

    return plx_slice_make(endpoint.ptr + before, endpoint.len - before);
}

size_t
plx_endpoint_kinship(struct plx_slice a, struct plx_slice b)
{
    struct plx_slice x = path_of(a), y = path_of(b), left = {NULL, 0}, right = {NULL, 0};
    size_t common = 0, rest = 0;
    bool more_x = next_segment(&x, &left), more_y = next_segment(&y, &right);

    for (; more_x && more_y && plx_slice_equal(left, right); common++) {
        more_x = next_segment(&x, &left);
        more_y = next_segment(&y, &right);
    }
    /* Of the shorter one: */
    while (more_x && more_y) {
        rest++;
        more_x = next_segment(&x, &left);
        more_y = next_segment(&y, &right);
    }
    return rest <= 1 ? common : 0;
}
