/* SPDX-License-Identifier: Apache-2.0 */
/* A matching has as many pairs as any, whatever it begins with; each pair is asked for once, and the bound is said. */
#include "arena_kit.h"
#include "compare/matching.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define SIDE_MAX 9

struct graph {
    uint32_t m, n;
    bool fits[SIDE_MAX][SIDE_MAX], asked[SIDE_MAX][SIDE_MAX];
};

static bool
fits(void *context, uint32_t i, uint32_t k)
{
    struct graph *graph = context;

    assert_true(i < graph->m && k < graph->n);
    assert_false(graph->asked[i][k]);
    graph->asked[i][k] = true;
    return graph->fits[i][k];
}

/* By trying everything. */
static unsigned
most(const struct graph *graph, uint32_t i, unsigned taken)
{
    unsigned best = i < graph->m ? most(graph, i + 1, taken) : 0;

    for (uint32_t k = 0; i < graph->m && k < graph->n; k++)
        if (graph->fits[i][k] && !(taken >> k & 1)) {
            unsigned with = 1 + most(graph, i + 1, taken | 1u << k);
            best = with > best ? with : best;
        }
    return best;
}

static void
begin(struct plx_matching *matching, struct graph *graph, uint32_t *a, uint32_t *b)
{
    *matching = (struct plx_matching){
        .m = graph->m, .n = graph->n, .partners_a = a, .partners_b = b, .fits = fits, .context = graph, .arena = arena};
    for (uint32_t i = 0; i < graph->m; i++)
        a[i] = PLX_MATCHING_NONE;
    for (uint32_t k = 0; k < graph->n; k++)
        b[k] = PLX_MATCHING_NONE;
}

static void
test_no_matching_has_more(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    print_message("seed %u\n", seed);
    srand(seed);
    for (int round = 0; round < 20000; round++) {
        struct graph graph = {.m = (uint32_t)rand() % (SIDE_MAX - 1), .n = (uint32_t)rand() % (SIDE_MAX - 1)};
        uint32_t a[SIDE_MAX], b[SIDE_MAX];
        struct plx_matching matching;
        int sparse = 1 + rand() % 6;
        for (uint32_t i = 0; i < graph.m; i++)
            for (uint32_t k = 0; k < graph.n; k++)
                graph.fits[i][k] = rand() % sparse == 0;
        begin(&matching, &graph, a, b);
        /* Some begin with pairs, as good as chance has it. */
        for (uint32_t i = 0; i < graph.m && round % 2; i++) {
            uint32_t k = graph.n ? (uint32_t)rand() % graph.n : 0;
            if (graph.n && graph.fits[i][k] && b[k] == PLX_MATCHING_NONE) {
                a[i] = k;
                b[k] = i;
            }
        }
        assert_int_equal(plx_match_most(&matching), PLX_OK);
        unsigned pairs = 0;
        for (uint32_t i = 0; i < graph.m; i++)
            if (a[i] != PLX_MATCHING_NONE) {
                assert_int_equal(b[a[i]], i);
                assert_true(graph.fits[i][a[i]]);
                pairs++;
            }
        if (pairs != most(&graph, 0, 0))
            fail_msg("seed %u, round %d: %u pairs of %u", seed, round, pairs, most(&graph, 0, 0));
        plx_arena_reset(arena);
    }
}

static bool
fits_always(void *context, uint32_t i, uint32_t k)
{
    return true;
}

static void
test_the_bounds_are_said(void **state)
{
    static uint32_t a[4097], b[4097];
    struct plx_work work = {.left = 10};
    struct plx_matching matching = {
        .m = 4097, .n = 4097, .partners_a = a, .partners_b = b, .fits = fits_always, .arena = arena, .work = &work};

    memset(a, 0xFF, sizeof(a));
    memset(b, 0xFF, sizeof(b));
    assert_int_equal(plx_match_most(&matching), PLX_E_LIMIT);
    assert_int_equal(a[0], PLX_MATCHING_NONE);
    matching.m = matching.n = 1000;
    assert_int_equal(plx_match_most(&matching), PLX_E_TIMEOUT);
    plx_arena_reset(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_matching_has_more),
        cmocka_unit_test(test_the_bounds_are_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
