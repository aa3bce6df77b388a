/* SPDX-License-Identifier: Apache-2.0 */
/* Values in the one form that two columns have in common. */
#include "batch/reconcile/column.h"

#include "base/ascii.h"
#include "base/double_text.h"

#include <math.h>

#define UUID_DIGITS 32
#define UUID_BYTES  36

/* ---- what columns agree on ---- */

static bool
is_named(char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* CSV has no types but what quotes say. The other side's column may say more. */
static void
agree_csv(struct plx_column *column, bool by, struct plx_column_side left, struct plx_column_side right)
{
    const struct plx_column_side *other = left.csv ? &right : &left;
    bool both = left.csv && right.csv, quotes_count = both && !left.quotes_all && !right.quotes_all;
    enum plx_column_type type = both ? PLX_COLUMN_UNKNOWN : other->type;

    column->as_text = type != PLX_COLUMN_UNKNOWN && type != PLX_COLUMN_NUMBER && type != PLX_COLUMN_DOUBLE &&
                      type != PLX_COLUMN_FLOAT && type != PLX_COLUMN_JSON;
    column->untyped = by && type == PLX_COLUMN_UNKNOWN && !quotes_count;
    column->bare_text = !by && type == PLX_COLUMN_UNKNOWN && !quotes_count;
}

void
plx_columns_agree(struct plx_columns *columns, const struct plx_reconcile_job *job, size_t at,
                  struct plx_column_side left, struct plx_column_side right)
{
    bool by = at < job->by_count;
    const char *name = by ? job->by[at] : job->compare[at - job->by_count];
    bool json_named = is_named(job->json, job->json_count, name);
    struct plx_column *column = &columns->at[at];

#define EITHER(what) (left.type == (what) || right.type == (what))
    column->any_json = !by && (json_named || EITHER(PLX_COLUMN_JSON));
    column->json[PLX_LEFT] = column->any_json && (json_named || !left.json);
    column->json[PLX_RIGHT] = column->any_json && (json_named || !right.json);
    column->uuid = EITHER(PLX_COLUMN_UUID) || is_named(job->uuid, job->uuid_count, name);
    column->padded = EITHER(PLX_COLUMN_PADDED);
    column->single = EITHER(PLX_COLUMN_FLOAT);
    column->real = column->single || EITHER(PLX_COLUMN_DOUBLE);
#undef EITHER
    if (left.csv || right.csv)
        agree_csv(column, by, left, right);
}

/* ---- bringing ---- */

/* Canonical: small letters, 8-4-4-4-12. Digits may stand together, in braces, with hyphens behind any four, or be the
 * sixteen bytes. What is none stays as it is. false: no memory. */
static bool
bring_uuid(struct plx_cell *cell, struct plx_arena *arena)
{
    struct plx_slice text = cell->text;
    char digits[UUID_DIGITS], *out;
    size_t count = 0;

    if (text.len == UUID_DIGITS + 2 && memcmp(text.ptr, "\\x", 2) == 0)
        text = plx_slice_make(text.ptr + 2, UUID_DIGITS);
    else if (cell->type == PLX_CELL_BLOB)
        return true;
    if (text.len > 2 && text.ptr[0] == '{' && text.ptr[text.len - 1] == '}')
        text = plx_slice_make(text.ptr + 1, text.len - 2);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '-' && count > 0 && count % 4 == 0 && text.ptr[i - 1] != '-')
            continue;
        if (count == UUID_DIGITS || plx_ascii_hex_value(text.ptr[i]) < 0)
            return true;
        digits[count++] = plx_ascii_lower(text.ptr[i]);
    }
    if (count != UUID_DIGITS || text.ptr[text.len - 1] == '-')
        return true;
    out = plx_arena_alloc(arena, UUID_BYTES);
    if (!out)
        return false;
    *cell = (struct plx_cell){PLX_CELL_TEXT, plx_slice_make(out, UUID_BYTES)};
    for (size_t i = 0; i < UUID_DIGITS; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *out++ = '-';
        *out++ = digits[i];
    }
    return true;
}

