/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header names that the proxy acts on, as numbers: a name is compared once, when its head is read, and not by
 * everybody who looks for it.
 */
#ifndef PLX_MESSAGE_HEADER_IDS_H
#define PLX_MESSAGE_HEADER_IDS_H

#include <parallax/base.h>

/* Enum, name, whether it is hop-by-hop by itself (RFC 9110, 7.6.1). */
#define PLX_HTTP_HEADER_MAP(X)                                     \
    X(PLX_HEADER_CONNECTION, "Connection", true)                   \
    X(PLX_HEADER_KEEP_ALIVE, "Keep-Alive", true)                   \
    X(PLX_HEADER_PROXY_CONNECTION, "Proxy-Connection", true)       \
    X(PLX_HEADER_TE, "TE", true)                                   \
    X(PLX_HEADER_TRANSFER_ENCODING, "Transfer-Encoding", true)     \
    X(PLX_HEADER_UPGRADE, "Upgrade", true)                         \
    X(PLX_HEADER_PROXY_AUTHENTICATE, "Proxy-Authenticate", true)   \
    X(PLX_HEADER_PROXY_AUTHORIZATION, "Proxy-Authorization", true) \
    X(PLX_HEADER_HTTP2_SETTINGS, "HTTP2-Settings", true)           \
    X(PLX_HEADER_TRAILER, "Trailer", false)                        \
    X(PLX_HEADER_CONTENT_LENGTH, "Content-Length", false)          \
    X(PLX_HEADER_CONTENT_TYPE, "Content-Type", false)              \
    X(PLX_HEADER_CONTENT_ENCODING, "Content-Encoding", false)      \
    X(PLX_HEADER_HOST, "Host", false)                              \
    X(PLX_HEADER_EXPECT, "Expect", false)                          \
    X(PLX_HEADER_DATE, "Date", false)                              \
    X(PLX_HEADER_ORIGIN, "Origin", false)                          \
    X(PLX_HEADER_SEC_FETCH_SITE, "Sec-Fetch-Site", false)          \
    X(PLX_HEADER_AUTHORIZATION, "Authorization", false)            \
    X(PLX_HEADER_COOKIE, "Cookie", false)                          \
    X(PLX_HEADER_SET_COOKIE, "Set-Cookie", false)                  \
    X(PLX_HEADER_X_FORWARDED_FOR, "X-Forwarded-For", false)        \
    X(PLX_HEADER_X_FORWARDED_PROTO, "X-Forwarded-Proto", false)    \
    X(PLX_HEADER_X_FORWARDED_HOST, "X-Forwarded-Host", false)      \
    X(PLX_HEADER_PARALLAX_ROLE, "Parallax-Role", false)            \
    X(PLX_HEADER_PARALLAX_EXCHANGE, "Parallax-Exchange", false)

enum plx_http_header_id {
    PLX_HEADER_OTHER,
#define PLX_HTTP_HEADER_ENUM(name, text, hop) name,
    PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_ENUM)
#undef PLX_HTTP_HEADER_ENUM
};

enum plx_http_header_id plx_http_header_id_of(struct plx_slice name); /* in any case of its letters */

#endif
