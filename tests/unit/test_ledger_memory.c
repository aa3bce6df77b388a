/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no memory the counts still add up, and nothing is half made: each allocation fails once, alone and
 * with all that follow. */
#include "control/rollout/rollout.h"
#include "evidence/intake/experiments.h"
#include "evidence/intake/posted_reconciliation.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/metrics/metrics.h"
#include "evidence/record/reconciliation_read.h"
#include "failing_memory.h"
#include "ledger_kit.h"
#include "service/snapshot.h"

enum { EXCHANGES = 9 };

static void
add_some(struct plx_tally *tally, struct plx_service *service, struct plx_arena *scratch)
{
    static struct kit_exchange x;

    for (int i = 0; i < EXCHANGES / 3; i++) {
        kit_match(&x, service, i ? "GET /a" : "GET /b");
        plx_tally_add(tally, &x.outcome, scratch);
        kit_match(&x, service, "GET /a");
        kit_differ(&x, "/total", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
        kit_match(&x, service, "GET /b");
        kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_RESET);
        plx_tally_add(tally, &x.outcome, scratch);
    }
}

/* What every service counted, "(other)" included. */
static uint64_t
total_of(struct plx_counts *counts)
{
    struct plx_exchange_counts sum = {0};
    const struct plx_table_entry *entry;
    size_t at = 0;

    while ((entry = plx_table_next(&counts->kinds[PLX_SUBJECT_SERVICE].services, &at)))
        plx_service_counts_sum(entry->value, &sum);
    plx_service_counts_sum(&counts->kinds[PLX_SUBJECT_SERVICE].other, &sum);
    return plx_exchange_counts_sum(&sum).total;
}

static uint64_t
causes_of_service(const struct plx_service_counts *service)
{
    const struct plx_table_entry *entry;
    uint64_t count = service->other_cause.count;
    size_t at = 0;

    while ((entry = plx_table_next(&service->causes, &at)))
        count += ((const struct plx_cause *)entry->value)->count;
    return count;
}

/* The mismatches that every cause counted. */
static uint64_t
causes_of(struct plx_counts *counts)
{
    const struct plx_table_entry *entry;
    uint64_t count = causes_of_service(&counts->kinds[PLX_SUBJECT_SERVICE].other);
    size_t at = 0;

    while ((entry = plx_table_next(&counts->kinds[PLX_SUBJECT_SERVICE].services, &at)))
        count += causes_of_service(entry->value);
    return count;
}

/* Whether an allocation failed, which says that there are more to try. */
static bool
count_with_failure(size_t at, bool stays)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_arena *scratch = plx_arena_new(NULL);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);
    struct plx_json_writer writer;
    struct plx_buffer text;
    const struct plx_subject subject = plx_subject_service(&service);
    bool failed;

    plx_buffer_init(&text, 1u << 20);
    plx_json_writer_init(&writer, &text);
    start_failing(at, stays);
    add_some(tally, &service, scratch);
    assert_int_equal(total_of(&tally->counts), EXCHANGES);
    assert_int_equal(causes_of(&tally->counts), EXCHANGES / 3);
    plx_ledger_fold(ledger, tally);
    assert_int_equal(total_of(&ledger->counts), EXCHANGES);
    assert_int_equal(causes_of(&ledger->counts), EXCHANGES / 3);
    plx_findings_write_report(ledger, &subject, &writer);
    plx_metrics_write(ledger, NULL, &text);
    failed = stop_failing();
    if (!failed)
        assert_false(text.failed);
    plx_buffer_clear(&text);
    plx_json_writer_init(&writer, &text);
    plx_findings_write_report(ledger, &subject, &writer);
    assert_false(text.failed);
    kit_expect_json(plx_buffer_slice(&text));
    plx_buffer_fini(&text);
    plx_ledger_close(ledger);
    plx_arena_free(scratch);
    return failed;
}

