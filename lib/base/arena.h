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
/*
 * Of its blocks, and what is charged, at most max bytes from here on (SIZE_MAX: no limit); what would take more is
 * refused as if there were no memory, and plx_arena_refused() says so until the next limit is set.
 */
void plx_arena_limit(struct plx_arena *arena, size_t max);
bool plx_arena_refused(const struct plx_arena *arena);
size_t plx_arena_size(const struct plx_arena *arena); /* bytes of its blocks, and what is charged */
/* Memory that belongs to what the arena is for and lies elsewhere, as another library's; to be credited when it goes.
 * false: refused. */
PLX_MUST_USE bool plx_arena_charge(struct plx_arena *arena, size_t size);
void plx_arena_credit(struct plx_arena *arena, size_t size);
/*
 * A place to go back to. Going back gives up everything that was allocated since, as a reset does for all; what was
 * allocated before must not have been resized meanwhile.
 */
struct plx_arena_mark {
    void *head, *next; /* blocks */
    size_t used;
};
struct plx_arena_mark plx_arena_mark(const struct plx_arena *arena);
void plx_arena_back(struct plx_arena *arena, const struct plx_arena_mark *mark);
/* For buffers of bytes that go with the arena: they need not be freed. */
struct plx_allocator plx_arena_allocator(struct plx_arena *arena);
/* A copy of the slice, NUL-terminated beyond its length; {NULL, 0} where there is no memory. */
struct plx_slice plx_arena_copy(struct plx_arena *arena, struct plx_slice slice);

#endif
