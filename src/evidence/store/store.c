/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's SQLite file: opening it, checking that it is ours, and writing what changed. Reading it back is in
 * store_load.c.
 *
 * The hard thing is to never hold half of the truth: rows carry absolute numbers, one transaction a fold writes all
 * that is dirty, and nothing stops being dirty before its COMMIT has succeeded. The file is locked for as long as it is
 * open (locking_mode=EXCLUSIVE), since two processes would overwrite each other's numbers; the kernel lets go of the
 * lock when the process ends, however it ends.
 */
#include "evidence/store/store.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/private_file.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/record.h"
#include "evidence/store/store_causes.h"
#include "evidence/store/store_counts.h"
#include "evidence/store/store_excuses.h"
#include "evidence/store/store_folds.h"
#include "evidence/store/store_load.h"
#include "evidence/store/store_reconciliations.h"
#include "evidence/store/store_records.h"
#include "evidence/store/store_stages.h"
#include "log/log.h"
#include "secrets/marks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COMPLAIN_EVERY_S 60

/*
 * What each version of the schema adds to the one before: a new file takes all steps, an older one those that it lacks.
 * A step that has been released does not change any more.
 */
static const char *const schema[PLX_STORE_VERSION] = {
    "CREATE TABLE service (name TEXT PRIMARY KEY, records_dropped INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE endpoint (service TEXT, name TEXT, match INTEGER NOT NULL, mismatch INTEGER NOT NULL,"
    " ignored INTEGER NOT NULL, latency_primary BLOB, latency_candidate BLOB, latency_secondary BLOB,"
    " PRIMARY KEY (service, name)) WITHOUT ROWID;"
    /* verdict: incomparable or uncopied; since version 3 also fallback and served, since 6 retried, logged_out,
     * no_evidence and ignored */
    "CREATE TABLE reason (service TEXT, endpoint TEXT, verdict TEXT, reason TEXT, count INTEGER NOT NULL,"
    " PRIMARY KEY (service, endpoint, verdict, reason)) WITHOUT ROWID;"
    "CREATE TABLE field (service TEXT, endpoint TEXT, name TEXT, kind TEXT, both INTEGER NOT NULL,"
    " candidate_alone INTEGER NOT NULL, secondary_alone INTEGER NOT NULL, unpaired INTEGER NOT NULL,"
    " example TEXT, example_primary BLOB, example_candidate BLOB,"
    " PRIMARY KEY (service, endpoint, name, kind)) WITHOUT ROWID;"
    "CREATE TABLE record (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, service TEXT NOT NULL, endpoint TEXT NOT "
    "NULL,"
    " fields BLOB, json TEXT NOT NULL);"
    "CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
    /* form: its name, NULL for none yet */
    "ALTER TABLE field ADD COLUMN form TEXT;"
    "ALTER TABLE field ADD COLUMN formed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN formless INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN rises INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN falls INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN largest_primary INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN largest_candidate INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE field ADD COLUMN step_ms INTEGER NOT NULL DEFAULT 0;"
    /* id: 16 hex digits; fields: of each a byte of its kind, two of its length, its name */
    "CREATE TABLE cause (service TEXT, id TEXT, endpoint TEXT NOT NULL, fields BLOB, fields_total INTEGER NOT NULL,"
    " count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, weight INTEGER, example TEXT,"
    " differences TEXT, reproduce_primary BLOB, reproduce_candidate BLOB, PRIMARY KEY (service, id)) WITHOUT ROWID;",
    /* subject: the kind of what is counted, part of each key (subject.h) */
    "ALTER TABLE service RENAME TO old;"
    "CREATE TABLE service (name TEXT, records_dropped INTEGER NOT NULL, runs INTEGER NOT NULL, subject TEXT,"
    " PRIMARY KEY (subject, name)) WITHOUT ROWID;"
    "INSERT INTO service SELECT *, 0, 'service' FROM old; DROP TABLE old;"
    /* errors: exchanges of an experiment in which the candidate gave an error */
    "ALTER TABLE endpoint RENAME TO old;"
    "CREATE TABLE endpoint (service TEXT, name TEXT, match INTEGER NOT NULL, mismatch INTEGER NOT NULL,"
    " ignored INTEGER NOT NULL, latency_primary BLOB, latency_candidate BLOB, latency_secondary BLOB,"
    " errors INTEGER NOT NULL, subject TEXT, PRIMARY KEY (subject, service, name)) WITHOUT ROWID;"
    "INSERT INTO endpoint SELECT *, 0, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE reason RENAME TO old;"
    "CREATE TABLE reason (service TEXT, endpoint TEXT, verdict TEXT, reason TEXT, count INTEGER NOT NULL,"
    " subject TEXT, PRIMARY KEY (subject, service, endpoint, verdict, reason)) WITHOUT ROWID;"
    "INSERT INTO reason SELECT *, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE field RENAME TO old;"
    "CREATE TABLE field (service TEXT, endpoint TEXT, name TEXT, kind TEXT, both INTEGER NOT NULL,"
    " candidate_alone INTEGER NOT NULL, secondary_alone INTEGER NOT NULL, unpaired INTEGER NOT NULL,"
    " example TEXT, example_primary BLOB, example_candidate BLOB, form TEXT, formed INTEGER NOT NULL,"
    " formless INTEGER NOT NULL, rises INTEGER NOT NULL, falls INTEGER NOT NULL, largest_primary INTEGER NOT NULL,"
    " largest_candidate INTEGER NOT NULL, step_ms INTEGER NOT NULL, subject TEXT,"
    " PRIMARY KEY (subject, service, endpoint, name, kind)) WITHOUT ROWID;"
    "INSERT INTO field SELECT *, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE cause RENAME TO old;"
    "CREATE TABLE cause (service TEXT, id TEXT, endpoint TEXT NOT NULL, fields BLOB, fields_total INTEGER NOT NULL,"
    " count INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, weight INTEGER, example TEXT,"
    " differences TEXT, reproduce_primary BLOB, reproduce_candidate BLOB, subject TEXT,"
    " PRIMARY KEY (subject, service, id)) WITHOUT ROWID;"
    "INSERT INTO cause SELECT *, 'service' FROM old; DROP TABLE old;"
    "ALTER TABLE record ADD COLUMN subject TEXT NOT NULL DEFAULT 'service';",
    /* shares in hundred-thousandths */
    ("CREATE TABLE stage (service TEXT PRIMARY KEY, stage TEXT NOT NULL, share INTEGER NOT NULL,"
     " configured_stage TEXT NOT NULL, configured_share INTEGER NOT NULL, time_ms INTEGER NOT NULL) WITHOUT ROWID;"),
    /* last: a result as JSON; history: an array of them, newest first, without examples; then the sums of all runs */
    ("CREATE TABLE reconciliation (name TEXT PRIMARY KEY, last TEXT NOT NULL, history TEXT NOT NULL,"
     " runs_true INTEGER NOT NULL, runs_false INTEGER NOT NULL, runs_failed INTEGER NOT NULL, paired INTEGER NOT NULL,"
     " only_left INTEGER NOT NULL, only_right INTEGER NOT NULL, differing INTEGER NOT NULL, waiting INTEGER NOT NULL,"
     " unexamined INTEGER NOT NULL, consumed INTEGER NOT NULL, recovered INTEGER NOT NULL) WITHOUT ROWID;"),
    /* state: of lib/stats, see store_evidence.c; report: of an epoch that has ended, as it was then */
    ("CREATE TABLE evidence (service TEXT, endpoint TEXT, name TEXT, kind TEXT, state BLOB NOT NULL, subject TEXT,"
     " PRIMARY KEY (subject, service, endpoint, kind, name)) WITHOUT ROWID;"
     "CREATE TABLE epoch (service TEXT, began_ms INTEGER, ended_ms INTEGER NOT NULL, why TEXT NOT NULL,"
     " name TEXT NOT NULL, version TEXT NOT NULL, candidate TEXT NOT NULL, rules INTEGER NOT NULL, report TEXT,"
     " subject TEXT, PRIMARY KEY (subject, service, began_ms, ended_ms)) WITHOUT ROWID;"
     /* rule: as "ignore /ts", or "(other)" */
     "CREATE TABLE excuse (service TEXT, endpoint TEXT, rule TEXT, exchanges INTEGER NOT NULL, example TEXT,"
     " example_field BLOB, example_primary BLOB, example_candidate BLOB, subject TEXT,"
     " PRIMARY KEY (subject, service, endpoint, rule)) WITHOUT ROWID;"),
    /* parent: "GET /products/"; stay: segments below it that are none of the names, a line each */
    ("CREATE TABLE path_fold (service TEXT, parent TEXT, stay TEXT NOT NULL, names INTEGER NOT NULL,"
     " time_ms INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (service, parent)) WITHOUT ROWID;"),
    /* what its fields look like, as store_causes.c packs it; NULL: nobody looked */
    "ALTER TABLE cause ADD COLUMN faults BLOB;",
    /* cause: its id; result: what came of asking again (recheck_counts.h) */
    ("CREATE TABLE recheck (service TEXT, cause TEXT, result TEXT, count INTEGER NOT NULL, subject TEXT,"
     " PRIMARY KEY (subject, service, cause, result)) WITHOUT ROWID;"),
    /* client, reason: who wanted a change and why, empty where nobody did or said; place: 0 is the oldest */
    ("ALTER TABLE stage ADD COLUMN client TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE stage ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE epoch ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
     "CREATE TABLE hold (service TEXT, hold TEXT, stage TEXT NOT NULL, share INTEGER NOT NULL,"
     " time_ms INTEGER NOT NULL, client TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (service, hold))"
     " WITHOUT ROWID;"
     "CREATE TABLE change (service TEXT, place INTEGER, kind TEXT NOT NULL, from_stage TEXT NOT NULL,"
     " from_share INTEGER NOT NULL, to_stage TEXT NOT NULL, to_share INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
     " client TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (service, place)) WITHOUT ROWID;"),
};

