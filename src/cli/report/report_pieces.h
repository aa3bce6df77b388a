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
/* "412 exchanges: 201 match, 201 mismatch, 10 ignored" */
void plx_report_add_endpoint_counts(struct plx_buffer *out, const struct plx_report_counts *counts,
                                    const struct plx_words *words);
/* "primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms", and before it what is given; false, and nothing:
 * none was measured. */
bool plx_report_add_latency(struct plx_buffer *out, const char *before,
                            const struct plx_report_latency latency[PLX_REPORT_ROLES], const struct plx_words *words);
/* "stage canary, share 10 %, confidence 99 %": what stands in brackets behind a verdict. */
void plx_report_add_about(struct plx_buffer *out, const struct plx_report_service *service);

#endif
