/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written keeps the headers' order and spelling, ends what belongs to one connection, and says the framing that
 * was decided.
 */
#include "http_trace.h"
#include "message/date.h"

#include "base/assert.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/write.h"

static const struct plx_http_forward plain = {
    .client_address = {"10.0.0.1", 8},
    .scheme = {"http", 4},
    .via = true,
};

static void
read_head(const char *wire, int request, struct plx_http1_head *head)
{
    struct plx_http_error error = {0, ""};
    size_t scanned = 0;
    memset(head, 0xa5, sizeof(*head));
    enum plx_status status = trace_read(plx_slice_of(wire), &scanned, request, head, &error);
    assert_string_equal(error.text, "");
    assert_int_equal(status, PLX_OK);
}

static void
expect_text(struct plx_buffer *out, const char *want)
{
    plx_buffer_byte(out, '\0');
    assert_false(out->failed);
    assert_string_equal(out->ptr, want);
    plx_buffer_fini(out);
}

static void
expect_request(const char *wire, const struct plx_http_forward *forward, const char *want)
{
    struct plx_http1_head head;
    struct plx_buffer out;
    read_head(wire, -1, &head);
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_write_request(&out, &head, forward);
    expect_text(&out, want);
}

#define FORWARDED \
    "X-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: h\r\nVia: 1.1 parallax\r\n\r\n"

static void
test_a_request_keeps_its_headers(void **state)
{
    expect_request("GET /a?b HTTP/1.1\r\nHost: h\r\nuser-AGENT:  x \r\nAccept: */*\r\nPatience: y\r\n\r\n", &plain,
                   "GET /a?b HTTP/1.1\r\nHost: h\r\nuser-AGENT:  x \r\nAccept: */*\r\nPatience: y\r\n" FORWARDED);
    expect_request("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", &plain, "GET / HTTP/1.1\r\nHost: h\r\n" FORWARDED);
}

static void
test_a_request_loses_what_is_the_connections_own(void **state)
{
    expect_request(
        "GET / HTTP/1.1\r\nConnection: keep-alive, X-Secret, Host\r\nHost: h\r\nKeep-Alive: 5\r\nA: 1\r\n"
        "x-secret: 1\r\nTE: gzip\r\nProxy-Authorization: x\r\nProxy-Connection: close\r\nB: 2\r\nUpgrade: ws\r\n\r\n",
        &plain, "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n" FORWARDED);
}

static void
test_a_request_may_not_pose_as_a_copy(void **state)
{
    expect_request(
        "GET / HTTP/1.1\r\nHost: h\r\nparallax-role: candidate\r\nParallax-Exchange: 1\r\nPARALLAX-Other: x\r\n"
        "Parallaxe: kept\r\n\r\n",
        &plain, "GET / HTTP/1.1\r\nHost: h\r\nParallaxe: kept\r\n" FORWARDED);
}

/* CGI, WSGI, PHP and Rack make one variable of Parallax-Role and Parallax_Role. */
static void
test_what_reads_as_a_guarded_name_stays_behind(void **state)
{
    static const char *const guarded[] = {
#define GUARDED(id, text, hop, guarded) (guarded) ? (text) : NULL,
        PLX_HTTP_HEADER_MAP(GUARDED)
#undef GUARDED
            "Parallax-Recheck",
        "Parallax-Anything",
        "X-Forwarded-Port",
    };
    for (size_t i = 0; i < PLX_COUNT(guarded); i++) {
        char name[40], head[120];
        if (!guarded[i] || !strchr(guarded[i], '-'))
            continue;
        for (const char *sign = "_."; *sign; sign++) {
            snprintf(name, sizeof(name), "%s", guarded[i]);
            *strrchr(name, '-') = *sign;
            snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n%s: 7\r\nB_C: 2\r\n\r\n", name);
            expect_request(head, &plain, "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB_C: 2\r\n" FORWARDED);
        }
    }
}