/* ---- rows ---- */

/* Of those that the file has already. */
static bool
save_moved(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    for (const struct plx_list *node = ledger->records.next; node != &ledger->records; node = node->next) {
        const struct plx_record *record = PLX_CONTAINER(node, struct plx_record, node);
        if (record->moved && record->sequence <= store->sequence && !plx_store_save_record(store, record))
            return false;
    }
    return true;
}

/* Before anything is written that they were merged into. */
static bool
forget_gone(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node;

    for (node = ledger->gone_endpoints.next; node != &ledger->gone_endpoints; node = node->next)
        if (!plx_store_forget_endpoint(store, PLX_CONTAINER(node, struct plx_endpoint_counts, dirty)))
            return false;
    for (node = ledger->gone_causes.next; node != &ledger->gone_causes; node = node->next)
        if (!plx_store_forget_cause(store, PLX_CONTAINER(node, struct plx_cause, dirty)))
            return false;
    for (node = ledger->dirty_folding.next; node != &ledger->dirty_folding; node = node->next)
        if (!plx_store_save_folding(store, PLX_CONTAINER(node, struct plx_folding, dirty)))
            return false;
    return true;
}

static bool
save_records(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node = ledger->records.prev;

    if (ledger->records_moved && !save_moved(store, ledger))
        return false;
    if (store->sequence == ledger->sequence)
        return true;
    while (node != &ledger->records && PLX_CONTAINER(node, struct plx_record, node)->sequence > store->sequence)
        node = node->prev;
    for (node = node->next; node != &ledger->records; node = node->next)
        if (!plx_store_save_record(store, PLX_CONTAINER(node, struct plx_record, node)))
            return false;
    if (ledger->evicted) {
        plx_sqlite_bind_number(store->statements[PLX_DROP_RECORDS], 1, ledger->evicted);
        if (!plx_sqlite_run(store->statements[PLX_DROP_RECORDS]))
            return false;
    }
    plx_sqlite_bind_text(store->statements[PLX_PUT_STATE], 1, plx_slice_of("sequence"));
    plx_sqlite_bind_number(store->statements[PLX_PUT_STATE], 2, ledger->sequence);
    return plx_sqlite_run(store->statements[PLX_PUT_STATE]);
}

