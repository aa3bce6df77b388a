/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers differ where their meaning does, each difference is told once, in bounds, and what is redacted is never
 * shown; whatever a pair is like, comparing it takes no longer than n log n. */
#include "base/arena.h"
#include "compare_kit.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static struct plx_arena *arena;
static struct plx_buffer text;

/* The answers' bodies in memory of exactly their size. */
static const char *
listing(const char *lines, const struct plx_answer *primary, const struct plx_answer *candidate,
        const struct plx_compare_limits *limits)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;
    struct plx_answer a = *primary, b = *candidate;
    char *x = malloc(a.body.len + !a.body.len), *y = malloc(b.body.len + !b.body.len);

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    if (a.body.len)
        a.body.ptr = memcpy(x, a.body.ptr, a.body.len);
    if (b.body.len)
        b.body.ptr = memcpy(y, b.body.ptr, b.body.len);
    assert_int_equal(plx_compare(rules, &a, &b, limits, arena, &comparison), PLX_OK);
    plx_rules_free(rules);
    free(x); /* what is told is copied */
    free(y);
    plx_buffer_clear(&text);
    write_comparison(&text, &comparison);
    plx_buffer_byte(&text, '\0');
    assert_false(text.failed);
    return text.ptr;
}

static const char *
compare(const char *lines, const char *primary, const char *candidate)
{
    struct plx_answer a = json_answer(plx_slice_of(primary)), b = json_answer(plx_slice_of(candidate));

    return listing(lines, &a, &b, NULL);
}

#define EXPECT(lines, primary, candidate, want) assert_string_equal(compare(lines, primary, candidate), want)

static void
test_values_that_mean_the_same(void **state)
{
    static const char *const same[][2] = {
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}"},
        {"{\"a\":{\"x\":1,\"y\":[{}]},\"b\":2}", " { \"b\":2.0 ,\n\"a\":{\"y\":[ { } ],\"x\":1e0} } "},
        {"\"\\u0041\"", "\"A\""},
        {"\"\\/\"", "\"/\""},
        {"\"\\ud834\\udd1e\"", "\"\xF0\x9D\x84\x9E\""},
        {"\"\\uD800\"", "\"\\ud800\""},
        {"{\"\\u0061b\":1,\"c\":2}", "{\"c\":2,\"ab\":1}"},
        {"[0,-0,1.50]", "[-0,0.0,15e-1]"},
        {"{\"b\":0,\"a\":1,\"a\":2}", "{\"a\":1,\"b\":0,\"a\":2}"},
        {"{}", "{ }"},
    };

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        EXPECT("", same[i][0], same[i][1], "");
        EXPECT("", same[i][1], same[i][0], "");
    }
}

static void
test_each_kind_of_difference(void **state)
{
    EXPECT("", "{\"a\":1}", "{\"a\":2}", "value /a: 1 -> 2\n");
    EXPECT("", "{\"a\":true}", "{\"a\":false}", "value /a: true -> false\n");
    EXPECT("", "{\"a\":\"x\"}", "{\"a\":\"y\"}", "value /a: \"x\" -> \"y\"\n");
    EXPECT("", "{\"a\":\"x\"}", "{\"a\":\"x \"}", "value /a: \"x\" -> \"x \"\n");
    EXPECT("", "\"\\u00e9\"", "\"e\\u0301\"", "value : \"\\u00e9\" -> \"e\\u0301\"\n");
    EXPECT("", "9007199254740993", "9007199254740992", "value : 9007199254740993 -> 9007199254740992\n");
    EXPECT("", "1e400", "1e401", "value : 1e400 -> 1e401\n");
    EXPECT("", "{\"a\":1}", "{\"a\":\"1\"}", "type /a: 1 -> \"1\"\n");
    EXPECT("", "{\"a\":null}", "{\"a\":false}", "type /a: null -> false\n");
    EXPECT("", "{\"a\":null}", "{}", "missing /a: null ->\n");
    EXPECT("", "{}", "{\"a\":[1, 2]}", "extra /a: -> [1, 2]\n");
    EXPECT("", "{\"a\":[]}", "{\"a\":{}}", "type /a: [] -> {}\n");
    EXPECT("", "[1,2,3]", "[1,3]", "missing /1: 2 ->\n");
    EXPECT("", "[1]", "[1,[2],{\"a\":3}]", "extra /1: -> [2]\nextra /2: -> {\"a\":3}\n");
    EXPECT("", "[1,2]", "[2,1]", "order : [1,2] -> [2,1]\n");
    EXPECT("", "[1,2,3]", "[2,1,4]", "value /0: 1 -> 2\nvalue /1: 2 -> 1\nvalue /2: 3 -> 4\n");
    EXPECT("", "[[1]]", "[[2]]", "value /0/0: 1 -> 2\n");
    EXPECT("", "{\"a/b~c\":{\"\":1}}", "{\"a/b~c\":{\"\":2}}", "value /a~1b~0c/: 1 -> 2\n");
    EXPECT("", "{\"\\u0061\\n\":1}", "{\"\\u0061\\n\":2}", "value /a\n: 1 -> 2\n");
}

