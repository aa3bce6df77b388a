/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heads are read as RFC 9112 has them, the same however TCP cuts the bytes, and what two readers could understand
 * differently is refused with the status that fits.
 */
#include "base/ascii.h"
#include "http_trace.h"

#include "base/assert.h"
#include "message/nocase.h"
#include "message/reason.h"
#include "traffic/http1/octets.h"
#include "traffic/http1/scan.h"

struct sample {
    const char *wire, *want;
};

#define REQUEST (-1)

static void
expect_trace(struct plx_slice wire, const char *want, int request)
{
    struct plx_buffer text;
    plx_buffer_init(&text, TRACE_MAX);
    for (size_t cut = 0; cut <= wire.len; cut++) {
        trace_cut(&text, wire, cut, wire.len, request);
        plx_buffer_byte(&text, '\0');
        assert_string_equal(text.ptr, want);
    }
    trace_cut(&text, wire, 0, 1, request);
    plx_buffer_byte(&text, '\0');
    assert_string_equal(text.ptr, want);
    plx_buffer_fini(&text);
}

static void
expect_traces(const struct sample *samples, size_t count, int request)
{
    for (size_t i = 0; i < count; i++)
        expect_trace(plx_slice_of(samples[i].wire), samples[i].want, request);
}

#define H "Host: h\r\n"

static void
test_requests_are_read_however_they_are_cut(void **state)
{
    static const struct sample samples[] = {
        {"GET / HTTP/1.1\r\n" H "\r\n", "GET / host=h 1.1 none keep|Host=h"},
        {"\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET / host=h 1.1 none keep|Host=h"},
        {"GET / HTTP/1.1\r\n" H "\r\nGET /next HTTP/1.1\r\n" H "\r\n", "GET / host=h 1.1 none keep|Host=h"},
        {"GET / HTTP/1.1\r\n" H "\r\n\n\r\r", "GET / host=h 1.1 none keep|Host=h"},
        {"GET / HTTP/1.0\r\n\r\n", "GET / host= 1.0 none"},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / host= 1.0 none keep|Connection=Keep-Alive!"},
        {"GET / HTTP/1.9\r\n" H "\r\n", "GET / host=h 1.1 none keep|Host=h"},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / host= 1.1 none keep|Host="},
        {"GET / HTTP/1.1\r\nhOST: \t a.b:80 \t \r\n\r\n", "GET / host=a.b:80 1.1 none keep|hOST=a.b:80"},
        {"GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET / host=[::1]:8080 1.1 none keep|Host=[::1]:8080"},
        {"GET /a?b=c|d HTTP/1.1\r\n" H "Connection: close\r\n\r\n",
         "GET /a?b=c|d host=h 1.1 none|Host=h|Connection=close!"},
        {"PURGE //x HTTP/1.1\r\n" H "\r\n", "PURGE //x host=h 1.1 none keep|Host=h"},
        {"OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * host=h 1.1 none keep|Host=h"},
        {"OPTIONS http://a HTTP/1.1\r\n" H "\r\n", "OPTIONS * host=a 1.1 none keep|Host=h"},
        {"GET HTTP://a:1 HTTP/1.1\r\n" H "\r\n", "GET / host=a:1 1.1 none keep|Host=h"},
        {"GET http://h?q HTTP/1.1\r\n" H "\r\n", "GET /?q host=h 1.1 none keep|Host=h"},
        {"OPTIONS http://h:1?q=/*? HTTP/1.1\r\n" H "\r\n", "OPTIONS /?q=/*? host=h:1 1.1 none keep|Host=h"},
        {"GET https://a/b?c HTTP/1.1\r\n" H "\r\n", "GET /b?c host=a 1.1 none keep|Host=h"},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 0012\r\n\r\nbody",
         "POST / host=h 1.1 length=12 keep|Host=h|Content-Length=0012"},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551615\r\n\r\n",
         "POST / host=h 1.1 length=18446744073709551615 keep|Host=h|Content-Length=18446744073709551615"},
        {"POST / HTTP/1.1\r\n" H "transfer-encoding: Chunked\r\nTrailer: X\r\n\r\n",
         "POST / host=h 1.1 chunked keep|Host=h|transfer-encoding=Chunked!|Trailer=X"},
        {"POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
         "POST / host=h 1.1 length=1 keep expect|Host=h|Expect=100-Continue|Content-Length=1"},
        {"POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "POST / host= 1.0 none|Expect=100-continue"},
        {"GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\r\n",
         "GET / host=h 1.1 none keep upgrade|Host=h|Upgrade=websocket!|Connection=keep-alive, Upgrade!"},
        {"GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n", "GET / host=h 1.1 none keep|Host=h|Upgrade=websocket!"},
        {"GET / HTTP/1.1\r\n" H "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n",
         "GET / host=h 1.1 none keep|Host=h|Upgrade=h2c!|Connection=Upgrade, HTTP2-Settings!|HTTP2-Settings=x!"},
        {"GET / HTTP/1.1\r\n" H "X-A: 1\r\nx-b: 2\r\nConnection: ,, X-B , x-a,host,\tclose,\r\n\r\n",
         "GET / host=h 1.1 none|Host=h|X-A=1!|x-b=2!|Connection=,, X-B , x-a,host,\tclose,!"},
        {"GET / HTTP/1.1\r\n" H "A: \xc3\xbc\xff \t\"z\"\r\nB:\r\n!#$%&'*+-.^_`|~09:x\r\n\r\n",
         "GET / host=h 1.1 none keep|Host=h|A=\xc3\xbc\xff \t\"z\"|B=|!#$%&'*+-.^_`|~09=x"},
        {"GET / HTTP/1.1\r\n" H "Long: 0123456789abcdef0123456789abcdef0123456789abcdef\r\n\r\n",
         "GET / host=h 1.1 none keep|Host=h|Long=0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"GET / HTTP/1.1\r\n" H, "more"},
        {"GET / HTTP/1.1\r\n" H "\r", "more"},
        {"", "more"},
        {"\r\n", "more"},
    };
    expect_traces(samples, PLX_COUNT(samples), REQUEST);
}

