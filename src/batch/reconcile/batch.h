/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batch comparison of two stores of results.
 *
 *                 source ──> rows ─┐                       ┌─> result: counts, first rows
 *   left store    cells      sorted│                       │
 *                 │          by key├──> pair ──> settle? ──┤
 *   right store   │          checked│  as a                │
 *                 source ──> rows ─┘  multiset             └─> journal ──> consume ──> both stores
 *
 * cell.h says what a value is and when two are equal; source.h reads stores; rows.h brings them into one order, by the
 * database or by sort.h; row_pair.h pairs; settle.h holds back what may be under way; consume.h marks pairs so that
 * none is lost or counted twice. Memory does not grow with the rows: what must be kept goes to temporary files.
 *
 * A run is a plain call that blocks its thread. It may read sources more than once: where a database does not keep the
 * order that it was asked for, and for the settle time without a column that says how old a row is.
 */
#ifndef PLX_RECONCILE_BATCH_H
#define PLX_RECONCILE_BATCH_H

#include "batch/reconcile/batch_result.h"

struct plx_reconcile_progress {
    uint64_t rows;    /* read of both sides in this reading */
    double part;      /* of all, 0 to 1; below 0: not known */
    const char *what; /* "reading", "waiting", "marking"; static */
};

struct plx_reconcile_options {
    bool dry_run;            /* nothing is marked */
    const atomic_bool *stop; /* NULL, or becomes true where the run is to end early */
    void (*progress)(void *context, const struct plx_reconcile_progress *progress); /* NULL: none */
    void *context;
};

/*
 * Runs the job. PLX_OK: *result (initialised by the caller) says how it came out, true or false. Else *error says what
 * went wrong, and the stores are as they were, or the journal has what the next run will finish.
 */
PLX_MUST_USE enum plx_status plx_reconcile_run(const struct plx_reconcile_job *job,
                                               const struct plx_reconcile_options *options,
                                               struct plx_reconcile_result *result, struct plx_reconcile_error *error);

#endif
