/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When `parallax report` has what it waits for. Exchanges that were answered before it asked are to be in the numbers:
 * those it waits for, never for what comes meanwhile, since with traffic there is always something. With --within it
 * also waits until every verdict can say how little may differ.
 */
#ifndef PLX_COMMAND_REPORT_WAIT_H
#define PLX_COMMAND_REPORT_WAIT_H

#include "cli/report/report_model.h"

#define PLX_REPORT_WAIT_MS     1000u /* by default: longer than the copies of most services take */
#define PLX_REPORT_WAIT_MAX_MS (24u * 3600u * 1000u)

struct plx_report_wait {
    uint64_t wait_ms;  /* at most */
    double within;     /* 0: not asked for; else the share that may differ */
    uint64_t begun_ms; /* monotonic, when the first answer came; 0: not yet */
    bool told;         /* a line of progress stands in the terminal */
};

/* Reads --wait or --within: 0, or the exit status after telling. */
int plx_report_wait_read(struct plx_report_wait *wait, const char *text);
int plx_report_within_read(struct plx_report_wait *wait, const char *text);
/* Takes note of what was read, in it too (plx_report_await()), and pauses; false: it is what is to be shown. */
bool plx_report_wait_on(struct plx_report_wait *wait, struct plx_report *report);
/* Says on standard error what is still missing. */
void plx_report_wait_tell(const struct plx_report_wait *wait, const struct plx_report *report);

#endif