#define LINE_END    "refused 400: a line ends in something else than CR LF"
#define NO_METHOD   "refused 400: the request line does not begin with a method"
#define NO_VERSION  "refused 400: the request line does not end in a version"
#define BAD_TARGET  "refused 400: the target holds a character that is not allowed there"
#define NO_TARGET   "refused 400: the request line has no target or no version"
#define NO_URL      "refused 400: the target is neither a path nor an http URL"
#define TARGET_HOST "refused 400: the target's host is not a host with an optional port"
#define NOT_SPOKEN  "refused 505: only HTTP/1.0 and HTTP/1.1 are spoken here"
#define G           "GET / HTTP/1.1\r\n"

static void
test_request_lines_are_refused(void **state)
{
    static const struct sample samples[] = {
        {"GET / HTTP/1.1\nHost: h\n\n", LINE_END},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", LINE_END},
        {"GET / HTTP/1.1\rHost: h\r\n\r\n", LINE_END},
        {"GET / HTTP/1.1\r\r\n" H "\r\n", LINE_END},
        {"GET / HTTP/1.1\r\n" H "\r\r\n\r\n", LINE_END},
        {"GET / HTTP/1.1\r\n" H "A: 0123456789abcdef\rB: x\r\n\r\n", LINE_END},
        {"\n" G H "\r\n", NO_METHOD},
        {"\r\n\r\n" G H "\r\n", NO_METHOD},
        {"\r" G H "\r\n", NO_METHOD},
        {" " G H "\r\n", NO_METHOD},
        {"\x16\x03\x01\x02", NO_METHOD},
        {"G(T / HTTP/1.1\r\n" H "\r\n", NO_METHOD},
        {"GET\t/ HTTP/1.1\r\n" H "\r\n", NO_METHOD},
        {"GET\r\n\r\n", NO_METHOD},
        {"GET  / HTTP/1.1\r\n" H "\r\n", NO_TARGET},
        {"GET /\r\n\r\n", NO_TARGET},
        {"GET \r\n\r\n", NO_TARGET},
        {"GET /  HTTP/1.1\r\n" H "\r\n", NO_VERSION},
        {"GET / HTTP/1.1 \r\n" H "\r\n", NO_VERSION},
        {"GET / \r\n\r\n", NO_VERSION},
        {"GET /a b HTTP/1.1\r\n" H "\r\n", NO_VERSION},
        {"GET / http/1.1\r\n" H "\r\n", NO_VERSION},
        {"GET / HTTP/1.10\r\n" H "\r\n", NO_VERSION},
        {"GET / HTTP/1\r\n" H "\r\n", NO_VERSION},
        {"GET / HTTP/2.0\r\n" H "\r\n", NOT_SPOKEN},
        {"GET / HTTP/0.9\r\n" H "\r\n", NOT_SPOKEN},
        {"GET /#a HTTP/1.1\r\n" H "\r\n", BAD_TARGET},
        {"GET /\x7f HTTP/1.1\r\n" H "\r\n", BAD_TARGET},
        {"GET /\x01 HTTP/1.1\r\n" H "\r\n", BAD_TARGET},
        {"GET /\t HTTP/1.1\r\n" H "\r\n", BAD_TARGET},
        {"GET /\xc3\xbc HTTP/1.1\r\n" H "\r\n", BAD_TARGET},
        {"GET * HTTP/1.1\r\n" H "\r\n", NO_URL},
        {"OPTIONS ** HTTP/1.1\r\n" H "\r\n", NO_URL},
        {"GET a/b HTTP/1.1\r\n" H "\r\n", NO_URL},
        {"GET ftp://a/ HTTP/1.1\r\n" H "\r\n", NO_URL},
        {"GET http:///b HTTP/1.1\r\n" H "\r\n", TARGET_HOST},
        {"GET http://u@h/ HTTP/1.1\r\n" H "\r\n", TARGET_HOST},
        {"GET http://h:8x/ HTTP/1.1\r\n" H "\r\n", TARGET_HOST},
        {"CONNECT h:443 HTTP/1.1\r\n" H "\r\n", "refused 501: CONNECT is for forward proxies"},
    };
    expect_traces(samples, PLX_COUNT(samples), REQUEST);
}

