/* SPDX-License-Identifier: Apache-2.0 */
/* What was not looked at, in a terminal: what rules excused, and what was never compared. */
#ifndef PLX_REPORT_REPORT_EXCUSED_H
#define PLX_REPORT_REPORT_EXCUSED_H

#include "cli/report/report_model.h"
#include "cli/terminal/printer.h"

#define PLX_REPORT_RULES_SHOWN_MAX 20u /* rows of rules, and endpoints that were never compared */

/* Each rule in a line, and its example. */
void plx_report_print_rules(struct plx_printer *p, const struct plx_report_service *service);
void plx_report_print_never_compared(struct plx_printer *p, const struct plx_report_service *service);

#endif
