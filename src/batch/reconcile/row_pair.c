/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk of row_pair.h. Rows of one key come in the order of their compared columns, so that equal ones are found by
 * walking too; only what is unequal is kept, until the key has ended on both sides.
 */
#include "batch/reconcile/row_pair.h"

#include <stdlib.h>

#define PROGRESS_EVERY 4096u /* rows */
#define ROW_JSON_MAX   (8u * PLX_ROW_BYTES_MAX)

/* A row without an equal partner, kept. */
struct leftover {
    struct plx_buffer packed, json; /* json: made when it is first compared */
    bool taken;
};

struct leftovers {
    struct leftover rows[PLX_GROUP_ROWS_MAX]; /* a ring */
    size_t first, count, bytes;
};

struct walk {
    struct plx_pair_walk *outside;
    struct plx_reconcile_error *error;
    struct plx_record at[PLX_SIDES];
    bool has[PLX_SIDES]; /* there is a row at hand */
    uint64_t steps;
    struct plx_buffer group; /* the key at hand */
    struct leftovers left[PLX_SIDES];
    struct plx_buffer beside[PLX_SIDES]; /* a pair that is written for itself */
    struct plx_arena *arena;
};

/* ---- rows ---- */

static enum plx_status
advance(struct walk *w, int side)
{
    enum plx_status status = plx_rows_next(&w->outside->rows[side], &w->at[side], w->error);

    w->has[side] = status == PLX_OK;
    if (++w->steps % PROGRESS_EVERY == 0 && w->outside->events->progress)
        w->outside->events->progress(w->outside->context);
    return status == PLX_DONE ? PLX_OK : status;
}

static enum plx_status
tell_only(struct walk *w, int side, const struct plx_record *record)
{
    return w->outside->events->only(w->outside->context, (enum plx_side_name)side, record);
}

static bool
is_in_group(const struct walk *w, int side)
{
    return w->has[side] && plx_slice_equal(plx_record_by(&w->at[side]), plx_buffer_slice(&w->group));
}

/* Cut to shown_max bytes, at a character's end. A part of a document is none: rules could not redact in it. */
static struct plx_cell
cut(struct plx_cell cell, size_t shown_max)
{
    if (cell.text.len <= shown_max)
        return cell;
    if (cell.type >= PLX_CELL_JSON)
        return (struct plx_cell){PLX_CELL_TEXT, plx_slice_of("[too long to be shown]")};
    while (shown_max > 0 && ((unsigned char)cell.text.ptr[shown_max] & 0xC0) == 0x80)
        shown_max--;
    return (struct plx_cell){PLX_CELL_TEXT, plx_slice_make(cell.text.ptr, shown_max)};
}

/* The cells of the compared columns. */
static void
take_compared(const struct plx_reconcile_job *job, const struct plx_record *record, struct plx_cell *cells)
{
    struct plx_slice rest = record->cells;

    for (size_t i = 0; i < job->by_count; i++)
        plx_cells_take(&rest);
    for (size_t i = 0; i < job->compare_count; i++)
        cells[i] = plx_cells_take(&rest);
}

/* A row as an object of its compared columns: what the rules are held against. */
static void
write_compared(struct plx_buffer *out, const struct walk *w, const struct plx_cell *cells)
{
    const struct plx_reconcile_job *job = w->outside->job;
    struct plx_json_writer json;

    plx_json_writer_init(&json, out);
    plx_json_begin_object(&json);
    for (size_t i = 0; i < job->compare_count; i++)
        if (!plx_column_is_absent(w->outside->rows[PLX_LEFT].columns, job->by_count + i, &cells[i]))
            plx_cell_write_member(&json, job->compare[i], cells[i]);
    plx_json_end_object(&json);
}

