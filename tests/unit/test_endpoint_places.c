/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever invents paths takes the places of endpoints from nobody; sums stay exact, in memory and in the store. */
#include "ledger_kit.h"

#include "evidence/ledger/endpoint_places.h"
#include "evidence/ledger/path_folding.h"
#include "service/endpoint.h"

static struct plx_arena *scratch;
static struct plx_buffer text, again;
static struct kit_exchange x;
static char path[64];

static int
setup(void **state)
{
    scratch = plx_arena_new(NULL);
    plx_buffer_init(&text, 64u << 20);
    plx_buffer_init(&again, 64u << 20);
    kit_path(path);
    return scratch == NULL;
}

static int
teardown(void **state)
{
    plx_arena_free(scratch);
    plx_buffer_fini(&text);
    plx_buffer_fini(&again);
    kit_remove(path);
    return 0;
}

static void
add(struct plx_tally *tally, const struct plx_service *service, const char *endpoint, uint16_t status, bool differs)
{
    kit_match(&x, service, endpoint);
    x.outcome.roles[PLX_PRIMARY].status = x.outcome.roles[PLX_CANDIDATE].status = status;
    if (differs)
        kit_differ(&x, "/total", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
}

/* So many paths from the number first on, each asked for once, and in the same fold the endpoint (NULL: none). */
static void
fold_invented(struct plx_ledger *ledger, const struct plx_service *service, unsigned first, unsigned count,
              uint16_t status, const char *endpoint)
{
    struct plx_tally *tally = plx_tally_new(NULL);
    char name[32];

    for (unsigned i = first; i < first + count; i++) {
        snprintf(name, sizeof(name), "GET /a%u", i);
        add(tally, service, name, status, false);
    }
    if (endpoint)
        add(tally, service, endpoint, 200, false);
    plx_ledger_fold(ledger, tally);
}

static struct plx_service_counts *
counts_of(struct plx_ledger *ledger)
{
    return plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, plx_slice_of("payment"));
}

static const struct plx_endpoint_counts *
find(struct plx_ledger *ledger, const char *name)
{
    return plx_table_get(&counts_of(ledger)->endpoints, plx_slice_of(name));
}

static void
test_what_neither_role_has_is_one_endpoint(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);

    fold_invented(ledger, &service, 0, 900, 404, "GET /real");
    fold_invented(ledger, &service, 900, 900, 404, "GET /real");
    fold_invented(ledger, &service, 0, 900, 404, NULL);
    assert_int_equal(counts_of(ledger)->endpoints.count, 2);
    assert_int_equal(find(ledger, PLX_NOT_FOUND)->exchanges.match, 2700);
    assert_int_equal(find(ledger, PLX_NOT_FOUND)->exchanges.no_evidence[PLX_NO_EVIDENCE_NOT_FOUND], 2700);
    assert_int_equal(find(ledger, "GET /real")->exchanges.match, 2);
    plx_ledger_close(ledger);
}

/* An endpoint that has answered keeps its 404s, and one that differs is one of its own. */
static void
test_a_known_endpoint_keeps_what_it_does_not_find(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);

    add(tally, &service, "GET /pay/{id}", 200, false);
    add(tally, &service, "GET /pay/{id}", 404, false);
    plx_ledger_fold(ledger, tally);
    tally = plx_tally_new(NULL);
    add(tally, &service, "GET /pay/{id}", 404, false);
    add(tally, &service, "GET /lost", 404, true);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(find(ledger, "GET /pay/{id}")->exchanges.match, 3);
    assert_int_equal(find(ledger, "GET /lost")->exchanges.mismatch, 1);
    assert_null(find(ledger, PLX_NOT_FOUND));
    plx_ledger_close(ledger);
}

