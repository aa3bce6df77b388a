/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are alike have one class, others have another; times are read right, and clocks may be a little apart. */
#include "forms/classes.h"
#include "forms/moment.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_times_are_read(void **state)
{
    static const struct {
        const char *shown;
        double ms, step_ms;
    } times[] = {
        {"\"1970-01-01T00:00:00Z\"", 0, 1000},
        {"\"2026-11-26T12:01:03.25Z\"", 1795694463250, 10},
        {"\"2026-11-26T14:01:03+02:00\"", 1795694463000, 1000},
        {"\"2026-11-26T06:31:03-0530\"", 1795694463000, 1000},
        {"\"20261126T120103Z\"", 1795694463000, 1000},
        {"\"2026-11-26 12:01\"", 1795694460000, 60000},
        {"\"2026-11-26\"", 1795651200000, 86400000},
        {"\"2024-02-29\"", 1709164800000, 86400000},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777000, 1000},
        {"1795694463", 1795694463000, 1000},
        {"1795694463250", 1795694463250, 1},
        {"\"1795694463250000\"", 1795694463250, .001},
        {"1795694463.5", 1795694463500, 100},
    };
    struct plx_moment moment;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_true(plx_moment_of(plx_slice_of(times[i].shown), &moment));
        if (fabs(moment.ms - times[i].ms) > 1e-3 || fabs(moment.step_ms / times[i].step_ms - 1) > 1e-9)
            fail_msg("%s: %f, step %f", times[i].shown, moment.ms, moment.step_ms);
    }
    assert_false(plx_moment_of(plx_slice_of("17"), &moment));
    assert_false(plx_moment_of(plx_slice_of("\"noon\""), &moment));
    assert_false(plx_moment_of(plx_slice_of(""), &moment));
}

static uint32_t class(const char *primary, const char *value, double latency_ms)
{
    uint64_t last = 0;

    return plx_class_of(plx_slice_of(primary), plx_slice_of(value), latency_ms, &last);
}

static void
test_values_of_an_enumeration_are_classes_of_their_own(void **state)
{
    static const char *const values[] = {"true", "false", "null", "\"open\"", "\"CLOSED\"", "\"in-transit\"", ""};

    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++)
            assert_int_equal(class("\"x y\"", values[i], 0) == class("true", values[j], 0), i == j);
}

static void
test_times_are_classed_by_their_distance(void **state)
{
    const char *now = "\"2026-11-26T12:01:03.000Z\"";

    assert_int_equal(class(now, "\"2026-11-26T12:01:03.005Z\"", 10), class(now, "\"2026-11-26T12:01:02.990Z\"", 10));
    assert_int_not_equal(class(now, "\"2026-11-26T13:01:03.005Z\"", 10),
                         class(now, "\"2026-11-26T12:01:03.005Z\"", 10));
    assert_int_not_equal(class(now, "\"2026-11-26T13:01:03Z\"", 10), class(now, "\"2026-11-26T11:01:03Z\"", 10));
    assert_int_equal(class(now, "\"2026-11-26T13:01:03.000Z\"", 10), class("1795694463000", "1795698063000", 10));
    assert_int_equal(class("1795694463", "1795694464", 50), class("1795694463", "1795694463", 50)); /* whole seconds */
    assert_int_not_equal(class("1795694463", "1795694471", 50), class("1795694463", "1795694463", 50));
}

#define NOW_MS 1795694463000.0 /* 2026-11-26T12:01:03Z */

static bool
is_same_time(const char *primary, const char *value, double late_ms)
{
    return plx_class_is_same_time(plx_slice_of(primary), plx_slice_of(value), late_ms, NOW_MS);
}

static void
test_clocks_may_be_as_far_apart_as_their_answers(void **state)
{
    assert_true(is_same_time("1795694463000", "1795694463200", 50));
    assert_false(is_same_time("1795694463000", "1795694463200", 49));
    assert_true(is_same_time("1795694463", "1795694464", 50));
    assert_false(is_same_time("1795694463", "1795694465", 50));
    assert_true(is_same_time("\"2026-11-26T12:01:03Z\"", "\"2026-11-26T12:01:04Z\"", 50));
    assert_true(is_same_time("\"2026-11-26 13:01:03.120\"", "\"2026-11-26 13:01:03.170\"", 50)); /* in Madrid */
    assert_true(is_same_time("\"2026-11-26T12:00Z\"", "\"2026-11-26T12:01Z\"", 50));
    assert_true(is_same_time("Thu, 26 Nov 2026 12:01:03 GMT", "Thu, 26 Nov 2026 12:01:04 GMT", 50));
    assert_false(is_same_time("\"a\"", "\"a\"", 50));
}

