/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison says which rules excused what: each by its position, with how often, and the first of its differences.
 */
#include "compare_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct plx_arena *arena;

static int
setup(void **state)
{
    arena = plx_arena_new(NULL);
    return arena == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(arena);
    return 0;
}

static void
write_excuses(const struct plx_comparison *comparison, struct plx_buffer *out)
{
    for (size_t i = 0; i < comparison->excuse_count; i++) {
        const struct plx_excuse *e = &comparison->excuses[i];
        plx_buffer_format(out, "%u: %llu, %.*s: %.*s -> %.*s\n", e->rule, (unsigned long long)e->count,
                          (int)e->field.len, e->field.ptr, (int)e->primary.len, e->primary.ptr, (int)e->candidate.len,
                          e->candidate.ptr);
    }
}

/* One excuse a line: "RULE: COUNT, FIELD: PRIMARY -> CANDIDATE". */
static void
expect_excuses(const char *lines, struct plx_answer a, struct plx_answer b, const char *want)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;
    struct plx_buffer out;
    uint64_t sum = 0;

    plx_buffer_init(&out, 64u << 10);
    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_OK);
    write_excuses(&comparison, &out);
    plx_buffer_byte(&out, '\0');
    kit_without_digits(out.ptr, out.len);
    assert_string_equal(out.ptr, want);
    for (size_t i = 0; i < comparison.excuse_count; i++)
        sum += comparison.excuses[i].count;
    assert_int_equal(sum, comparison.ruled_out);
    plx_buffer_fini(&out);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

static void
expect_json(const char *lines, const char *a, const char *b, const char *want)
{
    expect_excuses(lines, json_answer(plx_slice_of(a)), json_answer(plx_slice_of(b)), want);
}

static void
test_each_rule_says_what_it_excused(void **state)
{
    expect_json("ignore /a\nignore /b", "{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}", "0: 1, /a: 1 -> 2\n");
    expect_json("ignore /nope\nignore /*/at", "[{\"at\":1},{\"at\":2}]", "[{\"at\":3},{\"at\":4}]",
                "1: 2, /*/at: 1 -> 3\n");
    expect_json("tolerance /t 1\nmatch /m [a-z]+\nsimilar /s 50%", "{\"t\":1,\"m\":\"a\",\"s\":\"abcd\"}",
                "{\"t\":2,\"m\":\"b\",\"s\":\"abce\"}",
                "0: 1, /t: 1 -> 2\n1: 1, /m: \"a\" -> \"b\"\n2: 1, /s: \"abcd\" -> \"abce\"\n");
    expect_json("unordered /u", "{\"u\":[1,2]}", "{\"u\":[2,1]}", "0: 1, /u: [1,2] -> [2,1]\n");
    expect_json("ignore /a", "{\"a\":1}", "{}", "0: 1, /a: 1 -> \n");
    expect_json("ignore /a", "{\"a\":1,\"x\":1}", "{\"a\":2,\"x\":2}", "0: 1, /a: 1 -> 2\n"); /* beside a mismatch */
    expect_json("ignore /a", "{\"a\":1}", "{\"a\":1}", "");
    expect_json("mode schema\nignore /a", "{\"a\":1}", "{\"a\":\"1\"}", "0: 1, /a: 1 -> \"1\"\n");
}

static void
test_of_several_rules_the_last_one_excuses(void **state)
{
    expect_json("ignore /a\nignore /*", "{\"a\":1}", "{\"a\":2}", "1: 1, /a: 1 -> 2\n");
    /* Below an ignored place it is that one, whatever else names the place. */
    expect_json("ignore /a\ntolerance /a/t 5\nignore /a/t", "{\"a\":{\"t\":1}}", "{\"a\":{\"t\":2}}",
                "0: 1, /a/t: 1 -> 2\n");
}

