/* SPDX-License-Identifier: Apache-2.0 */
/* An arena's memory is aligned, apart, kept until the reset, and all given back, however it is used and when memory
 * runs out. */
#include "base/alloc.h"
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Counts what is held, checks the sizes given back, and fails from the given call on. */
struct counter {
    size_t held, calls, fail_from; /* fail_from 0: never */
};

static void *
counter_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct counter *counter = context;
    void *moved;

    if (++counter->calls >= counter->fail_from && counter->fail_from)
        return NULL;
    moved = realloc(ptr, new_size);
    if (moved)
        counter->held += new_size - old_size;
    return moved;
}

static void
counter_release(void *context, void *ptr, size_t size)
{
    struct counter *counter = context;

    assert_true(counter->held >= size);
    counter->held -= size;
    free(ptr);
}

static struct plx_allocator
counting(struct counter *counter)
{
    return (struct plx_allocator){counter_resize, counter_release, counter};
}

static void
test_every_allocation_is_aligned_and_its_own(void **state)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    unsigned char *all[600];

    for (size_t i = 0; i < 600; i++) {
        all[i] = plx_arena_alloc(arena, i);
        assert_non_null(all[i]);
        assert_int_equal((uintptr_t)all[i] % 16, 0);
        if (i > 0)
            memset(all[i], (int)(i & 0xFF), i);
    }
    for (size_t i = 0; i < 600; i++)
        for (size_t at = 0; at < i; at++)
            assert_int_equal(all[i][at], i & 0xFF);
    plx_arena_free(arena);
    plx_arena_free(NULL);
}

static void
test_large_allocations_leave_the_present_block_in_use(void **state)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    char *small = plx_arena_alloc(arena, 16), *large = plx_arena_alloc(arena, 3 << 20), *next;

    assert_non_null(large);
    memset(large, 'x', 3 << 20);
    next = plx_arena_alloc(arena, 16);
    assert_ptr_equal(next, small + 16);
    plx_arena_free(arena);
}

static void
test_resize_keeps_the_bytes(void **state)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    char *text = plx_arena_alloc(arena, 5), *grown, *between;

    memcpy(text, "12345", 5);
    grown = plx_arena_resize(arena, text, 5, 500);
    assert_ptr_equal(grown, text); /* the last one grows where it is */
    between = plx_arena_alloc(arena, 1);
    *between = 'b';
    grown = plx_arena_resize(arena, text, 500, 100000);
    assert_ptr_not_equal(grown, text);
    assert_memory_equal(grown, "12345", 5);
    assert_int_equal(*between, 'b');
    assert_ptr_equal(plx_arena_resize(arena, grown, 100000, 5), grown);
    assert_memory_equal(grown, "12345", 5);
    assert_non_null(plx_arena_resize(arena, NULL, 0, 10));
    assert_null(plx_arena_resize(arena, grown, 5, SIZE_MAX));
    assert_memory_equal(grown, "12345", 5);
    plx_arena_free(arena);
}

static void
test_resize_down_and_on_of_one_that_is_not_the_last(void **state)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    char *first = plx_arena_alloc(arena, 64), *second = plx_arena_alloc(arena, 64);

    memset(first, 'f', 64);
    memset(second, 's', 64);
    assert_ptr_equal(plx_arena_resize(arena, first, 64, 8), first);
    first = plx_arena_resize(arena, first, 8, 64);
    assert_non_null(first);
    assert_memory_equal(first, "ffffffff", 8);
    memset(first, 'F', 64);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(second[i], 's');
    plx_arena_free(arena);
}

static void
test_copy_ends_in_nul(void **state)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_slice copy = plx_arena_copy(arena, plx_slice_make("a\0b", 3));

    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    copy = plx_arena_copy(arena, plx_slice_make(NULL, 0));
    assert_non_null(copy.ptr);
    assert_string_equal(copy.ptr, "");
    assert_null(plx_arena_copy(arena, plx_slice_make("", SIZE_MAX)).ptr);
    plx_arena_free(arena);
}

static void
test_a_steady_load_asks_for_no_memory_after_the_first_rounds(void **state)
{
    struct counter counter = {0};
    struct plx_allocator allocator = counting(&counter);
    struct plx_arena *arena = plx_arena_new(&allocator);
    size_t calls = 0;

    memset(&allocator, 0, sizeof(allocator)); /* the arena has a copy */
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++)
            assert_non_null(plx_arena_alloc(arena, 1000));
        plx_arena_reset(arena);
        if (round == 2)
            calls = counter.calls;
    }
    assert_int_equal(counter.calls, calls);
    plx_arena_free(arena);
    assert_int_equal(counter.held, 0);
}