static void
test_a_copy_says_what_it_is(void **state)
{
    struct plx_http_forward copy = plain;
    copy.role = "candidate";
    copy.exchange = plx_slice_of("0123");
    copy.drop_expect = true;
    copy.framing = PLX_FRAMING_LENGTH;
    copy.content_length = 3;
    expect_request(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", &copy,
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: http\r\n"
        "X-Forwarded-Host: h\r\nVia: 1.1 parallax\r\nParallax-Role: candidate\r\nParallax-Exchange: 0123\r\n\r\n");
}

static void
test_the_framing_is_the_one_decided(void **state)
{
    struct plx_http_forward forward = plain;
    forward.framing = PLX_FRAMING_LENGTH;
    forward.content_length = 12;
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0012\r\nA: 1\r\n\r\n", &forward,
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nA: 1\r\n" FORWARDED);
    forward.framing = PLX_FRAMING_CHUNKED;
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nA: 1\r\n\r\n", &forward,
                   "POST / HTTP/1.1\r\nHost: h\r\nA: 1\r\nTransfer-Encoding: chunked\r\n" FORWARDED);
    forward.framing = PLX_FRAMING_NONE;
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nA: 1\r\n\r\n", &forward,
                   "POST / HTTP/1.1\r\nHost: h\r\nA: 1\r\n" FORWARDED);
}

static void
test_forwarding_headers_are_continued(void **state)
{
    expect_request(
        "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nA: 1\r\nx-forwarded-for: 3.3.3.3\r\n"
        "X-Forwarded-For:\r\nX-Forwarded-Proto: https\r\nx-forwarded-HOST: o\r\nVia: 1.0 x\r\n\r\n",
        &plain,
        "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.1\r\nA: 1\r\n"
        "X-Forwarded-Proto: https\r\nx-forwarded-HOST: o\r\nVia: 1.0 x\r\nVia: 1.1 parallax\r\n\r\n");
    struct plx_http_forward nobody = {
        .via = true, .framing = PLX_FRAMING_NONE, .authority = plx_slice_of("[::1]:8081")};
    expect_request("GET / HTTP/1.1\r\nHost:\r\nX-Forwarded-For: \r\n\r\n", &nobody,
                   "GET / HTTP/1.1\r\nHost: [::1]:8081\r\nVia: 1.1 parallax\r\n\r\n");
}

static void
test_the_targets_host_wins(void **state)
{
    expect_request("GET http://t:1/x HTTP/1.1\r\nA: 1\r\nHost: h\r\n\r\n", &plain,
                   "GET /x HTTP/1.1\r\nA: 1\r\nHost: t:1\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: http\r\n"
                   "X-Forwarded-Host: t:1\r\nVia: 1.1 parallax\r\n\r\n");
    expect_request("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n", &plain,
                   "OPTIONS * HTTP/1.1\r\nHost: h\r\n" FORWARDED);
}

static void
test_http_1_0_becomes_1_1(void **state)
{
    struct plx_http_forward forward = plain;
    forward.authority = plx_slice_of("old.example:81");
    expect_request("GET / HTTP/1.0\r\nExpect: 100-continue\r\nTE: trailers\r\n\r\n", &forward,
                   "GET / HTTP/1.1\r\nHost: old.example:81\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: "
                   "http\r\nVia: 1.0 parallax\r\n\r\n");
    expect_request("GET / HTTP/1.0\r\nHost: h\r\n\r\n", &forward,
                   "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: "
                   "http\r\nX-Forwarded-Host: h\r\nVia: 1.0 parallax\r\n\r\n");
}

static void
test_te_and_expect_and_upgrade_go_on_where_said(void **state)
{
    struct plx_http_forward forward = plain;
    expect_request("GET / HTTP/1.1\r\nHost: h\r\nTE: gzip, Trailers\r\nConnection: TE\r\nExpect: 100-continue\r\n\r\n",
                   &forward,
                   "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: TE\r\nTE: trailers\r\n" FORWARDED);
    static const char upgrade[] = "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c, "
                                  "websocket\r\nUpgrade: x/1\r\nSec-WebSocket-Key: k\r\n\r\n";
    expect_request(upgrade, &forward, "GET / HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: k\r\n" FORWARDED);
    forward.upgrade = true;
    expect_request(upgrade, &forward,
                   "GET / HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: k\r\nConnection: upgrade\r\nUpgrade: websocket, "
                   "x/1\r\n" FORWARDED);
}

