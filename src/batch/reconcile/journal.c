/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's SQLite file: two tables, and a commit for each step that has to survive. */
#include "batch/reconcile/journal.h"

#include "base/arena.h"
#include "base/private_file.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define APPLICATION    "1347172434" /* PLXR */
#define PATH_BYTES_MAX 4096u

#define STATEMENTS(X)                                                                    \
    X(PUT_PAIR, "INSERT INTO pair (left_id, right_id) VALUES (?1, ?2)")                  \
    X(READ_PAIRS, "SELECT left_id, right_id FROM pair WHERE n > ?1 ORDER BY n LIMIT ?2") \
    X(PUT_STATE, "UPDATE state SET job = ?1, pairs = ?2, done = ?3")                     \
    X(READ_STATE, "SELECT job, pairs, done FROM state")

enum statement {
#define STATEMENT_ENUM(name, sql) name,
    STATEMENTS(STATEMENT_ENUM)
#undef STATEMENT_ENUM
        STATEMENT_COUNT
};

struct plx_journal {
    sqlite3 *db;
    char *path;
    struct plx_buffer job; /* what the pairs belong to */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    uint64_t pairs, done; /* sealed ones */
    uint64_t added;
    bool open; /* in a transaction */
    struct plx_buffer ids[PLX_SIDES];
};

char *
plx_journal_path(const struct plx_reconcile_job *job)
{
    char path[PATH_BYTES_MAX];

    if (job->journal)
        return strdup(job->journal);
    for (int i = 0; i < PLX_SIDES; i++)
        if (strncmp(job->sides[i].store, "sqlite:", 7) == 0) {
            snprintf(path, sizeof(path), "%s.%s.journal", job->sides[i].store + 7, job->name);
            return strdup(path);
        }
    snprintf(path, sizeof(path), "%s.journal", job->name);
    return strdup(path);
}

static enum plx_status
fail(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    int code = sqlite3_errcode(journal->db);

    if (code == SQLITE_NOMEM)
        return plx_reconcile_no_memory(error);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return plx_reconcile_fail(error, PLX_E_TIMEOUT,
                                  "another `parallax reconcile` is at work on this job (it has %s); wait for its end",
                                  journal->path);
    return plx_reconcile_fail(error, PLX_E_IO, "the journal %s can't be used: %s; --journal names another file",
                              journal->path, sqlite3_errmsg(journal->db));
}

static enum plx_status
exec(struct plx_journal *journal, const char *sql, struct plx_reconcile_error *error)
{
    return sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK ? PLX_OK : fail(journal, error);
}

static enum plx_status
run(struct plx_journal *journal, enum statement which, struct plx_reconcile_error *error)
{
    sqlite3_stmt *statement = journal->statements[which];
    int result = sqlite3_step(statement);

    sqlite3_reset(statement);
    return result == SQLITE_DONE ? PLX_OK : fail(journal, error);
}

/* ---- opening ---- */

static int
take_number(void *context, int count, char **texts, char **names)
{
    (void)count;
    (void)names;
    *(long *)context = texts[0] ? strtol(texts[0], NULL, 10) : 0;
    return 0;
}

/* A file of another program must not be written into. */
static enum plx_status
check_ours(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    long application = 0, tables = 0;

    if (sqlite3_exec(journal->db, "PRAGMA application_id", take_number, &application, NULL) != SQLITE_OK ||
        sqlite3_exec(journal->db, "SELECT count(*) FROM sqlite_master", take_number, &tables, NULL) != SQLITE_OK)
        return fail(journal, error);
    if (tables > 0 && application != strtol(APPLICATION, NULL, 10))
        return plx_reconcile_fail(error, PLX_E_IO, "%s is no journal of parallax; --journal names another file",
                                  journal->path);
    return PLX_OK;
}

