/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log-linear buckets. Below 16 us a bucket is one microsecond wide; above, each power of two is cut
 * into 16 equal ones:
 *
 *   bucket   0 .. 15    [0,1) .. [15,16) us
 *           16 .. 31    [16,17) .. [31,32)
 *           32 .. 47    [32,34) .. [62,64)
 *           ...
 *          448 .. 463   .. up to 2^32 us and all that is longer
 */
#include "base/histogram.h"

#include <math.h>

#define STEPS_LOG2 4
#define STEPS      (1u << STEPS_LOG2)
#define LAST       (PLX_HISTOGRAM_BUCKETS - 1)

const struct plx_le plx_les[PLX_LE_COUNT] = {
    {0.00001, "0.00001"}, {0.000025, "0.000025"},
    {0.0001, "0.0001"},   {0.00025, "0.00025"},
    {0.001, "0.001"},     {0.0025, "0.0025"},
    {0.005, "0.005"},     {0.01, "0.01"},
    {0.025, "0.025"},     {0.05, "0.05"},
    {0.1, "0.1"},         {0.25, "0.25"},
    {0.5, "0.5"},         {1, "1"},
    {2.5, "2.5"},         {5, "5"},
    {10, "10"},
};

static size_t
bucket_of(uint64_t us)
{
    unsigned power;

    if (us < STEPS)
        return (size_t)us;
    if (us >> 32)
        return LAST;
    power = 63u - (unsigned)__builtin_clzll(us);
    return (size_t)(power - STEPS_LOG2) * STEPS + (size_t)(us >> (power - STEPS_LOG2));
}

static uint64_t
bucket_start_us(size_t bucket)
{
    unsigned shift;

    if (bucket < STEPS)
        return bucket;
    shift = (unsigned)(bucket / STEPS) - 1;
    return (uint64_t)(STEPS + bucket % STEPS) << shift;
}

uint64_t
plx_histogram_bucket_end_us(size_t bucket)
{
    return bucket_start_us(bucket + 1);
}

void
plx_histogram_add(struct plx_histogram *histogram, uint64_t duration_ns)
{
    uint64_t us = duration_ns / 1000;
    uint32_t *bucket = &histogram->buckets[bucket_of(us)];

    histogram->count++;
    histogram->sum_us += us;
    if (*bucket < UINT32_MAX)
        (*bucket)++;
}

void
plx_histogram_add_shared(struct plx_histogram *histogram, uint64_t duration_ns)
{
    uint64_t us = duration_ns / 1000;
    uint32_t *bucket = &histogram->buckets[bucket_of(us)];

    __atomic_fetch_add(&histogram->count, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&histogram->sum_us, us, __ATOMIC_RELAXED);
    /* Adding first and taking back keeps it from wrapping, but for as many threads as add at that very moment. */
    if (__atomic_add_fetch(bucket, 1, __ATOMIC_RELAXED) == 0)
        __atomic_fetch_sub(bucket, 1, __ATOMIC_RELAXED);
}

void
plx_histogram_read_shared(const struct plx_histogram *histogram, struct plx_histogram *out)
{
    out->count = __atomic_load_n(&histogram->count, __ATOMIC_RELAXED);
    out->sum_us = __atomic_load_n(&histogram->sum_us, __ATOMIC_RELAXED);
    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++)
        out->buckets[i] = __atomic_load_n(&histogram->buckets[i], __ATOMIC_RELAXED);
}

void
plx_histogram_merge(struct plx_histogram *into, const struct plx_histogram *from)
{
    into->count += from->count;
    into->sum_us += from->sum_us;
    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++)
        if (__builtin_add_overflow(into->buckets[i], from->buckets[i], &into->buckets[i]))
            into->buckets[i] = UINT32_MAX;
}

/* By nearest rank, over what the buckets hold: they may have saturated where count has not. */
double
plx_histogram_quantile(const struct plx_histogram *histogram, double quantile)
{
    uint64_t held = 0, rank, seen = 0;

    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++)
        held += histogram->buckets[i];
    if (held == 0)
        return 0;
    rank = quantile > 0 ? (uint64_t)ceil(fmin(quantile, 1) * (double)held) : 1;
    if (rank > held)
        rank = held;
    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank)
            return ((double)bucket_start_us(i) + (double)plx_histogram_bucket_end_us(i)) / 2e6;
    }
    return 0;
}

uint64_t
plx_histogram_below(const struct plx_histogram *histogram, double seconds)
{
    double us = seconds * 1e6 * (1 + 1e-12); /* 0.0003 s are 299.99999999999994 us in doubles */
    uint64_t below = 0;

    for (size_t i = 0; i < LAST && (double)plx_histogram_bucket_end_us(i) <= us; i++)
        below += histogram->buckets[i];
    if (isinf(us) && us > 0)
        below += histogram->buckets[LAST]; /* it has no end: what is longer than all others is there too */
    return below;
}
