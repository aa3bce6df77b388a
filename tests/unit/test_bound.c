/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds and limits are those of the formulas, tell how many exchanges they need, and the gate decides by them.
 */
#include "stats/bound.h"
#include "stats/gate.h"
#include "stats/masked.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
test_exchanges_that_a_quiet_service_needs(void **state)
{
    assert_int_equal(plx_bound_quiet_needed(0.05, 0.99), 90);
    assert_int_equal(plx_bound_quiet_needed(0.01, 0.99), 459);
    assert_int_equal(plx_bound_quiet_needed(0.005, 0.99), 919);
    assert_int_equal(plx_bound_quiet_needed(0.001, 0.99), 4603);
    assert_int_equal(plx_bound_quiet_needed(0.5, 0.75), 2);
    assert_int_equal(plx_bound_quiet_needed(1, 0.99), 1);
    assert_int_equal(plx_bound_quiet_needed(0, 0.99), UINT64_MAX);
    assert_int_equal(plx_bound_quiet_needed(NAN, 0.99), UINT64_MAX);
    for (int i = 1; i < 100; i++) {
        uint64_t n = plx_bound_quiet_needed(i / 100.0, 0.99);

        assert_true(plx_bound_upper(n, 0, 0, 0.99) <= i / 100.0 + 1e-12);
        assert_true(n == 1 || plx_bound_upper(n - 1, 0, 0, 0.99) > i / 100.0);
    }
}

/* The capital as the header writes it, where a double can hold it: at U it is 5/alpha, as far as noise goes. */
static void
test_the_bound_is_where_the_capital_reaches_its_goal(void **state)
{
    static const double stakes[] = {.95,      .8,       1.0 / 2,  1.0 / 4,   1.0 / 8,
                                    1.0 / 16, 1.0 / 32, 1.0 / 64, 1.0 / 181, 1.0 / 512};

    for (uint64_t a = 1; a < 40; a += 6)
        for (uint64_t s = 0; s < 40; s += 9) {
            double u = plx_bound_upper(200, a, s, 0.99), sum = 0;

            if (u < 1e-9) /* the secondary is so much worse that any excess is refuted */
                continue;
            for (int k = 0; k < 10; k++) {
                double l = stakes[k] / (1 - u);

                sum += pow(1 + l * (u - 1), (double)a) * pow(1 + l * (u + 1), (double)s) *
                       pow(1 + l * u, 200.0 - (double)a - (double)s) / 10;
            }
            assert_true(fabs(sum - 500) < 1e-3);
        }
}

static void
test_bounds_over_noise(void **state)
{
    static const struct {
        uint64_t n, alone;
        double at_least, at_most;
    } cases[] = {{10000, 0, 0.00046, 0.000461}, {10000, 1, 0.00106, 0.00110},  {10000, 99, 0.0058, 0.0061},
                 {10000, 900, 0.0175, 0.0181},  {100000, 990, 0.0018, 0.0019}, {1000, 10, 0.021, 0.0221}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double u = plx_bound_upper(cases[i].n, cases[i].alone, cases[i].alone, 0.99);

        print_message("%llu exchanges, %llu alone on each side: %.5f\n", (unsigned long long)cases[i].n,
                      (unsigned long long)cases[i].alone, u);
        assert_true(u >= cases[i].at_least && u <= cases[i].at_most);
    }
    assert_true(plx_bound_upper(0, 0, 0, 0.99) == 1);
    assert_true(plx_bound_upper(1000, 1000, 0, 0.99) > 0.999);
}

static void
test_the_least_bound_is_kept(void **state)
{
    struct plx_bound bound = {0};
    double best;

    plx_bound_feed(&bound, &(struct plx_fold){.compared = 1000, .exchanges = 1000});
    best = plx_bound_look(&bound, 0.99);
    plx_bound_feed(&bound, &(struct plx_fold){.compared = 1020, .exchanges = 20, .candidate_alone = 5});
    assert_true(plx_bound_look(&bound, 0.99) == best);
    assert_true(plx_bound_look(&bound, 0.999) > best); /* at another confidence it begins anew */
    assert_true(plx_bound_is_valid(&bound));
    bound.candidate_alone = 2000;
    assert_false(plx_bound_is_valid(&bound));
}

