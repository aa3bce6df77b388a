/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What old servers spell oddly, but in one way only, is read out of answers and goes on spelled as it should be,
 * however TCP cuts it; what has two readings is refused, and the error says which octet of which field it is about. In
 * requests the same spellings are refused.
 */
#include "http_trace.h"

#include "base/assert.h"

#include "traffic/http1/answer.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/write.h"

struct sample {
    const char *wire, *want;
};

/* "200 OK 1.1 length=2|Content-Length=2>rest", "refused: why" or "more". */
static void
read_cut(struct plx_buffer *text, struct plx_slice wire, size_t cut, size_t step)
{
    struct plx_http1_head *head = malloc(sizeof(*head));
    struct plx_http_answer_reader reader = {0};
    struct plx_http_error error;
    struct plx_buffer mended;
    enum plx_status status = PLX_AGAIN;
    char why[PLX_HTTP_ERROR_TEXT_MAX];
    size_t used = 0;

    assert_non_null(head);
    plx_buffer_init(&mended, PLX_HTTP_MENDED_MAX);
    for (size_t len = cut; status == PLX_AGAIN; len = wire.len - len > step ? len + step : wire.len) {
        char *piece = malloc(len ? len : 1);
        assert_non_null(piece);
        memcpy(piece, wire.ptr, len);
        status =
            plx_http_read_answer(plx_slice_make(piece, len), &reader, PLX_METHOD_GET, &mended, head, &used, &error);
        plx_buffer_clear(text);
        if (status == PLX_OK) {
            assert_true(used <= len);
            trace_head(text, head);
            trace_slice(text, ">", plx_slice_make(wire.ptr + used, wire.len - used));
        } else if (status != PLX_AGAIN) {
            plx_http_error_print(&error, why);
            plx_buffer_format(text, "refused: %s", why);
        }
        free(piece);
        if (len == wire.len)
            break;
    }
    if (status == PLX_AGAIN)
        plx_buffer_text(text, "more");
    plx_buffer_byte(text, '\0');
    plx_buffer_fini(&mended);
    free(head);
}

