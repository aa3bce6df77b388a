/* SPDX-License-Identifier: Apache-2.0 */
/* What was not looked at, in a terminal: what rules excused, what says nothing, headers, and what was never compared.
 */
#ifndef PLX_REPORT_REPORT_EXCUSED_H
#define PLX_REPORT_REPORT_EXCUSED_H

#include "cli/report/report_model.h"
#include "cli/terminal/printer.h"

#define PLX_REPORT_RULES_SHOWN_MAX 20u /* rows of rules, and endpoints that were never compared */

/* "1120 of 1699 compared exchanges are equal only by 3 rules", without a line end; false: no rule excused anything. */
bool plx_report_add_excused(struct plx_buffer *out, const struct plx_report_service *service);
/* The lines below a service's counts. */
void plx_report_print_excused(struct plx_printer *p, const struct plx_report_service *service);
void plx_report_print_never_compared(struct plx_printer *p, const struct plx_report_service *service);

#endif