#define BLANK    "refused 400: white space in a header's name or before its colon"
#define FOLDED   "refused 400: a header line is folded or begins with white space"
#define CONTROL  "refused 400: a header's value holds a control character"
#define BAD_NAME "refused 400: a header's name holds a character that is not allowed there"
#define BAD_HOST "refused 400: Host is not a host with an optional port"
#define NUMBER   "refused 400: Content-Length is not a number"
#define CODING   "refused 501: Transfer-Encoding is not `chunked`"
#define NO_END   "refused 400: Transfer-Encoding does not end in `chunked`"
#define BOTH     "refused 400: Content-Length beside Transfer-Encoding"
#define P        "POST / HTTP/1.1\r\n" H

static void
test_header_lines_are_refused(void **state)
{
    static const struct sample samples[] = {
        {G "\r\n", "refused 400: no Host, which HTTP/1.1 asks for"},
        {G H H "\r\n", "refused 400: more than one Host"},
        {G "Host: a b\r\n\r\n", BAD_HOST},
        {G "Host: u@h\r\n\r\n", BAD_HOST},
        {G "Host: h/p\r\n\r\n", BAD_HOST},
        {G "Host: :80\r\n\r\n", BAD_HOST},
        {G "Host: h:8o\r\n\r\n", BAD_HOST},
        {G "Host: h:1:2\r\n\r\n", BAD_HOST},
        {G "Host: [::1\r\n\r\n", BAD_HOST},
        {G "Host: []\r\n\r\n", BAD_HOST},
        {G "Host: [::1]x\r\n\r\n", BAD_HOST},
        {G "Host: \xc3\xbc\r\n\r\n", BAD_HOST},
        {G H "A : x\r\n\r\n", BLANK},
        {G H "A\t: x\r\n\r\n", BLANK},
        {G H "A B: x\r\n\r\n", BLANK},
        {G H " A: x\r\n\r\n", FOLDED},
        {G " A: x\r\n" H "\r\n", FOLDED},
        {G H "A: x\r\n\ty\r\n\r\n", FOLDED},
        {G H "A: x\r\n \r\n\r\n", FOLDED},
        {G H "A\r\n\r\n", "refused 400: a header line has no colon"},
        {G H ": x\r\n\r\n", "refused 400: a header line has no name"},
        {G H "A\x01: x\r\n\r\n", BAD_NAME},
        {G H "A(: x\r\n\r\n", BAD_NAME},
        {G H "\xc3\xbc: x\r\n\r\n", BAD_NAME},
        {G H "A: \x01\r\n\r\n", CONTROL},
        {G H "A: x\x7f\r\n\r\n", CONTROL},
        {G H "A: 0123456789abcdef0\x0b"
             "123456789abcdef\r\n\r\n",
         CONTROL},
        {P "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "refused 400: more than one Content-Length"},
        {P "Content-Length: 1, 1\r\n\r\n", NUMBER},
        {P "Content-Length: +1\r\n\r\n", NUMBER},
        {P "Content-Length: -1\r\n\r\n", NUMBER},
        {P "Content-Length: 0x1\r\n\r\n", NUMBER},
        {P "Content-Length: 1 1\r\n\r\n", NUMBER},
        {P "Content-Length:\r\n\r\n", "refused 400: Content-Length is empty"},
        {P "Content-Length: 18446744073709551616\r\n\r\n", "refused 400: Content-Length is too large"},
        {P "Content-Length: 99999999999999999999999\r\n\r\n", "refused 400: Content-Length is too large"},
        {P "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", BOTH},
        {P "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", BOTH},
        {P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
         "refused 400: more than one Transfer-Encoding"},
        {P "Transfer-Encoding: gzip, chunked\r\n\r\n", CODING},
        {P "Transfer-Encoding: chunked, chunked\r\n\r\n", "refused 400: Transfer-Encoding has `chunked` twice"},
        {P "Transfer-Encoding: ,chunked\r\n\r\n", "refused 400: Transfer-Encoding is a list with empty elements"},
        {P "Transfer-Encoding: chunked, gzip\r\n\r\n", NO_END},
        {P "Transfer-Encoding: gzip\r\n\r\n", NO_END},
        {P "Transfer-Encoding: chunked;q=1\r\n\r\n", NO_END},
        {P "Transfer-Encoding: identity\r\n\r\n", NO_END},
        {P "Transfer-Encoding:\r\n\r\n", NO_END},
        {P "Transfer-Encoding: \x0b"
           "chunked\r\n\r\n",
         CONTROL},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "refused 400: Transfer-Encoding in HTTP/1.0"},
        {"GET / HTTP/1.0\r\n" H H "\r\n", "refused 400: more than one Host"},
    };
    expect_traces(samples, PLX_COUNT(samples), REQUEST);
}

