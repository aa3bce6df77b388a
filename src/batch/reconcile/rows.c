/* SPDX-License-Identifier: Apache-2.0 */
/* From a source's cells to records. Each row is checked to stand behind the one before: databases have many collations.
 */
#include "batch/reconcile/rows.h"

#include "batch/reconcile/row_moment.h"

#define KEY_BYTES_MAX (4u * PLX_ROW_BYTES_MAX)
#define STOP_EVERY    1024u /* rows */

enum plx_status
plx_rows_init(struct plx_rows *rows, const struct plx_reconcile_job *job, struct plx_source *source,
              const struct plx_columns *columns, struct plx_reconcile_error *error)
{
    struct plx_slice names[PLX_PICKS_MAX];
    size_t count = 0;

    *rows = (struct plx_rows){.job = job, .source = source, .columns = columns};
    plx_buffer_init(&rows->key, KEY_BYTES_MAX);
    plx_buffer_init(&rows->before, KEY_BYTES_MAX);
    plx_buffer_init(&rows->packed, KEY_BYTES_MAX);
    rows->arena = plx_arena_new(NULL);
    if (!rows->arena)
        return plx_reconcile_no_memory(error);
    for (size_t i = 0; i < job->by_count; i++)
        names[count++] = plx_slice_of(job->by[i]);
    for (size_t i = 0; i < job->compare_count; i++)
        names[count++] = plx_slice_of(job->compare[i]);
    if (job->time) {
        rows->time_at = count;
        names[count++] = plx_slice_of(job->time);
    }
    enum plx_status status = plx_source_pick(source, names, count, error);
    if (status == PLX_OK && source->names) { /* by its place: it may have no name of its own */
        rows->id_at = source->pick_count;
        source->picks[source->pick_count++] = 0;
    }
    return status;
}

void
plx_rows_fini(struct plx_rows *rows)
{
    plx_buffer_fini(&rows->key);
    plx_buffer_fini(&rows->before);
    plx_buffer_fini(&rows->packed);
    plx_arena_free(rows->arena);
    plx_sort_free(rows->sort);
}

void
plx_rows_stop(struct plx_rows *rows)
{
    rows->source->kind->stop(rows->source);
    plx_sort_free(rows->sort);
    rows->sort = NULL;
}

/* ---- a row ---- */

static enum plx_status
refuse_key(const struct plx_rows *rows, size_t column, struct plx_reconcile_error *error)
{
    if (rows->cells[column].type == PLX_CELL_MEMBERS)
        return plx_reconcile_fail(error, PLX_E_ARGUMENT, "%s:%llu: '%s' stands there twice, which can't pair rows",
                                  plx_source_path(rows->source->side), (unsigned long long)rows->source->line,
                                  rows->job->by[column]);
    return plx_reconcile_fail(error, PLX_E_ARGUMENT,
                              "%s: '%s' of row %llu is an array, an object or a JSON column, which can't pair rows; "
                              "compare it instead, or select a value of it",
                              plx_reconcile_shown(rows->source->side->store), rows->job->by[column],
                              (unsigned long long)rows->source->rows);
}

static enum plx_status
make_key(struct plx_rows *rows, struct plx_record *record, struct plx_reconcile_error *error)
{
    size_t columns = rows->job->by_count + rows->job->compare_count;

    plx_arena_reset(rows->arena);
    plx_buffer_clear(&rows->key);
    for (size_t i = 0; i < columns; i++) {
        if (!plx_column_bring(rows->columns, i, (enum plx_side_name)(rows->source->side != &rows->job->sides[PLX_LEFT]),
                              rows->arena, &rows->cells[i]))
            return plx_reconcile_no_memory(error);
        if (i < rows->job->by_count) {
            rows->seen[i] |= 1u << rows->cells[i].type;
            if (rows->cells[i].type >= PLX_CELL_JSON)
                return refuse_key(rows, i, error);
        }
        if (!plx_cell_add_key(&rows->key, rows->cells[i], rows->arena))
            return plx_reconcile_no_memory(error);
        if (i + 1 == rows->job->by_count)
            record->by_len = rows->key.len;
    }
    record->key = plx_buffer_slice(&rows->key);
    return PLX_OK;
}

