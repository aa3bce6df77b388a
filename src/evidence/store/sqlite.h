/* SPDX-License-Identifier: Apache-2.0 */
/* The store from inside: its statements, and the reading of its rows. */
#ifndef PLX_STORE_SQLITE_H
#define PLX_STORE_SQLITE_H

#include "base/assert.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/stages.h"
#include "evidence/record/record.h"

#include <sqlite3.h>

/* Columns are in the order in which the steps of the schema made them. */
#define PLX_STATEMENT_MAP(X)                                                                                \
    X(PLX_PUT_SERVICE, "INSERT OR REPLACE INTO service VALUES (?1, ?2, ?3, ?4)")                            \
    X(PLX_PUT_ENDPOINT, "INSERT OR REPLACE INTO endpoint VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)") \
    X(PLX_PUT_REASON, "INSERT OR REPLACE INTO reason VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                      \
    X(PLX_PUT_FIELD, "INSERT OR REPLACE INTO field VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"   \
                     " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)")                                       \
    X(PLX_PUT_CAUSE, "INSERT OR REPLACE INTO cause VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"        \
                     " ?11, ?12, ?13, ?14)")                                                                \
    X(PLX_PUT_RECORD, "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                  \
    X(PLX_DROP_RECORDS, "DELETE FROM record WHERE sequence <= ?1")                                          \
    X(PLX_PUT_STATE, "INSERT OR REPLACE INTO state VALUES (?1, ?2)")                                        \
    X(PLX_PUT_STAGE, "INSERT OR REPLACE INTO stage VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                        \
    X(PLX_DROP_STAGE, "DELETE FROM stage WHERE service = ?1")                                               \
    X(PLX_PUT_RECONCILIATION, "INSERT OR REPLACE INTO reconciliation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"   \
                              " ?8, ?9, ?10, ?11, ?12, ?13, ?14)")                                          \
    X(PLX_DROP_RECONCILIATION, "DELETE FROM reconciliation WHERE name = ?1")

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

/* Bound until plx_store_run(): what they point to must stay. */
void plx_store_bind_text(sqlite3_stmt *statement, int at, struct plx_slice text);
void plx_store_bind_blob(sqlite3_stmt *statement, int at, struct plx_slice bytes);
void plx_store_bind_number(sqlite3_stmt *statement, int at, uint64_t number);
void plx_store_bind_subject(sqlite3_stmt *statement, int at, enum plx_subject_kind kind);
/* A binding that failed for want of memory leaves a NULL, which the columns refuse. */
bool plx_store_run(sqlite3_stmt *statement);

/* Of a row: empty where it has none; false where it is no whole number from 0 on. */
struct plx_slice plx_store_column(sqlite3_stmt *row, int at);
bool plx_store_number(sqlite3_stmt *row, int at, uint64_t *value);
bool plx_store_kind(struct plx_slice text, enum plx_kind *kind);
/* The counts of the subject whose name and kind are in these columns, added where they are new; NULL: they make no
 * sense, or there is no room. */
struct plx_service_counts *plx_store_service(struct plx_ledger *ledger, sqlite3_stmt *row, int name, int subject);
enum plx_status plx_store_damaged(struct plx_store *store, const char *what);

/* ---- store_causes.c ---- */

#define PLX_STORE_READ_CAUSES                                                                                     \
    "SELECT service, id, endpoint, fields, fields_total, count, first_ms, last_ms, weight, example, differences," \
    " reproduce_primary, reproduce_candidate, subject FROM cause"

bool plx_store_save_cause(struct plx_store *store, const struct plx_cause *cause);
PLX_MUST_USE enum plx_status plx_store_read_cause(struct plx_store *store, struct plx_ledger *ledger,
                                                  sqlite3_stmt *row);

/* ---- store_stages.c ---- */

#define PLX_STORE_READ_STAGES "SELECT service, stage, share, configured_stage, configured_share, time_ms FROM stage"

bool plx_store_save_stage(struct plx_store *store, const struct plx_stage_entry *entry);
PLX_MUST_USE enum plx_status plx_store_read_stage(struct plx_store *store, struct plx_ledger *ledger,
                                                  sqlite3_stmt *row);

/* ---- store_reconciliations.c ---- */

#define PLX_STORE_READ_RECONCILIATIONS                                                                           \
    "SELECT name, last, history, runs_true, runs_false, runs_failed, paired, only_left, only_right, differing, " \
    "waiting,"                                                                                                   \
    " unexamined, consumed, recovered FROM reconciliation"

bool plx_store_save_reconciliation(struct plx_store *store, const struct plx_reconciliation_entry *entry);
PLX_MUST_USE enum plx_status plx_store_read_reconciliation(struct plx_store *store, struct plx_ledger *ledger,
                                                           sqlite3_stmt *row);

/* ---- store_load.c ---- */

/* PLX_E_SYNTAX: a row makes no sense, store->damage says which; PLX_E_IO: SQLite says why; PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_store_load(struct plx_store *store, struct plx_ledger *ledger);

#endif
