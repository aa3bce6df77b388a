/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marking pairs on both sides, so that none is lost and none counted twice, whenever the process ends.
 *
 *   reading: pairs into the journal -> seal (commit) -> for each batch: left (commit) -> right (commit) -> done
 * (commit)
 *            -> finish: the journal is empty
 *
 *   the process ends     | left, right     | journal         | what the next start does first
 *   ---------------------+-----------------+-----------------+-------------------------------------------------------
 *   while reading        | unmarked        | empty: its      | nothing: all rows are read and paired again
 *                        |                 | commit is to be |
 *   sealed, before left  | unmarked        | batch not done  | marks the batch on both sides
 *   after left           | left alone      | batch not done  | marks it again: left changes nothing, right catches up
 *   after right          | both            | batch not done  | marks it again: nothing changes
 *   after done           | both            | batch done      | goes on with the next batch
 *   after the last done  | all             | all done        | empties the journal
 *
 * So the statements have to be such that a second time does no harm, as marking by id is. What was begun is finished
 * before anything is read: no row of an open pair is read again. Batches are short, and so are the locks they take.
 */
#ifndef PLX_RECONCILE_CONSUME_H
#define PLX_RECONCILE_CONSUME_H

#include "batch/reconcile/journal.h"
#include "batch/reconcile/source.h"

#include <stdatomic.h>

#define PLX_CONSUME_BATCH 1000u /* pairs a transaction */

/* Marks what the journal has sealed and is not done, and empties it. stop (may be NULL) ends it between two batches:
 * PLX_E_CANCELED, and the next start goes on. */
PLX_MUST_USE enum plx_status plx_consume(struct plx_journal *journal, struct plx_source *left, struct plx_source *right,
                                         const atomic_bool *stop, struct plx_reconcile_error *error);

/* For tests alone: ends the process as kill -9 does where PARALLAX_RECONCILE_STOP_AT names this step, as in "right:2".
 */
void plx_consume_step(const char *step, unsigned batch);

#endif