static enum plx_status
make_time(struct plx_rows *rows, struct plx_record *record, struct plx_reconcile_error *error)
{
    struct plx_cell cell = rows->cells[rows->time_at];

    record->time_ms = PLX_TIME_NONE;
    if (!rows->time_at || cell.type == PLX_CELL_NULL || plx_moment_read(cell.text, &record->time_ms))
        return PLX_OK;
    return plx_reconcile_fail(error, PLX_E_ARGUMENT,
                              "%s: '%s' of row %llu is no time: '%.*s'; give seconds or milliseconds since 1970, or "
                              "2026-01-31T12:00:00Z",
                              plx_reconcile_shown(rows->source->side->store), rows->job->time,
                              (unsigned long long)rows->source->rows, (int)(cell.text.len < 60 ? cell.text.len : 60),
                              cell.text.ptr);
}

static enum plx_status
make_record(struct plx_rows *rows, struct plx_record *record, struct plx_reconcile_error *error)
{
    size_t columns = rows->job->by_count + rows->job->compare_count;
    enum plx_status status = make_key(rows, record, error);

    if (status == PLX_OK)
        status = make_time(rows, record, error);
    if (status != PLX_OK)
        return status;
    if (rows->source->side->consume && rows->cells[rows->id_at].type == PLX_CELL_NULL)
        return plx_reconcile_fail(
            error, PLX_E_ARGUMENT, "%s: the first column of row %llu is NULL; consume needs what names the row",
            plx_reconcile_shown(rows->source->side->store), (unsigned long long)rows->source->rows);
    plx_buffer_clear(&rows->packed);
    for (size_t i = 0; i < columns; i++)
        plx_cells_add(&rows->packed, rows->cells[i]);
    if (rows->id_at)
        plx_cells_add(&rows->packed, rows->cells[rows->id_at]);
    record->cells = plx_buffer_slice(&rows->packed);
    return rows->packed.failed ? plx_reconcile_no_memory(error) : PLX_OK;
}

static enum plx_status
read_row(struct plx_rows *rows, struct plx_record *record, struct plx_reconcile_error *error)
{
    if (rows->stop && rows->source->rows % STOP_EVERY == 0 && atomic_load(rows->stop))
        return plx_reconcile_fail(error, PLX_E_CANCELED, "stopped; nothing has been marked");
    for (;;) {
        enum plx_status status = rows->source->kind->next(rows->source, rows->cells, error);
        if (status == PLX_OK)
            status = make_record(rows, record, error);
        if (status != PLX_OK || !rows->job->since || record->time_ms >= rows->job->since_ms)
            return status;
        rows->left_out++;
    }
}

/* ---- readings ---- */

enum plx_status
plx_rows_start(struct plx_rows *rows, bool here, struct plx_reconcile_error *error)
{
    struct plx_record record;

    plx_rows_stop(rows);
    rows->sorted_here = here || !rows->source->kind->database || !rows->columns->common.types;
    rows->disordered = false;
    rows->source->rows = rows->left_out = 0;
    memset(rows->seen, 0, sizeof(rows->seen));
    plx_buffer_clear(&rows->before);
    size_t order = rows->sorted_here ? 0 : rows->job->by_count + rows->job->compare_count;
    enum plx_status status = rows->source->kind->start(rows->source, order, error);
    if (status != PLX_OK || !rows->sorted_here)
        return status;
    rows->sort = plx_sort_new(rows->job->memory_bytes);
    if (!rows->sort)
        return plx_reconcile_no_memory(error);
    while (status == PLX_OK && (status = read_row(rows, &record, error)) == PLX_OK)
        status = plx_sort_add(rows->sort, &record, error);
    if (status != PLX_DONE)
        return status;
    rows->source->kind->stop(rows->source);
    return plx_sort_finish(rows->sort, error);
}

enum plx_status
plx_rows_next(struct plx_rows *rows, struct plx_record *record, struct plx_reconcile_error *error)
{
    if (rows->sorted_here)
        return plx_sort_next(rows->sort, record, error);
    struct plx_buffer before = rows->before;
    rows->before = rows->key;
    rows->key = before;
    enum plx_status status = read_row(rows, record, error);
    if (status == PLX_OK && rows->source->rows > 1 &&
        plx_key_compare(plx_buffer_slice(&rows->before), record->key) > 0) {
        rows->disordered = true;
        return plx_reconcile_fail(error, PLX_E_UNSUPPORTED, "%s does not keep the order of keys",
                                  plx_reconcile_shown(rows->source->side->store));
    }
    return status;
}
