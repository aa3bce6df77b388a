/* SPDX-License-Identifier: Apache-2.0 */
/* Own addresses in Location: scheme and host in any case, the scheme's port also where it is left out (RFC 3986, 6.2).
 */
#include "compare/places.h"

/* A URL of http or https as far as it is looked at; slices of its text. */
struct place {
    struct plx_slice scheme, host, port;
    struct plx_slice rest; /* from the path on */
};

static bool
take_scheme(struct plx_slice *text, const char *scheme, struct plx_slice *taken)
{
    size_t len = strlen(scheme);

    if (text->len < len + 3 || !plx_slice_equal_nocase(plx_slice_make(text->ptr, len), plx_slice_of(scheme)) ||
        memcmp(text->ptr + len, "://", 3) != 0)
        return false;
    *taken = plx_slice_make(text->ptr, len);
    *text = plx_slice_make(text->ptr + len + 3, text->len - len - 3);
    return true;
}

/* The last colon that is in no brackets, those of an IPv6 address. */
static const char *
port_colon(struct plx_slice authority)
{
    for (size_t at = authority.len; at > 0; at--) {
        if (authority.ptr[at - 1] == ']')
            return NULL;
        if (authority.ptr[at - 1] == ':')
            return authority.ptr + at - 1;
    }
    return NULL;
}

/* False: it is no whole URL of http or https. */
static bool
read_place(struct plx_slice text, struct place *place)
{
    size_t end = 0;
    bool tls = false;

    if (text.len == 0 ||
        (!take_scheme(&text, "http", &place->scheme) && !(tls = take_scheme(&text, "https", &place->scheme))))
        return false;
    while (end < text.len && text.ptr[end] != '/' && text.ptr[end] != '?' && text.ptr[end] != '#')
        end++;
    const char *colon = port_colon(plx_slice_make(text.ptr, end));
    place->host = plx_slice_make(text.ptr, colon ? (size_t)(colon - text.ptr) : end);
    place->port = plx_slice_of(tls ? "443" : "80");
    if (colon && colon + 1 < text.ptr + end)
        place->port = plx_slice_make(colon + 1, (size_t)(text.ptr + end - colon - 1));
    place->rest = plx_slice_make(text.ptr + end, text.len - end);
    if (plx_slice_equal(place->rest, plx_slice_of("/")))
        place->rest.len = 0;
    return true;
}

/* *rest: what it names there. */
static bool
is_own(struct plx_slice location, struct plx_slice origin, struct plx_slice *rest)
{
    struct place at, own;

    if (!read_place(location, &at) || !read_place(origin, &own) || !plx_slice_equal_nocase(at.scheme, own.scheme) ||
        !plx_slice_equal_nocase(at.host, own.host) || !plx_slice_equal(at.port, own.port))
        return false;
    *rest = at.rest;
    if (own.rest.len == 0 || own.rest.ptr[0] != '/')
        return true;
    /* the path that stands before all of its own */
    while (own.rest.len && own.rest.ptr[own.rest.len - 1] == '/')
        own.rest.len--;
    if (rest->len < own.rest.len || memcmp(rest->ptr, own.rest.ptr, own.rest.len) != 0 ||
        (rest->len > own.rest.len && !memchr("/?#", rest->ptr[own.rest.len], 3)))
        return false;
    *rest = plx_slice_make(rest->ptr + own.rest.len, rest->len - own.rest.len);
    if (plx_slice_equal(*rest, plx_slice_of("/")))
        rest->len = 0;
    return true;
}

bool
plx_is_same_place(struct plx_slice primary, struct plx_slice primary_origin, struct plx_slice candidate,
                  struct plx_slice candidate_origin)
{
    struct plx_slice a, b;

    return is_own(primary, primary_origin, &a) && is_own(candidate, candidate_origin, &b) && plx_slice_equal(a, b);
}
