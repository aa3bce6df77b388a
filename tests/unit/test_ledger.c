/* SPDX-License-Identifier: Apache-2.0 */
/* What tallies add up to, the verdicts that follow from it, and the mismatches that are kept. */
#include "ledger_kit.h"

#include "evidence/findings/differences.h"
#include "evidence/findings/health.h"

static struct plx_arena *scratch;
static struct plx_buffer text;
static struct kit_exchange x;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, 256u << 20);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    return 0;
}

static void
fold_one(struct plx_ledger *ledger)
{
    struct plx_tally *tally = plx_tally_new(NULL);

    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
    plx_ledger_fold(ledger, tally);
}

static void
fold_matches(struct plx_ledger *ledger, const struct plx_service *service, const char *endpoint, int count)
{
    struct plx_tally *tally = plx_tally_new(NULL);

    for (int i = 0; i < count; i++) {
        kit_match(&x, service, endpoint);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
}

/* A service that nothing was seen of has a whole report: the contract's keys, all reasons, zeros. */
static void
test_report_of_nothing_is_whole(void **state)
{
    static const char *const zeros[] = {
        "/exchanges/total",        "/exchanges/match",      "/exchanges/uncopied",    "/uncopied/unsafe_method",
        "/uncopied/sampled_out",   "/uncopied/shed",        "/uncopied/too_large",    "/uncopied/route",
        "/uncopied/no_candidate",  "/uncopied/stage",       "/uncopied/upgrade",      "/uncopied/canceled",
        "/incomparable/connect",   "/incomparable/timeout", "/incomparable/reset",    "/incomparable/protocol",
        "/incomparable/truncated", "/incomparable/state",   "/retries/primary",       "/retries/candidate",
        "/incomparable/canceled",  "/latency/primary/p50",  "/latency/candidate/p99", "/compared",
        "/limits_hit/endpoints",   "/limits_hit/fields",    "/limits_hit/records",    "/share"};
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report = kit_report(ledger, &service, &text);

    expect_at(report, "/name", "payment");
    expect_at(report, "/stage", "shadow");
    expect_at(report, "/verdict", "inconclusive");
    expect_at(report, "/why", "nothing was compared yet");
    expect_at(report, "/endpoints", "[]");
    for (size_t i = 0; i < PLX_COUNT(zeros); i++)
        expect_at(report, zeros[i], "0");
    plx_ledger_close(ledger);
}

/* Without a difference: inconclusive until as many exchanges were compared as it takes, clean from then on. */
static void
test_clean_takes_enough_exchanges(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    int needed = (int)plx_bound_quiet_needed(0.05, 0.99);
    struct plx_slice report;

    assert_true(needed > 10);
    fold_matches(ledger, &service, "GET /", needed - 1);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "inconclusive");
    expect_at(report, "/endpoints/0/verdict", "inconclusive");
    assert_int_equal(kit_number(report, "/needed"), needed);
    assert_int_equal(kit_number(report, "/compared"), needed - 1);
    fold_matches(ledger, &service, "GET /", 1);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "clean");
    expect_at(report, "/endpoints/0/verdict", "clean");
    plx_ledger_set_options(ledger, &(struct plx_ledger_options){.confidence = 0.999999, .detect = 0.01});
    expect_at(kit_report(ledger, &service, &text), "/verdict", "inconclusive");
    plx_ledger_close(ledger);
}

/* Without a secondary one difference is a regression, of the field, its endpoint and the service. */
static void
test_without_secondary_a_difference_is_a_regression(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;

    fold_matches(ledger, &service, "GET /good", 500);
    kit_match(&x, &service, "GET /bad");
    kit_differ(&x, "/total", true, false);
    fold_one(ledger);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "regression");
    expect_at(report, "/endpoints/0/endpoint", "GET /bad");
    expect_at(report, "/endpoints/0/verdict", "regression");
    expect_at(report, "/endpoints/0/fields/0/verdict", "regression");
    expect_at(report, "/endpoints/0/fields/0/example/exchange", x.outcome.id);
    expect_at(report, "/endpoints/0/fields/0/example/primary", "1");
    expect_at(report, "/endpoints/0/fields/0/example/candidate", "2");
    expect_at(report, "/endpoints/1/verdict", "clean");
    plx_ledger_close(ledger);
}

