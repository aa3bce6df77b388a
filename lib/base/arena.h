/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once: an exchange's, a comparison's. Allocations are aligned to 16 bytes
 * and grow in blocks; a reset keeps the first block, so that the steady state allocates nothing.
 */
#ifndef PLX_BASE_ARENA_H
#define PLX_BASE_ARENA_H

#include <parallax/value.h>

/* NULL where there is no memory. A size of 0 gives a valid pointer. */
void *plx_arena_alloc(struct plx_arena *arena, size_t size);
/* Grows an allocation (in place where it was the last one), else copies; NULL leaves the old one as it was. */
void *plx_arena_resize(struct plx_arena *arena, void *ptr, size_t old_size, size_t new_size);
/* A copy of the slice, NUL-terminated beyond its length; {NULL, 0} where there is no memory. */
struct plx_slice plx_arena_copy(struct plx_arena *arena, struct plx_slice slice);

#endif
