/* SPDX-License-Identifier: Apache-2.0 */
/* What was folded is there after the process's end, however it came; what is not our file is left alone and said. */
#include "ledger_kit.h"

#include "evidence/count/cause_id.h"
#include "evidence/count/causes.h"
#include "evidence/count/evidence_state.h"
#include "evidence/count/excuses.h"
#include "evidence/findings/differences.h"
#include "evidence/findings/store_back.h"
#include "evidence/intake/posted_reconciliation.h"
#include "evidence/ledger/ledger_expire.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/store/packing.h"
#include "evidence/store/store.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

/* Some of everything: matches, a mismatch, noise, a failure, an uncopied one. */
static void
fold_some(struct plx_ledger *ledger, const struct plx_service *service)
{
    struct plx_tally *tally = plx_tally_new(NULL);

    kit_match(&x, service, "GET /");
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, service, "GET /");
    kit_differ(&x, "/total", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, service, "GET /{id}");
    kit_differ(&x, "/time", true, true);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, service, "GET /{id}");
    kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_RESET);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match(&x, service, "POST /");
    x.outcome.copied = false;
    x.outcome.uncopied = PLX_UNCOPIED_UNSAFE_METHOD;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
    plx_ledger_fold(ledger, tally);
}

static struct plx_slice
list(struct plx_ledger *ledger, const struct plx_service *service, struct plx_buffer *out)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_differences_query query = {.limit = 1000};
    struct plx_json_writer writer;

    plx_buffer_clear(out);
    plx_json_writer_init(&writer, out);
    plx_findings_write_differences(ledger, &subject, &query, &writer);
    return plx_buffer_slice(out);
}

static void
exec_sql(const char *sql)
{
    sqlite3 *db;
    char *error = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
        fail_msg("%s: %s", sql, error);
    sqlite3_close(db);
}

/* Closed and opened again: the same report, the same records, and their numbers go on. */
static void
test_store_gives_back_what_it_was_given(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_ledger_counts counts;

    for (int i = 0; i < 7; i++)
        fold_some(ledger, &service);
    kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    kit_report(ledger, &service, &again);
    assert_true(plx_slice_equal(plx_buffer_slice(&text), plx_buffer_slice(&again)));
    list(ledger, &service, &text);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    list(ledger, &service, &again);
    assert_true(plx_slice_equal(plx_buffer_slice(&text), plx_buffer_slice(&again)));
    fold_some(ledger, &service);
    expect_at(list(ledger, &service, &again), "/differences/0/sequence", "8");
    counts = kit_counts(ledger, "payment");
    assert_int_equal(counts.total, 40);
    assert_int_equal(counts.mismatch, 8);
    assert_int_equal(counts.ignored, 8);
    assert_int_equal(counts.incomparable, 8);
    assert_int_equal(counts.uncopied, 8);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* The schema of version 1, as it was released, and rows in it. */
#define VERSION_1                                                                                                    \
    "CREATE TABLE service (name TEXT PRIMARY KEY, records_dropped INTEGER NOT NULL) WITHOUT ROWID;"                  \
    "CREATE TABLE endpoint (service TEXT, name TEXT, match INTEGER NOT NULL, mismatch INTEGER NOT NULL,"             \
    " ignored INTEGER NOT NULL, latency_primary BLOB, latency_candidate BLOB, latency_secondary BLOB,"               \
    " PRIMARY KEY (service, name)) WITHOUT ROWID;"                                                                   \
    "CREATE TABLE reason (service TEXT, endpoint TEXT, verdict TEXT, reason TEXT, count INTEGER NOT NULL,"           \
    " PRIMARY KEY (service, endpoint, verdict, reason)) WITHOUT ROWID;"                                              \
    "CREATE TABLE field (service TEXT, endpoint TEXT, name TEXT, kind TEXT, both INTEGER NOT NULL,"                  \
    " candidate_alone INTEGER NOT NULL, secondary_alone INTEGER NOT NULL, unpaired INTEGER NOT NULL,"                \
    " example TEXT, example_primary BLOB, example_candidate BLOB,"                                                   \
    " PRIMARY KEY (service, endpoint, name, kind)) WITHOUT ROWID;"                                                   \
    "CREATE TABLE record (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, service TEXT NOT NULL, endpoint TEXT NOT " \
    "NULL, fields BLOB, json TEXT NOT NULL);"                                                                        \
    "CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"                              \
    "INSERT INTO service VALUES ('payment', 3);"                                                                     \
    "INSERT INTO endpoint VALUES ('payment', 'GET /', 10, 5, 2, NULL, NULL, NULL);"                                  \
    "INSERT INTO reason VALUES ('payment', 'GET /', 'incomparable', 'timeout', 4);"                                  \
    "INSERT INTO field VALUES ('payment', 'GET /', '/total', 'value', 0, 5, 0, 0, '01J00000000000000000000001',"     \
    " x'31', x'32');"                                                                                                \
    "INSERT INTO record VALUES (7, '01J00000000000000000000001', 'payment', 'GET /', x'00062f746f74616c',"           \
    " '{\"id\":\"01J00000000000000000000001\"}');"                                                                   \
    "INSERT INTO state VALUES ('sequence', 7);"

/* What version 2 added, and what it had written for the same. */
#define VERSION_2                                                                                                      \
    "ALTER TABLE field ADD COLUMN form TEXT;"                                                                          \
    "ALTER TABLE field ADD COLUMN formed INTEGER NOT NULL DEFAULT 0;"                                                  \
    "ALTER TABLE field ADD COLUMN formless INTEGER NOT NULL DEFAULT 0;"                                                \
    "ALTER TABLE field ADD COLUMN rises INTEGER NOT NULL DEFAULT 0;"                                                   \
    "ALTER TABLE field ADD COLUMN falls INTEGER NOT NULL DEFAULT 0;"                                                   \
    "ALTER TABLE field ADD COLUMN largest_primary INTEGER NOT NULL DEFAULT 0;"                                         \
    "ALTER TABLE field ADD COLUMN largest_candidate INTEGER NOT NULL DEFAULT 0;"                                       \
    "ALTER TABLE field ADD COLUMN step_ms INTEGER NOT NULL DEFAULT 0;"                                                 \
    "CREATE TABLE cause (service TEXT, id TEXT, endpoint TEXT NOT NULL, fields BLOB, fields_total INTEGER NOT NULL,"   \
    " count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, weight INTEGER, example TEXT,"      \
    " differences TEXT, reproduce_primary BLOB, reproduce_candidate BLOB, PRIMARY KEY (service, id)) WITHOUT ROWID;"   \
    "UPDATE field SET form = 'counter', formed = 5, rises = 3;"                                                        \
    "INSERT INTO cause VALUES ('payment', '00000000000000ff', 'GET /', x'0000062f746f74616c', 1, 5, 1, 2, NULL, NULL," \
    " NULL, NULL, NULL);"

#define STAMP(version) "PRAGMA application_id=1347180593; PRAGMA user_version=" #version

/* A store of the version before is brought up in place: what was counted is there, and counting goes on. */
static void
test_store_of_version_1_is_brought_up(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger;
    struct plx_tally *tally;
    struct plx_slice report;

    exec_sql(VERSION_1 STAMP(1));
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        report = kit_report(ledger, &service, &text);
        expect_at(report, "/exchanges/total", "21");
        expect_at(report, "/endpoints/0/fields/0/differences", "5");
        expect_at(report, "/endpoints/0/fields/0/form", "null");
        expect_at(report, "/endpoints/0/fields/0/example/candidate", "2");
        expect_at(report, "/limits_hit/records", "3");
        expect_at(list(ledger, &service, &text), "/differences/0/sequence", "7");
        plx_ledger_close(ledger);
    }
    ledger = kit_open(path);
    tally = plx_tally_new(NULL);
    kit_match(&x, &service, "GET /");
    kit_differ(&x, "/total", true, false);
    x.fields[0].form = PLX_FORM_COUNTER;
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    kit_report(ledger, &service, &text);
    expect_at(plx_buffer_slice(&text), "/endpoints/0/fields/0/differences", "6");
    expect_at(plx_buffer_slice(&text), "/causes/0/count", "1");
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_true(plx_slice_equal(kit_report(ledger, &service, &again), plx_buffer_slice(&text)));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* What version 2 held is a service's, all of it. */
static void
test_store_of_version_2_is_brought_up(void **state)
{
    struct plx_service service = kit_service("payment", true);
    const struct plx_subject experiment = plx_subject_named(PLX_SUBJECT_EXPERIMENT, S("payment"));
    const struct plx_field_counts *field;
    struct plx_ledger *ledger;

    exec_sql(VERSION_1 VERSION_2 STAMP(2));
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        kit_report(ledger, &service, &text);
        expect_at(plx_buffer_slice(&text), "/kind", "service");
        expect_at(plx_buffer_slice(&text), "/exchanges/total", "21");
        expect_at(plx_buffer_slice(&text), "/incomparable/timeout", "4");
        expect_at(plx_buffer_slice(&text), "/endpoints/0/fields/0/differences", "5");
        expect_at(plx_buffer_slice(&text), "/causes/0/id", "00000000000000ff");
        expect_at(plx_buffer_slice(&text), "/causes/0/count", "5");
        field = plx_counts_find_field(plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment")),
                                      S("GET /"), PLX_KIND_VALUE, S("/total"));
        assert_int_equal(field->counter.rises, 3);
        expect_at(list(ledger, &service, &text), "/differences/0/sequence", "7");
        assert_false(plx_ledger_knows(ledger, &experiment));
        plx_ledger_close(ledger);
    }
    kit_remove(path);
}

