/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern matches the places it names and those below, and a rule that can't be meant is refused with what would
 * mend it; the rules are then as before. */
#include "base/arena.h"
#include "compare/compiled.h"
#include "compare/redact.h"
#include "compare_kit.h"
#include "memory_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct plx_arena *arena;

static bool
ignores(const struct plx_rules *rules, const char *primary, const char *candidate)
{
    struct plx_answer a = json_answer(plx_slice_of(primary)), b = json_answer(plx_slice_of(candidate));
    struct plx_comparison comparison;

    assert_int_equal(plx_compare(rules, &a, &b, NULL, arena, &comparison), PLX_OK);
    assert_int_equal(comparison.total + comparison.ruled_out, 1);
    return comparison.ruled_out == 1;
}

static void
test_patterns_match_what_they_name(void **state)
{
    static const struct {
        const char *pattern, *primary, *candidate;
        bool ignored;
    } cases[] = {
        {"", "1", "2", true},
        {"/a", "{\"a\":1}", "{\"a\":2}", true},
        {"/a", "{\"b\":1}", "{\"b\":2}", false},
        {"/a", "{\"ab\":1}", "{\"ab\":2}", false},
        {"/ab", "{\"a\":1}", "{\"a\":2}", false},
        {"/a", "{\"b\":{\"a\":1}}", "{\"b\":{\"a\":2}}", false},
        {"/a", "{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":[2]}}", true},
        {"/a", "{\"\\u0061\":1}", "{\"a\":2}", true},
        {"/a/b", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", true},
        {"/a/b", "{\"a\":1}", "{\"a\":2}", false},
        {"/a/b", "{\"a\":{\"b\":1}}", "{\"a\":{}}", true},
        {"/a/b", "{\"a\":{}}", "{\"a\":{\"b\":1}}", true},
        {"/a/b", "{\"a\":{\"b\":1}}", "{}", false},
        {"/", "{\"\":1}", "{\"\":2}", true},
        {"/", "{\"a\":1}", "{\"a\":2}", false},
        {"//", "{\"\":{\"\":1}}", "{\"\":{\"\":2}}", true},
        {"/0", "[1]", "[2]", true},
        {"/0", "{\"0\":1}", "{\"0\":2}", true},
        {"/1", "[1]", "[2]", false},
        {"/00", "[1]", "[2]", false},
        {"/1", "[1,2]", "[1]", true},
        {"/*", "{\"a\":1}", "{\"a\":2}", true},
        {"/*", "[1]", "[2]", true},
        {"/*", "1", "2", false},
        {"/*/id", "[{\"id\":1}]", "[{\"id\":2}]", true},
        {"/*/id", "{\"id\":1}", "{\"id\":2}", false},
        {"/*/*/id", "[{\"id\":1}]", "[{\"id\":2}]", false},
        {"/a/*", "{\"a\":1}", "{\"a\":2}", false},
        {"/a/*", "{\"a\":{\"b\":{\"c\":1}}}", "{\"a\":{\"b\":{\"c\":2}}}", true},
        {"/**", "1", "2", true},
        {"/**/id", "{\"id\":1}", "{\"id\":2}", true},
        {"/**/id", "{\"a\":[{\"b\":{\"id\":1}}]}", "{\"a\":[{\"b\":{\"id\":2}}]}", true},
        {"/**/id", "{\"a\":[{\"b\":{\"id\":[1]}}]}", "{\"a\":[{\"b\":{\"id\":[2]}}]}", true},
        {"/**/id", "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}", false},
        {"/a/**/z", "{\"a\":{\"z\":1}}", "{\"a\":{\"z\":2}}", true},
        {"/a/**/z", "{\"a\":{\"b\":{\"c\":{\"z\":1}}}}", "{\"a\":{\"b\":{\"c\":{\"z\":2}}}}", true},
        {"/a/**/z", "{\"b\":{\"z\":1}}", "{\"b\":{\"z\":2}}", false},
        {"/a/**", "{\"a\":1}", "{\"a\":2}", true},
        {"/a/**", "{\"b\":1}", "{\"b\":2}", false},
        {"/**/a/**/b", "{\"x\":{\"a\":{\"y\":{\"b\":1}}}}", "{\"x\":{\"a\":{\"y\":{\"b\":2}}}}", true},
        {"/**/a/**/b", "{\"x\":{\"b\":{\"y\":{\"a\":1}}}}", "{\"x\":{\"b\":{\"y\":{\"a\":2}}}}", false},
        {"/**/**/x", "{\"x\":1}", "{\"x\":2}", true},
        {"/**/a/*/a", "{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":{\"a\":{\"a\":2}}}", true},
        {"/**/a/*/a", "{\"a\":{\"a\":1}}", "{\"a\":{\"a\":2}}", false},
        {"/~2", "{\"*\":1}", "{\"*\":2}", true},
        {"/~2", "{\"a\":1}", "{\"a\":2}", false},
        {"/~2~2", "{\"**\":1}", "{\"**\":2}", true},
        {"/a~2b", "{\"a*b\":1}", "{\"a*b\":2}", true},
        {"/a~1b", "{\"a/b\":1}", "{\"a/b\":2}", true},
        {"/a~0b", "{\"a~b\":1}", "{\"a~b\":2}", true},
        {"/~01", "{\"~1\":1}", "{\"~1\":2}", true},
        {"/~02", "{\"~2\":1}", "{\"~2\":2}", true},
        {"/\xC3\xA9", "{\"\\u00e9\":1}", "{\"\\u00E9\":2}", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_rules *rules = plx_rules_new(NULL);
        assert_int_equal(plx_rules_ignore(rules, plx_slice_of(cases[i].pattern), NULL), PLX_OK);
        if (ignores(rules, cases[i].primary, cases[i].candidate) != cases[i].ignored)
            fail_msg("%s and %s -> %s", cases[i].pattern, cases[i].primary, cases[i].candidate);
        plx_rules_free(rules);
    }
}

static void
test_patterns_do_not_disturb_one_another(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);

    assert_int_equal(rules_add_lines(rules, plx_slice_of("ignore /a/b\nredact /x\nignore /**/id\nignore /c"), NULL),
                     PLX_OK);
    assert_true(ignores(rules, "{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2}}"));
    assert_true(ignores(rules, "{\"q\":{\"id\":1}}", "{\"q\":{\"id\":2}}"));
    assert_true(ignores(rules, "{\"c\":1}", "{\"c\":2}"));
    assert_false(ignores(rules, "{\"x\":1}", "{\"x\":2}"));
    assert_false(ignores(rules, "{\"a\":1}", "{\"a\":2}"));
    assert_false(ignores(rules, "{\"b\":1}", "{\"b\":2}"));
    plx_rules_free(rules);
}

static void
test_what_cannot_be_meant_is_refused_with_a_mend(void **state)
{
    static const struct {
        const char *line, *mend;
    } cases[] = {
        {"ignore a/b", "write /a/b"},
        {"ignore headers", "write /headers"},
        {"ignore /a*", "write ~2"},
        {"ignore /a/***", "write ~2"},
        {"ignore /a~", "~0 for a ~"},
        {"ignore /a~3", "~1 for a /"},
        {"ignore /~/a", "~2 for a star"},
        {"ignore /a/b/c~9/d", "must be followed by"},
        {"redact a", "write /a"},
        {"redact status", "\"body\": write /status"},
        {"header ", "no header name"},
        {"header a b", "no header name"},
        {"header X:", "no header name"},
        {"ignore_header \xC3\xA9", "no header name"},
        {"ignore_header X-A/b", "only the header Set-Cookie"},
        {"ignore_header Set-Cookie/", "a cookie's name"},
        {"ignore_header Set-Cookie/a/", "an attribute"},
        {"tolerance /a x", "a number"},
        {"tolerance /a -1", "a number"},
        {"tolerance /a 1%%", "1%"},
        {"tolerance /a 1234567890123456789", "at most 18 digits"},
        {"tolerance a 1", "write /a"},
        {"tolerance body 1", "write /body"},
        {"match /a [", "at character 2"},
        {"match /a a\\", "has a fault"},
        {"match body a", "write /body"},
        {"similar /a 101%", "0% to 100%"},
        {"similar /a 0.5", "a percentage"},
        {"similar status 1%", "or is \"body\""},
        {"unordered /a by b", "write /b"},
        {"unordered /a by /b~2", "~0 for a ~"},
        {"unordered /a by /1 /2 /3 /4 /5 /6 /7 /8 /9", "more than 8"},
    };
    struct plx_rules *rules = plx_rules_new(NULL);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plx_rule_error error = {""};
        enum plx_status status = rules_add_line(rules, plx_slice_of(cases[i].line), &error);
        assert_true(status == PLX_E_ARGUMENT || status == PLX_E_LIMIT);
        if (!strstr(error.text, cases[i].mend))
            fail_msg("%s: %s", cases[i].line, error.text);
        assert_int_equal(rules_add_line(rules, plx_slice_of(cases[i].line), NULL), status);
    }
    assert_int_equal(rules->step_count, 0);
    assert_int_equal(rules->compared.count + plx_rules_count(rules), 0);
    assert_false(plx_rules_redacts(rules));
    plx_rules_free(rules);
}

