/* SPDX-License-Identifier: Apache-2.0 */
/* Modes and rules excuse what they are meant to excuse, and nothing beside it; what rules excuse is counted. */
#include "compare_kit.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "differences_kit.h"

static void
test_subset_lets_the_candidate_add(void **state)
{
    EXPECT("mode subset", "{\"a\":1}", "{\"a\":1,\"b\":2}", "");
    EXPECT("mode subset", "{\"a\":[{\"x\":1}]}", "{\"z\":0,\"a\":[{\"y\":3,\"x\":1}]}", "");
    EXPECT("mode subset", "{\"a\":1,\"b\":2}", "{\"a\":1}", "missing /b: 2 ->\n");
    EXPECT("mode subset", "{\"a\":1}", "{\"b\":1}", "missing /a: 1 ->\n");
    EXPECT("mode subset", "[1]", "[1,2]", "extra /1: -> 2\n"); /* members, not elements */
    EXPECT("mode subset", "{\"a\":1}", "{\"a\":2,\"b\":2}", "value /a: 1 -> 2\n");
    EXPECT("mode subset", "[{\"i\":1,\"v\":1},{\"i\":2,\"v\":2}]", "[{\"i\":2,\"v\":2,\"x\":0}]",
           "missing /0: {\"i\":1,\"v\":1} ->\n");
}

static void
test_schema_compares_shapes(void **state)
{
    EXPECT("mode schema", "{\"a\":1,\"b\":\"x\"}", "{\"b\":\"y\",\"a\":2.5}", "");
    EXPECT("mode schema", "{\"a\":true}", "{\"a\":false}", "");
    EXPECT("mode schema", "{\"a\":1}", "{\"a\":\"1\"}", "type /a: 1 -> \"1\"\n");
    EXPECT("mode schema", "{\"a\":null}", "{\"a\":1}", "type /a: null -> 1\n");
    EXPECT("mode schema", "{\"a\":1}", "{\"b\":1}", "missing /a: 1 ->\nextra /b: -> 1\n");
    /* Elements by the union of their shapes. */
    EXPECT("mode schema", "[1,2,3]", "[4]", "");
    EXPECT("mode schema", "[]", "[{\"a\":1}]", "");
    EXPECT("mode schema", "[{\"a\":1},{\"b\":2}]", "[{\"b\":3,\"a\":4}]", "");
    EXPECT("mode schema", "[{\"a\":1},{\"b\":2}]", "[{\"a\":4}]", "missing /*/b: 2 ->\n");
    EXPECT("mode schema", "[{\"a\":1}]", "[{\"a\":4},{\"a\":\"x\"}]", "type /*/a: 1 -> \"x\"\n");
    EXPECT("mode schema", "[1,\"a\"]", "[\"b\",2]", "");
    EXPECT("mode schema", "[1,null]", "[2]", "type /*: null -> 2\n");
    EXPECT("mode schema", "[[1],[\"a\"]]", "[[2,\"b\"]]", "");
    EXPECT("mode schema", "[[1],[\"a\"]]", "[[2,{}]]", "type /*/*: \"a\" -> {}\n");
    EXPECT("mode schema", "{\"a\":1,\"a\":\"x\"}", "{\"a\":2}", "type /a: \"x\" -> 2\n");
    EXPECT("mode schema\nignore /*/b", "[{\"a\":1,\"b\":2}]", "[{\"a\":4}]", "ruled out: 1\n");
    EXPECT("mode schema\nignore /0/b", "[{\"a\":1,\"b\":2}]", "[{\"a\":4}]", "missing /*/b: 2 ->\n");
    EXPECT("mode schema\nredact /*/a", "[{\"a\":1}]", "[{\"a\":\"x\"}]", "type /*/a: [redacted] -> [redacted]\n");
}

