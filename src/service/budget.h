/* SPDX-License-Identifier: Apache-2.0 */
/*
 * So many a second, for all threads together and without a lock. Strict: whichever second one looks at, it has no more
 * of them. As many as there may be come at once; then there are none until a second after the last of them.
 */
#ifndef PLX_SERVICE_BUDGET_H
#define PLX_SERVICE_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define PLX_BUDGET_MAX 1000u /* a second */

struct plx_budget {
    atomic_uint references;
    atomic_uint_fast64_t taken; /* 0: nothing yet */
};

struct plx_budget *plx_budget_new(void); /* one reference; NULL: no memory */
struct plx_budget *plx_budget_ref(struct plx_budget *budget);
void plx_budget_unref(struct plx_budget *budget); /* NULL is fine */

/* Whether one more may be had now (monotonic); it is then taken. per_second: 1 to PLX_BUDGET_MAX. */
bool plx_budget_take(struct plx_budget *budget, uint64_t now_ms, uint32_t per_second);

#endif
