/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas: blocks in a list, the newest first; allocations go to its end. */
#include "base/arena.h"

#include "base/alloc.h"

#define FIRST_BLOCK_BYTES ((size_t)16 * 1024)
#define BLOCK_BYTES_MAX   ((size_t)1024 * 1024) /* but for single allocations that are larger */
#define KEPT_BYTES_MAX    ((size_t)256 * 1024)  /* of the block that a reset keeps */
#define ALIGNMENT         ((size_t)16)

struct block {
    struct block *next;
    size_t size, used; /* of bytes */
    char bytes[] __attribute__((aligned(16)));
};

struct plx_arena {
    const struct plx_allocator *allocator;
    struct plx_allocator copy; /* what `allocator` points to, where one was given */
    struct block *blocks;
    size_t held;
};

static void
release_block(struct plx_arena *arena, struct block *block)
{
    arena->held -= sizeof(*block) + block->size;
    plx_release(arena->allocator, block, sizeof(*block) + block->size);
}

struct plx_arena *
plx_arena_new(const struct plx_allocator *allocator)
{
    struct plx_arena *arena = plx_alloc(allocator, sizeof(*arena));
    if (!arena)
        return NULL;
    arena->allocator = NULL;
    if (allocator) {
        arena->copy = *allocator;
        arena->allocator = &arena->copy;
    }
    arena->blocks = NULL;
    arena->held = 0;
    return arena;
}

/* Keeps the largest block that is not too large to keep. */
void
plx_arena_reset(struct plx_arena *arena)
{
    struct block *kept = NULL, *next;

    for (struct block *block = arena->blocks; block; block = next) {
        next = block->next;
        if (block->size <= KEPT_BYTES_MAX && (!kept || block->size > kept->size)) {
            if (kept)
                release_block(arena, kept);
            kept = block;
        } else {
            release_block(arena, block);
        }
    }
    arena->blocks = kept;
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
    }
}

void
plx_arena_free(struct plx_arena *arena)
{
    if (!arena)
        return;
    for (struct block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        release_block(arena, block);
    }
    struct plx_allocator copy = arena->copy;
    plx_release(arena->allocator ? &copy : NULL, arena, sizeof(*arena));
}

static struct block *
add_block(struct plx_arena *arena, size_t size)
{
    size_t want = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK_BYTES;

    if (want > BLOCK_BYTES_MAX)
        want = BLOCK_BYTES_MAX;
    if (want < size)
        want = size;
    if (want > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = plx_alloc(arena->allocator, sizeof(*block) + want);
    if (!block)
        return NULL;
    block->size = want;
    block->used = 0;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->held += sizeof(*block) + want;
    return block;
}

static size_t
rounded(size_t size)
{
    return size > SIZE_MAX - ALIGNMENT ? SIZE_MAX : (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *
plx_arena_alloc(struct plx_arena *arena, size_t size)
{
    size_t need = rounded(size ? size : 1);
    struct block *block = arena->blocks;

    if (need == SIZE_MAX)
        return NULL;
    if (!block || block->size - block->used < need)
        block = add_block(arena, need);
    if (!block)
        return NULL;
    void *ptr = block->bytes + block->used;
    block->used += need;
    return ptr;
}

void *
plx_arena_resize(struct plx_arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    struct block *block = arena->blocks;
    size_t old_need = rounded(old_size ? old_size : 1), new_need = rounded(new_size ? new_size : 1);

    if (!ptr)
        return plx_arena_alloc(arena, new_size);
    if (new_need <= old_need)
        return ptr;
    bool last = block && (char *)ptr + old_need == block->bytes + block->used;
    if (last && new_need != SIZE_MAX && block->size - block->used >= new_need - old_need) {
        block->used += new_need - old_need;
        return ptr;
    }
    void *moved = plx_arena_alloc(arena, new_size);
    if (moved)
        memcpy(moved, ptr, old_size);
    return moved;
}

struct plx_slice
plx_arena_copy(struct plx_arena *arena, struct plx_slice slice)
{
    char *copy = plx_arena_alloc(arena, slice.len + 1);
    if (!copy)
        return plx_slice_make(NULL, 0);
    if (slice.len)
        memcpy(copy, slice.ptr, slice.len);
    copy[slice.len] = '\0';
    return plx_slice_make(copy, slice.len);
}

size_t
plx_arena_bytes(const struct plx_arena *arena)
{
    return arena->held;
}