static void
test_a_nul_is_refused_wherever_it_stands(void **state)
{
    static const char wire[] = "GET /a HTTP/1.1\r\nHost: h\r\nA: bcd\r\n\r\n";
    for (size_t at = 0; at + 1 < sizeof(wire); at++) {
        char copy[sizeof(wire)];
        struct plx_buffer text;
        memcpy(copy, wire, sizeof(wire));
        copy[at] = '\0';
        plx_buffer_init(&text, TRACE_MAX);
        trace_cut(&text, plx_slice_make(copy, sizeof(wire) - 1), sizeof(wire) - 1, 1, REQUEST);
        if (at == sizeof(wire) - 2) /* the last LF: "CR NUL" */
            assert_memory_equal(text.ptr, "refused 400: a line", 19);
        else
            assert_memory_equal(text.ptr, "refused 400", 11);
        plx_buffer_fini(&text);
    }
}

static void
test_answers_are_read_however_they_are_cut(void **state)
{
    static const struct sample samples[] = {
        {"HTTP/1.1 200 OK\r\n\r\n", "200 OK 1.1 close"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "200 OK 1.1 length=3 keep|Content-Length=3"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
         "200 OK 1.1 length=0|Content-Length=0|Connection=close!"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "200 OK 1.0 length=0|Content-Length=0"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
         "200 OK 1.0 length=0 keep|Content-Length=0|Connection=keep-alive!"},
        {"HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n", "404  1.1 chunked keep|Transfer-Encoding=chunked!"},
        {"HTTP/1.1 404\r\n\r\n", "404  1.1 close"},
        {"HTTP/1.1 999 \xc3\xbc\tx y \r\n\r\n", "999 \xc3\xbc\tx y  1.1 close"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "100 Continue 1.1 none keep"},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", "204 No Content 1.1 none keep|Content-Length=3"},
        {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
         "304 Not Modified 1.1 none keep|Transfer-Encoding=chunked!"},
        {"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
         "101 Switching Protocols 1.1 none keep upgrade|Connection=upgrade!|Upgrade=websocket!"},
        {"HTTP/1.1 200 OK\r\nHost: not a host\r\nHost: two\r\n\r\n", "200 OK 1.1 close|Host=not a host|Host=two"},
        {"HTTP/1.1 200 OK\r\n", "more"},
        {"HTT", "more"},
        {"", "more"},
        {"HTTP/1.1 20 OK\r\n\r\n", "refused 502: the status is not a number from 100 to 999"},
        {"HTTP/1.1 2000 OK\r\n\r\n", "refused 502: the status is not a number from 100 to 999"},
        {"HTTP/1.1 099 OK\r\n\r\n", "refused 502: the status is not a number from 100 to 999"},
        {"HTTP/1.1  200 OK\r\n\r\n", "refused 502: the status is not a number from 100 to 999"},
        {"HTTP/1.1\r\n\r\n", "refused 502: the status is not a number from 100 to 999"},
        {"HTTP/1.1 200 O\x01K\r\n\r\n", "refused 502: the reason holds a control character"},
        {"HTTP/2.0 200 OK\r\n\r\n", "refused 502: the answer is not HTTP/1.0 or HTTP/1.1"},
        {"HTTP/11.1 200 OK\r\n\r\n", "refused 502: the answer does not begin with a version"},
        {"HTTP/1.\r\n\r\n", "refused 502: the answer does not begin with a version"},
        {"ICY 200 OK\r\n\r\n", "refused 502: the answer does not begin with a version"},
        {"\r\nHTTP/1.1 200 OK\r\n\r\n", "refused 502: the answer does not begin with a version"},
        {"HTTP/1.1 200 OK\nA: b\n\n", "refused 502: a line ends in something else than CR LF"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
         "refused 502: Content-Length beside Transfer-Encoding"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
         "refused 502: more than one Content-Length"},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
         "refused 502: Transfer-Encoding does not end in `chunked`"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
         "refused 502: Transfer-Encoding does not end in `chunked`"},
    };
    expect_traces(samples, PLX_COUNT(samples), PLX_METHOD_GET);
}

