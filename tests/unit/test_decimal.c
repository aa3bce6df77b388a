/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers must compare by their exact decimal value, however they are written and however large their exponents are. */
#include <parallax/value.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SEED 42u

static int
compare(const char *a, const char *b)
{
    int order = plx_decimal_compare(plx_slice_of(a), plx_slice_of(b));
    int back = plx_decimal_compare(plx_slice_of(b), plx_slice_of(a));

    if ((order > 0) != (back < 0) || (order < 0) != (back > 0))
        fail_msg("%s and %s: %d, but back %d", a, b, order, back);
    return (order > 0) - (order < 0);
}

static void
equal_values_in_any_writing(void **unused)
{
    static const char *const pairs[][2] = {
        {"1", "1.0"},         {"1", "10e-1"},         {"1", "0.1e1"},          {"0", "-0"},          {"0e99999", "-0.000"},
        {"100", "1e2"},       {"123.4500", "1234.5e-1"}, {"1E+2", "100.00"},      {"-2.50", "-25e-1"},  {"0.001", "1e-3"},
        {"10e0", "1e0001"},   {"1000000000000000000000", "1e21"}, {"0.00012e4", "1.2"}, {"1e999999999999999999999", "10e999999999999999999998"},
        {"1e-99999999999999999999", "0.1e-99999999999999999998"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (compare(pairs[i][0], pairs[i][1]) != 0)
            fail_msg("%s and %s are equal", pairs[i][0], pairs[i][1]);
}

static void
smaller_values_come_first(void **unused)
{
    static const char *const pairs[][2] = {
        {"9007199254740992", "9007199254740993"}, {"-1", "0"},    {"-1", "1"},        {"-2", "-1"},
        {"1e999999999998", "1e999999999999"},     {"0", "1e-400"}, {"-1e-400", "0"},   {"0.1", "0.10000000000000000001"},
        {"1e-99999999999999999999", "1"},         {"9.99", "10"},  {"99", "1e2"},      {"-1e3", "-999"},
        {"1e99999999999999999998", "1e99999999999999999999"},      {"-1e99999999999999999999", "1e-99999999999999999999"},
        {"333333333.33333329", "333333333.3333333"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (compare(pairs[i][0], pairs[i][1]) != -1)
            fail_msg("%s is less than %s", pairs[i][0], pairs[i][1]);
}

/* Whole numbers, each written with a random exponent and padding, must order as the integers do. */
static void
random_writings_order_as_integers(void **unused)
{
    uint64_t state = SEED;

    printf("seed %u\n", SEED);
    for (int i = 0; i < 200000; i++) {
        int64_t values[2];
        char texts[2][64];
        for (int k = 0; k < 2; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            values[k] = (int64_t)(state >> 33) % 2000 - 1000;
            int64_t value = values[k];
            switch ((state >> 20) % 4) {
            case 0:
                snprintf(texts[k], sizeof(texts[k]), "%" PRId64, value);
                break;
            case 1:
                snprintf(texts[k], sizeof(texts[k]), "%" PRId64 ".%0*d", value, (int)(state >> 50) % 5 + 1, 0);
                break;
            case 2:
                snprintf(texts[k], sizeof(texts[k]), "%" PRId64 "000e-3", value);
                break;
            default:
                snprintf(texts[k], sizeof(texts[k]), "%s%" PRId64 ".%03" PRId64 "E+3", value < 0 ? "-" : "",
                         (value < 0 ? -value : value) / 1000, (value < 0 ? -value : value) % 1000);
            }
        }
        int want = (values[0] > values[1]) - (values[0] < values[1]);
        if (compare(texts[0], texts[1]) != want)
            fail_msg("%s and %s", texts[0], texts[1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_in_any_writing),
        cmocka_unit_test(smaller_values_come_first),
        cmocka_unit_test(random_writings_order_as_integers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
