/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded mismatch as people read it in a terminal. */
#ifndef PLX_REPORT_DIFFS_TEXT_H
#define PLX_REPORT_DIFFS_TEXT_H

#include "cli/client/reading.h"
#include "cli/terminal/terminal.h"

/* Prints one record of GET /api/v1/services/{name}/differences, what differs in field (as the report or the record
 * names it; NULL: none) first. PLX_E_MEMORY: some of it is missing. */
PLX_MUST_USE enum plx_status plx_record_print(const struct plx_terminal *terminal, struct plx_item record,
                                              const char *field);

#endif
