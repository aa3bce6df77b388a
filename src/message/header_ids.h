/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header names that the proxy acts on, as numbers: a name is compared once, when its head is read, and not by
 * everybody who looks for it.
 */
#ifndef PLX_MESSAGE_HEADER_IDS_H
#define PLX_MESSAGE_HEADER_IDS_H

#include <parallax/base.h>

/*
 * Enum, name, whether it is hop-by-hop by itself (RFC 9110, 7.6.1), whether it is guarded: a request that goes on has
 * what Parallax says there, or nothing. CGI, WSGI, PHP and Rack make one variable of names that differ in `-` and `_`
 * (some of any sign), so that what looks like a guarded name would be read as one: PLX_HEADER_POSER.
 */
#define PLX_HTTP_HEADER_MAP(X)                                           \
    X(PLX_HEADER_CONNECTION, "Connection", true, true)                   \
    X(PLX_HEADER_KEEP_ALIVE, "Keep-Alive", true, true)                   \
    X(PLX_HEADER_PROXY_CONNECTION, "Proxy-Connection", true, true)       \
    X(PLX_HEADER_TE, "TE", true, true)                                   \
    X(PLX_HEADER_TRANSFER_ENCODING, "Transfer-Encoding", true, true)     \
    X(PLX_HEADER_UPGRADE, "Upgrade", true, true)                         \
    X(PLX_HEADER_PROXY_AUTHENTICATE, "Proxy-Authenticate", true, true)   \
    X(PLX_HEADER_PROXY_AUTHORIZATION, "Proxy-Authorization", true, true) \
    X(PLX_HEADER_HTTP2_SETTINGS, "HTTP2-Settings", true, true)           \
    X(PLX_HEADER_TRAILER, "Trailer", false, false)                       \
    X(PLX_HEADER_CONTENT_LENGTH, "Content-Length", false, true)          \
    X(PLX_HEADER_CONTENT_TYPE, "Content-Type", false, false)             \
    X(PLX_HEADER_CONTENT_ENCODING, "Content-Encoding", false, false)     \
    X(PLX_HEADER_HOST, "Host", false, true)                              \
    X(PLX_HEADER_EXPECT, "Expect", false, true)                          \
    X(PLX_HEADER_MAX_FORWARDS, "Max-Forwards", false, false)             \
    X(PLX_HEADER_DATE, "Date", false, false)                             \
    X(PLX_HEADER_ORIGIN, "Origin", false, false)                         \
    X(PLX_HEADER_SEC_FETCH_SITE, "Sec-Fetch-Site", false, false)         \
    X(PLX_HEADER_AUTHORIZATION, "Authorization", false, false)           \
    X(PLX_HEADER_COOKIE, "Cookie", false, false)                         \
    X(PLX_HEADER_SET_COOKIE, "Set-Cookie", false, false)                 \
    X(PLX_HEADER_X_FORWARDED_FOR, "X-Forwarded-For", false, true)        \
    X(PLX_HEADER_X_FORWARDED_PROTO, "X-Forwarded-Proto", false, true)    \
    X(PLX_HEADER_X_FORWARDED_HOST, "X-Forwarded-Host", false, true)      \
    X(PLX_HEADER_PARALLAX_ROLE, "Parallax-Role", false, true)            \
    X(PLX_HEADER_PARALLAX_EXCHANGE, "Parallax-Exchange", false, true)

/* Whole families that are guarded: their beginning in lower case, whether the names themselves are, too. */
#define PLX_HTTP_HEADER_FAMILY_MAP(X) \
    X("parallax-", true)              \
    X("x-forwarded-", false)

enum plx_http_header_id {
    PLX_HEADER_OTHER,
    PLX_HEADER_POSER, /* reads as a guarded name, or is of a family of which none goes on */
#define PLX_HTTP_HEADER_ENUM(name, text, hop, guarded) name,
    PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_ENUM)
#undef PLX_HTTP_HEADER_ENUM
};

enum plx_http_header_id plx_http_header_id_of(struct plx_slice name); /* in any case of its letters */

#endif