static enum plx_status
make_tables(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    static const char *const sql[STATEMENT_COUNT] = {
#define STATEMENT_SQL(name, text) text,
        STATEMENTS(STATEMENT_SQL)
#undef STATEMENT_SQL
    };
    enum plx_status status =
        exec(journal,
             "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; BEGIN EXCLUSIVE;",
             error);

    if (status == PLX_OK)
        status = check_ours(journal, error);
    if (status == PLX_OK)
        status =
            exec(journal,
                 "PRAGMA application_id = " APPLICATION ";"
                 "CREATE TABLE IF NOT EXISTS pair (n INTEGER PRIMARY KEY, left_id BLOB NOT NULL, right_id BLOB NOT "
                 "NULL);"
                 "CREATE TABLE IF NOT EXISTS state (job TEXT NOT NULL, pairs INTEGER NOT NULL, done INTEGER NOT "
                 "NULL);"
                 "INSERT INTO state SELECT '', 0, 0 WHERE NOT EXISTS (SELECT 1 FROM state); COMMIT;",
                 error);
    for (int i = 0; i < STATEMENT_COUNT && status == PLX_OK; i++)
        if (sqlite3_prepare_v2(journal->db, sql[i], -1, &journal->statements[i], NULL) != SQLITE_OK)
            status = fail(journal, error);
    return status;
}

static enum plx_status
read_state(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    sqlite3_stmt *row = journal->statements[READ_STATE];
    enum plx_status status = PLX_OK;

    if (sqlite3_step(row) != SQLITE_ROW)
        return fail(journal, error);
    const char *job = (const char *)sqlite3_column_text(row, 0);
    journal->pairs = (uint64_t)sqlite3_column_int64(row, 1);
    journal->done = (uint64_t)sqlite3_column_int64(row, 2);
    if (!job)
        status = fail(journal, error);
    else if (journal->pairs > 0 && !plx_slice_equal(plx_slice_of(job), plx_buffer_slice(&journal->job)))
        status = plx_reconcile_fail(error, PLX_E_IO,
                                    "the journal %s has pairs of a run that was interrupted, of another job or with "
                                    "other stores; finish it with what it was begun with, or name another --journal",
                                    journal->path);
    sqlite3_reset(row);
    return status;
}

/* What has to be the same for pairs to be marked later: the stores without their passwords, and how they are marked. */
static void
name_job(struct plx_journal *journal, const struct plx_reconcile_job *job)
{
    for (int i = 0; i < PLX_SIDES; i++)
        plx_buffer_format(&journal->job, "%s\n%s\n", plx_reconcile_shown(job->sides[i].store), job->sides[i].consume);
}

