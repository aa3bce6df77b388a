/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON Pointer names the value that RFC 6901 says, and nothing else does. */
#include <parallax/value.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct plx_arena *arena;

static struct plx_document
document_of(const char *text)
{
    struct plx_document document;

    assert_int_equal(plx_json_read(plx_slice_of(text), NULL, arena, &document, NULL), PLX_OK);
    return document;
}

static void
expect_at(const struct plx_document *document, const char *pointer, const char *want)
{
    uint32_t node = 0;
    enum plx_status status = plx_json_resolve(document, plx_slice_of(pointer), &node);

    if (status != PLX_OK)
        fail_msg("%s: status %d", pointer, status);
    struct plx_slice text = plx_json_text(document, node);
    if (!plx_slice_equal(text, plx_slice_of(want)))
        fail_msg("%s is %.*s", pointer, (int)text.len, text.ptr);
}

static void
expect_status(const struct plx_document *document, struct plx_slice pointer, enum plx_status want)
{
    uint32_t node = 4711;
    enum plx_status status = plx_json_resolve(document, pointer, &node);

    if (status != want || node != 4711)
        fail_msg("%.*s: status %d, node %u", (int)pointer.len, pointer.ptr, status, node);
}

static void
test_the_examples_of_rfc_6901(void **state)
{
    static const char text[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
                               "\"k\\\"l\":6,\" \":7,\"m~n\":8}";
    struct plx_document d = document_of(text);

    expect_at(&d, "", text);
    expect_at(&d, "/foo", "[\"bar\",\"baz\"]");
    expect_at(&d, "/foo/0", "bar");
    expect_at(&d, "/", "0");
    expect_at(&d, "/a~1b", "1");
    expect_at(&d, "/c%d", "2");
    expect_at(&d, "/e^f", "3");
    expect_at(&d, "/g|h", "4");
    expect_at(&d, "/i\\j", "5");
    expect_at(&d, "/k\"l", "6");
    expect_at(&d, "/ ", "7");
    expect_at(&d, "/m~0n", "8");
}

static void
test_positions_in_arrays(void **state)
{
    struct plx_document d = document_of("{\"a\":[[0],{\"x\":1},2,3,4,5,6,7,8,9,10],\"0\":\"zero\",\"\":{\"\":[5]}}");
    static const char *const nothing[] = {
        "/a/11",         "/a/-", "/a/-1",        "/a/00", "/a/01", "/a/ 1", "/a/1 ",  "/a/1e0",
        "/a/+1",         "/a/",  "/a/x",         "/a/2/", "/0/0",  "/b",    "/a/0/1", "/a/18446744073709551616",
        "/a/4294967296", "//",   "/a/9999999999"};

    expect_at(&d, "/a/0/0", "0");
    expect_at(&d, "/a/1/x", "1");
    expect_at(&d, "/a/2", "2");
    expect_at(&d, "/a/10", "10");
    expect_at(&d, "/0", "zero");
    expect_at(&d, "///0", "5");
    for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
        if (strcmp(nothing[i], "//") != 0)
            expect_status(&d, plx_slice_of(nothing[i]), PLX_E_NOT_FOUND);
    expect_at(&d, "//", "[5]");
}

static void
test_what_is_no_pointer(void **state)
{
    struct plx_document d = document_of("{\"a\":1}");
    static const char *const wrong[] = {"a", "a/b", "#/a", " /a", "/~", "/a~", "/~2", "/~a", "/a~/b", "/x~01~"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect_status(&d, plx_slice_of(wrong[i]), PLX_E_ARGUMENT);
}

static void
test_tildes_are_resolved_once(void **state)
{
    struct plx_document d = document_of("{\"~1\":1,\"/\":2,\"~\":3,\"~0\":4,\"~01\":5}");

    expect_at(&d, "/~01", "1");
    expect_at(&d, "/~1", "2");
    expect_at(&d, "/~0", "3");
    expect_at(&d, "/~00", "4");
    expect_at(&d, "/~001", "5");
}

static void
test_keys_are_their_characters(void **state)
{
    struct plx_document d =
        document_of("{\"\\u0041\\/\":1,\"\\ud834\\udd1e\":2,\"\\u0000\":3,\"ab\":4,\"\\u0061bc\":5}");

    expect_at(&d, "/A~1", "1");
    expect_at(&d, "/\xF0\x9D\x84\x9E", "2");
    expect_at(&d, "/ab", "4");
    expect_at(&d, "/abc", "5");
    expect_status(&d, plx_slice_of("/a"), PLX_E_NOT_FOUND);
    expect_status(&d, plx_slice_of("/abcd"), PLX_E_NOT_FOUND);
    uint32_t node;
    assert_int_equal(plx_json_resolve(&d, plx_slice_make("/\0", 2), &node), PLX_OK);
    assert_true(plx_slice_equal(plx_json_text(&d, node), plx_slice_of("3")));
}

static void
test_the_last_of_repeated_keys(void **state)
{
    struct plx_document d = document_of("{\"a\":1,\"b\":{\"a\":7},\"\\u0061\":2,\"c\":3}");
    uint32_t b = plx_json_member(&d, 0, plx_slice_of("b"));

    expect_at(&d, "/a", "2");
    assert_true(plx_slice_equal(plx_json_text(&d, plx_json_member(&d, 0, plx_slice_of("a"))), plx_slice_of("2")));
    assert_true(plx_slice_equal(plx_json_text(&d, plx_json_member(&d, b, plx_slice_of("a"))), plx_slice_of("7")));
    assert_int_equal(plx_json_member(&d, b, plx_slice_of("c")), 0);
    assert_int_equal(plx_json_member(&d, 0, plx_slice_make(NULL, 0)), 0);
    struct plx_document array = document_of("[\"a\",1]");
    assert_int_equal(plx_json_member(&array, 0, plx_slice_of("a")), 0);
    struct plx_document empty = document_of("{}");
    assert_int_equal(plx_json_member(&empty, 0, plx_slice_of("a")), 0);
}

static int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
    plx_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_examples_of_rfc_6901),  cmocka_unit_test(test_positions_in_arrays),
        cmocka_unit_test(test_what_is_no_pointer),        cmocka_unit_test(test_tildes_are_resolved_once),
        cmocka_unit_test(test_keys_are_their_characters), cmocka_unit_test(test_the_last_of_repeated_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
