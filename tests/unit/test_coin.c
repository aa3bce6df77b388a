/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose class is whose: what is always one role's is found within the promised exchanges, however they are folded; what
 * both roles have is never found, and a burst of one role is no class of its own.
 */
#include "stats/coin.h"
#include "stats/levels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RIGHT 1u
#define WRONG 2u
#define YES   3u
#define NO    4u
#define SEED  UINT64_C(0x2545F4914F6CDD1D)

static uint64_t seed;

static double
chance(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

static int
begin(void **state)
{
    seed = SEED;
    return 0;
}

static bool
is_found(const struct plx_coin *coin)
{
    return plx_coin_evidence(coin) >= plx_level_needed(PLX_LEVEL_VALUES, 1, 0.99);
}

static void
feed_pairs(struct plx_coin *coin, uint64_t exchanges, const struct plx_coin_pair *pairs, size_t count)
{
    plx_coin_feed(coin, &(struct plx_coin_fold){.exchanges = exchanges, .pairs = pairs, .pair_count = count});
}

static void
feed_odd(struct plx_coin *coin, uint64_t exchanges, const struct plx_coin_odd *odd, size_t count)
{
    plx_coin_feed(coin, &(struct plx_coin_fold){.exchanges = exchanges, .odd = odd, .odd_count = count});
}

/* A clock that is an hour off, one exchange a fold. */
static void
test_what_is_always_the_candidates_is_found_in_twelve_exchanges(void **state)
{
    const struct plx_coin_pair pair = {.u = WRONG, .v = RIGHT, .forth = 1};
    struct plx_coin coin = {0};
    uint32_t id;

    for (int i = 0; i < 11; i++)
        feed_pairs(&coin, 1, &pair, 1);
    assert_false(is_found(&coin));
    feed_pairs(&coin, 1, &pair, 1);
    assert_true(is_found(&coin));
    assert_true(plx_coin_telling_class(&coin, &id));
    assert_int_equal(id, WRONG);
}

/* 2^m B(1/4 + m, 1/4) / B(1/4, 1/4), of which 0.99 is at stake, and no more than sixteen times is won. */
static void
test_the_first_fold_pays_as_a_beta_prior_says(void **state)
{
    const struct plx_coin_pair four = {WRONG, RIGHT, 4, 0}, twenty = {WRONG, RIGHT, 20, 0};
    struct plx_coin coin = {0}, full = {0};
    double want = 1;

    for (int i = 0; i < 4; i++)
        want *= 2 * (.25 + i) / (.5 + i);
    feed_pairs(&coin, 4, &four, 1);
    assert_true(fabs(exp(plx_coin_evidence(&coin)) - (.01 + .99 * want)) < 1e-9);
    feed_pairs(&full, 20, &twenty, 1);
    assert_true(fabs(exp(plx_coin_evidence(&full)) - (.01 + .99 * 16)) < 1e-9);
    feed_pairs(&full, 20, &twenty, 1);
    assert_false(is_found(&full));
    feed_pairs(&full, 20, &twenty, 1);
    assert_true(is_found(&full));
}

/* The order of the list, and which way round a pair comes first, say nothing. */
static void
test_the_order_of_a_fold_does_not_matter(void **state)
{
    const struct plx_coin_pair there[] = {{1, 2, 5, 3}, {1, 3, 4, 0}};
    const struct plx_coin_pair back[] = {{3, 1, 0, 4}, {2, 1, 3, 5}};
    struct plx_coin a = {0}, b = {0};

    for (int i = 0; i < 5; i++) {
        feed_pairs(&a, 20, there, 2);
        feed_pairs(&b, 20, back, 2);
        assert_true(fabs(plx_coin_evidence(&a) - plx_coin_evidence(&b)) < 1e-9);
    }
}

/* The random flag that is always false: "no" is the candidate's in all that differ, "yes" the secondary's. */
static void
test_a_constant_flag_is_found_within_a_hundred_exchanges(void **state)
{
    const struct plx_coin_odd odd[] = {{.id = NO, .candidate = 5}, {.id = YES, .secondary = 5}};
    struct plx_coin coin = {0};
    int folds = 0;

    while (!is_found(&coin) && folds < 10) {
        feed_odd(&coin, 20, odd, 2);
        folds++;
    }
    print_message("found after %d exchanges\n", folds * 20);
    assert_true(folds <= 4);
}

static void
test_a_burst_of_one_role_is_no_evidence(void **state)
{
    const struct plx_coin_odd burst = {.id = WRONG, .candidate = 20};
    struct plx_coin coin = {0};

    for (int i = 0; i < 100; i++)
        feed_odd(&coin, 20, &burst, 1);
    assert_true(plx_coin_evidence(&coin) == 0);
}

/* Every role draws from the same classes. */
static double
fair_run(int classes, int folds, bool both_kinds)
{
    struct plx_coin coin = {0};
    double highest = 0;

    for (int f = 0; f < folds; f++) {
        struct plx_coin_pair pairs[16];
        struct plx_coin_odd odd[16];
        size_t pair_count = 0, odd_count = 0;

        for (uint32_t u = 0; u < (uint32_t)classes; u++) {
            odd[odd_count] = (struct plx_coin_odd){.id = u + 1};
            for (int i = 0; i < 4; i++)
                chance() < 0.5 ? odd[odd_count].candidate++ : odd[odd_count].secondary++;
            odd_count++;
            if (u > 0)
                pairs[pair_count++] =
                    chance() < 0.5 ? (struct plx_coin_pair){u, u + 1, 2, 0} : (struct plx_coin_pair){u, u + 1, 0, 2};
        }
        plx_coin_feed(&coin, &(struct plx_coin_fold){20, pairs, both_kinds ? pair_count : 0, odd, odd_count});
        highest = fmax(highest, plx_coin_evidence(&coin));
    }
    return highest;
}

static void
test_a_fair_coin_is_seldom_found(void **state)
{
    int found = 0;

    for (int run = 0; run < 1500; run++)
        found += fair_run(2 + run % 6, 60, run % 2) >= log(20);
    print_message("seed %llx: %d of 1500 reach 20 (at most 75)\n", (unsigned long long)SEED, found);
    assert_true(found <= 75);
}

static void
test_classes_are_limited_and_states_checked(void **state)
{
    struct plx_coin coin = {0};

    for (uint32_t id = 1; id < 200; id++)
        feed_pairs(&coin, 1, &(struct plx_coin_pair){.u = id, .v = id + 1, .forth = 1}, 1);
    assert_int_equal(coin.count, PLX_COIN_CLASSES);
    assert_true(plx_coin_is_valid(&coin));
    coin.classes[5].id = coin.classes[4].id;
    assert_false(plx_coin_is_valid(&coin));
    coin.classes[5].id = 1000;
    coin.count = PLX_COIN_CLASSES + 1;
    assert_false(plx_coin_is_valid(&coin));
    memset(&coin, 0, sizeof(coin));
    assert_true(plx_coin_is_valid(&coin));
    coin.log = INFINITY;
    assert_false(plx_coin_is_valid(&coin));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_always_the_candidates_is_found_in_twelve_exchanges),
        cmocka_unit_test(test_the_first_fold_pays_as_a_beta_prior_says),
        cmocka_unit_test(test_the_order_of_a_fold_does_not_matter),
        cmocka_unit_test(test_a_constant_flag_is_found_within_a_hundred_exchanges),
        cmocka_unit_test(test_a_burst_of_one_role_is_no_evidence),
        cmocka_unit_test_setup(test_a_fair_coin_is_seldom_found, begin),
        cmocka_unit_test(test_classes_are_limited_and_states_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
