/* SPDX-License-Identifier: Apache-2.0 */
/* The sequential test must keep its word however often one looks: few false regressions, and findings where there is something to find. */
#include "stats/sequential.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SEED  20240611u
#define RUNS  1500
#define PAIRS 400

static uint64_t state;

static double
uniform(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0;
}

/* One more exchange: with probability `shared` both differ, else each on its own. */
static void
draw(struct plx_pairs *pairs, double shared, double candidate, double secondary)
{
    if (uniform() < shared) {
        pairs->both++;
        return;
    }
    bool c = uniform() < candidate, s = uniform() < secondary;
    pairs->both += c && s;
    pairs->candidate_alone += c && !s;
    pairs->secondary_alone += s && !c;
}

static int
runs_that_find(enum plx_finding finding, double shared, double candidate, double secondary)
{
    int found = 0;

    state = SEED;
    for (int run = 0; run < RUNS; run++) {
        struct plx_pairs pairs = {0};
        for (int i = 0; i < PAIRS; i++) {
            draw(&pairs, shared, candidate, secondary);
            if (plx_finding_of(&pairs, 0.95) == finding) {
                found++;
                break;
            }
        }
    }
    printf("seed %u: shared %.2f candidate %.2f secondary %.2f: %d of %d runs\n", SEED, shared, candidate, secondary,
           found, RUNS);
    return found;
}

/* Looked at after each exchange, at most 5 % of the runs may ever say "regression" where there is none. */
static void
equal_rates_seldom_look_like_a_regression(void **unused)
{
    assert_true(runs_that_find(PLX_REGRESSION, 0, 0.5, 0.5) <= RUNS * 5 / 100);
    assert_true(runs_that_find(PLX_REGRESSION, 0.3, 0.1, 0.1) <= RUNS * 5 / 100);
    assert_true(runs_that_find(PLX_REGRESSION, 0.9, 0.02, 0.02) <= RUNS * 5 / 100);
    assert_true(runs_that_find(PLX_REGRESSION, 0, 0.05, 0.2) <= RUNS * 5 / 100);
}

/* Likewise "noise" where the candidate differs twice as often as the secondary. */
static void
twice_the_rate_seldom_looks_like_noise(void **unused)
{
    assert_true(runs_that_find(PLX_NOISE, 0, 0.4, 0.2) <= RUNS * 5 / 100);
    assert_true(runs_that_find(PLX_NOISE, 0, 1.0, 0.5) <= RUNS * 5 / 100);
}

static void
a_fault_is_found(void **unused)
{
    assert_true(runs_that_find(PLX_REGRESSION, 0, 0.1, 0.0) >= RUNS * 95 / 100);
    assert_true(runs_that_find(PLX_REGRESSION, 0, 0.9, 0.5) >= RUNS * 95 / 100);
}

/* A field that differs alone each time is a regression after few exchanges; one that both show each time is noise. */
static void
certainty_comes_after_few_exchanges(void **unused)
{
    struct plx_pairs fault = {0}, timestamp = {0};

    while (plx_finding_of(&fault, 0.99) == PLX_INCONCLUSIVE)
        fault.candidate_alone++;
    while (plx_finding_of(&timestamp, 0.99) == PLX_INCONCLUSIVE)
        timestamp.both++;
    assert_int_equal(plx_finding_of(&fault, 0.99), PLX_REGRESSION);
    assert_int_equal(plx_finding_of(&timestamp, 0.99), PLX_NOISE);
    assert_in_range(fault.candidate_alone, 8, 12);
    assert_in_range(timestamp.both, 8, 12);
}

static void
thin_evidence_is_inconclusive(void **unused)
{
    assert_int_equal(plx_finding_of(&(struct plx_pairs){0, 3, 0}, 0.99), PLX_INCONCLUSIVE);
    assert_int_equal(plx_finding_of(&(struct plx_pairs){3, 0, 0}, 0.99), PLX_INCONCLUSIVE);
    assert_int_equal(plx_finding_of(&(struct plx_pairs){0, 0, 0}, 0.99), PLX_INCONCLUSIVE);
}

static void
the_capital_of_nothing_is_one_and_large_counts_stay_finite(void **unused)
{
    assert_true(fabs(plx_evidence_regression(&(struct plx_pairs){0})) < 1e-12);
    assert_true(isfinite(plx_evidence_regression(&(struct plx_pairs){0, 4000000000u, 1000000000u})));
    assert_true(isfinite(plx_evidence_noise(&(struct plx_pairs){4000000000u, 4000000000u, 4000000000u})));
}

/* Many fields at once: a capital that would do for one alone is not enough for one of a hundred, and is for all of a hundred. */
static void
many_fields_need_more_evidence_each(void **unused)
{
    struct plx_pairs pairs[100] = {{0}};
    enum plx_finding findings[100];

    pairs[0].candidate_alone = 10;
    assert_int_equal(plx_finding_of(&pairs[0], 0.99), PLX_REGRESSION);
    assert_true(plx_findings_of(pairs, 100, 0.99, findings));
    assert_int_equal(findings[0], PLX_INCONCLUSIVE);
    for (int i = 0; i < 100; i++)
        pairs[i].candidate_alone = 10;
    assert_true(plx_findings_of(pairs, 100, 0.99, findings));
    for (int i = 0; i < 100; i++)
        assert_int_equal(findings[i], PLX_REGRESSION);
}

static void
clean_needs_what_the_binomial_says(void **unused)
{
    assert_int_equal(plx_exchanges_to_be_clean(0.99, 0.05), 90);
    assert_int_equal(plx_exchanges_to_be_clean(0.95, 0.5), 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_rates_seldom_look_like_a_regression),
        cmocka_unit_test(twice_the_rate_seldom_looks_like_noise),
        cmocka_unit_test(a_fault_is_found),
        cmocka_unit_test(certainty_comes_after_few_exchanges),
        cmocka_unit_test(thin_evidence_is_inconclusive),
        cmocka_unit_test(the_capital_of_nothing_is_one_and_large_counts_stay_finite),
        cmocka_unit_test(many_fields_need_more_evidence_each),
        cmocka_unit_test(clean_needs_what_the_binomial_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
