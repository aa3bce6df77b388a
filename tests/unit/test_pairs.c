/* SPDX-License-Identifier: Apache-2.0 */
/* Noise is said of what differs less than twice as often as the secondary, and of nothing else, at any look. */
#include "stats/pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SEED       UINT64_C(0x9E3779B97F4A7C15)
#define RUNS       2000
#define PAIRS      500
#define CONFIDENCE 0.95

static uint64_t seed = SEED;

static double
chance(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) * 0x1p-53;
}

/* The share of runs in which a look after every exchange would ever have said noise. */
static double
said_noise(double both, double candidate_alone, double secondary_alone)
{
    int said = 0;

    for (int run = 0; run < RUNS; run++) {
        struct plx_pairs pairs = {0};

        for (int i = 0; i < PAIRS; i++) {
            double at = chance();

            if (at < both)
                pairs.both++;
            else if (at < both + candidate_alone)
                pairs.candidate_alone++;
            else if (at < both + candidate_alone + secondary_alone)
                pairs.secondary_alone++;
            else
                continue;
            if (plx_pairs_are_noise(&pairs, CONFIDENCE)) {
                said++;
                break;
            }
        }
    }
    return (double)said / RUNS;
}

static void
test_false_noise_stays_below_alpha(void **state)
{
    /* Twice as often as the secondary, in three ways to depend on one another. */
    assert_true(said_noise(0, 0.2, 0.1) <= 1 - CONFIDENCE);
    assert_true(said_noise(0.1, 0.1, 0) <= 1 - CONFIDENCE);
    assert_true(said_noise(0.05, 0.35, 0.15) <= 1 - CONFIDENCE);
}

static void
test_noise_is_found(void **state)
{
    assert_true(said_noise(0, 0.1, 0.1) > 0.5);
    assert_true(said_noise(0.1, 0.1, 0.1) > 0.9);
    assert_true(said_noise(1, 0, 0) == 1);
}

static void
test_little_says_nothing(void **state)
{
    assert_false(plx_pairs_are_noise(&(struct plx_pairs){0}, 0.99));
    assert_false(plx_pairs_are_noise(&(struct plx_pairs){.both = 2}, 0.99));
    assert_false(plx_pairs_are_noise(&(struct plx_pairs){.candidate_alone = 1000}, 0.99));
    assert_true(plx_pairs_are_noise(&(struct plx_pairs){.both = 20}, 0.99));
    /* Counts that no double tells apart are no trouble. */
    assert_true(plx_pairs_are_noise(&(struct plx_pairs){.both = UINT64_MAX}, 0.99));
    assert_false(plx_pairs_are_noise(&(struct plx_pairs){.candidate_alone = UINT64_MAX}, 0.99));
}

static void
test_findings_have_names(void **state)
{
    assert_string_equal(plx_finding_text(PLX_INCONCLUSIVE), "inconclusive");
    assert_string_equal(plx_finding_text(PLX_REGRESSION), "regression");
    assert_string_equal(plx_finding_text(PLX_NOISE), "noise");
    assert_string_equal(plx_finding_text((enum plx_finding)99), "inconclusive");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_false_noise_stays_below_alpha),
        cmocka_unit_test(test_noise_is_found),
        cmocka_unit_test(test_little_says_nothing),
        cmocka_unit_test(test_findings_have_names),
    };

    printf("seed %#llx\n", (unsigned long long)SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