/* The nearest double, as its shortest decimal; beyond the largest one a number stays what it is. false: no memory. */
static bool
bring_real(struct plx_cell *cell, bool single, struct plx_arena *arena)
{
    char text[PLX_DOUBLE_TEXT_MAX];
    double number;

    if (!plx_double_read(cell->text, &number) || !isfinite(single ? (float)number : number))
        return true;
    size_t len = single ? plx_float_text((float)number, text) : plx_double_text(number, text);
    cell->text = plx_arena_copy(arena, plx_slice_make(text, len));
    cell->real = true;
    return cell->text.ptr != NULL;
}

static bool
bring_json(struct plx_cell *cell, struct plx_arena *arena)
{
    struct plx_document document;
    enum plx_status status = plx_json_read(cell->text, NULL, arena, &document, NULL);

    if (status == PLX_OK)
        cell->type = PLX_CELL_JSON;
    return status != PLX_E_MEMORY;
}

bool
plx_column_bring(const struct plx_columns *columns, size_t at, enum plx_side_name side, struct plx_arena *arena,
                 struct plx_cell *cell)
{
    const struct plx_column *column = &columns->at[at];
    bool room = true;

    *cell = plx_cell_bring(*cell, columns->common);
    if (column->as_text && cell->bare && cell->type == PLX_CELL_NUMBER)
        cell->type = PLX_CELL_TEXT;
    if (column->untyped && cell->type == PLX_CELL_TEXT && plx_cell_is_number(cell->text))
        cell->type = PLX_CELL_NUMBER;
    if (column->padded && cell->type == PLX_CELL_TEXT)
        while (cell->text.len > 0 && cell->text.ptr[cell->text.len - 1] == ' ')
            cell->text.len--;
    if (column->uuid && (cell->type == PLX_CELL_TEXT || cell->type == PLX_CELL_BLOB))
        room = bring_uuid(cell, arena);
    if (column->real && cell->type == PLX_CELL_NUMBER)
        room = bring_real(cell, column->single, arena);
    if (column->json[side] && cell->type == PLX_CELL_TEXT)
        room = bring_json(cell, arena);
    if (room)
        *cell = plx_cell_bring(*cell, columns->common); /* a null that was text */
    return room;
}

/* ---- beside one another ---- */

/* Bytes as what the other value is not. false: they are beside bytes, or nothing. */
static bool
settle_bytes(struct plx_cell *cell, const struct plx_cell *other, struct plx_arena *arena)
{
    struct plx_buffer out;
    struct plx_json_writer json;
    bool object = other->type == PLX_CELL_JSON && other->text.len > 0 && other->text.ptr[0] == '{';

    if (cell->type != PLX_CELL_BLOB || other->type == PLX_CELL_BLOB || other->type == PLX_CELL_NULL)
        return false;
    plx_buffer_init(&out, 2 * cell->text.len + 64);
    plx_json_writer_init(&json, &out);
    plx_buffer_text(&out, object ? "[" : "{\"bytes\":");
    plx_json_string(&json, cell->text);
    plx_buffer_byte(&out, object ? ']' : '}');
    struct plx_slice text = plx_arena_copy(arena, plx_buffer_slice(&out));
    plx_buffer_fini(&out);
    /* Without memory the bytes differ all the same: from all but an empty object. */
    *cell = (struct plx_cell){PLX_CELL_JSON, text.ptr ? text : plx_slice_of(object ? "[]" : "{}")};
    return true;
}

bool
plx_column_settle(const struct plx_column *column, struct plx_arena *arena, struct plx_cell *left,
                  struct plx_cell *right)
{
    struct plx_cell *cells[] = {left, right};
    bool changed = false;

    for (int i = 0; i < PLX_SIDES; i++) {
        struct plx_cell *cell = cells[i], *other = cells[!i];
        bool number = cell->type == PLX_CELL_NUMBER;
        changed |= settle_bytes(cell, other, arena);
        if (number && !cell->real && other->type == PLX_CELL_NUMBER && other->real)
            changed |= bring_real(cell, false, arena);
        if (number && cell->bare && column->bare_text && other->type == PLX_CELL_TEXT) {
            cell->type = PLX_CELL_TEXT;
            changed = true;
        }
    }
    return changed;
}

bool
plx_column_is_absent(const struct plx_columns *columns, size_t at, const struct plx_cell *cell)
{
    return cell->type == PLX_CELL_NULL && columns->at[at].any_json && columns->common.nulls;
}
