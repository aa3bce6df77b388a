/* SPDX-License-Identifier: Apache-2.0 */
/* A body is read as what its type and its content say it is, and as text or bytes where it is not that; whatever it
 * claims, it takes no more than its bounds. */
#include "arena_kit.h"
#include "body/body.h"
#include "body/media.h"
#include "body/multipart.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include <cmocka.h>

static struct plx_body
read_as(const char *type, struct plx_slice bytes)
{
    struct plx_answer answer = {.media_type = plx_slice_of(type), .body = bytes, .body_length = bytes.len};
    const struct plx_compare_limits limits = {.decoded_bytes_max = 1 << 20};
    struct plx_body body;

    assert_int_equal(plx_body_read(&answer, &limits, NULL, arena, &body), PLX_OK);
    return body;
}

static void
test_media_types(void **state)
{
    static const struct {
        const char *text, *type, *charset, *boundary;
        bool known;
        enum plx_body_type body;
    } cases[] = {
        {"", "", "", "", false, PLX_BODY_BYTES},
        {"text/plain", "text/plain", "", "", false, PLX_BODY_BYTES},
        {"Application/JSON ; Charset=\"UTF-8\"", "Application/JSON", "UTF-8", "", true, PLX_BODY_JSON},
        {"application/hal+json;x", "application/hal+json", "", "", true, PLX_BODY_JSON},
        {"application/x-ndjson", "application/x-ndjson", "", "", true, PLX_BODY_NDJSON},
        {"application/x-www-form-urlencoded;charset=latin1", "application/x-www-form-urlencoded", "latin1", "", true,
         PLX_BODY_FORM},
        {"image/svg+xml", "image/svg+xml", "", "", true, PLX_BODY_XML},
        {"text/html;a=\"x;charset=no\";charset=yes", "text/html", "yes", "", true, PLX_BODY_HTML},
        {"multipart/mixed; boundary=\"a b\"", "multipart/mixed", "", "a b", true, PLX_BODY_MULTIPART},
        {"text/css", "text/css", "", "", true, PLX_BODY_TEXT},
        {"image/png", "image/png", "", "", true, PLX_BODY_BYTES},
        {"application/octet-stream", "application/octet-stream", "", "", false, PLX_BODY_BYTES},
        {";;=;charset=", "", "", "", false, PLX_BODY_BYTES},
        {"+json", "+json", "", "", true, PLX_BODY_BYTES},
        {"a\"b;c", "a\"b;c", "", "", true, PLX_BODY_BYTES},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_media media = plx_media_read(plx_slice_of(cases[i].text));
        enum plx_body_type type;
        assert_true(plx_slice_equal(media.type, plx_slice_of(cases[i].type)));
        assert_true(plx_slice_equal(media.charset, plx_slice_of(cases[i].charset)));
        assert_true(plx_slice_equal(media.boundary, plx_slice_of(cases[i].boundary)));
        assert_int_equal(plx_media_body_type(&media, &type), cases[i].known);
        assert_int_equal(type, cases[i].body);
    }
}