static void
test_members_in_another_order_are_paired_by_key(void **state)
{
    EXPECT("", "{\"a\":1,\"b\":2,\"c\":3}", "{\"c\":3,\"a\":1,\"b\":4}", "value /b: 2 -> 4\n");
    EXPECT("", "{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"c\":3}", "missing /b: 2 ->\n");
    EXPECT("", "{\"a\":1,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}", "extra /b: -> 2\n");
    EXPECT("", "{\"a\":1,\"b\":2}", "{\"c\":1,\"d\":2}",
           "missing /a: 1 ->\nmissing /b: 2 ->\nextra /c: -> 1\nextra /d: -> 2\n");
    EXPECT("", "{\"a\":1,\"b\":2}", "{}", "missing /a: 1 ->\nmissing /b: 2 ->\n");
    EXPECT("", "{}", "{\"a\":1}", "extra /a: -> 1\n");
}

/* Repeated keys pair in the order in which they stand, among few members and among many. */
static void
test_repeated_keys(void **state)
{
    EXPECT("", "{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "");
    EXPECT("", "{\"a\":1,\"a\":2}", "{\"a\":2,\"a\":1}", "value /a: 1 -> 2\nvalue /a: 2 -> 1\n");
    EXPECT("", "{\"a\":1,\"a\":2}", "{\"a\":1}", "missing /a: 2 ->\n");
    EXPECT("", "{\"a\":2}", "{\"a\":1,\"a\":2}", "value /a: 2 -> 1\nextra /a: -> 2\n");
    EXPECT("", "{\"b\":0,\"a\":1,\"a\":2}", "{\"a\":2,\"b\":0,\"a\":1}", "value /a: 1 -> 2\nvalue /a: 2 -> 1\n");
    for (int members = 2; members < 64; members++) {
        char a[1024], b[1024];
        int x = snprintf(a, sizeof(a), "{\"z\":0,\"\\u007a\":1"), y = snprintf(b, sizeof(b), "{");
        for (int i = 0; i < members; i++) {
            x += snprintf(a + x, sizeof(a) - (size_t)x, ",\"k%d\":%d", i, i);
            y += snprintf(b + y, sizeof(b) - (size_t)y, "\"k%d\":%d,%s", members - 1 - i, members - 1 - i,
                          i == members / 2 ? "\"z\":0," : "");
        }
        snprintf(a + x, sizeof(a) - (size_t)x, "}");
        snprintf(b + y, sizeof(b) - (size_t)y, "\"z\":1}");
        EXPECT("", a, b, "");
        EXPECT("", b, a, "");
    }
}

static void
test_rules_leave_out_and_are_counted(void **state)
{
    EXPECT("ignore /t", "{\"t\":1}", "{\"t\":2}", "ruled out: 1\n");
    EXPECT("ignore /t", "{\"t\":1}", "{\"t\":1}", "");
    EXPECT("ignore /t", "{\"t\":1,\"u\":1}", "{\"u\":2}", "value /u: 1 -> 2\nruled out: 1\n");
    EXPECT("ignore /*/t", "[{\"t\":1,\"u\":1},{\"t\":1}]", "[{\"t\":2,\"u\":2},{\"t\":2}]",
           "value /0/u: 1 -> 2\nruled out: 2\n");
    EXPECT("ignore /a", "{\"a\":{\"b\":[1,2],\"c\":{}}}", "{\"a\":{\"b\":[3,4],\"c\":0}}", "ruled out: 3\n");
    EXPECT("ignore /**/t", "{\"t\":1,\"a\":[{\"t\":1}]}", "{\"t\":2,\"a\":[{}]}", "ruled out: 2\n");
    EXPECT("ignore ", "{\"a\":1}", "[]", "ruled out: 1\n");
    EXPECT("ignore body", "{\"a\":1}", "no JSON at all", "ruled out: 1\n");
    EXPECT("ignore /a", "{\"b\":1}", "[]", "type : {\"b\":1} -> []\n");
}

static void
test_redacted_values_are_compared_and_never_shown(void **state)
{
    static const char *const bodies[] = {
        "{\"a\":{\"pin\":\"SECRET\"}}",
        "{\"a\":{\"pin\":\"SECRET2\"}}",
        "{\"a\":{}}",
        "{}",
        "{\"a\":[\"SECRET\"]}",
        "[]",
        "SECRET no JSON",
        "{\"a\":{\"pin\":{\"SECRET\":[\"SECRET\"]}}}",
        "{\"a\":{\"pin\":[1,\"SECRET\"]}}",
        "{\"a\":{\"pin\":[1,\"SECRET3\",4]}}",
        "",
        "{\"a\":{\"\\u0070in\":\"SECRET4\"},\"b\":1}",
        "{\"a\":7}",
        "[[{\"pin\":\"SECRET\"}]]",
        "{\"x\":{\"y\":{\"pin\":\"SECRET\"}}}",
    };
    static const char *const rules[] = {"redact /a/pin\nredact /a/0",  "redact /a/*", "redact /a",
                                        "redact /**/pin\nredact /a/*", "redact ",     "redact body\nredact /**"};
    const size_t count = sizeof(bodies) / sizeof(bodies[0]);

    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++)
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < count; k++) {
                if (r < 3 && (i > 12 || k > 12))
                    continue; /* there the secret is not where the rule says */
                const char *told = compare(rules[r], bodies[i], bodies[k]);
                for (const char *at = told; (at = strstr(at, "SECRET")); at++)
                    if (strncmp(at - 5, "/pin/", 5) != 0) /* a key on the way to a value is a place */
                        fail_msg("%s, %s -> %s: %s", rules[r], bodies[i], bodies[k], told);
                assert_true((i == k) == (told[0] == '\0'));
            }
    EXPECT("redact /pin", "{\"pin\":1,\"a\":1}", "{\"pin\":2,\"a\":2}",
           "value /pin: [redacted] -> [redacted]\nvalue /a: 1 -> 2\n");
    EXPECT("redact /pin", "{\"pin\":1}", "{}", "missing /pin: [redacted] ->\n");
    EXPECT("redact /**/pin", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", "value /a/b: 1 -> 2\n");
    EXPECT("redact /a/*/pin", "{\"a\":[{\"pin\":1}],\"b\":[1]}", "{}",
           "missing /a: [redacted] ->\nmissing /b: [1] ->\n");
    EXPECT("redact /pin", "{\"pin\":1.0}", "{\"pin\":1}", "");
}

