/* SPDX-License-Identifier: Apache-2.0 */
/* The library's calls into the embedder's allocator; NULL stands for malloc, realloc and free. */
#ifndef PLX_BASE_ALLOC_H
#define PLX_BASE_ALLOC_H

#include <parallax/base.h>

void *plx_alloc(const struct plx_allocator *allocator, size_t size);
void *plx_resize(const struct plx_allocator *allocator, void *ptr, size_t old_size, size_t new_size);
void plx_release(const struct plx_allocator *allocator, void *ptr, size_t size);

#endif