/* What was kept is no clock: a day, a minute or a second too late is a difference. */
static void
test_times_that_were_kept_are_no_clocks(void **state)
{
    assert_false(is_same_time("\"2026-11-26\"", "\"2026-11-27\"", 50));
    assert_false(is_same_time("\"2026-11-26\"", "\"2026-11-25\"", 50));
    assert_false(is_same_time("\"2019-03-01\"", "\"2019-02-28\"", 50));
    assert_false(is_same_time("\"2026-11-26T09:30Z\"", "\"2026-11-26T09:31Z\"", 50));
    assert_false(is_same_time("\"2019-03-01T10:00:00Z\"", "\"2019-03-01T10:00:01Z\"", 50));
    assert_false(is_same_time("\"2019-03-01T10:00:00.000Z\"", "\"2019-03-01T10:00:00.001Z\"", 50));
    assert_false(is_same_time("1551434400", "1551434401", 50));
    assert_false(is_same_time("\"2026-11-26T12:01:33Z\"", "\"2026-11-26T12:01:34Z\"", 50));
}

/* Another writing is for a rule to allow. */
static void
test_the_same_instant_in_another_writing_is_a_difference(void **state)
{
    assert_false(is_same_time("\"2026-11-26T12:01:03Z\"", "\"2026-11-26T13:01:03+01:00\"", 50));
    assert_false(is_same_time("\"2026-11-26T12:01:03Z\"", "1795694463", 50));
    assert_false(is_same_time("1795694463", "1795694463000", 50));
    assert_false(is_same_time("\"1795694463\"", "1795694463", 50));
    assert_false(is_same_time("\"2026-11-26T12:01:03Z\"", "\"2026-11-26 12:01:03Z\"", 50));
    assert_false(is_same_time("\"2026-11-26T12:01:03.000Z\"", "\"2026-11-26T12:01:03.000000Z\"", 50));
}

static void
test_numbers_and_text(void **state)
{
    uint64_t last = 0;
    struct plx_slice id = plx_slice_of("\"7f3a-91bc\""), other = plx_slice_of("\"00e1-44d0\"");
    uint32_t fresh = plx_class_of(other, id, 0, &last), again = plx_class_of(other, id, 0, &last);

    assert_int_not_equal(fresh, again);
    assert_int_equal(plx_class_of(id, other, 0, &last), fresh); /* another id of the same kind */
    assert_int_equal(class("100", "107", 0), class("5", "12", 0));
    assert_int_not_equal(class("100", "107", 0), class("100", "93", 0));
    assert_int_not_equal(class("100", "107", 0), class("100", "200", 0));
    assert_int_not_equal(class("\"a b\"", "\"1 2\"", 0), class("\"a b\"", "\"c d\"", 0));
    assert_int_not_equal(class("1", "1e400", 0), 0);
}

static void
test_classes_are_said(void **state)
{
    char text[PLX_CLASS_TEXT_MAX];

    plx_class_text(class("5", "12", 0), text);
    assert_string_equal(text, "more, by about 7");
    plx_class_text(class("5", "", 0), text);
    assert_string_equal(text, "missing");
    plx_class_text(class("1795694463", "1795698063", 0), text);
    assert_string_equal(text, "a later time");
    plx_class_text(UINT32_MAX, text);
    assert_string_equal(text, "another value");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_read),
        cmocka_unit_test(test_values_of_an_enumeration_are_classes_of_their_own),
        cmocka_unit_test(test_times_are_classed_by_their_distance),
        cmocka_unit_test(test_clocks_may_be_as_far_apart_as_their_answers),
        cmocka_unit_test(test_times_that_were_kept_are_no_clocks),
        cmocka_unit_test(test_the_same_instant_in_another_writing_is_a_difference),
        cmocka_unit_test(test_numbers_and_text),
        cmocka_unit_test(test_classes_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
