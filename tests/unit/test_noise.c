/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noise three ways, told apart: shown by the secondary in the exchange, known from the counts over all of them, and
 * recognised by form, which only proposes a rule. Agreement by chance hides nothing and excuses nothing.
 */
#include "evidence/count/last_values.h"
#include "ledger_kit.h"

#include "evidence/findings/propose.h"
#include "evidence/ledger/ledger_state.h"

static struct plx_arena *scratch;
static struct plx_buffer text;
static struct kit_exchange x;

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

/* ---- with a secondary ---- */

#define JSON_ANSWER(text)                                                                                     \
    {                                                                                                         \
        .status = 200, .body = S(text), .body_length = strlen(text), .media_type = { "application/json", 16 } \
    }

/* One exchange as it is compared: the answers are {"time":T,"total":N}. */
static void
exchange(struct plx_tally *tally, const struct plx_service *service, const int times[3], const int totals[3])
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer answers[3];
    char bodies[3][64];

    for (int i = 0; i < 3; i++) {
        snprintf(bodies[i], sizeof(bodies[i]), "{\"time\":\"2026-01-02T03:%02d:%02dZ\",\"total\":%d}",
                 times[i] / 60 % 60, times[i] % 60, totals[i]);
        answers[i] = (struct plx_answer)JSON_ANSWER(bodies[i]);
    }
    kit_match(&x, service, "GET /");
    assert_int_equal(plx_judge(rules, &answers[0], &answers[1], &answers[2], NULL, scratch, &x.judgement), PLX_OK);
    x.outcome.verdict = x.judgement.verdict;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_rules_free(rules);
    plx_arena_reset(scratch);
}

/*
 * A timestamp of whole seconds: each role reads the clock a little later than the one before, so that two of them agree
 * by chance more often than not. late: what the candidate adds to the time; wrong: its total differs in these percent.
 */
static struct plx_slice
run_clock(int late, unsigned wrong)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    uint64_t seed = 11;
    struct plx_slice report;

    for (int fold = 0; fold < 20; fold++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        for (int i = 0; i < 100; i++) {
            int ms = (int)(random_next(&seed) % 3000000), times[3], totals[3] = {7, 7, 7};

            for (int role = 0; role < 3; role++)
                times[role] = (ms + (int)(random_next(&seed) % 300)) / 1000 + (role == PLX_CANDIDATE ? late : 0);
            if (random_next(&seed) % 100 < wrong)
                totals[PLX_CANDIDATE] = 8;
            exchange(tally, &service, times, totals);
        }
        plx_ledger_fold(ledger, tally);
    }
    report = kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    return report;
}

/* The index of a field in the report. */
static int
find_field(struct plx_slice report, const char *name)
{
    char pointer[64], got[64];

    for (int i = 0;; i++) {
        snprintf(pointer, sizeof(pointer), "/endpoints/0/fields/%d/field", i);
        if (!kit_json_get(report, pointer, got, sizeof(got)))
            fail_msg("there is no %s in %.*s", name, (int)report.len, report.ptr);
        if (strcmp(got, name) == 0)
            return i;
    }
}

static const char *
of_field(struct plx_slice report, const char *name, const char *key)
{
    static char got[1024];
    char pointer[64];

    snprintf(pointer, sizeof(pointer), "/endpoints/0/fields/%d/%s", find_field(report, name), key);
    assert_true(kit_json_get(report, pointer, got, sizeof(got)));
    return got;
}

static void
test_chance_agreement_makes_no_regression(void **state)
{
    struct plx_slice report = run_clock(0, 0);

    assert_string_equal(of_field(report, "/time", "verdict"), "noise");
    assert_string_equal(of_field(report, "/time", "noise_by"), "counts");
    assert_true(strtoul(of_field(report, "/time", "excused"), NULL, 10) > 20);
    assert_string_equal(of_field(report, "/time", "form"), "timestamp");
    expect_at(report, "/verdict", "clean");
    /* In the exchanges themselves nothing was excused that the secondary had not shown. */
    assert_int_equal(kit_number(report, "/exchanges/mismatch"),
                     strtoul(of_field(report, "/time", "excused"), NULL, 10));
    expect_at(report, "/causes/0/noise", "true");
}