static bool
save_all(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node;

    if (!forget_gone(store, ledger))
        return false;
    for (node = ledger->dirty_services.next; node != &ledger->dirty_services; node = node->next)
        if (!plx_store_save_service(store, PLX_CONTAINER(node, struct plx_service_counts, dirty)))
            return false;
    for (node = ledger->dirty_endpoints.next; node != &ledger->dirty_endpoints; node = node->next)
        if (!plx_store_save_endpoint(store, PLX_CONTAINER(node, struct plx_endpoint_counts, dirty)))
            return false;
    for (node = ledger->dirty_fields.next; node != &ledger->dirty_fields; node = node->next)
        if (!plx_store_save_field(store, PLX_CONTAINER(node, struct plx_field_counts, dirty)))
            return false;
    for (node = ledger->dirty_causes.next; node != &ledger->dirty_causes; node = node->next)
        if (!plx_store_save_cause(store, PLX_CONTAINER(node, struct plx_cause, dirty)))
            return false;
    for (node = ledger->dirty_excuses.next; node != &ledger->dirty_excuses; node = node->next)
        if (!plx_store_save_excuse(store, PLX_CONTAINER(node, struct plx_excuse_counts, dirty)))
            return false;
    for (node = ledger->dirty_stages.next; node != &ledger->dirty_stages; node = node->next)
        if (!plx_store_save_stage(store, PLX_CONTAINER(node, struct plx_stage_entry, dirty)))
            return false;
    for (node = ledger->dirty_reconciliations.next; node != &ledger->dirty_reconciliations; node = node->next)
        if (!plx_store_save_reconciliation(store, PLX_CONTAINER(node, struct plx_reconciliation_entry, dirty)))
            return false;
    return save_records(store, ledger);
}

