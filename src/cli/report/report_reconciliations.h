/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax reconcile` told a running proxy, as a part of the report: read, and in each of the report's formats.
 */
#ifndef PLX_REPORT_REPORT_RECONCILIATIONS_H
#define PLX_REPORT_REPORT_RECONCILIATIONS_H

#include "base/buffer.h"
#include "cli/report/report_model.h"
#include "cli/terminal/terminal.h"
#include "evidence/record/reconciliation.h"

/* A row that has no partner; of a pair that differs its key (or one of its rows), and where. */
struct plx_report_row {
    struct plx_slice json;
    struct plx_report_difference *differences; /* the left side as the primary's, the right one as the candidate's */
    size_t difference_count;
};

struct plx_report_reconciliation {
    struct plx_slice name, error; /* no error: the last run was finished */
    enum plx_report_verdict verdict;
    uint64_t runs[PLX_RECONCILIATION_OUTCOMES];
    /* of the last run: */
    struct plx_slice started, stores[2];
    double seconds;
    uint64_t rows[2], counts[PLX_RECONCILIATION_COUNTS];
    struct plx_report_row *examples[PLX_EXAMPLE_KINDS];
    size_t example_count[PLX_EXAMPLE_KINDS];
    uint64_t examples_cut;
};

/* Reads "reconciliations" of a report, which may be missing. false: no memory. */
PLX_MUST_USE bool plx_report_read_reconciliations(const struct plx_document *document, struct plx_arena *arena,
                                                  struct plx_report *report);
/* "true", "false" or "failed" */
const char *plx_report_reconciliation_result(const struct plx_report_reconciliation *r);
/* What the counts mean: "3 rows have no partner, 1 pair differs", or the error. */
void plx_report_reconciliation_why(const struct plx_report_reconciliation *r, struct plx_buffer *out);

void plx_report_print_reconciliations(const struct plx_terminal *terminal, struct plx_arena *arena,
                                      const struct plx_report *report);
/* Test suites, each with one case. */
void plx_report_junit_reconciliations(struct plx_buffer *out, const struct plx_report *report);
void plx_report_html_reconciliations(struct plx_buffer *out, const struct plx_report *report);

#endif
