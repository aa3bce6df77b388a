/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, by names and numbers alone: nothing is looked up, so what is told of two is what is sure. */
#include "control/config/addresses.h"

#include "base/ascii.h"
#include "control/config/values.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static bool
is_host_byte(char c)
{
    return plx_ascii_is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
}

/* Whether text, of len bytes, is an address of the family. */
static bool
is_numeric(int family, struct plx_slice text)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];

    if (text.len >= sizeof(copy))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, address) == 1;
}

/* "host:port", "[v6]:port", ":port"; *has_port says whether there was one. */
static bool
split(struct plx_slice text, struct plx_slice *host, uint16_t *port, bool *has_port)
{
    const char *colon = NULL;
    uint64_t number = 0;

    if (text.len && text.ptr[0] == '[') {
        const char *end = memchr(text.ptr, ']', text.len);
        if (!end)
            return false;
        *host = plx_slice_make(text.ptr + 1, (size_t)(end - text.ptr) - 1);
        if (!is_numeric(AF_INET6, *host))
            return false;
        text = plx_slice_make(end + 1, text.len - host->len - 2);
        if (text.len && text.ptr[0] != ':')
            return false;
        colon = text.len ? text.ptr : NULL;
    } else {
        colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
        *host = plx_slice_make(text.ptr, colon ? (size_t)(colon - text.ptr) : text.len);
        for (size_t i = 0; i < host->len; i++)
            if (!is_host_byte(host->ptr[i]))
                return false;
    }
    *has_port = colon != NULL;
    if (!colon)
        return true;
    if (!plx_value_count(plx_slice_make(colon + 1, (size_t)(text.ptr + text.len - colon) - 1), 65535, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

bool
plx_address_of(struct plx_slice text, struct plx_address *address)
{
    struct plx_slice host = {"", 0};
    uint64_t number;
    bool has_port = true;
    uint16_t port = 0;

    if (plx_value_count(text, 65535, &number))
        port = (uint16_t)number;
    else if (!split(text, &host, &port, &has_port) || !has_port || host.len >= sizeof(address->host))
        return false;
    memset(address, 0, sizeof(*address));
    if (host.len)
        memcpy(address->host, host.ptr, host.len);
    address->port = port;
    return true;
}

bool
plx_authority_is_valid(struct plx_slice text)
{
    struct plx_slice host;
    uint16_t port = 1;
    bool has_port;

    return split(text, &host, &port, &has_port) && host.len > 0 && host.len <= 253 && port != 0;
}

static bool
is_loopback(struct plx_slice host)
{
    if (host.len > 4 && memcmp(host.ptr, "127.", 4) == 0)
        return is_numeric(AF_INET, host); /* 127.example.com may be anywhere */
    return plx_slice_equal(host, plx_slice_of("::1")) || plx_slice_equal_nocase(host, plx_slice_of("localhost"));
}

bool
plx_address_is_loopback(const struct plx_address *address)
{
    return is_loopback(plx_slice_of(address->host));
}

enum {
    LOCAL_V4 = 1,
    LOCAL_V6 = 2,
    EVERY = 4, /* of its family: listeners of [::] leave IPv4 alone */
};

/* The families in which a host is surely this machine; 0: it may be another. */
static unsigned
local_families(const char *host)
{
    if (!*host || strcmp(host, "0.0.0.0") == 0)
        return LOCAL_V4 | EVERY;
    if (strcmp(host, "::") == 0)
        return LOCAL_V6 | EVERY;
    if (!is_loopback(plx_slice_of(host)))
        return 0;
    return strchr(host, ':') ? LOCAL_V6 : strncmp(host, "127.", 4) == 0 ? LOCAL_V4 : LOCAL_V4 | LOCAL_V6;
}

bool
plx_hosts_meet(const char *a, const char *b)
{
    unsigned one = local_families(a), other = local_families(b);

    if (plx_slice_equal_nocase(plx_slice_of(a), plx_slice_of(b)))
        return true;
    if (!(one & other & (LOCAL_V4 | LOCAL_V6)))
        return false;
    /* else one of them is localhost, and what it meets is 127.0.0.1 or ::1, or they are two of 127.* */
    return ((one | other) & EVERY) || (strcmp(a, "127.0.0.1") == 0 && other != LOCAL_V4) ||
           (strcmp(b, "127.0.0.1") == 0 && one != LOCAL_V4) || (one & other) == LOCAL_V6;
}

static bool
is_same_text(const char *a, const char *b)
{
    return plx_slice_equal_nocase(plx_slice_of(a ? a : ""), plx_slice_of(b ? b : ""));
}

bool
plx_upstreams_meet(const struct plx_upstream *a, const struct plx_upstream *b)
{
    return a->url && b->url && a->port == b->port &&
           (a->port ? plx_hosts_meet(a->host, b->host) : strcmp(a->host, b->host) == 0) &&
           is_same_text(a->sent_host, b->sent_host) &&
           plx_slice_equal(plx_upstream_prefix(a), plx_upstream_prefix(b)) &&
           plx_request_changes_equal(a->request, b->request);
}

/* ---- URLs ---- */

/* The path before those of all requests; *prefix {NULL, 0}: there is none. */
static const char *
take_prefix(struct plx_slice path, struct plx_slice *prefix)
{
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    *prefix = path.len ? path : plx_slice_make(NULL, 0);
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '?' || path.ptr[i] == '#')
            return "leave the query out: `request: {rewrite: {query: ...}}` changes the queries of requests";
        if (path.ptr[i] <= ' ' || path.ptr[i] >= 0x7F)
            return "percent-encode what is not visible ASCII in the path";
    }
    return path.len > PLX_PREFIX_MAX ? "give a path of at most 1024 bytes" : NULL;
}

/* False: no memory; the upstream is then as if there were no such role. */
static bool
take_texts(struct plx_upstream *upstream, struct plx_slice url, struct plx_slice authority, struct plx_slice host,
           struct plx_slice prefix)
{
    upstream->url = strndup(url.ptr, url.len);
    upstream->host = strndup(host.ptr, host.len);
    upstream->authority = strndup(authority.ptr, authority.len);
    upstream->prefix = prefix.ptr ? strndup(prefix.ptr, prefix.len) : NULL;
    if (upstream->url && upstream->host && upstream->authority && (upstream->prefix || !prefix.ptr))
        return true;
    free(upstream->url);
    free(upstream->host);
    free(upstream->authority);
    free(upstream->prefix);
    upstream->url = upstream->host = upstream->authority = upstream->prefix = NULL;
    return false;
}

/* "unix:/run/app.sock", and behind another colon the prefix, as nginx has it. */
static const char *
take_local(struct plx_slice url, struct plx_upstream *upstream)
{
    struct plx_slice path = plx_slice_make(url.ptr + 5, url.len - 5), prefix = {NULL, 0};
    const char *colon = path.len ? memchr(path.ptr, ':', path.len) : NULL;

    if (colon) {
        prefix = plx_slice_make(colon + 1, (size_t)(path.ptr + path.len - colon) - 1);
        path.len = (size_t)(colon - path.ptr);
        if (prefix.len == 0 || prefix.ptr[0] != '/')
            return "behind the socket's path a colon begins the path of requests, as in unix:/run/app.sock:/v2";
        const char *fault = take_prefix(prefix, &prefix);
        if (fault)
            return fault;
    }
    if (path.len == 0 || path.ptr[0] != '/' || path.len > PLX_SOCKET_PATH_MAX)
        return "a unix socket is given by an absolute path of at most 107 bytes, as in unix:/run/app.sock";
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] < ' ' || path.ptr[i] == 0x7F)
            return "give a path without control characters";
    take_texts(upstream, url, plx_slice_of("localhost"), path, prefix);
    return NULL;
}

