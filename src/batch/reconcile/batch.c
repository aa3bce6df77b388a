/* SPDX-License-Identifier: Apache-2.0 */
/* One run: what was interrupted is finished, both sides are read and paired, pairs are marked. */
#include "batch/reconcile/batch.h"

#include "base/clock.h"
#include "batch/reconcile/consume.h"
#include "batch/reconcile/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAP_MS 20 /* while waiting: how late a stop may be seen */

struct run {
    const struct plx_reconcile_job *job;
    const struct plx_reconcile_options *options;
    struct plx_reconcile_result *result;
    struct plx_reconcile_error *error;
    struct plx_source *sources[PLX_SIDES];
    struct plx_rows rows[PLX_SIDES];
    size_t rows_open;
    struct plx_columns columns;
    bool here[PLX_SIDES]; /* sorted here, since the database does not keep the order */
    struct plx_settle settle;
    struct plx_journal *journal; /* NULL: nothing is marked */
    struct plx_arena *arena;
};

static bool
is_stopped(const struct run *r)
{
    return r->options->stop && atomic_load(r->options->stop);
}

/* ---- progress ---- */

static void
tell_progress(const struct run *r, const char *what, double part)
{
    struct plx_reconcile_progress progress = {.part = part, .what = what};

    if (!r->options->progress)
        return;
    for (int i = 0; i < PLX_SIDES; i++)
        progress.rows += r->sources[i]->rows;
    r->options->progress(r->options->context, &progress);
}

static void
on_progress(void *context)
{
    const struct run *r = context;
    uint64_t bytes = 0, all = 0;

    for (int i = 0; i < PLX_SIDES; i++) {
        bytes += r->sources[i]->bytes;
        all += r->sources[i]->bytes_all;
    }
    bool known = r->sources[PLX_LEFT]->bytes_all && r->sources[PLX_RIGHT]->bytes_all;
    tell_progress(r, "reading", known ? (double)bytes / (double)all : -1);
}

/* ---- what pairing tells ---- */

static struct plx_cell
id_of(const struct run *r, const struct plx_record *record)
{
    struct plx_slice cells = record->cells;

    for (size_t i = 0; i < r->job->by_count + r->job->compare_count; i++)
        plx_cells_take(&cells);
    return plx_cells_take(&cells);
}

static enum plx_status
on_paired(void *context, const struct plx_record *left, const struct plx_record *right)
{
    struct run *r = context;

    r->result->counts.paired++;
    return r->journal ? plx_journal_add(r->journal, id_of(r, left), id_of(r, right), r->error) : PLX_OK;
}

static enum plx_status
show(struct run *r, enum plx_row_kind kind, const struct plx_record *left, const struct plx_record *right,
     const struct plx_comparison *comparison)
{
    bool shown = plx_reconcile_result_show(r->result, r->job, kind, left, right, comparison, r->arena);

    plx_arena_reset(r->arena);
    return shown ? PLX_OK : plx_reconcile_no_memory(r->error);
}

static enum plx_status
on_only(void *context, enum plx_side_name side, const struct plx_record *record)
{
    struct run *r = context;
    bool waits;
    enum plx_status status = plx_settle_look(&r->settle, side, record, &waits, r->error);

    if (status != PLX_OK)
        return status;
    if (waits) {
        r->result->counts.waiting++;
        return PLX_OK;
    }
    if (side == PLX_LEFT)
        r->result->counts.only_left++;
    else
        r->result->counts.only_right++;
    return side == PLX_LEFT ? show(r, PLX_ROW_ONLY_LEFT, record, NULL, NULL)
                            : show(r, PLX_ROW_ONLY_RIGHT, NULL, record, NULL);
}

/* One of the two may be about to change: then both wait. */
static enum plx_status
on_differing(void *context, const struct plx_record *left, const struct plx_record *right,
             const struct plx_comparison *comparison)
{
    struct run *r = context;
    bool left_waits, right_waits;
    enum plx_status status = plx_settle_look(&r->settle, PLX_LEFT, left, &left_waits, r->error);

    if (status == PLX_OK)
        status = plx_settle_look(&r->settle, PLX_RIGHT, right, &right_waits, r->error);
    if (status != PLX_OK)
        return status;
    if (left_waits || right_waits) {
        r->result->counts.waiting += 2;
        return PLX_OK;
    }
    r->result->counts.differing++;
    return show(r, PLX_ROW_DIFFERING, left, right, comparison);
}

/* ---- a reading ---- */

