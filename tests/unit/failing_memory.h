/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail when told to: see wrapped_memory.h. */
#ifndef TEST_FAILING_MEMORY_H
#define TEST_FAILING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

static struct {
    bool on, for_good;
    size_t allocations, failing_one;
} failing;

/* From now on the at-th allocation (the first is 1) fails; stays: and all that follow. */
static inline void
start_failing(size_t at, bool stays)
{
    failing.allocations = 0;
    failing.failing_one = at;
    failing.for_good = stays;
    failing.on = true;
}

/* Whether an allocation has failed since, which says that there may be more to try. */
static inline bool
stop_failing(void)
{
    failing.on = false;
    return failing.allocations >= failing.failing_one;
}

static inline bool
fails_now(void)
{
    if (!failing.on)
        return false;
    failing.allocations++;
    return failing.for_good ? failing.allocations >= failing.failing_one : failing.allocations == failing.failing_one;
}

#include "wrapped_memory.h"

#endif
