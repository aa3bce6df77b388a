/* SPDX-License-Identifier: Apache-2.0 */
/* An allocator that counts what is held, checks the sizes given back, and says no from the given call on. */
#ifndef TEST_MEMORY_KIT_H
#define TEST_MEMORY_KIT_H

#include <parallax/base.h>

#include <stdlib.h>

struct counter {
    size_t held, calls, fail_from; /* fail_from 0: never */
};

static void *
counter_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct counter *counter = context;

    if (++counter->calls >= counter->fail_from && counter->fail_from)
        return NULL;
    void *moved = realloc(ptr, new_size);
    if (moved)
        counter->held += new_size - old_size;
    return moved;
}

static void
counter_release(void *context, void *ptr, size_t size)
{
    struct counter *counter = context;

    counter->held -= size; /* a wrong size shows in the end, when something or less than nothing is held */
    free(ptr);
}

static inline struct plx_allocator
counting(struct counter *counter)
{
    return (struct plx_allocator){counter_resize, counter_release, counter};
}

#endif
