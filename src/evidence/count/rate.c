/* SPDX-License-Identifier: Apache-2.0 */
/* Two windows, of which the older one is whole: so the rate neither jumps when one ends nor remembers for ever. */
#include "evidence/count/rate.h"

#include <stdbool.h>

static bool
is_over(const struct plx_rate *rate, uint64_t time_ms)
{
    return rate->begun_ms == 0 || time_ms >= rate->turned_ms + (uint64_t)2 * PLX_RATE_WINDOW_MS;
}

void
plx_rate_add(struct plx_rate *rate, uint64_t count, uint64_t time_ms)
{
    if (is_over(rate, time_ms)) {
        *rate = (struct plx_rate){.begun_ms = time_ms, .turned_ms = time_ms};
        return;
    }
    rate->now += count;
    if (time_ms >= rate->turned_ms + PLX_RATE_WINDOW_MS)
        *rate = (struct plx_rate){.begun_ms = rate->turned_ms, .turned_ms = time_ms, .before = rate->now};
}

double
plx_rate_per_second(const struct plx_rate *rate, uint64_t time_ms)
{
    if (is_over(rate, time_ms) || time_ms < rate->begun_ms + PLX_RATE_LEAST_MS)
        return 0;
    return (double)(rate->before + rate->now) * 1000 / (double)(time_ms - rate->begun_ms);
}
