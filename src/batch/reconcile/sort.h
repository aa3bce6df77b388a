/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any number of records in the order of their keys, in bounded memory: what does not fit is sorted in runs, which go to
 * a temporary file and are merged when they are read. Records of equal keys stay in no particular order.
 *
 *   add, add ... -> memory -> full: sorted, written as a run -> ... -> finish: sorted -> next: the smallest of all runs
 */
#ifndef PLX_RECONCILE_SORT_H
#define PLX_RECONCILE_SORT_H

#include "batch/reconcile/spill.h"

#define PLX_SORT_RUNS_MAX 256u /* beyond it they are merged into one: a buffer of 64 KiB each */

struct plx_sort;

/* NULL: no memory. */
struct plx_sort *plx_sort_new(uint64_t memory_bytes);
void plx_sort_free(struct plx_sort *sort); /* NULL is fine */
PLX_MUST_USE enum plx_status plx_sort_add(struct plx_sort *sort, const struct plx_record *record,
                                          struct plx_reconcile_error *error);
PLX_MUST_USE enum plx_status plx_sort_finish(struct plx_sort *sort, struct plx_reconcile_error *error);
/* After finish: the next one in order, valid until the next call. PLX_DONE at the end. */
PLX_MUST_USE enum plx_status plx_sort_next(struct plx_sort *sort, struct plx_record *record,
                                           struct plx_reconcile_error *error);
size_t plx_sort_runs(const struct plx_sort *sort); /* that went to disk */

#endif