static void
test_reset_gives_back_what_is_beyond_the_kept_block(void **state)
{
    struct counter counter = {0};
    struct plx_allocator allocator = counting(&counter);
    struct plx_arena *arena = plx_arena_new(&allocator);

    for (int i = 0; i < 8000; i++)
        assert_non_null(plx_arena_alloc(arena, 1000));
    assert_non_null(plx_arena_alloc(arena, 5 << 20));
    assert_true(counter.held > 12 << 20);
    plx_arena_reset(arena);
    assert_true(counter.held > 0 && counter.held < 257 << 10);
    plx_arena_free(arena);
    assert_int_equal(counter.held, 0);
}

static void
test_when_memory_runs_out_at_any_call_nothing_is_lost(void **state)
{
    for (size_t fail_from = 1; fail_from < 12; fail_from++) {
        struct counter counter = {.fail_from = fail_from};
        struct plx_allocator allocator = counting(&counter);
        struct plx_arena *arena = plx_arena_new(&allocator);
        char *text;

        assert_int_equal(arena == NULL, fail_from == 1);
        if (!arena)
            continue;
        text = plx_arena_alloc(arena, 4);
        if (text)
            memcpy(text, "text", 4);
        for (size_t size = 1 << 10; size < 4 << 20 && text; size *= 2) {
            char *grown = plx_arena_resize(arena, text, 4, size);

            if (!grown)
                break;
            text = plx_arena_resize(arena, grown, size, 4);
            assert_memory_equal(text, "text", 4);
            assert_true(plx_arena_alloc(arena, 1) || counter.calls >= fail_from);
        }
        if (text)
            assert_memory_equal(text, "text", 4);
        plx_arena_free(arena);
        assert_int_equal(counter.held, 0);
    }
}

static void
test_an_allocation_of_nothing_is_not_a_failure(void **state)
{
    void *ptr = plx_alloc(NULL, 0);

    assert_non_null(ptr);
    ptr = plx_resize(NULL, ptr, 0, 10);
    assert_non_null(ptr);
    plx_release(NULL, ptr, 10);
    plx_release(NULL, NULL, 0);
}

/* What was allocated since is given back, blocks of their own too; what was there before stays as it was. */
static void
test_back_to_a_mark(void **state)
{
    struct plx_arena *a = plx_arena_new(NULL);
    const struct plx_arena_mark empty = plx_arena_mark(a);

    char *kept = plx_arena_alloc(a, 100);
    memset(kept, 'k', 100);
    char *large = plx_arena_alloc(a, 3 << 20);
    memset(large, 'l', 3 << 20);
    size_t size = plx_arena_size(a);
    const struct plx_arena_mark mark = plx_arena_mark(a);
    for (int round = 0; round < 3; round++) {
        char *first = plx_arena_alloc(a, 10);
        for (int i = 0; i < 40; i++) {
            memset(plx_arena_alloc(a, 2 << 20), 'x', 2 << 20);
            memset(plx_arena_alloc(a, 9000), 'y', 9000);
        }
        plx_arena_back(a, &mark);
        assert_int_equal(plx_arena_size(a), size);
        assert_ptr_equal(plx_arena_alloc(a, 10), first);
        plx_arena_back(a, &mark);
    }
    assert_true(kept[99] == 'k' && large[(3 << 20) - 1] == 'l');
    plx_arena_back(a, &empty);
    assert_true(plx_arena_size(a) < 16 << 10);
    plx_arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_is_aligned_and_its_own),
        cmocka_unit_test(test_large_allocations_leave_the_present_block_in_use),
        cmocka_unit_test(test_resize_keeps_the_bytes),
        cmocka_unit_test(test_resize_down_and_on_of_one_that_is_not_the_last),
        cmocka_unit_test(test_copy_ends_in_nul),
        cmocka_unit_test(test_a_steady_load_asks_for_no_memory_after_the_first_rounds),
        cmocka_unit_test(test_reset_gives_back_what_is_beyond_the_kept_block),
        cmocka_unit_test(test_when_memory_runs_out_at_any_call_nothing_is_lost),
        cmocka_unit_test(test_an_allocation_of_nothing_is_not_a_failure),
        cmocka_unit_test(test_back_to_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
