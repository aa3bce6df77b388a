/* SPDX-License-Identifier: Apache-2.0 */
/* Every exchange is counted once and under one reason, whatever overflows; what a role failed at counts against that
 * role alone. */
#include "ledger_kit.h"

static struct plx_arena *scratch;
static struct plx_buffer text;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, 64u << 20);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    return 0;
}

static uint64_t
random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void
random_outcome(struct kit_exchange *x, const struct plx_service *service, uint64_t *seed, uint32_t endpoints)
{
    static char name[32];

    snprintf(name, sizeof(name), "GET /%llu", (unsigned long long)(random_next(seed) % endpoints));
    kit_match(x, service, name);
    switch (random_next(seed) % 6) {
    case 0:
        x->outcome.copied = false;
        x->outcome.uncopied = (enum plx_uncopied)(random_next(seed) % PLX_UNCOPIED_COUNT);
        x->outcome.judgement = NULL;
        break;
    case 1:
        kit_fail(x, random_next(seed) % 2 ? PLX_PRIMARY : PLX_CANDIDATE,
                 (enum plx_incomparable)(random_next(seed) % PLX_INCOMPARABLE_COUNT));
        break;
    case 2:
        kit_differ(x, "/total", true, false);
        break;
    case 3:
        kit_differ(x, "/time", true, true);
        break;
    default:
        break;
    }
}

/* Random outcomes on more endpoints than there is room for: the report adds up, service and endpoints alike. */
static void
test_counts_add_up_after_overflow(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct kit_exchange x;
    uint64_t seed = 20260102, total = 0;
    struct plx_slice report;

    print_message("seed %llu\n", (unsigned long long)seed);
    for (int fold = 0; fold < 4; fold++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        for (int i = 0; i < 3000; i++, total++) {
            random_outcome(&x, &service, &seed, PLX_ENDPOINTS_MAX * 2);
            plx_tally_add(tally, &x.outcome, scratch);
            plx_arena_reset(scratch);
        }
        plx_ledger_fold(ledger, tally);
    }
    report = kit_report(ledger, &service, &text);
    assert_int_equal(kit_number(report, "/exchanges/total"), total);
    kit_expect_adds_up(report, "");
    uint64_t endpoints = 0;
    for (uint32_t i = 0; i <= PLX_ENDPOINTS_MAX; i += 100) {
        char base[32];
        snprintf(base, sizeof(base), "/endpoints/%u", i);
        kit_expect_adds_up(report, base);
    }
    for (const char *at = strstr(text.ptr, "\"endpoints\":["), *end = strstr(at, "\"causes\":[");
         (at = strstr(at, "\"endpoint\":")) < end; at++)
        endpoints++;
    assert_int_equal(endpoints, PLX_ENDPOINTS_MAX + 1);
    expect_at(report, "/endpoints/1000/endpoint", "(other)");
    assert_int_equal(kit_number(report, "/limits_hit/endpoints"),
                     kit_number(report, "/endpoints/1000/exchanges/total"));
    assert_true(kit_number(report, "/limits_hit/endpoints") > 1000);
    assert_int_equal(kit_counts(ledger, "payment").total, total);
    plx_ledger_close(ledger);
}

/* Fields beyond the limit, the last by name, count together under "(other)", once an exchange, and are said to have hit
 * the limit. */
static void
test_fields_overflow_into_other(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    static char names[300][24];
    struct kit_exchange x;
    struct plx_slice report;

    for (int round = 0; round < 2; round++) {
        kit_match(&x, &service, "GET /");
        for (int i = 0; i < 300; i++) {
            snprintf(names[i], sizeof(names[i]), "/field%03d", 299 - i);
            kit_differ(&x, names[i], true, false);
        }
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    assert_int_equal(kit_number(report, "/limits_hit/fields"), 2);
    assert_true(kit_has(report, "\"field\":\"(other)\",\"kind\":\"value\",\"differences\":2"));
    assert_true(kit_has(report, "\"field\":\"/field199\""));
    assert_false(kit_has(report, "\"field\":\"/field200\""));
    plx_ledger_close(ledger);
}

/* A name that cannot be shown as it is, is not: it counts under "(other)". */
static void
test_names_that_are_no_text_are_not_kept(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_service_counts *counts;
    static char longest[PLX_ENDPOINT_MAX + 2];
    struct kit_exchange x;

    memset(longest, 'a', sizeof(longest) - 1);
    kit_match(&x, &service, "GET /\xff");
    kit_differ(&x, "/\xed\xa0\x80", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, &service, longest);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, &service, "(other)");
    plx_tally_add(tally, &x.outcome, scratch);
    counts = plx_counts_find_service(&tally->counts, PLX_SUBJECT_SERVICE, S("payment"));
    assert_int_equal(counts->endpoints.count, 0);
    assert_int_equal(plx_exchange_counts_sum(&counts->other.exchanges).total, 3);
    assert_int_equal(counts->other.fields.count, 0);
    assert_int_equal(counts->other.other.unpaired, 1);
    plx_tally_free(tally);
}

