/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log-linear buckets: below 32 us one a microsecond, then 16 to each power of two. Bucket b >= 16 with e = b / 16 covers
 * [(16 + b % 16) << (e - 1), ... + (1 << (e - 1))).
 */
#include "base/histogram.h"

static size_t
bucket_of(uint64_t us)
{
    if (us < 16)
        return (size_t)us;
    unsigned top = 63u - (unsigned)__builtin_clzll(us); /* >= 4 */
    size_t bucket = (size_t)(top - 3) * 16 + (size_t)((us >> (top - 4)) & 15);
    return bucket < PLX_HISTOGRAM_BUCKETS ? bucket : PLX_HISTOGRAM_BUCKETS - 1;
}

static uint64_t
bucket_begin_us(size_t bucket)
{
    return bucket < 16 ? bucket : (uint64_t)(16 + bucket % 16) << (bucket / 16 - 1);
}

uint64_t
plx_histogram_bucket_end_us(size_t bucket)
{
    return bucket_begin_us(bucket + 1);
}

static void
add_to_bucket(uint32_t *bucket, uint64_t count)
{
    *bucket = count > UINT32_MAX - *bucket ? UINT32_MAX : *bucket + (uint32_t)count;
}

void
plx_histogram_add(struct plx_histogram *histogram, uint64_t duration_ns)
{
    uint64_t us = duration_ns / 1000;

    histogram->count++;
    histogram->sum_us += us;
    add_to_bucket(&histogram->buckets[bucket_of(us)], 1);
}

void
plx_histogram_merge(struct plx_histogram *into, const struct plx_histogram *from)
{
    into->count += from->count;
    into->sum_us += from->sum_us;
    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++)
        add_to_bucket(&into->buckets[i], from->buckets[i]);
}

double
plx_histogram_quantile(const struct plx_histogram *histogram, double quantile)
{
    uint64_t rank = (uint64_t)(quantile * (double)histogram->count), seen = 0;

    if (histogram->count == 0)
        return 0;
    if (rank >= histogram->count)
        rank = histogram->count - 1;
    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > rank)
            return (double)(bucket_begin_us(i) + plx_histogram_bucket_end_us(i)) / 2e6;
    }
    return (double)plx_histogram_bucket_end_us(PLX_HISTOGRAM_BUCKETS - 1) / 1e6;
}

uint64_t
plx_histogram_below(const struct plx_histogram *histogram, double seconds)
{
    uint64_t count = 0;

    for (size_t i = 0; i < PLX_HISTOGRAM_BUCKETS && (double)plx_histogram_bucket_end_us(i) / 1e6 <= seconds; i++)
        count += histogram->buckets[i];
    return count;
}
