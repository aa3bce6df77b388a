/* SPDX-License-Identifier: Apache-2.0 */
/* Text becomes UTF-8 exactly or not at all, never longer than allowed, and what is UTF-8 is not copied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "body/charset.h"
#include "memory_kit.h"

#include <stdlib.h>

#define BYTES(literal) plx_slice_make(literal, sizeof(literal) - 1)
#define ANY            ((size_t)1 << 20)

static struct plx_arena *arena;
static struct counter counter;
static struct plx_allocator allocator;

static int
setup(void **state)
{
    counter = (struct counter){0};
    allocator = counting(&counter);
    arena = plx_arena_new(&allocator);
    return arena == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(arena);
    return counter.held != 0;
}

/* From memory of just that size, so that reading beyond it shows; *out lies in the arena. */
static enum plx_status
decode(const char *charset, struct plx_slice bytes, size_t max, struct plx_slice *out)
{
    static const struct plx_slice untouched = {"untouched", 9};
    char *exact = malloc(bytes.len ? bytes.len : 1);

    assert_non_null(exact);
    if (bytes.len)
        memcpy(exact, bytes.ptr, bytes.len);
    *out = untouched;
    enum plx_status status =
        plx_charset_decode(plx_slice_of(charset), plx_slice_make(exact, bytes.len), max, arena, out);
    if (status == PLX_OK)
        *out = plx_arena_copy(arena, *out);
    else
        assert_memory_equal(out, &untouched, sizeof(untouched));
    free(exact);
    return status;
}

