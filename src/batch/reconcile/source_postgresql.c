/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a PostgreSQL query, through a cursor in a read-only transaction: so many rows at a time as make up about a
 * megabyte. Keys are ordered as bytes (COLLATE "C"), NULLs first; types that are neither numbers, booleans, bytes nor
 * texts are ordered and compared by what they read as text. Marking is pipelined: one round trip a transaction.
 */
#include "batch/reconcile/source.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#define FETCH_BYTES     (1u << 20)
#define FETCH_ROWS_MAX  4000u
#define FETCH_ROWS_MIN  16u
#define SQL_MAX         (2u << 20)
#define CONNECT_SECONDS "10"

/* Of pg_type.dat, whose numbers are part of the protocol. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_CHAR = 18,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_OID = 26,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_NUMERIC = 1700,
    OID_UUID = 2950,
    OID_JSONB = 3802,
};

struct pg_source {
    struct plx_source source;
    PGconn *connection;
    Oid *types;   /* of the columns */
    bool reading; /* in a transaction with a cursor */
    PGresult *batch;
    int at, count; /* rows of the batch */
    unsigned fetch;
};

static const char *
name_of(const struct pg_source *s)
{
    return plx_reconcile_shown(s->source.side->store);
}

static enum plx_status
fail(struct pg_source *s, const char *what, struct plx_reconcile_error *error)
{
    return plx_reconcile_fail(error, PLX_E_IO, "%s: %s: %s", name_of(s), what, PQerrorMessage(s->connection));
}

/* Takes the result over; PLX_OK where it is what is wanted. */
static enum plx_status
check(struct pg_source *s, PGresult *result, ExecStatusType wanted, const char *what, struct plx_reconcile_error *error)
{
    enum plx_status status = PQresultStatus(result) == wanted ? PLX_OK : fail(s, what, error);

    PQclear(result);
    return status;
}

static enum plx_status
run(struct pg_source *s, const char *sql, const char *what, struct plx_reconcile_error *error)
{
    return check(s, PQexec(s->connection, sql), PGRES_COMMAND_OK, what, error);
}

static void
quiet(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* Later ones count: what the URL says about time-outs and names stands, the encoding does not. */
static enum plx_status
connect_database(struct pg_source *s, struct plx_reconcile_error *error)
{
    const char *const names[] = {"connect_timeout", "application_name", "dbname", "client_encoding", NULL};
    const char *const values[] = {CONNECT_SECONDS, "parallax reconcile", s->source.side->store, "UTF8", NULL};

    s->connection = PQconnectdbParams(names, values, 1);
    if (!s->connection)
        return plx_reconcile_no_memory(error);
    PQsetNoticeProcessor(s->connection, quiet, NULL);
    if (PQstatus(s->connection) != CONNECTION_OK)
        return fail(s, "no connection", error);
    return run(s,
               "SET datestyle = ISO; SET intervalstyle = postgres; SET timezone = 'UTC'; SET bytea_output = hex;"
               " SET extra_float_digits = 1; SET cursor_tuple_fraction = 1",
               "setting up the session", error);
}

/* What a prepared statement gives, or takes. */
static PGresult *
describe(struct pg_source *s, const char *name, const char *sql, const char *what, struct plx_reconcile_error *error)
{
    if (check(s, PQprepare(s->connection, name, sql, 0, NULL), PGRES_COMMAND_OK, what, error) != PLX_OK)
        return NULL;
    PGresult *described = PQdescribePrepared(s->connection, name);
    if (PQresultStatus(described) == PGRES_COMMAND_OK)
        return described;
    fail(s, what, error);
    PQclear(described);
    return NULL;
}

static enum plx_column_type
type_of(Oid type)
{
    switch (type) {
    case OID_BOOL:
        return PLX_COLUMN_BOOLEAN;
    case OID_BYTEA:
        return PLX_COLUMN_BYTES;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
    case OID_NUMERIC:
        return PLX_COLUMN_NUMBER;
    case OID_FLOAT4:
        return PLX_COLUMN_FLOAT;
    case OID_FLOAT8:
        return PLX_COLUMN_DOUBLE;
    case OID_BPCHAR:
        return PLX_COLUMN_PADDED;
    case OID_UUID:
        return PLX_COLUMN_UUID;
    case OID_JSON:
    case OID_JSONB:
        return PLX_COLUMN_JSON;
    default:
        return PLX_COLUMN_TEXT;
    }
}

static enum plx_status
read_names(struct pg_source *s, struct plx_reconcile_error *error)
{
    PGresult *described = describe(s, "", s->source.side->query, "the query", error);

    if (!described)
        return PLX_E_IO;
    int count = PQnfields(described);
    enum plx_status status = PLX_OK;
    if (count == 0)
        status = plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s: the query has to be a SELECT", name_of(s));
    else if (PQnparams(described) > 0)
        status = plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s: the query has a parameter; write its value there",
                                    name_of(s));
    struct plx_slice *names = plx_source_names(&s->source, (size_t)count);
    s->types = plx_arena_alloc(s->source.arena, (size_t)count * sizeof(*s->types));
    enum plx_column_type *types = plx_arena_alloc(s->source.arena, (size_t)count * sizeof(*types));
    s->source.types = types;
    if (!names || !s->types || !types)
        status = plx_reconcile_no_memory(error);
    for (int i = 0; status == PLX_OK && i < count; i++) {
        s->types[i] = PQftype(described, i);
        types[i] = type_of(s->types[i]);
        names[i] = plx_arena_copy(s->source.arena, plx_slice_of(PQfname(described, i)));
        if (!names[i].ptr)
            status = plx_reconcile_no_memory(error);
    }
    PQclear(described);
    return status;
}