static void
test_bodies_that_are_not_json(void **state)
{
    const struct plx_slice json = plx_slice_of("application/json"), bytes = plx_slice_of("image/png");
    struct plx_answer a = {.body = plx_slice_of("hello"), .body_length = 5}, b = a;
    assert_string_equal(listing("", &a, &b, NULL), "");
    b.body = plx_slice_of("hallo");
    assert_string_equal(listing("", &a, &b, NULL), "value body:1: hello -> hallo\n");
    assert_string_equal(listing("redact /x", &a, &b, NULL), "value body:1: [redacted] -> [redacted]\n");
    a.media_type = b.media_type = bytes;
    assert_string_equal(listing("", &a, &b, NULL), "value body: at byte 1: ello -> at byte 1: allo\n");
    assert_string_equal(listing("redact /x", &a, &b, NULL), "value body: [redacted] -> [redacted]\n");
    b.body = plx_slice_of("h\xFF"
                          "llo");
    assert_string_equal(listing("", &a, &b, NULL), "value body: at byte 1: 65 6c 6c 6f -> at byte 1: ff 6c 6c 6f\n");
    b.body = plx_slice_of("hell");
    b.body_length = 4;
    assert_string_equal(listing("", &a, &b, NULL), "value body: at byte 4: o -> ends at byte 4\n");
    b.body = (struct plx_slice){NULL, 0};
    b.body_length = 0;
    assert_string_equal(listing("", &a, &b, NULL), "missing body: hello ->\n");
    assert_string_equal(listing("", &b, &a, NULL), "extra body: -> hello\n");
    /* Of no type it may be JSON; where one is said it is not: spaces count. */
    a.media_type = b.media_type = plx_slice_of("");
    a.body = plx_slice_of("[1]");
    b.body = plx_slice_of("[ 1]");
    a.body_length = 3;
    b.body_length = 4;
    assert_string_equal(listing("", &a, &b, NULL), "");
    a.media_type = json;
    assert_string_equal(listing("", &a, &b, NULL), "");
    a.media_type = b.media_type = plx_slice_of("text/csv");
    assert_string_equal(listing("", &a, &b, NULL), "value body:1: [1] -> [ 1]\n");
    EXPECT("", "{\"a\":1}", "<html>", "type body: {\"a\":1} -> <html>\n");
    EXPECT("", "{\"a\":1", "{\"a\":2", "value body:1: {\"a\":1 -> {\"a\":2\n");
    EXPECT("", "{\"a\":", "{\"a\":", "");
    EXPECT("", "", "{\"a\":1}", "extra body: -> {\"a\":1}\n");
}

