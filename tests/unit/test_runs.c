/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of experiments, as the library publishes them, stand in the ledger as it counted them; a line that is none is
 * refused with what is wrong with it, and takes nothing with it. */
#include "ledger_kit.h"

#include "evidence/findings/differences.h"
#include "evidence/intake/experiments.h"
#include "evidence/intake/posted_run.h"

#define NOW_MS UINT64_C(1767323045678) /* 2026-01-02T03:04:05.678Z */

static struct plx_ledger *ledger;
static struct plx_buffer text;

static int
setup(void **state)
{
    plx_buffer_init(&text, 16u << 20);
    ledger = kit_open(NULL);
    return 0;
}

static int
teardown(void **state)
{
    plx_ledger_close(ledger);
    plx_buffer_fini(&text);
    return 0;
}

static struct plx_runs_taken
take(const char *lines)
{
    struct plx_runs_taken taken;

    assert_int_equal(plx_experiments_take(ledger, S(lines), NULL, NOW_MS, &taken), PLX_OK);
    return taken;
}

static struct plx_slice
report(const char *experiment)
{
    struct plx_slice got = kit_report_of(ledger, plx_subject_named(PLX_SUBJECT_EXPERIMENT, S(experiment)), &text);

    kit_expect_adds_up(got, "");
    return got;
}

static struct plx_slice
records(const char *experiment)
{
    const struct plx_subject subject = plx_subject_named(PLX_SUBJECT_EXPERIMENT, S(experiment));
    struct plx_differences_query query = {0};
    struct plx_json_writer writer;

    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    plx_findings_write_differences(ledger, &subject, &query, &writer);
    kit_expect_json(plx_buffer_slice(&text));
    return plx_buffer_slice(&text);
}

#define CONTROL(value)                 "\"control\":{\"name\":\"control\",\"value\":" value ",\"wall\":0.002}"
#define CANDIDATE(name, verdict, rest) "{\"name\":\"" name "\",\"verdict\":\"" verdict "\",\"wall\":0.003" rest "}"
#define LINE(experiment, control, candidates) \
    "{\"experiment\":\"" experiment "\",\"at\":1767323045.678," control ",\"candidates\":[" candidates "]}"

/* ---- counting ---- */

static void
test_runs_are_counted_by_candidate_and_verdict(void **state)
{
    struct plx_runs_taken taken = take(
        LINE("a", CONTROL("1"), CANDIDATE("x", "match", ",\"value\":1") "," CANDIDATE("y", "ignored", ",\"value\":2")) "\n" LINE(
            "a", CONTROL("1"),
            CANDIDATE("x", "mismatch", ",\"value\":2") "," CANDIDATE(
                "y", "incomparable",
                ",\"reason\":\"crash\"")) "\r\n\n" LINE("a", CONTROL("1"),
                                                        CANDIDATE("x", "match", ",\"value\":1") "," CANDIDATE(
                                                            "y", "incomparable", ",\"reason\":\"memory\"")));
    struct plx_slice got;

    assert_int_equal(taken.taken, 3);
    assert_int_equal(taken.refused, 0);
    got = report("a");
    expect_at(got, "/runs", "3");
    expect_at(got, "/exchanges/total", "6");
    expect_at(got, "/verdict", "regression");
    expect_at(got, "/endpoints/0/endpoint", "x");
    expect_at(got, "/endpoints/0/exchanges/match", "2");
    expect_at(got, "/endpoints/0/exchanges/mismatch", "1");
    expect_at(got, "/endpoints/0/latency/primary/count", "3");
    expect_at(got, "/endpoints/0/fields/0/field", "value");
    expect_at(got, "/endpoints/0/fields/0/example/primary", "1");
    expect_at(got, "/endpoints/0/fields/0/example/candidate", "2");
    expect_at(got, "/endpoints/1/exchanges/ignored", "1");
    expect_at(got, "/endpoints/1/incomparable/crash", "1");
    expect_at(got, "/endpoints/1/incomparable/memory", "1");
    /* A candidate that crashes gives no answer where the control did; for want of memory nobody is to blame. */
    expect_at(got, "/endpoints/1/fields/0/field", "answer");
    expect_at(got, "/endpoints/1/fields/0/differences", "1");
    expect_at(got, "/endpoints/1/fields/0/example/candidate", "crash");
    expect_at(got, "/endpoints/1/latency/candidate/count", "2");
}

