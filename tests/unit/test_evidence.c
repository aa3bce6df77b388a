/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short form of bench/verdict.c: in worlds with a known truth, looked at after each fold, next to nothing is found
 * that is not there, bounds hold, and what is there is found in time. The seed is fixed and printed.
 */
#include "stats/bets.h"
#include "stats/bound.h"
#include "stats/latency.h"
#include "stats/levels.h"
#include "stats/onset.h"
#include "worlds.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SEED       UINT64_C(20261126)
#define FOLD       20
#define CONFIDENCE 0.95 /* more false ones to count than at 0.99 */

struct seen {
    int found, changed, wrong_bound;
    long latest; /* of what was found */
};

static void
run_once(const struct world *world, uint64_t seed, long length, double excess, struct seen *seen)
{
    static struct world_state state;
    struct plx_wealth wealth = {0};
    struct plx_onset onset = {0};
    struct plx_bound bound = {0};
    bool found = false, changed = false, wrong = false;
    struct plx_fold fold = {.exchanges = FOLD};
    struct event events[EVENTS_MAX];

    world_begin(&state, world, seed, length);
    for (long i = 1; i <= length; i++) {
        bool candidate = false, secondary = false;
        size_t count = world_next(&state, events);
        struct plx_block block;

        for (size_t e = 0; e < count; e++) {
            candidate |= events[e].candidate;
            secondary |= events[e].secondary;
        }
        fold.both += candidate && secondary;
        fold.candidate_alone += candidate && !secondary;
        fold.secondary_alone += secondary && !candidate;
        if (i % FOLD)
            continue;
        fold.compared = (uint64_t)i;
        fold.time_ms = 1000000 + (uint64_t)i * 10;
        if (plx_bets_feed(&wealth, &plx_blocks_of_differences, &fold, &block)) {
            changed |= plx_onset_feed(&onset, &block, fold.time_ms);
            if (!found && plx_bets_evidence(&wealth) >= plx_level_needed(PLX_LEVEL_SERVICE, 1, CONFIDENCE)) {
                found = true;
                seen->latest = i > seen->latest ? i : seen->latest;
            }
        }
        plx_bound_feed(&bound, &fold);
        if (excess > 0 && i % 500 == 0)
            wrong |= plx_bound_look(&bound, CONFIDENCE) < excess;
        fold.both = fold.candidate_alone = fold.secondary_alone = 0;
    }
    seen->found += found;
    seen->changed += changed;
    seen->wrong_bound += wrong;
}

static struct seen
run_all(const struct world *world, int runs, long length, double excess)
{
    struct seen seen = {0};

    for (int r = 0; r < runs; r++)
        run_once(world, SEED + (uint64_t)r, length, excess, &seen);
    print_message("seed %llu, %s: %d of %d found (latest after %ld), %d changes, %d wrong bounds\n",
                  (unsigned long long)SEED, world->name, seen.found, runs, seen.latest, seen.changed, seen.wrong_bound);
    return seen;
}

static void
test_what_is_not_there_is_hardly_found(void **state)
{
    static const struct world worlds[] = {
        {.name = "noise 1 %", .fields = 1, .noise = 0.01},
        {.name = "noise 40 %", .fields = 1, .noise = 0.4},
        {.name = "drift", .fields = 1, .noise = 0.1, .drift = 0.9},
        {.name = "shared bursts", .fields = 1, .noise = 0.01, .shared = 0.001, .burst = 30},
        {.name = "private bursts of 10", .fields = 1, .private = 0.002, .burst = 10},
        {.name = "private bursts of 30", .fields = 1, .private = 0.0005, .burst = 30},
        {.name = "100 fields, appearing", .fields = 100, .noise = 0.001, .appearing = true},
    };

    for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++) {
        struct seen seen = run_all(&worlds[i], 100, 10000, 0);

        assert_true(seen.found <= 7); /* 0.05 * 0.4 of 100 are expected at most; 8 would be one in 1,000 */
        assert_int_equal(seen.changed, 0);
    }
}

/* The simulation can fail: without blocks the same bursts are taken for a fault. */
static void
test_the_simulation_convicts_bets_on_each_exchange(void **state)
{
    static const struct world world = {.name = "bursts", .fields = 1, .private = 0.0005, .burst = 30};
    static struct world_state stream;
    struct event events[EVENTS_MAX];
    int found = 0;

    for (uint64_t r = 0; r < 50; r++) {
        uint64_t a = 0, s = 0;
        bool hit = false;

        world_begin(&stream, &world, SEED + r, 10000);
        for (int i = 0; i < 10000; i++)
            if (world_next(&stream, events) > 0) {
                a += events[0].candidate && !events[0].secondary;
                s += events[0].secondary && !events[0].candidate;
                hit |= plx_bets_immediate(a, s) >= plx_level_needed(PLX_LEVEL_SERVICE, 1, CONFIDENCE);
            }
        found += hit;
    }
    assert_true(found > 15);
}

