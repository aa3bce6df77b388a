/* SPDX-License-Identifier: Apache-2.0 */
/* The causes of a service's mismatches as people read them in a terminal: a part of the report. */
#ifndef PLX_REPORT_REPORT_CAUSES_H
#define PLX_REPORT_REPORT_CAUSES_H

#include "cli/report/report_model.h"
#include "cli/terminal/terminal.h"

/* Nothing where there are none. hint: a command to look at all exchanges of a cause comes with each. */
void plx_report_print_causes(const struct plx_terminal *terminal, struct plx_arena *arena,
                             const struct plx_report_service *service, bool hint);

#endif