static void
test_chance_agreement_hides_nothing_beside_it(void **state)
{
    struct plx_slice report = run_clock(0, 10);

    assert_string_equal(of_field(report, "/time", "verdict"), "noise");
    assert_string_equal(of_field(report, "/total", "verdict"), "regression");
    assert_string_equal(of_field(report, "/total", "noise_by"), "null");
    assert_string_equal(of_field(report, "/total", "excused"), "0");
    expect_at(report, "/verdict", "regression");
    expect_at(report, "/causes/0/noise", "false");
}

/* A field that is noisy, and wrong in the candidate as well: the noise does not excuse it. */
static void
test_noise_does_not_excuse_what_differs_more_often(void **state)
{
    struct plx_slice report = run_clock(60, 0);

    assert_string_equal(of_field(report, "/time", "verdict"), "regression");
    assert_string_equal(of_field(report, "/time", "noise_by"), "null");
    assert_string_equal(of_field(report, "/time", "proposal"), "null");
}

static void
test_noise_that_the_secondary_shows_each_time(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    for (int i = 0; i < 50; i++) /* none is always the later one */
        exchange(tally, &service, (int[]){i, i + 1 + i % 2, i + 2 - i % 2}, (int[]){1, 1, 1});
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    assert_string_equal(of_field(report, "/time", "verdict"), "noise");
    assert_string_equal(of_field(report, "/time", "noise_by"), "secondary");
    assert_string_equal(of_field(report, "/time", "excused"), "0");
    assert_string_equal(of_field(report, "/time", "formed"), "50");
    assert_int_equal(kit_number(report, "/exchanges/ignored"), 50);
    plx_ledger_close(ledger);
}

/* An id that the old implementation makes anew each time, and the candidate does not, however slowly requests come. */
static void
judge_ids(bool constant, const char *want)
{
    static struct plx_last_values last_values;
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);
    uint64_t seed = 12;
    char ids[3][40];
    struct plx_slice report;

    memset(&last_values, 0, sizeof(last_values));
    kit_step_ms = 200; /* one to a hand-over */
    for (int n = 0; n < 200; n++) {
        struct plx_tally *tally = plx_tally_new(&last_values);

        for (int role = 0; role < 3; role++)
            snprintf(ids[role], sizeof(ids[role]), "\"%016llx\"",
                     (unsigned long long)(constant && role == PLX_CANDIDATE ? 77 : random_next(&seed)));
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/id", true, true);
        x.fields[0].primary = S(ids[PLX_PRIMARY]);
        x.fields[0].candidate = S(ids[PLX_CANDIDATE]);
        x.fields[0].secondary = S(ids[PLX_SECONDARY]);
        plx_tally_add(tally, &x.outcome, scratch);
        plx_ledger_fold(ledger, tally);
    }
    kit_step_ms = 0;
    report = kit_report(ledger, &service, &text);
    assert_string_equal(of_field(report, "/id", "verdict"), want);
    plx_ledger_close(ledger);
}

static void
test_an_id_that_is_always_the_same_is_a_regression(void **state)
{
    judge_ids(true, "regression");
    judge_ids(false, "noise");
}

/* ---- by form ---- */

static void
differ_in(const struct plx_service *service, const char *field, enum plx_form form, const char *primary,
          const char *candidate)
{
    kit_match(&x, service, "GET /");
    kit_differ(&x, field, true, false);
    x.fields[0].form = form;
    x.fields[0].primary = x.differences[0].primary = S(primary);
    x.fields[0].candidate = x.differences[0].candidate = S(candidate);
}

/* The same target four times, and another value each time. */
static void
ask_again(struct plx_tally *tally, const struct plx_service *service, const char *field, enum plx_form form)
{
    for (int i = 0; i < 4; i++) {
        char primary[16];

        snprintf(primary, sizeof(primary), "%d", i);
        differ_in(service, field, form, primary, "b");
        plx_tally_add(tally, &x.outcome, scratch);
    }
}

