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

#include "base/clock.h"
#include "base/private_file.h"
#include "evidence/store/packing.h"
#include "evidence/store/sqlite.h"
#include "log/log.h"

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
    /* verdict: incomparable or uncopied; since version 3 also fallback and served */
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
};

/* ---- one statement ---- */

bool
plx_store_exec(struct plx_store *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

void
plx_store_bind_text(sqlite3_stmt *statement, int at, struct plx_slice text)
{
    sqlite3_bind_text(statement, at, text.len ? text.ptr : "", (int)text.len, SQLITE_STATIC);
}

void
plx_store_bind_blob(sqlite3_stmt *statement, int at, struct plx_slice bytes)
{
    sqlite3_bind_blob(statement, at, bytes.len ? bytes.ptr : "", (int)bytes.len, SQLITE_STATIC);
}

void
plx_store_bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
    sqlite3_bind_int64(statement, at, (sqlite3_int64)number);
}

void
plx_store_bind_subject(sqlite3_stmt *statement, int at, enum plx_subject_kind kind)
{
    plx_store_bind_text(statement, at, plx_slice_of(plx_subject_text(kind)));
}

bool
plx_store_run(sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE;
}

/* ---- rows ---- */

static bool
save_service(struct plx_store *store, const struct plx_service_counts *service)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_SERVICE];

    plx_store_bind_text(put, 1, service->name);
    plx_store_bind_number(put, 2, service->records_dropped);
    plx_store_bind_number(put, 3, service->runs);
    plx_store_bind_subject(put, 4, service->kind);
    return plx_store_run(put);
}

static bool
save_reason(struct plx_store *store, const struct plx_endpoint_counts *endpoint, const char *verdict,
            const char *reason, uint64_t count)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_REASON];

    if (count == 0)
        return true;
    plx_store_bind_text(put, 1, endpoint->service->name);
    plx_store_bind_text(put, 2, endpoint->name);
    plx_store_bind_text(put, 3, plx_slice_of(verdict));
    plx_store_bind_text(put, 4, plx_slice_of(reason));
    plx_store_bind_number(put, 5, count);
    plx_store_bind_subject(put, 6, endpoint->service->kind);
    return plx_store_run(put);
}

static bool
save_served(struct plx_store *store, const struct plx_endpoint_counts *endpoint)
{
    const struct plx_exchange_counts *counts = &endpoint->exchanges;

    for (int i = PLX_FALLBACK_NONE + 1; i < PLX_FALLBACK_COUNT; i++)
        if (!save_reason(store, endpoint, "fallback", plx_fallback_text((enum plx_fallback)i), counts->fallbacks[i]))
            return false;
    return save_reason(store, endpoint, "served", plx_role_text(PLX_CANDIDATE), counts->served_candidate);
}

static bool
save_reasons(struct plx_store *store, const struct plx_endpoint_counts *endpoint)
{
    enum plx_subject_kind kind = endpoint->service->kind;

    for (unsigned i = 0; i < plx_subject_incomparable_count(kind); i++)
        if (!save_reason(store, endpoint, "incomparable", plx_subject_incomparable(kind, i),
                         endpoint->exchanges.incomparable[i]))
            return false;
    for (unsigned i = 0; i < plx_subject_uncopied_count(kind); i++)
        if (!save_reason(store, endpoint, "uncopied", plx_subject_uncopied(kind, i), endpoint->exchanges.uncopied[i]))
            return false;
    for (unsigned i = 0; i < plx_subject_result_count(kind); i++)
        if (!save_reason(store, endpoint, "mismatch", plx_subject_result(kind, i), endpoint->exchanges.results[i]))
            return false;
    return save_served(store, endpoint);
}

static bool
save_endpoint(struct plx_store *store, const struct plx_endpoint_counts *endpoint)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_ENDPOINT];
    struct plx_buffer packed[PLX_ROLES];
    bool ok = true;

    plx_store_bind_text(put, 1, endpoint->service->name);
    plx_store_bind_text(put, 2, endpoint->name);
    plx_store_bind_number(put, 3, endpoint->exchanges.match);
    plx_store_bind_number(put, 4, endpoint->exchanges.mismatch);
    plx_store_bind_number(put, 5, endpoint->exchanges.ignored);
    for (int i = 0; i < PLX_ROLES; i++) {
        plx_buffer_init(&packed[i], PLX_PACKED_HISTOGRAM_MAX);
        if (!endpoint->latency[i])
            continue;
        plx_histogram_pack(endpoint->latency[i], &packed[i]);
        plx_store_bind_blob(put, 6 + i, plx_buffer_slice(&packed[i]));
        ok = ok && !packed[i].failed;
    }
    plx_store_bind_number(put, 9, endpoint->exchanges.errors);
    plx_store_bind_subject(put, 10, endpoint->service->kind);
    ok = plx_store_run(put) && ok && save_reasons(store, endpoint);
    for (int i = 0; i < PLX_ROLES; i++)
        plx_buffer_fini(&packed[i]);
    return ok;
}

