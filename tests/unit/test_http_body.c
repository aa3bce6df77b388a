/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body is the same bytes however TCP cuts them, it ends where its framing says, and a chunked body that two readers
 * could understand differently is refused.
 */
#include "http_trace.h"

#include "base/assert.h"
#include "traffic/http1/framing.h"

/* What reading gave: "data[trailer]rest" or "data refused: why" or "data more". */
static void
read_piece(struct plx_http_body *body, struct plx_slice *input, struct plx_buffer *text, enum plx_status *status)
{
    do {
        struct plx_slice data;
        size_t before = input->len;
        *status = plx_http_body_read(body, input, &data);
        plx_buffer_add(text, data);
        if (*status == PLX_OK)
            assert_true(data.len > 0 || input->len < before); /* no standing still */
        if (*status == PLX_AGAIN)
            assert_int_equal(input->len, 0);
    } while (*status == PLX_OK);
}

static void
finish(struct plx_http_body *body, enum plx_status status, struct plx_slice rest, struct plx_buffer *text)
{
    if (status == PLX_DONE) {
        trace_slice(text, "[", plx_buffer_slice(&body->trailer));
        trace_slice(text, "]", rest);
    } else if (status == PLX_AGAIN) {
        plx_buffer_text(text, plx_http_body_eof(body) == PLX_DONE ? "[eof]" : " more");
    } else {
        struct plx_slice nothing = plx_slice_make(NULL, 0), data;
        plx_buffer_format(text, " refused%s: %s", status == PLX_E_LIMIT ? " (limit)" : "", body->error.text);
        assert_int_equal(plx_http_body_read(body, &nothing, &data), status); /* it stays so */
        assert_int_equal(plx_http_body_eof(body), PLX_E_RESET);
    }
    plx_buffer_byte(text, '\0');
}

static void
expect_body(enum plx_http_framing framing, uint64_t length, struct plx_slice wire, size_t cut, size_t step,
            const char *want)
{
    struct plx_http_body body;
    struct plx_buffer text;
    struct plx_slice rest = {NULL, 0};
    enum plx_status status = PLX_AGAIN;
    size_t at = 0;
    plx_buffer_init(&text, TRACE_MAX);
    plx_http_body_init(&body, framing, length);
    for (size_t len = cut; status == PLX_AGAIN; len = wire.len - at > step ? step : wire.len - at) {
        char *piece = malloc(len ? len : 1);
        assert_non_null(piece);
        memcpy(piece, wire.ptr + at, len);
        struct plx_slice input = {piece, len};
        read_piece(&body, &input, &text, &status);
        rest = plx_slice_make(wire.ptr + at + len - input.len, wire.len - at - len + input.len);
        at += len;
        free(piece);
        if (at == wire.len)
            break;
    }
    if (status == PLX_AGAIN && wire.len == at) { /* a body that has ended says so without more input */
        struct plx_slice nothing = {NULL, 0};
        read_piece(&body, &nothing, &text, &status);
    }
    finish(&body, status, rest, &text);
    assert_string_equal(text.ptr, want);
    plx_http_body_fini(&body);
    plx_buffer_fini(&text);
}

static void
expect_blind(enum plx_http_framing framing, uint64_t length, struct plx_slice wire, const char *want)
{
    for (size_t cut = 0; cut <= wire.len; cut++)
        expect_body(framing, length, wire, cut, wire.len, want);
    for (size_t step = 1; step <= 3; step++)
        expect_body(framing, length, wire, 0, step, want);
}

struct sample {
    const char *wire, *want;
};

static void
expect_chunked(const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_blind(PLX_FRAMING_CHUNKED, 0, plx_slice_of(samples[i].wire), samples[i].want);
}

static void
test_a_length_is_kept_to(void **state)
{
    expect_blind(PLX_FRAMING_LENGTH, 5, plx_slice_of("hello"), "hello[]");
    expect_blind(PLX_FRAMING_LENGTH, 5, plx_slice_of("helloGET /"), "hello[]GET /");
    expect_blind(PLX_FRAMING_LENGTH, 6, plx_slice_of("hello"), "hello more");
    expect_blind(PLX_FRAMING_LENGTH, 0, plx_slice_of("x"), "[]x");
    expect_blind(PLX_FRAMING_LENGTH, 0, plx_slice_of(""), "[]");
    expect_blind(PLX_FRAMING_LENGTH, UINT64_MAX, plx_slice_of("x"), "x more");
    expect_blind(PLX_FRAMING_NONE, 0, plx_slice_of("x"), "[]x");
    expect_blind(PLX_FRAMING_CLOSE, 0, plx_slice_of("a\r\n0\r\n\r\n"), "a\r\n0\r\n\r\n[eof]");
}