static void
test_bodies_that_were_cut_off(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = {.body = plx_slice_of("beg"), .body_length = 10, .body_digest = {1, 2}}, b;
    a.media_type = plx_slice_of("text/csv");
    b = a;
    struct plx_comparison comparison, before;

    memset(&comparison, 0xA5, sizeof(comparison));
    before = comparison;
    assert_string_equal(listing("", &a, &b, NULL), "");
    b.body_digest[1] = 3;
    assert_string_equal(listing("", &a, &b, NULL),
                        "value body: 10 bytes, XXH3 00000000000000020000000000000001 -> 10 bytes, XXH3 "
                        "00000000000000030000000000000001\n");
    assert_string_equal(listing("ignore body", &a, &b, NULL), "ruled out: 1\n");
    a.media_type = plx_slice_of("application/json"); /* only its reading could tell */
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_E_LIMIT);
    assert_memory_equal(&comparison, &before, sizeof(before));
    b.body_digest[1] = 2; /* equal, JSON or not */
    assert_string_equal(listing("", &a, &b, NULL), "");
    a.media_type = b.media_type;
    b.body = plx_slice_of("beginning!"); /* whole, of the same length: its digest was not looked at */
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_E_LIMIT);
    assert_int_equal(plx_compare(rules, &b, &a, NULL, arena, &comparison), PLX_E_LIMIT);
    b.body = plx_slice_of("short");
    b.body_length = 5;
    assert_string_equal(listing("", &a, &b, NULL),
                        "value body: 10 bytes, XXH3 00000000000000020000000000000001 -> 5 bytes\n");
    a.media_type = plx_slice_of("application/json"); /* a longer text may mean the same */
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_E_LIMIT);
    assert_memory_equal(&comparison, &before, sizeof(before));
    plx_rules_free(rules);
}

static void
test_statuses(void **state)
{
    struct plx_answer a = {.status = 200}, b = {.status = 404};

    assert_string_equal(listing("", &a, &b, NULL), "value status: 200 -> 404\n");
    assert_string_equal(listing("ignore status", &a, &b, NULL), "ruled out: 1\n");
    b.status = 0;
    assert_string_equal(listing("", &a, &b, NULL), "");
    b.status = 200;
    assert_string_equal(listing("", &a, &b, NULL), "");
}

#define HEADER(name, value)          \
    {                                \
        {name, sizeof(name) - 1},    \
        {                            \
            value, sizeof(value) - 1 \
        }                            \
    }
#define WITH(list)                                                          \
    {                                                                       \
        .headers = (list), .header_count = sizeof(list) / sizeof((list)[0]) \
    }

static void
test_headers(void **state)
{
    static const struct plx_header one[] = {HEADER("Vary", "a"),
                                            HEADER("X-Old", "1"),
                                            HEADER("vary", "b"),
                                            HEADER("ETag", "x"),
                                            HEADER("Date", "now"),
                                            HEADER("Content-Length", "5"),
                                            HEADER("Set-Cookie", "id=SECRET")};
    static const struct plx_header two[] = {HEADER("VARY", "b"),
                                            HEADER("ETAG", "y"),
                                            HEADER("Vary", "a"),
                                            HEADER("Date", "then"),
                                            HEADER("Connection", "close"),
                                            HEADER("X-New", ""),
                                            HEADER("Set-Cookie", "id=OTHER")};
    const struct plx_answer a = WITH(one), b = WITH(two);

    assert_string_equal(listing("", &a, &b, NULL), "");
    assert_string_equal(listing("header etag", &a, &b, NULL), "value header:etag: x -> y\n");
    assert_string_equal(listing("header etag\nignore_header ETag", &a, &b, NULL), "ruled out: 1\n");
    assert_string_equal(listing("header Vary\nheader X-Old\nheader X-New\nheader X-None", &a, &b, NULL),
                        "order header:Vary: a\\nb -> b\\na\nmissing header:X-Old: 1 ->\nextra header:X-New: ->\n");
    assert_string_equal(listing("header Date", &a, &b, NULL), "value header:Date: now -> then\n");
    assert_string_equal(listing("headers all\nignore_header etag", &a, &b, NULL),
                        "order header:Vary: a\\nb -> b\\na\nmissing header:X-Old: 1 ->\n"
                        "value header:Set-Cookie/id: [redacted] -> [redacted]\nextra header:X-New: ->\nruled out: 1\n");
}