/* A service that is new under the same address (a reload) is not taken for the old one. */
static void
test_services_are_told_apart_by_name(void **state)
{
    struct plx_service service = kit_service("old", false);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct kit_exchange x;

    assert_true(tally->empty);
    kit_match(&x, &service, "GET /");
    plx_tally_add(tally, &x.outcome, scratch);
    service.name = (char *)(uintptr_t) "new";
    x.outcome.subject = plx_subject_service(&service);
    plx_tally_add(tally, &x.outcome, scratch);
    assert_false(tally->empty);
    assert_int_equal(tally->counts.kinds[PLX_SUBJECT_SERVICE].services.count, 2);
    x.outcome.subject = plx_subject_named(PLX_SUBJECT_EXPERIMENT, S("new"));
    plx_tally_add(tally, &x.outcome, scratch);
    assert_int_equal(tally->counts.kinds[PLX_SUBJECT_SERVICE].services.count, 2);
    assert_int_equal(tally->counts.kinds[PLX_SUBJECT_EXPERIMENT].services.count, 1);
    plx_tally_free(tally);
}

/* What each role's failure counts as in the pseudo-field "answer". */
static void
test_failures_pair_up_as_answers(void **state)
{
    static const struct {
        int candidate, secondary; /* reason, -1: answered */
        uint64_t both, candidate_alone, secondary_alone, unpaired;
    } rows[] = {
        {-1, -1, 0, 0, 0, 0},
        {PLX_INCOMPARABLE_TIMEOUT, -1, 0, 1, 0, 0},
        {PLX_INCOMPARABLE_CONNECT, PLX_INCOMPARABLE_RESET, 1, 0, 0, 0},
        {-1, PLX_INCOMPARABLE_PROTOCOL, 0, 0, 1, 0},
        {PLX_INCOMPARABLE_CANCELED, -1, 0, 0, 0, 0},
        {PLX_INCOMPARABLE_CANCELED, PLX_INCOMPARABLE_TIMEOUT, 0, 0, 0, 0},
        {PLX_INCOMPARABLE_TRUNCATED, -1, 0, 0, 0, 0},
        {PLX_INCOMPARABLE_RESET, PLX_INCOMPARABLE_CANCELED, 0, 0, 0, 1},
        {PLX_INCOMPARABLE_RESET, PLX_INCOMPARABLE_TRUNCATED, 0, 1, 0, 0},
    };
    struct plx_service service = kit_service("payment", true);
    struct kit_exchange x;

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_tally *tally = plx_tally_new(NULL);
        struct plx_service_counts *counts;
        struct plx_endpoint_counts *endpoint;
        struct plx_field_counts none = {0}, *field = &none;

        kit_match(&x, &service, "GET /");
        if (rows[i].secondary >= 0)
            kit_fail(&x, PLX_SECONDARY, (enum plx_incomparable)rows[i].secondary);
        if (rows[i].candidate >= 0)
            kit_fail(&x, PLX_CANDIDATE, (enum plx_incomparable)rows[i].candidate);
        plx_tally_add(tally, &x.outcome, scratch);
        counts = plx_counts_find_service(&tally->counts, PLX_SUBJECT_SERVICE, S("payment"));
        endpoint = plx_counts_endpoint(&tally->counts, counts, S("GET /"));
        if (endpoint->fields.count)
            field = plx_counts_field(&tally->counts, endpoint, PLX_KIND_MISSING, S("answer"));
        assert_int_equal(field->pairs.both, rows[i].both);
        assert_int_equal(field->pairs.candidate_alone, rows[i].candidate_alone);
        assert_int_equal(field->pairs.secondary_alone, rows[i].secondary_alone);
        assert_int_equal(field->unpaired, rows[i].unpaired);
        plx_tally_free(tally);
    }
}

