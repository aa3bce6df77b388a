/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's live table: redrawn in place on a terminal, else a line now and then. */
#ifndef PLX_DEMO_DEMO_TABLE_H
#define PLX_DEMO_DEMO_TABLE_H

#include "cli/demo/generator.h"
#include "cli/report/report_model.h"
#include "cli/terminal/terminal.h"

struct plx_demo_table {
    struct plx_terminal terminal;
    struct plx_buffer out;
    bool live;          /* drawn over itself */
    bool fine;          /* with characters beyond ASCII */
    unsigned lines;     /* drawn, to be drawn over */
    double next_line_s; /* where it is not live: when the next line is due */
};

/* One moment of the demo. */
struct plx_demo_moment {
    double elapsed_s, total_s; /* total 0: without an end */
    const struct plx_report_service *report;
    const struct plx_generator_counts *clients;
};

void plx_demo_table_init(struct plx_demo_table *table);
void plx_demo_table_fini(struct plx_demo_table *table); /* shows the cursor again */
void plx_demo_table_show(struct plx_demo_table *table, const struct plx_demo_moment *moment);

#endif
