/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's counts since its last hand-over, and the mismatches among them whole. It has one owner at a time: the
 * worker that counts, then the ledger that folds it. There is no lock.
 */
#ifndef PLX_LEDGER_TALLY_H
#define PLX_LEDGER_TALLY_H

#include "base/arena.h"
#include "evidence/count/exchange_outcome.h"
#include "evidence/count/recheck_counts.h"

#define PLX_TALLY_RECORDS_MAX 64u  /* whole mismatches a worker keeps between two hand-overs; the rest is counted */
#define PLX_TALLY_CAUSES_MAX  256u /* that it tells apart meanwhile; what comes after counts under "(other)" */
#define PLX_TALLY_RECHECKS_MAX \
    256u /* causes whose rechecks it tells apart meanwhile; what comes after counts under "(other)" */

struct plx_tally;

struct plx_last_values;

/* last_values: what its owner remembers from tally to tally, used by plx_tally_add() alone; NULL: nothing. NULL where
 * there is no memory. */
struct plx_tally *plx_tally_new(struct plx_last_values *last_values);
void plx_tally_free(struct plx_tally *tally);
/*
 * Counts one exchange; of a mismatch also makes its record (redacted), as long as there is room for it. Where there is
 * no memory the counters still add up and the record is counted as dropped.
 */
void plx_tally_add(struct plx_tally *tally, const struct plx_exchange_outcome *outcome, struct plx_arena *scratch);

/*
 * Counts what came of a recheck of a mismatch, whose cause is known by its endpoint and its fields
 * (plx_cause_id_fields()). It is no exchange: nothing else is counted of it. false: no memory, it is not counted.
 */
PLX_MUST_USE bool plx_tally_recheck(struct plx_tally *tally, const struct plx_subject *subject,
                                    struct plx_slice endpoint, uint64_t fields, enum plx_recheck_result result);

/* Counts a request that was refused before it was an exchange. */
void plx_tally_refuse(struct plx_tally *tally, enum plx_refused reason);

#endif
