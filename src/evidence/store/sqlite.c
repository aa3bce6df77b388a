/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of SQLite, bound and read. */
#include "evidence/store/sqlite.h"

bool
plx_sqlite_exec(struct plx_sqlite *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool
plx_sqlite_prepare(struct plx_sqlite *store)
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

void
plx_sqlite_bind_text(sqlite3_stmt *statement, int at, struct plx_slice text)
{
    sqlite3_bind_text(statement, at, text.len ? text.ptr : "", (int)text.len, SQLITE_STATIC);
}

void
plx_sqlite_bind_blob(sqlite3_stmt *statement, int at, struct plx_slice bytes)
{
    sqlite3_bind_blob(statement, at, bytes.len ? bytes.ptr : "", (int)bytes.len, SQLITE_STATIC);
}

void
plx_sqlite_bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
    sqlite3_bind_int64(statement, at, (sqlite3_int64)number);
}

bool
plx_sqlite_run(sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_DONE;
}

struct plx_slice
plx_sqlite_column(sqlite3_stmt *row, int at)
{
    const void *bytes = sqlite3_column_blob(row, at);

    return plx_slice_make(bytes, bytes ? (size_t)sqlite3_column_bytes(row, at) : 0);
}

bool
plx_sqlite_number(sqlite3_stmt *row, int at, uint64_t *value)
{
    sqlite3_int64 n = sqlite3_column_int64(row, at);

    if (sqlite3_column_type(row, at) != SQLITE_INTEGER || n < 0)
        return false;
    *value = (uint64_t)n;
    return true;
}

bool
plx_sqlite_text(sqlite3_stmt *row, int at, char *into, size_t max)
{
    struct plx_slice text = plx_sqlite_column(row, at);

    if (text.len > max || (text.len && memchr(text.ptr, 0, text.len)))
        return false;
    if (text.len)
        memcpy(into, text.ptr, text.len);
    into[text.len] = '\0';
    return true;
}

enum plx_status
plx_sqlite_damaged(struct plx_sqlite *store, const char *what)
{
    store->damage = what;
    return PLX_E_SYNTAX;
}
