/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: which minutes they mean, over months, leap years and changes of time. */
#include "batch/reconcile/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static struct plx_schedule
schedule_of(const char *text)
{
    struct plx_schedule schedule = {0};
    const char *wrong = plx_schedule_read(plx_slice_of(text), &schedule);

    if (wrong)
        print_error("%s: %s\n", text, wrong);
    assert_null(wrong);
    assert_true(plx_schedule_is_set(&schedule));
    return schedule;
}

/* "2026-03-29 01:59 +0100" in seconds. */
static uint64_t
at(const char *text)
{
    struct tm tm = {0};
    char *end = strptime(text, "%Y-%m-%d %H:%M %z", &tm);
    long offset = tm.tm_gmtoff;

    assert_true(end && *end == '\0');
    return (uint64_t)(timegm(&tm) - offset) * 1000;
}

static void
expect_next(const char *cron, const char *now, const char *want)
{
    struct plx_schedule schedule = schedule_of(cron);
    uint64_t next = plx_schedule_next(&schedule, at(now));

    if (next != at(want))
        print_error("%s after %s: %llu s off\n", cron, now, (unsigned long long)(next - at(want)) / 1000);
    assert_true(next == at(want));
}

static void
set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void
test_the_next_minute_of_every_kind(void **state)
{
    set_zone("UTC");
    expect_next("0 0 * * *", "2026-01-31 00:00 +0000", "2026-02-01 00:00 +0000");
    expect_next("@daily", "2026-01-31 23:59 +0000", "2026-02-01 00:00 +0000");
    expect_next("*/15 * * * *", "2026-01-31 10:14 +0000", "2026-01-31 10:15 +0000");
    expect_next("*/15 * * * *", "2026-01-31 10:15 +0000", "2026-01-31 10:30 +0000");
    expect_next("5/20 * * * *", "2026-01-31 10:46 +0000", "2026-01-31 11:05 +0000");
    expect_next("30 8-18/5,22 * * *", "2026-01-31 13:30 +0000", "2026-01-31 18:30 +0000");
    expect_next("30 8-18/5,22 * * *", "2026-01-31 18:30 +0000", "2026-01-31 22:30 +0000");
    expect_next("0 12 29 feb *", "2026-01-01 00:00 +0000", "2028-02-29 12:00 +0000");
    expect_next("0 12 29 2 *", "2097-01-01 00:00 +0000", "2104-02-29 12:00 +0000");
    expect_next("0 9 * * mon-fri", "2026-01-30 09:00 +0000", "2026-02-02 09:00 +0000");
    expect_next("0 9 * * 7", "2026-01-30 09:00 +0000", "2026-02-01 09:00 +0000");
    expect_next("0 0 31 * *", "2026-01-31 00:00 +0000", "2026-03-31 00:00 +0000");
    expect_next("@Weekly", "2026-01-28 09:00 +0000", "2026-02-01 00:00 +0000");
    expect_next("@yearly", "2026-01-28 09:00 +0000", "2027-01-01 00:00 +0000");
}

/* crontab(5): where both days are restricted either is enough; a field that begins with a star is not. */
static void
test_either_day_is_enough_where_both_are_restricted(void **state)
{
    set_zone("UTC");
    expect_next("0 0 13 * fri", "2026-01-01 00:00 +0000", "2026-01-02 00:00 +0000");
    expect_next("0 0 13 * fri", "2026-01-09 00:00 +0000", "2026-01-13 00:00 +0000");
    expect_next("0 0 */2 * mon", "2026-01-01 00:00 +0000", "2026-01-05 00:00 +0000");
}

static void
test_what_a_change_to_summer_time_leaves_out_is_done_after_it(void **state)
{
    set_zone("Europe/Madrid"); /* 2026-03-29: 02:00 becomes 03:00 */
    expect_next("30 2 * * *", "2026-03-28 03:00 +0100", "2026-03-29 03:00 +0200");
    expect_next("30 2 * * *", "2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200");
    expect_next("30 3 * * *", "2026-03-29 01:59 +0100", "2026-03-29 03:30 +0200");
}

static void
test_what_a_change_back_brings_twice_is_done_once(void **state)
{
    set_zone("Europe/Madrid"); /* 2026-10-25: 03:00 becomes 02:00 */
    expect_next("30 2 * * *", "2026-10-25 01:00 +0200", "2026-10-25 02:30 +0200");
    expect_next("30 2 * * *", "2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100");
    expect_next("0 3 * * *", "2026-10-25 02:30 +0200", "2026-10-25 03:00 +0100");
}

static void
test_a_day_that_never_comes(void **state)
{
    struct plx_schedule schedule = schedule_of("0 0 30 2 *");

    set_zone("UTC");
    assert_true(plx_schedule_next(&schedule, at("2026-01-01 00:00 +0000")) == UINT64_MAX);
}

static void
test_an_interval_counts_from_now(void **state)
{
    const struct plx_schedule schedule = {.interval_ms = 900000};

    assert_int_equal(plx_schedule_next(&schedule, 1234), 901234);
}

static void
test_what_is_no_schedule(void **state)
{
    static const char *const wrong[] = {
        "",
        "*",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "1, * * * *",
        ",1 * * * *",
        "1-* * * * *",
        "a * * * *",
        "* * * foo *",
        "@nightly",
        "@reboot",
        "-1 * * * *",
        "1.5 * * * *",
        "*/ * * * *",
        "99999999999 * * * *",
        "* * jan * *",
        "1-2-3 * * * *",
        "** * * * *",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct plx_schedule schedule = {.interval_ms = 7};
        assert_non_null(plx_schedule_read(plx_slice_of(wrong[i]), &schedule));
        assert_int_equal(schedule.interval_ms, 7);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_next_minute_of_every_kind),
        cmocka_unit_test(test_either_day_is_enough_where_both_are_restricted),
        cmocka_unit_test(test_what_a_change_to_summer_time_leaves_out_is_done_after_it),
        cmocka_unit_test(test_what_a_change_back_brings_twice_is_done_once),
        cmocka_unit_test(test_a_day_that_never_comes),
        cmocka_unit_test(test_an_interval_counts_from_now),
        cmocka_unit_test(test_what_is_no_schedule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