static void
test_rules_end_at_their_limits(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_rule_error error;
    char name[32];
    size_t count = 0;

    /* Two steps each: a name and an end. */
    for (;; count++) {
        snprintf(name, sizeof(name), "/n%zu", count);
        enum plx_status status = plx_rules_ignore(rules, plx_slice_of(name), &error);
        if (status != PLX_OK) {
            assert_int_equal(status, PLX_E_LIMIT);
            break;
        }
    }
    assert_int_equal(count, PLX_RULES_STEPS_MAX / 2);
    assert_non_null(strstr(error.text, "use * and **"));
    assert_true(ignores(rules, "{\"n0\":1}", "{\"n0\":2}"));
    assert_true(ignores(rules, "{\"n511\":1}", "{\"n511\":2}"));
    assert_false(ignores(rules, "{\"n512\":1}", "{\"n512\":2}"));
    for (count = 0; count < PLX_RULES_HEADERS_MAX; count++) {
        snprintf(name, sizeof(name), "h%zu", count);
        assert_int_equal(plx_rules_compare_header(rules, plx_slice_of(name), &error), PLX_OK);
        assert_int_equal(plx_rules_compare_header(rules, plx_slice_of(name), &error), PLX_OK); /* once is enough */
    }
    assert_int_equal(plx_rules_compare_header(rules, plx_slice_of("one-more"), &error), PLX_E_LIMIT);
    assert_non_null(strstr(error.text, "leave some out"));
    assert_int_equal(plx_rules_ignore_header(rules, plx_slice_of("one-more"), &error), PLX_OK);
    plx_rules_free(rules);
    plx_rules_free(NULL);
}

