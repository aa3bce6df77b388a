/* SPDX-License-Identifier: Apache-2.0 */
/* What to do next: the last part of a report in a terminal. */
#ifndef PLX_REPORT_REPORT_NEXT_H
#define PLX_REPORT_REPORT_NEXT_H

#include "cli/report/report_model.h"
#include "cli/terminal/terminal.h"

/* admin: shown in the commands as --admin; NULL: they do without. */
void plx_report_print_next(const struct plx_terminal *terminal, const struct plx_report_service *service,
                           const char *admin);

#endif