/* What the secondary shows as often is noise and leaves the service clean; what only the candidate shows is not. */
static void
test_secondary_tells_noise_from_regression(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;

    kit_step_ms = 20;
    for (int i = 0; i < 800; i++) {
        kit_match(&x, &service, "GET /");
        if (i % 4 == 0)
            kit_differ(&x, "/time", true, true);
        fold_one(ledger);
    }
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "clean");
    expect_at(report, "/masked", "0");
    expect_at(report, "/endpoints/0/fields/0/verdict", "noise");
    expect_at(report, "/endpoints/0/fields/0/noise", "200");
    /* A handful is no proof, but told as what it is; block after block is. */
    for (int i = 0; i < 25; i++) {
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/total", true, false);
        fold_one(ledger);
    }
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "inconclusive");
    expect_at(report, "/incident/differing", "25");
    for (int i = 0; i < 800; i++) {
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/total", true, false);
        fold_one(ledger);
    }
    kit_step_ms = 0;
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "regression");
    expect_at(report, "/endpoints/0/fields/0/field", "/total");
    expect_at(report, "/endpoints/0/fields/1/field", "/time");
    expect_at(report, "/endpoints/0/fields/1/verdict", "noise");
    plx_ledger_close(ledger);
}

/* A candidate that is down is a regression in the pseudo-field "answer". */
static void
test_dead_candidate_is_a_regression(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;

    for (int i = 0; i < 60; i++) {
        kit_match(&x, &service, "GET /");
        kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_CONNECT);
        fold_one(ledger);
    }
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "regression");
    expect_at(report, "/incomparable/connect", "60");
    expect_at(report, "/endpoints/0/fields/0/field", "answer");
    expect_at(report, "/endpoints/0/fields/0/kind", "missing");
    expect_at(report, "/endpoints/0/fields/0/example/primary", "200");
    expect_at(report, "/endpoints/0/fields/0/example/candidate", "connect");
    kit_expect_adds_up(report, "");
    plx_ledger_close(ledger);
}

/* A secondary that fails more often than the candidate is no regression. */
static void
test_dead_secondary_is_no_regression(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;

    for (int i = 0; i < 200; i++) {
        kit_match(&x, &service, "GET /");
        kit_fail(&x, PLX_SECONDARY, PLX_INCOMPARABLE_CONNECT);
        fold_one(ledger);
    }
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "clean");
    expect_at(report, "/endpoints/0/fields/0/differences", "0");
    expect_at(report, "/endpoints/0/fields/0/verdict", "noise");
    plx_ledger_close(ledger);
}

/* An example's values are bounded. */
static void
test_examples_are_bounded(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    static char value[1000];
    char got[2000];
    struct plx_slice report;

    memset(value, 'v', sizeof(value) - 1);
    kit_match(&x, &service, "GET /");
    kit_differ(&x, "/a", true, false);
    x.fields[0].primary = S(value);
    fold_one(ledger);
    report = kit_report(ledger, &service, &text);
    assert_true(kit_json_get(report, "/endpoints/0/fields/0/example/primary", got, sizeof(got)));
    assert_int_equal(strlen(got), PLX_EXAMPLE_VALUE_MAX);
    plx_ledger_close(ledger);
}

/* One exchange with real answers, judged by the library. */
static void
fold_answers(struct plx_ledger *ledger, const struct plx_service *service, const struct plx_rules *rules,
             const char *const bodies[PLX_ROLES])
{
    struct plx_answer answers[PLX_ROLES] = {0};

    kit_match(&x, service, "GET /payroll/{id}");
    for (int i = 0; i < PLX_ROLES; i++) {
        answers[i] = (struct plx_answer){.status = 200,
                                         .body = S(bodies[i]),
                                         .body_length = strlen(bodies[i]),
                                         .media_type = {"application/json", 16}};
        x.answers[i].body = answers[i].body;
        x.answers[i].body_length = answers[i].body_length;
    }
    assert_int_equal(plx_judge(rules, &answers[PLX_PRIMARY], &answers[PLX_CANDIDATE], &answers[PLX_SECONDARY], NULL,
                               scratch, &x.judgement),
                     PLX_OK);
    x.outcome.verdict = x.judgement.verdict;
    x.outcome.rules = rules;
    fold_one(ledger);
}