static void
test_tolerance(void **state)
{
    EXPECT("tolerance /t 0.01", "{\"t\":1.00}", "{\"t\":1.01}", "ruled out: 1\n");
    EXPECT("tolerance /t 0.01", "{\"t\":1.00}", "{\"t\":1.011}", "value /t: 1.00 -> 1.011\n");
    EXPECT("tolerance /t 1%", "{\"t\":200}", "{\"t\":202}", "ruled out: 1\n");
    EXPECT("tolerance /t 1%", "{\"t\":200}", "{\"t\":202.01}", "value /t: 200 -> 202.01\n");
    EXPECT("tolerance /t 1", "{\"t\":\"1\"}", "{\"t\":\"2.0\"}", "ruled out: 1\n"); /* strings that are numbers, too */
    EXPECT("tolerance /t 1", "{\"t\":\"1\"}", "{\"t\":\"2x\"}", "value /t: \"1\" -> \"2x\"\n");
    EXPECT("tolerance /t 1", "{\"t\":\"1\"}", "{\"t\":\"\"}", "value /t: \"1\" -> \"\"\n");
    EXPECT("tolerance /t 1", "{\"t\":\"-0.5e1\"}", "{\"t\":\"-.5\"}", "value /t: \"-0.5e1\" -> \"-.5\"\n");
    EXPECT("tolerance /t 1", "{\"t\":true}", "{\"t\":false}", "value /t: true -> false\n");
    EXPECT("tolerance /t 1", "{\"t\":1}", "{\"t\":\"1\"}", "type /t: 1 -> \"1\"\n");
    EXPECT("tolerance /t 1", "{\"t\":[1]}", "{\"t\":[2]}", "value /t/0: 1 -> 2\n"); /* the place, not what is below */
    EXPECT("tolerance /t/** 1", "{\"t\":[1]}", "{\"t\":[2]}", "ruled out: 1\n");
    EXPECT("tolerance /t 1\ntolerance /t 5", "{\"t\":1}", "{\"t\":4}", "ruled out: 1\n"); /* the last one counts */
    EXPECT("tolerance /t 5\ntolerance /* 1", "{\"t\":1}", "{\"t\":4}", "value /t: 1 -> 4\n");
    EXPECT("tolerance /t 1", "{\"t\":1}", "{\"t\":1.0}", "");
}

static void
test_match(void **state)
{
    EXPECT("match /r PAY-[0-9]+", "{\"r\":\"PAY-1\"}", "{\"r\":\"PAY-22\"}", "ruled out: 1\n");
    EXPECT("match /r PAY-[0-9]+", "{\"r\":\"PAY-1\"}", "{\"r\":\"PAY-\"}", "value /r: \"PAY-1\" -> \"PAY-\"\n");
    EXPECT("match /r PAY-[0-9]+", "{\"r\":\"PAY-1\"}", "{\"r\":\"PAY-2 or\"}", "value /r: \"PAY-1\" -> \"PAY-2 or\"\n");
    EXPECT("match /r PAY-[0-9]+", "{\"r\":\"x\"}", "{\"r\":\"PAY-2\"}", "value /r: \"x\" -> \"PAY-2\"\n");
    EXPECT("match /r PAY-[0-9]+", "{\"r\":\"PAY-1\"}", "{}", "missing /r: \"PAY-1\" ->\n");
    EXPECT("match /r .\xC3\xA9", "{\"r\":\"a\\u00e9\"}", "{\"r\":\"b\xC3\xA9\"}", "ruled out: 1\n");
    EXPECT("match /n [12]", "{\"n\":1}", "{\"n\":2}", "ruled out: 1\n");
    EXPECT("match /n true|false", "{\"n\":true}", "{\"n\":false}", "ruled out: 1\n");
    EXPECT("match /n .*", "{\"n\":\"\\ud800\"}", "{\"n\":\"x\"}", "value /n: \"\\ud800\" -> \"x\"\n"); /* no text */
    EXPECT("match /n a|ab", "{\"n\":\"ab\"}", "{\"n\":\"a\"}", "ruled out: 1\n");
}

