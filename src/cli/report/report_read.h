/* SPDX-License-Identifier: Apache-2.0 */
/* A report as the admin API answers it, read into the model. */
#ifndef PLX_REPORT_REPORT_READ_H
#define PLX_REPORT_REPORT_READ_H

#include "cli/report/report_model.h"

/* Reads {"services":[...],"experiments":[...],"spies":[...],"reconciliations":[...]}; but the first all may be missing.
 * PLX_E_SYNTAX where it is not that; PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_report_read(const struct plx_document *document, struct plx_arena *arena,
                                             struct plx_report *report);
/* Reads the report of one service, experiment or spy, as its own path answers. Statuses as above. */
PLX_MUST_USE enum plx_status plx_report_read_one(const struct plx_document *document, struct plx_arena *arena,
                                                 struct plx_report *report);

#endif
