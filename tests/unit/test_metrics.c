/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics are Prometheus text that the strictest reader takes, their numbers are the ledger's, and their order is
 * always the same. */
#include "ledger_kit.h"

#include "evidence/metrics/metrics.h"

#include <ctype.h>

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

/* ---- a strict reader of the exposition format, version 0.0.4 ---- */

struct reader {
    char metric[128], type[16]; /* of the last # TYPE */
    char seen[64][128];         /* metrics that had theirs */
    size_t seen_count;
    char last[4096];    /* the last series: no two are the same, since they are sorted or differ in place */
    double last_bucket; /* of a histogram under way; below 0: none */
    char last_bucket_series[4096];
    bool infinity;
};

static const char *
read_name(const char *at, bool colons)
{
    assert_true(isalpha((unsigned char)*at) || *at == '_');
    while (isalnum((unsigned char)*at) || *at == '_' || (colons && *at == ':'))
        at++;
    return at;
}

/* {name="value",...}: values with \\, \" and \n escaped, nothing else. */
static const char *
read_labels(const char *at)
{
    assert_int_equal(*at++, '{');
    for (;;) {
        at = read_name(at, false);
        assert_int_equal(*at++, '=');
        assert_int_equal(*at++, '"');
        for (; *at != '"'; at++) {
            assert_true(*at != '\n' && *at != 0);
            if (*at == '\\') {
                at++;
                assert_true(*at == '\\' || *at == '"' || *at == 'n');
            }
        }
        at++;
        if (*at != ',')
            break;
        at++;
    }
    assert_int_equal(*at++, '}');
    return at;
}

static void
read_comment(struct reader *r, const char *line)
{
    char name[128], type[16];

    if (strncmp(line, "# HELP ", 7) == 0) {
        assert_int_equal(sscanf(line, "# HELP %127s", r->metric), 1);
        assert_non_null(strchr(line + 7, ' '));
        for (size_t i = 0; i < r->seen_count; i++)
            assert_string_not_equal(r->seen[i], r->metric);
        r->type[0] = 0;
        return;
    }
    assert_int_equal(sscanf(line, "# TYPE %127s %15s", name, type), 2);
    assert_string_equal(name, r->metric);
    assert_true(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 || strcmp(type, "histogram") == 0);
    if (strcmp(type, "counter") == 0)
        assert_string_equal(name + strlen(name) - 6, "_total");
    strcpy(r->type, type);
    assert_true(r->seen_count < PLX_COUNT(r->seen));
    strcpy(r->seen[r->seen_count++], name);
}

/* Buckets grow, end with +Inf, and the count is that of the last. */
static void
read_histogram(struct reader *r, const char *series, const char *suffix, double value)
{
    if (strcmp(suffix, "_bucket") == 0) {
        const char *le = strstr(series, ",le=\"");

        assert_non_null(le);
        if (r->last_bucket >= 0)
            assert_true(value >= r->last_bucket);
        r->last_bucket = value;
        r->infinity = strncmp(le, ",le=\"+Inf\"", 10) == 0;
    } else if (strcmp(suffix, "_count") == 0) {
        assert_true(r->infinity);
        assert_true(value == r->last_bucket);
        r->last_bucket = -1;
    } else {
        assert_string_equal(suffix, "_sum");
    }
}

static void
read_sample(struct reader *r, char *line)
{
    const char *end = read_name(line, true);
    size_t metric_len = strlen(r->metric);
    char suffix[32], *rest;
    double value;

    assert_true(r->type[0]);
    assert_true((size_t)(end - line) >= metric_len && memcmp(line, r->metric, metric_len) == 0);
    snprintf(suffix, sizeof(suffix), "%.*s", (int)((size_t)(end - line) - metric_len), line + metric_len);
    if (*end == '{')
        end = read_labels(end);
    assert_int_equal(*end, ' ');
    line[end - line] = 0;
    value = strtod(end + 1, &rest);
    assert_true(rest != end + 1 && *rest == 0);
    assert_string_not_equal(line, r->last);
    snprintf(r->last, sizeof(r->last), "%s", line);
    if (strcmp(r->type, "histogram") == 0)
        read_histogram(r, line, suffix, value);
    else
        assert_string_equal(suffix, "");
    assert_true(value >= 0);
}

