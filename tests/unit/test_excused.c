/* SPDX-License-Identifier: Apache-2.0 */
/* What a report says of that which was not looked at: rules, endpoints that were never compared, what says nothing. */
#include "ledger_kit.h"

#include "evidence/count/excuses.h"
#include "service/route.h"

static struct plx_arena *scratch;
static struct plx_buffer text, again;
static struct kit_exchange x;

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, 64u << 20);
    plx_buffer_init(&again, 64u << 20);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    plx_buffer_fini(&again);
    return 0;
}

/* ---- exchanges that are compared as they are in the program ---- */

static void
exchange(struct plx_tally *tally, const struct plx_service *service, const struct plx_rules *rules,
         const char *endpoint, const char *primary, const char *candidate)
{
    struct plx_answer a = {.status = 200, .body = S(primary), .body_length = strlen(primary)};
    struct plx_answer b = {.status = 200, .body = S(candidate), .body_length = strlen(candidate)};

    a.media_type = b.media_type = S("application/json");
    kit_match(&x, service, endpoint);
    x.outcome.rules = rules;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, scratch, &x.judgement), PLX_OK);
    x.outcome.verdict = x.judgement.verdict;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
}

static void
add_rule(struct plx_rules *rules, enum plx_rule_kind kind, const char *field, const char *owner)
{
    const struct plx_rule rule = {
        .kind = kind, .field = S(field), .owner = S(owner), .why = S("because"), .until_s = 4102444800};

    assert_int_equal(plx_rules_add(rules, &rule, NULL), PLX_OK);
}

/* Ten exchanges: three that only /a makes differ, one that /a and /b do, two with a mismatch besides, four equal. */
static void
ten(struct plx_tally *tally, const struct plx_service *service, const struct plx_rules *rules, const char *endpoint)
{
    for (int i = 0; i < 4; i++)
        exchange(tally, service, rules, endpoint, "{\"a\":1,\"b\":1,\"c\":1}", "{\"c\":1,\"b\":1,\"a\":1}");
    for (int i = 0; i < 3; i++)
        exchange(tally, service, rules, endpoint, "{\"a\":1,\"b\":1,\"c\":1}", "{\"a\":2,\"b\":1,\"c\":1}");
    for (int i = 0; i < 2; i++)
        exchange(tally, service, rules, endpoint, "{\"a\":1,\"b\":1,\"c\":1}", "{\"a\":2,\"b\":1,\"c\":2}");
    exchange(tally, service, rules, endpoint, "{\"a\":1,\"b\":1,\"c\":1}", "{\"a\":3,\"b\":2,\"c\":1}");
}

static void
expect_row(struct plx_slice report, int i, const char *rule, const char *endpoint, const char *excused,
           const char *compared)
{
    const char *const keys[] = {"rule", "endpoint", "excused", "compared"};
    const char *const want[] = {rule, endpoint, excused, compared};

    for (size_t k = 0; k < PLX_COUNT(keys); k++) {
        char pointer[64];
        snprintf(pointer, sizeof(pointer), "/rules/%d/%s", i, keys[k]);
        expect_at(report, pointer, want[k]);
    }
}

static void
expect_ten_twice(struct plx_slice report)
{
    expect_row(report, 0, "ignore /a", "GET /x", "12", "20");
    expect_row(report, 1, "ignore /b", "GET /x", "2", "20");
    expect_row(report, 2, "ignore /nope", "null", "0", "20");
    expect_at(report, "/rules/0/owner", "team");
    expect_at(report, "/rules/0/why", "because");
    expect_at(report, "/rules/0/until", "2100-01-01T00:00:00.000Z");
    expect_at(report, "/rules/0/configured", "true");
    expect_at(report, "/rules/0/example/field", "/a");
    expect_at(report, "/rules/0/example/primary", "1");
    expect_at(report, "/rules/0/example/candidate", "3"); /* the newest one */
    expect_at(report, "/rules/1/owner", "null");
    expect_at(report, "/rules/2/example", "null");
    assert_false(kit_has(report, "/secret"));
    expect_at(report, "/rules_left_out", "0");
    expect_at(report, "/excused/exchanges", "8");
    expect_at(report, "/excused/rules", "2");
    expect_at(report, "/endpoints/0/excused/exchanges", "8");
    expect_at(report, "/exchanges/ignored", "8");
    kit_expect_adds_up(report, "");
}