/* A stale secondary is no excuse for the candidate: thirty differences of one moment count as one. */
static void
test_a_burst_of_the_secondary_does_not_lower_the_bound(void **state)
{
    struct plx_bound with = {0}, without = {0};
    uint64_t compared = 0;

    for (int i = 0; i < 200; i++) {
        uint64_t burst = i >= 100 && i < 110 ? 20 : 0;

        compared += 20;
        plx_bound_feed(&with, &(struct plx_fold){.compared = compared,
                                                 .exchanges = 20,
                                                 .secondary_alone = burst,
                                                 .candidate_alone = i % 10 == 0});
        plx_bound_feed(&without,
                       &(struct plx_fold){.compared = compared, .exchanges = 20, .candidate_alone = i % 10 == 0});
    }
    assert_int_equal(with.secondary_alone, 200);
    assert_true(plx_bound_dispersion(&with) > 50);
    assert_true(plx_bound_dispersion(&without) == 1);
    assert_true(plx_bound_look(&with, 0.99) > 0.9 * plx_bound_look(&without, 0.99));
}

/* What is said after the j-th incident errs with alpha / (2 j (j + 1)), and bursts that were measured are remembered.
 */
static void
test_a_bound_begins_anew(void **state)
{
    const struct plx_fold burst = {.exchanges = 100, .candidate_alone = 40}, good = {.exchanges = 1195};
    struct plx_bound bound = {0};

    plx_bound_feed(&bound, &burst);
    assert_true(plx_bound_look(&bound, 0.99) > 0.4);
    plx_bound_begin_anew(&bound, 1700000000000, &(struct plx_fold){0});
    assert_true(plx_bound_look(&bound, 0.99) == 1);
    assert_int_equal(plx_bound_more(&bound, 0.005, 0.99), 1196);
    plx_bound_feed(&bound, &good);
    assert_true(plx_bound_look(&bound, 0.99) > 0.005);
    plx_bound_feed(&bound, &(struct plx_fold){.exchanges = 1});
    assert_true(fabs(plx_bound_look(&bound, 0.99) - plx_bound_upper(1196, 0, 0, 1 - 0.01 / 4)) < 1e-9);
    assert_true(bound.least <= 0.005);
    assert_int_equal(bound.since_ms, 1700000000000);
    assert_true(bound.scales[0].jumps > 0);
    plx_bound_begin_anew(&bound, 1700000001000, &good);
    assert_true(fabs(plx_bound_look(&bound, 0.99) - plx_bound_upper(1195, 0, 0, 1 - 0.01 / 12)) < 1e-9);
    assert_true(plx_bound_is_valid(&bound));
}

static void
test_how_many_more(void **state)
{
    struct plx_bound quiet = {.compared = 500}, noisy = {0};
    struct plx_bound bad = {.compared = 1000, .candidate_alone = 50};
    uint64_t more, total;

    for (uint64_t i = 0; i < 20; i++) /* 1 % on both sides */
        plx_bound_feed(&noisy, &(struct plx_fold){.exchanges = 50, .candidate_alone = i % 2, .secondary_alone = i % 2});
    more = plx_bound_more(&noisy, 0.005, 0.99);
    total = 1000 + more;
    assert_int_equal(plx_bound_more(&quiet, 0.005, 0.99), 419);
    quiet.compared = 919;
    assert_int_equal(plx_bound_more(&quiet, 0.005, 0.99), 0);
    assert_true(plx_bound_upper(total, total / 100, total / 100, 0.99) < 0.0052);
    assert_true(plx_bound_upper(total, total / 100, total / 100, 0.99) > 0.0048);
    assert_int_equal(plx_bound_more(&bad, 0.005, 0.99), UINT64_MAX);
    assert_int_equal(plx_bound_noisy_needed(0, 0.005, 0.99), 919);
    assert_true(plx_bound_noisy_needed(0.01, 0.005, 0.99) > 5000);
    assert_true(plx_bound_noisy_needed(0.01, 0.005, 0.99) < 20000);
}

static void
test_evidence_for_an_excess_above_a_limit(void **state)
{
    for (uint64_t a = 0; a < 60; a += 12)
        for (uint64_t s = 0; s < 20; s += 7) {
            double sum = 0, m = 0.02, free = 0;

            for (int k = 0; k < 22; k++) {
                double l = .98 * exp2(-k / 2.0) / (1 + m), f = .98 * exp2(-k / 2.0) / m;

                sum += pow(1 + l * (1 - m), (double)a) * pow(1 - l * (1 + m), (double)s) *
                       pow(1 - l * m, 300.0 - (double)a - (double)s) / 22;
                free += pow(1 + f * (1 - m), (double)a) * pow(1 - f * m, 300.0 - (double)a) / 22;
            }
            assert_true(fabs(plx_bound_exceeds(300, a, s, m) - log(sum)) < 1e-9);
            assert_true(fabs(plx_bound_exceeds_allowed(300, a, m) - log(free)) < 1e-9);
        }
    assert_true(plx_bound_exceeds_allowed(1000000, 0, 0) == 0);
    assert_true(isinf(plx_bound_exceeds_allowed(1000000, 1, 0)));
    assert_true(plx_bound_exceeds_allowed(1000, 1, 0.001) < log(100)); /* what `allow: 0.1%` is for */
    assert_true(plx_bound_exceeds_allowed(1000, 10, 0.001) > log(100));
}

