/* SPDX-License-Identifier: Apache-2.0 */
/* Paths with many names in one segment become one endpoint once that is evident, and nothing that was counted is lost.
 */
#include "ledger_kit.h"

#include "evidence/count/cause_id.h"
#include "evidence/count/evidence.h"
#include "evidence/findings/differences.h"
#include "evidence/ledger/fold_decision.h"
#include "evidence/ledger/path_folding.h"
#include "service/endpoint.h"

#include <math.h>
#include <sqlite3.h>

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

/* ---- the decision ---- */

#define PATHS_MAX 1000

static struct plx_path_count paths[PATHS_MAX];
static char names[PATHS_MAX][PLX_ENDPOINT_MAX + 1];
static size_t path_count;

static void
begin(void)
{
    path_count = 0;
}

static void
add(const char *endpoint, uint64_t count)
{
    snprintf(names[path_count], sizeof(names[0]), "%s", endpoint);
    paths[path_count] = (struct plx_path_count){plx_slice_of(names[path_count]), count};
    path_count++;
}

/* So many, each `count` times; the format has one %u. */
#define add_many(format, many, count)                   \
    do {                                                \
        char name_[PLX_ENDPOINT_MAX + 1];               \
        for (unsigned i_ = 0; i_ < (many); i_++) {      \
            snprintf(name_, sizeof(name_), format, i_); \
            add(name_, count);                          \
        }                                               \
    } while (0)

/* Plain words: no digit in them. */
static void
add_words(const char *parent, unsigned many, uint64_t count)
{
    char name[PLX_ENDPOINT_MAX + 1];

    for (unsigned i = 0; i < many; i++) {
        snprintf(name, sizeof(name), "%s%c%c%c", parent, 'a' + (int)(i / 26 % 26), 'a' + (int)(i % 26), 'x');
        add(name, count);
    }
}

static bool
decide(struct plx_path_fold *fold)
{
    return plx_fold_decide(paths, path_count, NULL, fold);
}

#define expect_fold(want_parent, want_names, want_stay)                                     \
    do {                                                                                    \
        struct plx_path_fold fold_;                                                         \
        assert_true(decide(&fold_));                                                        \
        if (!plx_slice_equal(fold_.parent, S(want_parent)))                                 \
            fail_msg("%.*s, not %s", (int)fold_.parent.len, fold_.parent.ptr, want_parent); \
        assert_int_equal(fold_.names, want_names);                                          \
        assert_int_equal(fold_.stay_count, want_stay);                                      \
    } while (0)

#define expect_none()                                                  \
    do {                                                               \
        struct plx_path_fold fold_;                                    \
        if (decide(&fold_))                                            \
            fail_msg("%.*s", (int)fold_.parent.len, fold_.parent.ptr); \
    } while (0)

static void
test_enough_names_and_exchanges_are_needed(void **state)
{
    begin();
    add_many("GET /products/red-shoe-%u", PLX_FOLD_NAMES_MIN - 1, 100);
    expect_none();
    begin();
    add_many("GET /products/red-shoe-%u", PLX_FOLD_NAMES_MIN, 3); /* 90 exchanges */
    expect_none();
    begin();
    add_many("GET /products/red-shoe-%u", PLX_FOLD_NAMES_MIN, 4);
    expect_fold("GET /products/", PLX_FOLD_NAMES_MIN, 0);
}

/* An API may have 40 resources at one parent; it does not have 100. */
static void
test_plain_words_take_more(void **state)
{
    begin();
    add_words("GET /api/", PLX_FOLD_WORDS_MIN - 1, 100);
    expect_none();
    begin();
    add_words("GET /users/", PLX_FOLD_WORDS_MIN, 100);
    expect_fold("GET /users/", PLX_FOLD_WORDS_MIN, 0);
}

static void
test_a_large_share_stays(void **state)
{
    struct plx_path_fold fold;

    begin();
    add_many("GET /products/sku-%u", 90, 10); /* 900 */
    add("GET /products/search", 60);
    add("GET /products/search/suggest", 60); /* below it: 120 of 1,100 */
    add("GET /products/new", 80);            /* 7 % */
    expect_fold("GET /products/", 91, 1);
    assert_true(decide(&fold));
    assert_true(plx_slice_equal(fold.stay[0], S("search")));
    /* Beside many that were asked for once, what is often asked for stays, though its share is not large. */
    begin();
    add("GET /api/x", 9000);
    add("GET /checkout", 800);
    add("GET /cart", 90);
    add_many("GET /wp-%u.php", 100, 1);
    expect_fold("GET /", 101, 2);
}