static void
test_the_answer_to_head_has_no_body(void **state)
{
    static const struct sample samples[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200 OK 1.1 none keep|Content-Length=3"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK 1.1 none keep|Transfer-Encoding=chunked!"},
        {"HTTP/1.1 200 OK\r\n\r\n", "200 OK 1.1 none keep"},
    };
    expect_traces(samples, PLX_COUNT(samples), PLX_METHOD_HEAD);
}

/* A request of exactly this many bytes, its header's value being what fills it up. */
static char *
request_of(size_t len, const char *first)
{
    static const char last[] = "\r\n\r\n";
    char *wire = malloc(len);
    assert_non_null(wire);
    memset(wire, 'x', len);
    memcpy(wire, first, strlen(first));
    memcpy(wire + len - 4, last, 4);
    return wire;
}

static void
expect_end(size_t len, const char *first, size_t cut, const char *want)
{
    struct plx_buffer text;
    char *wire = request_of(len, first);
    plx_buffer_init(&text, TRACE_MAX);
    trace_cut(&text, plx_slice_make(wire, len), cut, len, REQUEST);
    plx_buffer_byte(&text, '\0');
    assert_memory_equal(text.ptr, want, strlen(want));
    plx_buffer_fini(&text);
    free(wire);
}

static void
test_heads_are_bounded(void **state)
{
    static const char header[] = G H "A: ", target[] = "GET /";
    for (size_t cut = PLX_HTTP_HEAD_MAX - 20; cut <= PLX_HTTP_HEAD_MAX + 1; cut++) {
        expect_end(PLX_HTTP_HEAD_MAX + 1, header, cut, "refused 431: the head is too long");
        expect_end(PLX_HTTP_HEAD_MAX + 20, target, cut, "refused 414: the first line is too long");
        if (cut <= PLX_HTTP_HEAD_MAX)
            expect_end(PLX_HTTP_HEAD_MAX, header, cut, "GET / host=h 1.1");
    }
}

