/* SPDX-License-Identifier: Apache-2.0 */
/* Two kinds of database behind one small interface. A connection to PostgreSQL that is lost is made again. */
#include "store.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS 5000 /* how long to wait for another process that has the SQLite file */

struct store {
    sqlite3 *sqlite; /* one of the two */
    PGconn *postgres;
    pthread_mutex_t lock;
};

/* ---- SQLite ---- */

static bool
open_sqlite(struct store *store, const char *file)
{
    static const char sql[] = "PRAGMA journal_mode = WAL;"
                              "CREATE TABLE IF NOT EXISTS notification (id INTEGER PRIMARY KEY,"
                              " message TEXT NOT NULL, consumed INTEGER NOT NULL DEFAULT 0)";

    if (sqlite3_open(file, &store->sqlite) == SQLITE_OK && sqlite3_busy_timeout(store->sqlite, BUSY_MS) == SQLITE_OK &&
        sqlite3_exec(store->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    fprintf(stderr, "the store %s can't be used: %s\n", file, sqlite3_errmsg(store->sqlite));
    return false;
}

static sqlite3_stmt *
prepare(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(store->sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
        fprintf(stderr, "the store: %s\n", sqlite3_errmsg(store->sqlite));
    return statement; /* NULL is harmless in all that follows */
}

static long long
add_sqlite(struct store *store, const char *message)
{
    sqlite3_stmt *statement = prepare(store, "INSERT INTO notification (message) VALUES (?)");
    long long id = 0;

    sqlite3_bind_text(statement, 1, message, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_DONE)
        id = sqlite3_last_insert_rowid(store->sqlite);
    else
        fprintf(stderr, "the store: %s\n", sqlite3_errmsg(store->sqlite));
    sqlite3_finalize(statement);
    return id;
}

static char *
get_sqlite(struct store *store, long long id)
{
    sqlite3_stmt *statement = prepare(store, "SELECT message FROM notification WHERE id = ?");
    char *message = NULL;

    sqlite3_bind_int64(statement, 1, id);
    if (sqlite3_step(statement) == SQLITE_ROW)
        message = strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return message;
}

static bool
each_sqlite(struct store *store, void (*each)(void *context, long long id, const char *message), void *context)
{
    sqlite3_stmt *statement = prepare(store, "SELECT id, message FROM notification WHERE consumed = 0 ORDER BY id");
    int result;

    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        each(context, sqlite3_column_int64(statement, 0), (const char *)sqlite3_column_text(statement, 1));
    sqlite3_finalize(statement);
    return result == SQLITE_DONE;
}

/* ---- PostgreSQL ---- */

/* argument NULL: none. NULL after saying what is wrong. */
static PGresult *
ask_postgres(struct store *store, const char *sql, const char *argument)
{
    if (PQstatus(store->postgres) != CONNECTION_OK)
        PQreset(store->postgres);
    PGresult *result = PQexecParams(store->postgres, sql, argument ? 1 : 0, NULL, &argument, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return result;
    fprintf(stderr, "the store: %s", PQerrorMessage(store->postgres));
    PQclear(result);
    return NULL;
}

static void
say_nothing(void *context, const char *notice)
{
    (void)context; /* that the table is there already */
    (void)notice;
}

static bool
open_postgres(struct store *store, const char *url)
{
    static const char sql[] = "CREATE TABLE IF NOT EXISTS notification (id bigint GENERATED ALWAYS AS IDENTITY"
                              " PRIMARY KEY, message text NOT NULL, consumed boolean NOT NULL DEFAULT false)";

    store->postgres = PQconnectdb(url);
    if (PQstatus(store->postgres) != CONNECTION_OK) {
        fprintf(stderr, "the store can't be used: %s", PQerrorMessage(store->postgres));
        return false;
    }
    PQsetNoticeProcessor(store->postgres, say_nothing, NULL);
    PGresult *result = ask_postgres(store, sql, NULL);
    bool ok = result != NULL;
    PQclear(result);
    return ok;
}

static long long
add_postgres(struct store *store, const char *message)
{
    PGresult *result = ask_postgres(store, "INSERT INTO notification (message) VALUES ($1) RETURNING id", message);
    long long id = result ? atoll(PQgetvalue(result, 0, 0)) : 0;

    PQclear(result);
    return id;
}

static char *
get_postgres(struct store *store, long long id)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", id);
    PGresult *result = ask_postgres(store, "SELECT message FROM notification WHERE id = $1", text);
    char *message = PQntuples(result) == 1 ? strdup(PQgetvalue(result, 0, 0)) : NULL;
    PQclear(result);
    return message;
}

static bool
each_postgres(struct store *store, void (*each)(void *context, long long id, const char *message), void *context)
{
    PGresult *result = ask_postgres(store, "SELECT id, message FROM notification WHERE NOT consumed ORDER BY id", NULL);

    bool ok = result != NULL;

    for (int i = 0; i < PQntuples(result); i++)
        each(context, atoll(PQgetvalue(result, i, 0)), PQgetvalue(result, i, 1));
    PQclear(result);
    return ok;
}

/* ---- both ---- */

struct store *
store_open(const char *url)
{
    static const char sqlite[] = "sqlite:";
    struct store *store = calloc(1, sizeof(*store));
    bool ok = false;

    if (!store)
        return NULL;
    pthread_mutex_init(&store->lock, NULL);
    if (strncmp(url, sqlite, sizeof(sqlite) - 1) == 0)
        ok = open_sqlite(store, url + sizeof(sqlite) - 1);
    else if (strncmp(url, "postgresql://", 13) == 0)
        ok = open_postgres(store, url);
    else
        fprintf(stderr, "a store is sqlite:FILE or postgresql://USER@HOST/DATABASE, not %s\n", url);
    if (ok)
        return store;
    store_close(store);
    return NULL;
}

void
store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_close(store->sqlite);
    PQfinish(store->postgres);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

long long
store_add(struct store *store, const char *message)
{
    pthread_mutex_lock(&store->lock);
    long long id = store->sqlite ? add_sqlite(store, message) : add_postgres(store, message);
    pthread_mutex_unlock(&store->lock);
    return id;
}

char *
store_get(struct store *store, long long id)
{
    pthread_mutex_lock(&store->lock);
    char *message = store->sqlite ? get_sqlite(store, id) : get_postgres(store, id);
    pthread_mutex_unlock(&store->lock);
    return message;
}

bool
store_each(struct store *store, void (*each)(void *context, long long id, const char *message), void *context)
{
    pthread_mutex_lock(&store->lock);
    bool ok = store->sqlite ? each_sqlite(store, each, context) : each_postgres(store, each, context);
    pthread_mutex_unlock(&store->lock);
    return ok;
}
