/* SPDX-License-Identifier: Apache-2.0 */
/* The report for other readers than a terminal: JUnit XML for continuous integration, one HTML file for people, YAML
 * for a configuration. */
#ifndef PLX_REPORT_REPORT_FORMATS_H
#define PLX_REPORT_REPORT_FORMATS_H

#include "base/buffer.h"
#include "cli/report/report_model.h"

/* A test suite a service, a test case for the service and for each field: failure is a regression, skipped what is
 * inconclusive. */
void plx_report_write_junit(struct plx_buffer *out, const struct plx_report *report);
/* Without scripts and without anything from elsewhere. */
void plx_report_write_html(struct plx_buffer *out, const struct plx_report *report);

/* The proposed rules as YAML: services with `compare:` and `routes:`, each rule below a comment with its evidence. */
void plx_report_write_proposals(struct plx_buffer *out, const struct plx_report *report);

/* Appends text as the content of an XML or HTML element or attribute: markup escaped, what XML 1.0 can't hold made
 * visible. */
void plx_markup_add(struct plx_buffer *out, struct plx_slice text);

#endif