static enum plx_status
prepare_consume(struct pg_source *s, struct plx_reconcile_error *error)
{
    PGresult *described = describe(s, "consume", s->source.side->consume, "consume", error);
    bool fits = described && PQnparams(described) == 1;

    PQclear(described);
    if (!described)
        return PLX_E_IO;
    return fits ? PLX_OK
                : plx_reconcile_fail(error, PLX_E_ARGUMENT,
                                     "%s: consume has to change the row whose first column is $1, as in UPDATE t SET "
                                     "consumed = true WHERE id = $1",
                                     name_of(s));
}

static enum plx_status
open_source(const struct plx_side *side, struct plx_source **source, struct plx_reconcile_error *error)
{
    struct pg_source *s = plx_source_new(sizeof(*s), &plx_source_postgresql, side, error);

    if (!s)
        return PLX_E_MEMORY;
    *source = &s->source;
    enum plx_status status = connect_database(s, error);
    if (status == PLX_OK)
        status = read_names(s, error);
    if (status == PLX_OK && side->consume)
        status = prepare_consume(s, error);
    return status;
}

static void
stop(struct plx_source *source)
{
    struct pg_source *s = (struct pg_source *)source;

    PQclear(s->batch);
    s->batch = NULL;
    if (s->reading)
        PQclear(PQexec(s->connection, "ROLLBACK"));
    s->reading = false;
}

static void
close_source(struct plx_source *source)
{
    struct pg_source *s = (struct pg_source *)source;

    PQclear(s->batch);
    PQfinish(s->connection);
    free(s);
}

/* ---- reading ---- */

static void
add_order(struct plx_buffer *sql, struct plx_slice name, Oid type)
{
    plx_source_add_name(sql, name);
    switch (type) {
    case OID_BOOL:
    case OID_BYTEA:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
        break;
    case OID_TEXT:
    case OID_VARCHAR:
        plx_buffer_text(sql, " COLLATE \"C\"");
        break;
    default:
        plx_buffer_text(sql, "::text COLLATE \"C\"");
    }
    plx_buffer_text(sql, " NULLS FIRST");
}

static enum plx_status
start(struct plx_source *source, size_t order, struct plx_reconcile_error *error)
{
    struct pg_source *s = (struct pg_source *)source;
    struct plx_buffer sql;

    stop(source);
    s->at = s->count = 0;
    s->fetch = FETCH_ROWS_MIN;
    enum plx_status status = run(s, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "reading", error);
    if (status != PLX_OK)
        return status;
    s->reading = true;
    plx_buffer_init(&sql, SQL_MAX);
    plx_buffer_text(&sql, "DECLARE parallax NO SCROLL CURSOR FOR SELECT * FROM ");
    plx_source_add_query(&sql, source->side);
    plx_buffer_text(&sql, " AS parallax");
    for (size_t i = 0; i < order; i++) {
        plx_buffer_text(&sql, i ? ", " : " ORDER BY ");
        add_order(&sql, source->wanted[i], s->types[source->picks[i]]);
    }
    plx_buffer_byte(&sql, '\0');
    status = sql.failed ? plx_reconcile_no_memory(error) : run(s, sql.ptr, "the query", error);
    plx_buffer_fini(&sql);
    return status;
}

static enum plx_status
fetch(struct pg_source *s, struct plx_reconcile_error *error)
{
    char sql[64];

    if (s->batch && s->count > 0) {
        size_t rows = FETCH_BYTES / (PQresultMemorySize(s->batch) / (size_t)s->count + 1);
        s->fetch = rows > FETCH_ROWS_MAX ? FETCH_ROWS_MAX : rows < 1 ? 1 : (unsigned)rows;
    }
    PQclear(s->batch);
    snprintf(sql, sizeof(sql), "FETCH FORWARD %u FROM parallax", s->fetch);
    s->batch = PQexec(s->connection, sql);
    if (PQresultStatus(s->batch) != PGRES_TUPLES_OK)
        return fail(s, "reading", error);
    s->at = 0;
    s->count = PQntuples(s->batch);
    return s->count > 0 ? PLX_OK : PLX_DONE;
}

