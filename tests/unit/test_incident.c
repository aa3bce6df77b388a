/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents and changes are told in time, with their beginning and end, and are over when enough has followed.
 */
#include "stats/incident.h"
#include "stats/onset.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define START_MS UINT64_C(1700000000000)
#define QUIET    919

static enum plx_incident_news
feed(struct plx_incidents *incidents, uint64_t index, uint64_t exchanges, uint64_t candidate, uint64_t secondary)
{
    struct plx_fold fold = {
        START_MS + (index + 1) * PLX_FOLD_MS, (index + 1) * exchanges, exchanges, 0, candidate, secondary};

    return plx_incidents_feed(incidents, &fold, QUIET);
}

static void
test_a_total_failure_is_told_after_nineteen_exchanges(void **state)
{
    struct plx_incidents incidents = {0};

    for (uint64_t i = 0; i < 18; i++)
        assert_int_equal(feed(&incidents, i, 1, 1, 0), PLX_INCIDENT_NONE);
    assert_int_equal(feed(&incidents, 18, 1, 1, 0), PLX_INCIDENT_TOLD);
}

/* From 12:01:03 to 12:01:06, and right since. */
static void
test_an_incident_has_its_times_and_is_over(void **state)
{
    struct plx_incidents incidents = {0};
    uint64_t i = 0;
    enum plx_incident_news news = PLX_INCIDENT_NONE;

    for (; i < 315; i++)
        feed(&incidents, i, 20, 0, 0);
    for (; i < 330; i++)
        news = feed(&incidents, i, 20, 20, 0) ? PLX_INCIDENT_TOLD : news;
    assert_int_equal(news, PLX_INCIDENT_TOLD);
    assert_int_equal(incidents.now.began_ms, START_MS + 315 * PLX_FOLD_MS);
    assert_int_equal(incidents.now.ended_ms, START_MS + 330 * PLX_FOLD_MS);
    assert_int_equal(incidents.now.candidate_alone, 300);
    assert_int_equal(plx_incidents_left(&incidents, 330 * 20 + 400, QUIET), QUIET - 400);
    for (news = PLX_INCIDENT_NONE; news == PLX_INCIDENT_NONE && i < 400; i++) {
        assert_false(plx_incidents_explain(&incidents, 300, 0, 0.99));
        news = feed(&incidents, i, 20, 0, 0);
    }
    assert_int_equal(news, PLX_INCIDENT_OVER);
    assert_int_equal(i - 1, 330 + 46); /* 920 exchanges have followed when the next fold comes */
    assert_int_equal(incidents.last.candidate_alone, 300);
    assert_int_equal(incidents.last.began, 315 * 20);
    assert_int_equal(incidents.over, 1);
    assert_int_equal(plx_incidents_left(&incidents, i * 20, QUIET), 0);
    assert_true(plx_incidents_explain(&incidents, 303, 2, 0.99));
    assert_false(plx_incidents_explain(&incidents, 330, 2, 0.99)); /* thirty others remain to be explained */
    assert_true(plx_incidents_are_valid(&incidents));
}

/* What differs as often on both sides is none. */
static void
test_noise_is_no_incident(void **state)
{
    struct plx_incidents incidents = {0};

    for (uint64_t i = 0; i < 5000; i++)
        assert_int_equal(feed(&incidents, i, 20, (i * 7 + i / 3) % 4, (i * 5 + i / 2) % 4), PLX_INCIDENT_NONE);
}

static void
test_single_differences_far_apart_are_no_incident(void **state)
{
    struct plx_incidents incidents = {0};

    for (uint64_t i = 0; i < 5000; i++)
        assert_int_equal(feed(&incidents, i, 20, i % 50 == 0, 0), PLX_INCIDENT_NONE);
}

