/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was taken, in one word: when the last one was, and how many there were in a row without a second between any
 * two. A row is never longer than a second may have, and rows are a second apart.
 */
#include "service/budget.h"

#include <stdlib.h>

#define COUNT_BITS 16

struct plx_budget *
plx_budget_new(void)
{
    struct plx_budget *budget = malloc(sizeof(*budget));

    if (!budget)
        return NULL;
    atomic_init(&budget->references, 1);
    atomic_init(&budget->taken, 0);
    return budget;
}

struct plx_budget *
plx_budget_ref(struct plx_budget *budget)
{
    atomic_fetch_add_explicit(&budget->references, 1, memory_order_relaxed);
    return budget;
}

void
plx_budget_unref(struct plx_budget *budget)
{
    if (budget && atomic_fetch_sub_explicit(&budget->references, 1, memory_order_acq_rel) == 1)
        free(budget);
}

bool
plx_budget_take(struct plx_budget *budget, uint64_t now_ms, uint32_t per_second)
{
    uint_fast64_t before = atomic_load_explicit(&budget->taken, memory_order_relaxed), after;

    do {
        uint64_t last_ms = before >> COUNT_BITS, count = before & ((1u << COUNT_BITS) - 1);
        uint64_t now = now_ms > last_ms ? now_ms : last_ms; /* another thread's clock was read later */

        if (now - last_ms >= 1000)
            count = 0;
        if (count >= per_second)
            return false;
        after = now << COUNT_BITS | (count + 1);
    } while (!atomic_compare_exchange_weak_explicit(&budget->taken, &before, after, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}