static void
expect_exposition(struct plx_slice exposition)
{
    struct reader r = {.last_bucket = -1};
    char *copy = strndup(exposition.ptr, exposition.len);

    assert_int_equal(exposition.ptr[exposition.len - 1], '\n');
    for (char *line = copy, *next; *line; line = next) {
        next = strchr(line, '\n');
        *next++ = 0;
        assert_true(*line);
        if (*line == '#')
            read_comment(&r, line);
        else
            read_sample(&r, line);
    }
    free(copy);
}

/* ---- tests ---- */

static struct plx_slice
metrics(struct plx_ledger *ledger, const struct plx_snapshot *snapshot)
{
    plx_buffer_clear(&text);
    plx_metrics_write(ledger, snapshot, &text);
    assert_false(text.failed);
    expect_exposition(plx_buffer_slice(&text));
    return plx_buffer_slice(&text);
}

static void
expect_line(struct plx_slice exposition, const char *line)
{
    char want[512];

    snprintf(want, sizeof(want), "\n%s\n", line);
    if (!kit_has(exposition, want))
        fail_msg("no line %s in:\n%.*s", line, (int)exposition.len, exposition.ptr);
}

/* Under the names that the library writes itself, and nothing of it among the services' metrics. */
static void
test_experiments_have_metrics_of_their_own(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice got;

    for (int i = 0; i < 3; i++) {
        kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "cart \"total\"", i == 0 ? "a" : "b");
        plx_tally_add(tally, &x.outcome, scratch);
    }
    kit_differ(&x, "value", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_counts_service(&tally->counts, PLX_SUBJECT_EXPERIMENT, S("cart \"total\""))->runs = 3;
    plx_ledger_fold(ledger, tally);
    got = metrics(ledger, NULL);
    expect_line(got, "parallax_experiment_total{experiment=\"cart \\\"total\\\"\"} 3");
    expect_line(got, "parallax_experiment_match_total{experiment=\"cart \\\"total\\\"\",candidate=\"a\"} 1\n"
                     "parallax_experiment_match_total{experiment=\"cart \\\"total\\\"\",candidate=\"b\"} 2");
    expect_line(got, "parallax_experiment_mismatch_total{experiment=\"cart \\\"total\\\"\",candidate=\"b\"} 1");
    expect_line(got, "parallax_experiment_incomparable_total{experiment=\"cart \\\"total\\\"\",reason=\"timeout\"} 0");
    expect_line(got, "parallax_experiment_shed_total{experiment=\"cart \\\"total\\\"\"} 0");
    expect_line(got, "parallax_experiment_seconds_count{experiment=\"cart \\\"total\\\"\",behaviour=\"control\"} 3");
    expect_line(got, "parallax_experiment_seconds_count{experiment=\"cart \\\"total\\\"\",behaviour=\"a\"} 1");
    assert_false(kit_has(got, "{service=\"cart"));
    plx_ledger_close(ledger);
}

static void
test_metrics_of_nothing_are_well_formed(void **state)
{
    struct plx_service services[] = {kit_service("b", true), kit_service("a", false)};
    struct plx_snapshot snapshot = {.services = services, .service_count = 2};
    struct plx_ledger *ledger = kit_open(NULL);

    services[0].stage = PLX_STAGE_CANARY;
    services[0].share = services[1].share = 2500;
    struct plx_slice got = metrics(ledger, &snapshot);
    expect_line(got, "parallax_stage{service=\"a\",stage=\"primary\"} 0\n"
                     "parallax_stage{service=\"a\",stage=\"shadow\"} 1\n"
                     "parallax_stage{service=\"a\",stage=\"canary\"} 0\n"
                     "parallax_stage{service=\"a\",stage=\"candidate\"} 0\n"
                     "parallax_stage{service=\"b\",stage=\"primary\"} 0\n"
                     "parallax_stage{service=\"b\",stage=\"shadow\"} 0\n"
                     "parallax_stage{service=\"b\",stage=\"canary\"} 1\n"
                     "parallax_stage{service=\"b\",stage=\"candidate\"} 0");
    expect_line(got, "parallax_share{service=\"a\"} 0");
    expect_line(got, "parallax_share{service=\"b\"} 0.025");
    assert_true(kit_has(got, "parallax_build_info{version=\""));
    plx_ledger_close(ledger);
}

