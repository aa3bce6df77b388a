/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token and the Host of an admin request. Both come from outside, and both checks err on the side of refusing. The
 * hard thing is the Host: which names no foreign site can have.
 */
#include "control/admin/access.h"

#include "base/ascii.h"

#include <arpa/inet.h>
#include <strings.h>

bool
plx_access_token_fits(struct plx_slice authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    const size_t scheme_len = sizeof(scheme) - 1;
    size_t token_len = strlen(token);
    volatile unsigned char differs = 0;
    struct plx_slice given;

    if (authorization.len < scheme_len || strncasecmp(authorization.ptr, scheme, scheme_len) != 0)
        return false;
    given = plx_slice_make(authorization.ptr + scheme_len, authorization.len - scheme_len);
    while (given.len > 0 && given.ptr[0] == ' ') {
        given.ptr++;
        given.len--;
    }
    /* The length of the token may show, its bytes may not. */
    for (size_t i = 0; i < token_len; i++)
        differs = differs | (unsigned char)((i < given.len ? given.ptr[i] : 0) ^ token[i]);
    return differs == 0 && given.len == token_len && token_len > 0;
}

static bool
is_address(int family, struct plx_slice text)
{
    char name[64];
    unsigned char bytes[16];

    if (text.len >= sizeof(name))
        return false;
    memcpy(name, text.ptr, text.len);
    name[text.len] = 0;
    return inet_pton(family, name, bytes) == 1;
}

static bool
is_port(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len <= 5;
}

static bool
ends_in_localhost(struct plx_slice name)
{
    static const char localhost[] = ".localhost";
    const size_t len = sizeof(localhost) - 1;

    return name.len > len && strncasecmp(name.ptr + name.len - len, localhost, len) == 0;
}

static bool
is_plain_name(struct plx_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!(plx_ascii_is_alphanumeric(c) || c == '-' || c == '_'))
            return false;
    }
    return name.len > 0;
}

static bool
is_bracketed_address(struct plx_slice host)
{
    const char *end = memchr(host.ptr, ']', host.len);
    struct plx_slice rest;

    if (!end || !is_address(AF_INET6, plx_slice_make(host.ptr + 1, (size_t)(end - host.ptr - 1))))
        return false;
    rest = plx_slice_make(end + 1, host.len - (size_t)(end + 1 - host.ptr));
    return rest.len == 0 || (rest.ptr[0] == ':' && is_port(plx_slice_make(rest.ptr + 1, rest.len - 1)));
}

bool
plx_access_host_is_local(struct plx_slice host)
{
    const char *colon;

    if (host.len == 0)
        return true;
    if (host.ptr[0] == '[')
        return is_bracketed_address(host);
    colon = memchr(host.ptr, ':', host.len);
    if (colon) {
        if (!is_port(plx_slice_make(colon + 1, host.len - (size_t)(colon + 1 - host.ptr))))
            return false;
        host.len = (size_t)(colon - host.ptr);
    }
    return is_plain_name(host) || is_address(AF_INET, host) || ends_in_localhost(host);
}

bool
plx_access_origin_is_host(struct plx_slice origin, struct plx_slice host)
{
    static const char mark[] = "://";
    const char *at = origin.len ? memmem(origin.ptr, origin.len, mark, sizeof(mark) - 1) : NULL;

    if (!at || host.len == 0)
        return false;
    at += sizeof(mark) - 1;
    return plx_slice_equal_nocase(plx_slice_make(at, origin.len - (size_t)(at - origin.ptr)), host);
}

bool
plx_access_site_is_own(struct plx_slice fetch_site)
{
    return fetch_site.len == 0 || plx_slice_equal_nocase(fetch_site, plx_slice_of("same-origin")) ||
           plx_slice_equal_nocase(fetch_site, plx_slice_of("none"));
}