static void
expect_headers(size_t count, const char *want)
{
    struct plx_buffer wire, text;
    plx_buffer_init(&wire, TRACE_MAX);
    plx_buffer_init(&text, TRACE_MAX);
    plx_buffer_text(&wire, G H);
    for (size_t i = 1; i < count; i++)
        plx_buffer_text(&wire, "A:\r\n");
    plx_buffer_text(&wire, "\r\n");
    trace_cut(&text, plx_buffer_slice(&wire), wire.len, 1, REQUEST);
    assert_true(text.len >= strlen(want));
    assert_memory_equal(text.ptr, want, strlen(want));
    plx_buffer_fini(&wire);
    plx_buffer_fini(&text);
}

static void
test_headers_are_bounded(void **state)
{
    expect_headers(PLX_HTTP_HEADERS_MAX, "GET / host=h 1.1 none keep|Host=h|A=|A=");
    expect_headers(PLX_HTTP_HEADERS_MAX + 1, "refused 431: too many headers");
}

static void
test_names_in_connection_are_bounded(void **state)
{
    for (size_t count = PLX_HTTP_CONNECTION_MAX; count <= PLX_HTTP_CONNECTION_MAX + 1; count++) {
        struct plx_buffer wire, text;
        plx_buffer_init(&wire, TRACE_MAX);
        plx_buffer_init(&text, TRACE_MAX);
        plx_buffer_text(&wire, G H "Connection: close");
        for (size_t i = 0; i < count; i++)
            plx_buffer_text(&wire, ",n");
        plx_buffer_text(&wire, "\r\n\r\n");
        trace_cut(&text, plx_buffer_slice(&wire), wire.len, 1, REQUEST);
        const char *want =
            count <= PLX_HTTP_CONNECTION_MAX ? "GET /" : "refused 431: Connection names too many headers";
        assert_memory_equal(text.ptr, want, strlen(want));
        plx_buffer_fini(&wire);
        plx_buffer_fini(&text);
    }
}

/* However the end lies to the sixteen bytes that are looked at together, it is found, and so is a lone CR or LF. */
static void
test_the_end_is_found_at_every_offset(void **state)
{
    for (size_t pad = 0; pad < 40; pad++) {
        char wire[120] = "", lone[160];
        snprintf(wire, sizeof(wire), "GET / HTTP/1.0\r\nA: %.*s\r\n\r\n", (int)pad,
                 "0123456789012345678901234567890123456789");
        size_t scanned = 0, end = 0, len = strlen(wire);
        assert_int_equal(plx_http_scan_head(plx_slice_make(wire, len), 0, &scanned, &end), PLX_OK);
        assert_int_equal(end, len);
        for (const char *bad = "\r\n"; *bad; bad++) {
            snprintf(lone, sizeof(lone), "GET / HTTP/1.0\r\nA: %.*s%cx\r\n\r\n", (int)pad,
                     "0123456789012345678901234567890123456789", *bad);
            scanned = 0;
            assert_int_equal(plx_http_scan_head(plx_slice_of(lone), 0, &scanned, &end), PLX_E_SYNTAX);
        }
    }
}

static void
test_control_characters_are_found_at_every_offset(void **state)
{
    for (int c = 0; c < 256; c++) {
        bool allowed = c == '\t' || (c >= 0x20 && c != 0x7f);
        for (size_t at = 0; at < 40; at++) {
            char value[40];
            memset(value, 0xe4, sizeof(value));
            value[at] = (char)c;
            const char *want = value + (allowed ? sizeof(value) : at);
            assert_ptr_equal(plx_http_scan_value(value, value + sizeof(value)), want);
        }
    }
}

