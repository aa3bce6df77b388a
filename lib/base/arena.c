/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks in a list, the one that is filled at its head. Blocks double from 16 KiB to 1 MiB; what is larger than that
 * gets a block of its own behind the head. A reset keeps the largest block of at most 256 KiB, so that a steady load
 * soon finds its size and asks the allocator for nothing more.
 *
 *   head -> [ 64 KiB: used |    free ] -> [ 32 KiB: used ] -> [ 16 KiB: used ]
 *
 * A limit holds for all blocks together, so whoever compares hostile input says once what that may take.
 *
 * Under AddressSanitizer what is not allocated is poisoned, as malloc's red zones would be.
 */
#include "base/arena.h"

#include "base/alloc.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(ptr, size)   ASAN_POISON_MEMORY_REGION((ptr), (size))
#define UNPOISON(ptr, size) ASAN_UNPOISON_MEMORY_REGION((ptr), (size))
#else
#define POISON(ptr, size)   ((void)(ptr), (void)(size))
#define UNPOISON(ptr, size) ((void)(ptr), (void)(size))
#endif

enum {
    ALIGNMENT = 16,
    BLOCK_FIRST = 16 << 10,
    BLOCK_LAST = 1 << 20,
    BLOCK_KEPT_MAX = 256 << 10,
};

/* The header of a block; its bytes follow. */
struct block {
    _Alignas(ALIGNMENT) struct block *next;
    size_t size, used; /* of the bytes that follow */
};

struct plx_arena {
    struct plx_allocator own; /* a copy, so that the embedder's may go */
    const struct plx_allocator *allocator;
    struct block *head;
    size_t size, max; /* of the blocks with their headers and what is charged; that may be */
    bool refused;
};

static char *
block_bytes(struct block *block)
{
    return (char *)(block + 1);
}

bool
plx_arena_charge(struct plx_arena *arena, size_t size)
{
    if (arena->size > arena->max || size > arena->max - arena->size) {
        arena->refused = true;
        return false;
    }
    arena->size += size;
    return true;
}

void
plx_arena_credit(struct plx_arena *arena, size_t size)
{
    arena->size -= size;
}

static struct block *
block_new(struct plx_arena *arena, size_t size)
{
    if (!plx_arena_charge(arena, sizeof(struct block) + size))
        return NULL;
    struct block *block = plx_alloc(arena->allocator, sizeof(*block) + size);
    if (!block) {
        plx_arena_credit(arena, sizeof(*block) + size);
        return NULL;
    }
    *block = (struct block){.size = size};
    POISON(block_bytes(block), size);
    return block;
}

static void
block_free(struct plx_arena *arena, struct block *block)
{
    size_t size = sizeof(*block) + block->size;

    UNPOISON(block_bytes(block), block->size);
    plx_release(arena->allocator, block, size);
    plx_arena_credit(arena, size);
}

/* 0 where the size is beyond all bounds. */
static size_t
rounded(size_t size)
{
    if (size > SIZE_MAX / 2)
        return 0;
    return size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
}

struct plx_arena *
plx_arena_new(const struct plx_allocator *allocator)
{
    struct plx_arena *arena = plx_alloc(allocator, sizeof(*arena));

    if (!arena)
        return NULL;
    *arena = (struct plx_arena){.max = SIZE_MAX};
    if (allocator) {
        arena->own = *allocator;
        arena->allocator = &arena->own;
    }
    return arena;
}

void
plx_arena_reset(struct plx_arena *arena)
{
    struct block *kept = NULL, *next;

    for (struct block *block = arena->head; block; block = block->next)
        if (block->size <= BLOCK_KEPT_MAX && (!kept || block->size > kept->size))
            kept = block;
    for (struct block *block = arena->head; block; block = next) {
        next = block->next;
        if (block != kept)
            block_free(arena, block);
    }
    arena->head = kept;
    if (kept) {
        kept->next = NULL;
        kept->used = 0;
        POISON(block_bytes(kept), kept->size);
    }
}

struct plx_arena_mark
plx_arena_mark(const struct plx_arena *arena)
{
    struct block *head = arena->head;

    return (struct plx_arena_mark){head, head ? head->next : NULL, head ? head->used : 0};
}

static struct block *
free_until(struct plx_arena *arena, struct block *block, const struct block *end)
{
    while (block != end) {
        struct block *next = block->next;
        block_free(arena, block);
        block = next;
    }
    return block;
}

void
plx_arena_back(struct plx_arena *arena, const struct plx_arena_mark *mark)
{
    struct block *head = mark->head;

    arena->head = free_until(arena, arena->head, head);
    if (!head)
        return;
    head->next = free_until(arena, head->next, mark->next); /* blocks of their own stand behind the head */
    head->used = mark->used;
    POISON(block_bytes(head) + head->used, head->size - head->used);
}