static const struct {
    const char *charset;
    struct plx_slice bytes, want; /* want.ptr NULL: not valid */
} rows[] = {
    {"", {"", 0}, {"", 0}},
    {"", {"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10}, {"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10}},
    {"utf-8", {"plain", 5}, {"plain", 5}},
    {"UTF-8", {"\xC3\xA4", 2}, {"\xC3\xA4", 2}},
    {"utf8", {"long enough for a word \xC3\xA4 and beyond", 36}, {"long enough for a word \xC3\xA4 and beyond", 36}},
    {"utf-8", {"long enough for a word \xC3", 24}, {NULL}},
    {"utf-8", {"\xE4", 1}, {NULL}},
    {"utf-8", {"\xC3\xA4\xC0\x80", 4}, {NULL}},
    {"utf-8", {"\xED\xA0\x80", 3}, {NULL}},
    {"utf-8", {"a\0b", 3}, {"a\0b", 3}},
    {"us-ascii", {"plain", 5}, {"plain", 5}},
    {"US-ASCII", {"\xC3\xA4", 2}, {NULL}},
    {"ascii", {"12345678\x80", 9}, {NULL}},
    /* UTF-16 */
    {"utf-16le", {"a\0\xE4\0\xAC\x20\x3D\xD8\x00\xDE", 10}, {"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10}},
    {"utf-16be", {"\0a\0\xE4\x20\xAC\xD8\x3D\xDE\x00", 10}, {"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10}},
    {"UTF-16", {"\0a\0b", 4}, {"ab", 2}},
    {"utf-16le", {"\xFF\xDB\xFF\xDF", 4}, {"\xF4\x8F\xBF\xBF", 4}},
    {"utf-16le", {"\xFF\xD7\x00\xE0", 4}, {"\xED\x9F\xBF\xEE\x80\x80", 6}},
    {"utf-16le", {"\x7F\x00\x80\x00\xFF\x07\x00\x08", 8}, {"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80", 8}},
    {"utf-16le", {"", 0}, {"", 0}},
    {"utf-16le", {"a", 1}, {NULL}},
    {"utf-16le", {"a\0b", 3}, {NULL}},
    {"utf-16le", {"\x3D\xD8", 2}, {NULL}},         /* a high surrogate at the end, */
    {"utf-16le", {"\x3D\xD8\0", 3}, {NULL}},       /* with half a unit behind it, */
    {"utf-16le", {"\x3D\xD8\x61\0", 4}, {NULL}},   /* before a letter, */
    {"utf-16le", {"\x3D\xD8\x3D\xD8", 4}, {NULL}}, /* before another one; */
    {"utf-16be", {"\xDE\x00\0a", 4}, {NULL}},      /* a low one alone */
    /* marks */
    {"", {"\xEF\xBB\xBFx", 4}, {"x", 1}},
    {"", {"\xEF\xBB\xBF", 3}, {"", 0}},
    {"iso-8859-1", {"\xEF\xBB\xBF\xC3\xA4", 5}, {"\xC3\xA4", 2}},
    {"utf-16", {"\xEF\xBB\xBF\xC3", 4}, {NULL}},
    {"no-such", {"\xEF\xBB\xBFx", 4}, {"x", 1}},
    {"utf-16", {"\xFE\xFF\0a", 4}, {"a", 1}},
    {"utf-16",
     {"\xFF\xFE"
      "a\0",
      4},
     {"a", 1}},
    {"utf-8", {"\xFE\xFF\x20\xAC", 4}, {"\xE2\x82\xAC", 3}},
    {"utf-16be",
     {"\xFF\xFE"
      "a\0",
      4},
     {"a", 1}},
    {"", {"\xFF\xFE", 2}, {"", 0}},
    {"", {"\xFF\xFE\0", 3}, {NULL}},
    {"", {"\xEF\xBB", 2}, {NULL}},
    /* one byte a character */
    {"iso-8859-1", {"\xE4\x80\x9F\xFF", 4}, {"\xC3\xA4\xC2\x80\xC2\x9F\xC3\xBF", 8}},
    {"Latin1", {"plain", 5}, {"plain", 5}},
    {"latin1", {"\xA4", 1}, {"\xC2\xA4", 2}},
    {"iso-8859-15", {"\xA4\xA5\x80", 3}, {"\xE2\x82\xAC\xC2\xA5\xC2\x80", 7}},
    {"Windows-1252", {"\x80\x81\x9F\xE4", 4}, {"\xE2\x82\xAC\xC2\x81\xC5\xB8\xC3\xA4", 9}},
    {"cp1252", {"\x93quoted\x94", 8}, {"\xE2\x80\x9Cquoted\xE2\x80\x9D", 12}},
    {"windows-1251", {"\xCF\xF0\xE8", 3}, {"\xD0\x9F\xD1\x80\xD0\xB8", 6}},
    {"ISO-8859-2", {"\xB1", 1}, {"\xC4\x85", 2}},
    {"Shift_JIS", {"\x93\xFA\x96\x7B", 4}, {"\xE6\x97\xA5\xE6\x9C\xAC", 6}},
    {"Shift_JIS", {"\x93", 1}, {NULL, 0}},
    {"gb18030", {"\x81\x30\x81\x30", 4}, {"\xC2\x80", 2}},
    {"gb2312", {"\xC4\xE3", 2}, {"\xE4\xBD\xA0", 3}},
    {"euc-kr", {"\xC7\xD1", 2}, {"\xED\x95\x9C", 3}},
    {"big5", {"\xA7\x41", 2}, {"\xE4\xBD\xA0", 3}},
    {"koi8-r", {"\xC1", 1}, {"\xD0\xB0", 2}},
    {"iso-2022-jp", {"\x1B$BF|\x1B(B", 8}, {"\xE6\x97\xA5", 3}},
};

static void
test_characters_become_utf8_or_are_refused(void **state)
{
    struct plx_slice got;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum plx_status status = decode(rows[i].charset, rows[i].bytes, ANY, &got);
        if (status != (rows[i].want.ptr ? PLX_OK : PLX_E_ENCODING))
            fail_msg("row %zu (%s): %s", i, rows[i].charset, plx_status_text(status));
        if (rows[i].want.ptr && !plx_slice_equal(got, rows[i].want))
            fail_msg("row %zu (%s): other characters", i, rows[i].charset);
    }
}

static void
test_what_is_not_known_is_said(void **state)
{
    static const char *const names[] = {"no-such",   "utf-7", "utf-32",          "utf",      "utf-88",
                                        "\"utf-8\"", " ",     "utf-8//TRANSLIT", "EBCDIC-US"};
    struct plx_slice got;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_int_equal(decode(names[i], BYTES("x"), ANY, &got), PLX_E_UNSUPPORTED);
    assert_int_equal(decode("", BYTES("\xFF\xFE\0\0a\0\0\0"), ANY, &got), PLX_E_UNSUPPORTED);
    assert_int_equal(decode("utf-8", BYTES("\0\0\xFE\xFF\0\0\0a"), ANY, &got), PLX_E_UNSUPPORTED);
}

static void
test_what_documents_say(void **state)
{
    static const struct {
        struct plx_slice text;
        const char *xml, *html;
    } said[] = {
#define SAID(literal, xml, html) {{literal, sizeof(literal) - 1}, xml, html}
        SAID("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", "ISO-8859-1", ""),
        SAID("<?xml version='1.0' encoding = 'koi8-r'?><a/>", "koi8-r", ""),
        SAID("<?xml version=\"1.0\"?><a encoding=\"x\"/>", "", ""),
        SAID(" <?xml version=\"1.0\" encoding=\"x\"?><a/>", "", ""),
        SAID("<\0?\0x\0", "utf-16le", ""),
        SAID("\0<\0?\0x", "utf-16be", ""),
        SAID("<meta charset=windows-1251><p>", "", "windows-1251"),
        SAID("<html><META  Charset = \"x\" >", "", "x"),
        SAID("<meta http-equiv=\"Content-Type\" content=\"text/html; charset=shift_jis\">", "", "shift_jis"),
        SAID("<!-- <meta charset=no> --><meta name=a><meta charset='yes'>", "", "yes"),
        SAID("<meta charset=utf-16le>", "", "utf-8"),
        SAID("<metal charset=x>charset=y", "", ""),
        SAID("<meta charset", "", ""),
        SAID("<meta charset=", "", ""),
        SAID("", "", ""),
#undef SAID
    };

    for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
        struct plx_slice xml = plx_charset_of_xml(said[i].text), html = plx_charset_of_html(said[i].text);
        if (!plx_slice_equal(xml, plx_slice_of(said[i].xml)) || !plx_slice_equal(html, plx_slice_of(said[i].html)))
            fail_msg("row %zu: %.*s, %.*s", i, (int)xml.len, xml.ptr, (int)html.len, html.ptr);
    }
}

static void
test_what_is_utf8_is_not_copied(void **state)
{
    static const char *const names[] = {"", "utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"};
    struct plx_slice text = BYTES("nothing but ASCII in here"), got;
    size_t before = counter.held;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        assert_int_equal(plx_charset_decode(plx_slice_of(names[i]), text, text.len, arena, &got), PLX_OK);
        assert_ptr_equal(got.ptr, text.ptr);
        assert_int_equal(got.len, text.len);
    }
    text = BYTES("\xEF\xBB\xBFmarked");
    assert_int_equal(plx_charset_decode(plx_slice_of("utf-8"), text, ANY, arena, &got), PLX_OK);
    assert_ptr_equal(got.ptr, text.ptr + 3);
    assert_int_equal(counter.held, before);
}

static void
test_no_bytes_at_all_are_a_text(void **state)
{
    struct plx_slice none = {NULL, 0}, got;

    assert_int_equal(plx_charset_decode(none, none, 0, arena, &got), PLX_OK);
    assert_int_equal(got.len, 0);
    assert_int_equal(plx_charset_decode(plx_slice_of("utf-16be"), none, 0, arena, &got), PLX_OK);
    assert_int_equal(got.len, 0);
}

/* Each of them, at every bound: as many bytes as are allowed are given, and not one more. */
static void
test_the_bound_is_kept(void **state)
{
    struct plx_slice got;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t max = 0; rows[i].want.ptr && max <= rows[i].want.len; max++)
            assert_int_equal(decode(rows[i].charset, rows[i].bytes, max, &got),
                             max < rows[i].want.len ? PLX_E_TOO_LARGE : PLX_OK);
}

