/* SPDX-License-Identifier: Apache-2.0 */
/* Results of `parallax reconcile`: whatever is posted is kept or refused with what is wrong, the sums add up, no secret
 * is kept, and the store has it all. */
#include "ledger_kit.h"

#include "base/time_text.h"
#include "evidence/findings/reconciliations_report.h"
#include "evidence/intake/posted_reconciliation.h"
#include "evidence/metrics/reconciliation_metrics.h"
#include "evidence/record/reconciliation_read.h"

#include <sqlite3.h>

static struct plx_arena *arena;
static struct plx_buffer text;
static char path[64];

static int
setup(void **state)
{
    arena = plx_arena_new(NULL);
    plx_buffer_init(&text, 64u << 20);
    kit_path(path);
    return 0;
}

static int
teardown(void **state)
{
    plx_arena_free(arena);
    plx_buffer_fini(&text);
    kit_remove(path);
    return 0;
}

#define RESULT(name, result, started, more) \
    "{\"name\":\"" name "\",\"result\":" result ",\"started\":\"" started "\",\"seconds\":0.125" more "}"
#define STARTED "2026-11-25T12:00:00.000Z"
#define EQUAL   ",\"paired\":2,\"only_left\":0,\"only_right\":0,\"differing\":0"
#define UNEQUAL ",\"paired\":2,\"only_left\":0,\"only_right\":1,\"differing\":1"
#define ROWS                                                                                                         \
    ",\"waiting\":4,\"consumed\":2,\"error\":null,\"left\":{\"store\":\"postgresql://user@host/old\",\"rows\":3},"   \
    "\"right\":{\"store\":\"sqlite:ms.db\",\"rows\":4},\"examples\":{\"only_left\":[],\"only_right\":[{\"message\":" \
    "\"b\"}],\"differing\":[{\"key\":{\"message\":\"c\"},\"differences\":[{\"field\":\"/total\",\"kind\":\"value\"," \
    "\"left\":\"1\",\"right\":\"2\"}]}]}"

static enum plx_status
read_json(const char *json, struct plx_reconciliation *result, const char **wrong)
{
    return plx_reconciliation_read(S(json), NULL, arena, result, wrong);
}

static void
exec_sql(const char *sql)
{
    char *error = NULL;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
take(struct plx_ledger *ledger, const char *json)
{
    struct plx_reconciliation result;
    const char *wrong = "";

    if (read_json(json, &result, &wrong) != PLX_OK)
        fail_msg("%s: %s", wrong, json);
    assert_int_equal(plx_reconciliation_take(ledger, &result), PLX_OK);
}

static struct plx_slice
written(const struct plx_reconciliation *result)
{
    struct plx_json_writer w;

    plx_buffer_clear(&text);
    plx_json_writer_init(&w, &text);
    plx_reconciliation_write(result, &w);
    assert_false(text.failed);
    return plx_buffer_slice(&text);
}

static struct plx_slice
list(struct plx_ledger *ledger)
{
    struct plx_json_writer w;

    plx_buffer_clear(&text);
    plx_json_writer_init(&w, &text);
    plx_findings_write_reconciliations(ledger, &w);
    kit_expect_json(plx_buffer_slice(&text));
    return plx_buffer_slice(&text);
}

static struct plx_slice
one(struct plx_ledger *ledger, const char *name)
{
    struct plx_json_writer w;

    plx_buffer_clear(&text);
    plx_json_writer_init(&w, &text);
    assert_true(plx_findings_write_reconciliation(ledger, S(name), &w));
    kit_expect_json(plx_buffer_slice(&text));
    return plx_buffer_slice(&text);
}

/* ---- reading and writing ---- */

static void
test_what_was_written_is_read_back(void **state)
{
    struct plx_reconciliation result, again;
    struct plx_slice json;
    const char *wrong;

    assert_int_equal(read_json(RESULT("a.b_C-9", "false", STARTED, UNEQUAL ROWS), &result, &wrong), PLX_OK);
    assert_int_equal(result.outcome, PLX_RECONCILIATION_FALSE);
    assert_int_equal(result.started_ms, 1795608000000);
    assert_int_equal(result.left.rows, 3);
    assert_int_equal(result.counts[PLX_ROWS_WAITING], 4);
    json = plx_arena_copy(arena, written(&result));
    expect_at(json, "/right/store", "sqlite:ms.db");
    expect_at(json, "/only_right", "1");
    expect_at(json, "/seconds", "0.125");
    expect_at(json, "/examples/only_right/0/message", "b");
    expect_at(json, "/examples/differing/0/differences/0/right", "2");
    assert_int_equal(plx_reconciliation_read(json, NULL, arena, &again, &wrong), PLX_OK);
    assert_true(plx_slice_equal(json, written(&again)));
}

/* The moment is read as it is written, and a day that there is not is none. */
static void
test_times_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-25",
        "2026-02-30T12:00:00.000Z",
        "2026-11-25T24:00:00.000Z",
        "2026-11-25T12:00:60.000Z",
        "2026-11-25 12:00:00.000Z",
        "2026-11-25T12:00:00.000z",
        "2026-11-25T12:00:00.0000",
        "2026-11-25T12:00:00+00:00",
        "1969-12-31T23:59:59.999Z",
        "+026-11-25T12:00:00.000Z",
        "2026-11-25T12:00:00. 00Z",
        "2026-11-25T12:00:00.-00Z",
    };
    uint64_t ms = 7;

    for (size_t i = 0; i < PLX_COUNT(bad); i++)
        if (plx_time_read(S(bad[i]), &ms))
            fail_msg("%s is taken for a moment", bad[i]);
    assert_int_equal(ms, 7);
    assert_true(plx_time_read(S("2026-11-25T12:00:00Z"), &ms));
    assert_int_equal(ms, 1795608000000);
    assert_true(plx_time_read(S("1970-01-01T00:00:00.001Z"), &ms));
    assert_int_equal(ms, 1);
}