static enum plx_status
read_once(struct run *r)
{
    static const struct plx_pair_events events = {on_paired, on_only, on_differing, on_progress};
    struct plx_pair_walk walk = {r->job, r->rows, &events, r, plx_wall_s(), 0};
    enum plx_status status = PLX_OK;

    plx_reconcile_result_clear(r->result);
    if (r->journal)
        status = plx_journal_begin(r->journal, r->error);
    for (int i = 0; i < PLX_SIDES && status == PLX_OK; i++)
        status = plx_rows_start(&r->rows[i], r->here[i], r->error);
    if (status == PLX_OK)
        status = plx_pair(&walk, r->error);
    for (int i = 0; i < PLX_SIDES; i++) {
        r->result->counts.rows[i] = r->sources[i]->rows;
        r->result->counts.left_out += r->rows[i].left_out;
        plx_rows_stop(&r->rows[i]);
    }
    r->result->counts.unexamined = walk.unexamined;
    return status;
}

/* Again, sorted here, where a database turns out not to keep the order of keys. */
static enum plx_status
read_all(struct run *r, enum plx_settle_mode mode)
{
    for (;;) {
        enum plx_status status =
            plx_settle_begin(&r->settle, mode, (int64_t)plx_wall_ms() - (int64_t)r->job->settle_ms, r->error);
        if (status == PLX_OK)
            status = read_once(r);
        bool again = false;
        for (int i = 0; i < PLX_SIDES; i++)
            if (status == PLX_E_UNSUPPORTED && r->rows[i].disordered && !r->here[i])
                again = r->here[i] = true;
        if (!again)
            return status;
    }
}

static enum plx_status
wait_settle(const struct run *r)
{
    double end = plx_monotonic_s() + r->job->settle_ms / 1000.0, left;

    while ((left = end - plx_monotonic_s()) > 0) {
        if (is_stopped(r))
            return plx_reconcile_fail(r->error, PLX_E_CANCELED, "stopped; nothing has been marked");
        tell_progress(r, "waiting", 1 - left * 1000 / r->job->settle_ms);
        usleep(left * 1000 < NAP_MS ? (useconds_t)(left * 1e6) + 1 : NAP_MS * 1000);
    }
    return PLX_OK;
}

static enum plx_status
read_settled(struct run *r)
{
    if (r->job->settle_ms == 0)
        return read_all(r, PLX_SETTLE_NONE);
    if (r->job->time)
        return read_all(r, PLX_SETTLE_TIME);
    enum plx_status status = read_all(r, PLX_SETTLE_FIRST);
    if (status != PLX_OK || plx_reconcile_result_is_true(r->result))
        return status;
    status = wait_settle(r);
    return status == PLX_OK ? read_all(r, PLX_SETTLE_SECOND) : status;
}

/* ---- notes ---- */

static const char *
type_words(unsigned seen)
{
    if (seen == 1u << PLX_CELL_NUMBER)
        return "a number";
    if (seen == 1u << PLX_CELL_TEXT)
        return "text";
    if (seen == 1u << PLX_CELL_BLOB)
        return "bytes";
    return seen & (1u << PLX_CELL_TRUE | 1u << PLX_CELL_FALSE) ? "a boolean" : "of several types";
}

static void
note_types(struct run *r)
{
    for (size_t i = 0; i < r->job->by_count; i++) {
        unsigned left = r->rows[PLX_LEFT].seen[i] & ~(1u << PLX_CELL_NULL);
        unsigned right = r->rows[PLX_RIGHT].seen[i] & ~(1u << PLX_CELL_NULL);
        if (left && right && !(left & right))
            plx_reconcile_result_note(
                r->result, "'%.100s' is %s on the left and %s on the right, which never pair: CAST one of them",
                r->job->by[i], type_words(left), type_words(right));
    }
}

/* ---- marking ---- */

/* The journal's open pairs first: their rows must not be read again. */
static enum plx_status
recover(struct run *r)
{
    enum plx_status status = plx_journal_open(r->job, &r->journal, r->error);

    if (status != PLX_OK || plx_journal_pairs(r->journal) == 0)
        return status;
    if (r->options->dry_run)
        return plx_reconcile_fail(r->error, PLX_E_ARGUMENT,
                                  "a run was interrupted while it marked pairs; run the job without --dry-run first, "
                                  "which finishes that");
    r->result->counts.recovered = plx_journal_pairs(r->journal);
    return plx_consume(r->journal, r->sources[PLX_LEFT], r->sources[PLX_RIGHT], r->options->stop, r->error);
}

static bool
is_there(const struct plx_reconcile_job *job)
{
    char *path = plx_journal_path(job);
    bool there = path && access(path, F_OK) == 0;

    free(path);
    return there;
}