static void
test_a_form_proposes_and_excuses_nothing(void **state)
{
    static const struct {
        const char *field;
        enum plx_form form;
        const char *want; /* JSON */
    } rows[] = {
        {"/id", PLX_FORM_UUID, "match: {/id: {pattern: '"},
        {"", PLX_FORM_ULID, "match: {\\\"\\\": {pattern: '[0-7]"},
        {"/a*b/*/**", PLX_FORM_ULID, "match: {/a~2b/*/~2~2: {pattern: '"},
        {"/a b: {}", PLX_FORM_DATE, "match: {\\\"/a b: {}\\\": {pattern: '"},
        {"/sent", PLX_FORM_UNIX_TIME, "ignore: [{/sent: {why: both sides are a Unix time}}]"},
        {"/sent", PLX_FORM_UNIX_TIME_TEXT, "match: {/sent: {pattern: '"},
        {"header:X-Request-Id", PLX_FORM_UUID, "ignore_headers: [{X-Request-Id: {why: both sides are a UUID}}]"},
        {"header:ETag", PLX_FORM_DIGEST, "ignore_headers: [{\\\"ETag\\\": {why: both sides are a hex digest or"},
        {"body", PLX_FORM_DIGEST, "null"},
        {"status", PLX_FORM_COUNTER, "null"},
        {"/plain", PLX_FORM_NONE, "null"},
    };
    struct plx_service service = kit_service("payment", false);

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_ledger *ledger = kit_open(NULL);
        struct plx_tally *tally = plx_tally_new(NULL);
        struct plx_slice report;
        const char *proposal;

        ask_again(tally, &service, rows[i].field, rows[i].form);
        plx_ledger_fold(ledger, tally);
        report = kit_report(ledger, &service, &text);
        proposal = of_field(report, rows[i].field, "proposal");
        if (strncmp(proposal, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("%s: %s, not %s", rows[i].field, proposal, rows[i].want);
        expect_at(report, "/endpoints/0/fields/0/verdict", "regression");
        expect_at(report, "/exchanges/mismatch", "4");
        plx_ledger_close(ledger);
    }
}

/* The primary's value is the same each time: that of the candidate is wrong, and looks right. */
static void
test_no_fault_is_proposed(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    for (int i = 0; i < 20; i++) {
        char primary[64], candidate[64];

        differ_in(&service, "/id", PLX_FORM_UUID, "\"018f3f5e-0000-4000-8000-000000000001\"",
                  "\"018f3f5e-0000-4000-8000-000000000002\"");
        plx_tally_add(tally, &x.outcome, scratch);
        snprintf(primary, sizeof(primary), "\"2025-03-04T05:06:%02dZ\"", i);
        snprintf(candidate, sizeof(candidate), "\"2025-03-04T06:06:%02dZ\"", i);
        differ_in(&service, "/made", PLX_FORM_TIMESTAMP, primary, candidate);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    assert_string_equal(of_field(report, "/id", "form"), "uuid");
    assert_string_equal(of_field(report, "/id", "proposal"), "null");
    assert_string_equal(of_field(report, "/id", "hint"), "null");
    assert_string_equal(of_field(report, "/made", "proposal"), "null");
    assert_string_equal(of_field(report, "/made", "hint"), "always 1 h later: a time zone?");
    plx_ledger_close(ledger);
}

static void
test_one_difference_without_the_form_ends_the_proposal(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_slice report;

    for (int i = 0; i < 3; i++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        ask_again(tally, &service, "/id", i == 0 ? PLX_FORM_UUID : i == 1 ? PLX_FORM_NONE : PLX_FORM_ULID);
        plx_ledger_fold(ledger, tally);
        report = kit_report(ledger, &service, &text);
        assert_string_equal(of_field(report, "/id", "form"), "uuid");
        assert_string_equal(of_field(report, "/id", "formed"), "4");
        assert_true((strcmp(of_field(report, "/id", "proposal"), "null") == 0) == (i > 0));
    }
    plx_ledger_close(ledger);
}

/* To ignore a field would leave out that it is missing as well. */
static void
test_nothing_is_proposed_that_leaves_out_more(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    differ_in(&service, "/sent", PLX_FORM_UNIX_TIME, "1767323045", "1767323046");
    plx_tally_add(tally, &x.outcome, scratch);
    differ_in(&service, "/sent", PLX_FORM_NONE, "1767323045", "");
    x.fields[0].kind = PLX_KIND_MISSING;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/endpoints/0/fields/0/proposal", "null");
    expect_at(report, "/endpoints/0/fields/1/proposal", "null");
    plx_ledger_close(ledger);
}

static void
test_secrets_that_count_up_have_no_form(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    differ_in(&service, "/pin", PLX_FORM_COUNTER, "[redacted 3fa2]", "[redacted 3fa3]");
    x.fields[0].bare_primary = S("1000");
    x.fields[0].bare_candidate = S("1001");
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/endpoints/0/fields/0/form", "null");
    expect_at(report, "/endpoints/0/fields/0/proposal", "null");
    plx_ledger_close(ledger);
}

/* ---- counters ---- */

struct numbers {
    uint64_t (*next)(uint64_t i, uint64_t *seed);
    unsigned workers, each; /* exchanges of a worker between two hand-overs */
    unsigned rounds;
    bool is_counter;
};

static uint64_t
rising(uint64_t i, uint64_t *seed)
{
    return i * 3;
}

/* Exchanges overtake one another. */
static uint64_t
nearly_rising(uint64_t i, uint64_t *seed)
{
    return i * 3 + random_next(seed) % 60;
}

static uint64_t
falling(uint64_t i, uint64_t *seed)
{
    return 100000 - i;
}

static uint64_t
by_chance(uint64_t i, uint64_t *seed)
{
    return random_next(seed) % 1000;
}

static uint64_t
same(uint64_t i, uint64_t *seed)
{
    return 5;
}

/* Exchanges go to the workers in turns, and each worker hands over after so many. */
static void
run_numbers(const struct numbers *numbers)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    uint64_t seed = 5, i = 0;
    struct plx_slice report;

    for (unsigned round = 0; round < numbers->rounds; round++) {
        struct plx_tally *tallies[8];

        for (unsigned w = 0; w < numbers->workers; w++)
            tallies[w] = plx_tally_new(NULL);
        for (unsigned n = 0; n < numbers->each * numbers->workers; n++, i++) {
            char primary[32], candidate[32];
            uint64_t value = numbers->next(i, &seed);

            snprintf(primary, sizeof(primary), "%llu", (unsigned long long)value);
            snprintf(candidate, sizeof(candidate), "\"%llu\"", (unsigned long long)value + 1000);
            differ_in(&service, "/sequence", PLX_FORM_COUNTER, primary, candidate);
            x.outcome.time_ms += (uint64_t)round * 200;
            plx_tally_add(tallies[n % numbers->workers], &x.outcome, scratch);
            plx_arena_reset(scratch);
        }
        for (unsigned w = 0; w < numbers->workers; w++)
            plx_ledger_fold(ledger, tallies[w]);
    }
    report = kit_report(ledger, &service, &text);
    assert_string_equal(of_field(report, "/sequence", "form"), numbers->is_counter ? "counter" : "null");
    assert_string_equal(of_field(report, "/sequence", "proposal"),
                        numbers->is_counter ? "ignore: [{/sequence: {why: both sides are a number that counts up}}]"
                                            : "null");
    plx_ledger_close(ledger);
}

static void
test_counters_are_told_from_other_numbers(void **state)
{
    static const struct numbers rows[] = {
        {rising, 1, 1, 30, true},   {rising, 1, 25, 13, true},     {rising, 1, 25, 12, false}, /* 11 steps */
        {rising, 4, 1, 13, true},   {rising, 8, 25, 14, true},     {nearly_rising, 4, 25, 20, true},
        {falling, 1, 1, 30, false}, {by_chance, 1, 1, 100, false}, {by_chance, 4, 5, 20, false},
        {same, 1, 1, 100, false},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++)
        run_numbers(&rows[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_id_that_is_always_the_same_is_a_regression),
        cmocka_unit_test(test_chance_agreement_makes_no_regression),
        cmocka_unit_test(test_chance_agreement_hides_nothing_beside_it),
        cmocka_unit_test(test_noise_does_not_excuse_what_differs_more_often),
        cmocka_unit_test(test_noise_that_the_secondary_shows_each_time),
        cmocka_unit_test(test_a_form_proposes_and_excuses_nothing),
        cmocka_unit_test(test_no_fault_is_proposed),
        cmocka_unit_test(test_one_difference_without_the_form_ends_the_proposal),
        cmocka_unit_test(test_nothing_is_proposed_that_leaves_out_more),
        cmocka_unit_test(test_secrets_that_count_up_have_no_form),
        cmocka_unit_test(test_counters_are_told_from_other_numbers),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
