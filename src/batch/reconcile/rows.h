/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One side's rows in the order of keys: as the database gives them, where it can be asked for that order and keeps it,
 * else sorted here.
 */
#ifndef PLX_RECONCILE_ROWS_H
#define PLX_RECONCILE_ROWS_H

#include "batch/reconcile/sort.h"
#include "batch/reconcile/source.h"

#include <stdatomic.h>

struct plx_rows {
    const struct plx_reconcile_job *job;
    struct plx_source *source;
    const struct plx_columns *columns; /* what both sides' columns have to do with one another */
    const atomic_bool *stop;           /* NULL, or becomes true where it is to end: PLX_E_CANCELED */
    bool sorted_here;
    bool disordered;       /* the database does not keep the order: the reading has to begin again, sorted here */
    size_t id_at, time_at; /* the first column, and the one with the time, among the picks; 0: none */
    uint64_t left_out;     /* rows from before the job's `since` */
    unsigned seen[PLX_RECONCILE_COLUMNS_MAX]; /* of each key column: bits of the types of cells */
    struct plx_cell cells[PLX_PICKS_MAX];
    struct plx_buffer key, before, packed; /* of this row, of the one before */
    struct plx_arena *arena;
    struct plx_sort *sort;
};

/* Picks the columns; the source stays the caller's, and so do columns, which are looked at from the first reading on.
 * On a failure, too, plx_rows_fini() is to be called. */
PLX_MUST_USE enum plx_status plx_rows_init(struct plx_rows *rows, const struct plx_reconcile_job *job,
                                           struct plx_source *source, const struct plx_columns *columns,
                                           struct plx_reconcile_error *error);
void plx_rows_fini(struct plx_rows *rows);
/* A reading; here says that it is to be sorted here whatever the store can do. */
PLX_MUST_USE enum plx_status plx_rows_start(struct plx_rows *rows, bool here, struct plx_reconcile_error *error);
/* The next record, valid until the next call. PLX_DONE at the end. */
PLX_MUST_USE enum plx_status plx_rows_next(struct plx_rows *rows, struct plx_record *record,
                                           struct plx_reconcile_error *error);
void plx_rows_stop(struct plx_rows *rows);

#endif