/* Folded ones have no share, and empty segments are no names. */
static void
test_what_is_folded_is_not_looked_at(void **state)
{
    begin();
    add("GET /products/{id}", 1000000);
    add("GET /products/", 1000000);
    add_many("GET /products/sku-%u", 40, 3);
    add("GET /products/search", 30);
    expect_fold("GET /products/", 40, 1);
}

/* Each method has names of its own. */
static void
test_methods_are_looked_at_one_by_one(void **state)
{
    begin();
    add_many("GET /products/sku-%u", 20, 50);
    add_many("PUT /products/sku-%u", 20, 50);
    expect_none();
    add_many("PUT /products/x-%u", 20, 50);
    expect_fold("PUT /products/", 40, 0);
}

/* The one nearest to the root comes first: the rest is looked at when that is folded. */
static void
test_levels_come_from_the_root(void **state)
{
    begin();
    add_many("GET /shops/s-1/items/i-%u", 50, 5);
    expect_fold("GET /shops/s-1/items/", 50, 0);
    add_many("GET /shops/s-%u/items/i-1", 50, 5);
    expect_fold("GET /shops/", 49, 1); /* s-1 has half of them */
}

/* What is no method and path, and what is deeper than is looked at. */
static void
test_odd_endpoints_are_left_out(void **state)
{
    begin();
    add_many("job %u", 100, 10);
    add_many("lookup-%u", 100, 10);
    add_many(" /lookup-%u", 100, 10);
    add_many("GET /1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/x-%u", 100, 10);
    add("", 100);
    add("GET ", 100);
    add("OPTIONS *", 100);
    expect_none();
    add_many("GET /1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/x-%u", 100, 10);
    expect_fold("GET /1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/", 100, 1); /* 16 has half of them */
}

/* ---- rules ---- */

static struct plx_path_folds *
folds_of(const char *parent, const char *stay)
{
    struct plx_path_folds *folds = plx_path_folds_new();
    struct plx_path_fold fold = {.parent = S(parent)};

    if (stay)
        fold.stay[fold.stay_count++] = S(stay);
    assert_int_equal(plx_path_folds_add(folds, &fold), PLX_OK);
    return folds;
}

static void
expect_written(const struct plx_path_folds *folds, const char *target, const char *want)
{
    char out[PLX_ENDPOINT_MAX], endpoint[PLX_ENDPOINT_MAX];
    size_t len = plx_endpoint_write(NULL, folds, S("GET"), S(target), out), unfolded;

    assert_int_equal(len, strlen(want));
    assert_memory_equal(out, want, len);
    /* As the ledger does it. */
    unfolded = plx_endpoint_write(NULL, NULL, S("GET"), S(target), endpoint);
    assert_int_equal(plx_endpoint_fold(folds, plx_slice_make(endpoint, unfolded), out), len);
    assert_memory_equal(out, want, len);
}

static void
test_names_are_written_folded(void **state)
{
    struct plx_path_folds *folds = folds_of("GET /products/", "new");
    const struct plx_path_fold deeper = {.parent = S("GET /products/{name}/reviews/")};

    assert_int_equal(plx_path_folds_add(folds, &deeper), PLX_OK);
    expect_written(folds, "/products/red-shoe", "GET /products/{name}");
    expect_written(folds, "/products/red-shoe?size=9", "GET /products/{name}");
    expect_written(folds, "/products/red-shoe/reviews/by-anna/3", "GET /products/{name}/reviews/{name}/{id}");
    expect_written(folds, "/products/new", "GET /products/new");
    expect_written(folds, "/products/new/reviews/by-anna", "GET /products/new/reviews/by-anna");
    expect_written(folds, "/products/42", "GET /products/{id}");
    expect_written(folds, "/products/", "GET /products/");
    expect_written(folds, "/products", "GET /products");
    expect_written(folds, "/other/red-shoe", "GET /other/red-shoe");
    plx_path_folds_unref(folds);
}