static void
expect_answers(const struct sample *samples, size_t count)
{
    struct plx_buffer text;

    plx_buffer_init(&text, TRACE_MAX);
    for (size_t i = 0; i < count; i++) {
        struct plx_slice wire = plx_slice_of(samples[i].wire);
        for (size_t cut = 0; cut <= wire.len; cut++) {
            read_cut(&text, wire, cut, wire.len);
            assert_string_equal(text.ptr, samples[i].want);
        }
        read_cut(&text, wire, 0, 1);
        assert_string_equal(text.ptr, samples[i].want);
    }
    plx_buffer_fini(&text);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void
test_old_spellings_with_one_reading_are_taken(void **state)
{
    static const struct sample samples[] = {
        {"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "200 OK 1.1 length=2 keep|Content-Length=2>hi"},
        {"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 2\r\n\nhi", "200 OK 1.1 length=2 keep|A=b|Content-Length=2>hi"},
        {"HTTP/1.1 200 OK\nA: b\r\n\r\nhi\r\n\r\n", "200 OK 1.1 close|A=b>hi\r\n\r\n"},
        {"HTTP/1.1 200\nA:\n\n", "200  1.1 close|A=>"},
        {OK "A : b\r\nB\t \t: c\r\n\r\n", "200 OK 1.1 close|A=b|B=c>"},
        {OK "A: b\x01"
            "c\r\n\r\nx",
         "200 OK 1.1 close|A=b c>x"},
        {OK "A: \x7f"
            "b\x0b\r\n\r\n",
         "200 OK 1.1 close|A=b>"},
        {OK "A: b\rSet-Cookie: c\r\n\r\n", "200 OK 1.1 close|A=b Set-Cookie: c>"},
        {"HTTP/1.1 200 O\x02K\r\n\r\n", "200 O K 1.1 close>"},
        {OK "Content-Length: 3\r\nA: b\r\nContent-length: 3\r\n\r\nabc",
         "200 OK 1.1 length=3 keep|Content-Length=3|A=b>abc"},
        {OK "Content-Length: 3, 3\r\n\r\nabc", "200 OK 1.1 length=3 keep|Content-Length=3>abc"},
        {OK "Content-Length: 3 ,3\r\nContent-Length: 03\r\n\r\nabc", "200 OK 1.1 length=3 keep|Content-Length=3>abc"},
        {OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n\r\n",
         "200 OK 1.1 chunked keep|Transfer-Encoding=chunked!>"},
        {OK "Transfer-Encoding: chunked, chunked\r\n\r\n", "200 OK 1.1 chunked keep|Transfer-Encoding=chunked!>"},
        {OK "Transfer-Encoding : chunked\r\n\r\n", "200 OK 1.1 chunked keep|Transfer-Encoding=chunked!>"},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK 1.0 chunked|Transfer-Encoding=chunked!>"},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
         "200 OK 1.0 chunked|Connection=keep-alive!|Transfer-Encoding=chunked!>"},
        {"HTTP/1.1 200 OK\nA: b\n", "more"},
        {"HTTP/1.1 200 OK\nA: b", "more"},
        {OK "A: b\n\r", "more"},
    };
    expect_answers(samples, PLX_COUNT(samples));
}

static void
test_what_has_two_readings_is_refused_with_its_reason(void **state)
{
    static const struct sample samples[] = {
        {OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "refused: values of Content-Length that differ"},
        {OK "Content-Length: 3, 4\r\n\r\n", "refused: values of Content-Length that differ"},
        {OK "Content-Length: 3,\r\n\r\n", "refused: Content-Length is not a number"},
        {OK "Content-Length: +3\r\nContent-Length: +3\r\n\r\n", "refused: Content-Length is not a number"},
        {OK "Content-Length: 3\x01\r\n\r\n",
         "refused: a header's value holds a control character (octet 0x01 in Content-Length)"},
        {OK "Transfer-Encoding: \x0b"
            "chunked\r\n\r\n",
         "refused: a header's value holds a control character (octet 0x0b in Transfer-Encoding)"},
        {OK "Content-Length: 1\nTransfer-Encoding: chunked\n\n", "refused: Content-Length beside Transfer-Encoding"},
        {OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "refused: Transfer-Encoding is not `chunked`"},
        {OK "Transfer-Encoding: chunked, gzip\n\n", "refused: Transfer-Encoding does not end in `chunked`"},
        {OK "A: b\r\n c\r\n\r\n", "refused: a header line is folded or begins with white space (octet 0x20)"},
        {OK "A\x01: b\r\n\r\n",
         "refused: a header's name holds a character that is not allowed there (octet 0x01 in A)"},
        {OK "A b: c\r\n\r\n", "refused: white space in a header's name or before its colon (octet 0x20 in A)"},
        {OK ": b\r\n\r\n", "refused: a header line has no name (octet 0x3a)"},
        {OK "A\n\n", "refused: a header line has no colon (octet 0x0d in A)"},
        {OK "A: b\n\r\r\n\r\n", "refused: a line ends in something else than CR LF"},
        {"HTTP/1.1 20 OK\n\n", "refused: the status is not a number from 100 to 999"},
        {"HTTP/1.1\n\n", "refused: the status is not a number from 100 to 999"},
        {"HTTP/2.0 200 OK\n\n", "refused: a line ends in something else than CR LF"},
        {"\x16\x03\x01", "refused: the answer does not begin with a version"},
    };
    expect_answers(samples, PLX_COUNT(samples));
}

/* However few bytes come at a time, and whatever they are, a head has an end. */
static void
test_an_odd_head_is_bounded(void **state)
{
    static const char first[] = "HTTP/1.1 200 OK\n";
    size_t len = PLX_HTTP_HEAD_MAX + 1000;
    char *wire = malloc(len);
    struct plx_buffer text;

    assert_non_null(wire);
    plx_buffer_init(&text, TRACE_MAX);
    memset(wire, 'x', len);
    memcpy(wire, first, sizeof(first) - 1);
    read_cut(&text, plx_slice_make(wire, len), 20, 97);
    assert_string_equal(text.ptr, "refused: the head is too long");
    for (size_t i = sizeof(first) - 1; i < len; i += 2) {
        wire[i] = ':';
        if (i + 1 < len)
            wire[i + 1] = '\n';
    }
    wire[PLX_HTTP_HEAD_MAX - 1] = '\n';
    wire[PLX_HTTP_HEAD_MAX - 2] = '\n';
    read_cut(&text, plx_slice_make(wire, len), len, len);
    assert_string_equal(text.ptr, "refused: too many headers");
    plx_buffer_fini(&text);
    free(wire);
}

/* What goes to the client has nothing of the old spelling. */
static void
test_what_goes_on_is_spelled_as_it_should_be(void **state)
{
    static const char wire[] = "HTTP/1.1 200 OK\nServer : old\x01\nContent-Length: 2, 2\nContent-Length: 2\n\n";
    struct plx_http1_head *head = malloc(sizeof(*head));
    struct plx_http_answer_reader reader = {0};
    struct plx_http_error error;
    struct plx_buffer mended, out;
    size_t used;

    assert_non_null(head);
    plx_buffer_init(&mended, PLX_HTTP_MENDED_MAX);
    plx_buffer_init(&out, TRACE_MAX);
    assert_int_equal(plx_http_read_answer(plx_slice_of(wire), &reader, PLX_METHOD_GET, &mended, head, &used, &error),
                     PLX_OK);
    plx_http_write_response(&out, head, &(struct plx_http_reply){1, true, head->framing, {NULL, 0}});
    plx_buffer_byte(&out, '\0');
    assert_string_equal(out.ptr, "HTTP/1.1 200 OK\r\nServer: old \r\nContent-Length: 2\r\n\r\n");
    plx_buffer_fini(&mended);
    plx_buffer_fini(&out);
    free(head);
}

/* ---- chunks ---- */

/* "data[trailer]rest", "data refused: why" or "data more". */
static void
read_chunks(struct plx_buffer *text, struct plx_slice wire, size_t cut, size_t step, bool old_spelling)
{
    struct plx_http_body body;
    enum plx_status status = PLX_AGAIN;
    char why[PLX_HTTP_ERROR_TEXT_MAX];

    plx_buffer_clear(text);
    plx_http_body_init(&body, PLX_FRAMING_CHUNKED, 0);
    body.old_spelling = old_spelling;
    for (size_t at = 0, len = cut; status == PLX_AGAIN && at < wire.len; at += len) {
        len = at ? step : cut;
        len = len > wire.len - at ? wire.len - at : len;
        struct plx_slice input = {wire.ptr + at, len}, data;
        do {
            status = plx_http_body_read(&body, &input, &data);
            plx_buffer_add(text, data);
        } while (status == PLX_OK);
        if (status == PLX_DONE) {
            trace_slice(text, "[", plx_buffer_slice(&body.trailer));
            trace_slice(text, "]", plx_slice_make(input.ptr, (size_t)(wire.ptr + wire.len - input.ptr)));
        }
    }
    if (status == PLX_AGAIN)
        plx_buffer_text(text, " more");
    if (status < 0) {
        plx_http_error_print(&body.error, why);
        plx_buffer_format(text, " refused: %s", why);
    }
    plx_buffer_byte(text, '\0');
    plx_http_body_fini(&body);
}

static void
expect_chunks(const struct sample *samples, size_t count, bool old_spelling)
{
    struct plx_buffer text;

    plx_buffer_init(&text, TRACE_MAX);
    for (size_t i = 0; i < count; i++) {
        struct plx_slice wire = plx_slice_of(samples[i].wire);
        for (size_t cut = 1; cut <= wire.len; cut++) {
            read_chunks(&text, wire, cut, wire.len, old_spelling);
            assert_string_equal(text.ptr, samples[i].want);
        }
        read_chunks(&text, wire, 1, 1, old_spelling);
        assert_string_equal(text.ptr, samples[i].want);
    }
    plx_buffer_fini(&text);
}

static void
test_old_chunks_are_taken(void **state)
{
    static const struct sample samples[] = {
        {"2   \r\nhi\r\n0\r\n\r\nrest", "hi[]rest"},
        {"2\t\r\nhi\r\n0  \r\n\r\n", "hi[]"},
        {"2 ; a ; b=\"c\" \r\nhi\r\n0\r\n\r\n", "hi[]"},
        {"2;a= b\r\nhi\r\n0\r\n\r\n", "hi[]"},
        {"2\nhi\n0\n\nrest", "hi[]rest"},
        {"2\nhi\r\n3;a=b\nfoo\n0\r\n\n", "hifoo[]"},
        {"1\n\n\n0\n\n", "\n[]"},
        {"0\nX-A: b\nX-C : d\x01\n\n", "[X-A: b\r\nX-C: d \r\n]"},
        {"0\r\nX-A: b\rc\r\n\r\n", "[X-A: b c\r\n]"},
        {"2\nhi\n0\nX-A: b", "hi more"},
    };
    expect_chunks(samples, PLX_COUNT(samples), true);
}

static void
test_chunks_with_two_readings_are_refused(void **state)
{
    static const struct sample samples[] = {
        {" 2\r\nhi\r\n0\r\n\r\n", " refused: a chunk does not begin with its size (octet 0x20)"},
        {"2 1\r\nhi\r\n0\r\n\r\n", " refused: a chunk's extension is not well-formed (octet 0x31)"},
        {"2x\r\nhi\r\n0\r\n\r\n", " refused: a chunk's size is not a hexadecimal number (octet 0x78)"},
        {"2\r\nhix\r\n0\r\n\r\n", "hi refused: a chunk is longer than its size (octet 0x78)"},
        {"2\rx", " refused: a line of a chunked body ends in something else than CR LF (octet 0x78)"},
        {"0\nX-A\n\n", " refused: a header line has no colon (octet 0x0d in X-A)"},
        {"0\nX-A: b\n c\n\n", " refused: a header line is folded or begins with white space (octet 0x20)"},
    };
    expect_chunks(samples, PLX_COUNT(samples), true);
}

static void
test_requests_are_not_mended(void **state)
{
    static const struct sample samples[] = {
        {"2 \r\nhi\r\n0\r\n\r\n", " refused: a chunk's size is not a hexadecimal number (octet 0x20)"},
        {"2\nhi\n0\n\n", " refused: a chunk's size is not a hexadecimal number (octet 0x0a)"},
        {"2\r\nhi\n0\r\n\r\n", "hi refused: a chunk is longer than its size (octet 0x0a)"},
        {"0\r\n\n", " refused: a line of a chunked body ends in something else than CR LF (octet 0x0a)"},
        {"0\r\nX-A: b\n\r\n", " refused: a line of a chunked body ends in something else than CR LF (octet 0x0a)"},
        {"0\r\nX-A : b\r\n\r\n", " refused: white space in a header's name or before its colon (octet 0x20 in X-A)"},
    };
    expect_chunks(samples, PLX_COUNT(samples), false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_spellings_with_one_reading_are_taken),
        cmocka_unit_test(test_what_has_two_readings_is_refused_with_its_reason),
        cmocka_unit_test(test_an_odd_head_is_bounded),
        cmocka_unit_test(test_what_goes_on_is_spelled_as_it_should_be),
        cmocka_unit_test(test_old_chunks_are_taken),
        cmocka_unit_test(test_chunks_with_two_readings_are_refused),
        cmocka_unit_test(test_requests_are_not_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
