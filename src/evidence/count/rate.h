/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast something is counted at present: what came within the last one to two minutes. It is of this process, and
 * knows no clock of its own.
 */
#ifndef PLX_COUNT_RATE_H
#define PLX_COUNT_RATE_H

#include <stdint.h>

#define PLX_RATE_WINDOW_MS 60000u
#define PLX_RATE_LEAST_MS  5000u /* below it nothing is said: what came at once need not go on */

struct plx_rate {
    uint64_t begun_ms, turned_ms; /* when what is counted in `before` began, and in `now`; 0: nothing was counted yet */
    uint64_t before, now;
};

/* So many were counted until that time (ms since the epoch). The first only says since when there is counting. */
void plx_rate_add(struct plx_rate *rate, uint64_t count, uint64_t time_ms);
/* A second, at that time. 0: not known, or nothing comes any more. */
double plx_rate_per_second(const struct plx_rate *rate, uint64_t time_ms);

#endif