static void
test_masked_fields(void **state)
{
    assert_false(plx_field_is_masked(7, 7, 0));
    assert_true(plx_field_is_masked(8, 8, 0));
    assert_true(plx_field_is_masked(100, 30, 20));
    assert_false(plx_field_is_masked(100, 30, 19));
    assert_true(plx_field_is_masked(100, 200, 0));
}

/* ---- the gate ---- */

static struct plx_gate_decision
decide(uint64_t compared, uint64_t candidate, uint64_t errors, struct plx_gate_view view)
{
    struct plx_bound mismatches = {.compared = compared, .candidate_alone = candidate},
                     failed = {.compared = compared, .candidate_alone = errors};

    view.mismatches = &mismatches;
    view.errors = &failed;
    view.limit = 0.005;
    view.confidence = 0.99;
    view.exchanges = compared;
    return plx_gate_decide(&view);
}

static void
expect(struct plx_gate_decision decision, enum plx_gate gate, enum plx_gate_reason reason)
{
    assert_int_equal(decision.gate, gate);
    assert_int_equal(decision.reason, reason);
}

static void
test_the_gate(void **state)
{
    struct plx_gate_view fine = {.within = true}, view = fine;
    struct plx_gate_decision hold = decide(500, 0, 0, fine);

    expect(decide(919, 0, 0, fine), PLX_GATE_GO_ON, PLX_GATE_WITHIN);
    expect(hold, PLX_GATE_HOLD, PLX_GATE_MISMATCHES);
    assert_int_equal(hold.more, 419);
    expect(decide(20, 20, 0, fine), PLX_GATE_ROLL_BACK, PLX_GATE_MISMATCHES);
    expect(decide(1000, 0, 40, fine), PLX_GATE_ROLL_BACK, PLX_GATE_ERRORS);
    expect(decide(1000, 0, 1, fine), PLX_GATE_HOLD, PLX_GATE_ERRORS);
    view.slower = true;
    expect(decide(919, 0, 0, view), PLX_GATE_ROLL_BACK, PLX_GATE_LATENCY);
    view = (struct plx_gate_view){.within = false};
    expect(decide(919, 0, 0, view), PLX_GATE_HOLD, PLX_GATE_LATENCY);
    view = fine;
    view.incident_left = 30;
    assert_int_equal(decide(919, 0, 0, view).more, 30);
    view = fine;
    view.incomparable = 5; /* 0.54 % */
    expect(decide(919, 0, 0, view), PLX_GATE_HOLD, PLX_GATE_INCOMPARABLE);
    view.incomparable = 4;
    expect(decide(919, 0, 0, view), PLX_GATE_GO_ON, PLX_GATE_WITHIN);
    view.masked = 1;
    expect(decide(919, 0, 0, view), PLX_GATE_HOLD, PLX_GATE_MASKED);
    view = fine;
    view.time_left_ms = 60000;
    expect(decide(919, 0, 0, view), PLX_GATE_HOLD, PLX_GATE_TIME);
    expect(decide(0, 0, 0, fine), PLX_GATE_HOLD, PLX_GATE_MISMATCHES);
    assert_string_equal(plx_gate_text(PLX_GATE_ROLL_BACK), "roll back");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges_that_a_quiet_service_needs),
        cmocka_unit_test(test_the_bound_is_where_the_capital_reaches_its_goal),
        cmocka_unit_test(test_bounds_over_noise),
        cmocka_unit_test(test_the_least_bound_is_kept),
        cmocka_unit_test(test_a_burst_of_the_secondary_does_not_lower_the_bound),
        cmocka_unit_test(test_a_bound_begins_anew),
        cmocka_unit_test(test_how_many_more),
        cmocka_unit_test(test_evidence_for_an_excess_above_a_limit),
        cmocka_unit_test(test_masked_fields),
        cmocka_unit_test(test_the_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
