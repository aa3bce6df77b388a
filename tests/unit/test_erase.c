/* SPDX-License-Identifier: Apache-2.0 */
/* A value that is erased is nowhere any more: not in what is told, not in the bytes of the files; all else is as it
 * was, and stays so over a restart. */
#include "ledger_kit.h"

#include "base/arena.h"
#include "evidence/count/excuses.h"
#include "evidence/findings/differences.h"
#include "evidence/findings/epochs_report.h"
#include "evidence/findings/reconciliations_report.h"
#include "evidence/intake/posted_reconciliation.h"
#include "evidence/ledger/ledger_erase.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/record/reconciliation_read.h"
#include "secrets/eraser.h"

#define VALUE  "bob@example.com"
#define BASE64 "Ym9iQGV4YW1wbGUuY29t"

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

/* ---- the value, everywhere ---- */

/* A mismatch of a field, with this value on the candidate's side and in the body. */
static void
fold_mismatch(struct plx_ledger *ledger, const struct plx_service *service, const char *endpoint, const char *field,
              const char *value, const char *body)
{
    struct plx_tally *tally = plx_tally_new(NULL);

    kit_match(&x, service, endpoint);
    kit_differ(&x, field, true, false);
    x.fields[0].candidate = x.differences[0].candidate = S(value);
    x.request.target = S("/?to=bob%40example.com");
    x.request.body = S(body);
    x.request.body_length = strlen(body);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
}

static void
show_excuse(struct plx_ledger *ledger, const char *endpoint)
{
    struct plx_service_counts *service = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment"));
    struct plx_endpoint_counts *counts = plx_counts_endpoint(&ledger->counts, service, S(endpoint));
    struct plx_excuse_counts *excuse = plx_counts_excuse(&ledger->counts, counts, S("ignore /a"));

    excuse->exchanges = 3;
    plx_excuse_counts_show(excuse, x.outcome.id, S("/a"), S(VALUE), S("2"));
    plx_list_push_back(&ledger->dirty_excuses, &excuse->dirty);
}

static void
take_reconciliation(struct plx_ledger *ledger)
{
    static const char json[] =
        "{\"name\":\"nightly\",\"result\":false,\"started\":\"2026-11-25T12:00:00.000Z\",\"seconds\":1,"
        "\"left\":{\"store\":\"csv:" VALUE ".csv\",\"rows\":1},\"right\":{\"store\":\"csv:b.csv\",\"rows\":0},"
        "\"paired\":0,\"only_left\":1,\"only_right\":0,\"differing\":0,"
        "\"examples\":{\"only_left\":[{\"mail\":\"" VALUE "\",\"n\":7}]}}";
    struct plx_reconciliation result;
    const char *wrong = "";

    if (plx_reconciliation_read(S(json), NULL, scratch, &result, &wrong) != PLX_OK)
        fail_msg("%s", wrong);
    assert_int_equal(plx_reconciliation_take(ledger, &result), PLX_OK);
}

static void
pause_for(struct plx_ledger *ledger, const char *reason)
{
    struct plx_stage_state state = plx_ledger_stage_state(ledger, "payment");
    struct plx_change change = {.kind = PLX_CHANGE_PAUSE, .note = plx_change_note_now(S("::1"), reason)};

    state.held[PLX_HOLD_PAUSED] = (struct plx_held){change.note, {PLX_STAGE_SHADOW, 0}};
    assert_int_equal(plx_ledger_set_stage(ledger, "payment", &state, &change), PLX_OK);
}

static void
fold_experiment(struct plx_ledger *ledger)
{
    struct plx_tally *tally = plx_tally_new(NULL);
    static const struct plx_record_part part = {"control", {"{\"mail\":\"" VALUE "\"}", sizeof(VALUE) + 10}};

    kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "cart", "candidate");
    kit_differ(&x, "value", true, false);
    x.outcome.parts = &part;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
}