/* Over two folds, and over the store's file. */
static void
test_a_row_for_each_rule_and_endpoint(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_ledger *ledger;
    char path[64];

    kit_path(path);
    ledger = kit_open(path);
    add_rule(rules, PLX_RULE_IGNORE, "/a", "team");
    assert_int_equal(plx_rules_ignore(rules, S("/b"), NULL), PLX_OK);
    assert_int_equal(plx_rules_ignore(rules, S("/nope"), NULL), PLX_OK);
    assert_int_equal(plx_rules_redact(rules, S("/secret"), NULL), PLX_OK);
    service.rules = rules;
    for (int fold = 0; fold < 2; fold++) {
        struct plx_tally *tally = plx_tally_new(NULL);
        ten(tally, &service, rules, "GET /x");
        assert_true(plx_ledger_fold(ledger, tally));
    }
    expect_ten_twice(kit_report(ledger, &service, &text));
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    expect_ten_twice(kit_report(ledger, &service, &again));
    assert_true(plx_slice_equal(plx_buffer_slice(&text), plx_buffer_slice(&again)));
    /* The rules go from the configuration: what they excused stays, and says that they are gone. */
    service.rules = NULL;
    kit_report(ledger, &service, &text);
    expect_row(plx_buffer_slice(&text), 0, "ignore /a", "GET /x", "12", "20");
    expect_at(plx_buffer_slice(&text), "/rules/0/configured", "false");
    plx_ledger_close(ledger);
    plx_rules_free(rules);
    kit_remove(path);
}

static void
test_rules_of_routes(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_route routes[2] = {{.match = (char *)(uintptr_t) "GET /x/{id}"},
                                  {.match = (char *)(uintptr_t) "POST /y", .endpoint = (char *)(uintptr_t) "pay"}};
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    assert_int_equal(plx_rules_ignore(rules, S("/a"), NULL), PLX_OK);
    for (size_t i = 0; i < PLX_COUNT(routes); i++) {
        assert_null(plx_route_compile(&routes[i]));
        routes[i].rules = plx_rules_copy(rules);
        add_rule(routes[i].rules, PLX_RULE_IGNORE, "/b", i ? "y" : "x");
    }
    add_rule(routes[1].rules, PLX_RULE_IGNORE, "/c", "y");
    service.rules = rules;
    service.routes = routes;
    service.route_count = PLX_COUNT(routes);
    exchange(tally, &service, routes[0].rules, "GET /x/{id}", "{\"b\":1}", "{\"b\":2}");
    exchange(tally, &service, routes[1].rules, "pay", "{\"b\":1}", "{\"b\":2}");
    exchange(tally, &service, routes[1].rules, "pay", "{\"b\":1}", "{\"b\":1}");
    exchange(tally, &service, rules, "GET /z", "{\"b\":1}", "{\"b\":1}");
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_row(report, 0, "ignore /b", "GET /x/{id}", "1", "1");
    expect_at(report, "/rules/0/owner", "x");
    expect_row(report, 1, "ignore /b", "pay", "1", "2");
    expect_at(report, "/rules/1/owner", "y");
    expect_row(report, 2, "ignore /a", "null", "0", "4");
    expect_at(report, "/rules/2/route", "null");
    expect_row(report, 3, "ignore /c", "null", "0", "2");
    expect_at(report, "/rules/3/route", "POST /y");
    expect_at(report, "/excused/rules", "1");
    plx_ledger_close(ledger);
    for (size_t i = 0; i < PLX_COUNT(routes); i++) {
        plx_rules_free(routes[i].rules);
        plx_route_pattern_free(routes[i].pattern);
    }
    plx_rules_free(rules);
}

/* 150 rules at one endpoint: 100 have a row, the rest counts under "(other)". */
static void
test_rows_are_bounded(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;
    uint64_t sum = 0, others = 0;

    for (int i = 0; i < 150; i++) {
        struct plx_rules *rules = plx_rules_new(NULL);
        char field[16], pointer[64], got[64];
        snprintf(field, sizeof(field), "/f%d", i);
        assert_int_equal(plx_rules_ignore(rules, S(field), NULL), PLX_OK);
        snprintf(pointer, sizeof(pointer), "{\"f%d\":1}", i);
        snprintf(got, sizeof(got), "{\"f%d\":2}", i);
        exchange(tally, &service, rules, "GET /x", pointer, got);
        plx_rules_free(rules);
    }
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    for (int i = 0; i < 101; i++) {
        char pointer[64], got[64];
        snprintf(pointer, sizeof(pointer), "/rules/%d/excused", i);
        sum += kit_number(report, pointer);
        snprintf(pointer, sizeof(pointer), "/rules/%d/rule", i);
        assert_true(kit_json_get(report, pointer, got, sizeof(got)));
        others += strcmp(got, "(other)") == 0;
    }
    assert_int_equal(sum, 150);
    assert_int_equal(others, 1);
    expect_at(report, "/excused/exchanges", "150");
    plx_ledger_close(ledger);
}

static void
test_credentials_are_not_shown(void **state)
{
    static const struct plx_header ones[] = {{{"Authorization", 13}, {"Basic one", 9}}};
    static const struct plx_header twos[] = {{{"Authorization", 13}, {"Basic two", 9}}};
    struct plx_answer a = {.status = 200, .headers = ones, .header_count = 1};
    struct plx_answer b = {.status = 200, .headers = twos, .header_count = 1};
    struct plx_service service = kit_service("payment", false);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    assert_int_equal(plx_rules_ignore_header(rules, S("Authorization"), NULL), PLX_OK);
    plx_rules_compare_all_headers(rules, true);
    kit_match(&x, &service, "GET /x");
    x.outcome.rules = rules;
    assert_int_equal(plx_judge(rules, &a, &b, NULL, NULL, scratch, &x.judgement), PLX_OK);
    x.outcome.verdict = x.judgement.verdict;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/rules/0/rule", "ignore_headers Authorization");
    expect_at(report, "/rules/0/example/primary", "Basic [redacted]");
    assert_false(kit_has(report, "Basic one"));
    plx_ledger_close(ledger);
    plx_rules_free(rules);
}

