/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs that are to be marked, in a SQLite file of our own, since two stores have no transaction in common.
 *
 * All pairs of a run are written first, in one transaction; from its end on (sealed) they are marked whatever happens:
 * consume.h says how. The file is locked for as long as it is open, so that two processes never run one job at a time;
 * the kernel lets go of the lock when the process ends, however it ends.
 */
#ifndef PLX_RECONCILE_JOURNAL_H
#define PLX_RECONCILE_JOURNAL_H

#include "batch/reconcile/cell.h"
#include "batch/reconcile/reconcile_error.h"
#include "batch/reconcile/reconcile_job.h"

struct plx_journal;

/* Where a job's journal lies: as the job says, else beside its SQLite file, else in the working directory. NULL: no
 * memory; else the caller's to free. */
char *plx_journal_path(const struct plx_reconcile_job *job);
/* Opens or creates it. PLX_E_IO: it can't be used, or belongs to another job; PLX_E_TIMEOUT: another process has it. */
PLX_MUST_USE enum plx_status plx_journal_open(const struct plx_reconcile_job *job, struct plx_journal **journal,
                                              struct plx_reconcile_error *error);
void plx_journal_close(struct plx_journal *journal); /* NULL is fine */

/* Pairs of a sealed journal: all, and those of them that have been marked on both sides. */
uint64_t plx_journal_pairs(const struct plx_journal *journal);
uint64_t plx_journal_done(const struct plx_journal *journal);

/* Forgets pairs that were added and not sealed, and begins to take others. */
PLX_MUST_USE enum plx_status plx_journal_begin(struct plx_journal *journal, struct plx_reconcile_error *error);
PLX_MUST_USE enum plx_status plx_journal_add(struct plx_journal *journal, struct plx_cell left, struct plx_cell right,
                                             struct plx_reconcile_error *error);
PLX_MUST_USE enum plx_status plx_journal_seal(struct plx_journal *journal, struct plx_reconcile_error *error);
/* The next pairs that are not done: up to count of them, *count at the end, whose texts lie in the arena. */
PLX_MUST_USE enum plx_status plx_journal_read(struct plx_journal *journal, struct plx_arena *arena,
                                              struct plx_cell *left, struct plx_cell *right, size_t *count,
                                              struct plx_reconcile_error *error);
/* So many more are done. */
PLX_MUST_USE enum plx_status plx_journal_advance(struct plx_journal *journal, size_t count,
                                                 struct plx_reconcile_error *error);
/* All are: it is empty again. */
PLX_MUST_USE enum plx_status plx_journal_finish(struct plx_journal *journal, struct plx_reconcile_error *error);

#endif