static enum plx_status
mark(struct run *r)
{
    uint64_t paired = r->result->counts.paired;

    plx_consume_step("seal", 1);
    enum plx_status status = plx_journal_seal(r->journal, r->error);
    tell_progress(r, "marking", -1);
    if (status == PLX_OK)
        status = plx_consume(r->journal, r->sources[PLX_LEFT], r->sources[PLX_RIGHT], r->options->stop, r->error);
    r->result->counts.consumed = paired;
    return status;
}

/* ---- the run ---- */

/* The name of the first column, where rows are not shown with it anyway. */
static struct plx_slice
first_of(const struct run *r, int side)
{
    const struct plx_source *source = r->sources[side];

    for (size_t i = 0; source->names && i < r->job->by_count + r->job->compare_count; i++)
        if (source->picks[i] == 0)
            return plx_slice_of("");
    return source->names ? source->names[0] : plx_slice_of("");
}

static struct plx_column_side
column_side(const struct run *r, int side, size_t pick)
{
    const struct plx_source *source = r->sources[side];

    return (struct plx_column_side){
        .typing = source->kind->typing,
        .type = source->types ? source->types[source->picks[pick]] : PLX_COLUMN_UNKNOWN,
        .csv = source->kind == &plx_source_csv,
        .quotes_all = source->side->quotes_all,
        .json = source->kind == &plx_source_jsonl,
    };
}

static void
agree_columns(struct run *r)
{
    r->columns.common = plx_typing_common(r->sources[PLX_LEFT]->kind->typing, r->sources[PLX_RIGHT]->kind->typing);
    for (size_t i = 0; i < r->job->by_count + r->job->compare_count; i++)
        plx_columns_agree(&r->columns, r->job, i, column_side(r, PLX_LEFT, i), column_side(r, PLX_RIGHT, i));
}

static enum plx_status
open_all(struct run *r)
{
    enum plx_status status = PLX_OK;

    r->arena = plx_arena_new(NULL);
    if (!r->arena)
        return plx_reconcile_no_memory(r->error);
    for (int i = 0; i < PLX_SIDES && status == PLX_OK; i++)
        status = plx_source_open(&r->job->sides[i], &r->sources[i], r->error);
    if (status != PLX_OK)
        return status;
    for (int i = 0; i < PLX_SIDES && status == PLX_OK; i++) {
        status = plx_rows_init(&r->rows[i], r->job, r->sources[i], &r->columns, r->error);
        r->rows[i].stop = r->sources[i]->stop = r->options->stop;
        r->rows_open++;
        r->result->first[i] = first_of(r, i);
    }
    if (status == PLX_OK)
        agree_columns(r);
    return status;
}

static enum plx_status
run_all(struct run *r)
{
    enum plx_status status = open_all(r);
    bool marks = r->job->sides[PLX_LEFT].consume != NULL;

    if (status == PLX_OK && marks && (!r->options->dry_run || is_there(r->job)))
        status = recover(r);
    if (r->options->dry_run) {
        plx_journal_close(r->journal);
        r->journal = NULL;
    }
    if (status == PLX_OK)
        status = read_settled(r);
    if (status != PLX_OK)
        return status;
    note_types(r);
    if (r->journal)
        status = mark(r);
    r->result->counts.paired += r->result->counts.recovered;
    r->result->counts.consumed += r->result->counts.recovered;
    return status;
}

enum plx_status
plx_reconcile_run(const struct plx_reconcile_job *job, const struct plx_reconcile_options *options,
                  struct plx_reconcile_result *result, struct plx_reconcile_error *error)
{
    struct run r = {.job = job, .options = options, .result = result, .error = error};
    double began = plx_monotonic_s();

    result->started_ms = (int64_t)plx_wall_ms();
    plx_settle_init(&r.settle);
    enum plx_status status = run_all(&r);
    plx_journal_close(r.journal);
    plx_settle_fini(&r.settle);
    for (size_t i = 0; i < r.rows_open; i++)
        plx_rows_fini(&r.rows[i]);
    for (int i = 0; i < PLX_SIDES; i++)
        plx_source_close(r.sources[i]);
    plx_arena_free(r.arena);
    result->seconds = (double)(int64_t)((plx_monotonic_s() - began) * 1e6) / 1e6;
    memset(result->first, 0, sizeof(result->first));
    result->failed = status != PLX_OK;
    snprintf(result->error, sizeof(result->error), "%s", result->failed ? error->text : "");
    return status;
}