/* Paths that are answered: the places go round among them, and everything adds up over a restart, too. */
static void
test_invented_paths_give_way(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);

    add(tally, &service, "GET /differs", 200, true);
    plx_ledger_fold(ledger, tally);
    for (unsigned turn = 0; turn < 10; turn++)
        fold_invented(ledger, &service, turn * 500, 500, 200, turn == 0 ? NULL : "GET /real");
    assert_int_equal(counts_of(ledger)->endpoints.count, PLX_ENDPOINTS_MAX);
    assert_int_equal(find(ledger, "GET /real")->exchanges.match, 9);
    assert_int_equal(find(ledger, "GET /differs")->exchanges.mismatch, 1);
    assert_int_equal(counts_of(ledger)->other.exchanges.match, 5010 - 1 - 9 - 998);
    kit_expect_adds_up(kit_report(ledger, &service, &text), "");
    assert_int_equal(kit_number(plx_buffer_slice(&text), "/exchanges/total"), 5010);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_true(plx_slice_equal(plx_buffer_slice(&text), kit_report(ledger, &service, &again)));
    plx_ledger_close(ledger);
}

/* 1,000 paths that were asked for five times each do not keep one out that is asked for once in a fold. */
static void
test_a_late_endpoint_finds_a_place_and_keeps_it(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);

    for (unsigned turn = 0; turn < 5; turn++)
        fold_invented(ledger, &service, 0, PLX_ENDPOINTS_MAX, 200, NULL);
    for (unsigned turn = 0; turn < 20; turn++)
        fold_invented(ledger, &service, 10000 + turn * 20, 20, 200, "GET /real");
    assert_int_equal(find(ledger, "GET /real")->exchanges.match, 20);
    assert_int_equal(kit_counts(ledger, "payment").total, 5 * PLX_ENDPOINTS_MAX + 20 * 21);
    plx_ledger_close(ledger);
}

/* Where all places are taken by what differs, a route's endpoint has one all the same; in a tally likewise. */
static void
test_what_the_configuration_names_has_its_place(void **state)
{
    char named[] = "POST /named", matched[] = "GET /by/**", by_hand[] = "by hand";
    struct plx_route routes[] = {{.match = named}, {.match = matched, .endpoint = by_hand}};
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);
    char name[32];

    service.routes = routes;
    service.route_count = 2;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    for (unsigned i = 0; i < PLX_ENDPOINTS_MAX + 1; i++) {
        snprintf(name, sizeof(name), "GET /a%u", i);
        add(tally, &service, name, 200, true);
    }
    add(tally, &service, "POST /named", 404, false);
    add(tally, &service, "by hand", 200, false);
    plx_ledger_fold(ledger, tally);
    fold_invented(ledger, &service, 5000, 1000, 200, NULL);
    assert_int_equal(find(ledger, "POST /named")->exchanges.match, 1);
    assert_int_equal(find(ledger, "by hand")->exchanges.match, 1);
    assert_int_equal(counts_of(ledger)->other.exchanges.match, 1000);
    service.route_count = 0; /* they have no rules, which a report tells of */
    kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    ledger = kit_open(path); /* which does not know yet what is named */
    assert_true(plx_slice_equal(plx_buffer_slice(&text), kit_report(ledger, &service, &again)));
    plx_ledger_close(ledger);
}

/* What was replaced and comes again begins anew. */
static void
test_a_replaced_endpoint_begins_anew(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);

    fold_invented(ledger, &service, 0, 1, 200, NULL);
    for (unsigned turn = 0; turn < 3; turn++)
        fold_invented(ledger, &service, 1000 + turn * 500, 500, 200, NULL);
    if (find(ledger, "GET /a0"))
        fold_invented(ledger, &service, 4000, PLX_ENDPOINTS_MAX, 200, NULL);
    assert_null(find(ledger, "GET /a0"));
    fold_invented(ledger, &service, 0, 1, 200, NULL);
    assert_int_equal(find(ledger, "GET /a0")->exchanges.match, 1);
    plx_ledger_close(ledger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_neither_role_has_is_one_endpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_known_endpoint_keeps_what_it_does_not_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_invented_paths_give_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_late_endpoint_finds_a_place_and_keeps_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_the_configuration_names_has_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_replaced_endpoint_begins_anew, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