/* Every code point there is, against a second way of writing it, in both orders. */
static void
test_every_code_point_of_utf16(void **state)
{
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        unsigned char little[4], big[4];
        uint32_t units[2] = {code, 0}, back = 0;
        size_t count = 1;
        struct plx_slice got;
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        if (code == 0xFEFF || code == 0xFFFE)
            continue; /* at the beginning they are marks */
        if (code > 0xFFFF) {
            units[0] = 0xD800 | (code - 0x10000) >> 10;
            units[1] = 0xDC00 | ((code - 0x10000) & 0x3FF);
            count = 2;
        }
        for (size_t i = 0; i < count; i++) {
            little[2 * i] = big[2 * i + 1] = (unsigned char)units[i];
            little[2 * i + 1] = big[2 * i] = (unsigned char)(units[i] >> 8);
        }
        if (code % 0x1000 == 1)
            plx_arena_reset(arena);
        assert_int_equal(
            plx_charset_decode(plx_slice_of("utf-16le"), plx_slice_make(little, count * 2), 4, arena, &got), PLX_OK);
        assert_int_equal(plx_utf8_decode(got, &back), got.len);
        assert_int_equal(back, code);
        assert_int_equal(plx_charset_decode(plx_slice_of("utf-16be"), plx_slice_make(big, count * 2), 4, arena, &got),
                         PLX_OK);
        assert_int_equal(plx_utf8_decode(got, &back), got.len);
        assert_int_equal(back, code);
    }
}

