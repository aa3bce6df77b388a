/* SPDX-License-Identifier: Apache-2.0 */
/* A line for each service, experiment, spy and reconciliation of a report: what it came to, of how many, and why. */
#ifndef PLX_REPORT_REPORT_SUMMARY_H
#define PLX_REPORT_REPORT_SUMMARY_H

#include "cli/report/report_model.h"
#include "cli/terminal/printer.h"

void plx_report_print_summary(struct plx_printer *printer, const struct plx_report *report);

#endif
