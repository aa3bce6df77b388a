/* SPDX-License-Identifier: Apache-2.0 */
/* The reader takes what RFC 8259 allows and nothing else, says where the rest is wrong, and makes a tape that holds
 * together; out of memory it leaves everything as it was. */
#include "base/arena.h"
#include "json_kit.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* A text in memory of exactly its size, so that a byte read beyond it is found. */
struct text {
    char *bytes;
    struct plx_arena *arena;
    struct plx_document document;
    struct plx_json_error error;
    enum plx_status status;
};

static struct text
read_slice(struct plx_slice slice, const struct plx_json_limits *limits)
{
    struct text t = {.bytes = malloc(slice.len ? slice.len : 1), .arena = plx_arena_new(NULL)};

    assert_non_null(t.bytes);
    assert_non_null(t.arena);
    if (slice.len)
        memcpy(t.bytes, slice.ptr, slice.len);
    t.status = plx_json_read(plx_slice_make(t.bytes, slice.len), limits, t.arena, &t.document, &t.error);
    if (t.status == PLX_OK) {
        const char *fault = json_fault(&t.document);
        if (fault)
            fail_msg("%.*s: %s", (int)(slice.len < 200 ? slice.len : 200), slice.ptr, fault);
    }
    return t;
}

static struct text
read_text(const char *text)
{
    return read_slice(plx_slice_of(text), NULL);
}

static void
text_free(struct text *t)
{
    plx_arena_free(t->arena);
    free(t->bytes);
}

static void
test_the_tape_of_a_document(void **state)
{
    static const struct plx_node want[] = {
        {0, 2, 6, PLX_OBJECT, 0, 0}, {2, 2, 2, PLX_STRING, 0, 0}, {6, 1, 3, PLX_NUMBER, 0, 0},
        {9, 4, 4, PLX_STRING, 0, 0}, {15, 1, 6, PLX_ARRAY, 0, 0}, {17, 1, 6, PLX_STRING, 0, 0},
    };
    struct text t = read_text("{\"id\":3,\"tags\":[\"a\"]}");

    assert_int_equal(t.status, PLX_OK);
    assert_int_equal(t.document.count, 6);
    assert_memory_equal(t.document.nodes, want, sizeof(want));
    text_free(&t);
}

struct refused {
    const char *text;
    enum plx_status status;
    uint32_t offset, line, column;
    const char *expected;
};

