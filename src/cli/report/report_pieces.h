/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of text and their looks that several readings share. */
#ifndef PLX_REPORT_REPORT_PIECES_H
#define PLX_REPORT_REPORT_PIECES_H

#include "cli/report/report_model.h"
#include "cli/terminal/terminal.h"

enum plx_style plx_report_style(enum plx_report_verdict verdict);
/* JSON values are shown as written; a side that has none says so. */
struct plx_slice plx_report_side(struct plx_slice value);
/* "/total (value), status (value) and 3 more" */
void plx_report_add_cause_fields(struct plx_buffer *out, const struct plx_report_cause *cause);
/* "3 of 3 differed again 500 ms later", and before it what is given; nothing where nothing came of asking again.
 * Whether there was anything. It needs no escaping. */
bool plx_report_add_recheck(struct plx_buffer *out, const char *before, const struct plx_report_recheck *recheck);
/* "  3 exchanges are under way: answered, but not counted until their copies end" */
void plx_report_add_under_way(struct plx_buffer *out, const struct plx_report_service *service);

#endif
