/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs: bounded, found, kept by a store, begun by versions; what was counted before is nobody's evidence. */
#include "ledger_kit.h"

#include "evidence/count/versions.h"
#include "evidence/findings/epochs_report.h"
#include "evidence/ledger/ledger_epochs.h"
#include "service/service_fingerprint.h"

static struct plx_buffer text;

static int
setup(void **state)
{
    plx_buffer_init(&text, 64u << 20);
    return 0;
}

static int
teardown(void **state)
{
    plx_buffer_fini(&text);
    return 0;
}

static void
fold_one(struct plx_ledger *ledger, const struct plx_service *service, bool differs)
{
    static struct kit_exchange x;
    struct plx_arena *scratch = plx_arena_new(NULL);
    struct plx_tally *tally = plx_tally_new(NULL);

    kit_match(&x, service, "GET /");
    if (differs)
        kit_differ(&x, "/total", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    plx_arena_free(scratch);
}

static void
mark(struct plx_ledger *ledger, const struct plx_service *service, const char *name)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_epoch next = {.why = PLX_EPOCH_MARKED};

    snprintf(next.name, sizeof(next.name), "%s", name);
    assert_int_equal(plx_findings_begin_epoch(ledger, &subject, &next), PLX_OK);
}

/* Twenty earlier ones at most, the oldest go; one in which nothing was counted is not kept. */
static void
test_epochs_are_bounded(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    char name[16];

    mark(ledger, &service, "empty");
    for (unsigned i = 0; i < PLX_EPOCHS_MAX + 3; i++) {
        fold_one(ledger, &service, i == 5);
        snprintf(name, sizeof(name), "m%u", i);
        mark(ledger, &service, name);
    }
    const struct plx_epochs *epochs =
        plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment"))->epochs;
    assert_int_equal(epochs->count, PLX_EPOCHS_MAX);
    assert_true(epochs->dropped_ms > 0);
    assert_null(plx_epochs_find(epochs, S("empty")));
    assert_null(plx_epochs_find(epochs, S("m1")));
    assert_non_null(plx_epochs_find(epochs, S("m2")));
    assert_ptr_equal(plx_epochs_find(epochs, S("m22")), &epochs->present);
    struct plx_slice report = kit_report(ledger, &service, &text);
    expect_at(report, "/exchanges/total", "0");
    expect_at(report, "/epochs/0/name", "m21");
    expect_at(report, "/epochs/17/name", "m4");
    expect_at(report, "/epochs/17/verdict", "regression");
    expect_at(report, "/epochs/18/verdict", "inconclusive");
    expect_at(report, "/epochs/17/exchanges", "1");
    expect_at(report, "/rate", "null");
    plx_ledger_close(ledger);
}

/* By milliseconds exactly, by a second the newest; a name goes before. */
static void
test_epochs_are_found_by_time(void **state)
{
    struct plx_epochs *epochs = plx_epochs_new();
    struct plx_epoch epoch = {.began_ms = 1000100, .ended_ms = 1000200};

    assert_true(plx_epochs_keep(epochs, &epoch, S("{}")));
    epoch.began_ms = 1000200;
    epoch.ended_ms = 2000000;
    assert_true(plx_epochs_keep(epochs, &epoch, S("{}")));
    epochs->present.began_ms = 2000000;
    assert_int_equal(plx_epochs_find(epochs, S("1970-01-01T00:16:40.100Z"))->began_ms, 1000100);
    assert_int_equal(plx_epochs_find(epochs, S("1970-01-01T00:16:40Z"))->began_ms, 1000200);
    assert_null(plx_epochs_find(epochs, S("1970-01-01T00:16:40.101Z")));
    assert_null(plx_epochs_find(epochs, S("")));
    assert_ptr_equal(plx_epochs_find(epochs, S("1970-01-01T00:33:20Z")), &epochs->present);
    plx_epochs_free(epochs);
}

