/* SPDX-License-Identifier: Apache-2.0 */
/* Reading clocks. */
#include "base/clock.h"

static uint64_t
read_ns(clockid_t clock)
{
    struct timespec time;

    return clock_gettime(clock, &time) == 0 ? (uint64_t)time.tv_sec * PLX_NS_PER_S + (uint64_t)time.tv_nsec : 0;
}

uint64_t
plx_monotonic_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t
plx_monotonic_ms(void)
{
    return plx_monotonic_ns() / PLX_NS_PER_MS;
}

double
plx_monotonic_s(void)
{
    return (double)plx_monotonic_ns() / 1e9;
}

uint64_t
plx_wall_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}

uint64_t
plx_wall_ms(void)
{
    return plx_wall_ns() / PLX_NS_PER_MS;
}

int64_t
plx_wall_s(void)
{
    return (int64_t)(plx_wall_ns() / PLX_NS_PER_S);
}

uint64_t
plx_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

struct timespec
plx_monotonic_in(uint64_t ms)
{
    uint64_t then = plx_monotonic_ns() + ms * PLX_NS_PER_MS;

    return (struct timespec){.tv_sec = (time_t)(then / PLX_NS_PER_S), .tv_nsec = (long)(then % PLX_NS_PER_S)};
}
