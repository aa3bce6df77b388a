/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader: what it refuses and where, its limits, its tape, pointers and members; and that it survives any failure to allocate. */
#include "base/arena.h"
#include "json_valid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct plx_arena *arena;

static int
setup(void **unused)
{
    arena = plx_arena_new(NULL);
    return arena ? 0 : -1;
}

static int
teardown(void **unused)
{
    plx_arena_free(arena);
    return 0;
}

static struct plx_document
read_ok(const char *text)
{
    struct plx_document document;

    assert_int_equal(plx_json_read(plx_slice_of(text), NULL, arena, &document, NULL), PLX_OK);
    assert_true(plx_document_valid(&document));
    return document;
}

static void
assert_slice(struct plx_slice slice, const char *want)
{
    if (!plx_slice_equal(slice, plx_slice_of(want)))
        fail_msg("'%.*s', not '%s'", (int)slice.len, slice.ptr, want);
}

/* ---- refusals ---- */

static void
what_is_wrong_is_told_with_its_place(void **unused)
{
    static const struct {
        const char *text;
        enum plx_status status;
        size_t offset;
        uint32_t line, column;
    } cases[] = {
        {"", PLX_E_SYNTAX, 0, 1, 1},
        {" ", PLX_E_SYNTAX, 1, 1, 2},
        {"{\n  \"a\": 1,\n}", PLX_E_SYNTAX, 12, 3, 1},
        {"[1 2]", PLX_E_SYNTAX, 3, 1, 4},
        {"[1,]", PLX_E_SYNTAX, 3, 1, 4},
        {"{\"a\" 1}", PLX_E_SYNTAX, 5, 1, 6},
        {"{a:1}", PLX_E_SYNTAX, 1, 1, 2},
        {"[1}", PLX_E_SYNTAX, 2, 1, 3},
        {"01", PLX_E_SYNTAX, 1, 1, 2},
        {"-", PLX_E_SYNTAX, 1, 1, 2},
        {"1.", PLX_E_SYNTAX, 2, 1, 3},
        {"1e+", PLX_E_SYNTAX, 3, 1, 4},
        {"nul", PLX_E_SYNTAX, 0, 1, 1},
        {"\"a", PLX_E_SYNTAX, 2, 1, 3},
        {"\"\t\"", PLX_E_SYNTAX, 1, 1, 2},
        {"\"\\x\"", PLX_E_SYNTAX, 2, 1, 3},
        {"\"\\u12g4\"", PLX_E_SYNTAX, 5, 1, 6},
        {"\"\xff\"", PLX_E_ENCODING, 1, 1, 2},
        {"\"\xed\xa0\x80\"", PLX_E_ENCODING, 1, 1, 2},
        {"\xef\xbb\xbf{}", PLX_E_SYNTAX, 0, 1, 1},
        {"{} {}", PLX_E_SYNTAX, 3, 1, 4},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_document document = {.count = 77};
        struct plx_json_error error = {0};
        assert_int_equal(plx_json_read(plx_slice_of(cases[i].text), NULL, arena, &document, &error), cases[i].status);
        if (error.offset != cases[i].offset || error.line != cases[i].line || error.column != cases[i].column)
            fail_msg("%s: at %zu, %u:%u (%s)", cases[i].text, error.offset, error.line, error.column, error.expected);
        assert_int_equal(document.count, 77);
    }
}

static void
the_depth_limit_is_exact_and_takes_no_stack(void **unused)
{
    enum { MANY = 100000 };
    const struct plx_json_limits three = {.depth_max = 3}, all = {.depth_max = MANY};
    struct plx_document document;
    char *deep = malloc(2 * MANY);

    assert_non_null(deep);
    assert_int_equal(plx_json_read(plx_slice_of("[[[1]]]"), &three, arena, &document, NULL), PLX_OK);
    assert_int_equal(plx_json_read(plx_slice_of("[[[[1]]]]"), &three, arena, &document, NULL), PLX_E_DEPTH);
    memset(deep, '[', MANY);
    memset(deep + MANY, ']', MANY);
    assert_int_equal(plx_json_read(plx_slice_make(deep, 2 * MANY), NULL, arena, &document, NULL), PLX_E_DEPTH);
    assert_int_equal(plx_json_read(plx_slice_make(deep, 2 * MANY), &all, arena, &document, NULL), PLX_OK);
    assert_int_equal(document.count, MANY);
    assert_int_equal(plx_json_text(&document, 0).len, 2 * MANY);
    free(deep);
}

static void
the_size_limit_is_exact(void **unused)
{
    const struct plx_json_limits four = {.bytes_max = 4};
    struct plx_document document;

    assert_int_equal(plx_json_read(plx_slice_of("1234"), &four, arena, &document, NULL), PLX_OK);
    assert_int_equal(plx_json_read(plx_slice_of("12345"), &four, arena, &document, NULL), PLX_E_LIMIT);
}

/* ---- the tape ---- */