static void
test_errors_and_types_have_fields_of_their_own(void **state)
{
    static const struct {
        const char *control, *candidate, *field, *kind, *example;
    } rows[] = {
        {"\"value\":1", "\"value\":2", "value", "value", "2"},
        {"\"value\":1", "\"value\":\"1\"", "value", "type", "\\\"1\\\""},
        {"\"value\":true", "\"value\":false", "value", "value", "false"},
        {"\"value\":1", "\"error\":{\"code\":5}", "error", "extra", "{\\\"code\\\":5}"},
        {"\"error\":{\"code\":5}", "\"value\":1", "error", "missing", "1"},
        {"\"error\":{\"code\":5}", "\"error\":{\"code\":6}", "error", "value", "{\\\"code\\\":6}"},
        {"\"value\":null", "\"value\":[]", "value", "type", "[]"},
        {"\"wall\":0", "\"wall\":0", "value", "value", ""},
    };
    char line[512], name[16];

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        snprintf(name, sizeof(name), "e%zu", i);
        snprintf(line, sizeof(line),
                 "{\"experiment\":\"%s\",\"control\":{\"name\":\"c\",%s,\"wall\":0},\"candidates\":[{\"name\":\"x\","
                 "\"verdict\":\"mismatch\",%s,\"wall\":0}]}",
                 name, rows[i].control, rows[i].candidate);
        assert_int_equal(take(line).taken, 1);
        expect_at(report(name), "/endpoints/0/fields/0/field", rows[i].field);
        expect_at(report(name), "/endpoints/0/fields/0/kind", rows[i].kind);
        expect_at(report(name), "/endpoints/0/fields/0/example/candidate", rows[i].example);
    }
}

static void
test_differences_are_grouped_by_their_folded_field(void **state)
{
    take(LINE("a", CONTROL("{}"),
              CANDIDATE("x", "mismatch",
                        ",\"value\":{},\"differences\":["
                        "{\"field\":\"/items/0/price\",\"folded\":\"/items/*/"
                        "price\",\"kind\":\"value\",\"control\":\"1\",\"candidate\":\"2\"},"
                        "{\"field\":\"/items/1/price\",\"folded\":\"/items/*/"
                        "price\",\"kind\":\"value\",\"control\":\"3\",\"candidate\":\"4\"},"
                        "{\"field\":\"/name\",\"kind\":\"missing\",\"control\":\"\\\"ana\\\"\",\"candidate\":\"\"}],"
                        "\"differences_total\":250")));
    expect_at(report("a"), "/endpoints/0/fields/0/field", "/items/*/price");
    expect_at(report("a"), "/endpoints/0/fields/0/differences", "1");
    expect_at(report("a"), "/endpoints/0/fields/1/field", "/name");
    expect_at(report("a"), "/endpoints/0/fields/1/kind", "missing");
    expect_at(report("a"), "/causes/0/fields_total", "2");
    expect_at(records("a"), "/differences/0/differences/1/field", "/items/1/price");
    expect_at(records("a"), "/differences/0/differences_total", "250");
}

static void
test_a_mismatch_is_kept_whole_without_secrets(void **state)
{
    take("{\"experiment\":\"a\",\"at\":1767323045.678,\"context\":{\"user\":\"ana\",\"Authorization\":\"Bearer "
         "s3cret\"}," CONTROL("[1, 2]") ",\"candidates\":[" CANDIDATE("x", "mismatch",
                                                                      ",\"value\":[1],\"signal\":11,\"new\":1") "]}");
    struct plx_slice got = records("a");
    expect_at(got, "/differences/0/time", "2026-01-02T03:04:05.678Z");
    expect_at(got, "/differences/0/experiment", "a");
    expect_at(got, "/differences/0/endpoint", "x");
    expect_at(got, "/differences/0/context/user", "ana");
    expect_at(got, "/differences/0/context/Authorization", "[redacted]");
    expect_at(got, "/differences/0/control/value", "[1, 2]");
    expect_at(got, "/differences/0/candidate/value", "[1]");
    expect_at(got, "/differences/0/candidate/signal", "11");
    assert_false(kit_has(got, "s3cret"));
    /* What differs is shown as long as elsewhere, and says that it was cut. */
    char *long_value = malloc(30000);
    plx_buffer_clear(&text);
    memset(long_value, 'v', 29999);
    long_value[29999] = '\0';
    struct plx_buffer line;
    plx_buffer_init(&line, 1u << 20);
    plx_buffer_format(
        &line,
        "{\"experiment\":\"long\",\"control\":{\"name\":\"c\",\"value\":\"%s\",\"wall\":0},\"candidates\":[" CANDIDATE(
            "x", "mismatch", ",\"value\":1") "]}",
        long_value);
    plx_buffer_byte(&line, '\0');
    assert_int_equal(take(line.ptr).taken, 1);
    expect_at(records("long"), "/differences/0/differences/0/primary_cut", "true");
    plx_buffer_fini(&line);
    free(long_value);
}