/* The same parent once more: one rule, with what stays by either. */
static void
test_rules_of_one_parent_are_one(void **state)
{
    struct plx_path_folds *folds = folds_of("GET /a/", "new");
    struct plx_path_fold fold = {.parent = S("GET /a/"), .stay = {S("old")}, .stay_count = 1, .names = 7};

    assert_int_equal(plx_path_folds_add(folds, &fold), PLX_OK);
    assert_int_equal(plx_path_folds_count(folds), 1);
    assert_int_equal(plx_path_folds_at(folds, 0)->stay_count, 2);
    assert_int_equal(plx_path_folds_at(folds, 0)->names, 7);
    assert_false(plx_path_folds_takes(folds, S("GET /a/"), S("old")));
    assert_true(plx_path_folds_takes(folds, S("GET /a/"), S("x")));
    char parent[32];
    for (unsigned i = 1; i < PLX_PATH_FOLDS_MAX; i++) {
        snprintf(parent, sizeof(parent), "GET /%u/", i);
        fold.parent = S(parent);
        assert_int_equal(plx_path_folds_add(folds, &fold), PLX_OK);
    }
    fold.parent = S("GET /one-more/");
    assert_int_equal(plx_path_folds_add(folds, &fold), PLX_E_LIMIT);
    plx_path_folds_unref(folds);
}

/* ---- the ledger ---- */

static struct plx_service
folding_service(struct plx_ledger *ledger, bool with_secondary)
{
    struct plx_service service = kit_service("shop", with_secondary);

    service.fold = true;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    return service;
}

static void
add_exchange(struct plx_tally *tally, const struct plx_service *service, const char *endpoint, const char *field,
             bool candidate, bool secondary)
{
    kit_match(&x, service, endpoint);
    if (field)
        kit_differ(&x, field, candidate, secondary);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
}

static void
add_slugs(struct plx_tally *tally, const struct plx_service *service, unsigned from, unsigned to, const char *field)
{
    char endpoint[64];

    for (unsigned i = from; i < to; i++) {
        snprintf(endpoint, sizeof(endpoint), "GET /products/red-shoe-%u", i);
        add_exchange(tally, service, endpoint, field, true, false);
    }
}

static struct plx_endpoint_counts *
endpoint_of(struct plx_ledger *ledger, const char *name)
{
    struct plx_service_counts *service = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("shop"));

    return plx_table_get(&service->endpoints, S(name));
}

static size_t
endpoints_of(struct plx_ledger *ledger)
{
    return plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("shop"))->endpoints.count;
}

static void
test_what_was_counted_moves_along(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct plx_service service = folding_service(ledger, true);
    struct plx_tally *tally = plx_tally_new(NULL);

    /* Below the number of exchanges: each is an endpoint of its own, with a row in the store. */
    add_slugs(tally, &service, 0, 40, "/total");
    add_exchange(tally, &service, "GET /products/{id}", "/total", true, false);
    add_exchange(tally, &service, "POST /products/search", NULL, false, false);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 42);
    assert_int_equal(plx_ledger_folds_version(ledger), 0);

    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 30, 99, NULL);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(plx_ledger_folds_version(ledger), 1);
    struct plx_slice report = kit_report(ledger, &service, &text);
    expect_at(report, "/endpoints/0/endpoint", "GET /products/{id}");
    expect_at(report, "/endpoints/1/endpoint", "GET /products/{name}");
    expect_at(report, "/endpoints/2/endpoint", "POST /products/search");
    assert_int_equal(endpoints_of(ledger), 3);
    kit_expect_adds_up(report, "");
    kit_expect_adds_up(report, "/endpoints/1");
    assert_int_equal(kit_number(report, "/exchanges/total"), 111);
    assert_int_equal(kit_number(report, "/endpoints/1/exchanges/total"), 109);
    assert_int_equal(kit_number(report, "/endpoints/1/exchanges/mismatch"), 40);
    assert_int_equal(kit_number(report, "/endpoints/1/latency/primary/count"), 109);
    assert_int_equal(kit_number(report, "/endpoints/1/fields/0/differences"), 40);
    /* 41 causes are two, and lead to the mismatches that were kept. */
    assert_int_equal(kit_number(report, "/causes/0/count"), 40);
    expect_at(report, "/causes/0/endpoint", "GET /products/{name}");
    assert_int_equal(kit_number(report, "/causes/1/count"), 1);
    assert_false(kit_has(report, "red-shoe"));
    expect_at(report, "/folded/0/endpoint", "GET /products/{name}");
    expect_at(report, "/folded/0/paths", "99");
    assert_int_equal(endpoint_of(ledger, "GET /products/{name}")->pairs.paired, 109);
    assert_int_equal(ledger->counts.endpoint_count, 3);
    assert_int_equal(ledger->counts.field_count, 2);
    assert_int_equal(ledger->counts.cause_count, 2);
    assert_true(plx_list_empty(&ledger->gone_endpoints) && plx_list_empty(&ledger->gone_causes));
    plx_ledger_close(ledger);
}