static void
fill(struct plx_ledger *ledger, const struct plx_service *service)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_epoch next = {.why = PLX_EPOCH_MARKED, .name = "for " VALUE};

    fold_mismatch(ledger, service, "GET /", "/mail", "\"" VALUE "\"", "");
    assert_int_equal(plx_findings_begin_epoch(ledger, &subject, &next), PLX_OK);
    fold_mismatch(ledger, service, "GET /", "/mail", "\"other\"", "Basic " BASE64);
    fold_mismatch(ledger, service, "GET /", "/mail", "\"" VALUE "\"", "{\"m\":\"bob\\u0040example.com\"}");
    fold_mismatch(ledger, service, "GET /" VALUE, "/a", "3", "");
    fold_mismatch(ledger, service, "GET /[erased]", "/a", "3", "");
    fold_mismatch(ledger, service, "GET /names", "/" VALUE "/x", "3", "");
    show_excuse(ledger, "GET /");
    show_excuse(ledger, "GET /" VALUE);
    fold_experiment(ledger);
    take_reconciliation(ledger);
    pause_for(ledger, "as " VALUE " has asked");
}

/* ---- looking ---- */

static struct plx_erased
erase(struct plx_ledger *ledger, const char *value, bool dry)
{
    struct plx_eraser *eraser;
    struct plx_erased erased;
    struct plx_buffer left;

    assert_int_equal(plx_eraser_new(S(value), &eraser), PLX_OK);
    plx_buffer_init(&left, 4096);
    assert_int_equal(plx_ledger_erase(ledger, eraser, dry, &erased, &left), PLX_OK);
    plx_buffer_fini(&left);
    plx_eraser_free(eraser);
    return erased;
}

static void
add_file(const char *suffix, struct plx_buffer *out)
{
    char name[80], part[65536];
    size_t len;

    snprintf(name, sizeof(name), "%s%s", path, suffix);
    FILE *file = fopen(name, "re");
    while (file && (len = fread(part, 1, sizeof(part), file)) > 0)
        plx_buffer_append(out, part, len);
    if (file)
        fclose(file);
}

/* The bytes of the store's files. */
static struct plx_slice
files(void)
{
    plx_buffer_clear(&again);
    add_file("", &again);
    add_file("-wal", &again);
    add_file(".stages", &again);
    assert_false(again.failed);
    return plx_buffer_slice(&again);
}

static bool
has_value(struct plx_slice in)
{
    return kit_has(in, VALUE) || kit_has(in, "bob%40example.com") || kit_has(in, "u0040example.com") ||
           kit_has(in, BASE64);
}

/* All that is told. */
static struct plx_slice
told(struct plx_ledger *ledger, const struct plx_service *service)
{
    const struct plx_subject subject = plx_subject_service(service);
    const struct plx_differences_query query = {.limit = 100};
    struct plx_json_writer w;

    kit_report(ledger, service, &text);
    plx_json_writer_init(&w, &text);
    plx_findings_write_differences(ledger, &subject, &query, &w);
    plx_json_writer_init(&w, &text);
    plx_findings_write_epochs(ledger, &subject, &w);
    plx_json_writer_init(&w, &text);
    plx_findings_write_reconciliations(ledger, &w);
    assert_false(text.failed);
    return plx_buffer_slice(&text);
}

/* ---- tests ---- */

static void
test_a_value_is_gone_from_everything(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);

    fill(ledger, &service);
    const struct plx_ledger_counts before = kit_counts(ledger, "payment");
    assert_true(has_value(told(ledger, &service)) && has_value(files()));

    const struct plx_erased dry = erase(ledger, VALUE, true);
    assert_true(has_value(told(ledger, &service)) && has_value(files()));
    const struct plx_erased erased = erase(ledger, VALUE, false);
    assert_memory_equal(&dry, &erased, sizeof(erased));
    for (unsigned i = 0; i < PLX_ERASED_KINDS; i++)
        if (erased.places[i] == 0)
            fail_msg("nothing in %s", plx_erased_text((enum plx_erased_kind)i));
    assert_int_equal(erased.places[PLX_ERASED_NAMES], 2);

    if (has_value(files()))
        fail_msg("the files have it still");
    if (has_value(told(ledger, &service)))
        fail_msg("%.*s", (int)text.len, text.ptr);
    assert_true(kit_has(plx_buffer_slice(&text), "[erased]") && kit_has(plx_buffer_slice(&text), "other"));
    const struct plx_ledger_counts after = kit_counts(ledger, "payment");
    assert_memory_equal(&before, &after, sizeof(after));
    const struct plx_erased more = erase(ledger, VALUE, false);
    assert_int_equal(plx_erased_total(&more), 0);

    /* Nothing comes back, and nothing else was lost. */
    char *was = strndup(told(ledger, &service).ptr, text.len);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    PLX_ASSERT(was && told(ledger, &service).ptr);
    plx_buffer_byte(&text, '\0');
    assert_string_equal(text.ptr, was);
    free(was);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* Two endpoints that are one without the value: counts, fields, rules and causes of both are in it. */