/* As `parallax report` ends; what is not compared has none. */
static void
test_verdicts_are_numbers(void **state)
{
    struct plx_service services[] = {kit_service("a", false), kit_service("b", false), kit_service("c", false)};
    struct plx_snapshot snapshot = {.services = services, .service_count = 3};
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);

    services[2].stage = PLX_STAGE_PRIMARY;
    kit_match(&x, &services[0], "GET /");
    kit_differ(&x, "/total", true, false);
    x.outcome.served = PLX_CANDIDATE;
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, &services[0], "GET /x");
    x.outcome.roles[PLX_CANDIDATE].status = 503;
    x.outcome.served = PLX_CANDIDATE;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    plx_ledger_add_under_way(ledger, S("a"), 2, 10);
    plx_ledger_add_under_way(ledger, S("a"), 1, 5);
    struct plx_slice got = metrics(ledger, &snapshot);
    expect_line(got, "parallax_verdict{service=\"a\",endpoint=\"\"} 1\n"
                     "parallax_verdict{service=\"a\",endpoint=\"GET /\"} 1\n"
                     "parallax_verdict{service=\"a\",endpoint=\"GET /x\"} 3\n"
                     "parallax_verdict{service=\"b\",endpoint=\"\"} 3");
    assert_false(kit_has(got, "parallax_verdict{service=\"c\""));
    expect_line(got, "parallax_served_differed_total{service=\"a\"} 1");
    expect_line(got, "parallax_role_errors_total{service=\"a\",role=\"candidate\"} 1");
    expect_line(got, "parallax_under_way{service=\"a\"} 3");
    plx_ledger_forget_under_way(ledger);
    expect_line(metrics(ledger, &snapshot), "parallax_under_way{service=\"a\"} 0");
    plx_ledger_close(ledger);
}