static void
test_chunks_are_read_however_they_are_cut(void **state)
{
    static const struct sample samples[] = {
        {"0\r\n\r\n", "[]"},
        {"5\r\nhello\r\n0\r\n\r\n", "hello[]"},
        {"5\r\nhello\r\n6\r\n world\r\n000\r\n\r\nHTTP/1.1", "hello world[]HTTP/1.1"},
        {"a\r\n0123456789\r\nA\r\n0\r\n\r\n\r\n\r\nX\r\n00000000\r\n\r\n", "01234567890\r\n\r\n\r\n\r\nX[]"},
        {"0000000000000001\r\nx\r\n0\r\n\r\n", "x[]"},
        {"1;a\r\nx\r\n1;b=c\r\ny\r\n1;d=\"e;\\\"\r\\\r\"\r\nz\r\n0\r\n\r\n",
         "xy refused: a chunk's extension has a quoted value that does not end"},
        {"1;a;b=c;d=\"e;\\\" \tf\\\\\"\r\nx\r\n0;z=\"\"\r\n\r\n", "x[]"},
        {"1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x[A: b\r\nC:\r\n]"},
        {"0\r\nContent-Length: 5\r\nX-Checksum: 1 \r\nHOST: h\r\nTransfer-encoding: chunked\r\n\r\nrest",
         "[X-Checksum: 1 \r\n]rest"},
        {"0\r\nAuthorization: x\r\nContent-Type: x\r\nSet-Cookie: x\r\nParallax-Role: x\r\nTrailer: x\r\nIf-Match: "
         "x\r\ncontent_range: x\r\nX-Forwarded-For: x\r\nMax-Forwards: 1\r\n\r\n",
         "[]"},
        {"0\r\nContent-Digest: x\r\nContent-Language-Of: y\r\nIf-Ever: z\r\n\r\n",
         "[Content-Digest: x\r\nContent-Language-Of: y\r\nIf-Ever: z\r\n]"},
        {"5\r\nhel", "hel more"},
        {"5\r\nhello\r\n0\r\n", "hello more"},
        {"ffffffffffffffff\r\nx", "x more"},
    };
    expect_chunked(samples, PLX_COUNT(samples));
}

#define NO_SIZE  " refused: a chunk does not begin with its size"
#define NO_HEX   " refused: a chunk's size is not a hexadecimal number"
#define LARGE    " refused: a chunk's size is too large"
#define LINE_END " refused: a line of a chunked body ends in something else than CR LF"
#define LONGER   " refused: a chunk is longer than its size"
#define EXT      " refused: a chunk's extension is not well-formed"

static void
test_chunks_are_refused(void **state)
{
    static const struct sample samples[] = {
        {"\r\n", NO_SIZE},
        {" 5\r\nhello", NO_SIZE},
        {"-5\r\nhello", NO_SIZE},
        {"+5\r\nhello", NO_SIZE},
        {";a\r\n", NO_SIZE},
        {"g\r\n", NO_SIZE},
        {"0x5\r\nhello", NO_HEX},
        {"5 \r\nhello", NO_HEX},
        {"5\t;a\r\nhello", NO_HEX},
        {"5_\r\nhello", NO_HEX},
        {"5\nhello", NO_HEX},
        {"00000000000000001\r\nx", LARGE},
        {"10000000000000000\r\nx", LARGE},
        {"5\rhello\r\n", LINE_END},
        {"5\r\r\nhello\r\n", LINE_END},
        {"5\r\nhello\n0\r\n\r\n", "hello" LONGER},
        {"5\r\nhello!\r\n0\r\n\r\n", "hello" LONGER},
        {"5\r\nhello0\r\n\r\n", "hello" LONGER},
        {"5\r\nhello\r0\r\n\r\n", "hello" LINE_END},
        {"5\r\nhello\r\n\r\n", "hello" NO_SIZE},
        {"5;\r\nhello", EXT},
        {"5; a\r\nhello", EXT},
        {"5;a =b\r\nhello", EXT},
        {"5;a=\r\nhello", EXT},
        {"5;a=b c\r\nhello", EXT},
        {"5;a\nhello", EXT},
        {"5;a\x01\r\nhello", EXT},
        {"5;a=\"b\"c\r\nhello", EXT},
        {"5;a=\"b\r\nhello", " refused: a chunk's extension has a quoted value that does not end"},
        {"5;a=\"\x7f\"\r\nhello", " refused: a chunk's extension has a quoted value that does not end"},
        {"5;a=\"\\\n\"\r\nhello", EXT},
        {"0\r\nA: b\n\r\n", LINE_END},
        {"0\r\n\n", LINE_END},
        {"0\r\nA: b\rC: d\r\n\r\n", LINE_END},
        {"0\r\n\rA", LINE_END},
        {"0\r\nA : b\r\n\r\n", " refused: white space in a header's name or before its colon"},
        {"0\r\n A: b\r\n\r\n", " refused: a header line is folded or begins with white space"},
        {"0\r\nA: b\r\n c\r\n\r\n", " refused: a header line is folded or begins with white space"},
        {"0\r\nA\r\n\r\n", " refused: a header line has no colon"},
        {"0\r\nA: \x01\r\n\r\n", " refused: a header's value holds a control character"},
        {"0\r\nGET / HTTP/1.1\r\n\r\n", " refused: white space in a header's name or before its colon"},
    };
    expect_chunked(samples, PLX_COUNT(samples));
}