/* A value that would keep a pattern busy for ever is one that does not match. */
static void
test_match_gives_up_on_hostile_values(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_buffer a, b;
    struct plx_comparison comparison;

    assert_int_equal(rules_add_line(rules, plx_slice_of("match /* (a+)+b"), NULL), PLX_OK);
    plx_buffer_init(&a, 1 << 20);
    plx_buffer_init(&b, 1 << 20);
    plx_buffer_text(&a, "[\"ab\"");
    plx_buffer_text(&b, "[\"b\"");
    for (int i = 0; i < 1000; i++) {
        plx_buffer_text(&a, ",\"ab\"");
        plx_buffer_format(&b, ",\"%048dc%d\"", 0, i);
    }
    for (size_t i = 0; i < b.len; i++)
        if (b.ptr[i] == '0')
            b.ptr[i] = 'a';
    plx_buffer_text(&a, "]");
    plx_buffer_text(&b, "]");
    struct plx_answer x = json_answer(plx_buffer_slice(&a)), y = json_answer(plx_buffer_slice(&b));
    assert_int_equal(plx_compare(rules, &x, &y, NULL, arena, &comparison), PLX_OK);
    assert_int_equal(comparison.total, 1001);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

static void
test_rules_end(void **state)
{
    static const struct plx_rule with_end[] = {
        {.kind = PLX_RULE_IGNORE, .field = {"/a", 2}, .until_s = 100, .why = {"because", 7}, .owner = {"team", 4}},
        {.kind = PLX_RULE_IGNORE, .field = {"status", 6}, .until_s = 100},
        {.kind = PLX_RULE_IGNORE_HEADER, .field = {"X-A", 3}, .until_s = 100},
        {.kind = PLX_RULE_TOLERANCE, .field = {"/**/t", 5}, .value = {"1", 1}, .until_s = 200},
    };
    static const struct plx_header one[] = {{{"X-A", 3}, {"1", 1}}}, two[] = {{{"X-A", 3}, {"2", 1}}};
    static const struct {
        int64_t now_s;
        size_t total, ruled_out;
    } cases[] = {{0, 0, 4}, {99, 0, 4}, {100, 3, 1}, {199, 3, 1}, {200, 4, 0}};
    struct plx_rules *rules = plx_rules_new(NULL);

    for (size_t i = 0; i < sizeof(with_end) / sizeof(with_end[0]); i++)
        assert_int_equal(plx_rules_add(rules, &with_end[i], NULL), PLX_OK);
    plx_rules_compare_all_headers(rules, true);
    assert_true(plx_slice_equal(plx_rules_at(rules, 0)->why, plx_slice_of("because")));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_answer a = json_answer(plx_slice_of("{\"a\":1,\"t\":1}")),
                          b = json_answer(plx_slice_of("{\"a\":2,\"t\":2}"));
        struct plx_compare_limits limits = {.now_s = cases[i].now_s};
        struct plx_comparison comparison;
        a.status = 200, b.status = 201;
        a.headers = one, b.headers = two;
        a.header_count = b.header_count = 1;
        assert_int_equal(plx_compare(rules, &a, &b, &limits, arena, &comparison), PLX_OK);
        assert_int_equal(comparison.total, cases[i].total);
        assert_int_equal(comparison.ruled_out, cases[i].ruled_out);
        uint64_t sum = 0;
        for (int kind = 0; kind < PLX_RULE_KINDS; kind++)
            sum += comparison.ruled_out_by[kind];
        assert_int_equal(sum, comparison.ruled_out);
    }
    struct plx_rule redact = {.kind = PLX_RULE_REDACT, .field = {"/a", 2}, .until_s = 1};
    assert_int_equal(plx_rules_add(rules, &redact, NULL), PLX_E_ARGUMENT); /* a secret stays one */
    plx_rules_free(rules);
}

/* With less and less memory: the whole result, or PLX_E_MEMORY. */
static void
test_without_memory(void **state)
{
    static const char lines[] =
        "rename /*/t /*/T\ntolerance /*/t 1%\nmatch /*/r [a-z]+\nunordered /*/u by /i\nignore /*/at";
    struct plx_answer a = json_answer(plx_slice_of(
        "[{\"t\":100,\"r\":\"a\\u0062\",\"u\":[{\"i\":1},{\"i\":2}],\"at\":1},{\"x\":[1,2]},{\"y\":[3,4,5]}]"));
    struct plx_answer b = json_answer(
        plx_slice_of("[9,{\"T\":101,\"r\":\"c\",\"u\":[{\"i\":2},{\"i\":1}],\"at\":2},{\"x\":[2,1]},{\"y\":[3,5]}]"));
    struct plx_rules *rules = plx_rules_new(NULL);
    enum plx_status status;
    size_t fail_from = 0;

    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    do {
        struct counter counter = {.fail_from = ++fail_from};
        const struct plx_allocator allocator = counting(&counter);
        struct plx_arena *small = plx_arena_new(&allocator);
        struct plx_comparison comparison = {0};
        status = small ? plx_compare(rules, &a, &b, NULL, small, &comparison) : PLX_E_MEMORY;
        assert_true(status == PLX_OK || status == PLX_E_MEMORY);
        if (status == PLX_OK) {
            assert_int_equal(comparison.total, 3);
            assert_int_equal(comparison.ruled_out, 4);
        }
        plx_arena_free(small);
        assert_int_equal(counter.held, 0);
    } while (status != PLX_OK);
    assert_true(fail_from > 2);
    plx_rules_free(rules);
}

