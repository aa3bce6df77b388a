/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's live table: redrawn in place on a terminal, else a line now and then. */
#ifndef PLX_DEMO_TABLE_H
#define PLX_DEMO_TABLE_H

#include "base/buffer.h"
#include <parallax/value.h>

struct plx_demo_table {
    bool live, colour;
    unsigned width, lines; /* lines: drawn and to be drawn over */
    double next_line_s;    /* where it is not live: when the next line is due */
    struct plx_buffer out;
};

void plx_demo_table_init(struct plx_demo_table *table);
void plx_demo_table_fini(struct plx_demo_table *table); /* shows the cursor again */
/* total_s 0: without an end. report: a service's, as the admin API gives it. */
void plx_demo_table_show(struct plx_demo_table *table, const struct plx_document *report, double elapsed_s, double total_s,
                         double per_second);

#endif