static void
test_headers_of_several_lines(void **state)
{
    static const struct plx_header one[] = {HEADER("V", "a"), HEADER("V", "a"), HEADER("V", "b")};
    static const struct plx_header two[] = {HEADER("V", "a"), HEADER("V", "b"), HEADER("V", "b")};
    static const struct plx_header three[] = {HEADER("V", "a, a, b")};
    static const struct plx_header four[] = {HEADER("V", ""), HEADER("V", "a")};
    static const struct plx_header five[] = {HEADER("V", "a")};
    const struct plx_answer a = WITH(one), b = WITH(two), c = WITH(three), d = WITH(four), e = WITH(five);

    assert_string_equal(listing("header V", &a, &b, NULL), "value header:V: a\\na\\nb -> a\\nb\\nb\n");
    assert_string_equal(listing("header V", &a, &c, NULL), "value header:V: a\\na\\nb -> a, a, b\n");
    assert_string_equal(listing("header V", &d, &e, NULL), "value header:V: \\na -> a\n");
    assert_string_equal(listing("header V", &a, &a, NULL), "");
}

static void
test_differences_and_values_end_at_their_bounds(void **state)
{
    struct plx_answer a = json_answer(plx_slice_of("[1,2,3,\"0123456789\"]")),
                      b = json_answer(plx_slice_of("[4,5,6,7]"));
    struct plx_compare_limits limits = {.differences_max = 2};

    assert_string_equal(listing("", &a, &b, &limits), "value /0: 1 -> 4\nvalue /1: 2 -> 5\nfurther: 2\n");
    limits = (struct plx_compare_limits){.value_bytes_max = 5};
    assert_string_equal(listing("ignore /0\nignore /1\nignore /2", &a, &b, &limits),
                        "type /3: \"0123 (cut) -> 7\nruled out: 3\n");
    /* Whole characters: 1, then 2 to 4 bytes each. */
    a = json_answer(plx_slice_of("\"\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E\""));
    b = json_answer(plx_slice_of("\"x\""));
    static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (uint32_t max = 1; max <= 11; max++) {
        struct plx_rules *rules = plx_rules_new(NULL);
        struct plx_comparison c;
        limits.value_bytes_max = max;
        assert_int_equal(plx_compare(rules, &a, &b, &limits, arena, &c), PLX_OK);
        assert_int_equal(c.differences[0].primary.len, lengths[max]);
        assert_int_equal(c.differences[0].primary_cut, max < 11);
        plx_rules_free(rules);
    }
}

static void
test_documents_beyond_the_depth_are_compared_as_bytes(void **state)
{
    struct plx_compare_limits limits = {.json.depth_max = 2};
    struct plx_answer a = json_answer(plx_slice_of("[[1]]")), b = json_answer(plx_slice_of("[[ 1]]"));

    assert_string_equal(listing("", &a, &b, &limits), "");
    a = json_answer(plx_slice_of("[[[1]]]"));
    assert_string_equal(listing("", &a, &b, &limits), "type body: [[[1]]] -> [[ 1]]\n");
    b = json_answer(plx_slice_of("[[[ 1]]]"));
    assert_string_equal(listing("", &a, &b, &limits), "value body:1: [[[1]]] -> [[[ 1]]]\n");
    /* However deep a caller allows it to be, the walk stays within the stack. */
    size_t depth = 200000;
    char *x = malloc(2 * depth + 1), *y = malloc(2 * depth + 1);
    memset(x, '[', depth);
    memset(x + depth, ']', depth);
    memcpy(y, x, 2 * depth);
    memmove(y + depth + 1, y + depth, depth);
    y[depth] = '1';
    a = json_answer(plx_slice_make(x, 2 * depth));
    b = json_answer(plx_slice_make(y, 2 * depth + 1));
    limits.json.depth_max = UINT32_MAX;
    assert_non_null(strstr(listing("ignore /**/x", &a, &b, &limits), "value body:"));
    depth = 4096;
    a.body = plx_slice_make(x + 200000 - depth, 2 * depth);
    b.body = plx_slice_make(y + 200000 - depth, 2 * depth + 1);
    a.body_length = a.body.len;
    b.body_length = b.body.len;
    assert_non_null(strstr(listing("ignore /**/x", &a, &b, &limits), ": -> 1\n"));
    free(x);
    free(y);
}

/* ---- hostile pairs ---- */

