/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clocks, for those who have been asked to look at one: what reads or compares gets its time handed in. Monotonic
 * time is for durations and deadlines and means nothing to others; wall time is since 1970 and may jump.
 */
#ifndef PLX_BASE_CLOCK_H
#define PLX_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define PLX_NS_PER_MS UINT64_C(1000000)
#define PLX_NS_PER_S  UINT64_C(1000000000)

uint64_t plx_monotonic_ns(void);
uint64_t plx_monotonic_ms(void);
double plx_monotonic_s(void);
uint64_t plx_wall_ns(void);
uint64_t plx_wall_ms(void);
int64_t plx_wall_s(void);
/* What the calling thread has had of a processor: a system call, where the others are none. */
uint64_t plx_thread_cpu_ns(void);

/* The moment so many milliseconds from now, on the monotonic clock, for a condition that waits by it. */
struct timespec plx_monotonic_in(uint64_t ms);

#endif
