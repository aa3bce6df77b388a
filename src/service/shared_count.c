/* SPDX-License-Identifier: Apache-2.0 */
#include "service/shared_count.h"

#include <stdlib.h>

#define CACHE_LINE 64u

/* The count comes first: a pointer to it is one to the whole. */
struct shared {
    _Alignas(CACHE_LINE) atomic_uint count;
    _Alignas(CACHE_LINE) atomic_uint references;
};

static struct shared *
shared_of(atomic_uint *count)
{
    return (struct shared *)(void *)count;
}

atomic_uint *
plx_shared_count_new(void)
{
    struct shared *shared = aligned_alloc(CACHE_LINE, sizeof(*shared));

    if (!shared)
        return NULL;
    atomic_init(&shared->count, 0);
    atomic_init(&shared->references, 1);
    return &shared->count;
}

atomic_uint *
plx_shared_count_ref(atomic_uint *count)
{
    atomic_fetch_add_explicit(&shared_of(count)->references, 1, memory_order_relaxed);
    return count;
}

void
plx_shared_count_unref(atomic_uint *count)
{
    if (count && atomic_fetch_sub_explicit(&shared_of(count)->references, 1, memory_order_acq_rel) == 1)
        free(shared_of(count));
}