static double
seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
expect_soon(const char *lines, struct plx_slice primary, struct plx_slice candidate, uint64_t total, double limit)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer a = json_answer(primary), b = json_answer(candidate);
    struct plx_judgement j;
    double began = seconds();

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    assert_int_equal(plx_judge(rules, &a, &b, &b, NULL, arena, &j), PLX_OK);
    double took = seconds() - began;
    assert_int_equal(j.comparison.total, total);
    if (took > limit)
        fail_msg("it took %.1f s", took);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

static struct plx_buffer
many_members(int from, int to, const char *prefix)
{
    struct plx_buffer out;

    plx_buffer_init(&out, 64 << 20);
    for (int i = from; i != to; i += from < to ? 1 : -1)
        plx_buffer_format(&out, "%c\"%s%d\":%d", i == from ? '{' : ',', prefix, i, i);
    plx_buffer_byte(&out, '}');
    assert_false(out.failed);
    return out;
}

static void
test_many_members_in_the_opposite_order(void **state)
{
    struct plx_buffer a = many_members(1, 100001, "k"), b = many_members(100000, 0, "k");
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 0, 2);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
    a = many_members(1, 100001, "\\u006b"); /* escaped keys */
    b = many_members(100000, 0, "k");
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 0, 4);
    plx_buffer_fini(&a);
    a = many_members(1, 100001, "x"); /* none of them the same */
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 200000, 4);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
}

/* A long key around many differences must not cost its length for each of them; nor must many patterns. */
static void
test_many_differences_below_a_long_key(void **state)
{
    struct plx_buffer a, b;

    plx_buffer_init(&a, 64 << 20);
    plx_buffer_init(&b, 64 << 20);
    for (int i = 0; i < 2; i++) {
        struct plx_buffer *out = i ? &b : &a;
        plx_buffer_text(out, "{\"");
        for (int k = 0; k < 500000; k++)
            plx_buffer_byte(out, 'k');
        plx_buffer_text(out, "\":[");
        for (int k = 0; k < 100000; k++)
            plx_buffer_format(out, "%s%d", k ? "," : "", k + i);
        plx_buffer_text(out, "]}");
    }
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 100000, 2);
    expect_soon("ignore /**/a/**/b/**/c/**/d/**/e/**/f/**/g\nredact /**/x/*/*/*/*/*/*/y", plx_buffer_slice(&a),
                plx_buffer_slice(&b), 100000, 4);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
}

static void
test_many_elements_that_differ(void **state)
{
    struct plx_buffer a, b;

    plx_buffer_init(&a, 64 << 20);
    plx_buffer_init(&b, 64 << 20);
    for (int k = 0; k < 100000; k++) {
        plx_buffer_format(&a, "%c{\"v\":%d}", k ? ',' : '[', k);
        plx_buffer_format(&b, "%c{\"v\":%d}", k ? ',' : '[', k + 1);
    }
    plx_buffer_byte(&a, ']');
    plx_buffer_byte(&b, ']');
    expect_soon("", plx_buffer_slice(&a), plx_buffer_slice(&b), 100000, 2);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
}

/* A place that is too far down to be named in full is told as the innermost that can be. */
static void
test_pointers_end_at_their_bound(void **state)
{
    char a[9000], b[9000], want[9000], key[4001];

    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    snprintf(a, sizeof(a), "{\"%s\":{\"a\":1,\"%s\":{\"b\":1}}}", key, key);
    snprintf(b, sizeof(b), "{\"%s\":{\"a\":2,\"%s\":{\"b\":2}}}", key, key);
    snprintf(want, sizeof(want), "value /%s/a: 1 -> 2\nvalue /%s: 1 -> 2\n", key, key);
    EXPECT("", a, b, want);
}

/* ---- memory ---- */

static void
test_without_memory_the_comparison_is_untouched(void **state)
{
    static const struct plx_header one[] = {HEADER("V", "a"), HEADER("W", "1")}, two[] = {HEADER("V", "b")};
    struct plx_buffer x = many_members(1, 3001, "k"), y = many_members(3100, 100, "k");
    struct plx_answer a = json_answer(plx_buffer_slice(&x)), b = json_answer(plx_buffer_slice(&y));
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison before;
    enum plx_status status;
    size_t fail_from = 0;

    a.headers = one;
    a.header_count = 2;
    b.headers = two;
    b.header_count = 1;
    assert_int_equal(rules_add_lines(rules, plx_slice_of("headers all\nredact /k7\nignore /**/k8"), NULL), PLX_OK);
    memset(&before, 0xA5, sizeof(before));
    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_arena *own = plx_arena_new(&allocator);
        struct plx_comparison comparison = before;
        status = own ? plx_compare(rules, &a, &b, NULL, own, &comparison) : PLX_E_MEMORY;
        if (status != PLX_OK) {
            assert_int_equal(status, PLX_E_MEMORY);
            assert_memory_equal(&comparison, &before, sizeof(before));
        }
        plx_arena_free(own);
        assert_int_equal(counter.held, 0);
    } while (status != PLX_OK);
    assert_true(fail_from > 5);
    plx_rules_free(rules);
    plx_buffer_fini(&x);
    plx_buffer_fini(&y);
}