static uint64_t
count_rows(const char *sql)
{
    sqlite3_int64 count = -1;
    sqlite3_stmt *statement;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return (uint64_t)count;
}

static struct plx_slice
list(struct plx_ledger *ledger, const struct plx_service *service, uint64_t cause, struct plx_buffer *out)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_differences_query query = {.limit = 1000, .cause = cause, .endpoint = S("GET /products/{name}")};
    struct plx_json_writer writer;

    plx_buffer_clear(out);
    plx_json_writer_init(&writer, out);
    plx_findings_write_differences(ledger, &subject, &query, &writer);
    kit_expect_json(plx_buffer_slice(out));
    return plx_buffer_slice(out);
}

static uint64_t
only_cause(struct plx_ledger *ledger)
{
    const struct plx_service_counts *service = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("shop"));
    size_t at = 0;

    assert_int_equal(service->causes.count, 1);
    return ((const struct plx_cause *)plx_table_next(&service->causes, &at)->value)->id;
}

/* Rules, counts and kept mismatches are there after a restart, and no row of what was merged. */
static void
test_the_store_has_it_folded(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct plx_service service = folding_service(ledger, false);
    struct plx_tally *tally = plx_tally_new(NULL);
    char cause[PLX_CAUSE_TEXT];

    add_slugs(tally, &service, 0, 35, "/total");
    plx_ledger_fold(ledger, tally);
    plx_ledger_close(ledger);
    assert_int_equal(count_rows("SELECT count(*) FROM endpoint"), 35);
    assert_int_equal(count_rows("SELECT count(*) FROM cause"), 35);

    /* What the store gave back is merged with what comes. */
    ledger = kit_open(path);
    service = folding_service(ledger, false);
    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 0, 20, "/total");
    add_slugs(tally, &service, 0, 60, NULL);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 1);
    plx_buffer_clear(&text);
    struct plx_slice before = kit_report(ledger, &service, &text);
    assert_int_equal(kit_number(before, "/endpoints/0/exchanges/total"), 115);
    plx_cause_id_text(only_cause(ledger), cause);
    expect_at(list(ledger, &service, only_cause(ledger), &again), "/differences/54/cause", cause);
    expect_at(plx_buffer_slice(&again), "/differences/54/endpoint", "GET /products/{name}");
    assert_false(kit_has(plx_buffer_slice(&again), "red-shoe"));
    plx_ledger_close(ledger);
    assert_int_equal(count_rows("SELECT count(*) FROM endpoint"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM field"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM cause"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM path_fold"), 1);
    assert_int_equal(count_rows("SELECT count(*) FROM record WHERE endpoint = 'GET /products/{name}'"), 55);

    ledger = kit_open(path);
    service = folding_service(ledger, false);
    struct plx_buffer after;
    plx_buffer_init(&after, 64u << 20);
    struct plx_slice report = kit_report(ledger, &service, &after);
    assert_int_equal(report.len, before.len);
    assert_memory_equal(report.ptr, before.ptr, before.len);
    expect_at(list(ledger, &service, only_cause(ledger), &again), "/differences/54/cause", cause);
    /* A worker that has no rules yet. */
    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 500, 503, "/total");
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 1);
    assert_int_equal(endpoint_of(ledger, "GET /products/{name}")->exchanges.mismatch, 58);
    assert_false(kit_has(list(ledger, &service, only_cause(ledger), &again), "red-shoe"));
    plx_buffer_fini(&after);
    plx_ledger_close(ledger);
}

static void
exec_sql(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* A store of the version before has no rules and many paths: they are folded with the next exchange. */
static void
test_store_of_version_6_is_brought_up(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct plx_service service = folding_service(ledger, true);
    struct plx_tally *tally = plx_tally_new(NULL);

    service.fold = false;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    add_slugs(tally, &service, 0, 200, NULL);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 200);
    plx_ledger_close(ledger);
    exec_sql(KIT_WITHOUT_HOLDS
             "DROP TABLE path_fold; DROP TABLE recheck; ALTER TABLE cause DROP COLUMN faults; PRAGMA user_version=6");

    ledger = kit_open(path);
    service = folding_service(ledger, true);
    assert_int_equal(endpoints_of(ledger), 200);
    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 0, 1, NULL);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 1);
    assert_int_equal(endpoint_of(ledger, "GET /products/{name}")->exchanges.match, 201);
    plx_ledger_close(ledger);
}