/* From answers to the report: a rounded total is a regression, a timestamp is noise, a card's number is nowhere. */
static void
test_judged_answers_come_to_a_verdict(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_json_writer writer;
    struct plx_slice report;

    assert_int_equal(plx_rules_redact(rules, S("/card"), NULL), PLX_OK);
    for (int i = 0; i < 100; i++) {
        char bodies[PLX_ROLES][128];
        static const char *const totals[] = {"10.25", "10", "10.25"};

        for (int role = 0; role < PLX_ROLES; role++)
            snprintf(bodies[role], sizeof(bodies[role]),
                     "{\"time\":\"%d-%d\",\"card\":\"4111-%d\",\"items\":[{\"total\":%s}]}", i, role, role,
                     totals[role]);
        fold_answers(ledger, &service, rules, (const char *const[]){bodies[0], bodies[1], bodies[2]});
    }
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/verdict", "regression");
    expect_at(report, "/exchanges/mismatch", "100");
    expect_at(report, "/endpoints/0/fields/0/field", "/items/*/total");
    expect_at(report, "/endpoints/0/fields/0/verdict", "regression");
    expect_at(report, "/endpoints/0/fields/0/example/primary", "10.25");
    expect_at(report, "/endpoints/0/fields/1/field", "/card");
    expect_at(report, "/endpoints/0/fields/1/verdict", "noise");
    expect_at(report, "/endpoints/0/fields/2/field", "/time");
    expect_at(report, "/endpoints/0/fields/2/noise", "100");
    assert_false(kit_json_get(report, "/endpoints/0/fields/3", (char[8]){0}, 8));
    assert_false(kit_has(report, "4111"));
    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    assert_true(plx_findings_write_exchange(ledger, S(x.outcome.id), &writer));
    expect_at(plx_buffer_slice(&text), "/differences_total", "3");
    assert_false(kit_has(plx_buffer_slice(&text), "4111"));
    plx_rules_free(rules);
    plx_ledger_close(ledger);
}

/* ---- records ---- */

static struct plx_slice
differences(struct plx_ledger *ledger, const struct plx_service *service, struct plx_differences_query query)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_json_writer writer;

    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    plx_findings_write_differences(ledger, &subject, &query, &writer);
    kit_expect_json(plx_buffer_slice(&text));
    return plx_buffer_slice(&text);
}

