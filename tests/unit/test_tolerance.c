/* SPDX-License-Identifier: Apache-2.0 */
/* Within a tolerance is what decimal reckoning says, however long the numbers and however far apart their exponents. */
#include "arena_kit.h"
#include "compare/tolerance.h"
#include "json/decimal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static bool
within(const char *a, const char *b, const char *value, bool relative)
{
    bool failed = false;
    bool result = plx_within_tolerance(plx_slice_of(a), plx_slice_of(b), plx_slice_of(value), relative, arena, &failed);

    assert_false(failed);
    return result;
}

static void
test_limits_are_exact(void **state)
{
    static const struct {
        const char *a, *b, *value;
        bool relative, within;
    } cases[] = {
        {"1", "1.01", "0.01", false, true},
        {"1", "1.0100000000000000000000000000001", "0.01", false, false},
        {"0.1", "0.3", "0.2", false, true}, /* as doubles 0.3 - 0.1 is less than 0.2, and 0.1 + 0.2 more than 0.3 */
        {"1.1", "1.2", ".1", false, true},
        {"-1", "1", "2", false, true},
        {"-1", "1", "1.9999999999999999", false, false},
        {"1", "-1", "2e0", false, true},
        {"0", "-0.0", "0", false, true},
        {"5", "5", "0", false, true},
        {"5", "6", "0", false, false},
        {"100", "101", "1", true, true},
        {"100", "99", "1", true, true},
        {"101", "100", "1", true, true},
        {"99", "100", "1", true, false}, /* of the primary's value */
        {"-200", "-202", "1.00", true, true},
        {"-200", "-202.1", "1", true, false},
        {"0", "0.0001", "50", true, false},
        {"0", "0", "50", true, true},
        {"3", "4", "33.3333333333333333", true, false},
        {"3", "4", "33.3333333333333334", true, true},
        {"9007199254740993", "9007199254740992", "1", false, true},
        {"9007199254740993", "9007199254740991", "1", false, false},
        {"1e999999999", "0.01", "1", false, false},
        {"1e-999999999", "0.01", "0.01", false, true},
        {"-1e-999999999", "0.01", "0.01", false, false},
        {"0.01", "-1e-999999999", "0.01", false, false},
        {"1e999999999", "1.0e999999999", "0", false, true},
        {"1e999999999", "1.01e999999999", "1", true, true},
        {"1e999999999", "1.0100001e999999999", "1", true, false},
        {"1e99999999999999999999999", "1e99999999999999999999998", "99", true, false},
        {"1e-99999999999999999999999", "0", "1e-9", false, true},
        {"1e-99999999999999999999999", "1e99999999999999999999999", "1e-9", false, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (within(cases[i].a, cases[i].b, cases[i].value, cases[i].relative) != cases[i].within)
            fail_msg("%s and %s within %s%s", cases[i].a, cases[i].b, cases[i].value, cases[i].relative ? "%" : "");
}

/* Against whole numbers: a, b and the tolerance as thousandths of 10^shift. */
static void
test_as_whole_numbers_have_it(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    char a[64], b[64], t[64];

    print_message("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < 200000; i++) {
        long long range = rand() % 2 ? 30 : 20000;
        long long x = rand() % range - range / 2, y = rand() % 3 ? rand() % range - range / 2 : x + rand() % 3 - 1;
        long long limit = rand() % (rand() % 2 ? 5 : 20000);
        bool relative = rand() % 2;
        int shift = rand() % 7 - 3;
        snprintf(a, sizeof(a), "%llde%d", x, shift - 3);
        snprintf(b, sizeof(b), "%s%lld.%03llde%d", y < 0 ? "-" : "", llabs(y) / 1000, llabs(y) % 1000, shift);
        /* relative: limit is hundredths of a percent */
        snprintf(t, sizeof(t), relative ? "%llde-2" : "%llde%d", limit, shift - 3);
        bool want = relative ? llabs(x - y) * 10000 <= limit * llabs(x) : llabs(x - y) <= limit;
        if (within(a, b, t, relative) != want)
            fail_msg("%s and %s within %s%s", a, b, t, relative ? "%" : "");
        if (x == y)
            assert_int_equal(plx_decimal_hash(plx_slice_of(a)), plx_decimal_hash(plx_slice_of(b)));
        else
            assert_int_not_equal(plx_decimal_hash(plx_slice_of(a)), plx_decimal_hash(plx_slice_of(b)));
        plx_arena_reset(arena);
    }
}

static void
test_long_numbers_take_time_in_proportion(void **state)
{
    const size_t len = 1 << 20;
    char *a = malloc(len), *b = malloc(len);
    bool failed = false;

    memset(a, '7', len);
    memset(b, '7', len);
    b[len - 1] = '9';
    assert_true(
        plx_within_tolerance(plx_slice_make(a, len), plx_slice_make(b, len), plx_slice_of("2"), false, arena, &failed));
    assert_false(
        plx_within_tolerance(plx_slice_make(a, len), plx_slice_make(b, len), plx_slice_of("1"), false, arena, &failed));
    assert_true(plx_within_tolerance(plx_slice_make(a, len), plx_slice_make(b, len), plx_slice_of("1e-999"), true,
                                     arena, &failed));
    assert_false(failed);
    free(a);
    free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_are_exact),
        cmocka_unit_test(test_as_whole_numbers_have_it),
        cmocka_unit_test(test_long_numbers_take_time_in_proportion),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
