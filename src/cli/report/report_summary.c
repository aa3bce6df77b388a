/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_summary.h"

#include "base/assert.h"
#include "cli/report/report_pieces.h"
#include "cli/terminal/grid.h"

/* "120 exchanges, 3 mismatch, 2 under way" */
static struct plx_slice
counts_of(struct plx_printer *p, const struct plx_report_service *service)
{
    const struct plx_report_counts *counts = &service->counts;

    plx_buffer_format(&p->text, "%llu %s", (unsigned long long)counts->total,
                      plx_words_exchanges(service->words, counts->total));
    if (counts->by[PLX_REPORT_MISMATCH])
        plx_buffer_format(&p->text, ", %llu mismatch", (unsigned long long)counts->by[PLX_REPORT_MISMATCH]);
    if (service->under_way)
        plx_buffer_format(&p->text, ", %llu under way", (unsigned long long)service->under_way);
    return plx_printer_keep(p);
}

static void
add_row(struct plx_printer *p, struct plx_grid *grid, struct plx_slice name, enum plx_report_verdict verdict,
        const char *word, struct plx_slice counts, struct plx_slice why)
{
    plx_grid_add(grid, (struct plx_grid_cell[]){{name, PLX_BOLD},
                                                {plx_slice_of(word), plx_report_style(verdict)},
                                                {counts, PLX_PLAIN},
                                                {why, PLX_DIM}});
}

void
plx_report_print_summary(struct plx_printer *p, const struct plx_report *report)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {0}, {0}, {.shrinks = true}};
    struct plx_grid grid;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (size_t i = 0; i < report->count; i++) {
        const struct plx_report_service *service = &report->services[i];

        add_row(p, &grid, service->name, service->verdict, plx_report_verdict_text(service->verdict),
                counts_of(p, service), service->why);
    }
    for (size_t i = 0; i < report->reconciliation_count; i++) {
        const struct plx_report_reconciliation *r = &report->reconciliations[i];

        plx_buffer_format(&p->text, "%llu %s", (unsigned long long)r->runs_total, r->runs_total == 1 ? "run" : "runs");
        add_row(p, &grid, r->name, r->verdict, r->result, plx_printer_keep(p), r->why);
    }
    plx_grid_print(&grid, p->terminal, 0);
}
