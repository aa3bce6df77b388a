/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of one comparison, as the arena and the work have them. */
#include "compare/spending.h"

#include "base/arena.h"

static uint64_t
given(uint64_t value, uint64_t fallback)
{
    return value ? value : fallback;
}

void
plx_spending_begin(struct plx_spending *spending, const struct plx_compare_limits *limits, struct plx_arena *arena,
                   bool half)
{
    const struct plx_compare_limits none = {0}, *l = limits ? limits : &none;
    uint64_t memory = given(l->memory_max, PLX_MEMORY_DEFAULT), parts = half ? 2 : 1;
    size_t held = plx_arena_size(arena);

    *spending = (struct plx_spending){
        .work = {.left = given(l->work_max, PLX_WORK_DEFAULT) / parts,
                 .values_left = given(l->values_max, PLX_VALUES_DEFAULT) / parts,
                 .cancel = l->cancel},
        .arena = arena,
        .memory_max = memory < SIZE_MAX - held ? held + (size_t)memory : SIZE_MAX,
    };
    if (half) {
        spending->work_later = spending->work.left;
        spending->values_later = spending->work.values_left;
    }
    plx_arena_limit(arena, half ? held + (spending->memory_max - held) / 2 : spending->memory_max);
}

void
plx_spending_rest(struct plx_spending *spending)
{
    struct plx_work *work = &spending->work;

    work->over = work->canceled;
    work->left = work->canceled ? 0 : work->left + spending->work_later;
    work->values_left += spending->values_later;
    spending->work_later = spending->values_later = 0;
    if (spending->primary.status != PLX_OK)
        spending->primary.read = false;
    plx_arena_limit(spending->arena, spending->memory_max);
}

void
plx_spending_end(struct plx_spending *spending)
{
    plx_arena_limit(spending->arena, SIZE_MAX);
}