static void
test_the_octet_table_is_the_grammar(void **state)
{
    for (int c = 1; c < 256; c++) {
        bool alnum = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        assert_int_equal(plx_http_is((char)c, PLX_OCTET_TOKEN), alnum || (c < 128 && strchr("!#$%&'*+-.^_`|~", c)));
        assert_int_equal(plx_http_is((char)c, PLX_OCTET_NAME), alnum || (c < 128 && strchr("-._~%!$&'()*+,;=", c)));
        assert_int_equal(plx_http_is((char)c, PLX_OCTET_TARGET), c > 0x20 && c < 0x7f && c != '#');
        assert_int_equal(plx_http_is((char)c, PLX_OCTET_HEX), c < 128 && strchr("0123456789abcdefABCDEF", c));
        assert_int_equal(plx_http_is((char)c, PLX_OCTET_DIGIT), c >= '0' && c <= '9');
    }
    assert_int_equal(plx_http_octets[0], 0);
}

static void
test_every_known_header_name_is_found_in_any_case(void **state)
{
    static const struct {
        enum plx_http_header_id id;
        const char *name;
        bool guarded;
    } known[] = {
#define KNOWN(id, text, hop, guarded) {id, text, guarded},
        PLX_HTTP_HEADER_MAP(KNOWN)
#undef KNOWN
    };
    for (size_t i = 0; i < PLX_COUNT(known); i++) {
        char name[40];
        size_t len = strlen(known[i].name), ours = strlen("Parallax-");
        bool of_ours = strncmp(known[i].name, "Parallax-", ours) == 0;
        for (int upper = 0; upper < 2; upper++) {
            for (size_t at = 0; at < len; at++) {
                char c = plx_ascii_lower(known[i].name[at]);
                name[at] = upper && c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
            }
            assert_int_equal(plx_http_header_id_of(plx_slice_make(name, len)), known[i].id);
            assert_int_equal(plx_http_header_id_of(plx_slice_make(name, len - 1)),
                             of_ours ? PLX_HEADER_POSER : PLX_HEADER_OTHER);
            for (size_t at = 0; at < len; at++) {
                char kept = name[at];
                for (const char *sign = "_.~"; *sign; sign++) {
                    name[at] = *sign;
                    assert_int_equal(plx_http_header_id_of(plx_slice_make(name, len)),
                                     (kept == '-' && known[i].guarded) || (of_ours && at >= ours) ? PLX_HEADER_POSER
                                                                                                  : PLX_HEADER_OTHER);
                }
                name[at] = kept;
            }
        }
    }
    assert_int_equal(plx_http_header_id_of(plx_slice_make(NULL, 0)), PLX_HEADER_OTHER);
}

/* Whole families: Parallax's own, none of which goes on, and what says who forwarded. */
static void
test_families_of_names_are_guarded(void **state)
{
    static const char *const posers[] = {"Parallax-",        "parallax-other",
                                         "PARALLAX_ROLE",    "Parallax_Recheck",
                                         "parallax.role",    "X_Forwarded_Port",
                                         "x-forwarded_port", "X_FORWARDED-For2",
                                         "X.Forwarded.Port", "Parallax_a-name-that-is-longer-than-any-known-one"};
    static const char *const others[] = {"Parallaxe",
                                         "Parallax",
                                         "X-Forwarded-Port",
                                         "X-Forwarded",
                                         "X_Forwarded",
                                         "XForwarded_For",
                                         "Y_Parallax_Role",
                                         "p",
                                         "x",
                                         "_"};

    for (size_t i = 0; i < PLX_COUNT(posers); i++)
        assert_int_equal(plx_http_header_id_of(plx_slice_of(posers[i])), PLX_HEADER_POSER);
    for (size_t i = 0; i < PLX_COUNT(others); i++)
        assert_int_equal(plx_http_header_id_of(plx_slice_of(others[i])), PLX_HEADER_OTHER);
}