/* Whatever the bytes are, what comes out is UTF-8. */
static void
test_random_bytes_give_utf8_or_nothing(void **state)
{
    static const char *const names[] = {"",         "utf-8",      "us-ascii",    "utf-16",      "utf-16le",
                                        "utf-16be", "iso-8859-1", "iso-8859-15", "windows-1252"};
    char bytes[64];
    struct plx_slice got;

    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand() % sizeof(bytes), max = (size_t)rand() % 128;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(rand() % 3 ? rand() % 128 : rand());
        if (decode(names[rand() % 9], plx_slice_make(bytes, len), max, &got) != PLX_OK)
            continue;
        assert_true(got.len <= max);
        for (size_t at = 0, used; at < got.len; at += used) {
            used = plx_utf8_length(got.ptr + at, got.len - at);
            assert_true(used > 0);
        }
        plx_arena_reset(arena);
    }
}

static void
test_without_memory_nothing_is_changed(void **state)
{
    static const char bytes[64 << 10] = {'a', 0};
    struct plx_slice text = plx_slice_make(bytes, sizeof(bytes));
    struct plx_slice got = {"untouched", 9};
    struct counter few = {0};
    struct plx_allocator failing = counting(&few);
    struct plx_arena *own = plx_arena_new(&failing);

    assert_non_null(own);
    few.fail_from = few.calls + 1;
    assert_int_equal(plx_charset_decode(plx_slice_of("utf-16le"), text, ANY, own, &got), PLX_E_MEMORY);
    assert_string_equal(got.ptr, "untouched");
    few.fail_from = 0;
    assert_int_equal(plx_charset_decode(plx_slice_of("utf-16le"), text, ANY, own, &got), PLX_OK);
    assert_int_equal(got.len, sizeof(bytes) / 2);
    plx_arena_free(own);
    assert_int_equal(few.held, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_documents_say),
        cmocka_unit_test_setup_teardown(test_characters_become_utf8_or_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_known_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_utf8_is_not_copied, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_bytes_at_all_are_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_bound_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_code_point_of_utf16, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_bytes_give_utf8_or_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_memory_nothing_is_changed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