static const char all_lines[] =
    "mode subset\nignore status\nignore /a/*/b~2\nignore /**/id\nredact /card/number\nredact body\n"
    "tolerance /total 1%\nmatch /ref PAY-[0-9]+\nsimilar /text 90%\nunordered /items by /a /b\n"
    "header X-One\nheader X-Two\nheaders all\nignore_header X-Three\nignore_header Set-Cookie/session/Expires";

static void
test_a_copy_is_the_same_and_its_own(void **state)
{
    struct plx_rules *rules = plx_rules_new(NULL);

    assert_int_equal(rules_add_lines(rules, plx_slice_of(all_lines), NULL), PLX_OK);
    struct plx_rules *copy = plx_rules_copy(rules);
    plx_rules_free(rules);
    assert_true(copy->redact_body && copy->all_headers);
    assert_int_equal(copy->mode, PLX_MODE_SUBSET);
    assert_int_equal(copy->compared.count, 2);
    assert_int_equal(copy->redact_count, 1);
    assert_int_equal(plx_rules_count(copy), 11);
    assert_non_null(plx_rules_find(copy, PLX_RULE_IGNORE, plx_slice_of("status"), 0));
    assert_non_null(plx_rules_find(copy, PLX_RULE_IGNORE_HEADER, plx_slice_of("X-Three"), 0));
    const struct plx_rule *unordered = plx_rules_at(copy, 8);
    assert_int_equal(unordered->kind, PLX_RULE_UNORDERED);
    assert_int_equal(unordered->by_count, 2);
    assert_true(plx_slice_equal(unordered->by[1], plx_slice_of("/b")));
    assert_int_equal(plx_rules_ignore(copy, plx_slice_of("/more"), NULL), PLX_OK);
    assert_true(ignores(copy, "{\"a\":[{\"b*\":1}]}", "{\"a\":[{\"b*\":2}]}"));
    assert_true(ignores(copy, "{\"more\":1}", "{\"more\":2}"));
    assert_false(ignores(copy, "{\"other\":1}", "{\"other\":2}"));
    plx_rules_free(copy);
    struct plx_rules *empty = plx_rules_new(NULL), *empty_copy = plx_rules_copy(empty);
    assert_false(ignores(empty_copy, "1", "2"));
    plx_rules_free(empty);
    plx_rules_free(empty_copy);
}

static bool
try_all_rules(struct counter *counter)
{
    const struct plx_allocator allocator = counting(counter);
    struct plx_rules *rules = plx_rules_new(&allocator), *copy = NULL;
    enum plx_status status = rules ? rules_add_lines(rules, plx_slice_of(all_lines), NULL) : PLX_E_MEMORY;

    if (status == PLX_OK)
        copy = plx_rules_copy(rules);
    else
        assert_int_equal(status, PLX_E_MEMORY);
    bool whole = copy != NULL;
    plx_rules_free(copy);
    plx_rules_free(rules);
    return whole;
}

static void
test_without_memory_nothing_leaks(void **state)
{
    size_t fail_from = 0;
    bool whole;

    do {
        struct counter counter = {.fail_from = ++fail_from};
        whole = try_all_rules(&counter);
        assert_int_equal(counter.held, 0);
    } while (!whole);
    assert_true(fail_from > 10);
}