static const struct refused refused[] = {
    {"", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"  \n ", PLX_E_SYNTAX, 4, 2, 2, "a value"},
    {"\xEF\xBB\xBF{}", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"[1,]", PLX_E_SYNTAX, 3, 1, 4, "a value"},
    {"[,1]", PLX_E_SYNTAX, 1, 1, 2, "a value"},
    {"[1 2]", PLX_E_SYNTAX, 3, 1, 4, "a comma or ]"},
    {"[1}", PLX_E_SYNTAX, 2, 1, 3, "a comma or ]"},
    {"[1", PLX_E_SYNTAX, 2, 1, 3, "a comma or ]"},
    {"[", PLX_E_SYNTAX, 1, 1, 2, "a value"},
    {"]", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"{", PLX_E_SYNTAX, 1, 1, 2, "a key in quotes, or }"},
    {"{1:2}", PLX_E_SYNTAX, 1, 1, 2, "a key in quotes, or }"},
    {"{\"a\"}", PLX_E_SYNTAX, 4, 1, 5, "a colon after the key"},
    {"{\"a\"", PLX_E_SYNTAX, 4, 1, 5, "a colon after the key"},
    {"{\"a\":}", PLX_E_SYNTAX, 5, 1, 6, "a value"},
    {"{\n  \"a\": 1,\n}", PLX_E_SYNTAX, 12, 3, 1, "a key in quotes"},
    {"{\"a\":1,b:2}", PLX_E_SYNTAX, 7, 1, 8, "a key in quotes"},
    {"{\"a\":1]", PLX_E_SYNTAX, 6, 1, 7, "a comma or }"},
    {"{\"a\":1", PLX_E_SYNTAX, 6, 1, 7, "a comma or }"},
    {"1 2", PLX_E_SYNTAX, 2, 1, 3, "nothing more after the value"},
    {"{}x", PLX_E_SYNTAX, 2, 1, 3, "nothing more after the value"},
    {"01", PLX_E_SYNTAX, 1, 1, 2, "nothing more after the value"},
    {"nul", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"True", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"falsy", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"+1", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {".5", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"NaN", PLX_E_SYNTAX, 0, 1, 1, "a value"},
    {"-", PLX_E_SYNTAX, 1, 1, 2, "a digit"},
    {"-x", PLX_E_SYNTAX, 1, 1, 2, "a digit"},
    {"1.", PLX_E_SYNTAX, 2, 1, 3, "a digit after the decimal point"},
    {"1.e5", PLX_E_SYNTAX, 2, 1, 3, "a digit after the decimal point"},
    {"1e", PLX_E_SYNTAX, 2, 1, 3, "a digit in the exponent"},
    {"1e+", PLX_E_SYNTAX, 3, 1, 4, "a digit in the exponent"},
    {"\"abc", PLX_E_SYNTAX, 4, 1, 5, "a closing quote"},
    {"\"0123456789abcdef0123456789", PLX_E_SYNTAX, 27, 1, 28, "a closing quote"},
    {"\"a\tb\"", PLX_E_SYNTAX, 2, 1, 3, "no control character in a string; write it as an escape"},
    {"\"a\\x\"", PLX_E_SYNTAX, 3, 1, 4, "one of \" \\ / b f n r t u after a backslash"},
    {"\"a\\", PLX_E_SYNTAX, 3, 1, 4, "the rest of an escape"},
    {"\"\\u12g4\"", PLX_E_SYNTAX, 5, 1, 6, "four hexadecimal digits"},
    {"\"\\u12", PLX_E_SYNTAX, 5, 1, 6, "four hexadecimal digits"},
    {"\"\xff\"", PLX_E_ENCODING, 1, 1, 2, "valid UTF-8"},
    {"\"ab\xC3\"", PLX_E_ENCODING, 3, 1, 4, "valid UTF-8"},
    {"\"\xC0\x80\"", PLX_E_ENCODING, 1, 1, 2, "valid UTF-8"},
    {"\"\xED\xA0\x80\"", PLX_E_ENCODING, 1, 1, 2, "valid UTF-8"},
    {"\"\xF4\x90\x80\x80\"", PLX_E_ENCODING, 1, 1, 2, "valid UTF-8"},
    {"\"\xE2\x82", PLX_E_ENCODING, 1, 1, 2, "valid UTF-8"},
    {"[\r\n1,\f2]", PLX_E_SYNTAX, 5, 2, 3, "a value"},
};

static void
test_an_error_names_its_place_and_what_was_expected(void **state)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        const struct refused *want = &refused[i];
        struct text t = read_text(want->text);
        if (t.status != want->status || t.error.offset != want->offset || t.error.line != want->line ||
            t.error.column != want->column || strcmp(t.error.expected, want->expected) != 0)
            fail_msg("%s: status %d at %zu, line %u, column %u: %s", want->text, t.status, t.error.offset, t.error.line,
                     t.error.column, t.error.expected);
        text_free(&t);
    }
}

static void
test_a_nul_byte_is_an_error_where_it_stands(void **state)
{
    struct text t = read_slice(plx_slice_make("[1\0]", 4), NULL);
    assert_int_equal(t.status, PLX_E_SYNTAX);
    assert_int_equal(t.error.offset, 2);
    text_free(&t);
    t = read_slice(plx_slice_make("\"a\0\"", 4), NULL);
    assert_int_equal(t.status, PLX_E_SYNTAX);
    assert_int_equal(t.error.offset, 2);
    text_free(&t);
    t = read_slice(plx_slice_make(NULL, 0), NULL);
    assert_int_equal(t.status, PLX_E_SYNTAX);
    text_free(&t);
}

