/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at the clocks. The monotonic one costs a few nanoseconds, the thread's CPU clock a system call. */
#include "experiment/instant.h"

#include "base/clock.h"

struct plx_instant
plx_instant_now(const struct plx_experiment *experiment)
{
    struct plx_instant instant = {.wall_ns = plx_monotonic_ns()};

    if (!experiment->without_cpu)
        instant.cpu_ns = plx_thread_cpu_ns();
    return instant;
}