static void
test_what_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *json, *wrong;
    } rows[] = {
        {"", "no JSON object"},
        {"[]", "no JSON object"},
        {"{}", "name must be"},
        {"{\"name\":7}", "name must be"},
        {RESULT("", "true", STARTED, EQUAL), "name must be of letters"},
        {RESULT("a b", "true", STARTED, EQUAL), "name must be of letters"},
        {RESULT("a\\u0000", "true", STARTED, EQUAL), "name must be of letters"},
        {RESULT("0123456789012345678901234567890123456789012345678901234567890123x", "true", STARTED, EQUAL),
         "at most 64"},
        {RESULT("a", "true", "yesterday", EQUAL), "started must be a moment"},
        {RESULT("a", "1", STARTED, EQUAL), "result must be true or false"},
        {RESULT("a", "null", STARTED, EQUAL), "goes with an error"},
        {RESULT("a", "true", STARTED, EQUAL ",\"error\":\"x\""), "goes with an error"},
        {RESULT("a", "true", STARTED, EQUAL ",\"error\":{}"), "error must be a string"},
        {RESULT("a", "true", STARTED, ""), "must be there"},
        {RESULT("a", "true", STARTED, UNEQUAL), "true where only_left"},
        {RESULT("a", "false", STARTED, EQUAL), "false elsewhere"},
        {RESULT("a", "true", STARTED, EQUAL ",\"waiting\":-1"), "whole numbers"},
        {RESULT("a", "true", STARTED, EQUAL ",\"waiting\":1.0"), "whole numbers"},
        {RESULT("a", "true", STARTED, EQUAL ",\"waiting\":1e3"), "whole numbers"},
        {RESULT("a", "true", STARTED, EQUAL ",\"waiting\":1000000000000001"), "from 0 to"},
        {RESULT("a", "true", STARTED, EQUAL ",\"waiting\":99999999999999999999999"), "from 0 to"},
        {RESULT("a", "true", STARTED, EQUAL ",\"waiting\":\"1\""), "whole numbers"},
        {RESULT("a", "true", STARTED, EQUAL ",\"left\":7"), "must be objects"},
        {RESULT("a", "true", STARTED, EQUAL ",\"left\":{\"store\":7}"), "must be a string"},
        {RESULT("a", "true", STARTED, EQUAL ",\"right\":{\"rows\":null}"), "whole numbers"},
        {RESULT("a", "true", STARTED, EQUAL ",\"examples\":[]"), "examples must be an object"},
        {RESULT("a", "true", STARTED, EQUAL ",\"examples\":{\"differing\":{}}"), "must be an array"},
        {RESULT("a", "true", STARTED, EQUAL ",\"examples\":{\"only_left\":[7]}"), "an example must be"},
        {RESULT("a", "true", STARTED, EQUAL ",\"seconds\":-1"), "from 0 to"},
        {RESULT("a", "true", STARTED, EQUAL ",\"seconds\":1e999"), "from 0 to"},
        {RESULT("a", "true", STARTED, EQUAL ",\"seconds\":\"1\""), "must be a number"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "deeper than 32"},
    };
    struct plx_reconciliation result;
    const char *wrong;

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        wrong = "nothing";
        if (read_json(rows[i].json, &result, &wrong) != PLX_E_SYNTAX || !strstr(wrong, rows[i].wrong))
            fail_msg("%s: %s", rows[i].json, wrong);
    }
}

