/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a SQLite file. Reading opens it for reading alone and holds nothing between readings, since a reader keeps
 * writers from committing; marking opens it a second time, for writing. Keys are ordered by COLLATE BINARY, NULLs
 * first, which is the order of keys here too, but for numbers that a double can't hold: rows.c looks after that.
 */
#include "base/ascii.h"
#include "base/double_text.h"
#include "base/utf8.h"
#include "batch/reconcile/source.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#define BUSY_MS      10000 /* that a writer of the service may keep us waiting */
#define NUMBER_BYTES PLX_DOUBLE_TEXT_MAX
#define SQL_MAX      (2u << 20)
#define STEPS        100000 /* of a statement, between two looks at whether it is to stop */

struct sqlite_source {
    struct plx_source source;
    sqlite3 *db, *writer;
    sqlite3_stmt *rows, *consume;
    struct plx_arena *arena; /* of a row: bytes as hex digits */
    char numbers[PLX_PICKS_MAX][NUMBER_BYTES];
};

static const char *
name_of(const struct sqlite_source *s)
{
    return plx_source_path(s->source.side);
}

static enum plx_status
fail(struct sqlite_source *s, sqlite3 *db, const char *what, struct plx_reconcile_error *error)
{
    int code = sqlite3_errcode(db);

    if (code == SQLITE_NOMEM)
        return plx_reconcile_no_memory(error);
    if (code == SQLITE_INTERRUPT)
        return plx_reconcile_fail(error, PLX_E_CANCELED, "stopped; nothing has been marked");
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return plx_reconcile_fail(error, PLX_E_TIMEOUT, "%s: another process has kept it locked for %d s; try again",
                                  name_of(s), BUSY_MS / 1000);
    return plx_reconcile_fail(error, PLX_E_IO, "%s: %s: %s", name_of(s), what, sqlite3_errmsg(db));
}

static enum plx_status
open_file(struct sqlite_source *s, int flags, sqlite3 **db, struct plx_reconcile_error *error)
{
    if (sqlite3_open_v2(name_of(s), db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        enum plx_status status = *db ? fail(s, *db, "it can't be opened", error) : plx_reconcile_no_memory(error);
        sqlite3_close(*db);
        *db = NULL;
        return status;
    }
    sqlite3_busy_timeout(*db, BUSY_MS);
    return PLX_OK;
}

/* One statement and nothing behind it. */
static enum plx_status
prepare(struct sqlite_source *s, sqlite3 *db, const char *sql, const char *what, sqlite3_stmt **statement,
        struct plx_reconcile_error *error)
{
    const char *rest = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, statement, &rest) != SQLITE_OK)
        return fail(s, db, what, error);
    if (*statement && rest[strspn(rest, "; \t\r\n")] == '\0')
        return PLX_OK;
    sqlite3_finalize(*statement);
    *statement = NULL;
    return plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s: %s: give one statement", name_of(s), what);
}

/* By the name that the table gives: SQLite's own rules (datatype3.html, 3.1), and names that say more. */
static enum plx_column_type
type_of(const char *declared)
{
    static const struct {
        const char *part;
        enum plx_column_type type;
    } parts[] = {{"INT", PLX_COLUMN_NUMBER},    {"JSON", PLX_COLUMN_JSON},   {"UUID", PLX_COLUMN_UUID},
                 {"CHAR", PLX_COLUMN_TEXT},     {"CLOB", PLX_COLUMN_TEXT},   {"TEXT", PLX_COLUMN_TEXT},
                 {"BLOB", PLX_COLUMN_BYTES},    {"REAL", PLX_COLUMN_DOUBLE}, {"FLOA", PLX_COLUMN_DOUBLE},
                 {"DOUB", PLX_COLUMN_DOUBLE},   {"BOOL", PLX_COLUMN_NUMBER}, {"NUMERIC", PLX_COLUMN_NUMBER},
                 {"DECIMAL", PLX_COLUMN_NUMBER}};

    for (size_t i = 0; declared && i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcasestr(declared, parts[i].part))
            return parts[i].type;
    return PLX_COLUMN_UNKNOWN; /* of an expression, or of a name such as DATETIME */
}

static enum plx_status
read_names(struct sqlite_source *s, struct plx_reconcile_error *error)
{
    sqlite3_stmt *query;
    enum plx_status status = prepare(s, s->db, s->source.side->query, "the query", &query, error);

    if (status != PLX_OK)
        return status;
    int count = sqlite3_column_count(query);
    struct plx_slice *names = plx_source_names(&s->source, (size_t)count);
    enum plx_column_type *types = plx_arena_alloc(s->source.arena, (size_t)count * sizeof(*types));
    bool room = names && types;
    s->source.types = types;
    for (int i = 0; room && i < count; i++) {
        types[i] = type_of(sqlite3_column_decltype(query, i));
        names[i] = plx_arena_copy(s->source.arena, plx_slice_of(sqlite3_column_name(query, i)));
        room = names[i].ptr != NULL;
    }
    if (!room)
        status = plx_reconcile_no_memory(error);
    else if (count == 0 || !sqlite3_stmt_readonly(query))
        status = plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s: the query has to be a SELECT", name_of(s));
    else if (sqlite3_bind_parameter_count(query) > 0)
        status = plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s: the query has a parameter; write its value there",
                                    name_of(s));
    sqlite3_finalize(query);
    return status;
}