static void
test_without_memory_the_rules_are_unchanged(void **state)
{
    struct counter counter = {0};
    const struct plx_allocator allocator = counting(&counter);
    struct plx_rules *rules = plx_rules_new(&allocator);

    assert_int_equal(plx_rules_ignore(rules, plx_slice_of("/a"), NULL), PLX_OK);
    for (size_t nth = 1;; nth++) {
        counter.calls = 0;
        counter.fail_from = nth;
        enum plx_status status = plx_rules_ignore(rules, plx_slice_of("/b/c~1/**/e/f/g/h/i/j/k/l/m/n/o/p/q/r"), NULL);
        counter.fail_from = 0;
        if (status == PLX_OK)
            break;
        assert_int_equal(status, PLX_E_MEMORY);
        assert_int_equal(rules->step_count, 2);
        assert_true(ignores(rules, "{\"a\":1}", "{\"a\":2}"));
        assert_false(ignores(rules, "{\"b\":1}", "{\"b\":2}"));
    }
    plx_rules_free(rules);
    assert_int_equal(counter.held, 0);
}

/* ---- bodies as they may be stored ---- */

static void
expect_stored(const char *lines, const char *body, const char *want)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_buffer out;

    plx_buffer_init(&out, 1 << 20);
    assert_int_equal(rules_add_lines(rules, plx_slice_of(lines), NULL), PLX_OK);
    enum plx_status status =
        plx_rules_write_redacted(rules, plx_slice_of(body), PLX_SECRET_ANY_TEXT, SIZE_MAX, arena, &out);
    out.len = kit_without_digits(out.ptr, out.len);
    if (want) {
        assert_int_equal(status, PLX_OK);
        if (!plx_slice_equal(plx_buffer_slice(&out), plx_slice_of(want)))
            fail_msg("%s, %s: %.*s", lines, body, (int)out.len, out.ptr);
    } else {
        assert_true(status < PLX_OK);
        assert_int_equal(out.len, 0);
    }
    plx_buffer_fini(&out);
    plx_rules_free(rules);
}

static void
test_stored_bodies_are_redacted_and_otherwise_untouched(void **state)
{
    expect_stored("", " not JSON ", " not JSON ");
    expect_stored("redact /a", " not JSON ", NULL);
    expect_stored("redact /a/c\nrename /a /b\nrename /a/c /a/d", "[1]", "[1]");
    expect_stored("redact /a/c\nrename /a /b\nrename /a/c /a/d", "{\"b\":{\"d\":1,\"e\":2}}",
                  "{\"b\":{\"d\":\"[redacted]\",\"e\":2}}");
    expect_stored("redact /a", "{\"a\":1", NULL);
    expect_stored("redact body", "secret", "\"[redacted]\"");
    expect_stored("redact body", "", "");
    expect_stored("ignore /a", "{\"a\":1}", "{\"a\":1}");
    expect_stored("redact /a", " { \"b\" : 1.0 , \"a\" : \"x\\\"y\" , \"c\" : [ ] } ",
                  " { \"b\" : 1.0 , \"a\" : \"[redacted]\" , \"c\" : [ ] } ");
    expect_stored("redact /a", "{\"a\":{\"b\":[1,{}]},\"c\":2}", "{\"a\":\"[redacted]\",\"c\":2}");
    expect_stored("redact /a", "{\"a\":1,\"a\":2}", "{\"a\":\"[redacted]\",\"a\":\"[redacted]\"}");
    expect_stored("redact /**/pin", "[{\"pin\":1},{\"x\":[{\"\\u0070in\":[[]]}]}]",
                  "[{\"pin\":\"[redacted]\"},{\"x\":[{\"\\u0070in\":\"[redacted]\"}]}]");
    expect_stored("redact /*/1", "[[1,2],[3,4],5]", "[[1,\"[redacted]\"],[3,\"[redacted]\"],5]");
    expect_stored("redact ", "{\"a\":1}", "\"[redacted]\"");
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
        cmocka_unit_test(test_patterns_match_what_they_name),
        cmocka_unit_test(test_patterns_do_not_disturb_one_another),
        cmocka_unit_test(test_what_cannot_be_meant_is_refused_with_a_mend),
        cmocka_unit_test(test_rules_end_at_their_limits),
        cmocka_unit_test(test_a_copy_is_the_same_and_its_own),
        cmocka_unit_test(test_without_memory_nothing_leaks),
        cmocka_unit_test(test_without_memory_the_rules_are_unchanged),
        cmocka_unit_test(test_stored_bodies_are_redacted_and_otherwise_untouched),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