static void
save_form(sqlite3_stmt *put, const struct plx_field_counts *field)
{
    if (field->form != PLX_FORM_NONE)
        plx_store_bind_text(put, 12, plx_slice_of(plx_form_text(field->form)));
    plx_store_bind_number(put, 13, field->formed);
    plx_store_bind_number(put, 14, field->formless);
    plx_store_bind_number(put, 15, field->counter.rises);
    plx_store_bind_number(put, 16, field->counter.falls);
    plx_store_bind_number(put, 17, field->counter.primary);
    plx_store_bind_number(put, 18, field->counter.candidate);
    plx_store_bind_number(put, 19, field->counter.time_ms);
    plx_store_bind_subject(put, 20, field->endpoint->service->kind);
}

static bool
save_field(struct plx_store *store, const struct plx_field_counts *field)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_FIELD];
    const struct plx_example *example = field->example;

    plx_store_bind_text(put, 1, field->endpoint->service->name);
    plx_store_bind_text(put, 2, field->endpoint->name);
    plx_store_bind_text(put, 3, field->name);
    plx_store_bind_text(put, 4, plx_slice_of(plx_kind_text(field->kind)));
    plx_store_bind_number(put, 5, field->pairs.both);
    plx_store_bind_number(put, 6, field->pairs.candidate_alone);
    plx_store_bind_number(put, 7, field->pairs.secondary_alone);
    plx_store_bind_number(put, 8, field->unpaired);
    if (example) {
        plx_store_bind_text(put, 9, plx_slice_of(example->exchange));
        plx_store_bind_blob(put, 10, plx_slice_make(example->primary, example->primary_len));
        plx_store_bind_blob(put, 11, plx_slice_make(example->candidate, example->candidate_len));
    }
    save_form(put, field);
    return plx_store_run(put);
}

static bool
save_record(struct plx_store *store, const struct plx_record *record)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_RECORD];

    plx_store_bind_number(put, 1, record->sequence);
    plx_store_bind_text(put, 2, plx_slice_of(record->id));
    plx_store_bind_text(put, 3, record->service);
    plx_store_bind_text(put, 4, record->endpoint);
    plx_store_bind_blob(put, 5, record->names);
    plx_store_bind_text(put, 6, record->json);
    plx_store_bind_subject(put, 7, record->kind);
    return plx_store_run(put);
}

static bool
save_records(struct plx_store *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node = ledger->records.prev;

    if (store->sequence == ledger->sequence)
        return true;
    while (node != &ledger->records && PLX_CONTAINER(node, struct plx_record, node)->sequence > store->sequence)
        node = node->prev;
    for (node = node->next; node != &ledger->records; node = node->next)
        if (!save_record(store, PLX_CONTAINER(node, struct plx_record, node)))
            return false;
    if (ledger->evicted) {
        plx_store_bind_number(store->statements[PLX_DROP_RECORDS], 1, ledger->evicted);
        if (!plx_store_run(store->statements[PLX_DROP_RECORDS]))
            return false;
    }
    plx_store_bind_text(store->statements[PLX_PUT_STATE], 1, plx_slice_of("sequence"));
    plx_store_bind_number(store->statements[PLX_PUT_STATE], 2, ledger->sequence);
    return plx_store_run(store->statements[PLX_PUT_STATE]);
}