static void
test_shed_calls_are_uncopied(void **state)
{
    take("{\"experiment\":\"a\",\"shed\":7," CONTROL("1") ",\"candidates\":[" CANDIDATE("x", "match", "") "," CANDIDATE(
        "y", "match", "") "]}");
    expect_at(report("a"), "/endpoints/0/uncopied/shed", "7");
    expect_at(report("a"), "/endpoints/1/exchanges/total", "8");
    expect_at(report("a"), "/uncopied/shed", "14");
    expect_at(report("a"), "/runs", "1");
}

/* ---- hostile lines ---- */

static void
test_each_bad_line_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *line, *wrong;
    } rows[] = {
        {"x", "it is no JSON"},
        {"{\"experiment\":\"a\"", "it is no JSON"},
        {"\xff", "it is no JSON"},
        {"[]", "it is no object"},
        {"{}", "control is missing"},
        {"{\"control\":{}}", "experiment must be"},
        {"{\"experiment\":7,\"control\":{}}", "experiment must be"},
        {"{\"experiment\":\"\",\"control\":{}}", "experiment must be"},
        {"{\"experiment\":\"a\\nb\",\"control\":{}}", "experiment must be"},
        {"{\"experiment\":\"\\u001b[31m\",\"control\":{}}", "experiment must be"},
        {"{\"experiment\":\"\\ud800\",\"control\":{}}", "experiment must be"},
        {"{\"experiment\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"control\":{}}",
         "experiment must be"},
        {"{\"experiment\":\"a\",\"control\":{}}", "the name of a behaviour"},
        {"{\"experiment\":\"a\",\"control\":[]}", "must be objects"},
        {"{\"experiment\":\"a\",\"control\":{\"name\":\"c\"}}", "wall must be"},
        {"{\"experiment\":\"a\",\"control\":{\"name\":\"c\",\"wall\":-1}}", "wall must be"},
        {"{\"experiment\":\"a\",\"control\":{\"name\":\"c\",\"wall\":1e999}}", "wall must be"},
        {"{\"experiment\":\"a\",\"control\":{\"name\":\"c\",\"wall\":\"1\"}}", "wall must be"},
        {"{\"experiment\":\"a\",\"control\":{\"name\":\"c\",\"wall\":1}}", "candidates must be"},
        {"{\"experiment\":\"a\",\"at\":-1,\"control\":{\"name\":\"c\",\"wall\":1}}", "at must be"},
        {"{\"experiment\":\"a\",\"at\":1e300,\"control\":{\"name\":\"c\",\"wall\":1}}", "at must be"},
        {"{\"experiment\":\"a\",\"shed\":1.5,\"control\":{\"name\":\"c\",\"wall\":1}}", "shed must be"},
        {"{\"experiment\":\"a\",\"shed\":1e30,\"control\":{\"name\":\"c\",\"wall\":1}}", "shed must be"},
        {"{\"experiment\":\"a\",\"context\":[],\"control\":{\"name\":\"c\",\"wall\":1}}", "context must be"},
        {LINE("a", "\"control\":{\"name\":\"c\",\"wall\":1,\"error\":7}", ""), "error must be"},
        {LINE("a", CONTROL("1"), ""), "candidates must be"},
        {LINE("a", CONTROL("1"), "7"), "must be objects"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "fine", "")), "verdict must be"},
        {LINE("a", CONTROL("1"), "{\"name\":\"x\",\"wall\":1}"), "verdict must be"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "incomparable", "")), "needs its reason"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "incomparable", ",\"reason\":\"\"")), "needs its reason"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "incomparable", ",\"reason\":\"boredom\"")), "needs its reason"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "match", "") "," CANDIDATE("x", "match", "")), "the same name"},
        {LINE("a", CONTROL("1"), CANDIDATE("control", "match", "")), "the same name"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "mismatch", ",\"differences\":{}")), "differences must be"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "mismatch", ",\"differences\":[7]")), "a difference needs"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "mismatch", ",\"differences\":[{\"field\":\"\"}]")),
         "a difference needs"},
        {LINE("a", CONTROL("1"),
              CANDIDATE("x", "mismatch",
                        ",\"differences\":[{\"field\":\"\",\"kind\":\"odd\",\"control\":\"\",\"candidate\":\"\"}]")),
         "a difference needs"},
        {LINE("a", CONTROL("1"), CANDIDATE("x", "mismatch", ",\"differences\":[],\"differences_total\":-1")),
         "differences_total must be"},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_runs_taken taken = take(rows[i].line);
        if (taken.taken != 0 || taken.refused != 1 || taken.line != 1 || !strstr(taken.wrong, rows[i].wrong))
            fail_msg("%s: %s", rows[i].line, taken.refused ? taken.wrong : "was taken");
    }
    assert_int_equal(ledger->counts.kinds[PLX_SUBJECT_EXPERIMENT].services.count, 0);
}

