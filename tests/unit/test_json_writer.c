/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's output is JSON, in UTF-8, whatever it is given; its numbers read back the same. */
#include "json/writer.h"

#include "base/utf8.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void
assert_written(const struct plx_buffer *out, const char *want)
{
    char got[2048];

    assert_true(out->len < sizeof(got));
    memcpy(got, out->ptr, out->len);
    got[out->len] = '\0';
    assert_string_equal(got, want);
}

static void
test_commas_stand_between_values_only(void **state)
{
    struct plx_buffer out;
    struct plx_json_writer writer;

    plx_buffer_init(&out, 4096);
    plx_json_writer_init(&writer, &out);
    plx_json_begin_object(&writer);
    plx_json_key(&writer, "a");
    plx_json_begin_array(&writer);
    plx_json_uint(&writer, UINT64_MAX);
    plx_json_int(&writer, INT64_MIN);
    plx_json_int(&writer, 7);
    plx_json_begin_array(&writer);
    plx_json_end_array(&writer);
    plx_json_begin_object(&writer);
    plx_json_end_object(&writer);
    plx_json_end_array(&writer);
    plx_json_key_slice(&writer, plx_slice_of("b\""));
    plx_json_bool(&writer, true);
    plx_json_key(&writer, "c");
    plx_json_null(&writer);
    plx_json_key(&writer, "d");
    plx_json_text_value(&writer, NULL);
    plx_json_key(&writer, "e");
    plx_json_text_value(&writer, "text");
    plx_json_key(&writer, "f");
    plx_json_raw(&writer, plx_slice_of("[1, 2]"));
    plx_json_key(&writer, "g");
    plx_json_bool(&writer, false);
    plx_json_end_object(&writer);
    assert_written(&out, "{\"a\":[18446744073709551615,-9223372036854775808,7,[],{}],\"b\\\"\":true,\"c\":null,"
                         "\"d\":null,\"e\":\"text\",\"f\":[1, 2],\"g\":false}");
    plx_buffer_fini(&out);
}

static void
assert_string(struct plx_slice text, const char *want)
{
    struct plx_buffer out;
    struct plx_json_writer writer;

    plx_buffer_init(&out, 4096);
    plx_json_writer_init(&writer, &out);
    plx_json_string(&writer, text);
    assert_written(&out, want);
    plx_buffer_fini(&out);
}