void
plx_pair_write_shown(struct plx_buffer *out, const struct plx_reconcile_job *job, const struct plx_record *record,
                     struct plx_slice first, size_t shown_max)
{
    struct plx_cell row[PLX_PICKS_MAX];
    struct plx_slice cells = record->cells;
    struct plx_json_writer json;
    size_t count = 0;

    while (cells.len > 0 && count < PLX_PICKS_MAX)
        row[count++] = cut(plx_cells_take(&cells), shown_max);
    plx_json_writer_init(&json, out);
    plx_json_begin_object(&json);
    if (first.len > 0 && count > 0) {
        plx_json_key_slice(&json, first);
        plx_cell_write(&json, row[count - 1]);
    }
    for (size_t i = 0; i < job->by_count + job->compare_count && i < count; i++)
        plx_cell_write_member(&json, i < job->by_count ? job->by[i] : job->compare[i - job->by_count], row[i]);
    plx_json_end_object(&json);
}

/* ---- what is kept ---- */

static struct leftover *
leftover_at(struct leftovers *left, size_t i)
{
    return &left->rows[(left->first + i) % PLX_GROUP_ROWS_MAX];
}

static struct plx_record
record_of(const struct leftover *row)
{
    struct plx_record record = {{NULL, 0}, 0, 0, {NULL, 0}};

    plx_record_unpack(plx_buffer_slice(&row->packed), &record);
    return record;
}

static void
drop_first(struct leftovers *left)
{
    struct leftover *row = leftover_at(left, 0);

    left->bytes -= row->packed.len;
    plx_buffer_fini(&row->packed);
    plx_buffer_fini(&row->json);
    left->first = (left->first + 1) % PLX_GROUP_ROWS_MAX;
    left->count--;
}

static enum plx_status
keep(struct walk *w, int side)
{
    struct leftovers *left = &w->left[side];
    enum plx_status status = PLX_OK;

    while (status == PLX_OK && left->count > 0 &&
           (left->count == PLX_GROUP_ROWS_MAX || left->bytes > PLX_GROUP_BYTES_MAX)) {
        struct plx_record record = record_of(leftover_at(left, 0));
        w->outside->unexamined++;
        status = tell_only(w, side, &record);
        drop_first(left);
    }
    if (status != PLX_OK)
        return status;
    struct leftover *row = leftover_at(left, left->count++);
    row->taken = false;
    plx_buffer_init(&row->packed, ROW_JSON_MAX);
    plx_buffer_init(&row->json, ROW_JSON_MAX);
    plx_record_pack(&row->packed, &w->at[side]);
    left->bytes += row->packed.len;
    return row->packed.failed ? plx_reconcile_no_memory(w->error) : PLX_OK;
}

/* ---- comparing ---- */

static bool
make_json(struct walk *w, struct leftover *row)
{
    struct plx_record record = record_of(row);
    struct plx_cell cells[PLX_RECONCILE_COLUMNS_MAX];

    if (row->json.len == 0) {
        take_compared(w->outside->job, &record, cells);
        write_compared(&row->json, w, cells);
    }
    return !row->json.failed;
}

/* Where a value means another thing beside the other one - bytes beside text - the pair is written for itself, into
 * w->beside. false: it has no such value, and each row is as it always is. */
static bool
write_beside(struct walk *w, struct leftover *left, struct leftover *right)
{
    const struct plx_reconcile_job *job = w->outside->job;
    const struct plx_columns *columns = w->outside->rows[PLX_LEFT].columns;
    struct plx_record records[PLX_SIDES] = {record_of(left), record_of(right)};
    struct plx_cell cells[PLX_SIDES][PLX_RECONCILE_COLUMNS_MAX];
    bool any = false;

    for (int side = 0; side < PLX_SIDES; side++)
        take_compared(job, &records[side], cells[side]);
    plx_arena_reset(w->arena);
    for (size_t i = 0; i < job->compare_count; i++)
        any |= plx_column_settle(&columns->at[job->by_count + i], w->arena, &cells[PLX_LEFT][i], &cells[PLX_RIGHT][i]);
    for (int side = 0; any && side < PLX_SIDES; side++) {
        plx_buffer_clear(&w->beside[side]);
        write_compared(&w->beside[side], w, cells[side]);
    }
    return any;
}