static void
test_bad_lines_take_nothing_with_them(void **state)
{
    struct plx_runs_taken taken = take("\n" LINE("a", CONTROL("1"), CANDIDATE("x", "match", "")) "\nx\n{}\n" LINE(
        "a", CONTROL("1"), CANDIDATE("x", "match", "")));

    assert_int_equal(taken.taken, 2);
    assert_int_equal(taken.refused, 2);
    assert_int_equal(taken.line, 3);
    assert_string_equal(taken.wrong, "it is no JSON");
    expect_at(report("a"), "/exchanges/match", "2");
    assert_int_equal(take("").taken, 0);
    assert_int_equal(take("\n\r\n\n").refused, 0);
}

static void
test_values_that_are_too_long_are_refused(void **state)
{
    struct plx_buffer line;

    plx_buffer_init(&line, 1u << 20);
    plx_buffer_text(&line, "{\"experiment\":\"a\",\"control\":{\"name\":\"c\",\"wall\":0,\"value\":\"");
    for (unsigned i = 0; i <= PLX_RUN_VALUE_MAX; i++)
        plx_buffer_byte(&line, 'v');
    plx_buffer_text(&line, "\"},\"candidates\":[]}");
    plx_buffer_byte(&line, '\0');
    assert_non_null(strstr(take(line.ptr).wrong, "a value is longer than 32 KiB"));
    plx_buffer_fini(&line);
}

/* ---- from the library ---- */

static int
publish(void *context, const struct plx_outcome *outcome)
{
    struct plx_buffer *lines = context;
    size_t len = plx_outcome_json(outcome, NULL, 0);

    assert_true(len > 0 && plx_buffer_reserve(lines, len + 2));
    plx_outcome_json(outcome, lines->ptr + lines->len, len + 1);
    lines->len += len;
    plx_buffer_byte(lines, '\n');
    return 0;
}

/* The input is a number: what each candidate does with it. */
static void
control(void *input, struct plx_result *result)
{
    char json[128];

    snprintf(json, sizeof(json), "{\"items\":[{\"price\":1},{\"price\":%d}],\"card\":\"4111\"}",
             *(const int *)input % 5);
    plx_result_json(result, json, PLX_COPY);
}

static void
json_candidate(void *input, struct plx_result *result)
{
    int n = *(const int *)input;
    char json[128];

    snprintf(json, sizeof(json), "{\"items\":[{\"price\":%d},{\"price\":%d}],\"card\":\"%d\"}", n % 7 ? 1 : 2, n % 5,
             n % 11 ? 4111 : 4242);
    plx_result_json(result, json, PLX_COPY);
}

static void
failing_candidate(void *input, struct plx_result *result)
{
    if (*(const int *)input % 3)
        control(input, result);
    else
        plx_result_error(result, 7, "it is %d", *(const int *)input);
}

static struct plx_experiment *
library_experiment(struct plx_buffer *lines)
{
    struct plx_experiment *e = plx_experiment_new("from the library", NULL);
    struct plx_rules *rules = plx_rules_new(NULL);

    assert_int_equal(plx_rules_add(rules, &(struct plx_rule){.kind = PLX_RULE_REDACT, .field = S("/card")}, NULL),
                     PLX_OK);
    assert_int_equal(plx_experiment_rules(e, rules), PLX_OK);
    plx_rules_free(rules);
    plx_experiment_use(e, control);
    plx_experiment_try(e, "json", json_candidate);
    plx_experiment_try(e, "failing", failing_candidate);
    plx_experiment_context(e, "user", "ana \"x\"");
    plx_experiment_publish(e, publish, lines);
    assert_int_equal(plx_experiment_status(e), PLX_OK);
    return e;
}

