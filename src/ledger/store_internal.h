/* SPDX-License-Identifier: Apache-2.0 */
/* The store from inside: its statements, and the reading of its rows. */
#ifndef PLX_LEDGER_STORE_INTERNAL_H
#define PLX_LEDGER_STORE_INTERNAL_H

#include "ledger/internal.h"

#include <sqlite3.h>

/* Columns are in the order of the schema. */
#define PLX_STATEMENT_MAP(X)                                                                               \
    X(PLX_PUT_SERVICE, "INSERT OR REPLACE INTO service VALUES (?1, ?2)")                                   \
    X(PLX_PUT_ENDPOINT, "INSERT OR REPLACE INTO endpoint VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")         \
    X(PLX_PUT_REASON, "INSERT OR REPLACE INTO reason VALUES (?1, ?2, ?3, ?4, ?5)")                         \
    X(PLX_PUT_FIELD, "INSERT OR REPLACE INTO field VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)") \
    X(PLX_PUT_RECORD, "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                     \
    X(PLX_DROP_RECORDS, "DELETE FROM record WHERE sequence <= ?1")                                         \
    X(PLX_PUT_STATE, "INSERT OR REPLACE INTO state VALUES (?1, ?2)")

enum plx_statement {
#define PLX_STATEMENT_ENUM(name, sql) name,
    PLX_STATEMENT_MAP(PLX_STATEMENT_ENUM)
#undef PLX_STATEMENT_ENUM
        PLX_STATEMENTS
};

struct plx_store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[PLX_STATEMENTS];
    uint64_t sequence;     /* of the newest record that is in the file */
    uint64_t complained_s; /* when a failure was last logged; 0: it works */
    const char *damage;    /* static text, after PLX_E_SYNTAX */
};

bool plx_store_exec(struct plx_store *store, const char *sql);
/* PLX_E_SYNTAX: a row makes no sense, store->damage says which; PLX_E_IO: SQLite says why; PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_store_load(struct plx_store *store, struct plx_ledger *ledger);

#endif
