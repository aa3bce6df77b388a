/* SPDX-License-Identifier: Apache-2.0 */
/* The report as JUnit XML, for continuous integration. */
#ifndef PLX_REPORT_REPORT_JUNIT_H
#define PLX_REPORT_REPORT_JUNIT_H

#include "base/buffer.h"
#include "cli/report/report_model.h"

struct plx_junit_look {
    uint64_t time_ms;        /* since the epoch, when the report was asked for */
    bool inconclusive_fails; /* what is inconclusive is a failure; else it is skipped */
};

/*
 * A test suite a service. Its test cases are "verdict", of all of it, and each endpoint by its name, those without a
 * difference too: so that a name stands for the same thing from one report to the next. A regression is a failure; what
 * is not compared is skipped.
 */
void plx_report_write_junit(struct plx_buffer *out, const struct plx_report *report, const struct plx_junit_look *look);

#endif
