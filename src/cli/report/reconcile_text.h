/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax reconcile` says to people: a result, and how far a run has come. */
#ifndef PLX_REPORT_RECONCILE_TEXT_H
#define PLX_REPORT_RECONCILE_TEXT_H

#include "batch/reconcile/batch.h"
#include "cli/terminal/terminal.h"

/* Counts and first rows, as the JSON of a result has them. false: no memory. */
bool plx_reconcile_tell(const struct plx_terminal *terminal, const struct plx_reconcile_result *result);

/* A line on a terminal's standard error that is written again and again; nothing where it is no terminal. */
struct plx_reconcile_bar {
    bool shown;
    double began_s, told_s;
};

void plx_reconcile_bar_init(struct plx_reconcile_bar *bar);
void plx_reconcile_bar_tell(void *bar, const struct plx_reconcile_progress *progress);
void plx_reconcile_bar_end(struct plx_reconcile_bar *bar);

#endif