/* What makes no sense is told, and nothing of it is used. */
static void
test_a_damaged_rule_is_said(void **state)
{
    static const char *const rows[] = {
        "('shop', 'GET /a', '', 30, 1, 0)",        "('shop', '', '', 30, 1, 0)",
        "('shop', 'GET /a/', 'no end', 30, 1, 0)", "('', 'GET /a/', '', 30, 1, 0)",
        "('shop', 'GET /a/', '', -1, 1, 0)",       "('shop', 'GET /a/', '', 30, 'x', 0)"};
    char sql[256], error[512];

    plx_ledger_close(kit_open(path));
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        snprintf(sql, sizeof(sql), "DELETE FROM path_fold; INSERT INTO path_fold VALUES %s", rows[i]);
        exec_sql(sql);
        assert_null(kit_try_open(path, error, sizeof(error)));
        assert_non_null(strstr(error, "path_fold makes no sense"));
    }
}

/* Names on two levels, whichever of them becomes evident first. */
static void
test_two_levels_meet(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_service service = folding_service(ledger, true);
    struct plx_tally *tally = plx_tally_new(NULL);
    char endpoint[64];

    for (unsigned i = 0; i < 120; i++) {
        snprintf(endpoint, sizeof(endpoint), "GET /shops/s-1/items/i-%u", i);
        add_exchange(tally, &service, endpoint, NULL, false, false);
    }
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 1);
    assert_non_null(endpoint_of(ledger, "GET /shops/s-1/items/{name}"));
    tally = plx_tally_new(NULL);
    for (unsigned i = 0; i < 40 * 50; i++) {
        snprintf(endpoint, sizeof(endpoint), "GET /shops/s-%u/items/i-%u", i % 50 + 2, i % 45);
        add_exchange(tally, &service, endpoint, NULL, false, false);
    }
    plx_ledger_fold(ledger, tally);
    /* 120 of 2,120: no large share, so s-1 is one of the shops, and its rule is that of all of them. */
    assert_int_equal(endpoints_of(ledger), 1);
    assert_int_equal(endpoint_of(ledger, "GET /shops/{name}/items/{name}")->exchanges.match, 2120);
    assert_int_equal(plx_path_folds_count(plx_ledger_path_folds(ledger, "shop")), 2);
    plx_ledger_close(ledger);
}

/* A route's own name for its endpoint stays, whatever it looks like; `fold: no` leaves all as it is. */
static void
test_what_is_configured_is_not_folded(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_service service = folding_service(ledger, true);
    struct plx_route route = {.endpoint = (char *)(uintptr_t) "GET /products/of-the-day"};
    struct plx_tally *tally = plx_tally_new(NULL);

    service.routes = &route;
    service.route_count = 1;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    add_slugs(tally, &service, 0, 150, NULL);
    add_exchange(tally, &service, "GET /products/of-the-day", NULL, false, false);
    plx_ledger_fold(ledger, tally);
    tally = plx_tally_new(NULL);
    add_exchange(tally, &service, "GET /products/of-the-day", NULL, false, false);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 2);
    assert_int_equal(endpoint_of(ledger, "GET /products/of-the-day")->exchanges.match, 2);

    service.fold = false;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    assert_null(plx_ledger_path_folds(ledger, "shop"));
    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 0, 150, NULL);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 152);
    /* And back: they join those that were folded before. */
    service.fold = true;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 0, 1, NULL);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(endpoints_of(ledger), 2);
    assert_int_equal(endpoint_of(ledger, "GET /products/{name}")->exchanges.match, 301);
    plx_ledger_close(ledger);
}

/* Whoever sends random paths gets no more than PLX_PATH_FOLDS_MAX rules and PLX_ENDPOINTS_MAX endpoints. */
static void
test_random_paths_stay_bounded(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_service service = folding_service(ledger, true);
    uint64_t sent = 0, seed = 0x9E3779B97F4A7C15u;
    char endpoint[PLX_ENDPOINT_MAX + 1];

    print_message("seed %llx\n", (unsigned long long)seed);
    for (unsigned turn = 0; turn < 40; turn++) {
        struct plx_tally *tally = plx_tally_new(NULL);
        for (unsigned i = 0; i < 300; i++, sent++) {
            size_t len = (size_t)snprintf(endpoint, sizeof(endpoint), "GET ");
            for (unsigned depth = 0; depth <= i % 30 && len < 240; depth++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                len += (size_t)snprintf(endpoint + len, sizeof(endpoint) - len, "/x%u", (unsigned)(seed >> 44));
            }
            add_exchange(tally, &service, endpoint, NULL, false, false);
        }
        plx_ledger_fold(ledger, tally);
        assert_true(endpoints_of(ledger) <= PLX_ENDPOINTS_MAX);
    }
    assert_int_equal(kit_counts(ledger, "shop").total, sent);
    assert_true(plx_path_folds_count(plx_ledger_path_folds(ledger, "shop")) <= PLX_PATH_FOLDS_MAX);
    plx_ledger_close(ledger);
}

