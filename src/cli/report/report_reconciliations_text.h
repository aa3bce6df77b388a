/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliations as people read them in a terminal: a part of the report. */
#ifndef PLX_REPORT_REPORT_RECONCILIATIONS_TEXT_H
#define PLX_REPORT_REPORT_RECONCILIATIONS_TEXT_H

#include "cli/report/report_model.h"
#include "cli/terminal/terminal.h"

void plx_report_print_reconciliations(const struct plx_terminal *terminal, struct plx_arena *arena,
                                      const struct plx_report *report);

#endif