static enum plx_status
prepare_consume(struct sqlite_source *s, sqlite3 *db, sqlite3_stmt **statement, struct plx_reconcile_error *error)
{
    enum plx_status status = prepare(s, db, s->source.side->consume, "consume", statement, error);

    if (status != PLX_OK)
        return status;
    if (sqlite3_bind_parameter_count(*statement) == 1 && sqlite3_bind_parameter_index(*statement, "$1") == 1 &&
        !sqlite3_stmt_readonly(*statement))
        return PLX_OK;
    sqlite3_finalize(*statement);
    *statement = NULL;
    return plx_reconcile_fail(error, PLX_E_ARGUMENT,
                              "%s: consume has to change the row whose first column is $1, as in UPDATE t SET consumed "
                              "= 1 WHERE id = $1",
                              name_of(s));
}

static void
stop(struct plx_source *source)
{
    struct sqlite_source *s = (struct sqlite_source *)source;

    sqlite3_finalize(s->rows);
    s->rows = NULL;
    plx_arena_reset(s->arena);
}

static void
close_source(struct plx_source *source)
{
    struct sqlite_source *s = (struct sqlite_source *)source;

    sqlite3_finalize(s->rows);
    sqlite3_finalize(s->consume);
    sqlite3_close(s->db);
    sqlite3_close(s->writer);
    plx_arena_free(s->arena);
    free(s);
}

static enum plx_status
open_source(const struct plx_side *side, struct plx_source **source, struct plx_reconcile_error *error)
{
    struct sqlite_source *s = plx_source_new(sizeof(*s), &plx_source_sqlite, side, error);
    sqlite3_stmt *consume = NULL;

    if (!s)
        return PLX_E_MEMORY;
    *source = &s->source;
    s->arena = plx_arena_new(NULL);
    if (!s->arena)
        return plx_reconcile_no_memory(error);
    enum plx_status status = open_file(s, SQLITE_OPEN_READONLY, &s->db, error);
    if (status == PLX_OK)
        status = read_names(s, error);
    if (status == PLX_OK && side->consume)
        status = prepare_consume(s, s->db, &consume, error); /* only looked at */
    sqlite3_finalize(consume);
    return status;
}

/* ---- reading ---- */

/* While SQLite sorts, too. */
static int
on_steps(void *context)
{
    const struct plx_source *source = context;

    return source->stop && atomic_load(source->stop);
}

static enum plx_status
start(struct plx_source *source, size_t order, struct plx_reconcile_error *error)
{
    struct sqlite_source *s = (struct sqlite_source *)source;
    struct plx_buffer sql;

    stop(source);
    sqlite3_progress_handler(s->db, STEPS, on_steps, source);
    plx_buffer_init(&sql, SQL_MAX);
    plx_buffer_text(&sql, "SELECT * FROM ");
    plx_source_add_query(&sql, source->side);
    for (size_t i = 0; i < order; i++) {
        plx_buffer_text(&sql, i ? ", " : " ORDER BY ");
        plx_source_add_name(&sql, source->wanted[i]);
        plx_buffer_text(&sql, " COLLATE BINARY");
    }
    plx_buffer_byte(&sql, '\0');
    enum plx_status status =
        sql.failed ? plx_reconcile_no_memory(error)
                   : prepare(s, s->db, order ? sql.ptr : source->side->query, "the query", &s->rows, error);
    plx_buffer_fini(&sql);
    return status;
}

static struct plx_cell
real_cell(double value, char text[NUMBER_BYTES])
{
    if (!isfinite(value))
        return (struct plx_cell){PLX_CELL_TEXT, plx_slice_of(value > 0 ? "Infinity" : "-Infinity")};
    return (struct plx_cell){PLX_CELL_NUMBER, plx_slice_make(text, plx_double_text(value, text)), .real = true};
}

static struct plx_cell
integer_cell(sqlite3_int64 value, char *text)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *at = text + NUMBER_BYTES;

    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--at = '-';
    return (struct plx_cell){PLX_CELL_NUMBER, plx_slice_make(at, (size_t)(text + NUMBER_BYTES - at))};
}

static bool
blob_cell(struct sqlite_source *s, struct plx_slice bytes, struct plx_cell *cell)
{
    char *hex = plx_arena_alloc(s->arena, 2 * bytes.len + 2);

    if (!hex)
        return false;
    hex[0] = '\\';
    hex[1] = 'x';
    for (size_t i = 0; i < bytes.len; i++) {
        hex[2 * i + 2] = PLX_ASCII_HEX[(unsigned char)bytes.ptr[i] >> 4];
        hex[2 * i + 3] = PLX_ASCII_HEX[bytes.ptr[i] & 15];
    }
    *cell = (struct plx_cell){PLX_CELL_BLOB, plx_slice_make(hex, 2 * bytes.len + 2)};
    return true;
}

