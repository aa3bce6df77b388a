/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls into the embedder's allocator. A size of 0 is asked for as 1, so that NULL always means "no memory".
 */
#include "base/alloc.h"

#include <stdlib.h>

void *
plx_alloc(const struct plx_allocator *allocator, size_t size)
{
    return plx_resize(allocator, NULL, 0, size);
}

void *
plx_resize(const struct plx_allocator *allocator, void *ptr, size_t old_size, size_t new_size)
{
    if (new_size == 0)
        new_size = 1;
    if (!allocator)
        return realloc(ptr, new_size);
    return allocator->resize(allocator->context, ptr, ptr && old_size == 0 ? 1 : old_size, new_size);
}

void
plx_release(const struct plx_allocator *allocator, void *ptr, size_t size)
{
    if (!ptr)
        return;
    if (!allocator)
        free(ptr);
    else
        allocator->release(allocator->context, ptr, size ? size : 1);
}