static void
test_types_by_content(void **state)
{
    static const struct {
        const char *type, *text;
        enum plx_body_type body;
    } cases[] = {
        {"", "{\"a\":1}", PLX_BODY_JSON},
        {"", "1.0", PLX_BODY_JSON},
        {"", "words", PLX_BODY_TEXT},
        {"", "\xFF\xD8", PLX_BODY_BYTES},
        {"", "", PLX_BODY_BYTES},
        {"text/plain", " [1]", PLX_BODY_JSON},
        {"text/plain", "1.0", PLX_BODY_TEXT},
        {"text/plain", "{a}", PLX_BODY_TEXT},
        {"application/octet-stream", "{}", PLX_BODY_JSON},
        {"text/html", "{\"a\":1}", PLX_BODY_JSON},
        {"text/html", "{{template}}", PLX_BODY_TEXT},
        {"text/csv", "[1]", PLX_BODY_TEXT},
        {"application/json", "{\"a\":", PLX_BODY_TEXT},
        {"application/json", "\xEF\xBB\xBF[]", PLX_BODY_JSON},
        {"application/json;charset=latin1", "\"\xE9\"", PLX_BODY_JSON},
        {"application/json", "\"\xE9\"", PLX_BODY_BYTES},
        {"application/x-ndjson", "1\n\n 2 \r\n3", PLX_BODY_NDJSON},
        {"application/json-seq", "\x1E{}\n\x1E[1]\n", PLX_BODY_NDJSON},
        {"application/x-ndjson", "1\n2,3", PLX_BODY_TEXT},
        {"application/x-www-form-urlencoded", "a=1&b", PLX_BODY_FORM},
        {"application/xml", "<a/>", PLX_BODY_XML},
        {"application/xml", "<a>", PLX_BODY_TEXT},
        {"image/png", "{}", PLX_BODY_BYTES},
        {"multipart/mixed", "--x\n\na\n--x--", PLX_BODY_TEXT}, /* no boundary is named */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (read_as(cases[i].type, plx_slice_of(cases[i].text)).type != cases[i].body)
            fail_msg("%s: %s", cases[i].type, cases[i].text);
    assert_int_equal(read_as("text/plain", plx_slice_make("a\0b", 3)).type, PLX_BODY_BYTES);
    assert_int_equal(read_as("application/json", plx_slice_make("\xFF\xFE[\0]\0", 6)).type, PLX_BODY_JSON);
}

/* What nobody can read is not compared; what begins as UTF-32 would is bytes. */
static void
test_unknown_charsets(void **state)
{
    static const struct {
        const char *type;
        struct plx_slice text;
        enum plx_status status;
    } cases[] = {
        {"application/json; charset=klingon", {"[]", 2}, PLX_E_UNSUPPORTED},
        {"text/plain; charset=klingon", {"a", 1}, PLX_E_UNSUPPORTED},
        {"application/xml", {"<?xml version='1.0' encoding='klingon'?><a/>", 44}, PLX_E_UNSUPPORTED},
        {"multipart/mixed; boundary=x",
         {"--x\nContent-Type: text/plain; charset=klingon\n\na\n--x--", 54},
         PLX_E_UNSUPPORTED},
        {"image/png; charset=klingon", {"a", 1}, PLX_OK},
        {"", {"\xFF\xFE\0\0a", 5}, PLX_OK},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct plx_compare_limits limits = {.json = {.depth_max = 512}};
        struct plx_answer answer = {
            .body = cases[i].text, .body_length = cases[i].text.len, .media_type = plx_slice_of(cases[i].type)};
        struct plx_body body;
        assert_int_equal(plx_body_read(&answer, &limits, NULL, arena, &body), cases[i].status);
    }
}

static const char *
tree_of(const char *type, const char *text)
{
    static char copy[4096];
    struct plx_body body = read_as(type, plx_slice_of(text));

    if (!plx_body_is_tree(body.type))
        return "no tree";
    assert_true(body.tree.text.len < sizeof(copy));
    memcpy(copy, body.tree.text.ptr, body.tree.text.len);
    copy[body.tree.text.len] = '\0';
    return copy;
}

static void
test_forms_and_parts(void **state)
{
    static const char form[] = "application/x-www-form-urlencoded";

    assert_string_equal(
        tree_of(form, "a=1&b=x+y%20z&&c&=d&a=%c3%a9&e=%FF&f=%4"),
        "{\"a\":\"1\",\"b\":\"x y z\",\"c\":\"\",\"\":\"d\",\"a\":\"\xC3\xA9\",\"e\":\"%FF\",\"f\":\"%4\"}");
    assert_string_equal(
        tree_of("multipart/mixed;boundary=x",
                "preamble\r\n--x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\": 1}\r\n"
                "--x  \r\n\r\ntext --x\r\n--xy\r\n\r\n--x--\r\nepilogue"),
        "[{\"headers\":{\"content-type\":\"application/json\"},\"body\":{\"a\": 1}},"
        "{\"headers\":{},\"body\":\"text --x\\r\\n--xy\\r\\n\"}]");
    assert_string_equal(
        tree_of("multipart/form-data;boundary=x",
                "--x\nContent-Disposition: form-data; filename=\"name=no\"; name=\"a b\"\nX: 1\n\n\n--x--"),
        "{\"a b\":{\"headers\":{\"content-disposition\":\"form-data; filename=\\\"name=no\\\"; "
        "name=\\\"a b\\\"\",\"x\":\"1\"},\"body\":\"\"}}");
    assert_string_equal(tree_of("multipart/mixed;boundary=x", "--x--"), "[]");
    /* What is not whole, or no header, is none. */
    assert_string_equal(tree_of("multipart/mixed;boundary=x", "--x\n\na"), "no tree");
    assert_string_equal(tree_of("multipart/mixed;boundary=x", "--x\nno header\n\na\n--x--"), "no tree");
    assert_string_equal(tree_of("multipart/mixed;boundary=x", "a --x\n\na\n--y--"), "no tree");
}

static void
test_parts_are_bounded(void **state)
{
    struct plx_buffer text;

    plx_buffer_init(&text, 1 << 20);
    for (unsigned i = 0; i < PLX_PARTS_MAX + 1; i++)
        plx_buffer_text(&text, "--x\n\n\n");
    plx_buffer_text(&text, "--x--");
    assert_int_equal(read_as("multipart/mixed;boundary=x", plx_buffer_slice(&text)).type, PLX_BODY_TEXT);
    plx_buffer_clear(&text);
    /* One inside the other: the innermost ones are text. */
    const char letters[] = "abcdefgh";
    for (int i = 0; letters[i]; i++)
        plx_buffer_format(&text, "--%c\nContent-Type: multipart/mixed;boundary=%c\n\n", letters[i], letters[i + 1]);
    for (int i = 7; i >= 0; i--)
        plx_buffer_format(&text, "\n--%c--", letters[i]);
    assert_int_equal(read_as("multipart/mixed;boundary=a", plx_buffer_slice(&text)).type, PLX_BODY_MULTIPART);
    plx_buffer_fini(&text);
}

static struct plx_slice
gzipped(struct plx_slice text)
{
    z_stream stream = {0};
    size_t max = text.len + text.len / 100 + 100;
    char *packed = malloc(max);

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)text.ptr;
    stream.avail_in = (uInt)text.len;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)max;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&stream), Z_OK);
    return plx_slice_make(packed, stream.total_out);
}