/* ---- changes at random ---- */

/* A document of which every value stands in one leaf: what is changed in a leaf is one difference. */
struct sample {
    struct plx_buffer plain;  /* as first written */
    struct plx_buffer twin;   /* the same, or with changes */
    unsigned leaves, changes; /* told so far; made so far */
    bool rewrite;             /* spell the twin otherwise */
    unsigned change_per_1000;
};

static void
put_space(struct plx_buffer *out, bool rewrite)
{
    static const char spaces[] = " \n\t\r";

    while (rewrite && rand() % 3 == 0)
        plx_buffer_byte(out, spaces[rand() % 4]);
}

static void
put_string(struct plx_buffer *out, const char *letters, bool rewrite)
{
    plx_buffer_byte(out, '"');
    for (; *letters; letters++)
        if (rewrite && rand() % 4 == 0)
            plx_buffer_format(out, rand() % 2 ? "\\u%04x" : "\\u%04X", *letters);
        else if (*letters == '/' && rewrite && rand() % 2)
            plx_buffer_text(out, "\\/");
        else if (*letters == '"' || *letters == '\\')
            plx_buffer_format(out, "\\%c", *letters);
        else
            plx_buffer_byte(out, *letters);
    plx_buffer_byte(out, '"');
}

static void
put_number(struct plx_buffer *out, int number, bool rewrite)
{
    switch (rewrite ? rand() % 5 : 0) {
    case 0:
        plx_buffer_format(out, "%d", number);
        break;
    case 1:
        plx_buffer_format(out, "%d.%.*s", number, 1 + rand() % 3, "0000");
        break;
    case 2:
        plx_buffer_format(out, "%d%.*sE-%d", number, 3, "000", 3);
        break;
    case 3:
        plx_buffer_format(out, "%d.%de+1", number / 10, abs(number % 10)); /* numbers are positive */
        break;
    default:
        plx_buffer_format(out, "%de%s0", number, rand() % 2 ? "+" : "-");
    }
}

static void
put_leaf(struct sample *s)
{
    static const char *const words[] = {"", "a", "/~*\"\\", "word", "another word, a longer one than the others are"};
    int kind = rand() % 5, number = 1 + rand() % 100000;
    const char *word = words[rand() % 5];
    bool change = (unsigned)(rand() % 1000) < s->change_per_1000;
    struct plx_buffer *sides[] = {&s->plain, &s->twin};

    for (int side = 0; side < 2; side++) {
        bool rewrite = side == 1 && s->rewrite;
        int as =
            side == 1 && change ? (kind + 1) % 5 : kind; /* false and true: another value; the others: another type */
        if (as == 0)
            plx_buffer_text(sides[side], "false");
        else if (as == 1)
            plx_buffer_text(sides[side], "true");
        else if (as == 2)
            plx_buffer_text(sides[side], "null");
        else if (as == 3)
            put_number(sides[side], number, rewrite);
        else
            put_string(sides[side], word, rewrite);
    }
    s->leaves++;
    s->changes += change;
}

static void put_value(struct sample *s, int depth);

static void
put_array(struct sample *s, int depth)
{
    int count = rand() % 6;

    plx_buffer_byte(&s->plain, '[');
    plx_buffer_byte(&s->twin, '[');
    for (int i = 0; i < count; i++) {
        put_value(s, depth);
        if (i + 1 < count) {
            plx_buffer_byte(&s->plain, ',');
            plx_buffer_byte(&s->twin, ',');
        }
    }
    plx_buffer_byte(&s->plain, ']');
    plx_buffer_byte(&s->twin, ']');
}

