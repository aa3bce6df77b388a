/* SPDX-License-Identifier: Apache-2.0 */
/* An alignment pairs equal elements in order, as many as can be; beyond its bound it still pairs in order. */
#include "arena_kit.h"
#include "compare/align.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define LENGTH_MAX 40

static unsigned
longest_common(const uint64_t *a, uint32_t m, const uint64_t *b, uint32_t n)
{
    unsigned best[LENGTH_MAX + 1][LENGTH_MAX + 1] = {{0}};

    for (uint32_t i = 0; i < m; i++)
        for (uint32_t k = 0; k < n; k++) {
            unsigned skip = best[i][k + 1] > best[i + 1][k] ? best[i][k + 1] : best[i + 1][k];
            best[i + 1][k + 1] = a[i] == b[k] ? best[i][k] + 1 : skip;
        }
    return best[m][n];
}

/* How many are paired; that the pairs are of equals (where asked), and rise. */
static unsigned
check(const uint64_t *a, uint32_t m, const uint64_t *b, uint32_t n, const uint32_t *pairs, bool equal)
{
    unsigned count = 0;
    uint32_t next = 0;

    for (uint32_t i = 0; i < m; i++) {
        if (pairs[i] == UINT32_MAX)
            continue;
        assert_true(pairs[i] >= next && pairs[i] < n);
        assert_true(!equal || a[i] == b[pairs[i]]);
        next = pairs[i] + 1;
        count++;
    }
    return count;
}

static void
test_as_many_as_can_be(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    uint64_t a[LENGTH_MAX], b[LENGTH_MAX];
    uint32_t pairs[LENGTH_MAX];

    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        uint32_t m = (uint32_t)(rand() % (LENGTH_MAX + 1)), n = (uint32_t)(rand() % (LENGTH_MAX + 1));
        unsigned letters = 1 + (unsigned)rand() % 8;
        struct plx_align_budget budget = {PLX_ALIGN_STEPS_MAX};
        for (uint32_t i = 0; i < m; i++)
            a[i] = (unsigned)rand() % letters;
        for (uint32_t i = 0; i < n; i++)
            b[i] = (unsigned)rand() % letters;
        assert_true(plx_align(a, m, b, n, &budget, NULL, arena, pairs));
        unsigned count = check(a, m, b, n, pairs, true);
        if (count != longest_common(a, m, b, n))
            fail_msg("seed %u, round %d: %u pairs of %u", seed, round, count, longest_common(a, m, b, n));
        plx_arena_reset(arena);
    }
}

#define LONG_MAX 1500

static unsigned
longest_common_of_many(const uint64_t *a, uint32_t m, const uint64_t *b, uint32_t n)
{
    static unsigned best[LONG_MAX + 1][LONG_MAX + 1];

    for (uint32_t i = 0; i < m; i++)
        for (uint32_t k = 0; k < n; k++) {
            unsigned skip = best[i][k + 1] > best[i + 1][k] ? best[i][k + 1] : best[i + 1][k];
            best[i + 1][k + 1] = a[i] == b[k] ? best[i][k] + 1 : skip;
        }
    return best[m][n];
}

/* More edits than are searched for: what both sides have once leads the way, and nothing is lost by it. */
static void
test_unique_elements_are_anchors(void **state)
{
    static uint64_t a[LONG_MAX], b[LONG_MAX];
    static uint32_t pairs[LONG_MAX];
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 20; round++) {
        uint32_t m = LONG_MAX - (uint32_t)rand() % 100, n = LONG_MAX - (uint32_t)rand() % 100;
        struct plx_align_budget budget = {PLX_ALIGN_STEPS_MAX};
        for (uint32_t i = 0; i < m; i++)
            a[i] = i;
        for (uint32_t i = 0; i < n; i++)
            b[i] = i;
        for (int swaps = rand() % 2000; swaps > 0; swaps--) {
            uint32_t x = (uint32_t)rand() % n, y = (uint32_t)rand() % n;
            uint64_t swapped = b[x];
            b[x] = b[y];
            b[y] = swapped;
        }
        assert_true(plx_align(a, m, b, n, &budget, NULL, arena, pairs));
        assert_int_equal(check(a, m, b, n, pairs, true), longest_common_of_many(a, m, b, n));
        assert_int_equal(budget.unexamined, 0);
        plx_arena_reset(arena);
    }
}

static void
test_every_second_element_is_gone(void **state)
{
    enum { COUNT = 200000 };
    static uint64_t a[COUNT], b[COUNT / 2];
    static uint32_t pairs[COUNT];
    struct plx_align_budget budget = {PLX_ALIGN_STEPS_MAX};

    for (uint32_t i = 0; i < COUNT; i++)
        a[i] = i;
    for (uint32_t i = 0; i < COUNT / 2; i++)
        b[i] = 2 * i;
    assert_true(plx_align(a, COUNT, b, COUNT / 2, &budget, NULL, arena, pairs));
    assert_int_equal(check(a, COUNT, b, COUNT / 2, pairs, true), COUNT / 2);
    assert_int_equal(budget.unexamined, 0);
    plx_arena_reset(arena);
}

/* Elements that the other side has not cost nothing. */
static void
test_nothing_in_common(void **state)
{
    enum { COUNT = 100000 };
    static uint64_t a[COUNT], b[COUNT];
    static uint32_t pairs[COUNT];
    struct plx_align_budget budget = {PLX_ALIGN_STEPS_MAX};

    for (uint32_t i = 0; i < COUNT; i++) {
        a[i] = i % 1000 == 5 ? 1 : 2 * i + 10;
        b[i] = i % 1000 == 7 ? 1 : 2 * i + 11;
    }
    assert_true(plx_align(a, COUNT, b, COUNT, &budget, NULL, arena, pairs));
    assert_int_equal(check(a, COUNT, b, COUNT, pairs, true), COUNT / 1000);
    assert_int_equal(budget.unexamined, 0);
    plx_arena_reset(arena);
}

/* Nothing is unique, and too much differs: by position from there on, and that is said. */
static void
test_beyond_the_bound_by_position(void **state)
{
    enum { COUNT = 40000 };
    static uint64_t a[COUNT], b[COUNT - 1];
    static uint32_t pairs[COUNT];
    uint64_t budgets[] = {PLX_ALIGN_STEPS_MAX, 0, 1000};

    for (uint32_t i = 0; i < COUNT; i++)
        a[i] = i < 5 || i >= COUNT - 5 ? 7 : i % 2;
    for (uint32_t i = 0; i < COUNT - 1; i++)
        b[i] = i < 5 || i >= COUNT - 6 ? 7 : (i * 2654435761u >> 7) % 3 % 2;
    for (size_t k = 0; k < sizeof(budgets) / sizeof(budgets[0]); k++) {
        struct plx_align_budget budget = {budgets[k]};
        assert_true(plx_align(a, COUNT, b, COUNT - 1, &budget, NULL, arena, pairs));
        assert_true(budget.steps <= budgets[k]);
        assert_true(budget.unexamined > COUNT / 10);
        assert_true(check(a, COUNT, b, COUNT - 1, pairs, false) > COUNT / 10);
        assert_int_equal(pairs[4], 4);
        assert_int_equal(pairs[COUNT - 5], COUNT - 6);
        plx_arena_reset(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_many_as_can_be),
        cmocka_unit_test(test_unique_elements_are_anchors),
        cmocka_unit_test(test_every_second_element_is_gone),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_beyond_the_bound_by_position),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
