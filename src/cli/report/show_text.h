/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded mismatch whole, as people read it in a terminal: what was asked and answered, headers and bodies. */
#ifndef PLX_REPORT_SHOW_TEXT_H
#define PLX_REPORT_SHOW_TEXT_H

#include "cli/client/reading.h"
#include "cli/terminal/terminal.h"

/* Prints what GET /api/v1/exchanges/{id} gave. JSON is indented, text has its lines, of other bytes it says how many.
 * PLX_E_MEMORY: some of it is missing. */
PLX_MUST_USE enum plx_status plx_record_print_whole(const struct plx_terminal *terminal, struct plx_item record);

#endif
