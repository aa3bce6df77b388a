/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JUnit XML, for continuous integration. */
#ifndef PLX_REPORT_REPORT_JUNIT_H
#define PLX_REPORT_REPORT_JUNIT_H

#include "base/buffer.h"
#include "cli/report/report_model.h"

/* A test suite a service, a test case for the service and for each field: failure is a regression, skipped what is
 * inconclusive. */
void plx_report_write_junit(struct plx_buffer *out, const struct plx_report *report);

#endif