/* A copy that was asked again differs in the pseudo-field "reset"; one whose idle connection lapsed does not. */
static void
test_retries_pair_up_as_resets(void **state)
{
    enum { NO, RESET, LAPSED };
    static const struct {
        int primary, candidate, secondary; /* secondary -1: there is none */
        uint64_t both, candidate_alone, secondary_alone, unpaired;
    } rows[] = {
        {NO, NO, NO, 0, 0, 0, 0},       {NO, RESET, NO, 0, 1, 0, 0},
        {NO, RESET, RESET, 1, 0, 0, 0}, {NO, NO, RESET, 0, 0, 1, 0},
        {NO, RESET, -1, 0, 0, 0, 1},    {RESET, NO, NO, 0, 0, 0, 0},
        {RESET, NO, -1, 0, 0, 0, 0},    {NO, LAPSED, NO, 0, 0, 0, 0},
        {NO, LAPSED, -1, 0, 0, 0, 0},   {LAPSED, LAPSED, RESET, 0, 0, 1, 0},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_service service = kit_service("payment", rows[i].secondary >= 0);
        const int did[PLX_ROLES] = {rows[i].primary, rows[i].candidate, rows[i].secondary};
        struct plx_tally *tally = plx_tally_new(NULL);
        struct plx_field_counts none = {0}, *field = &none;
        struct plx_endpoint_counts *endpoint;
        struct kit_exchange x;

        kit_match(&x, &service, "GET /");
        for (int role = 0; role < PLX_ROLES; role++) {
            x.outcome.roles[role].retried = did[role] > NO;
            x.outcome.roles[role].lapsed = did[role] == LAPSED;
        }
        plx_tally_add(tally, &x.outcome, scratch);
        endpoint = plx_counts_endpoint(
            &tally->counts, plx_counts_find_service(&tally->counts, PLX_SUBJECT_SERVICE, S("payment")), S("GET /"));
        if (endpoint->fields.count)
            field = plx_counts_field(&tally->counts, endpoint, PLX_KIND_VALUE, S("reset"));
        assert_int_equal(field->pairs.both, rows[i].both);
        assert_int_equal(field->pairs.candidate_alone, rows[i].candidate_alone);
        assert_int_equal(field->pairs.secondary_alone, rows[i].secondary_alone);
        assert_int_equal(field->unpaired, rows[i].unpaired);
        for (int role = 0; role < PLX_ROLES; role++)
            assert_int_equal(endpoint->exchanges.retries[role], did[role] > NO);
        plx_tally_free(tally);
    }
}

/* An exchange in which both copies lack what the primary has. */
static void
add_lacking(struct plx_tally *tally, const struct plx_service *service, const char *endpoint, int status)
{
    struct kit_exchange x;

    kit_match(&x, service, endpoint);
    x.outcome.verdict = x.judgement.verdict = PLX_INCOMPARABLE;
    x.outcome.incomparable = PLX_INCOMPARABLE_STATE;
    x.judgement.lacks_state = true;
    x.judgement.with_secondary = false;
    x.outcome.roles[PLX_PRIMARY].status = 200;
    x.outcome.roles[PLX_CANDIDATE].status = x.outcome.roles[PLX_SECONDARY].status = status;
    plx_tally_add(tally, &x.outcome, scratch);
}

static void
add_uncopied(struct plx_tally *tally, const struct plx_service *service, const char *endpoint)
{
    struct kit_exchange x;

    kit_match(&x, service, endpoint);
    x.outcome.copied = false;
    x.outcome.uncopied = PLX_UNCOPIED_UNSAFE_METHOD;
    x.outcome.judgement = NULL;
    plx_tally_add(tally, &x.outcome, scratch);
}

