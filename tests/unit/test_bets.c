/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bets on blocks: the factors are fair and those of the header, blocks have the length that is promised whatever the
 * folds, nine of them prove a total failure, bursts are one block, and only what comes in runs makes blocks longer.
 */
#include "stats/bets.h"
#include "stats/levels.h"
#include "stats/mixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START_MS UINT64_C(1700000000000)

/* Hands over one fold of `exchanges` after `index` folds of the same size, 200 ms each. */
static bool
feed(struct plx_wealth *wealth, uint64_t index, uint64_t exchanges, uint64_t candidate, uint64_t secondary,
     struct plx_block *block)
{
    struct plx_fold fold = {.time_ms = START_MS + (index + 1) * PLX_FOLD_MS,
                            .compared = (index + 1) * exchanges,
                            .exchanges = exchanges,
                            .candidate_alone = candidate,
                            .secondary_alone = secondary};

    return plx_bets_feed(wealth, &plx_blocks_of_differences, &fold, block);
}

static void
test_every_bet_is_fair(void **state)
{
    double shares = 0;

    for (int k = 0; k < PLX_WEALTH_BETS; k++) {
        shares += plx_bets_share(k);
        for (int64_t lead = 0; lead < 100000; lead = lead * 3 + 1)
            assert_true(fabs(exp(plx_bets_log_factor(k, lead)) + exp(plx_bets_log_factor(k, -lead)) - 2) < 1e-12);
    }
    assert_true(fabs(shares - 1) < 1e-12);
}

/* .5 of the capital on the stake .98, .05 on six lower ones, .04 on five that depend on the lead. */
static void
test_evidence_is_the_mixture_of_the_header(void **state)
{
    static const double stakes[] = {.9, .75, .5, .25, .1, .03}, slopes[] = {.3, .15, .07, .03, .012};
    struct plx_wealth wealth = {0};
    struct plx_block block;
    double want = .5 * 1.98 * 1.98 * .02;

    for (uint64_t i = 0; i < 15; i++) /* leads of 3, 3 and -3 */
        feed(&wealth, i, 20, i == 0 || i == 5 ? 3 : 0, i == 10 ? 3 : 0, &block);
    for (int k = 0; k < 6; k++)
        want += .05 * (1 + stakes[k]) * (1 + stakes[k]) * (1 - stakes[k]);
    for (int k = 0; k < 5; k++) {
        double t = .9 * tanh(3 * slopes[k]);

        want += .04 * (1 + t) * (1 + t) * (1 - t);
    }
    assert_int_equal(wealth.ahead, 2);
    assert_int_equal(wealth.behind, 1);
    assert_true(fabs(plx_bets_evidence(&wealth) - log(want)) < 1e-12);
}

static void
test_a_total_failure_is_proved_by_nine_blocks(void **state)
{
    double needed = plx_level_needed(PLX_LEVEL_SERVICE, 1, 0.99);
    struct plx_wealth wealth = {0};
    struct plx_block block;
    int blocks = 0;

    for (uint64_t i = 0; i < 45; i++) { /* 100 requests/s: a block is a second */
        assert_true(plx_bets_evidence(&wealth) < needed);
        if (feed(&wealth, i, 20, 20, 0, &block)) {
            assert_int_equal(block.lead, 100);
            blocks++;
        }
    }
    assert_int_equal(blocks, 9);
    assert_true(plx_bets_evidence(&wealth) >= needed);
    assert_int_equal(wealth.doublings, 0);
}

/* At one request a second a block is 50 exchanges long, at 10,000 a second. */
static void
test_a_block_is_as_long_as_the_longer_of_its_two_limits(void **state)
{
    struct plx_wealth slow = {0}, fast = {0};
    struct plx_block block;
    uint64_t first = 0;

    for (uint64_t i = 0; i < 250 && first == 0; i++) {
        struct plx_fold fold = {START_MS + (i + 1) * 1000, i + 1, 1, 0, 1, 0};

        if (plx_bets_feed(&slow, &plx_blocks_of_differences, &fold, &block))
            first = i + 1;
    }
    assert_int_equal(first, 50);
    assert_int_equal(block.lead, 50);
    for (first = 0; first < 10; first++)
        if (feed(&fast, first, 2000, 100, 0, &block))
            break;
    assert_int_equal(first, 4);
}

static void
test_a_burst_across_folds_is_one_block(void **state)
{
    struct plx_wealth wealth = {0};
    struct plx_block block;

    feed(&wealth, 17, 20, 9, 0, &block);
    feed(&wealth, 18, 20, 20, 0, &block);
    feed(&wealth, 19, 20, 1, 0, &block);
    assert_true(plx_bets_settle(&wealth, &plx_blocks_of_differences, START_MS + 100000, 10000, &block));
    assert_int_equal(block.lead, 30);
    assert_int_equal(block.began_ms, START_MS + 17 * PLX_FOLD_MS);
    assert_false(plx_bets_settle(&wealth, &plx_blocks_of_differences, START_MS + 200000, 20000, &block));
    assert_int_equal(wealth.ahead, 1);
}

static void
test_a_clock_that_is_set_back_costs_one_block_only(void **state)
{
    struct plx_wealth wealth = {0};
    struct plx_fold fold = {START_MS, 20, 20, 0, 20, 0};
    struct plx_block block;

    plx_bets_feed(&wealth, &plx_blocks_of_differences, &fold, &block);
    fold.time_ms -= 3600000;
    fold.compared += 20;
    assert_false(plx_bets_feed(&wealth, &plx_blocks_of_differences, &fold, &block));
    assert_true(plx_bets_settle(&wealth, &plx_blocks_of_differences, fold.time_ms + 1000, 100, &block));
    assert_int_equal(block.lead, 40);
}

