/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was taken, in one word: when the last one was, and how many there were in a row without a second between any two.
 * A row is never longer than a second may have, and rows are a second apart.
 */
#include "service/budget.h"

#define COUNT_BITS 16

bool
plx_budget_take(plx_budget *budget, uint64_t now_ms, uint32_t per_second)
{
    uint_fast64_t before = atomic_load_explicit(budget, memory_order_relaxed), after;

    do {
        uint64_t last_ms = before >> COUNT_BITS, count = before & ((1u << COUNT_BITS) - 1);
        uint64_t now = now_ms > last_ms ? now_ms : last_ms; /* another thread's clock was read later */

        if (now - last_ms >= 1000)
            count = 0;
        if (count >= per_second)
            return false;
        after = now << COUNT_BITS | (count + 1);
    } while (
        !atomic_compare_exchange_weak_explicit(budget, &before, after, memory_order_relaxed, memory_order_relaxed));
    return true;
}
