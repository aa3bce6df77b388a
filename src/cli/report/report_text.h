/* SPDX-License-Identifier: Apache-2.0 */
/* The report as people read it in a terminal; also the end of the demo. */
#ifndef PLX_REPORT_REPORT_TEXT_H
#define PLX_REPORT_REPORT_TEXT_H

#include "cli/report/report_model.h"

#include <stdio.h>

struct plx_report_look {
    bool colour;
    unsigned width;    /* columns */
    bool summary;      /* a line for each alone */
    bool ended;        /* the proxy is about to end: no commands to try next */
    const char *admin; /* shown in the commands to try next as --admin; NULL: they do without */
};

/* PLX_E_MEMORY: nothing is printed then. */
PLX_MUST_USE enum plx_status plx_report_print(FILE *file, const struct plx_report *report,
                                              const struct plx_report_look *look);

#endif