static void
test_trailer_names_what_can_come_in_one(void **state)
{
    struct plx_http_forward forward = plain;
    static const char request[] = "POST / HTTP/1.1\r\nHost: h\r\nTrailer: Content-Digest, Host,X-Sum\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n";

    forward.framing = PLX_FRAMING_CHUNKED;
    expect_request(request, &forward,
                   "POST / HTTP/1.1\r\nHost: h\r\nTrailer: Content-Digest, X-Sum\r\n"
                   "Transfer-Encoding: chunked\r\n" FORWARDED);
    expect_request("POST / HTTP/1.1\r\nHost: h\r\nTrailer: Content-Type\r\nTransfer-Encoding: chunked\r\n\r\n",
                   &forward, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" FORWARDED);
    forward.framing = PLX_FRAMING_NONE;
    expect_request("GET / HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\n\r\n", &forward,
                   "GET / HTTP/1.1\r\nHost: h\r\n" FORWARDED);
}

static void
test_max_forwards_counts_down_where_it_counts(void **state)
{
    static const struct {
        const char *line, *want;
    } samples[] = {
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\nMax-Forwards: 10\r\n\r\n",
         "OPTIONS * HTTP/1.1\r\nHost: h\r\nMax-Forwards: 9\r\n" FORWARDED},
        {"TRACE / HTTP/1.1\r\nHost: h\r\nmax-forwards: 1\r\n\r\n",
         "TRACE / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n" FORWARDED},
        {"GET / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n",
         "GET / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n" FORWARDED},
        {"TRACE / HTTP/1.1\r\nHost: h\r\nMax-Forwards: -1\r\n\r\n",
         "TRACE / HTTP/1.1\r\nHost: h\r\nMax-Forwards: -1\r\n" FORWARDED},
    };

    for (size_t i = 0; i < PLX_COUNT(samples); i++)
        expect_request(samples[i].line, &plain, samples[i].want);
}

static void
expect_dated(const char *wire, const char *want)
{
    struct plx_http1_head head;
    struct plx_buffer out;
    char date[PLX_HTTP_DATE_TEXT];

    read_head(wire, PLX_METHOD_GET, &head);
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_date_text(784111777, date);
    plx_http_write_response(&out, &head, &(struct plx_http_reply){1, true, head.framing, plx_slice_of(date)});
    expect_text(&out, want);
}