static void
test_methods_are_known_by_their_exact_name(void **state)
{
    static const struct {
        const char *name;
        enum plx_http_method id;
        bool safe, idempotent;
    } methods[] = {
        {"GET", PLX_METHOD_GET, true, true},           {"HEAD", PLX_METHOD_HEAD, true, true},
        {"OPTIONS", PLX_METHOD_OPTIONS, true, true},   {"TRACE", PLX_METHOD_TRACE, false, true},
        {"POST", PLX_METHOD_POST, false, false},       {"PUT", PLX_METHOD_PUT, false, true},
        {"DELETE", PLX_METHOD_DELETE, false, true},    {"PATCH", PLX_METHOD_PATCH, false, false},
        {"CONNECT", PLX_METHOD_CONNECT, false, false}, {"get", PLX_METHOD_OTHER, false, false},
        {"GEX", PLX_METHOD_OTHER, false, false},       {"X", PLX_METHOD_OTHER, false, false},
        {"DELETF", PLX_METHOD_OTHER, false, false},
    };
    for (size_t i = 0; i < PLX_COUNT(methods); i++) {
        enum plx_http_method id = plx_http_method_of(plx_slice_of(methods[i].name));
        assert_int_equal(id, methods[i].id);
        assert_int_equal(plx_http_method_is_safe(id), methods[i].safe);
        assert_int_equal(plx_http_method_is_idempotent(id), methods[i].idempotent);
    }
    assert_string_equal(plx_http_reason(404), "Not Found");
    assert_string_equal(plx_http_reason(799), "");
}

static void
test_a_head_can_move_to_a_copy_of_its_bytes(void **state)
{
    static const char *const wires[] = {
        "GET http://a HTTP/1.1\r\n" H "X: y\r\n\r\n",
        "POST /p?q HTTP/1.1\r\nHost: z\r\nX:\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    };
    for (size_t i = 0; i < PLX_COUNT(wires); i++) {
        struct plx_http1_head head;
        struct plx_http_error error;
        struct plx_buffer before, after;
        size_t scanned = 0, len = strlen(wires[i]);
        char *bytes = strdup(wires[i]), *copy = strdup(wires[i]);
        plx_buffer_init(&before, TRACE_MAX);
        plx_buffer_init(&after, TRACE_MAX);
        assert_int_equal(plx_http_read_request(plx_slice_make(bytes, len), &scanned, &head, &error), PLX_OK);
        trace_head(&before, &head);
        plx_http_head_rebase(&head, copy);
        memset(bytes, 'z', len);
        free(bytes);
        trace_head(&after, &head);
        assert_true(plx_slice_equal(plx_buffer_slice(&before), plx_buffer_slice(&after)));
        assert_ptr_equal(head.bytes.ptr, copy);
        free(copy);
        plx_buffer_fini(&before);
        plx_buffer_fini(&after);
    }
}

static void
test_a_header_is_found_by_its_id(void **state)
{
    struct plx_http1_head head;
    struct plx_http_error error;
    size_t scanned = 0;
    struct plx_slice wire = plx_slice_of(G H "COOKIE: a=b\r\nCookie: c=d\r\n\r\n");
    assert_int_equal(plx_http_read_request(wire, &scanned, &head, &error), PLX_OK);
    assert_true(plx_slice_equal(plx_http_header(&head.message, PLX_HEADER_COOKIE), plx_slice_of("a=b")));
    assert_null(plx_http_header(&head.message, PLX_HEADER_DATE).ptr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_read_however_they_are_cut),
        cmocka_unit_test(test_request_lines_are_refused),
        cmocka_unit_test(test_header_lines_are_refused),
        cmocka_unit_test(test_a_nul_is_refused_wherever_it_stands),
        cmocka_unit_test(test_answers_are_read_however_they_are_cut),
        cmocka_unit_test(test_the_answer_to_head_has_no_body),
        cmocka_unit_test(test_heads_are_bounded),
        cmocka_unit_test(test_headers_are_bounded),
        cmocka_unit_test(test_names_in_connection_are_bounded),
        cmocka_unit_test(test_the_end_is_found_at_every_offset),
        cmocka_unit_test(test_control_characters_are_found_at_every_offset),
        cmocka_unit_test(test_the_octet_table_is_the_grammar),
        cmocka_unit_test(test_every_known_header_name_is_found_in_any_case),
        cmocka_unit_test(test_families_of_names_are_guarded),
        cmocka_unit_test(test_methods_are_known_by_their_exact_name),
        cmocka_unit_test(test_a_head_can_move_to_a_copy_of_its_bytes),
        cmocka_unit_test(test_a_header_is_found_by_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
