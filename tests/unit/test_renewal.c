/* SPDX-License-Identifier: Apache-2.0 */
/* What is new in each answer, what is a time of its own, and what is always so much later; and no fault among it. */
#include "evidence/count/renewal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS 1767323045678.0 /* 2026-01-02T03:04:05.678Z */

static void
look(struct plx_renewal *renewal, uint64_t target, const char *primary, const char *candidate)
{
    const struct plx_renewal_look look = {
        target, plx_slice_of(primary), plx_slice_of(candidate), NOW_MS, 20,
    };

    plx_renewal_note(renewal, &look);
}

static void
test_asked_again(void **state)
{
    struct plx_renewal renewal = {0};

    assert_false(plx_renewal_is_new(NULL));
    look(&renewal, 1, "\"a\"", "\"A\"");
    look(&renewal, 2, "\"b\"", "\"B\""); /* another target is no evidence */
    look(&renewal, 3, "\"c\"", "\"C\"");
    look(&renewal, 4, "\"d\"", "\"D\"");
    assert_false(plx_renewal_is_new(&renewal));
    look(&renewal, 1, "\"e\"", "\"E\"");
    look(&renewal, 2, "\"f\"", "\"F\"");
    assert_false(plx_renewal_is_new(&renewal)); /* twice is little */
    look(&renewal, 1, "\"g\"", "\"G\"");
    assert_true(plx_renewal_is_new(&renewal));
}

/* The id of a thing: the same each time, and the candidate's is wrong. */
static void
test_what_stays_is_not_new(void **state)
{
    struct plx_renewal renewal = {0};
    char other[16];

    for (int i = 0; i < 30; i++) {
        snprintf(other, sizeof(other), "\"%d\"", i);
        look(&renewal, (uint64_t)(i % 3), "\"same\"", other);
    }
    assert_int_equal(renewal.again, 27);
    assert_int_equal(renewal.renewed, 0);
    assert_false(plx_renewal_is_new(&renewal));
}

static void
test_what_changes_now_and_then_is_not_new(void **state)
{
    struct plx_renewal renewal = {0};
    char value[16];

    for (int i = 0; i < 100; i++) {
        snprintf(value, sizeof(value), "\"%d\"", i / 2);
        look(&renewal, 1, value, "\"x\"");
    }
    assert_false(plx_renewal_is_new(&renewal));
}

static void
test_the_time_of_the_exchange(void **state)
{
    struct plx_renewal renewal = {0};

    look(&renewal, 1, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:06Z\"");
    assert_true(plx_renewal_is_new(&renewal));
    look(&renewal, 2, "1767323045", "1767323046");
    assert_true(plx_renewal_is_new(&renewal));
    look(&renewal, 3, "\"2026-01-02\"", "\"2026-01-02\"");
    assert_true(plx_renewal_is_new(&renewal));
    look(&renewal, 4, "\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:05:06Z\""); /* one side's alone */
    assert_false(plx_renewal_is_new(&renewal));
}

static void
expect_hint(const char *primary, const char *candidate, const char *want)
{
    struct plx_renewal renewal = {0};
    char text[PLX_RENEWAL_HINT_MAX] = "";

    for (int i = 0; i < 5; i++)
        look(&renewal, (uint64_t)i, primary, candidate);
    assert_int_equal(plx_renewal_hint(&renewal, text), want != NULL);
    if (want)
        assert_string_equal(text, want);
    if (want)
        assert_false(plx_renewal_is_new(&renewal));
}

static void
test_a_constant_offset_is_told_as_one(void **state)
{
    expect_hint("\"2026-01-02T03:04:05Z\"", "\"2026-01-02T04:04:05Z\"", "always 1 h later: a time zone?");
    expect_hint("\"2026-01-02T03:04:05Z\"", "\"2026-01-01T21:34:05Z\"", "always 5.5 h earlier: a time zone?");
    expect_hint("\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:05:05Z\"", "always 1 min later");
    expect_hint("\"2026-01-02T03:04:05Z\"", "\"2026-01-04T03:04:05Z\"", "always 2 days later");
    expect_hint("1767323045", "1767323057", "always 12 s later");
    expect_hint("\"2026-01-02T03:04:05Z\"", "\"2026-01-02T03:04:07Z\"", NULL); /* as clocks do */
    expect_hint("\"a\"", "\"b\"", NULL);
}

/* An expiry is new in each answer; one that is always an hour later is a fault all the same. */
static void
test_an_offset_goes_before_what_is_new(void **state)
{
    struct plx_renewal renewal = {0};
    char primary[32], candidate[32];

    for (int i = 0; i < 20; i++) {
        snprintf(primary, sizeof(primary), "\"2026-01-02T05:04:%02dZ\"", i);
        snprintf(candidate, sizeof(candidate), "\"2026-01-02T06:04:%02dZ\"", i + (i & 1));
        look(&renewal, 1, primary, candidate);
    }
    assert_int_equal(renewal.renewed, 19);
    assert_false(plx_renewal_is_new(&renewal));
    look(&renewal, 1, "\"2026-01-02T05:05:00Z\"", "\"2026-01-02T07:05:00Z\"");
    assert_true(plx_renewal_is_new(&renewal));
}

static void
test_looks_of_several_workers_add_up(void **state)
{
    struct plx_renewal all = {0};
    char value[16];

    for (int i = 0; i < 4; i++) {
        struct plx_renewal part = {0};
        snprintf(value, sizeof(value), "\"%d\"", i);
        look(&part, 1, value, "\"x\"");
        plx_renewal_merge(&all, &part);
    }
    assert_int_equal(all.looked, 4);
    assert_int_equal(all.again, 3);
    assert_true(plx_renewal_is_new(&all));
}

/* 1000 targets in turns: the memory is short, and nothing is said. */
static void
test_the_memory_is_bounded(void **state)
{
    struct plx_renewal renewal = {0};

    for (int i = 0; i < 3000; i++)
        look(&renewal, (uint64_t)(i % 1000), "\"a\"", "\"b\"");
    assert_int_equal(renewal.seen_count, PLX_RENEWAL_TARGETS);
    assert_int_equal(renewal.again, 0);
    assert_false(plx_renewal_is_new(&renewal));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asked_again),
        cmocka_unit_test(test_what_stays_is_not_new),
        cmocka_unit_test(test_what_changes_now_and_then_is_not_new),
        cmocka_unit_test(test_the_time_of_the_exchange),
        cmocka_unit_test(test_a_constant_offset_is_told_as_one),
        cmocka_unit_test(test_an_offset_goes_before_what_is_new),
        cmocka_unit_test(test_looks_of_several_workers_add_up),
        cmocka_unit_test(test_the_memory_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
