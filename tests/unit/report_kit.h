/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the report: read from a document and printed as text. */
#ifndef REPORT_KIT_H
#define REPORT_KIT_H

#include "cli/report/report_read.h"
#include "cli/report/report_text.h"
#include "reading_kit.h"

/* PLX_E_SYNTAX, PLX_E_MEMORY: nothing was printed. */
static inline enum plx_status
kit_print_report(FILE *out, const struct plx_document *document, const struct plx_report_look *look)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_report report;
    enum plx_status status = arena ? plx_report_read(document, arena, &report) : PLX_E_MEMORY;

    if (status == PLX_OK)
        status = plx_report_print(out, &report, look);
    plx_arena_free(arena);
    return status;
}

#endif