static void
test_names_that_become_one_are_merged(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);

    fill(ledger, &service);
    erase(ledger, VALUE, false);
    for (int round = 0; round < 2; round++) {
        const struct plx_service_counts *counts =
            plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment"));
        const struct plx_endpoint_counts *endpoint = plx_table_get(&counts->endpoints, S("GET /[erased]"));

        assert_non_null(endpoint);
        assert_int_equal(endpoint->exchanges.mismatch, 2);
        assert_int_equal(plx_endpoint_counts_excused(endpoint).rules, 1);
        assert_int_equal(plx_counts_find_field(counts, S("GET /[erased]"), PLX_KIND_VALUE, S("/a"))->unpaired, 2);
        assert_non_null(plx_counts_find_field(counts, S("GET /names"), PLX_KIND_VALUE, S("/[erased]/x")));
        assert_int_equal(counts->endpoints.count, 3);
        assert_int_equal(counts->causes.count, 3);
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* What rules have excused goes with its epoch, from the file too. */
static void
test_a_new_epoch_has_no_excuses_of_the_one_before(void **state)
{
    struct plx_service service = kit_service("payment", false);
    const struct plx_subject subject = plx_subject_service(&service);
    struct plx_epoch next = {.why = PLX_EPOCH_MARKED, .name = "next"};
    struct plx_ledger *ledger = kit_open(path);

    fold_mismatch(ledger, &service, "GET /", "/a", "3", "");
    show_excuse(ledger, "GET /");
    fold_mismatch(ledger, &service, "GET /", "/a", "3", "");
    assert_int_equal(plx_findings_begin_epoch(ledger, &subject, &next), PLX_OK);
    fold_mismatch(ledger, &service, "GET /", "/a", "3", "");
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    const struct plx_service_counts *counts =
        plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment"));
    const struct plx_endpoint_counts *endpoint = plx_table_get(&counts->endpoints, S("GET /"));
    assert_non_null(endpoint);
    assert_int_equal(plx_endpoint_counts_excused(endpoint).rules, 0);
    plx_ledger_close(ledger);
    kit_remove(path);
}

static void
test_without_a_store_memory_is_cleaned(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(NULL);

    fill(ledger, &service);
    erase(ledger, VALUE, false);
    assert_false(has_value(told(ledger, &service)));
    plx_ledger_close(ledger);
}

static void
test_what_folds_is_cleaned_too(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_folding *folding = plx_ledger_folding_entry(ledger, S("payment"));
    const struct plx_path_fold fold = {
        .parent = S("GET /users/"), .stay = {S(VALUE), S("me")}, .stay_count = 2, .names = 40, .time_ms = 1};

    assert_true(folding && (folding->folds = plx_path_folds_new()));
    assert_int_equal(plx_path_folds_add(folding->folds, &fold), PLX_OK);
    plx_list_push_back(&ledger->dirty_folding, &folding->dirty);
    fold_mismatch(ledger, &service, "GET /", "/mail", "1", "");
    const uint64_t version = plx_ledger_folds_version(ledger);
    assert_int_equal(erase(ledger, VALUE, false).places[PLX_ERASED_NAMES], 1);
    assert_true(plx_ledger_folds_version(ledger) > version);
    assert_false(has_value(files()));
    assert_false(plx_path_folds_takes(folding->folds, S("GET /users/"), S("me")));
    assert_true(plx_path_folds_takes(folding->folds, S("GET /users/"), S("anybody")));
    plx_ledger_close(ledger);
    kit_remove(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_value_is_gone_from_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_that_become_one_are_merged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_epoch_has_no_excuses_of_the_one_before, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_a_store_memory_is_cleaned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_folds_is_cleaned_too, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