/* What the report warns of, and of nothing else: the nearest write is named, sessions apart. */
static void
test_missing_state_is_warned_of(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct kit_exchange x;
    struct plx_slice report;

    kit_match(&x, &service, "GET /fine");
    plx_tally_add(tally, &x.outcome, scratch);
    add_uncopied(tally, &service, "POST /fine");
    plx_ledger_fold(ledger, tally);
    assert_true(kit_has(kit_report(ledger, &service, &text), "\"warnings\":[]"));
    tally = plx_tally_new(NULL);
    for (int i = 0; i < 3; i++) {
        add_lacking(tally, &service, "GET /item/{id}", 404);
        add_lacking(tally, &service, "GET /profile", 401);
    }
    add_lacking(tally, &service, "GET /elsewhere", 404);
    add_uncopied(tally, &service, "POST /item");
    add_uncopied(tally, &service, "POST /list/add");
    kit_match(&x, &service, "GET /list");
    kit_differ(&x, "/0", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/incomparable/state", "7");
    expect_at(report, "/warnings/0",
              "3 exchanges: both copies answered 401 where the primary answered 200: is the session shared?");
    expect_at(report, "/warnings/1",
              "1 exchange: the copies lack state; give all the same data, or the copies what the primary was given");
    expect_at(
        report, "/warnings/2",
        "3 exchanges: the copies lack state; `POST /item` was not copied: `copy: always`, or the same data for all");
    expect_at(report, "/warnings/3",
              "1 exchange differs; `POST /list/add` was not copied: `copy: always`, or the same data for all");
    assert_false(kit_has(report, "POST /fine` was"));
    plx_ledger_close(ledger);
}

/* A primary that fails is nobody else's fault. */
static void
test_failure_of_the_primary_is_no_difference(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_service_counts *counts;
    struct kit_exchange x;

    kit_match(&x, &service, "GET /");
    kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_CONNECT);
    kit_fail(&x, PLX_PRIMARY, PLX_INCOMPARABLE_CONNECT);
    plx_tally_add(tally, &x.outcome, scratch);
    counts = plx_counts_find_service(&tally->counts, PLX_SUBJECT_SERVICE, S("payment"));
    assert_int_equal(plx_counts_endpoint(&tally->counts, counts, S("GET /"))->fields.count, 0);
    assert_int_equal(counts->health[PLX_PRIMARY].failed, 1);
    assert_int_equal(counts->health[PLX_CANDIDATE].failed, 1);
    plx_tally_free(tally);
}

