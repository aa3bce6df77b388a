/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of a job came to: counts, and the first rows of each kind, redacted and bounded. */
#ifndef PLX_RECONCILE_BATCH_RESULT_H
#define PLX_RECONCILE_BATCH_RESULT_H

#include "batch/reconcile/row_pair.h"
#include "evidence/record/reconciliation.h"

#define PLX_SHOWN_DEFAULT   10u
#define PLX_SHOWN_MAX       1000u /* rows of a kind */
#define PLX_SHOWN_BYTES_MAX 512u  /* of a value */

enum plx_row_kind {
    PLX_ROW_ONLY_LEFT,
    PLX_ROW_ONLY_RIGHT,
    PLX_ROW_DIFFERING,
    PLX_ROW_KINDS,
};

/* Counts: name in JSON and metrics, what it says. */
#define PLX_RECONCILE_COUNT_MAP(X)                                                                       \
    X(paired, "pairs of equal rows")                                                                     \
    X(only_left, "rows of the left side without a partner")                                              \
    X(only_right, "rows of the right side without a partner")                                            \
    X(differing, "pairs of rows with the same key whose compared columns differ")                        \
    X(waiting, "rows without an equal partner that have not settled: they wait for the next run")        \
    X(unexamined, "rows among the above that were not held against the rules: too many have one key")    \
    X(left_out, "rows of both sides from before `since`")                                                \
    X(recovered, "pairs of an interrupted run that were marked at the start of this one; in paired too") \
    X(consumed, "pairs that were marked on both sides")

struct plx_reconcile_counts {
#define PLX_COUNT_FIELD(name, help) uint64_t name;
    PLX_RECONCILE_COUNT_MAP(PLX_COUNT_FIELD)
#undef PLX_COUNT_FIELD
    uint64_t rows[PLX_SIDES]; /* read */
};

struct plx_reconcile_result {
    const char *name;            /* the job's */
    char stores[PLX_SIDES][256]; /* without passwords */
    bool failed;                 /* the run has not come to its end: */
    char error[PLX_RECONCILE_ERROR_MAX];
    struct plx_reconcile_counts counts;
    int64_t started_ms; /* since the epoch */
    double seconds;
    /* Of each store's first column, where it is none of the job's and goes before them: for the run alone. */
    struct plx_slice first[PLX_SIDES];
    struct plx_buffer shown[PLX_ROW_KINDS]; /* JSON values with commas between */
    uint32_t shown_count[PLX_ROW_KINDS], shown_max;
    struct plx_buffer notes; /* JSON strings with commas between: what may explain a difference */
};

/* The job has to have a name; it stays the caller's. */
void plx_reconcile_result_init(struct plx_reconcile_result *result, const struct plx_reconcile_job *job,
                               uint32_t shown_max);
void plx_reconcile_result_fini(struct plx_reconcile_result *result);
/* As before a reading, but for what stands at the top of it. */
void plx_reconcile_result_clear(struct plx_reconcile_result *result);
/* Whether every row that has settled has an equal partner. */
bool plx_reconcile_result_is_true(const struct plx_reconcile_result *result);
/* false: no memory. */
bool plx_reconcile_result_show(struct plx_reconcile_result *result, const struct plx_reconcile_job *job,
                               enum plx_row_kind kind, const struct plx_record *left, const struct plx_record *right,
                               const struct plx_comparison *comparison, struct plx_arena *arena);
void plx_reconcile_result_note(struct plx_reconcile_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* As plx_reconciliation_write() does, with all rows that are shown, and notes. */
void plx_reconcile_result_write(struct plx_json_writer *json, const struct plx_reconcile_result *result);
/* What a running proxy is told, and metrics say: texts lie in the result and in the arena. */
void plx_reconcile_result_for_ledger(const struct plx_reconcile_result *result, struct plx_arena *arena,
                                     struct plx_reconciliation *out);

#endif