/* A member has another name in the candidate: it is the same one, under the primary's name, and nothing else is. */
static void
test_renamed_members(void **state)
{
    EXPECT("rename /billTo /bill_to", "{\"billTo\":1}", "{\"bill_to\":1}", "");
    EXPECT("rename /billTo /bill_to", "{\"billTo\":1}", "{\"bill_to\":2}", "value /billTo: 1 -> 2\n");
    EXPECT("rename /billTo /bill_to", "{\"billTo\":1}", "{\"x\":0,\"bill\\u005fto\":1}", "extra /x: -> 0\n");
    EXPECT("rename /billTo /bill_to", "{\"billTo\":1}", "{\"billTo\":1}", "");
    EXPECT("rename /billTo /bill_to", "{\"billTo\":1}", "{}", "missing /billTo: 1 ->\n");
    EXPECT("rename /billTo /bill_to", "{}", "{\"bill_to\":1}", "extra /billTo: -> 1\n");
    /* Both names: neither is renamed. */
    EXPECT("rename /billTo /bill_to", "{\"billTo\":1}", "{\"bill_to\":1,\"billTo\":2}",
           "value /billTo: 1 -> 2\nextra /bill_to: -> 1\n");
    /* In whatever place the rule names, and below others that are renamed. */
    EXPECT("rename /a /b", "{\"x\":{\"a\":1}}", "{\"x\":{\"b\":1}}", "missing /x/a: 1 ->\nextra /x/b: -> 1\n");
    EXPECT("rename /**/a /**/b", "{\"x\":[{\"a\":{\"a\":1}}],\"a\":[]}", "{\"x\":[{\"b\":{\"b\":1}}],\"b\":[]}", "");
    EXPECT("rename /*/a /*/b\nrename /*/a/c /*/a/d", "[{\"a\":{\"c\":1},\"z\":[3]}]", "[{\"z\":[3],\"b\":{\"d\":2}}]",
           "value /0/a/c: 1 -> 2\n");
    EXPECT("rename /a~1\"\\~2 /b~0", "{\"a/\\\"\\\\*\":[{\"x\":1}],\"l\":{}}", "{\"b~\":[{\"x\":2}],\"l\":{}}",
           "value /a~1\"\\*/0/x: 1 -> 2\n");
    /* Other rules name what they mean as the primary does. */
    EXPECT("rename /a /b\nignore /a/t", "{\"a\":{\"t\":1,\"u\":1}}", "{\"b\":{\"t\":2,\"u\":1}}", "ruled out: 1\n");
    EXPECT("rename /a /b\nignore /b", "{\"a\":1}", "{\"b\":2}", "value /a: 1 -> 2\n");
    EXPECT("rename /l/*/id /l/*/key\nunordered /l by /id", "{\"l\":[{\"id\":1,\"v\":1},{\"id\":2,\"v\":1}]}",
           "{\"l\":[{\"key\":2,\"v\":1},{\"key\":1,\"v\":3}]}", "value /l/0/v: 1 -> 3\nruled out: 1\n");
    EXPECT("rename /*/a /*/b\nunordered ", "[{\"a\":1},{\"a\":2}]", "[{\"b\":2},{\"b\":1}]", "ruled out: 1\n");
    EXPECT("mode schema\nrename /*/a /*/b", "[{\"a\":1},{\"a\":2}]", "[{\"b\":2}]", "");
    EXPECT("mode subset\nrename /a /b", "{\"a\":1}", "{\"b\":1,\"c\":1}", "");
    EXPECT("rename /a /b\nredact /a", "{\"a\":1}", "{\"b\":2}", "value /a: [redacted] -> [redacted]\n");
    /* What is secret by either name is. */
    EXPECT("rename /word /password", "{\"word\":\"a\"}", "{\"password\":\"b\"}",
           "value /word: [redacted] -> [redacted]\n");
    EXPECT("rename /password /word", "{\"password\":\"a\"}", "{\"word\":\"b\"}",
           "value /password: [redacted] -> [redacted]\n");
}