/* ---- what was never compared, and what says nothing ---- */

static void
test_what_was_never_compared(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    for (int i = 0; i < 12; i++) {
        kit_match(&x, &service, "POST /pay");
        x.outcome.copied = false;
        x.outcome.uncopied = PLX_UNCOPIED_UNSAFE_METHOD;
        plx_tally_add(tally, &x.outcome, scratch);
    }
    kit_match(&x, &service, "GET /x");
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    expect_at(report, "/never_compared/0/endpoint", "POST /pay");
    expect_at(report, "/never_compared/0/exchanges", "12");
    expect_at(report, "/never_compared/0/uncopied/unsafe_method", "12");
    char got[256];
    assert_false(kit_json_get(report, "/never_compared/1", got, sizeof(got)));
    plx_ledger_close(ledger);
}

struct row {
    const char *method, *target;
    int primary, candidate;
    bool all, differs;
    const char *why; /* NULL: it is evidence */
};

static void
count_row(const struct row *row)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_slice report;

    kit_match(&x, &service, "GET /x");
    if (row->differs)
        kit_differ(&x, "/a", true, false);
    x.request.method = S(row->method);
    x.request.target = S(row->target);
    x.outcome.roles[PLX_PRIMARY].status = row->primary;
    x.outcome.roles[PLX_CANDIDATE].status = row->candidate;
    x.outcome.all_is_evidence = row->all;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
    plx_ledger_fold(ledger, tally);
    report = kit_report(ledger, &service, &text);
    uint64_t health = kit_number(report, "/no_evidence/health_check");
    uint64_t missing = kit_number(report, "/endpoints/0/no_evidence/not_found");
    if (health != (row->why && strcmp(row->why, "health_check") == 0) ||
        missing != (row->why && strcmp(row->why, "not_found") == 0))
        fail_msg("%s %s: %llu health checks, %llu not found", row->method, row->target, (unsigned long long)health,
                 (unsigned long long)missing);
    plx_ledger_close(ledger);
}

static void
test_what_is_no_evidence(void **state)
{
    static const struct row rows[] = {
        {"GET", "/health", 200, 200, false, false, "health_check"},
        {"HEAD", "/healthz/?probe=1", 200, 200, false, false, "health_check"},
        {"GET", "/actuator/health", 200, 200, false, false, "health_check"},
        {"GET", "/ping", 404, 404, false, false, "health_check"},
        {"GET", "/healthy/food", 200, 200, false, false, NULL},
        {"GET", "/users/health", 200, 200, false, false, NULL},
        {"GET", "/health", 200, 200, true, false, NULL},
        {"GET", "/health", 200, 200, false, true, NULL}, /* a difference is evidence */
        {"GET", "/x", 404, 404, false, false, "not_found"},
        {"GET", "/x", 404, 200, false, true, NULL},
        {"GET", "/x", 404, 404, true, false, NULL},
        {"GET", "/x", 410, 410, false, false, NULL},
        {"GET", "/", 200, 200, false, false, NULL},
        {"OPTIONS", "*", 200, 200, false, false, NULL},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++)
        count_row(&rows[i]);
}

static void
test_headers_that_are_not_compared_are_said(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_route route = {.match = (char *)(uintptr_t) "GET /x"};
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_ledger *ledger = kit_open(NULL);

    service.rules = rules;
    assert_null(plx_route_compile(&route));
    expect_at(kit_report(ledger, &service, &text), "/headers", "not compared");
    plx_rules_compare_client_headers(rules, true);
    expect_at(kit_report(ledger, &service, &text), "/headers", "compared");
    route.rules = plx_rules_copy(rules);
    service.routes = &route;
    service.route_count = 1;
    expect_at(kit_report(ledger, &service, &text), "/headers", "compared");
    plx_rules_compare_no_headers(route.rules);
    expect_at(kit_report(ledger, &service, &text), "/headers", "in part");
    plx_ledger_close(ledger);
    plx_rules_free(route.rules);
    plx_route_pattern_free(route.pattern);
    plx_rules_free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_for_each_rule_and_endpoint),
        cmocka_unit_test(test_rules_of_routes),
        cmocka_unit_test(test_rows_are_bounded),
        cmocka_unit_test(test_credentials_are_not_shown),
        cmocka_unit_test(test_what_was_never_compared),
        cmocka_unit_test(test_what_is_no_evidence),
        cmocka_unit_test(test_headers_that_are_not_compared_are_said),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