/* Elements are tried with one another to be paired: what is excused meanwhile counts once, where they are paired. */
static void
test_trials_count_nothing(void **state)
{
    expect_json("unordered /u\ntolerance /u/*/t 1", "{\"u\":[{\"i\":1,\"t\":10},{\"i\":2,\"t\":20}]}",
                "{\"u\":[{\"i\":2,\"t\":21},{\"i\":1,\"t\":11}]}",
                "0: 1, /u: [{\"i\":1,\"t\":10},{\"i\":2,\"t\":20}] -> [{\"i\":2,\"t\":21},{\"i\":1,\"t\":11}]\n"
                "1: 2, /u/*/t: 10 -> 11\n");
}

static void
test_what_is_no_pointer(void **state)
{
    static const struct plx_header ones[] = {{{"X-A", 3}, {"1", 1}}, {{"Set-Cookie", 10}, {"s=1; Path=/", 11}}};
    static const struct plx_header twos[] = {{{"X-A", 3}, {"2", 1}}, {{"Set-Cookie", 10}, {"s=2; Path=/x", 12}}};
    struct plx_answer a = json_answer(plx_slice_of("{\"a\":1}")), b = json_answer(plx_slice_of("{\"a\":2}"));

    a.status = 200, b.status = 201;
    a.headers = ones, b.headers = twos;
    a.header_count = b.header_count = 2;
    expect_excuses("headers all\nignore_header X-A\nignore_header Set-Cookie/s/Path\nignore_header Set-Cookie/s\n"
                   "ignore status\nignore body",
                   a, b,
                   "3: 1, status: 200 -> 201\n0: 1, header:X-A: 1 -> 2\n"
                   "2: 2, header:Set-Cookie/s: [redacted] -> [redacted]\n4: 1, body:  -> \n");
    a = (struct plx_answer){
        .body = plx_slice_of("one text"), .body_length = 8, .media_type = plx_slice_of("text/plain")};
    b = a;
    b.body = plx_slice_of("one tent");
    expect_excuses("similar body 80%", a, b, "0: 1, body: one text -> one tent\n");
    expect_excuses("similar body 80%\nredact body", a, b, "0: 1, body: [redacted] -> [redacted]\n");
}

static void
test_what_is_redacted_is_not_shown(void **state)
{
    expect_json("tolerance /t 1\nredact /t", "{\"t\":1}", "{\"t\":2}", "0: 1, /t: [redacted] -> [redacted]\n");
    expect_json("ignore /a\nredact /a/t", "{\"a\":{\"t\":1}}", "{\"a\":{\"t\":2}}",
                "0: 1, /a/t: [redacted] -> [redacted]\n");
}

/* 40 rules excuse something: all of it is in the sum, 32 of them say what. */
static void
test_rules_that_are_told_are_bounded(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;
    struct plx_buffer a, b;
    char field[16];

    plx_buffer_init(&a, 1u << 12);
    plx_buffer_init(&b, 1u << 12);
    for (int i = 0; i < 40; i++) {
        snprintf(field, sizeof(field), "/f%d", i);
        assert_int_equal(plx_rules_ignore(rules, plx_slice_of(field), NULL), PLX_OK);
        plx_buffer_format(&a, "%s\"f%d\":1", i ? "," : "{", i);
        plx_buffer_format(&b, "%s\"f%d\":2", i ? "," : "{", i);
    }
    plx_buffer_byte(&a, '}');
    plx_buffer_byte(&b, '}');
    struct plx_answer x = json_answer(plx_buffer_slice(&a)), y = json_answer(plx_buffer_slice(&b));
    assert_int_equal(plx_compare(rules, &x, &y, NULL, arena, &comparison), PLX_OK);
    assert_int_equal(comparison.ruled_out, 40);
    assert_int_equal(comparison.excuse_count, 32);
    plx_buffer_fini(&a);
    plx_buffer_fini(&b);
    plx_rules_free(rules);
    plx_arena_reset(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule_says_what_it_excused),
        cmocka_unit_test(test_of_several_rules_the_last_one_excuses),
        cmocka_unit_test(test_trials_count_nothing),
        cmocka_unit_test(test_what_is_no_pointer),
        cmocka_unit_test(test_what_is_redacted_is_not_shown),
        cmocka_unit_test(test_rules_that_are_told_are_bounded),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