/* A mismatch of a cause, and what came of asking again. */
static void
recheck(struct plx_tally *tally, const struct plx_service *service, const char *field, enum plx_recheck_result result)
{
    const struct plx_subject subject = plx_subject_service(service);

    kit_match(&x, service, "GET /");
    kit_differ(&x, field, true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    assert_true(plx_tally_recheck(tally, &subject, S("GET /"), plx_cause_id_fields(&x.outcome), result));
}

static void
expect_rechecks(struct plx_slice report)
{
    expect_at(report, "/causes/0/fields/0/field", "/a");
    expect_at(report, "/causes/0/recheck/persistent", "2");
    expect_at(report, "/causes/0/recheck/flaky", "1");
    expect_at(report, "/causes/1/recheck/race", "1");
    expect_at(report, "/causes/1/recheck/persistent", "0");
    expect_at(report, "/recheck/persistent", "2");
    expect_at(report, "/recheck/race", "1");
    expect_at(report, "/recheck/over_budget", "1");
    expect_at(report, "/recheck/dropped", "1");
    expect_at(report, "/limits_hit/recheck_dropped", "1");
    expect_at(report, "/exchanges/mismatch", "5");
}

/* What came of asking again, by cause; what no cause is known of counts for the service. */
static void
test_rechecks_come_back(void **state)
{
    struct plx_service service = kit_service("payment", true);
    const struct plx_subject subject = plx_subject_service(&service);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);

    recheck(tally, &service, "/a", PLX_RECHECK_PERSISTENT);
    recheck(tally, &service, "/a", PLX_RECHECK_FLAKY);
    recheck(tally, &service, "/b", PLX_RECHECK_RACE);
    recheck(tally, &service, "/a", PLX_RECHECK_OVER_BUDGET);
    plx_ledger_fold(ledger, tally);
    tally = plx_tally_new(NULL);
    assert_true(plx_tally_recheck(tally, &subject, S("GET /"), 12345, PLX_RECHECK_DROPPED));
    recheck(tally, &service, "/a", PLX_RECHECK_PERSISTENT);
    plx_ledger_fold(ledger, tally);
    for (int round = 0; round < 2; round++) {
        expect_rechecks(kit_report(ledger, &service, &text));
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* A store of the version before the table of rechecks is brought up in place. */
static void
test_store_of_version_8_is_brought_up(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);

    fold_some(ledger, &service);
    plx_ledger_close(ledger);
    exec_sql(KIT_WITHOUT_HOLDS "DROP TABLE recheck; PRAGMA user_version=8");
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        expect_at(kit_report(ledger, &service, &text), "/exchanges/total", "5");
        expect_at(plx_buffer_slice(&text), "/causes/0/recheck/persistent", round ? "1" : "0");
        struct plx_tally *tally = plx_tally_new(NULL);
        const struct plx_subject subject = plx_subject_service(&service);
        const struct plx_slice endpoint = S("GET /");

        expect_at(plx_buffer_slice(&text), "/causes/0/endpoint", "GET /");
        assert_true(plx_tally_recheck(tally, &subject, endpoint, plx_cause_id_field(S("/total"), PLX_KIND_VALUE),
                                      PLX_RECHECK_PERSISTENT));
        plx_ledger_fold(ledger, tally);
        plx_ledger_close(ledger);
    }
    kit_remove(path);
}

/* A mismatch in /total, the candidate's a hundred times the primary's. */
static void
fold_cents(struct plx_ledger *ledger, const struct plx_service *service, const char *primary, const char *candidate)
{
    struct plx_tally *tally = plx_tally_new(NULL);

    kit_match(&x, service, "GET /");
    kit_differ(&x, "/total", true, false);
    x.differences[0].primary = S(primary);
    x.differences[0].candidate = S(candidate);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_arena_reset(scratch);
    plx_ledger_fold(ledger, tally);
}

/* Of what version 6 counted nobody knows what it looks like: the cause goes on, and what comes is looked at. */
static void
test_store_of_version_7_is_brought_up(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);

    fold_cents(ledger, &service, "1", "2");
    plx_ledger_close(ledger);
    exec_sql(KIT_WITHOUT_HOLDS "DROP TABLE recheck; ALTER TABLE cause DROP COLUMN faults; PRAGMA user_version=7");
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        kit_report(ledger, &service, &text);
        expect_at(plx_buffer_slice(&text), "/causes/0/count", "1");
        expect_at(plx_buffer_slice(&text), "/causes/0/looks_like", "[]");
        plx_ledger_close(ledger);
    }
    ledger = kit_open(path);
    fold_cents(ledger, &service, "3.5", "350");
    fold_cents(ledger, &service, "4.25", "425");
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    kit_report(ledger, &service, &text);
    expect_at(plx_buffer_slice(&text), "/causes/0/count", "3");
    expect_at(plx_buffer_slice(&text), "/causes/0/looks_like/0/pattern", "scale");
    expect_at(plx_buffer_slice(&text), "/causes/0/looks_like/0/fields/0", "/total");
    expect_at(plx_buffer_slice(&text), "/causes/0/looks_like/0/exchanges", "2");
    expect_at(plx_buffer_slice(&text), "/causes/0/looks_like/0/sentence", "always a hundred times as much: cents?");
    /* What does not fit ends it, over the restart as well. */
    fold_cents(ledger, &service, "5", "501");
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    expect_at(kit_report(ledger, &service, &text), "/causes/0/looks_like", "[]");
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* ---- stages, holds and changes ---- */

static struct plx_change_note
note_of(uint64_t time_ms, const char *client, const char *reason)
{
    struct plx_change_note note = {.time_ms = time_ms};

    snprintf(note.client, sizeof(note.client), "%s", client);
    snprintf(note.reason, sizeof(note.reason), "%s", reason);
    return note;
}

static void
set_stage(struct plx_ledger *ledger, const char *service, enum plx_stage stage, uint32_t share)
{
    struct plx_stage_state state = plx_ledger_stage_state(ledger, service);
    const struct plx_change change = {.to = {stage, share}, .note = note_of(1767323045678, "127.0.0.1", "caf\xC3\xA9")};

    state.is_set = true;
    state.set = (struct plx_set_stage){stage, share, PLX_STAGE_SHADOW, 500, change.note};
    assert_int_equal(plx_ledger_set_stage(ledger, service, &state, &change), PLX_OK);
}

static void
hold(struct plx_ledger *ledger, const char *service, enum plx_hold hold, uint64_t time_ms)
{
    struct plx_stage_state state = plx_ledger_stage_state(ledger, service);
    const struct plx_change change = {PLX_CHANGE_PAUSE, {0}, {0}, note_of(time_ms ? time_ms : 1, "", "")};

    state.held[hold] = (struct plx_held){note_of(time_ms, "::1", "500s"), {PLX_STAGE_CANARY, 2500}};
    assert_int_equal(plx_ledger_set_stage(ledger, service, &state, &change), PLX_OK);
}

static void
drop_stage(struct plx_ledger *ledger, const char *service)
{
    struct plx_stage_state state = plx_ledger_stage_state(ledger, service);
    const struct plx_change change = {.kind = PLX_CHANGE_CONFIGURATION, .note = note_of(1, "", "")};

    state.is_set = false;
    assert_int_equal(plx_ledger_set_stage(ledger, service, &state, &change), PLX_OK);
}

/* A stage that was set is in the file when the call returns, one that was dropped is not. */
static void
test_stages_that_were_set_come_back(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    const struct plx_set_stage *set;

    assert_null(plx_ledger_stage(ledger, "payment"));
    assert_false(plx_ledger_stage_is_stored(ledger, "payment"));
    set_stage(ledger, "payment", PLX_STAGE_CANARY, 12345);
    set_stage(ledger, "payment", PLX_STAGE_CANDIDATE, 99999);
    set_stage(ledger, "mail", PLX_STAGE_CANARY, 0);
    assert_true(plx_ledger_stage_is_stored(ledger, "payment"));
    assert_false(plx_ledger_is_behind(ledger));
    plx_ledger_close(ledger);
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        set = plx_ledger_stage(ledger, "payment");
        assert_non_null(set);
        assert_int_equal(set->stage, PLX_STAGE_CANDIDATE);
        assert_int_equal(set->share, 99999);
        assert_int_equal(set->configured_stage, PLX_STAGE_SHADOW);
        assert_int_equal(set->configured_share, 500);
        assert_int_equal(set->note.time_ms, 1767323045678);
        assert_string_equal(set->note.client, "127.0.0.1");
        assert_string_equal(set->note.reason, "caf\xC3\xA9");
        assert_true(plx_ledger_stage_is_stored(ledger, "payment"));
        assert_true((plx_ledger_stage(ledger, "mail") != NULL) == (round == 0));
        drop_stage(ledger, "mail");
        assert_null(plx_ledger_stage(ledger, "mail"));
        plx_ledger_close(ledger);
    }
    kit_remove(path);
}

