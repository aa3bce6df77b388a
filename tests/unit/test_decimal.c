/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers are ordered by their exact decimal value, whatever their spelling and however far their exponents. */
#include <parallax/value.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static int
compare(const char *a, const char *b)
{
    int order = plx_decimal_compare(plx_slice_of(a), plx_slice_of(b));
    int reverse = plx_decimal_compare(plx_slice_of(b), plx_slice_of(a));

    if ((order > 0) - (order < 0) != (reverse < 0) - (reverse > 0))
        fail_msg("%s and %s: %d one way, %d the other", a, b, order, reverse);
    return (order > 0) - (order < 0);
}

static void
test_spellings_of_one_value_are_equal(void **state)
{
    static const char *const same[][2] = {
        {"1", "1.0"},
        {"1", "10e-1"},
        {"1", "0.1e1"},
        {"1", "0.001E+3"},
        {"1", "1e0"},
        {"1", "1e-0"},
        {"1", "1e+00000"},
        {"0", "-0"},
        {"0", "0.000"},
        {"0e9", "-0"},
        {"0e999999999999999999999", "-0.0e-1"},
        {"123.4500", "1234.5e-1"},
        {"100", "1e2"},
        {"1200", "1.2e3"},
        {"0.00012", "12e-5"},
        {"-5", "-5.00"},
        {"-5", "-0.05e2"},
        {"1e999999999999", "10e999999999998"},
        {"1e-999999999999", "0.1e-999999999998"},
        {"1e99999999999999999999999999999999999999", "0.01e100000000000000000000000000000000000001"},
        {"10.01e5", "1001000"},
        {"100.001", "100001e-3"},
        {"1e0000000000000000000000000000001", "10"},
    };

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        if (compare(same[i][0], same[i][1]) != 0)
            fail_msg("%s is not %s", same[i][0], same[i][1]);
}

static void
test_values_are_ordered(void **state)
{
    /* Each is below the next. */
    static const char *const rising[] = {
        "-1e999999999999999999999999",
        "-1e999999999999",
        "-1e999999999998",
        "-1e400",
        "-9007199254740993",
        "-9007199254740992",
        "-10",
        "-9.99",
        "-1.0000000000000000001",
        "-1",
        "-0.1",
        "-1e-400",
        "-1e-99999999999999999999",
        "0",
        "1e-99999999999999999999",
        "1e-400",
        "0.09",
        "0.1",
        "0.10000000000000001",
        "0.9",
        "1",
        "1.0000000000000000001",
        "1.5",
        "9",
        "10",
        "10.5",
        "99",
        "100",
        "9007199254740992",
        "9007199254740993",
        "1e400",
        "2e400",
        "1e999999999998",
        "1e999999999999",
        "9e999999999999",
        "1e999999999999999999999999",
    };
    const size_t count = sizeof(rising) / sizeof(rising[0]);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            if (compare(rising[i], rising[k]) != (i > k) - (i < k))
                fail_msg("%s and %s: %d", rising[i], rising[k], compare(rising[i], rising[k]));
}

/* value * 10^power as text, spelled at random: the point anywhere, zeros around, the exponent making up for it. */
static void
spell(char *out, size_t size, int64_t value, int power)
{
    char digits[64];
    bool negative = value < 0;
    int trailing = rand() % 4, leading = rand() % 3;
    int len = snprintf(digits, sizeof(digits), "%.*s%lld%.*s", leading, "000", (long long)(negative ? -value : value),
                       trailing, "0000");
    int whole = 1 + rand() % len; /* digits before the point */
    int exponent = power - trailing + (len - whole), at = 0;
    while (at < whole - 1 && digits[at] == '0')
        at++; /* no zeros before the first digit */
    const char *sign = exponent < 0 ? "-" : rand() % 2 ? "+" : "";
    char tail[40] = "";
    if (exponent != 0 || rand() % 2)
        snprintf(tail, sizeof(tail), "%c%s%.*s%d", rand() % 2 ? 'e' : 'E', sign, rand() % 3, "00", abs(exponent));
    snprintf(out, size, "%s%.*s%s%s%s", negative ? "-" : "", whole - at, digits + at, whole < len ? "." : "",
             digits + whole, tail);
}

/* Scaled to one power of ten both are integers, and integers can be compared. */
static void
test_random_numbers_against_scaled_integers(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    char a[160], b[160];

    print_message("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < 200000; i++) {
        int64_t x = rand() % 2000 - 1000, y = rand() % 4 == 0 ? x : rand() % 2000 - 1000;
        int p = rand() % 7, q = rand() % 4 == 0 ? p : rand() % 7, shift = rand() % 2 ? 0 : rand() % 400 - 200;
        if (rand() % 8 == 0) { /* the same value by construction */
            y = x * 100;
            q = p - 2;
        }
        int64_t left = x, right = y;
        for (int k = -2; k < p; k++)
            left *= 10;
        for (int k = -2; k < q; k++)
            right *= 10;
        spell(a, sizeof(a), x, p + shift);
        spell(b, sizeof(b), y, q + shift);
        if (compare(a, b) != (left > right) - (left < right))
            fail_msg("seed %u: %s and %s: %d", seed, a, b, compare(a, b));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings_of_one_value_are_equal),
        cmocka_unit_test(test_values_are_ordered),
        cmocka_unit_test(test_random_numbers_against_scaled_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
