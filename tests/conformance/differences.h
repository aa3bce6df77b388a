/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where we read HTTP/1.1 otherwise than llhttp does, on purpose: the case, what we do - "STATUS: why" where we refuse,
 * else the end of what test_http.c prints for us - and the reason. Each entry must come true.
 */
#ifndef TEST_DIFFERENCES_H
#define TEST_DIFFERENCES_H

struct difference {
    const char *file, *title, *ours, *why;
};

#define NO_METHOD  "400: the request line does not begin with a method"
#define NO_URL     "400: the target is neither a path nor an http URL"
#define NO_VERSION "400: the request line does not end in a version"
#define BAD_TARGET "400: the target holds a character that is not allowed there"
#define NO_CONNECT "501: CONNECT is for forward proxies"
#define BAD_CODING "502: Transfer-Encoding does not end in `chunked`"
#define NOT_HTTP   "502: the answer does not begin with a version"
#define ONLY_HTTP  "ICE and RTSP are not HTTP"
#define FRAGMENT   "a fragment is no part of a request target (RFC 9112, 3.2)"
#define FORWARD    "a reverse proxy has nobody to CONNECT to (RFC 9110, 9.3.6)"
#define WHOLE_HEAD "the head is refused before anything of it is used, not after it"
#define ONLY_CHUNKED \
    "a coding that is not known leaves the end of the body to guessing: refused rather than read to the close"
#define STRAY_LINE "nothing may come between two answers; the empty line would be the end of an answer nobody asked for"

static const struct difference differences[] = {
    {"request/connection.md", "CRLF between requests, implicit `keep-alive`", NO_METHOD,
     "one empty line is read over before a request (RFC 9112, 2.2), not any number of them"},
    {"request/content-length.md", "Content-Length reset when no body is received", "more",
     "a server can't be told that a request's body does not come: its length decides"},
    {"request/invalid.md", "HTTP protocol and ANNOUNCE method", "complete\nmore",
     "a method is any token (RFC 9110, 9.1)"},
    {"request/invalid.md", "Invalid method", "complete\nmore", "a method is any token (RFC 9110, 9.1)"},
    {"request/method.md", "CONNECT request", NO_CONNECT, FORWARD},
    {"request/method.md", "CONNECT request with CAPS", NO_CONNECT, FORWARD},
    {"request/method.md", "CONNECT with body", NO_CONNECT, FORWARD},
    {"request/uri.md", "Underscore in hostname", NO_CONNECT, FORWARD},
    {"request/method.md", "M-SEARCH request", NO_URL, "only OPTIONS has the target `*` (RFC 9112, 3.2.4)"},
    {"request/method.md", "PRI request HTTP2", NO_URL, "HTTP/2 is not spoken here"},
    {"request/method.md", "SOURCE request with ICE", NO_VERSION, ONLY_HTTP},
    {"request/method.md", "OPTIONS request with RTSP", NO_VERSION, ONLY_HTTP},
    {"request/method.md", "ANNOUNCE request with RTSP", NO_VERSION, ONLY_HTTP},
    {"request/sample.md", "No HTTP version", "400: the request line has no target or no version",
     "HTTP/0.9 has no headers, and nothing that says where it ends"},
    {"request/transfer-encoding.md", "Trailing headers", "body <hello world>\ncomplete\nmore",
     "fields that a trailer may not hold are dropped from it (RFC 9110, 6.5.1)"},
    {"request/transfer-encoding.md", "Ignoring `pigeons`", "400: Transfer-Encoding does not end in `chunked`",
     WHOLE_HEAD},
    {"request/transfer-encoding.md", "POST with `chunkedchunked` as transfer-encoding", BAD_TARGET,
     WHOLE_HEAD " (and its target has a fragment)"},
    {"request/transfer-encoding.md", "POST with `chunked` as last transfer-encoding", BAD_TARGET, FRAGMENT},
    {"request/transfer-encoding.md", "POST with `chunked` as last transfer-encoding (multiple headers)", BAD_TARGET,
     FRAGMENT},
    {"request/uri.md", "Fragment in URI", BAD_TARGET, FRAGMENT},
    {"request/uri.md", "`host:port` and basic auth", "400: the target's host is not a host with an optional port",
     "user information in an http URL is an error (RFC 9110, 4.2.4)"},
    {"response/connection.md", "HTTP 304 with Content-Length", NOT_HTTP, STRAY_LINE},
    {"response/connection.md", "HTTP 100 first, then 400", NOT_HTTP, STRAY_LINE},
    {"response/pipelining.md", "Should parse multiple events", NOT_HTTP, STRAY_LINE},
    {"response/sample.md", "Response starting with CRLF", NOT_HTTP, STRAY_LINE},
    {"response/sample.md", "RTSP response", NOT_HTTP, ONLY_HTTP},
    {"response/sample.md", "ICE response", NOT_HTTP, ONLY_HTTP},
    {"response/sample.md", "HTTP version 0.9", "502: the answer is not HTTP/1.0 or HTTP/1.1",
     "HTTP/0.9 has no status line"},
    {"response/transfer-encoding.md", "`chunked` before other transfer-encoding", BAD_CODING, ONLY_CHUNKED},
    {"response/transfer-encoding.md", "multiple transfer-encoding where chunked is not the last one",
     "502: more than one Transfer-Encoding", ONLY_CHUNKED},
    {"response/transfer-encoding.md", "`chunkedchunked` transfer-encoding does not enable chunked enconding",
     BAD_CODING, ONLY_CHUNKED},
};

#endif
