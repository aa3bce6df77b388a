/* SPDX-License-Identifier: Apache-2.0 */
/* The report as one HTML file for people, without scripts and without anything from elsewhere. */
#ifndef PLX_REPORT_REPORT_HTML_H
#define PLX_REPORT_REPORT_HTML_H

#include "base/buffer.h"
#include "cli/report/report_model.h"

void plx_report_write_html(struct plx_buffer *out, const struct plx_report *report);

#endif