enum plx_status
plx_journal_open(const struct plx_reconcile_job *job, struct plx_journal **out, struct plx_reconcile_error *error)
{
    struct plx_journal *journal = calloc(1, sizeof(*journal));
    enum plx_status status = PLX_OK;

    if (!journal)
        return plx_reconcile_no_memory(error);
    plx_buffer_init(&journal->job, 1u << 20);
    for (int i = 0; i < PLX_SIDES; i++)
        plx_buffer_init(&journal->ids[i], 1u << 30);
    name_job(journal, job);
    journal->path = plx_journal_path(job);
    if (journal->path) /* ids may be other people's data */
        plx_private_file_create(journal->path);
    if (!journal->path || journal->job.failed)
        status = plx_reconcile_no_memory(error);
    else if (sqlite3_open_v2(journal->path, &journal->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        status = fail(journal, error);
    if (status == PLX_OK)
        status = make_tables(journal, error);
    if (status == PLX_OK)
        status = read_state(journal, error);
    if (status == PLX_OK)
        *out = journal;
    else
        plx_journal_close(journal);
    return status;
}

void
plx_journal_close(struct plx_journal *journal)
{
    if (!journal)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(journal->statements[i]);
    for (int i = 0; i < PLX_SIDES; i++)
        plx_buffer_fini(&journal->ids[i]);
    plx_buffer_fini(&journal->job);
    sqlite3_close(journal->db);
    free(journal->path);
    free(journal);
}

uint64_t
plx_journal_pairs(const struct plx_journal *journal)
{
    return journal->pairs;
}

uint64_t
plx_journal_done(const struct plx_journal *journal)
{
    return journal->done;
}

/* ---- pairs ---- */

static enum plx_status
put_state(struct plx_journal *journal, uint64_t pairs, uint64_t done, struct plx_reconcile_error *error)
{
    sqlite3_stmt *put = journal->statements[PUT_STATE];

    sqlite3_bind_text(put, 1, journal->job.ptr, (int)journal->job.len, SQLITE_STATIC);
    sqlite3_bind_int64(put, 2, (sqlite3_int64)pairs);
    sqlite3_bind_int64(put, 3, (sqlite3_int64)done);
    enum plx_status status = run(journal, PUT_STATE, error);
    if (status == PLX_OK) {
        journal->pairs = pairs;
        journal->done = done;
    }
    return status;
}

enum plx_status
plx_journal_begin(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    if (journal->open && exec(journal, "ROLLBACK", error) != PLX_OK)
        return PLX_E_IO;
    journal->open = false;
    journal->added = 0;
    enum plx_status status = exec(journal, "BEGIN", error);
    journal->open = status == PLX_OK;
    return status;
}

/* An id's type and text, as one blob. */
static void
bind_id(struct plx_journal *journal, int side, struct plx_cell id)
{
    struct plx_buffer *bytes = &journal->ids[side];

    plx_buffer_clear(bytes);
    plx_buffer_byte(bytes, (char)id.type);
    plx_buffer_add(bytes, id.text);
    sqlite3_bind_blob64(journal->statements[PUT_PAIR], side + 1, bytes->failed ? NULL : bytes->ptr, bytes->len,
                        SQLITE_STATIC);
}

enum plx_status
plx_journal_add(struct plx_journal *journal, struct plx_cell left, struct plx_cell right,
                struct plx_reconcile_error *error)
{
    bind_id(journal, PLX_LEFT, left);
    bind_id(journal, PLX_RIGHT, right);
    if (journal->ids[PLX_LEFT].failed || journal->ids[PLX_RIGHT].failed)
        return plx_reconcile_no_memory(error);
    journal->added++;
    return run(journal, PUT_PAIR, error);
}

enum plx_status
plx_journal_seal(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    enum plx_status status = put_state(journal, journal->added, 0, error);

    if (status == PLX_OK)
        status = exec(journal, "COMMIT", error);
    journal->open = status != PLX_OK;
    return status;
}

static bool
take_id(sqlite3_stmt *row, int column, struct plx_arena *arena, struct plx_cell *id)
{
    struct plx_slice bytes =
        plx_slice_make(sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column));

    if (bytes.len == 0)
        return false;
    struct plx_slice copy = plx_arena_copy(arena, bytes);
    if (!copy.ptr)
        return false;
    *id = (struct plx_cell){(enum plx_cell_type)(unsigned char)copy.ptr[0], plx_slice_make(copy.ptr + 1, copy.len - 1)};
    return true;
}

enum plx_status
plx_journal_read(struct plx_journal *journal, struct plx_arena *arena, struct plx_cell *left, struct plx_cell *right,
                 size_t *count, struct plx_reconcile_error *error)
{
    sqlite3_stmt *rows = journal->statements[READ_PAIRS];
    size_t found = 0;
    int result;

    sqlite3_bind_int64(rows, 1, (sqlite3_int64)journal->done);
    sqlite3_bind_int64(rows, 2, (sqlite3_int64)*count);
    while ((result = sqlite3_step(rows)) == SQLITE_ROW && found < *count) {
        if (!take_id(rows, 0, arena, &left[found]) || !take_id(rows, 1, arena, &right[found]))
            break;
        found++;
    }
    sqlite3_reset(rows);
    *count = found;
    if (result == SQLITE_DONE)
        return PLX_OK;
    return result == SQLITE_ROW ? plx_reconcile_no_memory(error) : fail(journal, error);
}

enum plx_status
plx_journal_advance(struct plx_journal *journal, size_t count, struct plx_reconcile_error *error)
{
    return put_state(journal, journal->pairs, journal->done + count, error);
}

enum plx_status
plx_journal_finish(struct plx_journal *journal, struct plx_reconcile_error *error)
{
    enum plx_status status = exec(journal, "BEGIN; DELETE FROM pair", error);

    if (status == PLX_OK)
        status = put_state(journal, 0, 0, error);
    return status == PLX_OK ? exec(journal, "COMMIT", error) : status;
}