/* gzip on one side only, on both, corrupt, and a bomb. */
static void
test_coded_bodies(void **state)
{
    static const struct plx_header coded[] = {{{"content-encoding", 16}, {"gzip", 4}},
                                              {{"Content-Type", 12}, {"application/json", 16}}};
    struct plx_slice text = plx_slice_of("{\"a\":1,\"b\":[1,2,3]}"), other = plx_slice_of("{\"b\":[1,2,4],\"a\":1.0}");
    struct plx_slice packed = gzipped(text), packed_other = gzipped(other);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer plain = {.headers = coded + 1, .header_count = 1, .body = text, .body_length = text.len};
    struct plx_answer zip = {.headers = coded, .header_count = 2, .body = packed, .body_length = packed.len},
                      broken = zip;
    struct plx_answer zip_other = {
        .headers = coded, .header_count = 2, .body = packed_other, .body_length = packed_other.len};
    struct plx_comparison c;
    struct plx_judgement judgement;

    assert_int_equal(plx_compare(rules, &plain, &zip, NULL, arena, &c), PLX_OK);
    assert_int_equal(c.total, 0);
    assert_int_equal(plx_compare(rules, &zip, &zip_other, NULL, arena, &c), PLX_OK);
    assert_int_equal(c.total, 1);
    assert_true(plx_slice_equal(c.differences[0].field, plx_slice_of("/b/2")));
    /* The same bytes under another coding are another body. */
    broken.headers = coded + 1;
    broken.header_count = 1;
    assert_int_equal(plx_compare(rules, &zip, &broken, NULL, arena, &c), PLX_OK);
    assert_int_equal(c.total, 1);
    broken = zip;
    broken.body_length = --broken.body.len;
    assert_int_equal(plx_compare(rules, &zip, &broken, NULL, arena, &c), PLX_OK);
    assert_int_equal(c.total, 1);
    assert_true(plx_slice_equal(c.differences[0].field, plx_slice_of("body")));
    /* 20 MiB of blanks in 20 KiB: they may mean nothing. */
    char *blanks = malloc(20 << 20);
    struct plx_slice bomb = gzipped(plx_slice_make(memset(blanks, ' ', 20 << 20), 20 << 20));
    struct plx_answer large = {.headers = coded, .header_count = 2, .body = bomb, .body_length = bomb.len};
    assert_true(bomb.len < 100000);
    assert_int_equal(plx_compare(rules, &plain, &large, NULL, arena, &c), PLX_E_TOO_LARGE);
    assert_int_equal(plx_compare(rules, &large, &large, NULL, arena, &c), PLX_OK); /* nothing is read */
    assert_int_equal(plx_judge(rules, &plain, &zip, &large, NULL, arena, &judgement), PLX_OK);
    assert_false(judgement.with_secondary);
    assert_int_equal(judgement.verdict, PLX_MATCH);
    free(blanks);
    free((char *)bomb.ptr);
    free((char *)packed.ptr);
    free((char *)packed_other.ptr);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

static void
test_without_memory(void **state)
{
    static const struct plx_header headers[] = {{{"Content-Encoding", 16}, {"gzip", 4}},
                                                {{"Content-Encoding", 16}, {"identity", 8}}};
    static const char body[] = "--x\nContent-Type: application/json; charset=latin1\n\n{\"a\":[1]}\n--x\n\nt\n--x--";
    struct plx_slice packed = gzipped(plx_slice_of(body));
    struct plx_answer answer = {.headers = headers,
                                .header_count = 2,
                                .media_type = plx_slice_of("multipart/mixed;boundary=x"),
                                .body = packed,
                                .body_length = packed.len};
    const struct plx_compare_limits limits = {.decoded_bytes_max = 1 << 20};
    size_t fail_from = 0;
    enum plx_status status;

    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_arena *small = plx_arena_new(&allocator);
        struct plx_body read = {.declared = false};
        status = small ? plx_body_read(&answer, &limits, NULL, small, &read) : PLX_E_MEMORY;
        assert_true(status == PLX_OK || status == PLX_E_MEMORY);
        if (status == PLX_OK)
            assert_int_equal(read.type, PLX_BODY_MULTIPART);
        plx_arena_free(small);
        assert_int_equal(counter.held, 0);
    } while (status != PLX_OK);
    assert_true(fail_from > 2);
    free((char *)packed.ptr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media_types),      cmocka_unit_test(test_types_by_content),
        cmocka_unit_test(test_forms_and_parts),  cmocka_unit_test(test_parts_are_bounded),
        cmocka_unit_test(test_unknown_charsets), cmocka_unit_test(test_coded_bodies),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