/* Every beginning of a document is refused, at its end or before, and never read beyond. */
static void
test_every_cut_of_a_document_is_refused(void **state)
{
    static const char whole[] =
        "{\"a\\n\\u00e9\": [1.5e-3, true, false, null, \"\xC3\xA9 and sixteen more bytes\"], \"b\": {}}";

    for (size_t len = 0; len < sizeof(whole) - 1; len++) {
        struct text t = read_slice(plx_slice_make(whole, len), NULL);
        assert_true(t.status == PLX_E_SYNTAX || t.status == PLX_E_ENCODING);
        assert_true(t.error.offset <= len);
        text_free(&t);
    }
    struct text t = read_text(whole);
    assert_int_equal(t.status, PLX_OK);
    text_free(&t);
}

/* A special byte is found wherever it stands in the blocks that are looked at together. */
static void
test_special_bytes_at_every_position_of_a_long_string(void **state)
{
    static const struct {
        unsigned char byte;
        enum plx_status status;
    } specials[] = {{0x01, PLX_E_SYNTAX}, {0x1F, PLX_E_SYNTAX}, {0x80, PLX_E_ENCODING}, {0xFF, PLX_E_ENCODING},
                    {0x20, PLX_OK},       {0x7F, PLX_OK},       {'!', PLX_OK},          {'\\', PLX_E_SYNTAX}};
    char text[67];

    for (size_t s = 0; s < sizeof(specials) / sizeof(specials[0]); s++)
        for (size_t at = 1; at < sizeof(text) - 1; at++) {
            memset(text, 'a', sizeof(text));
            text[0] = text[sizeof(text) - 1] = '"';
            text[at] = (char)specials[s].byte;
            struct text t = read_slice(plx_slice_make(text, sizeof(text)), NULL);
            assert_int_equal(t.status, specials[s].status);
            if (t.status != PLX_OK && specials[s].byte != '\\')
                assert_int_equal(t.error.offset, at);
            text_free(&t);
        }
}

static void
read_nested(uint32_t depth, uint32_t depth_max, enum plx_status want)
{
    char *text = malloc(2 * (size_t)depth);
    struct plx_json_limits limits = {.depth_max = depth_max};

    assert_non_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    struct text t = read_slice(plx_slice_make(text, 2 * (size_t)depth), &limits);
    assert_int_equal(t.status, want);
    if (want == PLX_OK) {
        assert_int_equal(t.document.count, depth);
        assert_int_equal(plx_json_text(&t.document, 0).len, 2 * (size_t)depth);
    } else {
        assert_int_equal(t.error.offset, depth_max ? depth_max : PLX_JSON_DEPTH_DEFAULT);
        assert_string_equal(t.error.expected, "fewer arrays and objects inside one another");
    }
    text_free(&t);
    free(text);
}

static void
test_depth_ends_exactly_at_its_limit(void **state)
{
    read_nested(PLX_JSON_DEPTH_DEFAULT, 0, PLX_OK);
    read_nested(PLX_JSON_DEPTH_DEFAULT + 1, 0, PLX_E_DEPTH);
    read_nested(3, 3, PLX_OK);
    read_nested(4, 3, PLX_E_DEPTH);
    read_nested(100000, 0, PLX_E_DEPTH);
    read_nested(100000, 100000, PLX_OK); /* takes no stack */
    struct text t = read_slice(plx_slice_of("[[[],[]],{\"a\":[]}]"), &(struct plx_json_limits){.depth_max = 3});
    assert_int_equal(t.status, PLX_OK);
    text_free(&t);
}

static void
test_size_ends_exactly_at_its_limit(void **state)
{
    struct plx_json_limits limits = {.bytes_max = 5};
    struct text t = read_slice(plx_slice_of("[1,2]"), &limits);
    assert_int_equal(t.status, PLX_OK);
    text_free(&t);
    t = read_slice(plx_slice_of("[1,23]"), &limits);
    assert_int_equal(t.status, PLX_E_LIMIT);
    assert_int_equal(t.error.offset, 0);
    assert_string_equal(t.error.expected, "a shorter text");
    text_free(&t);
}

