/* SPDX-License-Identifier: Apache-2.0 */
/* A histogram's quantiles are those of the sorted durations, to 1/32 (half a microsecond where that is more); adding
 * two is exact. */
#include "base/histogram.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLES 20000

static uint64_t
random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int
by_size(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* Durations of every size, from below a microsecond to half an hour. */
static void
fill(uint64_t *durations, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        durations[i] = random_next(&seed) >> (23 + random_next(&seed) % 40);
}

static void
test_quantiles_are_those_of_the_sorted_durations(void **state)
{
    static const double quantiles[] = {0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
    static uint64_t durations[SAMPLES];
    struct plx_histogram histogram = {0};

    fill(durations, SAMPLES, 20260102);
    for (size_t i = 0; i < SAMPLES; i++)
        plx_histogram_add(&histogram, durations[i]);
    qsort(durations, SAMPLES, sizeof(durations[0]), by_size);
    assert_int_equal(histogram.count, SAMPLES);
    for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
        size_t rank = (size_t)ceil(quantiles[i] * SAMPLES);
        double want = (double)durations[rank ? rank - 1 : 0] / 1e9;
        double got = plx_histogram_quantile(&histogram, quantiles[i]);

        assert_true(fabs(got - want) <= want / 32 + 0.5e-6 + 1e-12);
    }
}

static void
test_buckets_touch_and_hold_what_they_say(void **state)
{
    uint64_t start = 0;

    for (size_t bucket = 0; bucket < PLX_HISTOGRAM_BUCKETS; bucket++) {
        uint64_t end = plx_histogram_bucket_end_us(bucket);
        struct plx_histogram histogram = {0};

        assert_true(end > start);
        assert_true(end - start == 1 || (end - start) * 16 <= start);
        plx_histogram_add(&histogram, start * 1000);
        plx_histogram_add(&histogram, end * 1000 - 1);
        assert_int_equal(histogram.buckets[bucket], 2);
        start = end;
    }
    assert_int_equal(start, UINT64_C(1) << 32);
}

static void
test_what_is_too_long_counts_in_the_last_bucket(void **state)
{
    struct plx_histogram histogram = {0};

    plx_histogram_add(&histogram, UINT64_MAX);
    assert_int_equal(histogram.buckets[PLX_HISTOGRAM_BUCKETS - 1], 1);
    assert_int_equal(plx_histogram_below(&histogram, 5000), 0);
    assert_int_equal(plx_histogram_below(&histogram, INFINITY), 1);
}

static void
test_adding_two_is_exact(void **state)
{
    static uint64_t durations[SAMPLES];
    struct plx_histogram whole = {0}, left = {0}, right = {0};

    fill(durations, SAMPLES, 7);
    for (size_t i = 0; i < SAMPLES; i++) {
        plx_histogram_add(&whole, durations[i]);
        plx_histogram_add(i % 3 ? &left : &right, durations[i]);
    }
    plx_histogram_merge(&left, &right);
    assert_memory_equal(&left, &whole, sizeof(whole));
}

static void
test_buckets_saturate(void **state)
{
    struct plx_histogram histogram = {.count = UINT32_MAX}, more = {0};

    histogram.buckets[5] = UINT32_MAX;
    plx_histogram_add(&histogram, 5000);
    assert_int_equal(histogram.buckets[5], UINT32_MAX);
    plx_histogram_add(&more, 5000);
    plx_histogram_merge(&histogram, &more);
    assert_int_equal(histogram.buckets[5], UINT32_MAX);
    assert_int_equal(histogram.count, UINT64_C(1) + UINT32_MAX + 1);
    assert_true(plx_histogram_quantile(&histogram, 1) > 0);
}

static void
test_below_counts_whole_buckets(void **state)
{
    struct plx_histogram histogram = {0};

    assert_true(plx_histogram_quantile(&histogram, 0.5) == 0);
    plx_histogram_add(&histogram, 999);        /* [0,1) us */
    plx_histogram_add(&histogram, 299 * 1000); /* [296,304) us */
    plx_histogram_add(&histogram, 1000 * 1000 * 1000);
    assert_int_equal(plx_histogram_below(&histogram, 0), 0);
    assert_int_equal(plx_histogram_below(&histogram, 0.000001), 1);
    assert_int_equal(plx_histogram_below(&histogram, 0.000303), 1);
    assert_int_equal(plx_histogram_below(&histogram, 0.000304), 2);
    assert_int_equal(plx_histogram_below(&histogram, 1), 2);
    assert_int_equal(plx_histogram_below(&histogram, 2), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_those_of_the_sorted_durations),
        cmocka_unit_test(test_buckets_touch_and_hold_what_they_say),
        cmocka_unit_test(test_what_is_too_long_counts_in_the_last_bucket),
        cmocka_unit_test(test_adding_two_is_exact),
        cmocka_unit_test(test_buckets_saturate),
        cmocka_unit_test(test_below_counts_whole_buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
