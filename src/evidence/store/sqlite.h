/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ground of the store: the open file, its statements, and how to bind, run and read them. It knows of the ledger no
 * more than the names of its tables.
 */
#ifndef PLX_STORE_SQLITE_H
#define PLX_STORE_SQLITE_H

#include "evidence/ledger/store_ops.h"
#include "evidence/store/store_copy.h"

#include <parallax/base.h>

#include <sqlite3.h>

/* Columns are in the order in which the steps of the schema made them: those of the key first. */
#define PLX_STATEMENT_MAP(X)                                                                                         \
    X(PLX_PUT_SERVICE, "INSERT OR REPLACE INTO service VALUES (?4, ?1, ?2, ?3)")                                     \
    X(PLX_PUT_ENDPOINT, "INSERT OR REPLACE INTO endpoint VALUES (?10, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")          \
    X(PLX_PUT_REASON, "INSERT OR REPLACE INTO reason VALUES (?6, ?1, ?2, ?3, ?4, ?5)")                               \
    X(PLX_PUT_FIELD, "INSERT OR REPLACE INTO field VALUES (?20, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, " \
                     "?13, ?14, ?15, ?16, ?17, ?18, ?19)")                                                           \
    X(PLX_PUT_CAUSE,                                                                                                 \
      "INSERT OR REPLACE INTO cause VALUES (?14, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15)")      \
    X(PLX_PUT_EXCUSE, "INSERT OR REPLACE INTO excuse VALUES (?9, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                   \
    X(PLX_PUT_RECHECK, "INSERT OR REPLACE INTO recheck VALUES (?5, ?1, ?2, ?3, ?4)")                                 \
    X(PLX_PUT_RECORD, "INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                           \
    X(PLX_DROP_RECORDS, "DELETE FROM record WHERE sequence <= ?1")                                                   \
    X(PLX_PUT_STATE, "INSERT OR REPLACE INTO state VALUES (?1, ?2)")                                                 \
    X(PLX_PUT_RECONCILIATION, "INSERT OR REPLACE INTO reconciliation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"            \
                              " ?8, ?9, ?10, ?11, ?12, ?13, ?14)")                                                   \
    X(PLX_DROP_RECONCILIATION, "DELETE FROM reconciliation WHERE name = ?1")                                         \
    X(PLX_PUT_EVIDENCE, "INSERT OR REPLACE INTO evidence VALUES (?6, ?1, ?2, ?4, ?3, ?5)")                           \
    X(PLX_PUT_EPOCH, "INSERT OR REPLACE INTO epoch VALUES (?10, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11)")           \
    X(PLX_DROP_EPOCHS, "DELETE FROM epoch WHERE service = ?1 AND subject = ?2")                                      \
    X(PLX_DROP_ENDPOINTS, "DELETE FROM endpoint WHERE service = ?1 AND subject = ?2")                                \
    X(PLX_DROP_REASONS, "DELETE FROM reason WHERE service = ?1 AND subject = ?2")                                    \
    X(PLX_DROP_FIELDS, "DELETE FROM field WHERE service = ?1 AND subject = ?2")                                      \
    X(PLX_DROP_CAUSES, "DELETE FROM cause WHERE service = ?1 AND subject = ?2")                                      \
    X(PLX_DROP_EXCUSES, "DELETE FROM excuse WHERE service = ?1 AND subject = ?2")                                    \
    X(PLX_DROP_RECHECKS, "DELETE FROM recheck WHERE service = ?1 AND subject = ?2")                                  \
    X(PLX_DROP_EVIDENCE, "DELETE FROM evidence WHERE service = ?1 AND subject = ?2")                                 \
    X(PLX_PUT_FOLD, "INSERT OR REPLACE INTO path_fold VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                              \
    X(PLX_DROP_FOLDS, "DELETE FROM path_fold WHERE service = ?1")                                                    \
    X(PLX_FORGET_ENDPOINT, "DELETE FROM endpoint WHERE subject = ?1 AND service = ?2 AND name = ?3")                 \
    X(PLX_FORGET_REASONS, "DELETE FROM reason WHERE subject = ?1 AND service = ?2 AND endpoint = ?3")                \
    X(PLX_FORGET_FIELDS, "DELETE FROM field WHERE subject = ?1 AND service = ?2 AND endpoint = ?3")                  \
    X(PLX_FORGET_EXCUSES, "DELETE FROM excuse WHERE subject = ?1 AND service = ?2 AND endpoint = ?3")                \
    X(PLX_FORGET_EVIDENCE, "DELETE FROM evidence WHERE subject = ?1 AND service = ?2 AND endpoint = ?3")             \
    X(PLX_FORGET_CAUSE, "DELETE FROM cause WHERE subject = ?1 AND service = ?2 AND id = ?3")                         \
    X(PLX_FORGET_RECHECKS, "DELETE FROM recheck WHERE subject = ?1 AND service = ?2 AND cause = ?3")

enum plx_statement {
#define PLX_STATEMENT_ENUM(name, sql) name,
    PLX_STATEMENT_MAP(PLX_STATEMENT_ENUM)
#undef PLX_STATEMENT_ENUM
        PLX_STATEMENTS
};

/* What is wrong, with the file's name, and how to mend it. */
struct plx_store_trouble {
    char what[PLX_STORE_TROUBLE_MAX - 256]; /* empty: nothing is */
    const char *mend;                       /* static text */
};

/* The copy that somebody asks for, while it is made (copy) and while it is told (file). */
struct plx_store_backup {
    struct plx_store_copy copy;
    bool has_file;
    int file;
    uint64_t id, asked_ms;
};

/* What decides whether a file can be opened, but for its content. */
struct plx_store_look {
    uint64_t device, inode, size, changed_ns;
    bool may_write, may_write_folder;
    int64_t holder; /* the process that has it locked; 0: none */
};

struct plx_sqlite {
    sqlite3 *db; /* NULL: the file can't be opened, or was taken away */
    char *path, *stages_path;
    sqlite3_stmt *statements[PLX_STATEMENTS];
    uint64_t sequence; /* of the newest record that is in the file */
    uint64_t evicted;  /* of the newest one that was taken out of it */
    struct plx_store_trouble trouble[PLX_STORE_PARTS];
    uint64_t complained_s[PLX_STORE_PARTS]; /* when it was last logged; 0: there is none */
    uint64_t tried_ms;                      /* when a new file was last tried to be made */
    bool was_open;                          /* what the ledger has is in a file, or was */
    struct plx_store_look seen;             /* when it was last tried to be opened */
    bool in_use;                            /* another process holds the file, and what lies beside it */
    bool awaited;                           /* it is the one that this one takes over from, and ends soon */
    bool stages_damaged;                    /* the file of stages could not be read: it is kept */
    const char *damage;                     /* static text, after PLX_E_SYNTAX */
    struct plx_store_backup backup;
};

bool plx_sqlite_exec(struct plx_sqlite *store, const char *sql);
/* All statements of the map; false: the file's error says why. */
bool plx_sqlite_prepare(struct plx_sqlite *store);

/* Bound until plx_sqlite_run(): what they point to must stay. */
void plx_sqlite_bind_text(sqlite3_stmt *statement, int at, struct plx_slice text);
void plx_sqlite_bind_blob(sqlite3_stmt *statement, int at, struct plx_slice bytes);
void plx_sqlite_bind_number(sqlite3_stmt *statement, int at, uint64_t number);
/* A binding that failed for want of memory leaves a NULL, which the columns refuse. */
bool plx_sqlite_run(sqlite3_stmt *statement);

/* Of a row: empty where it has none; false where it is no whole number from 0 on. */
struct plx_slice plx_sqlite_column(sqlite3_stmt *row, int at);
bool plx_sqlite_number(sqlite3_stmt *row, int at, uint64_t *value);
/* Its text and an end, into max + 1 bytes; false where it is longer, or has a 0 in it. */
bool plx_sqlite_text(sqlite3_stmt *row, int at, char *into, size_t max);
/* PLX_E_SYNTAX, with what is wrong (static text). */
enum plx_status plx_sqlite_damaged(struct plx_sqlite *store, const char *what);

#endif