static void
test_bounds_hold(void **state)
{
    static const struct world worlds[] = {
        {.name = "2 % fault", .fields = 1, .fault = 0.02},
        {.name = "2 % fault over 10 % noise", .fields = 1, .noise = 0.1, .fault = 0.02},
        {.name = "2 % fault over bursts", .fields = 1, .private = 0.0005, .burst = 30, .fault = 0.02},
    };

    for (size_t i = 0; i < sizeof(worlds) / sizeof(worlds[0]); i++)
        assert_true(run_all(&worlds[i], 100, 5000, 0.02 * (1 - worlds[i].noise)).wrong_bound <= 12); /* 5 expected */
}

static void
test_what_is_there_is_found_in_time(void **state)
{
    static const struct {
        struct world world;
        long within;
    } cases[] = {
        {{.name = "total failure", .fields = 1, .fault = 1}, 900},
        {{.name = "0.5 % in one endpoint", .fields = 1, .fault = 0.005}, 10000},
        {{.name = "0.5 % over 1000 endpoints", .fields = 1000, .fault = 0.005}, 10000},
        {{.name = "5 % over 10 % noise", .fields = 1, .noise = 0.1, .fault = 0.05}, 10000},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_true(run_all(&cases[i].world, 40, cases[i].within, 0).found >= 39);
}

static void
test_a_change_is_seen_after_a_long_good_time(void **state)
{
    static const struct world world = {
        .name = "5 % over 10 %, late", .fields = 1, .noise = 0.1, .fault = 0.05, .fault_from = 50000};
    struct seen seen = run_all(&world, 10, 60000, 0);

    assert_true(seen.changed >= 9);
}

/* ---- latency ---- */

/* The exchanges until the median, or else the 99th percentile, is said to be slower; LONG_MAX where never. */
static long
slower_after(double factor, double spread, long length, uint64_t seed, bool *within)
{
    struct chance chance = {seed};
    struct plx_latency latency = {0};
    struct plx_latency_fold fold = {0};
    long found = INT32_MAX;

    for (long i = 1; i <= length; i++) {
        double request = 20e6 * exp(0.2 * chance_normal(&chance));

        plx_latency_count(&fold, (uint64_t)(request * factor * exp(spread * chance_normal(&chance))),
                          (uint64_t)(request * exp(0.3 * chance_normal(&chance))), 0.1, 46300000);
        if (i % FOLD)
            continue;
        fold.compared = (uint64_t)i;
        fold.time_ms = 1000000 + (uint64_t)i * 10;
        plx_latency_feed(&latency, &fold);
        fold = (struct plx_latency_fold){0};
        if (found == INT32_MAX && (plx_latency_is_slower(&latency, PLX_LATENCY_MEDIAN, 0.99) ||
                                   plx_latency_is_slower(&latency, PLX_LATENCY_TAIL, 0.99)))
            found = i;
    }
    *within = plx_latency_is_within(&latency, PLX_LATENCY_MEDIAN, 0.99);
    assert_true(plx_latency_is_valid(&latency));
    return found;
}

static void
test_what_is_slower_is_said_in_time(void **state)
{
    bool within;

    for (uint64_t r = 0; r < 20; r++) {
        assert_true(slower_after(1.2, 0.3, 5000, SEED + r, &within) <= 5000);
        assert_false(within);
        assert_true(slower_after(2, 0.3, 1000, SEED + r, &within) <= 600);
        assert_true(slower_after(1, 0.63, 1500, SEED + r, &within) <= 1500); /* p99 twice */
        assert_int_equal(slower_after(1, 0.3, 5000, SEED + r, &within), INT32_MAX);
        assert_true(within);
    }
}

/* A canary without copies: 2 % errors beside 0.5 %, and none beside none. */
static void
test_unpaired_errors_are_found(void **state)
{
    struct chance chance = {SEED};
    int found = 0, wrong = 0;

    for (int run = 0; run < 100; run++) {
        struct plx_unpaired bad = {0}, good = {0};
        bool hit = false;

        for (uint64_t f = 1; f <= 500; f++) {
            struct plx_unpaired_fold fold = {10, 0, 10, 0}, fair = {10, 0, 10, 0};

            for (int i = 0; i < 10; i++) {
                fold.candidate_bad += chance_take(&chance) < 0.02;
                fold.primary_bad += chance_take(&chance) < 0.005;
                fair.candidate_bad += chance_take(&chance) < 0.05;
                fair.primary_bad += chance_take(&chance) < 0.05;
            }
            plx_unpaired_feed(&bad, &fold, 1000000 + f * 200);
            plx_unpaired_feed(&good, &fair, 1000000 + f * 200);
            hit |= plx_unpaired_evidence(&good) >= log(20);
        }
        found += plx_unpaired_evidence(&bad) >= log(100);
        wrong += hit;
        assert_true(plx_unpaired_is_valid(&bad) && plx_unpaired_is_valid(&good));
    }
    print_message("seed %llu: %d of 100 found, %d wrong at 95 %%\n", (unsigned long long)SEED, found, wrong);
    assert_true(found >= 90);
    assert_true(wrong <= 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_there_is_hardly_found),
        cmocka_unit_test(test_the_simulation_convicts_bets_on_each_exchange),
        cmocka_unit_test(test_bounds_hold),
        cmocka_unit_test(test_what_is_there_is_found_in_time),
        cmocka_unit_test(test_a_change_is_seen_after_a_long_good_time),
        cmocka_unit_test(test_what_is_slower_is_said_in_time),
        cmocka_unit_test(test_unpaired_errors_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