static void
test_numbers_are_kept_as_written(void **state)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "0.0",
        "-0.0",
        "0e0",
        "0E+0",
        "1e5",
        "1E-5",
        "1.5e+10",
        "123456789012345678901234567890",
        "1e999999999999",
        "-1e-999999999999",
        "0.1000000000000000055511151231257827",
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), " [%s,%s ]", numbers[i], numbers[i]);
        struct text t = read_text(text);
        assert_int_equal(t.status, PLX_OK);
        assert_int_equal(t.document.count, 3);
        for (uint32_t node = 1; node < 3; node++)
            assert_true(plx_slice_equal(plx_json_text(&t.document, node), plx_slice_of(numbers[i])));
        text_free(&t);
        t = read_text(numbers[i]); /* nothing behind it */
        assert_int_equal(t.status, PLX_OK);
        text_free(&t);
    }
}

static void
test_strings_stand_for_their_characters(void **state)
{
    static const struct {
        const char *text, *want;
        size_t len;
    } strings[] = {
        {"\"\"", "", 0},
        {"\"plain\"", "plain", 5},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
        {"\"\\u0041\\u00e9\\u20AC\"", "A\xC3\xA9\xE2\x82\xAC", 6},
        {"\"\\u0000\"", "\0", 1},
        {"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF", 11},
        {"\"\\ud834\\udd1e\"", "\xF0\x9D\x84\x9E", 4},
        {"\"\\uDBFF\\uDFFF\"", "\xF4\x8F\xBF\xBF", 4},
        {"\"\\ud800\"", "\xED\xA0\x80", 3},
        {"\"\\udc00x\"", "\xED\xB0\x80x", 4},
        {"\"\\ud800\\u0041\"",
         "\xED\xA0\x80"
         "A",
         4},
        {"\"\\ud800\\ud834\\udd1e\"", "\xED\xA0\x80\xF0\x9D\x84\x9E", 7},
        {"\"\\udd1e\\ud834\"", "\xED\xB4\x9E\xED\xA0\xB4", 6},
        {"\"\\ud834\\n\"", "\xED\xA0\xB4\n", 4},
    };

    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct text t = read_text(strings[i].text);
        struct plx_slice out;
        assert_int_equal(t.status, PLX_OK);
        assert_int_equal(plx_json_unescape(&t.document, 0, t.arena, &out), PLX_OK);
        if (!plx_slice_equal(out, plx_slice_make(strings[i].want, strings[i].len)))
            fail_msg("%s stands for %.*s", strings[i].text, (int)out.len, out.ptr);
        text_free(&t);
    }
}

static void
test_the_text_of_a_value_is_what_was_written(void **state)
{
    static const char whole[] =
        " { \"a\" : [ 1 , [ ] , { \"b\" : [ { } , \"]}\" ] } ] , \"c\" : { \"d\" : { \"e\" : [ [ ] ] } } } ";
    static const struct {
        const char *pointer, *want;
    } parts[] = {
        {"", "{ \"a\" : [ 1 , [ ] , { \"b\" : [ { } , \"]}\" ] } ] , \"c\" : { \"d\" : { \"e\" : [ [ ] ] } } }"},
        {"/a", "[ 1 , [ ] , { \"b\" : [ { } , \"]}\" ] } ]"},
        {"/a/0", "1"},
        {"/a/1", "[ ]"},
        {"/a/2", "{ \"b\" : [ { } , \"]}\" ] }"},
        {"/a/2/b", "[ { } , \"]}\" ]"},
        {"/a/2/b/0", "{ }"},
        {"/a/2/b/1", "]}"},
        {"/c", "{ \"d\" : { \"e\" : [ [ ] ] } }"},
        {"/c/d", "{ \"e\" : [ [ ] ] }"},
        {"/c/d/e", "[ [ ] ]"},
        {"/c/d/e/0", "[ ]"},
    };
    struct text t = read_text(whole);

    assert_int_equal(t.status, PLX_OK);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        uint32_t node;
        assert_int_equal(plx_json_resolve(&t.document, plx_slice_of(parts[i].pointer), &node), PLX_OK);
        struct plx_slice text = plx_json_text(&t.document, node);
        if (!plx_slice_equal(text, plx_slice_of(parts[i].want)))
            fail_msg("%s is %.*s", parts[i].pointer, (int)text.len, text.ptr);
    }
    text_free(&t);
}