/* A later Parallax may send more. */
static void
test_unknown_members_are_let_pass(void **state)
{
    struct plx_reconciliation result;
    const char *wrong;

    assert_int_equal(
        read_json(RESULT("a", "true", STARTED, EQUAL ",\"notes\":[\"x\"],\"dry_run\":true"), &result, &wrong), PLX_OK);
}

static void
test_examples_beyond_the_limits_are_cut_and_counted(void **state)
{
    struct plx_reconciliation result;
    struct plx_buffer json;
    const char *wrong;
    size_t shown = 0;

    plx_buffer_init(&json, 1u << 20);
    plx_buffer_text(&json, "{\"name\":\"a\",\"result\":false,\"started\":\"" STARTED "\",\"seconds\":1" UNEQUAL
                           ",\"examples_cut\":100,\"examples\":{\"only_left\":[");
    for (unsigned i = 0; i < PLX_RECONCILIATION_EXAMPLES_MAX + 5; i++)
        plx_buffer_format(&json, "%s{\"n\":%u}", i ? "," : "", i);
    plx_buffer_format(&json, "],\"only_right\":[\"[too long to be shown]\",{\"n\":\"%0*d\"}",
                      (int)PLX_RECONCILIATION_EXAMPLE_MAX, 0);
    plx_buffer_text(&json, "],\"differing\":[");
    for (int i = 0; i < 6; i++)
        plx_buffer_format(&json, "%s{\"n\":\"%07000d\"}", i ? "," : "", 0);
    plx_buffer_text(&json, "]}}");
    if (plx_reconciliation_read(plx_buffer_slice(&json), NULL, arena, &result, &wrong) != PLX_OK)
        fail_msg("%s", wrong);
    assert_int_equal(result.example_count[PLX_EXAMPLE_ONLY_LEFT], PLX_RECONCILIATION_EXAMPLES_MAX);
    assert_int_equal(result.example_count[PLX_EXAMPLE_ONLY_RIGHT], 1);
    assert_int_equal(result.example_count[PLX_EXAMPLE_DIFFERING], 4);
    assert_int_equal(result.examples_cut, 100 + 5 + 1 + 2);
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++)
        for (uint32_t j = 0; j < result.example_count[i]; j++)
            shown += result.examples[i][j].len;
    assert_true(shown <= PLX_RECONCILIATION_SHOWN_MAX);
    expect_at(written(&result), "/examples/only_right/0", "[too long to be shown]");
    assert_true(text.len <= PLX_RECONCILIATION_POST_MAX);
    plx_buffer_fini(&json);
}

/* The largest result there can be still fits into a request, so that what one Parallax writes another one takes. */
static void
test_the_largest_result_fits_into_a_post(void **state)
{
    struct plx_reconciliation result = {.outcome = PLX_RECONCILIATION_FAILED, .seconds = 1.2345678901234567e-300};
    static char row[PLX_RECONCILIATION_EXAMPLE_MAX];
    static char error[PLX_RECONCILIATION_ERROR_MAX];
    struct plx_slice name;

    memset(row, ' ', sizeof(row));
    row[0] = row[sizeof(row) - 1] = '"';
    memset(error, 1, sizeof(error));
    name = S("0123456789012345678901234567890123456789012345678901234567890123");
    result.name = name;
    result.error = plx_slice_make(error, sizeof(error));
    result.left.store = result.right.store = plx_slice_make(error, PLX_RECONCILIATION_STORE_MAX);
    result.left.rows = result.right.rows = result.examples_cut = PLX_RECONCILIATION_COUNT_MAX;
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        result.counts[i] = PLX_RECONCILIATION_COUNT_MAX;
    for (int i = 0; i < PLX_EXAMPLE_KINDS * 2; i++)
        plx_reconciliation_show(&result, PLX_EXAMPLE_DIFFERING, plx_slice_make(row, sizeof(row)));
    assert_int_equal(result.example_count[PLX_EXAMPLE_DIFFERING], 4);
    assert_true(written(&result).len < PLX_RECONCILIATION_POST_MAX);
    kit_expect_json(plx_buffer_slice(&text));
}

