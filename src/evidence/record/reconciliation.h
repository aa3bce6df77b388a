/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of `parallax reconcile` as a result: what its two ends share. The program that compares makes one and writes
 * it; a running `parallax run` reads it (reconciliation_read.h) and keeps it (ledger/reconciliations.h). Both tell it
 * in the same metrics. It is a value, beside the record of a mismatch: the ledger and the store have it, who posts it,
 * and who reports it.
 *
 * Texts are slices of whoever made them. What a reading gives is bounded, and has no password of a URL in it.
 */
#ifndef PLX_RECORD_RECONCILIATION_H
#define PLX_RECORD_RECONCILIATION_H

#include "service/service.h"
#include "json/writer.h"

#define PLX_RECONCILIATION_NAME_MAX     PLX_SERVICE_NAME_MAX /* bytes, of the same characters */
#define PLX_RECONCILIATION_POST_MAX     (64u << 10)          /* of one as JSON */
#define PLX_RECONCILIATION_STORE_MAX    512u                 /* bytes of a store; the rest is cut */
#define PLX_RECONCILIATION_ERROR_MAX    1024u                /* likewise, of an error */
#define PLX_RECONCILIATION_EXAMPLES_MAX 10u                  /* of a kind */
#define PLX_RECONCILIATION_EXAMPLE_MAX  (8u << 10)           /* bytes of one as JSON */
#define PLX_RECONCILIATION_SHOWN_MAX    (32u << 10)          /* of all examples together */
#define PLX_RECONCILIATION_COUNT_MAX    UINT64_C(1000000000000000)
#define PLX_RECONCILIATION_SECONDS_MAX  1e9

/* How a run came out: enum, name in metrics and totals. */
#define PLX_RECONCILIATION_OUTCOME_MAP(X) \
    X(PLX_RECONCILIATION_TRUE, "true")    \
    X(PLX_RECONCILIATION_FALSE, "false")  \
    X(PLX_RECONCILIATION_FAILED, "failed") /* it could not be finished */

enum plx_reconciliation_outcome {
#define PLX_RECONCILIATION_ENUM(name, ...) name,
    PLX_RECONCILIATION_OUTCOME_MAP(PLX_RECONCILIATION_ENUM)
#undef PLX_RECONCILIATION_ENUM
        PLX_RECONCILIATION_OUTCOMES
};

/* What is counted: enum, name in JSON and metrics, whether a finished run must say it, whether it is a gauge. */
#define PLX_RECONCILIATION_COUNT_MAP(X)                                                                      \
    X(PLX_ROWS_PAIRED, "paired", true, true)           /* pairs of rows that agree */                        \
    X(PLX_ROWS_ONLY_LEFT, "only_left", true, true)     /* rows without a partner */                          \
    X(PLX_ROWS_ONLY_RIGHT, "only_right", true, true)   /* likewise */                                        \
    X(PLX_ROWS_DIFFERING, "differing", true, true)     /* pairs of rows whose keys agree and the rest not */ \
    X(PLX_ROWS_WAITING, "waiting", false, true)        /* rows that are too young to be judged */            \
    X(PLX_ROWS_UNEXAMINED, "unexamined", false, false) /* among the above, not held against the rules */     \
    X(PLX_ROWS_CONSUMED, "consumed", false, false)     /* pairs that were marked on both sides */            \
    X(PLX_ROWS_RECOVERED, "recovered", false, false)   /* pairs of an interrupted run that this one finished */

enum plx_reconciliation_count {
#define PLX_RECONCILIATION_ENUM(name, ...) name,
    PLX_RECONCILIATION_COUNT_MAP(PLX_RECONCILIATION_ENUM)
#undef PLX_RECONCILIATION_ENUM
        PLX_RECONCILIATION_COUNTS
};

/* Rows that are shown as examples. */
enum plx_reconciliation_kind {
    PLX_EXAMPLE_ONLY_LEFT,
    PLX_EXAMPLE_ONLY_RIGHT,
    PLX_EXAMPLE_DIFFERING,
    PLX_EXAMPLE_KINDS,
};

struct plx_reconciliation_side {
    struct plx_slice store;
    uint64_t rows; /* read */
};

struct plx_reconciliation {
    struct plx_slice name;
    enum plx_reconciliation_outcome outcome;
    uint64_t started_ms; /* since the epoch */
    double seconds;      /* that it took */
    struct plx_reconciliation_side left, right;
    uint64_t counts[PLX_RECONCILIATION_COUNTS];
    struct plx_slice error; /* of a run that failed, else empty */
    /* Each a JSON value: an object, or a string that says why the row can't be shown. */
    struct plx_slice examples[PLX_EXAMPLE_KINDS][PLX_RECONCILIATION_EXAMPLES_MAX];
    uint32_t example_count[PLX_EXAMPLE_KINDS];
    uint64_t examples_cut; /* rows that are not among them, by these limits or those of the program that compares */
};

/* What the runs of one name come to. Sums stay at INT64_MAX, which the store can hold. */
struct plx_reconciliation_totals {
    uint64_t runs[PLX_RECONCILIATION_OUTCOMES];
    uint64_t counts[PLX_RECONCILIATION_COUNTS]; /* of the runs that were finished */
};

const char *plx_reconciliation_outcome_text(enum plx_reconciliation_outcome outcome);
const char *plx_reconciliation_count_text(enum plx_reconciliation_count count);
const char *plx_reconciliation_kind_text(enum plx_reconciliation_kind kind);
/* Whether it can be the name of one. */
bool plx_reconciliation_name_fits(struct plx_slice name);
/* Shows a row, unless that goes beyond a limit: then it is counted. The JSON must stand as long as the result. */
void plx_reconciliation_show(struct plx_reconciliation *result, enum plx_reconciliation_kind kind,
                             struct plx_slice json);
void plx_reconciliation_add_up(struct plx_reconciliation_totals *totals, const struct plx_reconciliation *result);

/* In one piece of memory with all its texts; NULL: no memory. With or without examples; those left out are not counted
 * as cut. Freed with free(). */
struct plx_reconciliation *plx_reconciliation_copy(const struct plx_reconciliation *result, bool with_examples);

/* As POST /api/v1/reconciliations takes it; docs/api.md has its members. */
void plx_reconciliation_write(const struct plx_reconciliation *result, struct plx_json_writer *out);
#endif