/* A store gives back the present one, what it is of, and the earlier ones with their reports. */
static void
test_store_keeps_epochs(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_service moved = kit_service("payment", false);
    char path[64];

    kit_path(path);
    struct plx_ledger *ledger = kit_open(path);
    fold_one(ledger, &service, true);
    assert_int_equal(plx_ledger_note_epoch(ledger, S("payment"), service.roles[PLX_CANDIDATE].url, 7), PLX_OK);
    mark(ledger, &service, "mended");
    fold_one(ledger, &service, false);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    moved.roles[PLX_CANDIDATE].url = (char *)(uintptr_t) "http://127.0.0.1:9";
    const struct plx_epoch *present = plx_ledger_epoch(ledger, S("payment"));
    assert_string_equal(present->name, "mended");
    assert_int_equal(present->rules, plx_service_fingerprint(&service));
    assert_true(plx_epoch_is_of_another(present, moved.roles[PLX_CANDIDATE].url));
    assert_false(plx_epoch_is_of_another(present, service.roles[PLX_CANDIDATE].url));
    struct plx_slice report = kit_report(ledger, &service, &text);
    expect_at(report, "/exchanges/match", "1");
    expect_at(report, "/exchanges/mismatch", "0");
    expect_at(report, "/epochs/0/verdict", "regression");
    expect_at(report, "/epochs/0/candidate", "http://127.0.0.1:2");
    plx_ledger_close(ledger);
    kit_remove(path);
}

static const char *
next_after(struct plx_epochs *epochs, const char *a, const char *b)
{
    struct plx_versions versions = {.count = 0};

    epochs->next_version[0] = '\0';
    if (a)
        plx_versions_note(&versions, S(a), 1000);
    if (b)
        plx_versions_note(&versions, S(b), 1001);
    plx_versions_see(&versions, epochs);
    return epochs->next_version;
}

/* A new version begins an epoch at once, one that there was only when the present one answers no more. */
static void
test_versions_begin_epochs(void **state)
{
    struct plx_epochs *epochs = plx_epochs_new();
    struct plx_epoch first = {.began_ms = 1, .ended_ms = 900, .version = "1"};

    assert_true(plx_epochs_keep(epochs, &first, S("{}")));
    epochs->present.began_ms = 900;
    assert_string_equal(next_after(epochs, "2", NULL), "");
    assert_string_equal(epochs->present.version, "2"); /* it had none */
    assert_string_equal(next_after(epochs, "2", NULL), "");
    assert_string_equal(next_after(epochs, "2", "1"), "");
    assert_string_equal(next_after(epochs, "1", NULL), "1");
    assert_string_equal(next_after(epochs, "2", "3"), "3");
    assert_string_equal(next_after(epochs, "3", "1"), "1");
    epochs->present.began_ms = 1001; /* what came before it began says nothing */
    assert_string_equal(next_after(epochs, "3", NULL), "");
    assert_false(plx_version_is_fit(S("")));
    assert_false(plx_version_is_fit(S("a\n")));
    assert_true(plx_version_is_fit(S("v1.2 (abc)")));
    plx_epochs_free(epochs);
}

/* Of a service whose report is too long to be kept whole a shorter one is. */
static void
test_long_reports_are_shortened(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(NULL);
    static struct kit_exchange x;
    struct plx_arena *scratch = plx_arena_new(NULL);
    char name[PLX_ENDPOINT_MAX];

    for (int i = 0; i < 900; i++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        snprintf(name, sizeof(name), "GET /%03d/%0200d", i, 0);
        kit_match(&x, &service, name);
        kit_differ(&x, "/total", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
        plx_arena_reset(scratch);
        plx_ledger_fold(ledger, tally);
    }
    mark(ledger, &service, "next");
    const struct plx_epochs *epochs =
        plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment"))->epochs;
    const struct plx_epoch *kept = PLX_CONTAINER(epochs->earlier.next, struct plx_epoch, node);
    struct plx_slice report = plx_slice_make(kept->report, kept->report_len);
    assert_in_range(kept->report_len, 100, PLX_EPOCH_REPORT_MAX);
    kit_expect_json(report);
    expect_at(report, "/shortened", "true");
    expect_at(report, "/exchanges/mismatch", "900");
    expect_at(kit_report(ledger, &service, &text), "/epochs/0/verdict", "regression");
    plx_arena_free(scratch);
    plx_ledger_close(ledger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_epochs_are_bounded, setup, teardown),
        cmocka_unit_test(test_epochs_are_found_by_time),
        cmocka_unit_test_setup_teardown(test_store_keeps_epochs, setup, teardown),
        cmocka_unit_test(test_versions_begin_epochs),
        cmocka_unit_test_setup_teardown(test_long_reports_are_shortened, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