static enum plx_status
compare_rows(struct walk *w, struct leftover *left, struct leftover *right, struct plx_comparison *comparison)
{
    struct plx_answer answers[PLX_SIDES] = {{.media_type = {"application/json", 16}},
                                            {.media_type = {"application/json", 16}}};
    struct plx_compare_limits limits = {.now_s = w->outside->now_s};

    bool beside = write_beside(w, left, right);
    if (beside ? w->beside[PLX_LEFT].failed || w->beside[PLX_RIGHT].failed
               : !make_json(w, left) || !make_json(w, right))
        return plx_reconcile_no_memory(w->error);
    answers[PLX_LEFT].body = plx_buffer_slice(beside ? &w->beside[PLX_LEFT] : &left->json);
    answers[PLX_RIGHT].body = plx_buffer_slice(beside ? &w->beside[PLX_RIGHT] : &right->json);
    for (int i = 0; i < PLX_SIDES; i++)
        answers[i].body_length = answers[i].body.len;
    enum plx_status status =
        plx_compare(w->outside->job->rules, &answers[PLX_LEFT], &answers[PLX_RIGHT], &limits, w->arena, comparison);
    return status == PLX_OK
               ? PLX_OK
               : plx_reconcile_fail(w->error, status, "two rows can't be compared: %s", plx_status_text(status));
}

/* The first row of the right side that the rules let pass as equal to this one. */
static enum plx_status
find_partner(struct walk *w, struct leftover *left)
{
    struct plx_comparison comparison;

    for (size_t i = 0; i < w->left[PLX_RIGHT].count; i++) {
        struct leftover *right = leftover_at(&w->left[PLX_RIGHT], i);
        if (right->taken)
            continue;
        enum plx_status status = compare_rows(w, left, right, &comparison);
        if (status != PLX_OK)
            return status;
        if (comparison.total > 0)
            continue;
        struct plx_record a = record_of(left), b = record_of(right);
        left->taken = right->taken = true;
        return w->outside->events->paired(w->outside->context, &a, &b);
    }
    return PLX_OK;
}

/* ---- the end of a key ---- */

/* Kept rows that found no partner, in order: the next one from *i on, or NULL. */
static struct leftover *
next_untaken(struct leftovers *left, size_t *i)
{
    while (*i < left->count) {
        struct leftover *row = leftover_at(left, (*i)++);
        if (!row->taken)
            return row;
    }
    return NULL;
}

static enum plx_status
tell_differing(struct walk *w, struct leftover *left, struct leftover *right)
{
    struct plx_comparison comparison;
    struct plx_record a = record_of(left), b = record_of(right);
    enum plx_status status = compare_rows(w, left, right, &comparison);

    return status == PLX_OK ? w->outside->events->differing(w->outside->context, &a, &b, &comparison) : status;
}

static enum plx_status
end_group(struct walk *w)
{
    enum plx_status status = PLX_OK;
    size_t at[PLX_SIDES] = {0, 0};

    for (size_t i = 0; i < w->left[PLX_LEFT].count && w->left[PLX_RIGHT].count && status == PLX_OK; i++)
        status = find_partner(w, leftover_at(&w->left[PLX_LEFT], i));
    while (status == PLX_OK) {
        struct leftover *left = next_untaken(&w->left[PLX_LEFT], &at[PLX_LEFT]);
        struct leftover *right = next_untaken(&w->left[PLX_RIGHT], &at[PLX_RIGHT]);
        if (!left && !right)
            break;
        if (left && right) {
            status = tell_differing(w, left, right);
        } else {
            struct plx_record record = record_of(left ? left : right);
            status = tell_only(w, left ? PLX_LEFT : PLX_RIGHT, &record);
        }
    }
    for (int side = 0; side < PLX_SIDES; side++)
        while (w->left[side].count > 0)
            drop_first(&w->left[side]);
    return status;
}

