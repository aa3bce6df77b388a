/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV files: the first record has the columns' names, each further one as many fields. A field that is empty and not in
 * quotes is NULL, one that is "" is the empty text, as PostgreSQL's COPY has them. What is in quotes is text, what is
 * not is a number where it is written as JSON has them, else text; column.h makes text of such a number again where it
 * has to.
 */
#include "base/utf8.h"
#include "batch/reconcile/csv.h"
#include "batch/reconcile/input.h"
#include "batch/reconcile/source.h"

#include <inttypes.h>
#include <stdlib.h>

struct csv_source {
    struct plx_source source;
    struct plx_input input;
    struct plx_csv csv;
};

static enum plx_status
fail_at(struct csv_source *s, enum plx_status status, uint64_t line, uint64_t column, const char *wrong,
        struct plx_reconcile_error *error)
{
    if (status == PLX_E_MEMORY)
        return plx_reconcile_no_memory(error);
    return plx_reconcile_fail(error, status, "%s:%" PRIu64 ":%" PRIu64 ": %s", s->input.path, line, column, wrong);
}

/* The next record; PLX_DONE behind the last one. */
static enum plx_status
read_record(struct csv_source *s, struct plx_reconcile_error *error)
{
    enum plx_status status;
    size_t used;

    do {
        struct plx_slice bytes =
            plx_slice_make(s->input.buf.len ? s->input.buf.ptr + s->input.at : "", s->input.buf.len - s->input.at);
        status = plx_csv_feed(&s->csv, bytes, &used);
        s->input.at += used;
        if (status == PLX_AGAIN && s->input.ended)
            status = plx_csv_end(&s->csv);
        else if (status == PLX_AGAIN && plx_input_fill(&s->input, error) != PLX_OK)
            return PLX_E_IO;
    } while (status == PLX_AGAIN);
    return status < 0 ? fail_at(s, status, s->csv.line, s->csv.column, s->csv.wrong, error) : status;
}

static enum plx_status
read_header(struct csv_source *s, struct plx_reconcile_error *error)
{
    enum plx_status status = plx_input_start(&s->input, error);

    plx_csv_restart(&s->csv);
    if (status == PLX_OK)
        status = plx_input_fill(&s->input, error);
    if (status == PLX_OK && s->input.buf.len >= 3 && memcmp(s->input.buf.ptr, "\xEF\xBB\xBF", 3) == 0)
        s->input.at = 3;
    if (status == PLX_OK)
        status = read_record(s, error);
    if (status == PLX_DONE)
        return plx_reconcile_fail(error, PLX_E_SYNTAX, "%s is empty; the first line has to have the columns' names",
                                  s->input.path);
    return status;
}

static void
close_source(struct plx_source *source)
{
    struct csv_source *s = (struct csv_source *)source;

    plx_input_fini(&s->input);
    plx_csv_fini(&s->csv);
    free(s);
}

static enum plx_status
open_source(const struct plx_side *side, struct plx_source **source, struct plx_reconcile_error *error)
{
    struct csv_source *s = plx_source_new(sizeof(*s), &plx_source_csv, side, error);

    if (!s)
        return PLX_E_MEMORY;
    *source = &s->source;
    plx_input_init(&s->input, plx_source_path(side), PLX_INPUT_BYTES);
    plx_csv_init(&s->csv, PLX_ROW_BYTES_MAX);
    enum plx_status status = read_header(s, error);
    if (status != PLX_OK)
        return status;
    struct plx_slice *names = plx_source_names(&s->source, s->csv.count);
    if (!names)
        return plx_reconcile_no_memory(error);
    for (size_t i = 0; i < s->csv.count; i++) {
        names[i] = plx_arena_copy(s->source.arena, plx_csv_text(&s->csv, i));
        if (!names[i].ptr)
            return plx_reconcile_no_memory(error);
    }
    return PLX_OK;
}

static enum plx_status
start(struct plx_source *source, size_t order, struct plx_reconcile_error *error)
{
    struct csv_source *s = (struct csv_source *)source;

    (void)order;
    enum plx_status status = read_header(s, error);
    source->bytes_all = s->input.size;
    return status;
}

static struct plx_cell
cell_of(const struct csv_source *s, size_t i)
{
    struct plx_slice text = plx_csv_text(&s->csv, i);

    bool quoted = s->csv.fields[i].quoted, bare = !quoted || s->source.side->quotes_all;

    if (text.len == 0 && !quoted)
        return (struct plx_cell){PLX_CELL_NULL, text};
    return (struct plx_cell){bare && plx_cell_is_number(text) ? PLX_CELL_NUMBER : PLX_CELL_TEXT, text, bare};
}

static enum plx_status
next(struct plx_source *source, struct plx_cell *cells, struct plx_reconcile_error *error)
{
    struct csv_source *s = (struct csv_source *)source;
    enum plx_status status = read_record(s, error);

    source->bytes = s->input.bytes;
    if (status != PLX_OK)
        return status;
    if (s->csv.count != source->name_count)
        return plx_reconcile_fail(error, PLX_E_SYNTAX,
                                  "%s:%" PRIu64 ": there are %zu fields, and the first line names %zu columns",
                                  s->input.path, s->csv.begun, s->csv.count, source->name_count);
    source->rows++;
    source->line = s->csv.begun;
    for (size_t i = 0; i < source->pick_count; i++) {
        cells[i] = cell_of(s, source->picks[i]);
        if (!plx_utf8_is_valid(cells[i].text))
            return fail_at(s, PLX_E_ENCODING, s->csv.begun, 1, "this is not UTF-8; convert the file with iconv", error);
    }
    return PLX_OK;
}

static void
stop(struct plx_source *source)
{
    struct csv_source *s = (struct csv_source *)source;

    plx_buffer_trim(&s->input.buf, 0);
    plx_buffer_trim(&s->csv.bytes, 0);
}

const struct plx_source_kind plx_source_csv = {
    .prefix = "csv:",
    .typing = {.nulls = true},
    .open = open_source,
    .start = start,
    .next = next,
    .stop = stop,
    .close = close_source,
};