/* The twin's members in another order: each is written aside and put in its place when all are there. */
static void
put_object(struct sample *s, int depth)
{
    int count = rand() % 8 == 0 ? 40 : rand() % 6, order[40];
    struct plx_buffer members[40], outer = s->twin;
    char key[32];

    plx_buffer_byte(&s->plain, '{');
    plx_buffer_byte(&outer, '{');
    for (int i = 0; i < count; i++) {
        int other = rand() % (i + 1);
        order[i] = order[other];
        order[other] = i;
        snprintf(key, sizeof(key), "%c/%d", "kK~*"[rand() % 4], i);
        plx_buffer_init(&members[i], 1 << 24);
        s->twin = members[i];
        put_string(&s->plain, key, false);
        put_string(&s->twin, key, s->rewrite);
        put_space(&s->twin, s->rewrite);
        plx_buffer_byte(&s->plain, ':');
        plx_buffer_byte(&s->twin, ':');
        put_value(s, count == 40 ? 0 : depth);
        if (i + 1 < count)
            plx_buffer_byte(&s->plain, ',');
        members[i] = s->twin;
    }
    for (int i = 0; i < count; i++) {
        int at = s->rewrite ? order[i] : i;
        plx_buffer_add(&outer, plx_buffer_slice(&members[at]));
        if (i + 1 < count)
            plx_buffer_byte(&outer, ',');
    }
    for (int i = 0; i < count; i++)
        plx_buffer_fini(&members[i]);
    plx_buffer_byte(&s->plain, '}');
    plx_buffer_byte(&outer, '}');
    s->twin = outer;
}

static void
put_value(struct sample *s, int depth)
{
    put_space(&s->twin, s->rewrite);
    switch (depth > 0 ? rand() % 3 : 2) {
    case 0:
        put_array(s, depth - 1);
        break;
    case 1:
        put_object(s, depth - 1);
        break;
    default:
        put_leaf(s);
    }
    put_space(&s->twin, s->rewrite);
}

static void
compare_sample(unsigned seed, bool rewrite, unsigned change_per_1000)
{
    struct sample s = {.rewrite = rewrite, .change_per_1000 = change_per_1000};
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_compare_limits limits = {.differences_max = 1000};

    srand(seed);
    plx_buffer_init(&s.plain, 1 << 24);
    plx_buffer_init(&s.twin, 1 << 24);
    put_value(&s, 6);
    assert_false(s.plain.failed || s.twin.failed);
    struct plx_answer a = json_answer(plx_buffer_slice(&s.plain)), b = json_answer(plx_buffer_slice(&s.twin));
    for (int way = 0; way < 2; way++) {
        struct plx_comparison c;
        assert_int_equal(plx_compare(rules, way ? &b : &a, way ? &a : &b, &limits, arena, &c), PLX_OK);
        if (c.total != s.changes)
            fail_msg("seed %u: %u changes, %zu differences\n%.*s\n%.*s", seed, s.changes, (size_t)c.total,
                     (int)s.plain.len, s.plain.ptr, (int)s.twin.len, s.twin.ptr);
        for (size_t i = 0; i < c.count; i++)
            for (size_t k = 0; k < i; k++)
                assert_false(plx_slice_equal(c.differences[i].field, c.differences[k].field));
        if (c.total == 0 && rewrite)
            assert_int_equal(c.ruled_out, 0);
    }
    plx_rules_free(rules);
    plx_buffer_fini(&s.plain);
    plx_buffer_fini(&s.twin);
    plx_arena_reset(arena);
}

static void
test_as_many_differences_as_changes(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    for (unsigned i = 0; i < 2000; i++) {
        compare_sample(seed + i, false, i % 2 ? 20 : 300);
        compare_sample(seed + i, true, 0);
        compare_sample(seed + i, true, i % 2 ? 20 : 300);
    }
}

static int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    plx_buffer_init(&text, 1 << 20);
    return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
    plx_arena_free(arena);
    plx_buffer_fini(&text);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_mean_the_same),
        cmocka_unit_test(test_each_kind_of_difference),
        cmocka_unit_test(test_members_in_another_order_are_paired_by_key),
        cmocka_unit_test(test_repeated_keys),
        cmocka_unit_test(test_rules_leave_out_and_are_counted),
        cmocka_unit_test(test_redacted_values_are_compared_and_never_shown),
        cmocka_unit_test(test_bodies_that_are_not_json),
        cmocka_unit_test(test_bodies_that_were_cut_off),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_headers_of_several_lines),
        cmocka_unit_test(test_differences_and_values_end_at_their_bounds),
        cmocka_unit_test(test_documents_beyond_the_depth_are_compared_as_bytes),
        cmocka_unit_test(test_many_members_in_the_opposite_order),
        cmocka_unit_test(test_many_differences_below_a_long_key),
        cmocka_unit_test(test_many_elements_that_differ),
        cmocka_unit_test(test_pointers_end_at_their_bound),
        cmocka_unit_test(test_without_memory_the_comparison_is_untouched),
        cmocka_unit_test(test_as_many_differences_as_changes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