/* Text that is not UTF-8 is taken as the bytes that it is. false: no memory. */
static bool
cell_of(struct sqlite_source *s, int column, char *number, struct plx_cell *cell)
{
    const void *bytes;

    switch (sqlite3_column_type(s->rows, column)) {
    case SQLITE_INTEGER:
        *cell = integer_cell(sqlite3_column_int64(s->rows, column), number);
        return true;
    case SQLITE_FLOAT:
        *cell = real_cell(sqlite3_column_double(s->rows, column), number);
        return true;
    case SQLITE_NULL:
        *cell = (struct plx_cell){PLX_CELL_NULL, plx_slice_of("")};
        return true;
    case SQLITE_TEXT:
        bytes = sqlite3_column_text(s->rows, column);
        cell->type = PLX_CELL_TEXT;
        cell->text = plx_slice_make(bytes, (size_t)sqlite3_column_bytes(s->rows, column));
        return bytes && (plx_utf8_is_valid(cell->text) || blob_cell(s, cell->text, cell));
    default:
        bytes = sqlite3_column_blob(s->rows, column);
        return blob_cell(s, plx_slice_make(bytes, (size_t)sqlite3_column_bytes(s->rows, column)), cell);
    }
}

static enum plx_status
next(struct plx_source *source, struct plx_cell *cells, struct plx_reconcile_error *error)
{
    struct sqlite_source *s = (struct sqlite_source *)source;
    int result = sqlite3_step(s->rows);
    size_t bytes = 0;

    if (result == SQLITE_DONE)
        return PLX_DONE;
    if (result != SQLITE_ROW)
        return fail(s, s->db, "reading", error);
    source->rows++;
    plx_arena_reset(s->arena);
    for (size_t i = 0; i < source->pick_count; i++) {
        if (!cell_of(s, (int)source->picks[i], s->numbers[i], &cells[i]))
            return plx_reconcile_no_memory(error);
        bytes += cells[i].text.len;
    }
    if (bytes > PLX_ROW_BYTES_MAX)
        return plx_source_refuse_row(source, error);
    return PLX_OK;
}

/* ---- marking ---- */

static void
bind_id(sqlite3_stmt *statement, struct plx_cell id)
{
    double real;
    char *end;

    if (id.type == PLX_CELL_NUMBER && id.text.len < NUMBER_BYTES) {
        char text[NUMBER_BYTES];
        memcpy(text, id.text.ptr, id.text.len);
        text[id.text.len] = '\0';
        long long whole = strtoll(text, &end, 10);
        if (*end == '\0' && id.text.len < 19)
            sqlite3_bind_int64(statement, 1, whole);
        else if (plx_double_read(id.text, &real))
            sqlite3_bind_double(statement, 1, real);
    } else if (id.type == PLX_CELL_BLOB) {
        unsigned char *bytes = malloc(id.text.len / 2 + 1);
        for (size_t i = 0; bytes && 2 * i + 3 < id.text.len; i++)
            bytes[i] = (unsigned char)plx_ascii_hex_pair(id.text.ptr + 2 * i + 2);
        sqlite3_bind_blob64(statement, 1, bytes, id.text.len / 2 - 1, free);
    } else {
        sqlite3_bind_text64(statement, 1, id.text.ptr, id.text.len, SQLITE_STATIC, SQLITE_UTF8);
    }
}

static enum plx_status
consume_one(struct sqlite_source *s, struct plx_cell id, struct plx_reconcile_error *error)
{
    int result;

    bind_id(s->consume, id);
    do
        result = sqlite3_step(s->consume);
    while (result == SQLITE_ROW);
    sqlite3_reset(s->consume);
    sqlite3_clear_bindings(s->consume);
    if (result != SQLITE_DONE)
        return fail(s, s->writer, "consume", error);
    if (sqlite3_changes(s->writer) > 1)
        return plx_source_refuse_mark(&s->source, (unsigned long)sqlite3_changes(s->writer), error);
    return PLX_OK;
}

static enum plx_status
consume(struct plx_source *source, const struct plx_cell *ids, size_t count, struct plx_reconcile_error *error)
{
    struct sqlite_source *s = (struct sqlite_source *)source;
    enum plx_status status = PLX_OK;

    if (!s->writer)
        status = open_file(s, SQLITE_OPEN_READWRITE, &s->writer, error);
    if (status == PLX_OK && !s->consume)
        status = prepare_consume(s, s->writer, &s->consume, error);
    if (status != PLX_OK)
        return status;
    if (sqlite3_exec(s->writer, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return fail(s, s->writer, "consume", error);
    for (size_t i = 0; i < count && status == PLX_OK; i++)
        status = consume_one(s, ids[i], error);
    if (status == PLX_OK && sqlite3_exec(s->writer, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        status = fail(s, s->writer, "consume", error);
    if (status != PLX_OK)
        sqlite3_exec(s->writer, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

const struct plx_source_kind plx_source_sqlite = {
    .prefix = "sqlite:",
    .typing = {.types = true, .blobs = true, .nulls = true},
    .database = true,
    .open = open_source,
    .start = start,
    .next = next,
    .stop = stop,
    .consume = consume,
    .close = close_source,
};