/* Newest first; from a sequence number on oldest first, page by page; by endpoint, by field. */
static void
test_differences_are_paged_and_filtered(void **state)
{
    struct plx_service service = kit_service("payment", false), other = kit_service("other", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice page;

    for (int i = 1; i <= 6; i++) {
        kit_match(&x, i == 6 ? &other : &service, i % 2 ? "GET /odd" : "GET /even");
        kit_differ(&x, i == 3 ? "/three" : "", true, false);
        fold_one(ledger);
    }
    page = differences(ledger, &service, (struct plx_differences_query){.limit = 2});
    expect_at(page, "/differences/0/sequence", "5");
    expect_at(page, "/differences/1/sequence", "4");
    expect_at(page, "/last", "6");
    page = differences(ledger, &service, (struct plx_differences_query){.after = 2, .oldest_first = true, .limit = 2});
    expect_at(page, "/differences/0/sequence", "3");
    expect_at(page, "/differences/1/sequence", "4");
    expect_at(page, "/last", "4");
    page = differences(ledger, &service, (struct plx_differences_query){.after = 4, .oldest_first = true, .limit = 2});
    expect_at(page, "/differences/0/sequence", "5");
    expect_at(page, "/last", "6");
    page = differences(ledger, &service, (struct plx_differences_query){.after = 6, .oldest_first = true});
    expect_at(page, "/differences", "[]");
    page = differences(ledger, &service, (struct plx_differences_query){.endpoint = S("GET /even")});
    expect_at(page, "/differences/0/sequence", "4");
    expect_at(page, "/differences/1/sequence", "2");
    assert_false(kit_json_get(page, "/differences/2", (char[8]){0}, 8));
    page = differences(ledger, &service, (struct plx_differences_query){.field = S("/three")});
    expect_at(page, "/differences/0/sequence", "3");
    assert_false(kit_json_get(page, "/differences/1", (char[8]){0}, 8));
    page = differences(ledger, &service, (struct plx_differences_query){.field = S("")});
    expect_at(page, "/differences/3/sequence", "1");
    plx_ledger_close(ledger);
}

static void
test_exchange_is_found_by_its_id(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_json_writer writer;

    kit_match(&x, &service, "GET /");
    kit_differ(&x, "/a", true, false);
    fold_one(ledger);
    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    assert_false(plx_findings_write_exchange(ledger, S("01J00000000000000000000000"), &writer));
    assert_int_equal(text.len, 0);
    assert_true(plx_findings_write_exchange(ledger, S(x.outcome.id), &writer));
    expect_at(plx_buffer_slice(&text), "/id", x.outcome.id);
    plx_ledger_close(ledger);
}

/* Of more mismatches than there is room for the newest are kept, by count and by bytes. */
static void
test_records_are_bounded(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    enum { BODY = 40000 };
    char *body = malloc(BODY);
    struct plx_slice page;

    for (uint32_t i = 0; i < PLX_RECORDS_MAX + 10; i++) {
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/a", true, false);
        fold_one(ledger);
    }
    assert_int_equal(ledger->record_count, PLX_RECORDS_MAX);
    memset(body, 'x', BODY);
    for (uint32_t i = 0; i < PLX_RECORDS_MAX; i++) {
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/a", true, false);
        for (int role = 0; role < 2; role++) {
            x.answers[role].body = plx_slice_make(body, BODY);
            x.answers[role].body_length = BODY;
        }
        fold_one(ledger);
    }
    assert_true(ledger->record_bytes <= PLX_RECORDS_BYTES_MAX);
    assert_true(ledger->record_count < PLX_RECORDS_MAX);
    assert_true(ledger->record_bytes > PLX_RECORDS_BYTES_MAX - 100000);
    page = differences(ledger, &service, (struct plx_differences_query){.limit = 1});
    assert_int_equal(kit_number(page, "/differences/0/sequence"), 2 * PLX_RECORDS_MAX + 10);
    free(body);
    plx_ledger_close(ledger);
}

/* Only roles that there are; who failed last, and when. */
static void
test_health_tells_each_role(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_json_writer writer;

    fold_matches(ledger, &service, "GET /", 3);
    kit_match(&x, &service, "GET /");
    kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_TIMEOUT);
    fold_one(ledger);
    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    plx_findings_write_health(ledger, &service, &writer);
    expect_at(plx_buffer_slice(&text), "/primary/answered", "4");
    expect_at(plx_buffer_slice(&text), "/primary/last_failure", "null");
    expect_at(plx_buffer_slice(&text), "/primary/last_answer", "2026-01-02T03:04:05.678Z");
    expect_at(plx_buffer_slice(&text), "/candidate/answered", "3");
    expect_at(plx_buffer_slice(&text), "/candidate/failed", "1");
    expect_at(plx_buffer_slice(&text), "/candidate/last_failure/reason", "timeout");
    expect_at(plx_buffer_slice(&text), "/candidate/last_failure/time", "2026-01-02T03:04:05.678Z");
    assert_false(kit_has(plx_buffer_slice(&text), "secondary"));
    plx_ledger_close(ledger);
}

