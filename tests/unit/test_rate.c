/* SPDX-License-Identifier: Apache-2.0 */
/* The present rate: known only after a while, the same however counts come in, and forgotten when nothing comes. */
#include "evidence/count/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEGIN 1767323045678u

/* So many every so many milliseconds, for so long. Returns when the last came. */
static uint64_t
feed(struct plx_rate *rate, uint64_t from_ms, uint64_t count, uint64_t every_ms, uint64_t for_ms)
{
    uint64_t at = from_ms;

    for (; at <= from_ms + for_ms; at += every_ms)
        plx_rate_add(rate, count, at);
    return at - every_ms;
}

static void
test_nothing_is_said_before_a_while_has_passed(void **state)
{
    struct plx_rate rate = {0};
    uint64_t last;

    assert_true(plx_rate_per_second(&rate, BEGIN) == 0);
    plx_rate_add(&rate, 1000, BEGIN); /* they may have come in any time before */
    assert_true(plx_rate_per_second(&rate, BEGIN) == 0);
    last = feed(&rate, BEGIN, 10, 200, PLX_RATE_LEAST_MS - 200);
    assert_true(plx_rate_per_second(&rate, last) == 0);
    plx_rate_add(&rate, 10, last + 200);
    assert_float_equal(plx_rate_per_second(&rate, last + 200), 50, 0.1 + 10.0 / 5);
}

static void
test_it_is_the_same_however_long_it_lasts_and_however_it_is_cut(void **state)
{
    static const uint64_t everys[] = {7, 200, 1000, 15000};

    for (size_t i = 0; i < sizeof(everys) / sizeof(everys[0]); i++)
        for (uint64_t length = 30000; length < 400000; length += 17000) {
            struct plx_rate rate = {0};
            uint64_t last = feed(&rate, BEGIN, everys[i], everys[i], length);

            assert_float_equal(plx_rate_per_second(&rate, last), 1000, 1000 * 0.06);
        }
}

static void
test_a_change_is_known_within_two_windows_and_silence_too(void **state)
{
    struct plx_rate rate = {0};
    uint64_t last = feed(&rate, BEGIN, 100, 1000, 600000);

    last = feed(&rate, last + 1000, 3, 1000, 2 * PLX_RATE_WINDOW_MS + 1000);
    assert_float_equal(plx_rate_per_second(&rate, last), 3, 0.2);
    assert_true(plx_rate_per_second(&rate, last + PLX_RATE_WINDOW_MS) < 3);
    assert_true(plx_rate_per_second(&rate, last + 2 * PLX_RATE_WINDOW_MS) == 0);
    last = feed(&rate, last + 3600000, 8, 1000, 30000); /* a night lies between */
    assert_float_equal(plx_rate_per_second(&rate, last), 8, 0.1);
}

static void
test_a_clock_that_goes_back_does_no_harm(void **state)
{
    struct plx_rate rate = {0};

    feed(&rate, BEGIN, 5, 1000, 60000);
    plx_rate_add(&rate, 5, BEGIN - 1000000);
    assert_true(plx_rate_per_second(&rate, BEGIN - 1000000) == 0);
    assert_true(plx_rate_per_second(&rate, BEGIN + 61000) > 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_said_before_a_while_has_passed),
        cmocka_unit_test(test_it_is_the_same_however_long_it_lasts_and_however_it_is_cut),
        cmocka_unit_test(test_a_change_is_known_within_two_windows_and_silence_too),
        cmocka_unit_test(test_a_clock_that_goes_back_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