/* Many values in little text: the tape outgrows its first guess several times. */
static char *
dense_array(size_t elements, size_t *len)
{
    char *text = malloc(2 * elements + 1);

    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i < elements; i++) {
        text[2 * i + 1] = (char)('0' + i % 10);
        text[2 * i + 2] = i + 1 == elements ? ']' : ',';
    }
    *len = 2 * elements + 1;
    return text;
}

static void
test_without_memory_the_document_is_untouched(void **state)
{
    struct plx_document before;
    size_t len, fail_from = 0;
    char *text = dense_array(50000, &len);
    enum plx_status status;

    memset(&before, 0xA5, sizeof(before));
    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_document document = before;
        struct plx_json_error error = {0};
        struct plx_arena *arena = plx_arena_new(&allocator);
        status = PLX_E_MEMORY;
        if (arena) {
            status = plx_json_read(plx_slice_make(text, len), NULL, arena, &document, &error);
            if (status == PLX_OK)
                assert_null(json_fault(&document));
            else
                assert_string_equal(error.expected, "memory for it");
        }
        if (status != PLX_OK) {
            assert_int_equal(status, PLX_E_MEMORY);
            assert_memory_equal(&document, &before, sizeof(before));
        }
        plx_arena_free(arena);
        assert_int_equal(counter.held, 0);
    } while (status != PLX_OK);
    assert_true(fail_from > 4);
    free(text);
}

static void
test_without_memory_a_string_is_untouched(void **state)
{
    static const char escape[] = "\\u00e9";
    struct counter counter = {0};
    const struct plx_allocator allocator = counting(&counter);
    struct plx_arena *arena = plx_arena_new(&allocator);
    struct plx_slice out = {"before", 6};
    size_t len = 40000 * (sizeof(escape) - 1) + 2;
    char *text = malloc(len);
    struct plx_document document;

    assert_non_null(text);
    for (size_t i = 0; i < 40000; i++)
        memcpy(text + 1 + i * (sizeof(escape) - 1), escape, sizeof(escape) - 1);
    text[0] = text[len - 1] = '"';
    assert_int_equal(plx_json_read(plx_slice_make(text, len), NULL, arena, &document, NULL), PLX_OK);
    counter.fail_from = 1;
    assert_int_equal(plx_json_unescape(&document, 0, arena, &out), PLX_E_MEMORY);
    assert_string_equal(out.ptr, "before");
    counter.fail_from = 0;
    assert_int_equal(plx_json_unescape(&document, 0, arena, &out), PLX_OK);
    assert_int_equal(out.len, 80000);
    plx_arena_free(arena);
    assert_int_equal(counter.held, 0);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tape_of_a_document),
        cmocka_unit_test(test_an_error_names_its_place_and_what_was_expected),
        cmocka_unit_test(test_a_nul_byte_is_an_error_where_it_stands),
        cmocka_unit_test(test_every_cut_of_a_document_is_refused),
        cmocka_unit_test(test_special_bytes_at_every_position_of_a_long_string),
        cmocka_unit_test(test_depth_ends_exactly_at_its_limit),
        cmocka_unit_test(test_size_ends_exactly_at_its_limit),
        cmocka_unit_test(test_numbers_are_kept_as_written),
        cmocka_unit_test(test_strings_stand_for_their_characters),
        cmocka_unit_test(test_the_text_of_a_value_is_what_was_written),
        cmocka_unit_test(test_without_memory_the_document_is_untouched),
        cmocka_unit_test(test_without_memory_a_string_is_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