/* A difference that no secondary could judge is counted, but is no pair. */
static void
test_differences_without_the_secondary_are_unpaired(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct kit_exchange x;
    struct plx_slice report;

    for (int i = 0; i < 50; i++) {
        kit_match(&x, &service, "GET /");
        kit_fail(&x, PLX_SECONDARY, PLX_INCOMPARABLE_CANCELED);
        kit_differ(&x, "/total", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/endpoints/0/fields/0/field", "/total");
    expect_at(report, "/endpoints/0/fields/0/differences", "50");
    expect_at(report, "/endpoints/0/fields/0/unpaired", "50");
    /* A secondary that never answers is none. */
    expect_at(report, "/secondary", "dead");
    expect_at(report, "/endpoints/0/fields/0/verdict", "regression");
    expect_at(report, "/verdict", "regression");
    plx_ledger_close(ledger);
}

/* An endpoint of which nothing is evidence lacks no exchanges: nothing is said of it. */
static void
test_endpoint_without_evidence_is_not_thin(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct kit_exchange x;

    for (int i = 0; i < 1000; i++) {
        kit_match(&x, &service, i % 20 == 0 ? "GET /none" : "GET /");
        if (i % 20 == 0)
            x.outcome.roles[PLX_PRIMARY].status = x.outcome.roles[PLX_CANDIDATE].status = 404;
        plx_tally_add(tally, &x.outcome, scratch);
    }
    kit_match(&x, &service, "GET /seldom");
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    expect_at(kit_report(ledger, &service, &text), "/verdict", "clean");
    assert_true(kit_has(kit_report(ledger, &service, &text), "; 1 of 3 endpoints have fewer than "));
    plx_ledger_close(ledger);
}

/* Durations go to their role's histogram, failures do not. */
/* The report of so many exchanges, handed over at once, of which those from..to differ. */
static struct plx_slice
report_of_stretch(int count, int from, int to, int endpoints)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    static char names[20][16];
    struct kit_exchange x;
    struct plx_slice report;

    for (int i = 0; i < count; i++) {
        snprintf(names[i % endpoints], sizeof(names[0]), "GET /%c", 'a' + i % endpoints);
        kit_match(&x, &service, names[i % endpoints]);
        if (i >= from && i < to)
            kit_differ(&x, "/total", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    return report;
}

/* A burst is no regression even if all came in one hand-over; what fails from its first to its last exchange is one,
 * however few each endpoint had. */
static void
test_a_burst_is_told_from_a_total_failure(void **state)
{
    expect_at(report_of_stretch(400, 300, 340, 1), "/verdict", "inconclusive");
    expect_at(report_of_stretch(400, 300, 340, 20), "/verdict", "inconclusive");
    expect_at(report_of_stretch(100, 0, 100, 1), "/verdict", "regression");
    expect_at(report_of_stretch(100, 0, 100, 20), "/verdict", "regression");
    expect_at(report_of_stretch(100, 10, 100, 20), "/verdict", "regression");
}

static void
test_latency_is_measured_by_role(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct kit_exchange x;
    struct plx_slice report;
    char got[64];

    for (int i = 0; i < 10; i++) {
        kit_match(&x, &service, "GET /");
        if (i >= 4)
            kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_TIMEOUT);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/latency/primary/count", "10");
    expect_at(report, "/latency/candidate/count", "4");
    expect_at(report, "/endpoints/0/latency/candidate/count", "4");
    expect_at(report, "/secondary", "none");
    assert_false(kit_json_get(report, "/latency/secondary", got, sizeof(got)));
    plx_ledger_close(ledger);
}

/* A worker keeps so many mismatches whole between two hand-overs; the rest is counted, here and as dropped. */
static void
test_records_of_a_tally_are_bounded(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct kit_exchange x;
    struct plx_slice report;

    for (uint32_t i = 0; i < PLX_TALLY_RECORDS_MAX + 5; i++) {
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/total", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    assert_int_equal(kit_number(report, "/exchanges/mismatch"), PLX_TALLY_RECORDS_MAX + 5);
    assert_int_equal(kit_number(report, "/limits_hit/records"), 5);
    assert_int_equal(kit_number(report, "/records_kept"), PLX_TALLY_RECORDS_MAX);
    plx_ledger_close(ledger);
}

/* They are no exchanges: nothing but their own numbers changes, and those of too many causes are not lost. */
static void
test_rechecks_are_counted_apart_and_all(void **state)
{
    struct plx_service service = kit_service("payment", false);
    const struct plx_subject subject = plx_subject_service(&service);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);

    for (uint64_t fields = 1; fields <= 2 * PLX_TALLY_RECHECKS_MAX; fields++)
        assert_true(plx_tally_recheck(tally, &subject, S("GET /"), fields, PLX_RECHECK_RACE));
    assert_true(tally->recheck_count <= PLX_TALLY_RECHECKS_MAX + 1);
    plx_ledger_fold(ledger, tally);
    kit_report(ledger, &service, &text);
    assert_int_equal(kit_number(plx_buffer_slice(&text), "/recheck/race"), 2 * PLX_TALLY_RECHECKS_MAX);
    expect_at(plx_buffer_slice(&text), "/exchanges/total", "0");
    expect_at(plx_buffer_slice(&text), "/latency/primary/count", "0");
    plx_ledger_close(ledger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_add_up_after_overflow),
        cmocka_unit_test(test_fields_overflow_into_other),
        cmocka_unit_test(test_names_that_are_no_text_are_not_kept),
        cmocka_unit_test(test_services_are_told_apart_by_name),
        cmocka_unit_test(test_failures_pair_up_as_answers),
        cmocka_unit_test(test_retries_pair_up_as_resets),
        cmocka_unit_test(test_missing_state_is_warned_of),
        cmocka_unit_test(test_failure_of_the_primary_is_no_difference),
        cmocka_unit_test(test_differences_without_the_secondary_are_unpaired),
        cmocka_unit_test(test_endpoint_without_evidence_is_not_thin),
        cmocka_unit_test(test_a_burst_is_told_from_a_total_failure),
        cmocka_unit_test(test_latency_is_measured_by_role),
        cmocka_unit_test(test_records_of_a_tally_are_bounded),
        cmocka_unit_test(test_rechecks_are_counted_apart_and_all),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
