/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON lines: an object a line, a column is a member. A member that is not there is NULL, and so is null; one that is
 * there twice is both. Empty lines are passed over.
 */
#include "base/slice.h"
#include "batch/reconcile/input.h"
#include "batch/reconcile/source.h"
#include "json/json_text.h"

#include <inttypes.h>
#include <stdlib.h>

struct jsonl_source {
    struct plx_source source;
    struct plx_input input;
    struct plx_arena *arena; /* of a line */
};

static void
close_source(struct plx_source *source)
{
    struct jsonl_source *s = (struct jsonl_source *)source;

    plx_input_fini(&s->input);
    plx_arena_free(s->arena);
    free(s);
}

static enum plx_status
open_source(const struct plx_side *side, struct plx_source **source, struct plx_reconcile_error *error)
{
    struct jsonl_source *s = plx_source_new(sizeof(*s), &plx_source_jsonl, side, error);

    if (!s)
        return PLX_E_MEMORY;
    *source = &s->source;
    plx_input_init(&s->input, plx_source_path(side), PLX_ROW_BYTES_MAX);
    s->arena = plx_arena_new(NULL);
    return s->arena ? plx_input_start(&s->input, error) : plx_reconcile_no_memory(error);
}

static enum plx_status
start(struct plx_source *source, size_t order, struct plx_reconcile_error *error)
{
    struct jsonl_source *s = (struct jsonl_source *)source;

    (void)order;
    s->source.line = 0;
    enum plx_status status = plx_input_start(&s->input, error);
    source->bytes_all = s->input.size;
    return status;
}

static enum plx_status
take_line(struct jsonl_source *s, size_t searched, struct plx_slice *line, struct plx_reconcile_error *error)
{
    for (;;) {
        const char *from = s->input.buf.len ? s->input.buf.ptr + s->input.at : "";
        size_t len = s->input.buf.len - s->input.at;
        const char *end = len > searched ? memchr(from + searched, '\n', len - searched) : NULL;

        if (end || (s->input.ended && len > 0)) {
            *line = plx_slice_make(from, end ? (size_t)(end - from) : len);
            s->input.at += line->len + (end != NULL);
            s->source.line++;
            return PLX_OK;
        }
        if (s->input.ended)
            return PLX_DONE;
        searched = len;
        enum plx_status status = plx_input_fill(&s->input, error);
        if (status == PLX_E_LIMIT)
            return plx_reconcile_fail(error, PLX_E_LIMIT, "%s:%" PRIu64 ": the line is longer than %u MiB",
                                      s->input.path, s->source.line + 1, PLX_ROW_BYTES_MAX >> 20);
        if (status != PLX_OK)
            return status;
    }
}

static enum plx_status
read_line(struct jsonl_source *s, struct plx_slice line, struct plx_document *document,
          struct plx_reconcile_error *error)
{
    struct plx_json_error where = {0};

    plx_arena_reset(s->arena);
    enum plx_status status = plx_json_read(line, NULL, s->arena, document, &where);
    if (status == PLX_E_MEMORY)
        return plx_reconcile_no_memory(error);
    if (status != PLX_OK)
        return plx_reconcile_fail(error, status, "%s:%" PRIu64 ":%u: this is not JSON: here was to be %s",
                                  s->input.path, s->source.line, where.column,
                                  where.expected ? where.expected : plx_status_text(status));
    if (document->nodes[0].type != PLX_OBJECT)
        return plx_reconcile_fail(error, PLX_E_SYNTAX,
                                  "%s:%" PRIu64 ": each line has to be an object, as in {\"id\":1}", s->input.path,
                                  s->source.line);
    return PLX_OK;
}

/* All values of a member that stands there more than once. */
static bool
members_cell(struct jsonl_source *s, const struct plx_document *document, struct plx_slice name, struct plx_cell *cell)
{
    const struct plx_node *nodes = document->nodes;
    char *text = plx_arena_alloc(s->arena, document->text.len + 1), *to = text;

    for (uint32_t at = 1; text && at < nodes[0].next; at = nodes[at + 1].next) {
        if (!plx_json_string_is(document, at, name))
            continue;
        struct plx_slice value = plx_json_text(document, at + 1);
        size_t quote = nodes[at + 1].type == PLX_STRING;
        if (to != text)
            *to++ = '\n'; /* there is no other one: a line has none */
        memcpy(to, value.ptr - quote, value.len + 2 * quote);
        to += value.len + 2 * quote;
    }
    *cell = (struct plx_cell){PLX_CELL_MEMBERS, plx_slice_make(text, (size_t)(to - text))};
    return text != NULL;
}

static bool
stands_twice(const struct plx_document *document, uint32_t last, struct plx_slice name)
{
    const struct plx_node *nodes = document->nodes;

    for (uint32_t at = 1; at + 1 < last; at = nodes[at + 1].next)
        if (plx_json_string_is(document, at, name))
            return true;
    return false;
}

static enum plx_status
cell_of(struct jsonl_source *s, const struct plx_document *document, uint32_t node, struct plx_cell *cell)
{
    static const enum plx_cell_type types[] = {
        [PLX_NULL] = PLX_CELL_NULL,     [PLX_FALSE] = PLX_CELL_FALSE, [PLX_TRUE] = PLX_CELL_TRUE,
        [PLX_NUMBER] = PLX_CELL_NUMBER, [PLX_STRING] = PLX_CELL_TEXT, [PLX_ARRAY] = PLX_CELL_JSON,
        [PLX_OBJECT] = PLX_CELL_JSON};

    *cell = (struct plx_cell){PLX_CELL_NULL, plx_slice_of("")};
    if (node == 0)
        return PLX_OK;
    cell->type = types[document->nodes[node].type];
    if (cell->type == PLX_CELL_TEXT)
        return plx_json_unescape(document, node, s->arena, &cell->text);
    if (cell->type >= PLX_CELL_NUMBER)
        cell->text = plx_json_text(document, node);
    return PLX_OK;
}

static enum plx_status
next(struct plx_source *source, struct plx_cell *cells, struct plx_reconcile_error *error)
{
    struct jsonl_source *s = (struct jsonl_source *)source;
    struct plx_document document;
    struct plx_slice line;
    enum plx_status status;

    do {
        status = take_line(s, 0, &line, error);
        source->bytes = s->input.bytes;
    } while (status == PLX_OK && plx_slice_is_blank(line));
    if (status == PLX_OK)
        status = read_line(s, line, &document, error);
    if (status != PLX_OK)
        return status;
    source->rows++;
    for (size_t i = 0; i < source->pick_count; i++) {
        uint32_t node = plx_json_member(&document, 0, source->wanted[i]);
        bool room = node && stands_twice(&document, node, source->wanted[i])
                        ? members_cell(s, &document, source->wanted[i], &cells[i])
                        : cell_of(s, &document, node, &cells[i]) == PLX_OK;
        if (!room)
            return plx_reconcile_no_memory(error);
    }
    return PLX_OK;
}

static void
stop(struct plx_source *source)
{
    struct jsonl_source *s = (struct jsonl_source *)source;

    plx_buffer_trim(&s->input.buf, 0);
    plx_arena_reset(s->arena);
}

const struct plx_source_kind plx_source_jsonl = {
    .prefix = "jsonl:",
    .typing = {.types = true, .booleans = true},
    .open = open_source,
    .start = start,
    .next = next,
    .stop = stop,
    .close = close_source,
};
