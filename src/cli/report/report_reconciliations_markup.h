/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations as JUnit XML and as HTML: parts of the report. */
#ifndef PLX_REPORT_REPORT_RECONCILIATIONS_MARKUP_H
#define PLX_REPORT_REPORT_RECONCILIATIONS_MARKUP_H

#include "base/buffer.h"
#include "cli/report/report_model.h"

/* Test suites, each with one case. */
void plx_report_junit_reconciliations(struct plx_buffer *out, const struct plx_report *report, bool inconclusive_fails);
void plx_report_html_reconciliations(struct plx_buffer *out, const struct plx_report *report);

#endif