/* ---- the walk ---- */

/* A row without an equal one: kept where a partner may still be found for it. */
static enum plx_status
leave(struct walk *w, int side, bool other_ended)
{
    if (w->outside->job->compare_count == 0 ||
        (other_ended && w->left[PLX_LEFT].count == 0 && w->left[PLX_RIGHT].count == 0))
        return tell_only(w, side, &w->at[side]);
    return keep(w, side);
}

static enum plx_status
step_in_group(struct walk *w)
{
    bool left = is_in_group(w, PLX_LEFT), right = is_in_group(w, PLX_RIGHT);
    int order = !right ? -1 : !left ? 1 : plx_key_compare(w->at[PLX_LEFT].key, w->at[PLX_RIGHT].key);
    enum plx_status status;

    if (order != 0) {
        int side = order < 0 ? PLX_LEFT : PLX_RIGHT;
        status = leave(w, side, !(left && right));
        return status == PLX_OK ? advance(w, side) : status;
    }
    status = w->outside->events->paired(w->outside->context, &w->at[PLX_LEFT], &w->at[PLX_RIGHT]);
    if (status == PLX_OK)
        status = advance(w, PLX_LEFT);
    return status == PLX_OK ? advance(w, PLX_RIGHT) : status;
}

static enum plx_status
walk_group(struct walk *w)
{
    enum plx_status status = PLX_OK;

    plx_buffer_clear(&w->group);
    plx_buffer_add(&w->group, plx_record_by(&w->at[PLX_LEFT]));
    if (w->group.failed)
        return plx_reconcile_no_memory(w->error);
    while (status == PLX_OK && (is_in_group(w, PLX_LEFT) || is_in_group(w, PLX_RIGHT)))
        status = step_in_group(w);
    return status == PLX_OK ? end_group(w) : status;
}

static enum plx_status
walk_all(struct walk *w)
{
    enum plx_status status = advance(w, PLX_LEFT);

    if (status == PLX_OK)
        status = advance(w, PLX_RIGHT);
    while (status == PLX_OK && (w->has[PLX_LEFT] || w->has[PLX_RIGHT])) {
        int order = !w->has[PLX_RIGHT] ? -1
                    : !w->has[PLX_LEFT]
                        ? 1
                        : plx_key_compare(plx_record_by(&w->at[PLX_LEFT]), plx_record_by(&w->at[PLX_RIGHT]));
        int side = order < 0 ? PLX_LEFT : PLX_RIGHT;
        if (order == 0) {
            status = walk_group(w);
            continue;
        }
        status = tell_only(w, side, &w->at[side]);
        if (status == PLX_OK)
            status = advance(w, side);
    }
    return status;
}

enum plx_status
plx_pair(struct plx_pair_walk *outside, struct plx_reconcile_error *error)
{
    struct walk *w = calloc(1, sizeof(*w));
    enum plx_status status;

    if (!w || !(w->arena = plx_arena_new(NULL))) {
        free(w);
        return plx_reconcile_no_memory(error);
    }
    w->outside = outside;
    w->error = error;
    plx_buffer_init(&w->group, 4u * PLX_ROW_BYTES_MAX);
    for (int side = 0; side < PLX_SIDES; side++)
        plx_buffer_init(&w->beside[side], ROW_JSON_MAX);
    status = walk_all(w);
    for (int side = 0; side < PLX_SIDES; side++)
        while (w->left[side].count > 0)
            drop_first(&w->left[side]);
    for (int side = 0; side < PLX_SIDES; side++)
        plx_buffer_fini(&w->beside[side]);
    plx_buffer_fini(&w->group);
    plx_arena_free(w->arena);
    free(w);
    return status;
}