static struct plx_cell
cell_of(const struct pg_source *s, int column)
{
    struct plx_cell cell = {PLX_CELL_NULL, plx_slice_of("")};

    if (PQgetisnull(s->batch, s->at, column))
        return cell;
    cell.text = plx_slice_make(PQgetvalue(s->batch, s->at, column), (size_t)PQgetlength(s->batch, s->at, column));
    switch (s->types[column]) {
    case OID_BOOL:
        cell.type = cell.text.ptr[0] == 't' ? PLX_CELL_TRUE : PLX_CELL_FALSE;
        break;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
    case OID_NUMERIC: /* NaN and Infinity are none to JSON */
        cell.type = plx_cell_is_number(cell.text) ? PLX_CELL_NUMBER : PLX_CELL_TEXT;
        break;
    case OID_FLOAT4:
    case OID_FLOAT8:
        cell.type = plx_cell_is_number(cell.text) ? PLX_CELL_NUMBER : PLX_CELL_TEXT;
        cell.real = true;
        break;
    case OID_BYTEA:
        cell.type = PLX_CELL_BLOB;
        break;
    case OID_JSON:
    case OID_JSONB:
        cell.type = PLX_CELL_JSON;
        break;
    default:
        cell.type = PLX_CELL_TEXT;
    }
    return cell;
}

static enum plx_status
next(struct plx_source *source, struct plx_cell *cells, struct plx_reconcile_error *error)
{
    struct pg_source *s = (struct pg_source *)source;
    size_t bytes = 0;

    if (++s->at >= s->count) {
        enum plx_status status = fetch(s, error);
        if (status != PLX_OK)
            return status;
    }
    source->rows++;
    for (size_t i = 0; i < source->pick_count; i++) {
        cells[i] = cell_of(s, (int)source->picks[i]);
        bytes += cells[i].text.len;
    }
    if (bytes > PLX_ROW_BYTES_MAX)
        return plx_source_refuse_row(source, error);
    return PLX_OK;
}

/* ---- marking ---- */

static bool
send_id(struct pg_source *s, struct plx_cell id)
{
    char *text = strndup(id.text.ptr, id.text.len); /* a text of PostgreSQL has no NUL */
    const char *values[] = {text};
    bool sent = text && PQsendQueryPrepared(s->connection, "consume", 1, values, NULL, NULL, 0) == 1;

    free(text);
    return sent;
}

/* Of one statement in the pipeline: its result, and the NULL that ends it. */
static enum plx_status
take_result(struct pg_source *s, PGresult *result, struct plx_reconcile_error *error)
{
    enum plx_status status = PLX_OK;

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        status = plx_reconcile_fail(error, PLX_E_IO, "%s: consume: %s", name_of(s), PQresultErrorMessage(result));
    else if (strtoul(PQcmdTuples(result), NULL, 10) > 1)
        status = plx_source_refuse_mark(&s->source, strtoul(PQcmdTuples(result), NULL, 10), error);
    PQclear(result);
    return status;
}

/* Everything up to the pipeline's end is taken, and the first thing wrong is told. */
static enum plx_status
take_results(struct pg_source *s, struct plx_reconcile_error *error)
{
    enum plx_status status = PLX_OK;

    for (;;) {
        PGresult *result = PQgetResult(s->connection);
        if (!result && PQstatus(s->connection) != CONNECTION_OK)
            return status == PLX_OK ? fail(s, "consume", error) : status;
        if (!result)
            continue;
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return status;
        }
        if (status == PLX_OK)
            status = take_result(s, result, error);
        else
            PQclear(result);
    }
}

static enum plx_status
consume(struct plx_source *source, const struct plx_cell *ids, size_t count, struct plx_reconcile_error *error)
{
    struct pg_source *s = (struct pg_source *)source;
    enum plx_status status = run(s, "BEGIN", "consume", error);
    bool sent = true;

    if (status != PLX_OK)
        return status;
    if (!PQenterPipelineMode(s->connection))
        return fail(s, "consume", error);
    for (size_t i = 0; i < count && sent; i++)
        sent = send_id(s, ids[i]);
    if (!PQpipelineSync(s->connection) || !sent)
        status = fail(s, "consume", error);
    else
        status = take_results(s, error);
    PQexitPipelineMode(s->connection);
    if (status == PLX_OK)
        return run(s, "COMMIT", "consume", error);
    PQclear(PQexec(s->connection, "ROLLBACK"));
    return status;
}

const struct plx_source_kind plx_source_postgresql = {
    .prefix = "postgresql://",
    .typing = {.types = true, .booleans = true, .blobs = true, .nulls = true},
    .database = true,
    .open = open_source,
    .start = start,
    .next = next,
    .stop = stop,
    .consume = consume,
    .close = close_source,
};
