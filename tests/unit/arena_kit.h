/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the library stand on: an arena, and a buffer of text, for a group of tests. */
#ifndef TEST_ARENA_KIT_H
#define TEST_ARENA_KIT_H

#include "base/arena.h"
#include "base/buffer.h"

static struct plx_arena *arena;
static struct plx_buffer told;

/* For cmocka_run_group_tests(). */
static inline int
set_up(void **state)
{
    arena = plx_arena_new(NULL);
    plx_buffer_init(&told, 1 << 24);
    return arena ? 0 : -1;
}

static inline int
tear_down(void **state)
{
    plx_arena_free(arena);
    plx_buffer_fini(&told);
    return 0;
}

#endif