/* The same instant in another form or zone; times within the rule's distance; and nothing else. */
static void
test_times(void **state)
{
    EXPECT("time /at", "{\"at\":\"2026-01-01T12:00:00Z\"}", "{\"at\":\"2026-01-01T13:00:00.000+01:00\"}",
           "ruled out: 1\n");
    EXPECT("time /at", "{\"at\":\"2026-01-01T12:00:00Z\"}", "{\"at\":1767268800000}", "ruled out: 1\n");
    EXPECT("time /at", "{\"at\":\"Thu, 01 Jan 2026 12:00:00 GMT\"}", "{\"at\":\"1767268800\"}", "ruled out: 1\n");
    EXPECT("time /at", "{\"at\":\"2026-01-01T12:00:00Z\"}", "{\"at\":\"2026-01-01T12:00:00.001Z\"}",
           "value /at: \"2026-01-01T12:00:00Z\" -> \"2026-01-01T12:00:00.001Z\"\n");
    EXPECT("time /at 1s", "{\"at\":\"2026-01-01T12:00:00Z\"}", "{\"at\":\"2026-01-01T12:00:01Z\"}", "ruled out: 1\n");
    EXPECT("time /at 1", "{\"at\":1767268800}", "{\"at\":1767268801}", "ruled out: 1\n");
    EXPECT("time /at 1s", "{\"at\":\"2026-01-01T12:00:00Z\"}", "{\"at\":\"2026-01-01T12:00:01.1Z\"}",
           "value /at: \"2026-01-01T12:00:00Z\" -> \"2026-01-01T12:00:01.1Z\"\n");
    EXPECT("time /at", "{\"at\":\"2026-02-29T00:00:00Z\"}", "{\"at\":\"2026-03-01T00:00:00Z\"}",
           "value /at: \"2026-02-29T00:00:00Z\" -> \"2026-03-01T00:00:00Z\"\n");
    EXPECT("time /at", "{\"at\":\"2026-01-01 12:00:00\"}", "{\"at\":\"2026-01-01T12:00:00\"}", "ruled out: 1\n");
    EXPECT("time /at", "{\"at\":\"2026-01-01T12:00:00\"}", "{\"at\":\"2026-01-01T12:00:00Z\"}",
           "value /at: \"2026-01-01T12:00:00\" -> \"2026-01-01T12:00:00Z\"\n");
    EXPECT("time /at", "{\"at\":null}", "{\"at\":0}", "type /at: null -> 0\n");
    EXPECT("time /at", "{\"at\":\"x\"}", "{\"at\":7}", "type /at: \"x\" -> 7\n");
    EXPECT("time /*/at\nunordered ", "[{\"at\":\"2026-01-01T12:00:00Z\"},{\"at\":5}]",
           "[{\"at\":5.0},{\"at\":\"2026-01-01T13:00:00+01:00\"}]", "ruled out: 2\n");
    EXPECT("time /*/at 1m\nunordered ", "[{\"at\":\"2026-01-01T12:01:00Z\"},{\"at\":\"2026-01-01T12:00:00Z\"}]",
           "[{\"at\":\"2026-01-01T12:00:30Z\"},{\"at\":\"2026-01-01T12:02:00Z\"}]", "ruled out: 3\n");
}

/* Long texts have no limit of their own; where it would take too much to say, nothing differs and that is said. */
static void
test_similar_texts_may_be_long(void **state)
{
    enum { LENGTH = 200000 };
    static char a[LENGTH + 3], b[LENGTH + 3];

    for (int kind = 0; kind < 4; kind++) {
        bool json = kind < 2, known = kind % 2 == 0;
        struct plx_rules *rules = plx_rules_new(NULL);
        struct plx_comparison c;
        for (unsigned i = 0; i < LENGTH; i++)
            a[i] = (char)('a' + i * 2654435761u / 65536 % 26);
        for (unsigned i = 0; i < LENGTH; i++)
            b[i] = known ? (i % 1000 ? a[i] : 'Z') : a[(i * 40503u + 77) % LENGTH];
        if (json)
            a[0] = b[0] = a[LENGTH - 1] = b[LENGTH - 1] = '"';
        struct plx_answer x = json_answer(plx_slice_make(a, LENGTH)), y = json_answer(plx_slice_make(b, LENGTH));
        if (!json)
            x.media_type = y.media_type = plx_slice_of("text/plain");
        assert_int_equal(rules_add_lines(rules, plx_slice_of(json ? "similar  70%" : "similar body 70%"), NULL),
                         PLX_OK);
        assert_int_equal(plx_compare(rules, &x, &y, NULL, arena, &c), known ? PLX_OK : PLX_E_TIMEOUT);
        if (known)
            assert_true(c.total == 0 && c.ruled_out == 1 && c.unexamined == 0);
        plx_rules_free(rules);
        plx_arena_reset(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subset_lets_the_candidate_add),
        cmocka_unit_test(test_schema_compares_shapes),
        cmocka_unit_test(test_tolerance),
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_match_gives_up_on_hostile_values),
        cmocka_unit_test(test_rules_end),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_similar_texts_may_be_long),
        cmocka_unit_test(test_renamed_members),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
