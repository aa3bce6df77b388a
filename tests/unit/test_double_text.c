/* SPDX-License-Identifier: Apache-2.0 */
/* A double that was written reads back as the same, as short as can be, whatever the host's locale says of points. */
#include "base/double_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include "locale_kit.h"

#include <float.h>
#include <math.h>

static const struct {
    double number;
    const char *text;
} pairs[] = {
    {0, "0"},           {-0.0, "-0"},
    {0.1, "0.1"},       {0.1 + 0.2, "0.30000000000000004"},
    {1.5, "1.5"},       {-2.5e-7, "-2.5e-07"},
    {100, "100"},       {1234567.25, "1234567.25"},
    {1e23, "1e+23"},    {DBL_MAX, "1.7976931348623157e+308"},
    {5e-324, "5e-324"}, {DBL_MIN, "2.2250738585072014e-308"},
};

static void
expect_pairs(void)
{
    char text[PLX_DOUBLE_TEXT_MAX];

    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        double number = NAN;
        assert_int_equal(plx_double_text(pairs[i].number, text), strlen(pairs[i].text));
        assert_string_equal(text, pairs[i].text);
        assert_true(plx_double_read(plx_slice_of(pairs[i].text), &number));
        assert_true(number == pairs[i].number && signbit(number) == signbit(pairs[i].number));
    }
}

static void
expect_random(uint64_t seed)
{
    char text[PLX_DOUBLE_TEXT_MAX];

    for (int i = 0; i < 20000; i++) {
        double number, back = 0;
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        memcpy(&number, &seed, sizeof(number));
        if (!isfinite(number))
            continue;
        size_t len = plx_double_text(number, text);
        assert_true(plx_double_read(plx_slice_make(text, len), &back));
        if (back != number)
            fail_msg("%s is not %a", text, number);
    }
}

static void
test_what_is_written_reads_back(void **state)
{
    expect_pairs();
    expect_random(UINT64_C(0x9e3779b97f4a7c15));
}

/* Once a host's decimal comma made a tolerance of an experiment find nothing to compare. */
static void
test_a_decimal_comma_changes_nothing(void **state)
{
    use_decimal_comma();
    expect_pairs();
    expect_random(UINT64_C(0xbf58476d1ce4e5b9));
    use_decimal_point();
}

static void
test_numbers_are_read_in_all_their_forms(void **state)
{
    static const struct {
        const char *text;
        double number;
    } forms[] = {{".5", 0.5},
                 {"5.", 5},
                 {"+5", 5},
                 {"1E3", 1000},
                 {"-1.25e-2", -0.0125},
                 {"007", 7},
                 {"1e400", HUGE_VAL},
                 {"1e-400", 0},
                 {"0.30000000000000004", 0.1 + 0.2}};

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        double number = NAN;
        assert_true(plx_double_read(plx_slice_of(forms[i].text), &number));
        assert_true(number == forms[i].number);
    }
}

static void
test_what_is_no_number_is_refused(void **state)
{
    static const char *const texts[] = {"",      "-",    ".",   "-.",  "e5",  "1e",  "1e+",   " 1",       "1 ", "1,5",
                                        "1.2.3", "0x10", "inf", "nan", "--1", "1_0", "1e1.5", "infinity", "1f", "+-1"};
    char long_text[PLX_DOUBLE_READ_MAX + 2];
    double number = 42;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (plx_double_read(plx_slice_of(texts[i]), &number))
            fail_msg("'%s' was read", texts[i]);
    memset(long_text, '1', sizeof(long_text) - 1);
    assert_false(plx_double_read(plx_slice_make(long_text, PLX_DOUBLE_READ_MAX + 1), &number));
    assert_true(number == 42);
    assert_true(plx_double_read(plx_slice_make(long_text, PLX_DOUBLE_READ_MAX), &number));
}

static void
test_what_is_not_finite_is_named(void **state)
{
    char text[PLX_DOUBLE_TEXT_MAX];

    plx_double_text(INFINITY, text);
    assert_string_equal(text, "inf");
    plx_double_text(-INFINITY, text);
    assert_string_equal(text, "-inf");
    plx_double_text(NAN, text);
    assert_non_null(strstr(text, "nan"));
}

/* A float has fewer digits: as a double 0.1f is 0.10000000149011612. */
static void
test_floats_are_shortest_too(void **state)
{
    static const struct {
        float number;
        const char *text;
    } floats[] = {
        {0.1f, "0.1"}, {16777216.0f, "16777216"}, {1e-45f, "1e-45"}, {-2.5f, "-2.5"}, {3.4028235e38f, "3.4028235e+38"}};
    char text[PLX_DOUBLE_TEXT_MAX];

    for (size_t i = 0; i < sizeof(floats) / sizeof(floats[0]); i++) {
        assert_int_equal(plx_float_text(floats[i].number, text), strlen(floats[i].text));
        assert_string_equal(text, floats[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floats_are_shortest_too),
        cmocka_unit_test(test_what_is_written_reads_back),
        cmocka_unit_test(test_a_decimal_comma_changes_nothing),
        cmocka_unit_test(test_numbers_are_read_in_all_their_forms),
        cmocka_unit_test(test_what_is_no_number_is_refused),
        cmocka_unit_test(test_what_is_not_finite_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
