/* SPDX-License-Identifier: Apache-2.0 */
/* The epochs of a service, as a part of the report's model: that of the report, and the earlier ones. */
#ifndef PLX_REPORT_REPORT_EPOCH_LIST_H
#define PLX_REPORT_REPORT_EPOCH_LIST_H

#include "base/buffer.h"
#include "cli/report/report_parts.h"

struct plx_report_epoch {
    struct plx_slice name, began, ended, why, reason, version, candidate; /* times as RFC 3339; any may be empty */
    bool kept;                                                            /* it came to: */
    enum plx_report_verdict verdict;
    uint64_t exchanges;
};

/* Of a report as a whole: "epoch" and what belongs to it, and "epochs". false: no memory. */
PLX_MUST_USE bool plx_report_read_epochs(struct plx_item report, struct plx_arena *arena,
                                         struct plx_report_epoch *present, struct plx_report_epoch **earlier,
                                         size_t *count);
/* What it is called in an option: its name, or when it began. */
struct plx_slice plx_report_epoch_called(const struct plx_report_epoch *epoch);
/* "2026-01-02 03:04:05": a time to the second. */
void plx_report_add_time(struct plx_buffer *out, struct plx_slice time);
/* "(marked: mends the totals)": why it began; false, and nothing: it is not known. */
bool plx_report_add_epoch_why(struct plx_buffer *out, const struct plx_report_epoch *epoch);
/* "epoch build 7 (marked) since 2026-01-02 03:04:05 UTC, version 2"; false: nothing is known of it. */
bool plx_report_add_epoch(struct plx_buffer *out, const struct plx_report_epoch *epoch);
/* "build 6 regression, 1200 exchanges" */
void plx_report_add_outcome(struct plx_buffer *out, const struct plx_report_epoch *epoch);

#endif