/* ---- one transaction ---- */

static void
complain(struct plx_sqlite *store, const char *why)
{
    uint64_t now = plx_monotonic_ns() / PLX_NS_PER_S;

    if (store->complained_s && now - store->complained_s < COMPLAIN_EVERY_S)
        return;
    store->complained_s = now ? now : 1;
    plx_log(PLX_LOG_ERROR, "store_failed", PLX_TEXT("file", store->path), PLX_TEXT("error", why),
            PLX_TEXT("effect", "counting goes on in memory; all of it is written once the file can be written again"),
            PLX_TEXT("mend", "look for a full disk, a quota or a file that was taken away"));
}

static bool
save(void *context, const struct plx_ledger *ledger)
{
    struct plx_sqlite *store = context;

    if (!plx_sqlite_exec(store, "BEGIN IMMEDIATE") || !save_all(store, ledger) || !plx_sqlite_exec(store, "COMMIT")) {
        complain(store, sqlite3_errmsg(store->db));
        if (!sqlite3_get_autocommit(store->db))
            plx_sqlite_exec(store, "ROLLBACK");
        return false;
    }
    if (store->complained_s)
        plx_log(PLX_LOG_INFO, "store_recovered", PLX_TEXT("file", store->path));
    store->complained_s = 0;
    store->sequence = ledger->sequence;
    return true;
}

static void
set_durable(void *context, bool durable)
{
    plx_sqlite_exec(context, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

/* ---- opening ---- */

/* SQLite's own words, and what to do about them. */
static void
explain(struct plx_sqlite *store, const char *doing, char *error, size_t size)
{
    int code = sqlite3_errcode(store->db);
    const char *mend = "give another path for the store, or move the file away: a new one is then made";

    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        snprintf(
            error, size,
            "%s: the store is in use by another process; stop that one (another `parallax run`?), or give this one a "
            "store of its own",
            store->path);
        return;
    }
    if (code == SQLITE_NOTADB) {
        snprintf(error, size, "%s: this is no store of Parallax (not an SQLite file); %s", store->path, mend);
        return;
    }
    if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM || code == SQLITE_AUTH)
        mend = "check that its folder exists and that this user may write the folder and the file";
    else if (code == SQLITE_FULL)
        mend = "make room on its disk";
    snprintf(error, size, "%s: %s the store failed: %s; %s", store->path, doing, sqlite3_errmsg(store->db), mend);
}

static bool
read_pragma(struct plx_sqlite *store, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    bool ok =
        sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;

    if (ok)
        *value = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

/* Before anything is written into it: is the file new (version 0), ours, or somebody else's? */
static bool
identify(struct plx_sqlite *store, int *found, char *error, size_t size)
{
    int64_t application, version, tables;

    if (!read_pragma(store, "PRAGMA application_id", &application) ||
        !read_pragma(store, "PRAGMA user_version", &version) ||
        !read_pragma(store, "SELECT count(*) FROM sqlite_schema", &tables)) {
        explain(store, "opening", error, size);
        return false;
    }
    *found = 0;
    if (application == 0 && version == 0 && tables == 0)
        return true;
    if (application != PLX_STORE_APPLICATION) {
        snprintf(
            error, size,
            "%s: this SQLite file belongs to another program, nothing in it was changed; give another path for the "
            "store",
            store->path);
        return false;
    }
    if (version > PLX_STORE_VERSION || version < 1) {
        snprintf(
            error, size,
            "%s: the store has version %lld, this Parallax knows versions up to %d; run the Parallax that made it, or "
            "give another path",
            store->path, (long long)version, PLX_STORE_VERSION);
        return false;
    }
    *found = (int)version;
    return true;
}

/* From that version to ours, in one transaction: killed in the midst of it the file is as it was. */
static bool
bring_up(struct plx_sqlite *store, int version)
{
    char stamp[96];
    bool ok = plx_sqlite_exec(store, "BEGIN IMMEDIATE");

    snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", PLX_STORE_APPLICATION,
             PLX_STORE_VERSION);
    for (; ok && version < PLX_STORE_VERSION; version++)
        ok = plx_sqlite_exec(store, schema[version]);
    return ok && plx_sqlite_exec(store, stamp);
}