/* Folds in which nothing differs may be left out: the same blocks. */
static void
test_folds_without_differences_change_nothing(void **state)
{
    struct plx_wealth all = {0}, some = {0};
    struct plx_block block;

    for (uint64_t i = 0; i < 400; i++) {
        uint64_t candidate = i % 7 == 0, secondary = i % 11 == 0;

        feed(&all, i, 20, candidate, secondary, &block);
        if (candidate + secondary)
            feed(&some, i, 20, candidate, secondary, &block);
    }
    plx_bets_settle(&all, &plx_blocks_of_differences, START_MS + 400 * PLX_FOLD_MS, 8000, &block);
    plx_bets_settle(&some, &plx_blocks_of_differences, START_MS + 400 * PLX_FOLD_MS, 8000, &block);
    assert_true(plx_bets_evidence(&all) == plx_bets_evidence(&some));
    assert_int_equal(all.ahead, some.ahead);
}

static void
test_bursts_longer_than_a_block_make_blocks_longer(void **state)
{
    struct plx_wealth wealth = {0};
    struct plx_block block;

    for (uint64_t i = 0; i < 1500; i++) { /* three seconds of one role, three of the other, and so on */
        bool mine = i / 15 % 2 == 0;

        feed(&wealth, i, 20, mine ? 20 : 0, mine ? 0 : 20, &block);
    }
    assert_true(wealth.doublings >= 1);
    assert_true(plx_bets_evidence(&wealth) < plx_level_needed(PLX_LEVEL_SERVICE, 1, 0.99));
}

static void
test_immediate_bets_are_those_of_the_counts(void **state)
{
    static const double bets[] = {.98, .9, .75, .6, .45, .33, .24, .16, .1, .06, .03, .015};

    for (uint64_t a = 0; a < 30; a += 3)
        for (uint64_t s = 0; s < 30; s += 4) {
            double sum = 0;

            for (int k = 0; k < 12; k++)
                sum += pow(1 + bets[k], (double)a) * pow(1 - bets[k], (double)s) / 12;
            assert_true(fabs(plx_bets_immediate(a, s) - log(sum)) < 1e-9);
        }
    assert_true(plx_bets_immediate(9, 0) < log(100));
    assert_true(plx_bets_immediate(10, 0) >= log(100));
    assert_true(isfinite(plx_bets_immediate(UINT64_MAX / 4, UINT64_MAX / 4)));
}

static void
test_a_state_that_no_folds_lead_to_is_refused(void **state)
{
    struct plx_wealth good = {0}, bad;
    struct plx_block block;

    assert_true(plx_wealth_is_valid(&good));
    for (uint64_t i = 0; i < 300; i++)
        feed(&good, i, 20, i % 3, i % 5, &block);
    assert_true(plx_wealth_is_valid(&good));
    bad = good;
    bad.log[3] = NAN;
    assert_false(plx_wealth_is_valid(&bad));
    bad = good;
    bad.log[0] = 1e9; /* more than its blocks can have won */
    assert_false(plx_wealth_is_valid(&bad));
    bad = good;
    bad.doublings = PLX_BLOCK_DOUBLINGS + 1;
    assert_false(plx_wealth_is_valid(&bad));
    bad = good;
    bad.direction = 7;
    assert_false(plx_wealth_is_valid(&bad));
}

/* What adds up over all orders is alpha. */
static void
test_levels_share_alpha(void **state)
{
    double sum = exp(-plx_level_needed(PLX_LEVEL_SERVICE, 1, 0.99));

    for (uint64_t j = 1; j <= 100000; j++)
        for (int level = PLX_LEVEL_NAME; level <= PLX_LEVEL_VALUES; level++)
            sum += exp(-plx_level_needed((enum plx_level)level, j, 0.99));
    assert_true(sum <= 0.01 && sum > 0.0099);
}

static void
test_a_finding_stays(void **state)
{
    struct plx_lasting first = {0}, second = {0};
    uint64_t orders = 0;

    assert_false(plx_lasting_look(&first, PLX_LEVEL_FIELD, 1000, 0.99, 5)); /* it has not differed */
    plx_lasting_begin(&first, &orders);
    plx_lasting_begin(&second, &orders);
    plx_lasting_begin(&first, &orders);
    assert_int_equal(first.order, 1);
    assert_int_equal(second.order, 2);
    assert_false(plx_lasting_look(&second, PLX_LEVEL_FIELD, log(100 / .2 * 6) - 1e-9, 0.99, 5));
    assert_true(plx_lasting_look(&second, PLX_LEVEL_FIELD, log(100 / .2 * 6) + 1e-9, 0.99, 6));
    assert_false(plx_lasting_look(&second, PLX_LEVEL_FIELD, 1000, 0.99, 7));
    assert_int_equal(second.found_ms, 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bet_is_fair),
        cmocka_unit_test(test_evidence_is_the_mixture_of_the_header),
        cmocka_unit_test(test_a_total_failure_is_proved_by_nine_blocks),
        cmocka_unit_test(test_a_block_is_as_long_as_the_longer_of_its_two_limits),
        cmocka_unit_test(test_a_burst_across_folds_is_one_block),
        cmocka_unit_test(test_a_clock_that_is_set_back_costs_one_block_only),
        cmocka_unit_test(test_folds_without_differences_change_nothing),
        cmocka_unit_test(test_bursts_longer_than_a_block_make_blocks_longer),
        cmocka_unit_test(test_immediate_bets_are_those_of_the_counts),
        cmocka_unit_test(test_a_state_that_no_folds_lead_to_is_refused),
        cmocka_unit_test(test_levels_share_alpha),
        cmocka_unit_test(test_a_finding_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
