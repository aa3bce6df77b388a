/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that have not settled: one side's copy of a result may be on its way when the other one is read, which is no
 * difference. With a column that says when a row was written, one that is younger than the settle time waits for the
 * next run. Without, what found no partner is looked for again in a second reading, the settle time later; only what
 * has none both times counts.
 *
 * What the first reading left without a partner goes to temporary files in the order of keys, in which the second
 * reading comes too: they are walked side by side, whatever their size.
 */
#ifndef PLX_RECONCILE_SETTLE_H
#define PLX_RECONCILE_SETTLE_H

#include "batch/reconcile/reconcile_job.h"
#include "batch/reconcile/spill.h"

enum plx_settle_mode {
    PLX_SETTLE_NONE,   /* every row counts */
    PLX_SETTLE_TIME,   /* by the column with the time */
    PLX_SETTLE_FIRST,  /* the first of two readings */
    PLX_SETTLE_SECOND, /* the second one */
};

struct plx_settle {
    enum plx_settle_mode mode;
    int64_t settled_ms; /* rows written later have not settled */
    struct plx_spill files[PLX_SIDES];
    struct plx_spill_reader readers[PLX_SIDES];
    struct plx_record at[PLX_SIDES];
    bool has[PLX_SIDES];
};

void plx_settle_init(struct plx_settle *settle);
void plx_settle_fini(struct plx_settle *settle);
/* A reading begins, at this time. */
PLX_MUST_USE enum plx_status plx_settle_begin(struct plx_settle *settle, enum plx_settle_mode mode, int64_t settled_ms,
                                              struct plx_reconcile_error *error);
/* A row without an equal partner: whether it waits. Rows of a side come in the order of their keys. */
PLX_MUST_USE enum plx_status plx_settle_look(struct plx_settle *settle, enum plx_side_name side,
                                             const struct plx_record *record, bool *waits,
                                             struct plx_reconcile_error *error);

#endif