static void
test_strings_are_escaped(void **state)
{
    assert_string(plx_slice_make(NULL, 0), "\"\"");
    assert_string(plx_slice_of("say \"hi\" \\ there/"), "\"say \\\"hi\\\" \\\\ there/\"");
    assert_string(plx_slice_of("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
    assert_string(plx_slice_make("\0\x01\x1f\x7f", 4), "\"\\u0000\\u0001\\u001f\x7f\"");
    assert_string(plx_slice_of("\xC3\xB1 \xE2\x82\xAC \xF0\x9F\x98\x80"), "\"\xC3\xB1 \xE2\x82\xAC \xF0\x9F\x98\x80\"");
}

#define WRONG "\xEF\xBF\xBD"

static void
test_each_wrong_byte_becomes_a_replacement_character(void **state)
{
    assert_string(plx_slice_of("a\xFFz"), "\"a" WRONG "z\"");
    assert_string(plx_slice_of("\xC0\xAF"), "\"" WRONG WRONG "\"");                     /* overlong */
    assert_string(plx_slice_of("\xC1\xBF"), "\"" WRONG WRONG "\"");                     /* overlong */
    assert_string(plx_slice_of("\xE0\x9F\xBF"), "\"" WRONG WRONG WRONG "\"");           /* overlong */
    assert_string(plx_slice_of("\xF0\x8F\xBF\xBF"), "\"" WRONG WRONG WRONG WRONG "\""); /* overlong */
    assert_string(plx_slice_of("\xED\xA0\x80"), "\"" WRONG WRONG WRONG "\"");           /* a surrogate */
    assert_string(plx_slice_of("\xF4\x90\x80\x80"), "\"" WRONG WRONG WRONG WRONG "\""); /* U+110000 */
    assert_string(plx_slice_of("\xF5\x80\x80\x80"), "\"" WRONG WRONG WRONG WRONG "\"");
    assert_string(plx_slice_of("\xE2\x82"), "\"" WRONG WRONG "\""); /* cut off */
    assert_string(plx_slice_of("\xE2\x82z"), "\"" WRONG WRONG "z\"");
    assert_string(plx_slice_of("\x80\xC3\xB1"), "\"" WRONG "\xC3\xB1\"");
    assert_string(plx_slice_of("\xC3\"\n"), "\"" WRONG "\\\"\\n\""); /* does not eat the quote */
}

/* Against a plain encoder: every code point there is, and nothing besides. */
static void
test_utf8_is_decoded_as_it_is_encoded(void **state)
{
    for (uint32_t want = 0; want < 0x110000; want++) {
        unsigned char bytes[4];
        uint32_t got = 0;
        size_t len = 1;

        if (want < 0x80) {
            bytes[0] = (unsigned char)want;
        } else {
            len = want < 0x800 ? 2 : want < 0x10000 ? 3 : 4;
            for (size_t i = 0; i < len; i++)
                bytes[i] = (unsigned char)(0x80 | ((want >> 6 * (len - 1 - i)) & 0x3F));
            bytes[0] = (unsigned char)((0xF00 >> len) | (want >> 6 * (len - 1)));
        }
        if (want >= 0xD800 && want < 0xE000) {
            assert_int_equal(plx_utf8_decode(plx_slice_make(bytes, len), &got), 0);
            continue;
        }
        assert_int_equal(plx_utf8_decode(plx_slice_make(bytes, len), &got), len);
        assert_int_equal(got, want);
        assert_int_equal(plx_utf8_decode(plx_slice_make(bytes, len - 1), &got), 0);
    }
}

static void
assert_double(double number, const char *want)
{
    struct plx_buffer out;
    struct plx_json_writer writer;

    plx_buffer_init(&out, 100);
    plx_json_writer_init(&writer, &out);
    plx_json_double(&writer, number);
    if (want)
        assert_written(&out, want);
    plx_buffer_byte(&out, '\0');
    if (isfinite(number))
        assert_true(strtod(out.ptr, NULL) == number);
    plx_buffer_fini(&out);
}

static void
test_doubles_are_short_and_read_back_the_same(void **state)
{
    uint64_t bits = 88172645463325252u; /* the seed */

    assert_double(0, "0");
    assert_double(-0.0, "-0");
    assert_double(0.1, "0.1");
    assert_double(0.1 + 0.2, "0.30000000000000004");
    assert_double(100, "100");
    assert_double(1e300, "1e+300");
    assert_double(DBL_MAX, "1.7976931348623157e+308");
    assert_double(5e-324, NULL);
    assert_double(NAN, "null");
    assert_double(INFINITY, "null");
    assert_double(-INFINITY, "null");
    for (int i = 0; i < 20000; i++) {
        double number;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&number, &bits, sizeof(number));
        assert_double(number, NULL);
    }
}

static void
test_a_full_buffer_stops_the_writer_quietly(void **state)
{
    struct plx_buffer out;
    struct plx_json_writer writer;

    plx_buffer_init(&out, 5);
    plx_json_writer_init(&writer, &out);
    plx_json_begin_array(&writer);
    plx_json_string(&writer, plx_slice_of("too long for it"));
    plx_json_end_array(&writer);
    assert_true(out.failed);
    assert_true(out.len <= 5);
    plx_buffer_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commas_stand_between_values_only),
        cmocka_unit_test(test_strings_are_escaped),
        cmocka_unit_test(test_each_wrong_byte_becomes_a_replacement_character),
        cmocka_unit_test(test_utf8_is_decoded_as_it_is_encoded),
        cmocka_unit_test(test_doubles_are_short_and_read_back_the_same),
        cmocka_unit_test(test_a_full_buffer_stops_the_writer_quietly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