/* A service, an experiment and a spy of one name: reasons, differences, records and limits of each are its own. */
static void
test_kinds_are_kept_apart(void **state)
{
    struct plx_service service = kit_service("payment", false);
    const struct plx_subject experiment = plx_subject_named(PLX_SUBJECT_EXPERIMENT, S("payment"));
    struct plx_differences_query query = {0};
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_json_writer writer;
    struct plx_slice got;

    assert_false(plx_ledger_knows(ledger, &experiment));
    fold_matches(ledger, &service, "GET /", 3);
    assert_false(plx_ledger_knows(ledger, &experiment));
    kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "payment", "candidate");
    kit_differ(&x, "/total", true, false);
    fold_one(ledger);
    assert_true(plx_ledger_knows(ledger, &experiment));
    expect_at(kit_report(ledger, &service, &text), "/verdict", "inconclusive");
    expect_at(plx_buffer_slice(&text), "/records_kept", "0");
    expect_at(plx_buffer_slice(&text), "/uncopied/unsafe_method", "0");
    got = kit_report_of(ledger, experiment, &text);
    expect_at(got, "/name", "payment");
    expect_at(got, "/verdict", "regression");
    expect_at(got, "/uncopied/shed", "0");
    expect_at(got, "/incomparable/crash", "0");
    assert_false(kit_has(got, "unsafe_method") || kit_has(got, "\"stage\"") || kit_has(got, "rules_ended"));
    expect_at(got, "/causes/0/reproduce/primary", "null");
    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    plx_findings_write_differences(ledger, &experiment, &query, &writer);
    expect_at(plx_buffer_slice(&text), "/differences/0/experiment", "payment");
    expect_at(plx_buffer_slice(&text), "/differences/0/control/value", "1");
    expect_at(plx_buffer_slice(&text), "/differences/0/differences/0/field", "/total");
    assert_false(kit_has(differences(ledger, &service, query), "payment"));
    plx_ledger_close(ledger);
}

/* However many experiments somebody makes up, services find room, and nothing is lost. */
static void
test_experiments_take_no_room_of_services(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_service service = kit_service("payment", false);
    struct plx_counts *counts = &ledger->counts;
    char name[32];

    for (unsigned i = 0; i < PLX_LEDGER_SERVICES_MAX + 10; i++) {
        snprintf(name, sizeof(name), "made-up-%u", i);
        kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, name, "candidate");
        fold_one(ledger);
    }
    for (unsigned i = 0; i < PLX_CANDIDATES_MAX + 10; i++) {
        snprintf(name, sizeof(name), "candidate-%u", i);
        kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "made-up-0", name);
        fold_one(ledger);
    }
    assert_int_equal(counts->kinds[PLX_SUBJECT_EXPERIMENT].services.count, PLX_LEDGER_EXPERIMENTS_MAX);
    expect_at(kit_report_of(ledger, plx_subject_named(PLX_SUBJECT_EXPERIMENT, S("made-up-0")), &text),
              "/limits_hit/endpoints", "11");
    fold_matches(ledger, &service, "GET /", 3);
    assert_int_equal(kit_counts(ledger, "payment").total, 3);
    plx_ledger_close(ledger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_of_nothing_is_whole),
        cmocka_unit_test(test_kinds_are_kept_apart),
        cmocka_unit_test(test_experiments_take_no_room_of_services),
        cmocka_unit_test(test_clean_takes_enough_exchanges),
        cmocka_unit_test(test_without_secondary_a_difference_is_a_regression),
        cmocka_unit_test(test_secondary_tells_noise_from_regression),
        cmocka_unit_test(test_dead_candidate_is_a_regression),
        cmocka_unit_test(test_dead_secondary_is_no_regression),
        cmocka_unit_test(test_examples_are_bounded),
        cmocka_unit_test(test_judged_answers_come_to_a_verdict),
        cmocka_unit_test(test_differences_are_paged_and_filtered),
        cmocka_unit_test(test_exchange_is_found_by_its_id),
        cmocka_unit_test(test_records_are_bounded),
        cmocka_unit_test(test_health_tells_each_role),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