/* prefix, then fill times filler, then suffix. */
static void
expect_filled(const char *prefix, size_t fill, char filler, const char *suffix, const char *want)
{
    struct plx_buffer wire;
    plx_buffer_init(&wire, TRACE_MAX);
    plx_buffer_text(&wire, prefix);
    for (size_t i = 0; i < fill; i++)
        plx_buffer_byte(&wire, filler);
    plx_buffer_text(&wire, suffix);
    for (size_t step = 1; step < 100; step += 49)
        expect_body(PLX_FRAMING_CHUNKED, 0, plx_buffer_slice(&wire), 0, step, want);
    expect_body(PLX_FRAMING_CHUNKED, 0, plx_buffer_slice(&wire), wire.len, 1, want);
    plx_buffer_fini(&wire);
}

static void
test_extensions_and_trailers_are_bounded(void **state)
{
    /* ";" begins an extension and is not counted; the CR that ends it is */
    expect_filled("0;", PLX_HTTP_CHUNK_EXT_MAX - 1, 'a', "\r\n\r\n", "[]");
    expect_filled("0;", PLX_HTTP_CHUNK_EXT_MAX, 'a', "\r\n\r\n", " refused (limit): a chunk's extensions are too long");
    /* a dropped line counts as well; "Host:", CR LF are 7 bytes */
    expect_filled("0\r\nHost:", PLX_HTTP_TRAILER_MAX - 7, 'a', "\r\n\r\n", "[]");
    expect_filled("0\r\nHost:", PLX_HTTP_TRAILER_MAX - 6, 'a', "\r\n\r\n", " refused (limit): the trailer is too long");
    expect_filled("0\r\nHost: h\r\nA:", PLX_HTTP_TRAILER_MAX, 'a', "", " refused (limit): the trailer is too long");
}

/* Each chunk has extensions of its own: the limit is one chunk's. */
static void
test_the_number_of_chunks_is_not_bounded(void **state)
{
    struct plx_buffer wire, want;
    plx_buffer_init(&wire, TRACE_MAX);
    plx_buffer_init(&want, TRACE_MAX);
    for (int i = 0; i < 5000; i++) {
        plx_buffer_text(&wire, "1;a=b\r\nx\r\n");
        plx_buffer_byte(&want, 'x');
    }
    plx_buffer_text(&wire, "0\r\n\r\n");
    plx_buffer_append(&want, "[]", 3);
    expect_body(PLX_FRAMING_CHUNKED, 0, plx_buffer_slice(&wire), 0, 7, want.ptr);
    expect_body(PLX_FRAMING_CHUNKED, 0, plx_buffer_slice(&wire), wire.len, 1, want.ptr);
    plx_buffer_fini(&wire);
    plx_buffer_fini(&want);
}

static void
test_bytes_that_are_no_line_are_refused_in_every_state(void **state)
{
    static const char wire[] = "5;a=\"b\\c\"\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for (size_t at = 0; at + 1 < sizeof(wire); at++) {
        char copy[sizeof(wire)];
        struct plx_http_body body;
        struct plx_slice data;
        enum plx_status status;
        if (at >= 11 && at < 16)
            continue; /* data may hold anything */
        memcpy(copy, wire, sizeof(wire));
        copy[at] = '\0';
        struct plx_slice input = {copy, sizeof(wire) - 1};
        plx_http_body_init(&body, PLX_FRAMING_CHUNKED, 0);
        while ((status = plx_http_body_read(&body, &input, &data)) == PLX_OK)
            continue;
        assert_int_equal(status, PLX_E_PROTOCOL);
        plx_http_body_fini(&body);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_length_is_kept_to),
        cmocka_unit_test(test_chunks_are_read_however_they_are_cut),
        cmocka_unit_test(test_chunks_are_refused),
        cmocka_unit_test(test_extensions_and_trailers_are_bounded),
        cmocka_unit_test(test_the_number_of_chunks_is_not_bounded),
        cmocka_unit_test(test_bytes_that_are_no_line_are_refused_in_every_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