static void
test_texts_are_redacted_and_cut(void **state)
{
    struct plx_reconciliation result;
    struct plx_buffer json;
    const char *wrong;

    plx_buffer_init(&json, 1u << 20);
    plx_buffer_format(&json,
                      "{\"name\":\"a\",\"result\":null,\"started\":\"" STARTED "\",\"seconds\":1,\"left\":{\"store\":"
                      "\"postgresql://u:s\\u0065cret@h/%01000d\"},\"error\":\"postgresql://u:secret@h: %02000d\"}",
                      0, 0);
    assert_int_equal(plx_reconciliation_read(plx_buffer_slice(&json), NULL, arena, &result, &wrong), PLX_OK);
    assert_int_equal(result.outcome, PLX_RECONCILIATION_FAILED);
    assert_int_equal(result.left.store.len, PLX_RECONCILIATION_STORE_MAX);
    assert_int_equal(result.error.len, PLX_RECONCILIATION_ERROR_MAX);
    assert_false(kit_has(written(&result), "secret"));
    plx_buffer_fini(&json);
}

/* ---- the ledger ---- */

static void
test_runs_add_up(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);
    struct plx_json_writer w;

    expect_at(list(ledger), "/reconciliations", "[]");
    take(ledger, RESULT("b", "true", STARTED, EQUAL));
    take(ledger, RESULT("a", "false", STARTED, UNEQUAL ROWS));
    take(ledger, RESULT("a", "null", "2026-11-25T12:00:01.000Z", ",\"paired\":7,\"error\":\"no route\""));
    take(ledger, RESULT("a", "true", "2026-11-25T12:00:02.000Z", EQUAL));
    take(ledger, RESULT("ab", "true", STARTED, EQUAL));
    list(ledger);
    expect_at(plx_buffer_slice(&text), "/reconciliations/0/name", "a");
    expect_at(plx_buffer_slice(&text), "/reconciliations/1/name", "ab");
    expect_at(plx_buffer_slice(&text), "/reconciliations/2/name", "b");
    expect_at(plx_buffer_slice(&text), "/reconciliations/0/runs", "{\"total\":3,\"true\":1,\"false\":1,\"failed\":1}");
    expect_at(plx_buffer_slice(&text), "/reconciliations/0/rows/paired", "4");
    expect_at(plx_buffer_slice(&text), "/reconciliations/0/rows/only_right", "1");
    expect_at(plx_buffer_slice(&text), "/reconciliations/0/last/result", "true");
    one(ledger, "a");
    expect_at(plx_buffer_slice(&text), "/history/0/result", "true");
    expect_at(plx_buffer_slice(&text), "/history/1/error", "no route");
    expect_at(plx_buffer_slice(&text), "/history/2/only_right", "1");
    expect_at(plx_buffer_slice(&text), "/history/2/examples/only_right", "[]");
    plx_json_writer_init(&w, &text);
    assert_false(plx_findings_write_reconciliation(ledger, S("aa"), &w));
    assert_false(plx_findings_write_reconciliation(ledger, S(""), &w));
    plx_ledger_close(ledger);
}

/* Who got no answer may send a result again. */
static void
test_a_result_that_is_sent_again_is_counted_once(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);

    for (int i = 0; i < 3; i++)
        take(ledger, RESULT("a", "false", STARTED, UNEQUAL));
    expect_at(list(ledger), "/reconciliations/0/runs/total", "1");
    take(ledger, RESULT("a", "false", "2026-11-25T12:00:00.001Z", UNEQUAL));
    expect_at(list(ledger), "/reconciliations/0/runs/total", "2");
    plx_ledger_close(ledger);
}

