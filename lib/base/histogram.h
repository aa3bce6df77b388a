/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durations, counted in log-linear buckets: 16 to a power of two of microseconds, from 1 us to about 71 minutes (longer
 * ones count in the last). A value read back is off by at most 1/32 of itself, or half a microsecond where that is
 * more. Adding two histograms is exact, until a bucket saturates.
 */
#ifndef PLX_BASE_HISTOGRAM_H
#define PLX_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define PLX_HISTOGRAM_BUCKETS 464

struct plx_histogram {
    uint64_t count;
    uint64_t sum_us;
    uint32_t buckets[PLX_HISTOGRAM_BUCKETS]; /* saturate */
};

/* The buckets in which Prometheus is told of durations, up to 10 s; the first of them, from 10 us on, are for what is
 * done in process: below what a request over a network takes. */
#define PLX_LE_COUNT 17u
#define PLX_LE_FINE  4u
struct plx_le {
    double seconds;
    const char *text;
};
extern const struct plx_le plx_les[PLX_LE_COUNT];

void plx_histogram_add(struct plx_histogram *histogram, uint64_t duration_ns);
/* The same from several threads at once, without a lock; read by plx_histogram_read_shared() meanwhile. */
void plx_histogram_add_shared(struct plx_histogram *histogram, uint64_t duration_ns);
void plx_histogram_read_shared(const struct plx_histogram *histogram, struct plx_histogram *out);
void plx_histogram_merge(struct plx_histogram *into, const struct plx_histogram *from);
/* Seconds at the quantile (0 to 1), the middle of its bucket; 0 where nothing was counted. */
double plx_histogram_quantile(const struct plx_histogram *histogram, double quantile);
/* How many durations are in buckets that end at or below the given seconds (Prometheus `le`). */
uint64_t plx_histogram_below(const struct plx_histogram *histogram, double seconds);
/* The upper end of a bucket, in microseconds (exclusive). */
uint64_t plx_histogram_bucket_end_us(size_t bucket);

#endif