const char *
plx_value_url(struct plx_slice text, struct plx_upstream *upstream)
{
    static const char scheme[] = "http://";
    struct plx_slice host = {"", 0};
    uint16_t port = 80;
    bool has_port;

    if (text.len >= 8 && plx_slice_equal_nocase(plx_slice_make(text.ptr, 8), plx_slice_of("https://")))
        return "https:// is not supported by this version (" PLX_VERSION
               "): let a TLS proxy on this machine speak it, and give its http:// address";
    if (text.len >= 5 && memcmp(text.ptr, "unix:", 5) == 0)
        return take_local(text, upstream);
    if (text.len <= 7 || !plx_slice_equal_nocase(plx_slice_make(text.ptr, 7), plx_slice_of(scheme)))
        return "an implementation is given as http://HOST:PORT";
    struct plx_slice rest = plx_slice_make(text.ptr + 7, text.len - 7);
    if (memchr(rest.ptr, '@', rest.len))
        return "leave user and password out: what clients send in Authorization is passed on";
    struct plx_slice prefix = {NULL, 0};
    const char *slash = memchr(rest.ptr, '/', rest.len);
    if (slash) {
        const char *fault = take_prefix(plx_slice_make(slash, (size_t)(rest.ptr + rest.len - slash)), &prefix);
        if (fault)
            return fault;
        rest.len = (size_t)(slash - rest.ptr);
    }
    if (!split(rest, &host, &port, &has_port) || host.len == 0 || port == 0 || host.len > 253)
        return "an implementation is given as http://HOST:PORT, with a port from 1 to 65535";
    if (take_texts(upstream, text, rest, host, prefix))
        upstream->port = port;
    return NULL;
}

bool
plx_addresses_meet(const struct plx_address *a, const struct plx_address *b)
{
    return a->port != 0 && a->port == b->port && plx_hosts_meet(a->host, b->host);
}

/* An address of version 6 takes connections of version 6 alone. */
bool
plx_addresses_collide(const struct plx_address *a, const struct plx_address *b)
{
    return plx_addresses_meet(a, b) && (strchr(a->host, ':') != NULL) == (strchr(b->host, ':') != NULL);
}

struct plx_address
plx_address_of_upstream(const struct plx_upstream *upstream)
{
    struct plx_address address = {.port = upstream->port};

    memcpy(address.host, upstream->host, strlen(upstream->host) + 1); /* plx_value_url() takes fewer than 256 bytes */
    return address;
}

char *
plx_address_write(const char *host, uint16_t port, char out[PLX_ADDRESS_TEXT])
{
    snprintf(out, PLX_ADDRESS_TEXT, strchr(host, ':') ? "[%s]:%u" : "%s:%u", *host ? host : "0.0.0.0", port);
    return out;
}