/* ---- evidence ---- */

/* A finding stays; capitals become their mean; what a bound has counted adds up. */
static void
test_evidence_is_merged(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct plx_service service = folding_service(ledger, true);
    struct plx_tally *tally = plx_tally_new(NULL);

    add_slugs(tally, &service, 0, 40, "/total");
    plx_ledger_fold(ledger, tally);
    struct plx_endpoint_counts *one = endpoint_of(ledger, "GET /products/red-shoe-7");
    const struct plx_field_counts *field = plx_counts_find_field(one->service, one->name, PLX_KIND_VALUE, S("/total"));
    /* As if it had been seen to differ long enough. */
    field->evidence->counts.lasting.found_ms = 1767323040000;
    for (int k = 0; k < PLX_WEALTH_BETS; k++)
        field->evidence->counts.wealth.log[k] = log(81);
    field->evidence->counts.wealth.ahead = 2000;
    field->evidence->counts.incidents.over = 3;

    tally = plx_tally_new(NULL);
    add_slugs(tally, &service, 0, 60, NULL);
    plx_ledger_fold(ledger, tally);
    one = endpoint_of(ledger, "GET /products/{name}");
    field = plx_counts_find_field(one->service, one->name, PLX_KIND_VALUE, S("/total"));
    assert_int_equal(field->evidence->merged, 40);
    assert_int_equal(field->evidence->counts.lasting.found_ms, 1767323040000);
    assert_int_equal(field->evidence->counts.lasting.order, 1);
    assert_int_equal(field->evidence->counts.wealth.ahead, 2000);
    assert_int_equal(field->evidence->counts.incidents.over, 3);
    for (int k = 0; k < PLX_WEALTH_BETS; k++) /* (39 + 81) / 40 */
        assert_true(fabs(field->evidence->counts.wealth.log[k] - log(3)) < 1e-9);
    assert_true(plx_wealth_is_valid(&field->evidence->counts.wealth));
    assert_true(plx_incidents_are_valid(&field->evidence->counts.incidents));
    assert_int_equal(one->evidence->bound.compared, 100);
    assert_int_equal(one->evidence->bound.candidate_alone, 40);
    assert_true(plx_bound_is_valid(&one->evidence->bound));
    plx_ledger_close(ledger);

    /* The store has the evidence of what was merged, and no more of its parts. */
    ledger = kit_open(path);
    one = endpoint_of(ledger, "GET /products/{name}");
    field = plx_counts_find_field(one->service, one->name, PLX_KIND_VALUE, S("/total"));
    assert_int_equal(field->evidence->merged, 40);
    assert_int_equal(field->evidence->counts.lasting.found_ms, 1767323040000);
    assert_int_equal(one->pairs.paired, 100);
    plx_ledger_close(ledger);
    assert_int_equal(count_rows("SELECT count(*) FROM evidence WHERE endpoint LIKE '%red-shoe%'"), 0);
    assert_int_equal(count_rows("SELECT count(*) FROM evidence WHERE endpoint != ''"), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_enough_names_and_exchanges_are_needed),
        cmocka_unit_test(test_plain_words_take_more),
        cmocka_unit_test(test_a_large_share_stays),
        cmocka_unit_test(test_what_is_folded_is_not_looked_at),
        cmocka_unit_test(test_methods_are_looked_at_one_by_one),
        cmocka_unit_test(test_levels_come_from_the_root),
        cmocka_unit_test(test_odd_endpoints_are_left_out),
        cmocka_unit_test(test_names_are_written_folded),
        cmocka_unit_test(test_rules_of_one_parent_are_one),
        cmocka_unit_test_setup_teardown(test_what_was_counted_moves_along, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_store_has_it_folded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_of_version_6_is_brought_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_rule_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_levels_meet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_configured_is_not_folded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_paths_stay_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_evidence_is_merged, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