static void
test_the_history_has_an_end(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    char json[512], last[8];

    for (int i = 0; i < 59; i++) {
        snprintf(
            json, sizeof(json),
            "{\"name\":\"a\",\"result\":true,\"started\":\"2026-11-25T12:00:%02d.000Z\",\"seconds\":1,\"paired\":%d,"
            "\"only_left\":0,\"only_right\":0,\"differing\":0}",
            i, i);
        take(ledger, json);
    }
    for (int round = 0; round < 2; round++) {
        one(ledger, "a");
        expect_at(plx_buffer_slice(&text), "/runs/total", "59");
        expect_at(plx_buffer_slice(&text), "/history/0/paired", "58");
        snprintf(last, sizeof(last), "%u", 59 - PLX_RECONCILIATION_HISTORY_MAX);
        expect_at(plx_buffer_slice(&text), "/history/19/paired", last);
        assert_false(kit_json_get(plx_buffer_slice(&text), "/history/20", json, sizeof(json)));
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
}

/* Hostile counts can't make a sum that the store would not take back. */
static void
test_sums_stay_within_what_the_store_holds(void **state)
{
    struct plx_reconciliation result = {.counts = {[PLX_ROWS_PAIRED] = PLX_RECONCILIATION_COUNT_MAX}};
    struct plx_reconciliation_totals totals = {0};

    for (int i = 0; i < 10000; i++)
        plx_reconciliation_add_up(&totals, &result);
    assert_int_equal(totals.counts[PLX_ROWS_PAIRED], INT64_MAX);
    assert_int_equal(totals.runs[PLX_RECONCILIATION_TRUE], 10000);
}

static void
test_there_are_only_so_many_names(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct plx_reconciliation result;
    const char *wrong;
    char name[16];

    assert_int_equal(read_json(RESULT("x", "true", STARTED, EQUAL), &result, &wrong), PLX_OK);
    for (unsigned i = 0; i < PLX_RECONCILIATIONS_MAX; i++) {
        snprintf(name, sizeof(name), "n%u", i);
        result.name = S(name);
        assert_int_equal(plx_reconciliation_take(ledger, &result), PLX_OK);
    }
    result.name = S("x");
    assert_int_equal(plx_reconciliation_take(ledger, &result), PLX_E_LIMIT);
    assert_true(plx_reconciliation_forget(ledger, S("n7")));
    assert_false(plx_reconciliation_forget(ledger, S("n7")));
    assert_int_equal(plx_reconciliation_take(ledger, &result), PLX_OK);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_false(kit_has(list(ledger), "\"n7\""));
    assert_true(kit_has(plx_buffer_slice(&text), "\"x\""));
    plx_ledger_close(ledger);
}

static void
test_the_store_has_it_all(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct plx_buffer before;

    plx_buffer_init(&before, 1u << 20);
    take(ledger, RESULT("b", "null", STARTED, ",\"error\":\"no \\u2603 \\\" route\""));
    take(ledger, RESULT("a", "true", STARTED, EQUAL));
    take(ledger, RESULT("a", "false", "2026-11-25T12:00:02.000Z", UNEQUAL ROWS));
    plx_buffer_add(&before, one(ledger, "a"));
    plx_buffer_add(&before, one(ledger, "b"));
    for (int round = 0; round < 2; round++) {
        plx_ledger_close(ledger);
        ledger = kit_open(path);
        one(ledger, "a");
        assert_memory_equal(before.ptr, text.ptr, text.len);
        size_t at = text.len;
        one(ledger, "b");
        assert_int_equal(before.len, at + text.len);
        assert_memory_equal(before.ptr + at, text.ptr, text.len);
    }
    /* What is forgotten does not come back, unless there is a new result of it. */
    assert_true(plx_reconciliation_forget(ledger, S("a")));
    assert_true(plx_reconciliation_forget(ledger, S("b")));
    take(ledger, RESULT("b", "true", STARTED, EQUAL));
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    expect_at(list(ledger), "/reconciliations/0/name", "b");
    expect_at(plx_buffer_slice(&text), "/reconciliations/0/runs/total", "1");
    assert_false(kit_has(plx_buffer_slice(&text), "\"a\""));
    plx_ledger_close(ledger);
    plx_buffer_fini(&before);
}

/* A store of the version before this table is brought up in place. */
static void
test_store_of_version_4_is_brought_up(void **state)
{
    plx_ledger_close(kit_open(path));
    exec_sql(KIT_WITHOUT_HOLDS
             "DROP TABLE reconciliation; DROP TABLE evidence; DROP TABLE epoch; DROP TABLE excuse; DROP TABLE "
             "path_fold; DROP TABLE recheck; "
             "ALTER TABLE cause DROP COLUMN faults; PRAGMA user_version=4");
    for (int round = 0; round < 2; round++) {
        struct plx_ledger *ledger = kit_open(path);

        take(ledger, RESULT("a", "true", STARTED, EQUAL));
        expect_at(list(ledger), "/reconciliations/0/runs/total", "1");
        plx_ledger_close(ledger);
    }
}

static void
test_a_damaged_row_is_said(void **state)
{
    static const char *const damage[] = {
        "UPDATE reconciliation SET name = 'b'",           "UPDATE reconciliation SET name = ''",
        "UPDATE reconciliation SET name = zeroblob(100)", "UPDATE reconciliation SET last = '{}'",
        "UPDATE reconciliation SET history = '[]'",       "UPDATE reconciliation SET history = last",
        "UPDATE reconciliation SET history = '[7]'",      "UPDATE reconciliation SET history = 'x'",
        "UPDATE reconciliation SET runs_true = -1",       "UPDATE reconciliation SET recovered = 'x'",
    };
    char error[512];

    for (size_t i = 0; i < PLX_COUNT(damage); i++) {
        struct plx_ledger *ledger = kit_open(path);
        take(ledger, RESULT("a", "true", STARTED, EQUAL));
        plx_ledger_close(ledger);
        exec_sql(damage[i]);
        ledger = kit_try_open(path, error, sizeof(error));
        if (ledger || !strstr(error, "reconciliation makes no sense"))
            fail_msg("%s: %s", damage[i], ledger ? "taken" : error);
        kit_remove(path);
    }
}

static void
test_metrics_tell_the_last_run_and_all_of_them(void **state)
{
    struct plx_ledger *ledger = kit_open(NULL);

    take(ledger, RESULT("a", "true", STARTED, EQUAL));
    take(ledger, RESULT("a", "false", "2026-11-25T12:00:02.250Z", UNEQUAL ROWS));
    take(ledger, RESULT("b", "null", STARTED, ",\"error\":\"x\""));
    plx_buffer_clear(&text);
    plx_reconciliations_expose_kept(ledger, &text);
    plx_buffer_byte(&text, '\0');
    assert_string_equal(
        text.ptr,
        "# HELP parallax_reconcile_runs_total Runs of reconciliations, by how they came out.\n"
        "# TYPE parallax_reconcile_runs_total counter\n"
        "parallax_reconcile_runs_total{reconciliation=\"a\",result=\"true\"} 1\n"
        "parallax_reconcile_runs_total{reconciliation=\"a\",result=\"false\"} 1\n"
        "parallax_reconcile_runs_total{reconciliation=\"a\",result=\"failed\"} 0\n"
        "parallax_reconcile_runs_total{reconciliation=\"b\",result=\"true\"} 0\n"
        "parallax_reconcile_runs_total{reconciliation=\"b\",result=\"false\"} 0\n"
        "parallax_reconcile_runs_total{reconciliation=\"b\",result=\"failed\"} 1\n"
        "# HELP parallax_reconcile_rows Pairs of rows (paired, differing) and rows (only_left, only_right, waiting) of "
        "the last run, unless it failed.\n"
        "# TYPE parallax_reconcile_rows gauge\n"
        "parallax_reconcile_rows{reconciliation=\"a\",outcome=\"paired\"} 2\n"
        "parallax_reconcile_rows{reconciliation=\"a\",outcome=\"only_left\"} 0\n"
        "parallax_reconcile_rows{reconciliation=\"a\",outcome=\"only_right\"} 1\n"
        "parallax_reconcile_rows{reconciliation=\"a\",outcome=\"differing\"} 1\n"
        "parallax_reconcile_rows{reconciliation=\"a\",outcome=\"waiting\"} 4\n"
        "# HELP parallax_reconcile_last_run_seconds When the last run began, in seconds since the epoch.\n"
        "# TYPE parallax_reconcile_last_run_seconds gauge\n"
        "parallax_reconcile_last_run_seconds{reconciliation=\"a\"} 1795608002.250\n"
        "parallax_reconcile_last_run_seconds{reconciliation=\"b\"} 1795608000.000\n"
        "# HELP parallax_reconcile_duration_seconds What the last run took.\n"
        "# TYPE parallax_reconcile_duration_seconds gauge\n"
        "parallax_reconcile_duration_seconds{reconciliation=\"a\"} 0.125000\n"
        "parallax_reconcile_duration_seconds{reconciliation=\"b\"} 0.125000\n"
        "# HELP parallax_reconcile_result 1: the last run came to true, 0: to false; none where it failed.\n"
        "# TYPE parallax_reconcile_result gauge\n"
        "parallax_reconcile_result{reconciliation=\"a\"} 0\n");
    plx_ledger_close(ledger);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_written_is_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_times_are_read_strictly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_makes_no_sense_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_members_are_let_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(test_examples_beyond_the_limits_are_cut_and_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_largest_result_fits_into_a_post, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts_are_redacted_and_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_runs_add_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_result_that_is_sent_again_is_counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_history_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sums_stay_within_what_the_store_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_there_are_only_so_many_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_store_has_it_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_of_version_4_is_brought_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_row_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_metrics_tell_the_last_run_and_all_of_them, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