static void
test_a_date_is_added_where_there_is_none(void **state)
{
    expect_dated("HTTP/1.1 204 No\r\nA: b\r\n\r\n",
                 "HTTP/1.1 204 No\r\nA: b\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
    expect_dated("HTTP/1.1 204 No\r\ndate: then\r\n\r\n", "HTTP/1.1 204 No\r\ndate: then\r\n\r\n");
    expect_dated("HTTP/1.1 103 Early\r\n\r\n", "HTTP/1.1 103 Early\r\n\r\n");
}

static void
test_a_role_has_a_target_a_host_and_fields_of_its_own(void **state)
{
    struct plx_field_changes fields = {NULL, 0};
    struct plx_http_forward forward = plain;

    assert_true(plx_field_changes_add(&fields, plx_slice_of("X-Api-Key"), plx_slice_of("k1")));
    assert_true(plx_field_changes_add(&fields, plx_slice_of("Cookie"), plx_slice_make(NULL, 0)));
    assert_true(plx_field_changes_add(&fields, plx_slice_of("X-Forwarded-Proto"), plx_slice_of("https")));
    assert_true(plx_field_changes_add(&fields, plx_slice_of("X-Forwarded-For"), plx_slice_make(NULL, 0)));
    forward.target = plx_slice_of("/v2/a?b");
    forward.host = plx_slice_of("new.example");
    forward.fields = &fields;
    expect_request("GET /a?b HTTP/1.1\r\nHost: h\r\nA: 1\r\nX_Api_Key: x\r\ncookie: a=b\r\nX-Forwarded-For: c\r\n"
                   "X-Forwarded-Proto: http\r\nB: 2\r\n\r\n",
                   &forward,
                   "GET /v2/a?b HTTP/1.1\r\nHost: new.example\r\nA: 1\r\nB: 2\r\nX-Api-Key: k1\r\n"
                   "X-Forwarded-Proto: https\r\nX-Forwarded-Host: h\r\nVia: 1.1 parallax\r\n\r\n");
    forward.fields = NULL;
    expect_request("GET /a HTTP/1.0\r\n\r\n", &forward,
                   "GET /v2/a?b HTTP/1.1\r\nHost: new.example\r\nX-Forwarded-For: 10.0.0.1\r\n"
                   "X-Forwarded-Proto: http\r\nVia: 1.0 parallax\r\n\r\n");
    plx_field_changes_fini(&fields);
}

static void
expect_answer(const char *wire, int request, int client_minor, bool keep_alive, enum plx_http_framing framing,
              const char *want)
{
    struct plx_http1_head head;
    struct plx_buffer out;
    read_head(wire, request, &head);
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_write_response(&out, &head, &(struct plx_http_reply){client_minor, keep_alive, framing, {NULL, 0}});
    expect_text(&out, want);
}

static void
test_an_answer_keeps_its_headers(void **state)
{
    expect_answer(
        "HTTP/1.0 200 Fine\r\nserver:  x\r\nContent-Length: 3\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\n"
        "Set-Cookie: a\r\nSet-Cookie: b\r\nKeep-Alive: 5\r\n\r\n",
        PLX_METHOD_GET, 1, true, PLX_FRAMING_LENGTH,
        "HTTP/1.1 200 Fine\r\nserver:  x\r\nContent-Length: 3\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n");
    expect_answer("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", PLX_METHOD_GET, 1, true, PLX_FRAMING_LENGTH,
                  "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n");
}

static void
test_an_answers_framing_is_the_one_decided(void **state)
{
    expect_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n", PLX_METHOD_GET, 1, true,
                  PLX_FRAMING_CHUNKED, "HTTP/1.1 200 OK\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect_answer("HTTP/1.1 200 OK\r\n\r\n", PLX_METHOD_GET, 1, true, PLX_FRAMING_CHUNKED,
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", PLX_METHOD_GET, 0, true, PLX_FRAMING_CLOSE,
                  "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", PLX_METHOD_GET, 1, true, PLX_FRAMING_CHUNKED,
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void
test_an_answer_without_body_keeps_the_length_it_would_have(void **state)
{
    expect_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", PLX_METHOD_HEAD, 1, true, PLX_FRAMING_NONE,
                  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    expect_answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", PLX_METHOD_GET, 1, true, PLX_FRAMING_NONE,
                  "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
    expect_answer("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", PLX_METHOD_GET, 1, true, PLX_FRAMING_NONE,
                  "HTTP/1.1 204 No Content\r\n\r\n");
    expect_answer("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nLink: x\r\n\r\n", PLX_METHOD_GET, 1, false,
                  PLX_FRAMING_NONE, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
}

static void
test_connection_is_said_where_it_has_to_be(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n";
    expect_answer(answer, PLX_METHOD_GET, 1, true, PLX_FRAMING_LENGTH, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
    expect_answer(answer, PLX_METHOD_GET, 1, false, PLX_FRAMING_LENGTH,
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n");
    expect_answer(answer, PLX_METHOD_GET, 0, true, PLX_FRAMING_LENGTH,
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n");
    expect_answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nA: b\r\n\r\n",
                  PLX_METHOD_GET, 1, false, PLX_FRAMING_NONE,
                  "HTTP/1.1 101 Switching Protocols\r\nA: b\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    expect_answer("HTTP/1.1 200 OK\r\nUpgrade: x\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\n", PLX_METHOD_GET,
                  1, true, PLX_FRAMING_LENGTH, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
}

static void
test_answers_of_our_own(void **state)
{
    static const struct plx_slice none = {NULL, 0};
    struct plx_buffer out;
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_write_simple(&out, 502, none, none, plx_slice_of("no\n"), false, true);
    expect_text(&out, "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n"
                      "Connection: keep-alive\r\n\r\nno\n");
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_write_simple(&out, 200, plx_slice_of("a/b"), plx_slice_of("X: y\r\n"), plx_slice_of("{}"), true, false);
    expect_text(&out, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\nX: y\r\nConnection: close\r\n\r\n");
}

static void
test_a_buffer_that_is_full_fails_and_stays_so(void **state)
{
    struct plx_http1_head head;
    read_head("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n", -1, &head);
    for (size_t max = 0; max < 100; max++) {
        struct plx_buffer out;
        plx_buffer_init(&out, max);
        plx_http_write_request(&out, &head, &plain);
        assert_true(out.failed);
        assert_true(out.len <= max);
        plx_buffer_fini(&out);
    }
}

/* What marks a copy is its head's end, and can be written anew. */
static void
test_a_copy_is_marked_anew(void **state)
{
    const struct plx_http_forward copy = {
        .via = true, .role = "candidate", .exchange = plx_slice_of("E1"), .drop_expect = true};
    struct plx_http1_head head;
    struct plx_buffer out;
    struct plx_slice bare;

    read_head(
        "GET /a HTTP/1.1\r\nHost: h\r\nParallax-Role: mine\r\nA: Parallax-Role: x\r\nParallax-Recheck: mine\r\n\r\n",
        -1, &head);
    plx_buffer_init(&out, TRACE_MAX);
    plx_http_write_request(&out, &head, &copy);
    bare = plx_http_without_marks(plx_buffer_slice(&out));
    assert_true(bare.len < out.len && memcmp(bare.ptr + bare.len, "Parallax-Role: candidate\r\n", 26) == 0);
    out.len = bare.len;
    plx_http_write_marks(&out, &(struct plx_http_marks){"primary", plx_slice_of("E2"), plx_slice_of("E1")});
    expect_text(&out,
                "GET /a HTTP/1.1\r\nHost: h\r\nA: Parallax-Role: x\r\nX-Forwarded-Host: h\r\n"
                "Via: 1.1 parallax\r\nParallax-Role: primary\r\nParallax-Exchange: E2\r\nParallax-Recheck: E1\r\n\r\n");
}

static void
test_chunk_lines(void **state)
{
    static const struct {
        uint64_t size;
        const char *want;
    } lines[] = {
        {0, "0\r\n"}, {15, "f\r\n"}, {16, "10\r\n"}, {6699, "1a2b\r\n"}, {UINT64_MAX, "ffffffffffffffff\r\n"},
    };
    for (size_t i = 0; i < PLX_COUNT(lines); i++) {
        char line[20];
        size_t len = plx_http_chunk_line(line, lines[i].size);
        assert_true(plx_slice_equal(plx_slice_make(line, len), plx_slice_of(lines[i].want)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_keeps_its_headers),
        cmocka_unit_test(test_a_request_loses_what_is_the_connections_own),
        cmocka_unit_test(test_a_request_may_not_pose_as_a_copy),
        cmocka_unit_test(test_what_reads_as_a_guarded_name_stays_behind),
        cmocka_unit_test(test_a_copy_says_what_it_is),
        cmocka_unit_test(test_the_framing_is_the_one_decided),
        cmocka_unit_test(test_forwarding_headers_are_continued),
        cmocka_unit_test(test_the_targets_host_wins),
        cmocka_unit_test(test_http_1_0_becomes_1_1),
        cmocka_unit_test(test_te_and_expect_and_upgrade_go_on_where_said),
        cmocka_unit_test(test_trailer_names_what_can_come_in_one),
        cmocka_unit_test(test_max_forwards_counts_down_where_it_counts),
        cmocka_unit_test(test_a_date_is_added_where_there_is_none),
        cmocka_unit_test(test_a_role_has_a_target_a_host_and_fields_of_its_own),
        cmocka_unit_test(test_an_answer_keeps_its_headers),
        cmocka_unit_test(test_an_answers_framing_is_the_one_decided),
        cmocka_unit_test(test_an_answer_without_body_keeps_the_length_it_would_have),
        cmocka_unit_test(test_connection_is_said_where_it_has_to_be),
        cmocka_unit_test(test_answers_of_our_own),
        cmocka_unit_test(test_a_buffer_that_is_full_fails_and_stays_so),
        cmocka_unit_test(test_a_copy_is_marked_anew),
        cmocka_unit_test(test_chunk_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