/* Many names below one parent: whatever can't be allocated while they are merged, no exchange is lost. */
static bool
fold_names_with_failure(size_t at, bool stays)
{
    static struct kit_exchange x;
    struct plx_service service = kit_service("payment", true);
    struct plx_arena *scratch = plx_arena_new(NULL);
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_tally *tally = plx_tally_new(NULL), *more = plx_tally_new(NULL);
    char endpoint[64];

    service.fold = true;
    assert_true(plx_ledger_configure_folding(ledger, &service));
    for (int i = 0; i < 100; i++) {
        snprintf(endpoint, sizeof(endpoint), "GET /products/sku-%d", i % 50);
        kit_match(&x, &service, endpoint);
        if (i % 10 == 0)
            kit_differ(&x, "/total", true, false);
        plx_tally_add(i < 60 ? tally : more, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    start_failing(at, stays);
    plx_ledger_fold(ledger, more);
    bool failed = stop_failing();
    assert_int_equal(total_of(&ledger->counts), 100);
    assert_int_equal(causes_of(&ledger->counts), 10);
    if (!failed)
        assert_int_equal(ledger->counts.endpoint_count, 1);
    plx_ledger_close(ledger);
    plx_arena_free(scratch);
    return failed;
}

static void
test_names_fold_without_memory(void **state)
{
    for (int stays = 0; stays < 2; stays++) {
        size_t at = 1;
        while (fold_names_with_failure(at, stays) && at < 10000)
            at++;
        assert_true(at > 50 && at < 10000);
    }
}

/* A change of a stage without memory changes nothing, and says so; with memory it is kept and in force. */
static bool
change_with_failure(size_t at, bool stays)
{
    struct plx_snapshot *configured = plx_snapshot_new(1);
    struct plx_rollout rollout = {.ledger = kit_open(NULL)};
    const struct plx_rollout_wish wish = {.has_stage = true, .has_share = true, .stage = PLX_STAGE_CANARY, .share = 5};
    struct plx_rollout_wish read;
    struct plx_rollout_error error = {0};

    configured->services[0].name = strdup("payment");
    configured->services[0].roles[PLX_CANDIDATE].url = strdup("http://127.0.0.1:2");
    start_failing(at, stays);
    bool begun = plx_rollout_configure(&rollout, configured);
    bool asked = plx_rollout_read(plx_slice_of("{\"stage\":\"canary\",\"share\":5}"), PLX_CHANGE_STAGE, &read, &error);
    bool changed = begun && plx_rollout_change(&rollout, 0, &wish, plx_slice_of("test"), &error);
    const struct plx_rollout_wish pause = {.kind = PLX_CHANGE_PAUSE, .reason = "a new build"};
    bool paused = begun && plx_rollout_change(&rollout, 0, &pause, plx_slice_of("test"), &error);
    bool failed = stop_failing();
    assert_true(failed || (begun && asked && changed && paused));
    assert_true((asked && changed && paused) || !begun || (error.status == 503 && *error.message));
    assert_true(!begun || plx_service_share(&rollout.present->services[0]) == (changed ? 5u : 0u));
    assert_true((plx_ledger_stage(rollout.ledger, "payment") != NULL) == changed);
    assert_true(!begun || rollout.present->services[0].paused == paused);
    assert_true((plx_ledger_held(rollout.ledger, "payment", PLX_HOLD_PAUSED) != NULL) == paused);
    plx_rollout_fini(&rollout);
    plx_snapshot_unref(configured);
    plx_ledger_close(rollout.ledger);
    return failed;
}

static void
test_a_stage_changes_or_does_not_without_memory(void **state)
{
    for (int stays = 0; stays < 2; stays++) {
        size_t at = 1;
        while (change_with_failure(at, stays) && at < 1000)
            at++;
        assert_true(at > 8 && at < 1000);
    }
}

static void
test_counts_add_up_without_memory(void **state)
{
    size_t at = 1;

    while (count_with_failure(at, false) && at < 10000)
        at++;
    assert_true(at > 20);
    for (size_t i = 1; i <= at; i++)
        count_with_failure(i, true);
}

#define RESULT                                                                                                     \
    "{\"name\":\"a\",\"result\":false,\"started\":\"2026-01-02T03:04:05.678Z\",\"seconds\":1,\"left\":{\"store\":" \
    "\"a\"},"                                                                                                      \
    "\"paired\":2,\"only_left\":1,\"only_right\":0,\"differing\":0,\"examples\":{\"only_left\":[{\"n\":1}]}}"

/* A result is read and kept, or nothing has changed: whoever sent it may send it again. */
static bool
reconcile_with_failure(size_t at, bool stays)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_reconciliation result;
    const char *wrong;
    enum plx_status status;
    bool failed;

    start_failing(at, stays);
    status = plx_reconciliation_read(S(RESULT), NULL, arena, &result, &wrong);
    if (status == PLX_OK)
        status = plx_reconciliation_take(ledger, &result);
    failed = stop_failing();
    assert_true(failed || status == PLX_OK);
    assert_int_equal(status, status == PLX_OK ? PLX_OK : PLX_E_MEMORY);
    assert_int_equal(ledger->reconciliations.count, status == PLX_OK);
    plx_arena_free(arena);
    plx_ledger_close(ledger);
    return failed;
}

static void
test_a_reconciliation_is_kept_or_not_without_memory(void **state)
{
    for (int stays = 0; stays < 2; stays++) {
        size_t at = 1;
        while (reconcile_with_failure(at, stays) && at < 1000)
            at++;
        assert_true(at > 5 && at < 1000);
    }
}

#define RUN                                                                                                           \
    "{\"experiment\":\"e\",\"context\":{\"a\":\"b\\n\"},\"control\":{\"name\":\"c\",\"value\":\"x\\ny\",\"wall\":1}," \
    "\"candidates\":[{\"name\":\"x\",\"verdict\":\"mismatch\",\"value\":2,\"wall\":1},{\"name\":\"y\",\"verdict\":"   \
    "\"mismatch\","                                                                                                   \
    "\"value\":2,\"wall\":1,\"differences\":[{\"field\":\"/"                                                          \
    "a\\u0062\",\"kind\":\"value\",\"control\":\"1\",\"candidate\":\"2\"}]}]}"

/* All lines are counted, or none: whoever sent them may send them again. */
static bool
take_with_failure(size_t at, bool stays)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_counts *counts = &ledger->counts;
    struct plx_runs_taken taken;
    struct plx_exchange_counts sum = {0};
    enum plx_status status;
    bool failed;

    start_failing(at, stays);
    status = plx_experiments_take(ledger, S(RUN "\n" RUN "\n" RUN), NULL, 1, &taken);
    failed = stop_failing();
    plx_service_counts_sum(&counts->kinds[PLX_SUBJECT_EXPERIMENT].other, &sum);
    if (plx_counts_find_service(counts, PLX_SUBJECT_EXPERIMENT, S("e")))
        plx_service_counts_sum(plx_counts_find_service(counts, PLX_SUBJECT_EXPERIMENT, S("e")), &sum);
    assert_int_equal(sum.mismatch, status == PLX_OK ? 6 : 0);
    assert_int_equal(status, status == PLX_OK ? PLX_OK : PLX_E_MEMORY);
    if (status == PLX_OK)
        assert_int_equal(taken.taken, 3);
    plx_ledger_close(ledger);
    return failed;
}

static void
test_runs_are_taken_whole_or_not_at_all(void **state)
{
    size_t at = 1;

    while (take_with_failure(at, false) && at < 10000)
        at++;
    assert_true(at > 20);
    for (size_t i = 1; i <= at; i++)
        take_with_failure(i, true);
}

static void
test_ledger_and_tally_need_memory_to_begin(void **state)
{
    start_failing(1, true);
    assert_null(plx_tally_new(NULL));
    assert_null(kit_open_anyhow(NULL));
    stop_failing();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_add_up_without_memory),
        cmocka_unit_test(test_names_fold_without_memory),
        cmocka_unit_test(test_a_reconciliation_is_kept_or_not_without_memory),
        cmocka_unit_test(test_runs_are_taken_whole_or_not_at_all),
        cmocka_unit_test(test_a_stage_changes_or_does_not_without_memory),
        cmocka_unit_test(test_ledger_and_tally_need_memory_to_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