/* A fault in 1 of 150: the pause that follows on its 266 differences is chance, and forgives none of them. */
static void
test_a_pause_of_a_lasting_fault_forgives_nothing(void **state)
{
    struct plx_incidents incidents = {0};
    uint64_t i = 0, found = 0;

    for (; i < 2000; i++) {
        bool differs = i * 20 / 150 != (i + 1) * 20 / 150;
        enum plx_incident_news news = feed(&incidents, i, 20, differs, 0);

        found += differs;
        assert_int_not_equal(news, PLX_INCIDENT_OVER);
    }
    assert_true(incidents.told);
    for (; i < 2100; i++)
        assert_int_not_equal(feed(&incidents, i, 20, 0, 0), PLX_INCIDENT_OVER);
    assert_int_equal(incidents.over, 0);
    assert_false(plx_incidents_explain(&incidents, found, 0, 0.99));
}

static void
test_a_state_that_no_folds_lead_to_is_refused(void **state)
{
    struct plx_incidents incidents = {0};

    assert_true(plx_incidents_are_valid(&incidents));
    incidents.sum[1] = -1;
    assert_false(plx_incidents_are_valid(&incidents));
    incidents.sum[1] = 0;
    incidents.now.began = 5;
    assert_false(plx_incidents_are_valid(&incidents));
}

/* ---- changes ---- */

static bool
change(struct plx_onset *onset, uint64_t index, int64_t lead)
{
    struct plx_block block = {.lead = lead, .began_ms = START_MS + index * 1000};

    return plx_onset_feed(onset, &block, START_MS + (index + 1) * 1000);
}

/* R by its definition: the sum over all beginnings of what would have been won since. */
static void
test_evidence_is_the_sum_over_all_beginnings(void **state)
{
    static const int64_t leads[] = {1, -2, 3, 3, -1, 4};
    static const int bets[PLX_ONSET_BETS] = {0, 3, 5, 7, 8, 9, 10, 11};
    struct plx_onset onset = {0};
    double want = 0;

    for (uint64_t i = 0; i < 6; i++)
        change(&onset, i, leads[i]);
    for (int k = 0; k < PLX_ONSET_BETS; k++)
        for (int from = 0; from < 6; from++) {
            double won = 1;

            for (int i = from; i < 6; i++)
                won *= exp(plx_bets_log_factor(bets[k], leads[i]));
            want += won / PLX_ONSET_BETS;
        }
    assert_true(fabs(plx_onset_evidence(&onset) - want) < 1e-9 * want);
}

static void
test_a_change_is_seen_with_its_time_whatever_came_before(void **state)
{
    struct plx_onset onset = {0};
    uint64_t i = 0, blocks = 0;

    for (; i < 10000; i++)
        assert_false(change(&onset, i, i % 2 ? 3 : -3));
    while (!change(&onset, i++, 100))
        assert_true(++blocks < 40);
    print_message("seen after %llu blocks\n", (unsigned long long)blocks + 1);
    assert_true(blocks + 1 <= 24);
    assert_true(onset.since_ms >= START_MS + 9998 * 1000 && onset.since_ms <= START_MS + 10002 * 1000);
    assert_int_equal(onset.seen_ms, START_MS + i * 1000);
    assert_true(plx_onset_evidence(&onset) == 0);
    assert_true(plx_onset_is_valid(&onset));
    onset.sum[0] = -1;
    assert_false(plx_onset_is_valid(&onset));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_total_failure_is_told_after_nineteen_exchanges),
        cmocka_unit_test(test_an_incident_has_its_times_and_is_over),
        cmocka_unit_test(test_noise_is_no_incident),
        cmocka_unit_test(test_single_differences_far_apart_are_no_incident),
        cmocka_unit_test(test_a_pause_of_a_lasting_fault_forgives_nothing),
        cmocka_unit_test(test_a_state_that_no_folds_lead_to_is_refused),
        cmocka_unit_test(test_evidence_is_the_sum_over_all_beginnings),
        cmocka_unit_test(test_a_change_is_seen_with_its_time_whatever_came_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