void
plx_arena_free(struct plx_arena *arena)
{
    struct plx_allocator own;
    bool custom;

    if (!arena)
        return;
    for (struct block *block = arena->head, *next; block; block = next) {
        next = block->next;
        block_free(arena, block);
    }
    custom = arena->allocator != NULL;
    own = arena->own;
    plx_release(custom ? &own : NULL, arena, sizeof(*arena));
}

void
plx_arena_limit(struct plx_arena *arena, size_t max)
{
    arena->max = max;
    arena->refused = false;
}

bool
plx_arena_refused(const struct plx_arena *arena)
{
    return arena->refused;
}

size_t
plx_arena_size(const struct plx_arena *arena)
{
    return arena->size;
}

static void *
block_take(struct block *block, size_t room, size_t size)
{
    char *ptr = block_bytes(block) + block->used;

    block->used += room;
    UNPOISON(ptr, size);
    (void)size;
    return ptr;
}

/* A block that has room: the new head, or one of its own size behind the head. NULL where there is no memory. */
static struct block *
arena_grow(struct plx_arena *arena, size_t room)
{
    size_t size = arena->head ? arena->head->size * 2 : BLOCK_FIRST;
    bool alone = room > BLOCK_LAST;
    struct block *block;

    while (size < room && size < BLOCK_LAST)
        size *= 2;
    if (size > BLOCK_LAST)
        size = BLOCK_LAST;
    block = block_new(arena, alone ? room : size);
    if (!block)
        return NULL;
    if (alone && arena->head) {
        block->next = arena->head->next;
        arena->head->next = block;
    } else {
        block->next = arena->head;
        arena->head = block;
    }
    return block;
}

void *
plx_arena_alloc(struct plx_arena *arena, size_t size)
{
    size_t room = rounded(size);
    struct block *block = arena->head;

    if (room == 0)
        return NULL;
    if (!block || block->size - block->used < room)
        block = arena_grow(arena, room);
    return block ? block_take(block, room, size) : NULL;
}

/* What fills a large block of its own has it resized, which moves pages instead of bytes: growing leaves nothing
 * behind. NULL: ptr is none of those. */
static struct block **
block_of_its_own(struct plx_arena *arena, const void *ptr, size_t room)
{
    struct block **at = &arena->head;

    for (int i = 0; i < 2 && *at; i++, at = &(*at)->next)
        if (block_bytes(*at) == ptr && (*at)->used == room && room > BLOCK_LAST)
            return at;
    return NULL;
}

static void *
block_resize(struct plx_arena *arena, struct block **at, size_t room, size_t size)
{
    struct block *block = *at;
    size_t before = block->size;

    if (room > before && !plx_arena_charge(arena, room - before))
        return NULL;
    UNPOISON(block_bytes(block), before);
    block = plx_resize(arena->allocator, block, sizeof(*block) + before, sizeof(*block) + room);
    if (!block && room > before)
        plx_arena_credit(arena, room - before);
    if (!block)
        return room > before ? NULL : block_bytes(*at);
    if (room < before)
        plx_arena_credit(arena, before - room);
    *at = block;
    block->size = block->used = room;
    POISON(block_bytes(block) + size, room - size);
    return block_bytes(block);
}

void *
plx_arena_resize(struct plx_arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    size_t old_room = rounded(old_size), room = rounded(new_size);
    struct block *head = arena->head;
    void *moved;

    if (!ptr)
        return plx_arena_alloc(arena, new_size);
    if (room == 0)
        return NULL;
    struct block **own = block_of_its_own(arena, ptr, old_room);
    if (own && room > BLOCK_LAST)
        return block_resize(arena, own, room, new_size);
    if (head && (char *)ptr + old_room == block_bytes(head) + head->used &&
        head->size - (head->used - old_room) >= room) {
        head->used -= old_room;
        POISON(ptr, old_room);
        return block_take(head, room, new_size);
    }
    if (room <= old_room) {
        POISON(ptr, old_room);
        UNPOISON(ptr, new_size);
        return ptr;
    }
    moved = plx_arena_alloc(arena, new_size);
    if (moved)
        memcpy(moved, ptr, old_size);
    return moved;
}

struct plx_slice
plx_arena_copy(struct plx_arena *arena, struct plx_slice slice)
{
    char *copy = slice.len < SIZE_MAX ? plx_arena_alloc(arena, slice.len + 1) : NULL;

    if (!copy)
        return (struct plx_slice){NULL, 0};
    if (slice.len > 0)
        memcpy(copy, slice.ptr, slice.len);
    copy[slice.len] = '\0';
    return plx_slice_make(copy, slice.len);
}

static void *
allocator_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    return plx_arena_resize(context, ptr, old_size, new_size);
}

static void
allocator_release(void *context, void *ptr, size_t size)
{
}

struct plx_allocator
plx_arena_allocator(struct plx_arena *arena)
{
    return (struct plx_allocator){allocator_resize, allocator_release, arena};
}