/* What the library publishes is taken, all of it, and both have counted the same. */
static void
test_the_librarys_own_lines_are_taken(void **state)
{
    struct plx_buffer lines;
    struct plx_experiment *e = library_experiment((plx_buffer_init(&lines, 8u << 20), &lines));
    struct plx_runs_taken taken;
    struct plx_slice got;

    for (int i = 1; i <= 200; i++) {
        struct plx_result result = plx_experiment_run(e, &i);
        plx_result_free(&result);
    }
    assert_int_equal(plx_experiments_take(ledger, plx_buffer_slice(&lines), NULL, NOW_MS, &taken), PLX_OK);
    if (taken.refused)
        fail_msg("line %u: %s", (unsigned)taken.line, taken.wrong);
    assert_int_equal(taken.taken, 200);
    got = report("from the library");
    expect_at(got, "/runs", "200");
    expect_at(got, "/exchanges/total", "400");
    expect_at(got, "/endpoints/0/endpoint", "failing");
    expect_at(got, "/endpoints/0/exchanges/mismatch", "66");
    expect_at(got, "/endpoints/0/fields/0/field", "error");
    expect_at(got, "/endpoints/0/fields/0/kind", "extra");
    /* Every seventh has another price, every eleventh another card. */
    expect_at(got, "/endpoints/1/exchanges/mismatch", "44");
    expect_at(got, "/endpoints/1/fields/0/field", "/items/*/price");
    expect_at(got, "/endpoints/1/fields/0/differences", "28");
    expect_at(got, "/endpoints/1/fields/1/field", "/card");
    expect_at(got, "/endpoints/1/fields/1/differences", "18");
    expect_at(got, "/endpoints/1/fields/1/example/candidate", "[redacted]");
    got = records("from the library");
    assert_true(kit_has(got, "\"user\":\"ana \\\"x\\\"\""));
    assert_false(kit_has(got, "4111") || kit_has(got, "4242"));
    plx_buffer_fini(&lines);
    plx_experiment_free(e);
}

/* Calls that found no room come with the next outcome, each once. */
static void
test_the_librarys_shed_calls_are_told_once(void **state)
{
    struct plx_buffer lines;
    struct plx_experiment *e = library_experiment((plx_buffer_init(&lines, 8u << 20), &lines));
    const struct plx_place_limits limits = {.runs_max = 1, .threads = 1, .deadline_ms = 60000};
    int input = 1;

    assert_int_equal(plx_experiment_input(e, sizeof(input), NULL, NULL), PLX_OK);
    assert_int_equal(plx_experiment_run_on(e, PLX_ON_THREAD, &limits), PLX_OK);
    for (int i = 0; i < 300; i++) {
        struct plx_result result = plx_experiment_run(e, &input);
        plx_result_free(&result);
    }
    assert_int_equal(plx_experiment_drain(e, 60000), PLX_OK);
    struct plx_result result = plx_experiment_run(e, &input);
    plx_result_free(&result);
    assert_int_equal(plx_experiment_drain(e, 60000), PLX_OK);
    struct plx_run_counts counts = plx_experiment_counts(e);
    plx_experiment_free(e);
    plx_buffer_byte(&lines, '\0');
    assert_int_equal(take(lines.ptr).refused, 0);
    plx_buffer_fini(&lines);
    assert_int_equal(kit_number(report("from the library"), "/runs"), counts.runs);
    assert_int_equal(kit_number(report("from the library"), "/endpoints/0/uncopied/shed"), counts.shed);
    assert_int_equal(counts.runs + counts.shed, 301);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_runs_are_counted_by_candidate_and_verdict, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors_and_types_have_fields_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_differences_are_grouped_by_their_folded_field, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_mismatch_is_kept_whole_without_secrets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shed_calls_are_uncopied, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_bad_line_is_refused_with_a_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_lines_take_nothing_with_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values_that_are_too_long_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_librarys_own_lines_are_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_librarys_shed_calls_are_told_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
