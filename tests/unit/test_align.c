/* SPDX-License-Identifier: Apache-2.0 */
/* An alignment pairs equal elements in order, as many as can be; beyond its bounds it still pairs in order. */
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
        uint32_t cells = PLX_ALIGN_CELLS_MAX;
        for (uint32_t i = 0; i < m; i++)
            a[i] = (unsigned)rand() % letters;
        for (uint32_t i = 0; i < n; i++)
            b[i] = (unsigned)rand() % letters;
        assert_true(plx_align(a, m, b, n, &cells, NULL, arena, pairs));
        unsigned count = check(a, m, b, n, pairs, true);
        if (count != longest_common(a, m, b, n))
            fail_msg("seed %u, round %d: %u pairs of %u", seed, round, count, longest_common(a, m, b, n));
        plx_arena_reset(arena);
    }
}

/* Nothing in common: more edits than are searched; the same with no cells left, and with few. */
static void
test_beyond_the_bounds_by_position(void **state)
{
    enum { COUNT = 2000 };
    static uint64_t a[COUNT], b[COUNT - 1];
    static uint32_t pairs[COUNT];
    uint32_t budgets[] = {PLX_ALIGN_CELLS_MAX, 0, 10};

    for (uint32_t i = 0; i < COUNT; i++)
        a[i] = i < 5 || i >= COUNT - 5 ? i + COUNT : i;
    for (uint32_t i = 0; i < COUNT - 1; i++)
        b[i] = i < 5 ? i + COUNT : i >= COUNT - 6 ? i + 1 + COUNT : 100000 + i;
    for (size_t k = 0; k < sizeof(budgets) / sizeof(budgets[0]); k++) {
        uint32_t cells = budgets[k];
        assert_true(plx_align(a, COUNT, b, COUNT - 1, &cells, NULL, arena, pairs));
        assert_true(cells <= budgets[k]);
        assert_int_equal(check(a, COUNT, b, COUNT - 1, pairs, false), COUNT - 1);
        assert_int_equal(pairs[4], 4);
        assert_int_equal(pairs[100], 100);
        assert_int_equal(pairs[COUNT - 6], UINT32_MAX);
        assert_int_equal(pairs[COUNT - 5], COUNT - 6);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_many_as_can_be),
        cmocka_unit_test(test_beyond_the_bounds_by_position),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