/* So does what holds a service, with or without a stage that was set, until it ends. */
static void
test_holds_come_back(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    const struct plx_held *held;

    hold(ledger, "payment", PLX_HOLD_PAUSED, 1767323045678);
    set_stage(ledger, "mail", PLX_STAGE_SHADOW, 0);
    hold(ledger, "mail", PLX_HOLD_ROLLED_BACK, 1767323045679);
    hold(ledger, "mail", PLX_HOLD_PAUSED, 1767323045680);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    held = plx_ledger_held(ledger, "payment", PLX_HOLD_PAUSED);
    assert_non_null(held);
    assert_int_equal(held->note.time_ms, 1767323045678);
    assert_string_equal(held->note.client, "::1");
    assert_string_equal(held->note.reason, "500s");
    assert_int_equal(held->from.stage, PLX_STAGE_CANARY);
    assert_int_equal(held->from.share, 2500);
    assert_null(plx_ledger_held(ledger, "payment", PLX_HOLD_ROLLED_BACK));
    assert_null(plx_ledger_stage(ledger, "payment"));
    assert_int_equal(plx_ledger_held(ledger, "mail", PLX_HOLD_ROLLED_BACK)->note.time_ms, 1767323045679);
    assert_int_equal(plx_ledger_held(ledger, "mail", PLX_HOLD_PAUSED)->note.time_ms, 1767323045680);
    hold(ledger, "mail", PLX_HOLD_ROLLED_BACK, 0);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_null(plx_ledger_held(ledger, "mail", PLX_HOLD_ROLLED_BACK));
    assert_non_null(plx_ledger_held(ledger, "mail", PLX_HOLD_PAUSED));
    assert_non_null(plx_ledger_stage(ledger, "mail"));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* The last changes are kept, the newest last; one that is only noted leaves the rest as it is. */
static void
test_the_last_changes_come_back(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    const struct plx_change *changes;
    size_t count;

    assert_null(plx_ledger_changes(ledger, "payment", &count));
    assert_int_equal(count, 0);
    set_stage(ledger, "payment", PLX_STAGE_CANARY, 5000);
    for (uint64_t i = 1; i <= PLX_CHANGES_MAX + 2; i++) {
        const struct plx_change change = {
            PLX_CHANGE_MARK, {PLX_STAGE_CANARY, 5000}, {PLX_STAGE_CANARY, 5000}, note_of(i, "127.0.0.1", "a build")};
        assert_int_equal(plx_ledger_note_change(ledger, "payment", &change), PLX_OK);
    }
    for (int round = 0; round < 2; round++) {
        changes = plx_ledger_changes(ledger, "payment", &count);
        assert_int_equal(count, PLX_CHANGES_MAX);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(changes[i].note.time_ms, i + 3);
            assert_int_equal(changes[i].kind, PLX_CHANGE_MARK);
            assert_int_equal(changes[i].from.share, 5000);
            assert_int_equal(changes[i].to.stage, PLX_STAGE_CANARY);
            assert_string_equal(changes[i].note.reason, "a build");
        }
        assert_int_equal(plx_ledger_stage(ledger, "payment")->share, 5000);
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* A store of the version before holds was: what was set is there, by nobody and for no reason. */
static void
test_store_of_version_9_is_brought_up(void **state)
{
    plx_ledger_close(kit_open(path));
    exec_sql(KIT_WITHOUT_HOLDS "INSERT INTO stage VALUES ('payment', 'canary', 12345, 'shadow', 500, 1767323045678);"
                               "PRAGMA user_version=9");
    for (int round = 0; round < 2; round++) {
        struct plx_ledger *ledger = kit_open(path);
        size_t count;

        assert_int_equal(plx_ledger_stage(ledger, "payment")->share, 12345);
        assert_int_equal(plx_ledger_stage(ledger, "payment")->note.time_ms, 1767323045678);
        assert_string_equal(plx_ledger_stage(ledger, "payment")->note.client, "");
        assert_string_equal(plx_ledger_stage(ledger, "payment")->note.reason, "");
        plx_ledger_changes(ledger, "payment", &count);
        assert_int_equal(count, (size_t)round);
        assert_true((plx_ledger_held(ledger, "payment", PLX_HOLD_PAUSED) != NULL) == (round == 1));
        hold(ledger, "payment", PLX_HOLD_PAUSED, 5);
        plx_ledger_close(ledger);
    }
    kit_remove(path);
}

static void
path_beside(char other[96], const char *suffix)
{
    snprintf(other, 96, "%s%s", path, suffix);
}

static void
remove_beside(const char *suffix)
{
    char other[96];

    path_beside(other, suffix);
    assert_int_equal(unlink(other), 0);
}

/* What the tables of version 10 had: taken over once, and never again when the file is lost. */
static void
test_stages_are_taken_over_from_the_tables(void **state)
{
    struct plx_ledger *ledger;
    size_t count;

    plx_ledger_close(kit_open(path));
    exec_sql(
        "INSERT INTO stage VALUES ('payment', 'canary', 12345, 'shadow', 500, 7, '::1', 'why');"
        "INSERT INTO hold VALUES ('payment', 'rolled_back', 'canary', 2500, 8, '127.0.0.1', 'bad');"
        "INSERT INTO change VALUES ('payment', 0, 'rollback', 'canary', 2500, 'shadow', 0, 8, '127.0.0.1', 'bad')");
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        assert_int_equal(plx_ledger_stage(ledger, "payment")->configured_share, 500);
        assert_string_equal(plx_ledger_stage(ledger, "payment")->note.reason, "why");
        assert_int_equal(plx_ledger_held(ledger, "payment", PLX_HOLD_ROLLED_BACK)->from.share, 2500);
        assert_int_equal(plx_ledger_changes(ledger, "payment", &count)->kind, PLX_CHANGE_ROLLBACK);
        assert_int_equal(count, 1);
        assert_true(plx_ledger_stage_is_stored(ledger, "payment"));
        plx_ledger_close(ledger);
    }
    remove_beside(".stages");
    ledger = kit_open(path);
    assert_null(plx_ledger_stage(ledger, "payment"));
    assert_null(plx_ledger_held(ledger, "payment", PLX_HOLD_ROLLED_BACK));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* A rollback holds although all that was counted is gone, or can't be read: here it is even written there. */
static void
test_holds_outlive_the_counts(void **state)
{
    struct plx_ledger *ledger = kit_open(path);

    hold(ledger, "payment", PLX_HOLD_ROLLED_BACK, 5);
    plx_ledger_close(ledger);
    exec_sql("PRAGMA user_version=99");
    ledger = kit_open_anyhow(path);
    assert_int_equal(plx_ledger_held(ledger, "payment", PLX_HOLD_ROLLED_BACK)->from.share, 2500);
    hold(ledger, "mail", PLX_HOLD_PAUSED, 6);
    assert_true(plx_ledger_stage_is_stored(ledger, "mail"));
    plx_ledger_close(ledger);
    assert_int_equal(unlink(path), 0);
    ledger = kit_open(path);
    assert_non_null(plx_ledger_held(ledger, "payment", PLX_HOLD_ROLLED_BACK));
    assert_non_null(plx_ledger_held(ledger, "mail", PLX_HOLD_PAUSED));
    plx_ledger_close(ledger);
    kit_remove(path);
}

static void
write_stages(const char *bytes)
{
    char other[96];

    path_beside(other, ".stages");
    FILE *file = fopen(other, "w");
    assert_non_null(file);
    fputs(bytes, file);
    fclose(file);
}

#define STAGES(services) "{\"parallax_stages\":1,\"services\":[" services "]}"
#define NOTE(time)       "\"time_ms\":" #time ",\"client\":\"\",\"reason\":\"\""
#define AT(stage, share) "{\"stage\":\"" stage "\",\"share\":" #share "}"

/* What can't be read is told, stops nothing, and is kept when something is to be written. */
static void
test_damaged_stages_are_told_and_kept(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"parallax_stages\":1,\"services\":[",
        "{\"parallax_stages\":2,\"services\":[]}",
        "{\"parallax_stages\":1,\"services\":{}}",
        STAGES("{\"name\":\"\",\"held\":[],\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"held\":[]}"),
        STAGES("{\"name\":\"a\",\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"set\":1,\"held\":[],\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"set\":{\"stage\":\"dusk\",\"share\":1,\"configured\":" AT("shadow", 0) "," NOTE(
            1) "},\"held\":[],\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"set\":{\"stage\":\"canary\",\"share\":100001,\"configured\":" AT(
            "shadow", 0) "," NOTE(1) "},\"held\":[],\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"set\":{\"stage\":\"canary\",\"share\":-1,\"configured\":" AT("shadow", 0) "," NOTE(
            1) "},\"held\":[],\"changes\":[]}"),
        STAGES(
            "{\"name\":\"a\",\"held\":[{\"hold\":\"held\",\"from\":" AT("canary", 0) "," NOTE(1) "}],\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"held\":[{\"hold\":\"paused\",\"from\":" AT("canary",
                                                                             0) "," NOTE(0) "}],\"changes\":[]}"),
        STAGES("{\"name\":\"a\",\"held\":[],\"changes\":[{\"kind\":\"moved\",\"from\":" AT("canary", 0) ",\"to\":" AT(
            "canary", 0) "," NOTE(1) "}]}"),
        STAGES(
            "{\"name\":\"a\",\"held\":[],\"changes\":[{\"kind\":\"stage\",\"from\":" AT("canary", 0) "," NOTE(1) "}]}"),
        STAGES("{\"name\":\"a\",\"held\":[{\"hold\":\"paused\",\"from\":" AT(
            "canary", 0) ",\"time_ms\":1,\"client\":"
                         "\"0123456789012345678901234567890123456789012345678901234567890123456789\",\"reason\":\"\"}],"
                         "\"changes\":[]}"),
        /* The first is fine: half of a file is none. */
        STAGES("{\"name\":\"payment\",\"held\":[],\"changes\":[]},{\"name\":\"a\"}"),
    };
    struct plx_service service = kit_service("payment", true);
    char what[PLX_STORE_TROUBLE_MAX], other[96];

    for (size_t i = 0; i < PLX_COUNT(bad); i++) {
        struct plx_ledger *ledger;

        write_stages(bad[i]);
        ledger = kit_open(path);
        if (!plx_ledger_store_trouble(ledger, PLX_STORE_STAGES, what, sizeof(what)))
            fail_msg("taken: %s", bad[i]);
        assert_non_null(strstr(what, ".stages: it can't be read"));
        assert_int_equal(ledger->stages.count, 0);
        fold_some(ledger, &service);
        assert_false(plx_ledger_is_behind(ledger));
        hold(ledger, "payment", PLX_HOLD_PAUSED, 5);
        assert_false(plx_ledger_store_trouble(ledger, PLX_STORE_STAGES, what, sizeof(what)));
        plx_ledger_close(ledger);
        ledger = kit_open(path);
        assert_non_null(plx_ledger_held(ledger, "payment", PLX_HOLD_PAUSED));
        plx_ledger_close(ledger);
        path_beside(other, ".stages.damaged");
        FILE *kept = fopen(other, "r");
        char bytes[1024] = "";
        assert_non_null(kept);
        bytes[fread(bytes, 1, sizeof(bytes) - 1, kept)] = '\0';
        fclose(kept);
        assert_string_equal(bytes, bad[i]);
        remove_beside(".stages.damaged");
        kit_remove(path);
    }
    write_stages(STAGES(""));
    plx_ledger_close(kit_open(path));
    kit_remove(path);
}

/* Who served, and in whose place, survives too. */
static void
test_served_counts_come_back(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);

    for (int i = 0; i < 6; i++) {
        kit_match(&x, &service, "GET /");
        x.outcome.served = i < 4 ? PLX_CANDIDATE : PLX_PRIMARY;
        x.outcome.fallback = i == 5 ? PLX_FALLBACK_RESET : PLX_FALLBACK_NONE;
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    for (int round = 0; round < 2; round++) {
        kit_report(ledger, &service, &text);
        expect_at(plx_buffer_slice(&text), "/served/primary", "2");
        expect_at(plx_buffer_slice(&text), "/served/candidate", "4");
        expect_at(plx_buffer_slice(&text), "/fallbacks/reset", "1");
        expect_at(plx_buffer_slice(&text), "/endpoints/0/served/candidate", "4");
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* So do retries, and why the copies could not be compared. */
static void
test_state_and_retries_come_back(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);

    for (int i = 0; i < 6; i++) {
        kit_match(&x, &service, "GET /");
        x.outcome.roles[PLX_CANDIDATE].retried = x.outcome.roles[PLX_CANDIDATE].lapsed = i < 4;
        x.outcome.roles[PLX_SECONDARY].retried = x.outcome.roles[PLX_SECONDARY].lapsed = i == 0;
        x.outcome.verdict = i < 3 ? PLX_INCOMPARABLE : PLX_MATCH;
        x.outcome.incomparable = PLX_INCOMPARABLE_STATE;
        x.outcome.roles[PLX_PRIMARY].status = 200;
        x.outcome.roles[PLX_CANDIDATE].status = 403;
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    for (int round = 0; round < 2; round++) {
        kit_report(ledger, &service, &text);
        expect_at(plx_buffer_slice(&text), "/retries/primary", "0");
        expect_at(plx_buffer_slice(&text), "/retries/candidate", "4");
        expect_at(plx_buffer_slice(&text), "/retries/secondary", "1");
        expect_at(plx_buffer_slice(&text), "/endpoints/0/retries/candidate", "4");
        expect_at(plx_buffer_slice(&text), "/incomparable/state", "3");
        expect_at(plx_buffer_slice(&text), "/warnings/0",
                  "3 exchanges: both copies answered 403 where the primary answered 200: is the session shared?");
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* Subjects of each kind under one name: each comes back with its own numbers, reasons and records. */
static void
test_kinds_come_back_apart(void **state)
{
    struct plx_service service = kit_service("payment", false);
    const struct plx_subject experiment = plx_subject_named(PLX_SUBJECT_EXPERIMENT, S("payment"));
    const struct plx_subject spy = plx_subject_named(PLX_SUBJECT_SPY, S("payment"));
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);

    fold_some(ledger, &service);
    kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "payment", "candidate");
    kit_differ(&x, "value", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "payment", "candidate");
    kit_fail(&x, PLX_CANDIDATE, PLX_INCOMPARABLE_CONNECT);
    x.outcome.incomparable = x.outcome.roles[PLX_CANDIDATE].reason = PLX_RUN_INCOMPARABLE(PLX_REASON_CRASH);
    plx_tally_add(tally, &x.outcome, scratch);
    kit_match_of(&x, PLX_SUBJECT_SPY, "payment", "POST /mail");
    plx_tally_add(tally, &x.outcome, scratch);
    plx_counts_service(&tally->counts, PLX_SUBJECT_EXPERIMENT, S("payment"))->runs = 2;
    plx_ledger_fold(ledger, tally);
    for (int round = 0; round < 2; round++) {
        expect_at(kit_report(ledger, &service, &text), "/exchanges/total", "5");
        kit_report_of(ledger, experiment, &text);
        expect_at(plx_buffer_slice(&text), "/kind", "experiment");
        expect_at(plx_buffer_slice(&text), "/runs", "2");
        expect_at(plx_buffer_slice(&text), "/exchanges/total", "2");
        expect_at(plx_buffer_slice(&text), "/exchanges/mismatch", "1");
        expect_at(plx_buffer_slice(&text), "/incomparable/crash", "1");
        expect_at(plx_buffer_slice(&text), "/records_kept", "1");
        expect_at(plx_buffer_slice(&text), "/endpoints/0/endpoint", "candidate");
        expect_at(plx_buffer_slice(&text), "/causes/0/count", "1");
        kit_expect_adds_up(plx_buffer_slice(&text), "");
        expect_at(kit_report_of(ledger, spy, &text), "/exchanges/match", "1");
        expect_at(plx_buffer_slice(&text), "/records_kept", "0");
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* Forms, counters and examples of causes come back as they were, and go on from there. */
static void
test_forms_and_causes_survive(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger;
    char number[2][24];

    for (int i = 0; i < 30; i++) {
        struct plx_tally *tally = plx_tally_new(NULL);

        ledger = kit_open(path);
        kit_match(&x, &service, "GET /");
        kit_differ(&x, "/sequence", true, false);
        kit_differ(&x, "/id", true, false);
        snprintf(number[0], sizeof(number[0]), "%d", i);
        snprintf(number[1], sizeof(number[1]), "%d", i + 7);
        x.outcome.time_ms += (uint64_t)i * 200;
        x.fields[0].form = PLX_FORM_COUNTER;
        x.fields[0].primary = S(number[0]);
        x.fields[0].candidate = S(number[1]);
        x.fields[1].form = PLX_FORM_UUID;
        plx_tally_add(tally, &x.outcome, scratch);
        plx_ledger_fold(ledger, tally);
        kit_report(ledger, &service, &text);
        plx_ledger_close(ledger);
        plx_arena_reset(scratch);
    }
    expect_at(plx_buffer_slice(&text), "/endpoints/0/fields/0/form", "uuid");
    expect_at(plx_buffer_slice(&text), "/endpoints/0/fields/0/formed", "30");
    expect_at(plx_buffer_slice(&text), "/endpoints/0/fields/1/form", "counter");
    expect_at(plx_buffer_slice(&text), "/causes/0/count", "30");
    expect_at(plx_buffer_slice(&text), "/causes/0/reproduce/candidate", "curl -i http://127.0.0.1:2/");
    ledger = kit_open(path);
    assert_true(plx_slice_equal(kit_report(ledger, &service, &again), plx_buffer_slice(&text)));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* What overflowed in memory is the same after it was read back. */
static void
test_overflow_survives(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);
    char name[32];

    for (uint32_t i = 0; i < PLX_ENDPOINTS_MAX + 50; i++) {
        snprintf(name, sizeof(name), "GET /%u", i);
        kit_match(&x, &service, name);
        plx_tally_add(tally, &x.outcome, scratch);
    }
    plx_ledger_fold(ledger, tally);
    kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    expect_at(kit_report(ledger, &service, &again), "/limits_hit/endpoints", "50");
    assert_true(plx_slice_equal(plx_buffer_slice(&text), plx_buffer_slice(&again)));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* Records that memory let go are gone from the file too: it does not grow for ever. */
static void
test_old_records_leave_the_file(void **state)
{
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);
    sqlite3_stmt *statement;
    sqlite3 *db;

    for (uint32_t i = 0; i < PLX_RECORDS_MAX + 20; i += 20) {
        struct plx_tally *tally = plx_tally_new(NULL);

        for (int j = 0; j < 20; j++) {
            kit_match(&x, &service, "GET /");
            kit_differ(&x, "/a", true, false);
            plx_tally_add(tally, &x.outcome, scratch);
        }
        plx_ledger_fold(ledger, tally);
    }
    plx_ledger_close(ledger);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*), min(sequence) FROM record", -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(statement, 0), PLX_RECORDS_MAX);
    assert_int_equal(sqlite3_column_int64(statement, 1), 21);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    kit_remove(path);
}

static void
fold_record_of(struct plx_ledger *ledger, const struct plx_service *service, uint64_t time_ms)
{
    struct plx_tally *tally = plx_tally_new(NULL);

    kit_match(&x, service, "GET /");
    kit_differ(&x, "/a", true, false);
    plx_exchange_id_text(time_ms, (const uint64_t[]){1, time_ms}, x.outcome.id);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
}

/* Records that are too old go, from the file as well and without a new one; their counts stay. */
static void
test_records_have_an_age(void **state)
{
    const uint64_t day = 86400000, now = 1767323045678;
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);

    fold_record_of(ledger, &service, now - 31 * day);
    fold_record_of(ledger, &service, now - 29 * day);
    fold_record_of(ledger, &service, now + 90 * day); /* the clock was put back since */
    plx_ledger_close(ledger);
    for (int round = 0; round < 2; round++) {
        ledger = kit_open(path);
        assert_int_equal(ledger->record_count, 3 - round);
        plx_ledger_expire(ledger, now);
        assert_int_equal(ledger->record_count, 2);
        assert_false(plx_ledger_is_behind(ledger));
        expect_at(kit_report(ledger, &service, &text), "/exchanges/mismatch", "3");
        plx_ledger_close(ledger);
    }
    ledger = kit_open(path);
    plx_ledger_expire(ledger, now + 2 * day);
    assert_int_equal(ledger->record_count, 1);
    assert_int_equal(plx_exchange_id_time("not an id, is it? 01234567"), UINT64_MAX);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* So do the examples of fields and causes, once an hour; with another retention at once. */
static void
test_examples_have_an_age(void **state)
{
    const uint64_t hour = 3600000, day = 24 * hour, now = 1767323045678;
    struct plx_service service = kit_service("payment", false);
    struct plx_ledger *ledger = kit_open(path);

    fold_record_of(ledger, &service, now);
    for (int round = 0; round < 2; round++) {
        plx_ledger_expire(ledger, now + 30 * day);
        expect_at(kit_report(ledger, &service, &text), "/endpoints/0/fields/0/example/candidate", "2");
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    plx_ledger_expire(ledger, now + 30 * day);
    plx_ledger_expire(ledger, now + 30 * day + hour / 2);
    assert_true(kit_has(kit_report(ledger, &service, &text), "\"candidate\":\"2\""));
    plx_ledger_expire(ledger, now + 30 * day + hour);
    for (int round = 0; round < 2; round++) {
        const struct plx_service_counts *counts =
            plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S("payment"));
        size_t at = 0;
        assert_null(plx_counts_find_field(counts, S("GET /"), PLX_KIND_VALUE, S("/a"))->example);
        assert_null(((const struct plx_cause *)plx_table_next(&counts->causes, &at)->value)->example);
        expect_at(kit_report(ledger, &service, &text), "/exchanges/mismatch", "1");
        plx_ledger_close(ledger);
        ledger = kit_open(path);
    }
    fold_record_of(ledger, &service, now);
    const struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.05, .retention_ms = hour};
    plx_ledger_expire(ledger, now + hour);
    plx_ledger_set_options(ledger, &options);
    plx_ledger_expire(ledger, now + hour + 1);
    assert_int_equal(ledger->record_count, 0);
    assert_false(kit_has(kit_report(ledger, &service, &text), "\"candidate\":\"2\""));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* ---- kill -9 ---- */

/* In a child: folds until it is killed, and acknowledges each fold with a byte. */
static void
fold_for_ever(int acknowledge)
{
    struct plx_service service = kit_service("payment", true);
    char error[256];
    struct plx_ledger *ledger = kit_try_open(path, error, sizeof(error));

    while (ledger) {
        fold_some(ledger, &service);
        if (write(acknowledge, "!", 1) != 1)
            break;
    }
    _exit(1);
}

/* Waits for some acknowledgements, kills the child, and counts those that still came. */
static uint64_t
run_and_kill(uint64_t folds)
{
    int pipe_ends[2], status;
    uint64_t acknowledged = 0;
    char bytes[256];
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(pipe_ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(pipe_ends[0]);
        fold_for_ever(pipe_ends[1]);
    }
    close(pipe_ends[1]);
    while (acknowledged < folds && (got = read(pipe_ends[0], bytes, 1)) > 0)
        acknowledged += (uint64_t)got;
    kill(child, SIGKILL);
    while ((got = read(pipe_ends[0], bytes, sizeof(bytes))) > 0)
        acknowledged += (uint64_t)got;
    close(pipe_ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return acknowledged;
}

/* Killed in the midst of folding, several times over: nothing that was acknowledged is lost, nothing is halved. */
static void
test_store_survives_kill(void **state)
{
    struct plx_service service = kit_service("payment", true);
    uint64_t acknowledged = 0;

    for (uint64_t round = 1; round <= 6; round++) {
        struct plx_ledger_counts counts;
        struct plx_ledger *ledger;
        struct plx_slice report;

        acknowledged += run_and_kill(round * 7);
        ledger = kit_open(path);
        counts = kit_counts(ledger, "payment");
        assert_true(counts.total >= 5 * acknowledged);
        assert_true(counts.total <= 5 * (acknowledged + round));
        assert_int_equal(counts.total % 5, 0);
        assert_int_equal(counts.match, counts.total / 5);
        assert_int_equal(counts.mismatch, counts.total / 5);
        assert_int_equal(counts.uncopied, counts.total / 5);
        assert_int_equal(ledger->sequence, counts.mismatch);
        report = kit_report(ledger, &service, &text);
        kit_expect_adds_up(report, "");
        assert_int_equal(kit_number(report, "/endpoints/0/fields/0/differences"), counts.mismatch);
        plx_ledger_close(ledger);
    }
    kit_remove(path);
}

/* ---- failing ---- */

/* A disk that is full for a while: counting goes on, and all of it is written when there is room again. */
static void
test_full_disk_loses_nothing(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    struct rlimit limit, none;

    fold_some(ledger, &service);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
    limit = none;
    limit.rlim_cur = 4096;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 0; i < 5; i++)
        fold_some(ledger, &service);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(ledger->store_failures, 5);
    assert_int_equal(kit_counts(ledger, "payment").total, 30);
    fold_some(ledger, &service);
    assert_int_equal(ledger->store_failures, 5);
    kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_true(plx_slice_equal(kit_report(ledger, &service, &again), plx_buffer_slice(&text)));
    assert_int_equal(kit_counts(ledger, "payment").total, 35);
    assert_int_equal(ledger->record_count, 7);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* ---- files that are not ours ---- */

static void
expect_refused(const char *file, const char *part)
{
    char error[512] = "";

    assert_null(kit_try_open(file, error, sizeof(error)));
    if (!strstr(error, part) || strncmp(error, file, strlen(file)) != 0)
        fail_msg("'%s' is not in: %s", part, error);
}

static void
write_file(const char *bytes)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(bytes, file);
    fclose(file);
}

static void
test_foreign_files_are_refused(void **state)
{
    static char not_sqlite[] = "This is a letter to my aunt, long enough to look like a whole page of a database. "
                               "It goes on and on about the weather and has nothing to do with exchanges.";
    char read_back[512];
    FILE *file;

    write_file(not_sqlite);
    expect_refused(path, "no store of Parallax");
    file = fopen(path, "r");
    assert_non_null(fgets(read_back, sizeof(read_back), file));
    fclose(file);
    assert_string_equal(read_back, not_sqlite);
    kit_remove(path);
    exec_sql("CREATE TABLE recipes (name TEXT)");
    expect_refused(path, "belongs to another program");
    kit_remove(path);
    exec_sql("PRAGMA application_id=12345");
    expect_refused(path, "belongs to another program");
    kit_remove(path);
    expect_refused("/nonexistent/folder/store.db", "check that its folder exists");
    expect_refused("/tmp", "opening the store failed");
}

static void
test_newer_and_damaged_stores_are_refused(void **state)
{
    static const struct {
        const char *sql, *want;
    } rows[] = {
        {"PRAGMA user_version=99", "version 99"},
        {"INSERT INTO service VALUES ('ghost', 'a', 0, 0)", "damaged"},
        {"UPDATE endpoint SET subject = 'ghost'", "damaged"},
        {"UPDATE endpoint SET errors = -1", "damaged"},
        {"UPDATE reason SET subject = 'experiment'", "damaged"},
        {"UPDATE field SET subject = 'ghost'", "damaged"},
        {"UPDATE cause SET subject = 'ghost'", "damaged"},
        {"UPDATE cause SET faults = x'01ff'", "damaged"},
        {"UPDATE cause SET faults = x'016300000000000000010000000000000000000000'", "damaged"},
        {"UPDATE record SET subject = 'ghost'", "damaged"},
        {"UPDATE endpoint SET match = -1", "damaged"},
        {"UPDATE endpoint SET match = 'many'", "damaged"},
        {"UPDATE endpoint SET latency_primary = x'ff'", "damaged"},
        {"UPDATE reason SET reason = 'boredom'", "damaged"},
        {"UPDATE reason SET verdict = 'served'", "damaged"},
        {"UPDATE reason SET verdict = 'fallback', reason = 'none'", "damaged"},
        {"INSERT INTO stage VALUES ('a', 'dusk', 0, 'shadow', 0, 0, '', '')", "damaged"},
        {"INSERT INTO stage VALUES ('a', 'canary', 100001, 'shadow', 0, 0, '', '')", "damaged"},
        {"INSERT INTO stage VALUES ('a', 'canary', -1, 'shadow', 0, 0, '', '')", "damaged"},
        {"INSERT INTO stage VALUES ('', 'canary', 0, 'shadow', 0, 0, '', '')", "damaged"},
        {"INSERT INTO stage VALUES (hex(zeroblob(33)), 'canary', 0, 'shadow', 0, 0, '', '')", "damaged"},
        {"INSERT INTO stage VALUES ('a', 'canary', 0, 'shadow', 0, 'now', '', '')", "damaged"},
        {"INSERT INTO stage VALUES ('a', 'canary', 0, 'shadow', 0, 1, hex(zeroblob(32)), '')", "damaged"},
        {"INSERT INTO stage VALUES ('a', 'canary', 0, 'shadow', 0, 1, '', hex(zeroblob(129)))", "damaged"},
        {"INSERT INTO hold VALUES ('a', 'held', 'canary', 0, 1, '', '')", "damaged"},
        {"INSERT INTO hold VALUES ('a', 'paused', 'canary', 100001, 1, '', '')", "damaged"},
        {"INSERT INTO hold VALUES ('a', 'paused', 'canary', 0, 0, '', '')", "damaged"},
        {"INSERT INTO hold VALUES ('', 'paused', 'canary', 0, 1, '', '')", "damaged"},
        {"INSERT INTO change VALUES ('a', 0, 'moved', 'canary', 0, 'canary', 0, 1, '', '')", "damaged"},
        {"INSERT INTO change VALUES ('a', 0, 'stage', 'canary', 0, 'dusk', 0, 1, '', '')", "damaged"},
        {"WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 20) "
         "INSERT INTO change SELECT 'a', x, 'stage', 'canary', 0, 'canary', 1, 1, '', '' FROM n",
         "damaged"},
        {"UPDATE field SET kind = 'odd'", "damaged"},
        {"UPDATE field SET form = 'poem'", "damaged"},
        {"UPDATE field SET formed = -1", "damaged"},
        {"UPDATE field SET largest_primary = 'x'", "damaged"},
        {"UPDATE cause SET id = 'x'", "damaged"},
        {"UPDATE cause SET count = -1", "damaged"},
        {"UPDATE cause SET fields = x'00'", "damaged"},
        {"UPDATE cause SET fields = x'090000'", "damaged"},
        {"UPDATE cause SET fields = x'00ffff'", "damaged"},
        {"UPDATE cause SET fields_total = 0", "damaged"},
        {"UPDATE cause SET differences = '[}'", "damaged"},
        {"UPDATE cause SET differences = '{}'", "damaged"},
        {"UPDATE cause SET weight = 'x'", "damaged"},
        {"UPDATE record SET json = 'x'", "damaged"},
        {"UPDATE state SET value = 0", "damaged"},
        {"INSERT INTO recheck VALUES ('service', 'payment', '0000000000000001', 'race', 1)", "damaged"},
        {"INSERT INTO recheck VALUES ('service', 'payment', 'x', 'race', 1)", "damaged"},
        {"INSERT INTO recheck SELECT subject, service, id, 'draw', 1 FROM cause", "damaged"},
        {"INSERT INTO recheck SELECT subject, service, id, 'race', -1 FROM cause", "damaged"},
        {"INSERT INTO recheck SELECT 'ghost', service, id, 'race', 1 FROM cause", "damaged"},
        {"DROP TABLE field", "no such table"},
    };
    struct plx_service service = kit_service("payment", true);

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        struct plx_ledger *ledger = kit_open(path);

        fold_some(ledger, &service);
        plx_ledger_close(ledger);
        exec_sql(rows[i].sql);
        expect_refused(path, rows[i].want);
        kit_remove(path);
    }
}

/* Two processes on one file would overwrite each other's numbers: the second one says who has it, and counts. */
static void
test_store_is_one_process_s(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    char who[32];
    int status;

    fold_some(ledger, &service);
    hold(ledger, "mail", PLX_HOLD_PAUSED, 5);
    snprintf(who, sizeof(who), "(%d)", (int)getpid());
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char error[PLX_STORE_TROUBLE_MAX] = "";
        struct plx_ledger *second = kit_open_anyhow(path);

        bool told = second && plx_ledger_store_trouble(second, PLX_STORE_COUNTS, error, sizeof(error)) &&
                    strstr(error, "in use by another process") && strstr(error, who);
        bool counts = kit_counts(second, "payment").total == 0;
        fold_some(second, &service);
        counts &= kit_counts(second, "payment").total == 5;
        /* What holds there holds here too, but the file is the other one's. */
        bool held = plx_ledger_held(second, "mail", PLX_HOLD_PAUSED) != NULL;
        hold(second, "mail", PLX_HOLD_PAUSED, 0);
        held &= !plx_ledger_stage_is_stored(second, "mail");
        _exit(told && counts && held ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_int_equal(kit_counts(ledger, "payment").total, 5);
    assert_non_null(plx_ledger_held(ledger, "mail", PLX_HOLD_PAUSED));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* ---- a file that is not there ---- */

/* One of everything that a store keeps. */
static void
fold_everything(struct plx_ledger *ledger, struct plx_service *service)
{
    const struct plx_subject subject = plx_subject_service(service);
    struct plx_tally *tally = plx_tally_new(NULL);

    fold_some(ledger, service);
    recheck(tally, service, "/a", PLX_RECHECK_PERSISTENT);
    kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "payment", "candidate");
    kit_differ(&x, "value", true, false);
    plx_tally_add(tally, &x.outcome, scratch);
    plx_ledger_fold(ledger, tally);
    hold(ledger, "payment", PLX_HOLD_PAUSED, 5);
    assert_true(plx_ledger_knows(ledger, &subject));
}

/* Deleted, moved or replaced under the running process: it is told, and goes on in a new file with all that it knows.
 */
static void
test_file_that_is_taken_away_is_made_anew(void **state)
{
    struct plx_service service = kit_service("payment", true);
    char other[96], what[PLX_STORE_TROUBLE_MAX];
    struct plx_ledger *ledger = kit_open(path);

    path_beside(other, ".moved");
    fold_everything(ledger, &service);
    for (int round = 0; round < 3; round++) {
        if (round == 0)
            kit_remove(path);
        else
            assert_int_equal(rename(path, other), 0);
        if (round == 2)
            exec_sql("CREATE TABLE recipes (name TEXT)");
        fold_some(ledger, &service);
        if (round == 2) {
            assert_true(plx_ledger_is_behind(ledger));
            assert_true(plx_ledger_store_trouble(ledger, PLX_STORE_COUNTS, what, sizeof(what)));
            assert_non_null(strstr(what, "another file was put in the place of the store"));
            exec_sql("INSERT INTO recipes VALUES ('soup')"); /* nobody holds it, nothing of ours is in it */
            assert_int_equal(unlink(path), 0);
            usleep(600000); /* between two attempts */
            fold_some(ledger, &service);
        }
        assert_false(plx_ledger_is_behind(ledger));
        assert_false(plx_ledger_store_trouble(ledger, PLX_STORE_COUNTS, what, sizeof(what)));
        kit_report(ledger, &service, &text);
        list(ledger, &service, &again);
        plx_ledger_close(ledger);
        ledger = kit_open(path);
        assert_true(plx_slice_equal(list(ledger, &service, &again), plx_buffer_slice(&again)));
        assert_true(plx_slice_equal(kit_report(ledger, &service, &again), plx_buffer_slice(&text)));
        expect_at(kit_report_of(ledger, plx_subject_named(PLX_SUBJECT_EXPERIMENT, S("payment")), &again),
                  "/exchanges/mismatch", "1");
        assert_non_null(plx_ledger_held(ledger, "payment", PLX_HOLD_PAUSED));
    }
    plx_ledger_close(ledger);
    kit_remove(path);
    /* What was moved is a whole store. */
    assert_int_equal(rename(other, path), 0);
    ledger = kit_open(path);
    assert_true(kit_counts(ledger, "payment").total > 5);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* A look finds it without traffic. */
static void
test_look_finds_that_the_file_was_taken_away(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    struct stat file;

    fold_some(ledger, &service);
    kit_remove(path);
    plx_ledger_look_after_store(ledger);
    assert_int_equal(stat(path, &file), 0);
    assert_false(plx_ledger_is_behind(ledger));
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_int_equal(kit_counts(ledger, "payment").total, 5);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* A file that can't be read stays as it is; once it is moved away what was counted since is in a new one. */
static void
test_counting_goes_on_beside_a_file_that_cannot_be_read(void **state)
{
    static const char letter[] = "This is a letter to my aunt, long enough to look like a whole page of a database. "
                                 "It goes on and on about the weather and has nothing to do with exchanges.";
    struct plx_service service = kit_service("payment", true);
    char what[PLX_STORE_TROUBLE_MAX], read_back[512];
    struct plx_ledger *ledger;

    write_file(letter);
    ledger = kit_open_anyhow(path);
    fold_everything(ledger, &service);
    assert_true(plx_ledger_is_behind(ledger));
    assert_true(plx_ledger_store_trouble(ledger, PLX_STORE_COUNTS, what, sizeof(what)));
    assert_non_null(strstr(what, path));
    assert_non_null(strstr(what, "move it away"));
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(read_back, sizeof(read_back), file));
    fclose(file);
    assert_string_equal(read_back, letter);
    assert_int_equal(unlink(path), 0);
    assert_true(plx_ledger_catch_up(ledger));
    kit_report(ledger, &service, &text);
    plx_ledger_close(ledger);
    ledger = kit_open(path);
    assert_true(plx_slice_equal(kit_report(ledger, &service, &again), plx_buffer_slice(&text)));
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* ---- SQLite's own check ---- */

/* Each row's first column, behind one another. */
static const char *
query(const char *sql, char *out, size_t size)
{
    sqlite3_stmt *statement;
    sqlite3 *db;
    size_t at = 0;

    out[0] = '\0';
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW && at < size)
        at += (size_t)snprintf(out + at, size - at, "%s%s", at ? " " : "", sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return out;
}

#define TABLES "SELECT name FROM sqlite_schema WHERE type = 'table'"

/* SQLite 3.40 calls a whole table damaged where a key column stands behind another: who looks at a store with it, after
 * a power cut say, has to be able to believe it. */
/* ---- that comes back ---- */

static struct plx_ledger *
open_to_join(void)
{
    const struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.05, .take_back = plx_findings_take_back};
    struct plx_store store;

    assert_true(plx_store_open(path, &store));
    return plx_ledger_open(&options, store);
}

/* A rule, names in paths, a result of a reconciliation, an experiment, rechecks; so often. */
static void
fold_all_kinds(struct plx_ledger *ledger, const struct plx_service *service, int times, const char *parent)
{
    const struct plx_reconciliation run = {.name = S("rows"), .counts = {[PLX_ROWS_PAIRED] = 10}};

    for (int i = 0; i < times; i++) {
        struct plx_reconciliation result = run;
        struct plx_tally *tally = plx_tally_new(NULL);
        fold_some(ledger, service);
        recheck(tally, service, "/a", PLX_RECHECK_PERSISTENT);
        kit_match_of(&x, PLX_SUBJECT_EXPERIMENT, "cart", "candidate");
        kit_differ(&x, "value", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
        plx_ledger_fold(ledger, tally);
        result.started_ms = x.outcome.time_ms + (uint64_t)i + 1;
        assert_int_equal(plx_reconciliation_take(ledger, &result), PLX_OK);
    }
    struct plx_service_counts *counts = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S(service->name));
    struct plx_endpoint_counts *endpoint = plx_table_get(&counts->endpoints, S("GET /"));
    struct plx_excuse_counts *excuse = plx_counts_excuse(&ledger->counts, endpoint, S("ignore /a"));
    struct plx_folding *folding = plx_ledger_folding_entry(ledger, S(service->name));
    const struct plx_path_fold fold = {.parent = S(parent), .names = 40, .time_ms = 1};
    excuse->exchanges += (uint64_t)times;
    plx_list_push_back(&ledger->dirty_excuses, &excuse->dirty);
    plx_path_folds_unref(folding->folds);
    folding->folds = plx_path_folds_new();
    assert_int_equal(plx_path_folds_add(folding->folds, &fold), PLX_OK);
    plx_list_push_back(&ledger->dirty_folding, &folding->dirty);
    fold_some(ledger, service);
}

/* So many runs of fold_all_kinds() in all, in so many calls. */
static void
expect_sum(struct plx_ledger *ledger, const struct plx_service *service, uint64_t times, uint64_t calls)
{
    const struct plx_ledger_counts sum = kit_counts(ledger, service->name);
    const struct plx_service_counts *counts =
        plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, S(service->name));
    const struct plx_service_counts *cart = plx_counts_find_service(&ledger->counts, PLX_SUBJECT_EXPERIMENT, S("cart"));
    const struct plx_field_counts *total = plx_counts_find_field(counts, S("GET /"), PLX_KIND_VALUE, S("/total"));
    const struct plx_endpoint_counts *endpoint = plx_table_get(&counts->endpoints, S("GET /"));
    const struct plx_reconciliation_entry *rows = plx_reconciliations_find(&ledger->reconciliations, S("rows"));
    struct plx_exchange_counts of_cart = {0};

    plx_service_counts_sum(cart, &of_cart);
    assert_int_equal(sum.total, 6 * times + 5 * calls);
    assert_int_equal(sum.mismatch, 2 * times + calls);
    assert_int_equal(sum.uncopied, times + calls);
    assert_int_equal(of_cart.mismatch, times);
    assert_int_equal(total->pairs.candidate_alone, times + calls);
    assert_int_equal(endpoint->pairs.paired, 3 * times + 2 * calls);
    assert_int_equal(counts->evidence->paired, 4 * times + 3 * calls);
    assert_int_equal(
        ((const struct plx_excuse_counts *)plx_table_get(&endpoint->excuses->rules, S("ignore /a")))->exchanges, times);
    assert_int_equal(plx_causes_rechecks(counts).by[PLX_RECHECK_PERSISTENT], times);
    assert_int_equal(rows->totals.runs[PLX_RECONCILIATION_TRUE], times);
    assert_int_equal(rows->totals.counts[PLX_ROWS_PAIRED], 10 * times);
    assert_int_equal(ledger->record_count, 3 * times + calls);
    assert_int_equal(ledger->sequence, 3 * times + calls);
    assert_int_equal(plx_path_folds_count(plx_ledger_folding_entry(ledger, S(service->name))->folds), calls);
}

/* What the store had, and what was counted while it could not be read: their sum, once, in memory and in the file;
 * where the sum can't be written, or the process ends before it is, the file has what it had. */
static void
test_a_store_that_comes_back_is_added_to(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    struct rlimit limit, none;
    char away[96];

    fold_all_kinds(ledger, &service, 3, "GET /a/");
    expect_sum(ledger, &service, 3, 1);
    plx_ledger_close(ledger);
    path_beside(away, ".away");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
    limit = none;
    limit.rlim_cur = 4096;
    for (int killed = 1; killed >= 0; killed--) {
        assert_int_equal(rename(path, away), 0);
        write_file("This is no database, but something that stands in its place.");
        ledger = open_to_join();
        fold_all_kinds(ledger, &service, 2, "GET /b/");
        expect_sum(ledger, &service, 2, 1);
        plx_ledger_look_after_store(ledger);
        expect_sum(ledger, &service, 2, 1);
        assert_int_equal(rename(away, path), 0);
        usleep(600000); /* it is not looked at more often */
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        plx_ledger_look_after_store(ledger);
        assert_true(plx_ledger_is_behind(ledger));
        expect_sum(ledger, &service, 5, 2);
        plx_ledger_look_after_store(ledger);
        expect_sum(ledger, &service, 5, 2);
        if (killed) {
            ledger->behind = false; /* so that it ends without another try */
            ledger->stages_behind = false;
        }
        if (killed)
            plx_ledger_close(ledger);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        if (killed) {
            ledger = kit_open(path);
            expect_sum(ledger, &service, 3, 1);
            plx_ledger_close(ledger);
            continue;
        }
        assert_true(plx_ledger_catch_up(ledger));
        fold_some(ledger, &service);
        kit_report(ledger, &service, &text);
        plx_ledger_close(ledger);
    }
    ledger = kit_open(path);
    assert_true(plx_slice_equal(kit_report(ledger, &service, &again), plx_buffer_slice(&text)));
    fold_all_kinds(ledger, &service, 1, "GET /c/");
    assert_int_equal(kit_counts(ledger, "payment").total, 6 * 6 + 5 * 4);
    plx_ledger_close(ledger);
    kit_remove(path);
}

static void
test_sqlite_finds_a_store_whole_that_is(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    char names[1024], out[4096], sql[256];

    fold_everything(ledger, &service);
    plx_ledger_close(ledger);
    exec_sql("INSERT INTO excuse VALUES ('service', 'b', 'GET /', 'ignore /a', 1, NULL, NULL, NULL, NULL),"
             " ('service', 'a', 'GET /', 'ignore /a', 1, NULL, NULL, NULL, NULL);"
             "INSERT INTO path_fold VALUES ('b', 'GET /', '', 1, 1, 0), ('a', 'GET /', '', 1, 1, 0);"
             "INSERT INTO reconciliation VALUES ('b', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),"
             " ('a', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);"
             "INSERT INTO stage VALUES ('b', 'canary', 1, 'shadow', 5, 7, '', ''), ('a', 'canary', 1, 'shadow', 5, 7, "
             "'', '');"
             "INSERT INTO hold VALUES ('b', 'paused', 'canary', 2, 8, '', ''), ('a', 'paused', 'canary', 2, 8, '', '');"
             "INSERT INTO change VALUES ('b', 0, 'stage', 'canary', 1, 'shadow', 0, 8, '', ''),"
             " ('a', 0, 'stage', 'canary', 1, 'shadow', 0, 8, '', '')");
    query(TABLES, names, sizeof(names));
    for (char *rest = names, *name; (name = strtok_r(rest, " ", &rest));) {
        snprintf(sql, sizeof(sql), "SELECT count(*) > 0 FROM %s", name);
        if (strcmp(query(sql, out, sizeof(out)), "1") != 0)
            fail_msg("the table %s has no row: this test has to have one of it", name);
    }
    assert_string_equal(query("PRAGMA integrity_check", out, sizeof(out)), "ok");
    kit_remove(path);
}

/* So has one that was brought up. */
static void
test_sqlite_finds_a_store_whole_that_was_brought_up(void **state)
{
    char out[4096];

    exec_sql(VERSION_1 VERSION_2 STAMP(2));
    plx_ledger_close(kit_open(path));
    assert_string_equal(query("SELECT count(*) FROM endpoint", out, sizeof(out)), "1");
    assert_string_equal(query("PRAGMA integrity_check", out, sizeof(out)), "ok");
    kit_remove(path);
}

/* ---- brought up ---- */

/* The version before is left beside it, whole and under a name of its own: who goes back to the Parallax before has it.
 */
static void
test_the_version_before_is_kept(void **state)
{
    char other[96], out[256];
    struct stat file;

    for (int round = 0; round < 2; round++) {
        exec_sql(VERSION_1 STAMP(1));
        plx_ledger_close(kit_open(path));
        assert_string_equal(query("PRAGMA user_version", out, sizeof(out)), "11");
        assert_int_equal(unlink(path), 0);
    }
    path_beside(other, ".v1.2");
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_string_equal(query("PRAGMA user_version", out, sizeof(out)), "1");
    assert_string_equal(query("SELECT match FROM endpoint", out, sizeof(out)), "10");
    path_beside(other, ".v1.new");
    assert_int_not_equal(stat(other, &file), 0);
    kit_remove(path);
}

/* Where it can't be kept nothing is brought up, and nothing is lost. */
static void
test_nothing_is_brought_up_without_a_copy(void **state)
{
    char folder[80], out[256], error[PLX_STORE_TROUBLE_MAX];

    exec_sql(VERSION_1 STAMP(1));
    snprintf(folder, sizeof(folder), "%s.v1.new", path);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_null(kit_try_open(path, error, sizeof(error)));
    assert_non_null(strstr(error, "a copy to keep before it is brought up can't be made"));
    assert_string_equal(query("PRAGMA user_version", out, sizeof(out)), "1");
    assert_int_equal(rmdir(folder), 0);
    plx_ledger_close(kit_open(path));
    kit_remove(path);
}

/* ---- copied while it is written ---- */

/* Into the file; how many steps it took. */
static unsigned
take_backup(struct plx_ledger *ledger, const struct plx_service *service, const char *into)
{
    char error[PLX_STORE_TROUBLE_MAX];
    FILE *file = fopen(into, "w");
    enum plx_status status;
    uint64_t id, offset = 0;
    unsigned steps = 0;

    assert_non_null(file);
    assert_true(plx_ledger_backup_begin(ledger, &id, error, sizeof(error)));
    do {
        plx_buffer_clear(&text);
        status = plx_ledger_backup_read(ledger, id, offset, &text);
        assert_true(status == PLX_OK || status == PLX_AGAIN);
        if (status == PLX_AGAIN) {
            fold_some(ledger, service); /* what comes between two steps is in it, or is not, but whole */
            assert_false(plx_ledger_is_behind(ledger));
            steps++;
        }
        fwrite(text.ptr, 1, text.len, file);
        offset += text.len;
    } while (status == PLX_AGAIN || text.len > 0);
    fclose(file);
    assert_int_equal(plx_ledger_backup_read(ledger, id + 1, 0, &text), PLX_E_NOT_FOUND);
    return steps;
}

static void
test_a_backup_is_whole_whatever_is_written_meanwhile(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    struct plx_tally *tally = plx_tally_new(NULL);
    char other[96], out[256], name[32];

    for (uint32_t i = 0; i < 900; i++) { /* more pages than one step takes */
        snprintf(name, sizeof(name), "GET /%u", i);
        kit_match(&x, &service, name);
        kit_differ(&x, "/a", true, false);
        plx_tally_add(tally, &x.outcome, scratch);
        plx_arena_reset(scratch);
    }
    plx_ledger_fold(ledger, tally);
    path_beside(other, ".copy");
    assert_true(take_backup(ledger, &service, other) > 1);
    uint64_t before = kit_counts(ledger, "payment").total;
    plx_ledger_close(ledger);
    kit_remove(path);
    assert_int_equal(rename(other, path), 0);
    assert_string_equal(query("PRAGMA integrity_check", out, sizeof(out)), "ok");
    ledger = kit_open(path);
    assert_true(kit_counts(ledger, "payment").total >= 900 && kit_counts(ledger, "payment").total <= before);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* One that is given up leaves nothing behind, however it is. */
static void
test_a_backup_that_is_given_up_leaves_nothing(void **state)
{
    struct plx_service service = kit_service("payment", true);
    struct plx_ledger *ledger = kit_open(path);
    char other[96], error[PLX_STORE_TROUBLE_MAX];
    struct stat file;
    uint64_t first, second;

    fold_some(ledger, &service);
    path_beside(other, ".backup");
    assert_true(plx_ledger_backup_begin(ledger, &first, error, sizeof(error)));
    assert_true(plx_ledger_backup_begin(ledger, &second, error, sizeof(error)));
    assert_true(second > first);
    assert_int_equal(plx_ledger_backup_read(ledger, first, 0, &text), PLX_E_NOT_FOUND);
    assert_int_equal(plx_ledger_backup_read(ledger, second, 0, &text), PLX_AGAIN);
    assert_int_not_equal(stat(other, &file), 0);
    assert_true(plx_ledger_backup_begin(ledger, &first, error, sizeof(error)));
    kit_remove(path); /* the store goes while it is copied */
    fold_some(ledger, &service);
    assert_int_equal(plx_ledger_backup_read(ledger, first, 0, &text), PLX_E_NOT_FOUND);
    assert_true(plx_ledger_backup_begin(ledger, &first, error, sizeof(error)));
    plx_ledger_close(ledger);
    assert_int_not_equal(stat(other, &file), 0);
    kit_remove(path);
    ledger = kit_open(NULL);
    assert_false(plx_ledger_backup_begin(ledger, &first, error, sizeof(error)));
    assert_int_equal(plx_ledger_backup_read(ledger, first, 0, &text), PLX_E_NOT_FOUND);
    plx_ledger_close(ledger);
}

/* What is recorded is other people's data. */
static void
test_new_file_is_the_user_s_alone(void **state)
{
    struct plx_ledger *ledger = kit_open(path);
    struct stat file;

    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    plx_ledger_close(ledger);
    kit_remove(path);
}

/* ---- histograms ---- */

static void
test_histograms_pack_and_unpack(void **state)
{
    struct plx_histogram histogram = {0}, read = {0};
    static const char *const bad[] = {"",
                                      "\x80",
                                      "\x01",
                                      "\x01\x01\x00",
                                      "\x01\x01\x00\x00",
                                      "\x01\x01\x00\x02",
                                      "\x05\x01\x01\x01\x00\x01",
                                      "\x05\x01\xd0\x03\x01",
                                      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01"};
    static const size_t lengths[] = {0, 1, 1, 3, 4, 4, 6, 5, 11};

    for (uint64_t ns = 1; ns < (uint64_t)1 << 50; ns = ns * 3 + 1)
        for (uint64_t i = 0; i < 1 + ns % 300; i++)
            plx_histogram_add(&histogram, ns);
    plx_buffer_clear(&text);
    plx_histogram_pack(&histogram, &text);
    assert_true(text.len <= PLX_PACKED_HISTOGRAM_MAX);
    assert_true(plx_histogram_unpack(plx_buffer_slice(&text), &read));
    assert_memory_equal(&read, &histogram, sizeof(read));
    for (size_t i = 0; i < PLX_COUNT(bad); i++)
        assert_false(plx_histogram_unpack(plx_slice_make(bad[i], lengths[i]), &read));
    assert_memory_equal(&read, &histogram, sizeof(read));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_gives_back_what_it_was_given),
        cmocka_unit_test(test_store_of_version_1_is_brought_up),
        cmocka_unit_test(test_store_of_version_2_is_brought_up),
        cmocka_unit_test(test_store_of_version_7_is_brought_up),
        cmocka_unit_test(test_store_of_version_8_is_brought_up),
        cmocka_unit_test(test_store_of_version_9_is_brought_up),
        cmocka_unit_test(test_rechecks_come_back),
        cmocka_unit_test(test_kinds_come_back_apart),
        cmocka_unit_test(test_forms_and_causes_survive),
        cmocka_unit_test(test_overflow_survives),
        cmocka_unit_test(test_old_records_leave_the_file),
        cmocka_unit_test(test_records_have_an_age),
        cmocka_unit_test(test_examples_have_an_age),
        cmocka_unit_test(test_store_survives_kill),
        cmocka_unit_test(test_full_disk_loses_nothing),
        cmocka_unit_test(test_stages_that_were_set_come_back),
        cmocka_unit_test(test_holds_come_back),
        cmocka_unit_test(test_the_last_changes_come_back),
        cmocka_unit_test(test_stages_are_taken_over_from_the_tables),
        cmocka_unit_test(test_holds_outlive_the_counts),
        cmocka_unit_test(test_damaged_stages_are_told_and_kept),
        cmocka_unit_test(test_served_counts_come_back),
        cmocka_unit_test(test_state_and_retries_come_back),
        cmocka_unit_test(test_foreign_files_are_refused),
        cmocka_unit_test(test_newer_and_damaged_stores_are_refused),
        cmocka_unit_test(test_store_is_one_process_s),
        cmocka_unit_test(test_file_that_is_taken_away_is_made_anew),
        cmocka_unit_test(test_look_finds_that_the_file_was_taken_away),
        cmocka_unit_test(test_counting_goes_on_beside_a_file_that_cannot_be_read),
        cmocka_unit_test(test_a_store_that_comes_back_is_added_to),
        cmocka_unit_test(test_sqlite_finds_a_store_whole_that_is),
        cmocka_unit_test(test_sqlite_finds_a_store_whole_that_was_brought_up),
        cmocka_unit_test(test_the_version_before_is_kept),
        cmocka_unit_test(test_nothing_is_brought_up_without_a_copy),
        cmocka_unit_test(test_a_backup_is_whole_whatever_is_written_meanwhile),
        cmocka_unit_test(test_a_backup_that_is_given_up_leaves_nothing),
        cmocka_unit_test(test_new_file_is_the_user_s_alone),
        cmocka_unit_test(test_histograms_pack_and_unpack),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