static void
everything_stays_as_it_was_written(void **unused)
{
    struct plx_document d = read_ok(" {\"b\" : 1.50, \"a\":[ ],\"b\":{ \"x\\n\":-0e+1 , \"y\":[[null],true,\"\\u0041\"] } } ");

    assert_int_equal(d.nodes[0].length, 3);
    assert_slice(plx_json_text(&d, 1), "b");
    assert_slice(plx_json_text(&d, 2), "1.50");
    assert_slice(plx_json_text(&d, 4), "[ ]");
    assert_slice(plx_json_text(&d, 6), "{ \"x\\n\":-0e+1 , \"y\":[[null],true,\"\\u0041\"] }");
    assert_slice(plx_json_text(&d, 0), "{\"b\" : 1.50, \"a\":[ ],\"b\":{ \"x\\n\":-0e+1 , \"y\":[[null],true,\"\\u0041\"] } }");
    /* A repeated key: both are on the tape, the last one is the member. */
    assert_int_equal(plx_json_member(&d, 0, plx_slice_of("b")), 6);
    assert_int_equal(plx_json_member(&d, 6, plx_slice_of("x\n")), 8);
    assert_int_equal(plx_json_member(&d, 0, plx_slice_of("c")), 0);
    assert_int_equal(plx_json_member(&d, 2, plx_slice_of("b")), 0);
}

static void
escapes_become_characters(void **unused)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac"},
        {"\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!"},
        {"\"\\ud83d\"", "\xed\xa0\xbd"},
        {"\"\\ude00\\ud83d\"", "\xed\xb8\x80\xed\xa0\xbd"},
        {"\"\\ud83dx\"", "\xed\xa0\xbdx"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_document d = read_ok(cases[i].text);
        struct plx_slice out;
        assert_int_equal(plx_json_unescape(&d, 0, arena, &out), PLX_OK);
        assert_slice(out, cases[i].want);
    }
}

static void
long_strings_are_scanned_to_their_very_end(void **unused)
{
    char text[80];

    for (size_t len = 0; len < 70; len++)
        for (size_t odd = 0; odd < len; odd++) {
            struct plx_document document;
            text[0] = '"';
            memset(text + 1, 'a', len);
            text[len + 1] = '"';
            assert_int_equal(plx_json_read(plx_slice_make(text, len + 2), NULL, arena, &document, NULL), PLX_OK);
            text[1 + odd] = '\x1f';
            assert_int_equal(plx_json_read(plx_slice_make(text, len + 2), NULL, arena, &document, NULL), PLX_E_SYNTAX);
            text[1 + odd] = '"';
            assert_int_equal(plx_json_read(plx_slice_make(text, len + 2), NULL, arena, &document, NULL), PLX_E_SYNTAX);
            plx_arena_reset(arena);
        }
}

/* ---- pointers (the examples of RFC 6901, section 5) ---- */

static void
pointers_find_what_the_rfc_says(void **unused)
{
    struct plx_document d = read_ok("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                                    "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}");
    static const char *const pointers[][2] = {
        {"/foo/0", "bar"}, {"/", "0"},     {"/a~1b", "1"}, {"/c%d", "2"}, {"/e^f", "3"},
        {"/g|h", "4"},     {"/i\\j", "5"}, {"/k\"l", "6"}, {"/ ", "7"},   {"/m~0n", "8"},
    };
    uint32_t node = 99;

    assert_int_equal(plx_json_resolve(&d, plx_slice_of(""), &node), PLX_OK);
    assert_int_equal(node, 0);
    for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
        assert_int_equal(plx_json_resolve(&d, plx_slice_of(pointers[i][0]), &node), PLX_OK);
        assert_slice(plx_json_text(&d, node), pointers[i][1]);
    }
    node = 99;
    static const char *const nothing[] = {"/foo/2", "/foo/01", "/foo/-", "/foo/", "/bar", "/foo/0/x", "/foo/4294967296"};
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        assert_int_equal(plx_json_resolve(&d, plx_slice_of(nothing[i]), &node), PLX_E_NOT_FOUND);
    static const char *const wrong[] = {"foo", "/~", "/~2", "/a~"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(plx_json_resolve(&d, plx_slice_of(wrong[i]), &node), PLX_E_ARGUMENT);
    assert_int_equal(node, 99);
}

/* ---- memory ---- */

struct counter {
    size_t left, held;
};

static void *
count_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct counter *counter = context;

    if (counter->left == 0)
        return NULL;
    counter->left--;
    void *moved = realloc(ptr, new_size);
    if (moved)
        counter->held += new_size - old_size;
    return moved;
}

static void
count_release(void *context, void *ptr, size_t size)
{
    ((struct counter *)context)->held -= size;
    free(ptr);
}

static void
any_allocation_may_fail(void **unused)
{
    char text[40000] = "[";
    size_t len = 1;

    while (len < sizeof(text) - 8) {
        text[len++] = '1';
        text[len++] = ',';
    }
    text[len++] = '1';
    text[len++] = ']';
    for (size_t allowed = 0;; allowed++) {
        struct counter counter = {.left = allowed};
        const struct plx_allocator allocator = {count_resize, count_release, &counter};
        struct plx_arena *own = plx_arena_new(&allocator);
        struct plx_document document = {.count = 77};
        enum plx_status status =
            own ? plx_json_read(plx_slice_make(text, len), NULL, own, &document, NULL) : PLX_E_MEMORY;
        assert_true(status == PLX_OK || status == PLX_E_MEMORY);
        if (status != PLX_OK)
            assert_int_equal(document.count, 77);
        plx_arena_free(own);
        assert_int_equal(counter.held, 0);
        if (status == PLX_OK) {
            assert_true(allowed > 2);
            return;
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(the_depth_limit_is_exact_and_takes_no_stack),
        cmocka_unit_test(the_size_limit_is_exact),
        cmocka_unit_test(everything_stays_as_it_was_written),
        cmocka_unit_test(escapes_become_characters),
        cmocka_unit_test(long_strings_are_scanned_to_their_very_end),
        cmocka_unit_test(pointers_find_what_the_rfc_says),
        cmocka_unit_test(any_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