static bool
save_all(struct plx_store *store, struct plx_ledger *ledger)
{
    const struct plx_list *node;

    for (node = ledger->dirty_services.next; node != &ledger->dirty_services; node = node->next)
        if (!save_service(store, PLX_CONTAINER(node, struct plx_service_counts, dirty)))
            return false;
    for (node = ledger->dirty_endpoints.next; node != &ledger->dirty_endpoints; node = node->next)
        if (!save_endpoint(store, PLX_CONTAINER(node, struct plx_endpoint_counts, dirty)))
            return false;
    for (node = ledger->dirty_fields.next; node != &ledger->dirty_fields; node = node->next)
        if (!save_field(store, PLX_CONTAINER(node, struct plx_field_counts, dirty)))
            return false;
    for (node = ledger->dirty_causes.next; node != &ledger->dirty_causes; node = node->next)
        if (!plx_store_save_cause(store, PLX_CONTAINER(node, struct plx_cause, dirty)))
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
forget(struct plx_list *dirty)
{
    while (!plx_list_empty(dirty))
        plx_list_remove(dirty->next);
}

static void
complain(struct plx_store *store, const char *why)
{
    uint64_t now = plx_monotonic_ns() / PLX_NS_PER_S;

    if (store->complained_s && now - store->complained_s < COMPLAIN_EVERY_S)
        return;
    store->complained_s = now ? now : 1;
    plx_log(PLX_LOG_ERROR, "store_failed", PLX_TEXT("file", store->path), PLX_TEXT("error", why),
            PLX_TEXT("effect", "counting goes on in memory; all of it is written once the file can be written again"),
            PLX_TEXT("mend", "look for a full disk, a quota or a file that was taken away"));
}

void
plx_store_save(struct plx_store *store, struct plx_ledger *ledger)
{
    if (!plx_store_exec(store, "BEGIN IMMEDIATE") || !save_all(store, ledger) || !plx_store_exec(store, "COMMIT")) {
        ledger->store_failures++;
        complain(store, sqlite3_errmsg(store->db));
        if (!sqlite3_get_autocommit(store->db))
            plx_store_exec(store, "ROLLBACK");
        return;
    }
    if (store->complained_s)
        plx_log(PLX_LOG_INFO, "store_recovered", PLX_TEXT("file", store->path));
    store->complained_s = 0;
    store->sequence = ledger->sequence;
    forget(&ledger->dirty_services);
    forget(&ledger->dirty_endpoints);
    forget(&ledger->dirty_fields);
    forget(&ledger->dirty_causes);
    forget(&ledger->dirty_stages);
    forget(&ledger->dirty_reconciliations);
}

void
plx_store_set_durable(struct plx_store *store, bool durable)
{
    plx_store_exec(store, durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

/* ---- opening ---- */

/* SQLite's own words, and what to do about them. */
static void
explain(struct plx_store *store, const char *doing, char *error, size_t size)
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
read_pragma(struct plx_store *store, const char *sql, int64_t *value)
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
identify(struct plx_store *store, int *found, char *error, size_t size)
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
bring_up(struct plx_store *store, int version)
{
    char stamp[96];
    bool ok = plx_store_exec(store, "BEGIN IMMEDIATE");

    snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", PLX_STORE_APPLICATION,
             PLX_STORE_VERSION);
    for (; ok && version < PLX_STORE_VERSION; version++)
        ok = plx_store_exec(store, schema[version]);
    return ok && plx_store_exec(store, stamp);
}

static bool
prepare(struct plx_store *store)
{
    static const char *const texts[PLX_STATEMENTS] = {
#define STATEMENT_TEXT(name, sql) (sql),
        PLX_STATEMENT_MAP(STATEMENT_TEXT)
#undef STATEMENT_TEXT
    };

    for (int i = 0; i < PLX_STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL) !=
            SQLITE_OK)
            return false;
    return true;
}

static bool
open_file(struct plx_store *store, char *error, size_t size)
{
    int version;

    plx_private_file_create(store->path); /* what is recorded is other people's data */
    if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        explain(store, "opening", error, size);
        return false;
    }
    sqlite3_busy_timeout(store->db, PLX_STORE_WAIT_MS);
    if (!plx_store_exec(store, "PRAGMA locking_mode=EXCLUSIVE")) {
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
    if (!plx_store_exec(store, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=16777216;"
                               "PRAGMA trusted_schema=OFF; BEGIN EXCLUSIVE; COMMIT") ||
        (version < PLX_STORE_VERSION && !bring_up(store, version)) || !prepare(store)) {
        explain(store, "opening", error, size);
        return false;
    }
    return true;
}

struct plx_store *
plx_store_open(const char *path, struct plx_ledger *ledger, char *error, size_t size)
{
    struct plx_store *store = calloc(1, sizeof(*store));
    enum plx_status status;

    if (!store || !(store->path = strdup(path))) {
        free(store);
        snprintf(error, size, "%s: no memory to open the store", path);
        return NULL;
    }
    if (!open_file(store, error, size)) {
        plx_store_close(store);
        return NULL;
    }
    status = plx_store_load(store, ledger);
    if (status != PLX_OK) {
        if (status == PLX_E_SYNTAX)
            snprintf(error, size, "%s: the store is damaged: %s; move it away: a new one is then made", path,
                     store->damage);
        else if (status == PLX_E_MEMORY)
            snprintf(error, size, "%s: no memory to read the store", path);
        else
            explain(store, "reading", error, size);
        plx_store_close(store);
        return NULL;
    }
    return store;
}

void
plx_store_close(struct plx_store *store)
{
    if (!store)
        return;
    for (int i = 0; i < PLX_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    sqlite3_close(store->db);
    free(store->path);
    free(store);
}
