/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax reconcile` told a running proxy, as a part of the report's model. */
#ifndef PLX_REPORT_REPORT_RECONCILIATIONS_H
#define PLX_REPORT_REPORT_RECONCILIATIONS_H

#include "cli/report/report_parts.h"
#include "evidence/record/reconciliation.h"

/* A row that has no partner; of a pair that differs its key (or one of its rows), and where. */
struct plx_report_row {
    struct plx_slice json;
    struct plx_report_differences differences;
};

struct plx_report_reconciliation {
    struct plx_slice name;
    enum plx_report_verdict verdict;
    const char *result;   /* "true", "false" or "failed" */
    struct plx_slice why; /* "3 rows of the left side have no partner, 1 pair differs", or the error */
    uint64_t runs_total;
    struct plx_slice runs;     /* "3 runs: 1 true, 1 false, 1 failed" */
    struct plx_slice all_rows; /* "over all runs: paired 90, only_left 20"; empty: there was but one */
    /* of the last run: */
    struct plx_slice started, stores[2];
    double seconds;
    uint64_t rows[2], counts[PLX_RECONCILIATION_COUNTS];
    struct plx_report_row *examples[PLX_EXAMPLE_KINDS];
    size_t example_count[PLX_EXAMPLE_KINDS];
    uint64_t examples_cut;
    struct plx_slice last_counts; /* "paired 9, only_left 2" */
};

/* Reads "reconciliations" of a report, which may be missing. false: no memory. */
PLX_MUST_USE bool plx_report_read_reconciliations(const struct plx_document *document, struct plx_arena *arena,
                                                  struct plx_report_reconciliation **out, size_t *count);

#endif