static bool
open_file(struct plx_sqlite *store, char *error, size_t size)
{
    int version;

    plx_private_file_create(store->path); /* what is recorded is other people's data */
    if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        explain(store, "opening", error, size);
        return false;
    }
    sqlite3_busy_timeout(store->db, PLX_STORE_WAIT_MS);
    if (!plx_sqlite_exec(store, "PRAGMA locking_mode=EXCLUSIVE")) {
        explain(store, "opening", error, size);
        return false;
    }
    if (!identify(store, &version, error, size))
        return false;
    if (sqlite3_db_readonly(store->db, "main") == 1) {
        snprintf(error, size, "%s: the store cannot be written; check that this user may write the file", store->path);
        return false;
    }
    /* The empty transaction takes the lock that is kept until the end. */
    if (!plx_sqlite_exec(store,
                         "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=16777216;"
                         "PRAGMA trusted_schema=OFF; BEGIN EXCLUSIVE; COMMIT") ||
        (version < PLX_STORE_VERSION && !bring_up(store, version)) || !plx_sqlite_prepare(store)) {
        explain(store, "opening", error, size);
        return false;
    }
    return true;
}

static void
close_store(void *context)
{
    struct plx_sqlite *store = context;

    for (int i = 0; i < PLX_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}

/*
 * The key of marks (secrets/marks.h) is the store's, so that what it keeps can be matched over a restart; a new store
 * takes this process's. False: the file's error says why.
 */
static bool
share_key(struct plx_sqlite *store)
{
    static const char name[] = "mark_key";
    unsigned char key[PLX_MARK_KEY_BYTES];
    sqlite3_stmt *get = NULL;
    bool ok =
        sqlite3_prepare_v2(store->db, "SELECT value FROM state WHERE name = 'mark_key'", -1, &get, NULL) == SQLITE_OK;
    bool found = ok && sqlite3_step(get) == SQLITE_ROW && sqlite3_column_bytes(get, 0) == (int)sizeof(key);

    if (found)
        memcpy(key, sqlite3_column_blob(get, 0), sizeof(key));
    ok = sqlite3_finalize(get) == SQLITE_OK && ok;
    if (found) {
        plx_mark_set_key(key);
        return ok;
    }
    plx_mark_key(key);
    plx_sqlite_bind_text(store->statements[PLX_PUT_STATE], 1, plx_slice_of(name));
    plx_sqlite_bind_blob(store->statements[PLX_PUT_STATE], 2, plx_slice_make((const char *)key, sizeof(key)));
    return ok && plx_sqlite_run(store->statements[PLX_PUT_STATE]);
}

static bool
load(void *context, struct plx_ledger *ledger, char *error, size_t size)
{
    struct plx_sqlite *store = context;
    enum plx_status status = plx_store_load(store, ledger);

    if (status == PLX_OK && share_key(store))
        return true;
    if (status == PLX_E_SYNTAX)
        snprintf(error, size, "%s: the store is damaged: %s; move it away: a new one is then made", store->path,
                 store->damage);
    else if (status == PLX_E_MEMORY)
        snprintf(error, size, "%s: no memory to read the store", store->path);
    else
        explain(store, "reading", error, size);
    return false;
}

bool
plx_store_open(const char *path, struct plx_store *opened, char *error, size_t size)
{
    static const struct plx_store_ops ops = {load, save, set_durable, close_store};
    struct plx_sqlite *store = calloc(1, sizeof(*store));

    if (!store || !(store->path = strdup(path))) {
        free(store);
        snprintf(error, size, "%s: no memory to open the store", path);
        return false;
    }
    if (!open_file(store, error, size)) {
        close_store(store);
        return false;
    }
    *opened = (struct plx_store){&ops, store};
    return true;
}
