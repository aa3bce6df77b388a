/* SPDX-License-Identifier: Apache-2.0 */
/* What a canary's uncopied answers show: a candidate that fails more, or is slower; and no client who fails anywhere.
 */
#include "evidence/count/canary_evidence.h"

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONFIDENCE 0.99
#define FOLD_MS    200u

static uint64_t seed;

static double
chance(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static struct plx_exchange_outcome
answer(enum plx_role role, int status, uint64_t client)
{
    struct plx_exchange_outcome outcome = {.drawn = true, .client = client, .served = role};

    outcome.subject.kind = PLX_SUBJECT_SERVICE;
    outcome.roles[role] = (struct plx_role_outcome){.asked = true, .status = status, .duration_ns = 1000000};
    return outcome;
}

static uint32_t
seen(struct plx_exchange_outcome outcome, struct plx_sighting *sighting)
{
    struct plx_sightings *sightings = NULL;

    plx_sightings_add(&sightings, &outcome);
    uint32_t count = sightings ? sightings->count : 0;
    if (count)
        *sighting = sightings->list[0];
    free(sightings);
    return count;
}

static void
test_what_is_seen(void **state)
{
    struct plx_exchange_outcome outcome = answer(PLX_CANDIDATE, 200, 7);
    struct plx_sighting one = {0};

    assert_int_equal(seen(outcome, &one), 1);
    assert_true(one.candidate && one.client == 7 && one.duration_ns == 1000000);
    outcome.roles[PLX_CANDIDATE].duration_ns = 0; /* quicker than the clock tells, and no failure */
    assert_int_equal(seen(outcome, &one), 1);
    assert_true(one.duration_ns == 1);
    assert_int_equal(seen(answer(PLX_PRIMARY, 503, 7), &one), 1);
    assert_true(!one.candidate && one.duration_ns == 0);
    outcome.drawn = false; /* those who are not meant are others */
    assert_int_equal(seen(outcome, &one), 0);
    outcome = answer(PLX_CANDIDATE, 200, 7);
    outcome.copied = true; /* judged by its copies */
    assert_int_equal(seen(outcome, &one), 0);
    outcome = answer(PLX_CANDIDATE, 0, 7);
    outcome.roles[PLX_CANDIDATE].failed = true;
    outcome.roles[PLX_CANDIDATE].reason = PLX_INCOMPARABLE_CANCELED; /* the client went away */
    assert_int_equal(seen(outcome, &one), 0);
    outcome.roles[PLX_CANDIDATE].reason = PLX_INCOMPARABLE_RESET;
    assert_int_equal(seen(outcome, &one), 1);
    assert_true(one.candidate && one.duration_ns == 0);
    outcome = answer(PLX_PRIMARY, 200, 7); /* the primary answered in the candidate's place */
    outcome.fallback = PLX_FALLBACK_CONNECT;
    outcome.roles[PLX_CANDIDATE] = (struct plx_role_outcome){.asked = true, .failed = true};
    outcome.roles[PLX_CANDIDATE].reason = PLX_INCOMPARABLE_CONNECT;
    assert_int_equal(seen(outcome, &one), 1);
    assert_true(one.candidate && one.duration_ns == 0);
    outcome.fallback = PLX_FALLBACK_EJECTED; /* not asked: neither its failure nor the primary's answer */
    outcome.roles[PLX_CANDIDATE] = (struct plx_role_outcome){0};
    outcome.roles[PLX_PRIMARY] = (struct plx_role_outcome){.asked = true, .status = 200, .duration_ns = 1};
    assert_int_equal(seen(outcome, &one), 0);
    outcome.roles[PLX_CANDIDATE] = (struct plx_role_outcome){.asked = true, .failed = true};
    outcome.fallback = PLX_FALLBACK_SHED; /* which says nothing of it */
    assert_int_equal(seen(outcome, &one), 0);
}

static void
test_sightings_are_limited(void **state)
{
    const struct plx_exchange_outcome outcome = answer(PLX_PRIMARY, 200, 0);
    struct plx_sightings *sightings = NULL;

    for (unsigned i = 0; i < PLX_SIGHTINGS_MAX + 10; i++)
        plx_sightings_add(&sightings, &outcome);
    assert_int_equal(sightings->count, PLX_SIGHTINGS_MAX);
    free(sightings);
}

/* How a service behaves: what share of each side fails, how long it takes, by what clients are drawn. */
struct world {
    double candidate_fails, primary_fails;
    uint64_t candidate_ns, primary_ns;
    bool by_client;
    double bad_client; /* this share of all requests is of one client of the candidate's, who fails */
};

/* Returns how many requests it took until the candidate was found to fail more; 0: it was not. */
static uint64_t
run(const struct world *world, struct plx_canary_evidence *evidence, uint64_t requests, unsigned per_fold)
{
    struct plx_histogram primary = {0};
    uint64_t orders = 0, at = 0;

    for (int i = 0; i < 1000; i++)
        plx_histogram_add(&primary, (uint64_t)((double)world->primary_ns * (0.5 + chance())));
    for (uint64_t time_ms = 1000000; at < requests; time_ms += FOLD_MS) {
        struct plx_sightings sightings = {0};
        struct plx_canary_fold fold = {0};

        for (unsigned i = 0; i < per_fold; i++, at++) {
            bool candidate = chance() < 0.3, bad = chance() < world->bad_client;
            double fails = candidate ? world->candidate_fails : world->primary_fails;
            uint64_t took =
                (uint64_t)((double)(candidate ? world->candidate_ns : world->primary_ns) * (0.5 + chance()));
            uint64_t client = world->by_client ? 2 * at + 3 : 0;

            if (bad)
                sightings.list[i] = (struct plx_sighting){world->by_client ? 1 : 0, 0, true};
            else
                sightings.list[i] = (struct plx_sighting){client, chance() < fails ? 0 : took, candidate};
            sightings.count++;
        }
        plx_canary_fold_add(&fold, evidence, &sightings, &primary);
        plx_canary_evidence_feed(evidence, &fold, &orders, CONFIDENCE, time_ms);
        assert_true(plx_canary_evidence_is_valid(evidence));
        if (evidence->fails_more.found_ms)
            return at;
    }
    return 0;
}

static void
test_a_candidate_that_fails_more_is_found(void **state)
{
    for (seed = 1; seed <= 20; seed++) {
        const struct world world = {0.05, 0.001, 1000000, 1000000, seed % 2 == 0, 0};
        struct plx_canary_evidence evidence = {0};
        uint64_t kept = seed, found = run(&world, &evidence, 20000, 40);

        assert_in_range(found, 1, 4000);
        plx_canary_evidence_fini(&evidence);
        seed = kept;
    }
}

static void
test_one_that_does_not_is_not(void **state)
{
    static const double rates[] = {0, 0.001, 0.02, 0.3};
    unsigned wrong = 0, kept;

    for (kept = 0; kept < 200; kept++) {
        const struct world world = {rates[kept % 4], rates[kept % 4], 1000000, 1000000, kept % 2 == 0, 0};
        struct plx_canary_evidence evidence = {0};

        seed = kept + 1;
        wrong += run(&world, &evidence, 10000, 20) != 0;
        wrong += plx_canary_is_slower(&evidence, PLX_LATENCY_MEDIAN, CONFIDENCE) ||
                 plx_canary_is_slower(&evidence, PLX_LATENCY_TAIL, CONFIDENCE);
        plx_canary_evidence_fini(&evidence);
    }
    assert_in_range(wrong, 0, 3);
}

static void
test_a_client_who_fails_whoever_serves_him_is_one(void **state)
{
    const struct world world = {0.001, 0.001, 1000000, 1000000, true, 0.2};
    struct plx_canary_evidence evidence = {0};

    seed = 11;
    assert_int_equal(run(&world, &evidence, 20000, 40), 0);
    plx_canary_evidence_fini(&evidence);
}

static void
test_a_slower_candidate_is_told_and_an_equal_one_not(void **state)
{
    const struct world slower = {0, 0, 2000000, 1000000, true, 0}, like = {0, 0, 1100000, 1000000, true, 0};
    struct plx_canary_evidence evidence = {0};

    seed = 5;
    assert_int_equal(run(&slower, &evidence, 6000, 40), 0);
    assert_true(plx_canary_is_slower(&evidence, PLX_LATENCY_MEDIAN, CONFIDENCE));
    assert_true(plx_canary_is_slower(&evidence, PLX_LATENCY_TAIL, CONFIDENCE));
    plx_canary_evidence_fini(&evidence);
    evidence = (struct plx_canary_evidence){0};
    assert_int_equal(run(&like, &evidence, 6000, 40), 0);
    assert_false(plx_canary_is_slower(&evidence, PLX_LATENCY_MEDIAN, CONFIDENCE));
    plx_canary_evidence_fini(&evidence);
}

static void
test_clients_are_limited(void **state)
{
    struct plx_canary_evidence evidence = {0};
    uint64_t orders = 0;

    for (uint64_t client = 1; client <= PLX_CANARY_CLIENTS_MAX + 1000; client++) {
        struct plx_sightings one = {.count = 1, .list = {{client, 1, client % 2 == 0}}};
        struct plx_canary_fold fold = {0};

        plx_canary_fold_add(&fold, &evidence, &one, NULL);
        plx_canary_evidence_feed(&evidence, &fold, &orders, CONFIDENCE, client);
    }
    assert_int_equal(evidence.answers.candidate + evidence.answers.primary, PLX_CANARY_CLIENTS_MAX);
    plx_canary_evidence_fini(&evidence);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_seen),
        cmocka_unit_test(test_sightings_are_limited),
        cmocka_unit_test(test_a_candidate_that_fails_more_is_found),
        cmocka_unit_test(test_one_that_does_not_is_not),
        cmocka_unit_test(test_a_client_who_fails_whoever_serves_him_is_one),
        cmocka_unit_test(test_a_slower_candidate_is_told_and_an_equal_one_not),
        cmocka_unit_test(test_clients_are_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