/* The contract's names with the ledger's numbers. */
static void
test_metrics_are_the_ledger_s_numbers(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_snapshot snapshot = {.services = &service, .service_count = 1};
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice got;

    for (int i = 0; i < 3; i++) {
        kit_match(&x, &service, "GET /{id}");
        plx_tally_add(tally, &x.outcome, scratch);
    }
    kit_match(&x, &service, "GET /{id}");
    kit_differ(&x, "/total", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, &service, "GET /{id}");
    kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_TIMEOUT);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, &service, "GET /{id}");
    x.outcome.copied = false;
    x.outcome.uncopied = PLX_UNCOPIED_SHED;
    x.outcome.roles[PLX_CANDIDATE].asked = x.outcome.roles[PLX_SECONDARY].asked = false;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    got = metrics(ledger, &snapshot);
    expect_line(got, "parallax_exchanges_total{service=\"payment\",endpoint=\"GET /{id}\",verdict=\"match\"} 3");
    expect_line(got, "parallax_exchanges_total{service=\"payment\",endpoint=\"GET /{id}\",verdict=\"mismatch\"} 1");
    expect_line(got, "parallax_exchanges_total{service=\"payment\",endpoint=\"GET /{id}\",verdict=\"incomparable\"} 1");
    expect_line(got, "parallax_exchanges_total{service=\"payment\",endpoint=\"GET /{id}\",verdict=\"uncopied\"} 1");
    expect_line(
        got,
        "parallax_differences_total{service=\"payment\",endpoint=\"GET /{id}\",field=\"/total\",kind=\"value\"} 1");
    expect_line(
        got,
        "parallax_differences_total{service=\"payment\",endpoint=\"GET /{id}\",field=\"answer\",kind=\"missing\"} 1");
    expect_line(got, "parallax_copies_shed_total{service=\"payment\",reason=\"shed\"} 1");
    expect_line(got, "parallax_copies_shed_total{service=\"payment\",reason=\"too_large\"} 0");
    expect_line(got, "parallax_uncopied_total{service=\"payment\",reason=\"shed\"} 1");
    expect_line(got, "parallax_incomparable_total{service=\"payment\",reason=\"timeout\"} 1");
    expect_line(got, "parallax_answer_seconds_bucket{service=\"payment\",role=\"candidate\",le=\"0.001\"} 0");
    expect_line(got, "parallax_answer_seconds_bucket{service=\"payment\",role=\"candidate\",le=\"0.0025\"} 4");
    expect_line(got, "parallax_answer_seconds_bucket{service=\"payment\",role=\"candidate\",le=\"+Inf\"} 4");
    expect_line(got, "parallax_answer_seconds_sum{service=\"payment\",role=\"candidate\"} 0.008000");
    expect_line(got, "parallax_answer_seconds_count{service=\"payment\",role=\"primary\"} 6");
    expect_line(got, "parallax_role_failures_total{service=\"payment\",role=\"candidate\"} 1");
    expect_line(got, "parallax_records 1");
    plx_ledger_close(ledger);
}

/* Quotes, backslashes and line ends in a field's name stay inside its label. */
static void
test_label_values_are_escaped(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_snapshot snapshot = {.services = &service, .service_count = 1};
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);

    kit_match(&x, &service, "GET /");
    kit_differ(&x, "/a\"} 1\nforged{x=\"\\", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    expect_line(metrics(ledger, &snapshot), "parallax_differences_total{service=\"payment\",endpoint=\"GET "
                                            "/\",field=\"/a\\\"} 1\\nforged{x=\\\"\\\\\",kind=\"value\"} 1");
    plx_ledger_close(ledger);
}

/* However the traffic came, the order is by name. */
static void
test_order_does_not_depend_on_traffic(void **state)
{
    static const char *const orders[2][3] = {{"GET /c", "GET /a", "GET /b"}, {"GET /b", "GET /c", "GET /a"}};
    char *first = NULL;

    for (int round = 0; round < 2; round++) {
        struct plx_service services[] = {kit_service("one", false), kit_service("two", false)};
        struct plx_snapshot snapshot = {.services = services, .service_count = 2};
        struct plx_ledger *ledger = kit_open(NULL);
        struct plx_tally *tally = plx_tally_new(NULL);

        for (int i = 0; i < 3; i++) {
            for (int s = 0; s < 2; s++) {
                kit_match(&x, &services[s ^ round], orders[round][i]);
                x.outcome.verdict = PLX_MATCH;
                kit_differ(&x, "/z", true, false);
                kit_differ(&x, "/y", true, false);
                x.outcome.request = NULL; /* no records: their ids differ */
                plx_tally_add(tally, &x.outcome, scratch);
            }
        }
        plx_ledger_fold(ledger, tally);
        metrics(ledger, &snapshot);
        if (round == 0)
            first = strndup(text.ptr, text.len);
        else
            assert_true(plx_slice_equal(plx_buffer_slice(&text), S(first)));
        plx_ledger_close(ledger);
    }
    free(first);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_experiments_have_metrics_of_their_own),
        cmocka_unit_test(test_metrics_of_nothing_are_well_formed),
        cmocka_unit_test(test_verdicts_are_numbers),
        cmocka_unit_test(test_metrics_are_the_ledger_s_numbers),
        cmocka_unit_test(test_label_values_are_escaped),
        cmocka_unit_test(test_order_does_not_depend_on_traffic),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
