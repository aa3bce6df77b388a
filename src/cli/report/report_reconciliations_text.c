/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/report_reconciliations_text.h"

#include "base/assert.h"
#include "cli/report/report_pieces.h"
#include "cli/terminal/grid.h"
#include "cli/terminal/printer.h"

/* "notifications: false   (reconciliation, 12 runs: 10 true, 2 false)" and what that means. */
static void
print_head(struct plx_printer *p, const struct plx_report_reconciliation *r)
{
    plx_text_add(&p->text, r->name, p->terminal->width / 2);
    plx_buffer_text(&p->text, ": ");
    plx_printer_write(p, PLX_BOLD);
    plx_buffer_text(&p->text, r->result);
    plx_printer_write(p, plx_report_style(r->verdict));
    plx_buffer_text(&p->text, "   (reconciliation, ");
    plx_buffer_add(&p->text, r->runs);
    plx_buffer_text(&p->text, ")\n");
    plx_printer_write(p, PLX_DIM);
    plx_buffer_text(&p->text, "  ");
    plx_text_add(&p->text, r->why, SIZE_MAX);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, r->verdict == PLX_REPORT_INCONCLUSIVE ? PLX_YELLOW : PLX_PLAIN);
}

/* "  2026-11-25 12:00:00 UTC, 123 ms" and the two sides. */
static void
print_run(struct plx_printer *p, const struct plx_report_reconciliation *r)
{
    static const struct plx_grid_column columns[] = {{0}, {.right = true}, {.shrinks = true}};
    static const char *const sides[] = {"left", "right"};
    struct plx_grid grid;

    plx_buffer_text(&p->text, "  ");
    plx_text_add(&p->text, plx_slice_make(r->started.ptr, r->started.len < 10 ? r->started.len : 10), 10);
    if (r->started.len >= 19) {
        plx_buffer_byte(&p->text, ' ');
        plx_text_add(&p->text, plx_slice_make(r->started.ptr + 11, 8), 8);
        plx_buffer_text(&p->text, " UTC");
    }
    plx_buffer_text(&p->text, ", ");
    plx_text_add_seconds(&p->text, r->seconds);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, PLX_DIM);
    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (size_t i = 0; i < PLX_COUNT(sides); i++) {
        plx_buffer_format(&p->text, "%llu row%s", (unsigned long long)r->rows[i], r->rows[i] == 1 ? "" : "s");
        plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of(sides[i]), PLX_DIM},
                                                     {plx_printer_keep(p), PLX_DIM},
                                                     {r->stores[i], PLX_DIM}});
    }
    plx_grid_print(&grid, p->terminal, 2);
}

static void
print_counts(struct plx_printer *p, const struct plx_report_reconciliation *r)
{
    static const struct plx_grid_column columns[] = {{0}, {.right = true}};
    static const enum plx_style styles[PLX_RECONCILIATION_COUNTS] = {[PLX_ROWS_PAIRED] = PLX_GREEN,
                                                                     [PLX_ROWS_ONLY_LEFT] = PLX_RED,
                                                                     [PLX_ROWS_ONLY_RIGHT] = PLX_RED,
                                                                     [PLX_ROWS_DIFFERING] = PLX_RED,
                                                                     [PLX_ROWS_WAITING] = PLX_YELLOW};
    struct plx_grid grid;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++) {
        enum plx_style style = r->counts[i] ? styles[i] : PLX_DIM;

        if (r->counts[i] == 0 && i > PLX_ROWS_DIFFERING)
            continue;
        plx_grid_add(&grid, (struct plx_grid_cell[]){
                                {plx_slice_of(plx_reconciliation_count_text((enum plx_reconciliation_count)i)), style},
                                {plx_printer_number(p, r->counts[i]), style}});
    }
    plx_buffer_byte(p->terminal->out, '\n');
    plx_grid_print(&grid, p->terminal, 2);
}

static void
print_all_rows(struct plx_printer *p, const struct plx_report_reconciliation *r)
{
    if (r->all_rows.len == 0)
        return;
    plx_buffer_text(&p->text, "  ");
    plx_buffer_add(&p->text, r->all_rows);
    plx_printer_end_line(p, PLX_DIM);
}

static void
print_row(struct plx_printer *p, const struct plx_report_row *row)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.shrinks = true}};
    struct plx_grid grid;

    plx_buffer_text(&p->text, "    ");
    plx_text_add(&p->text, row->json, p->terminal->width - 4);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, PLX_PLAIN);
    if (row->differences.count == 0)
        return;
    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (size_t i = 0; i < row->differences.count; i++) {
        const struct plx_report_difference *d = &row->differences.list[i];

        plx_grid_add(&grid, (struct plx_grid_cell[]){{d->field, PLX_BOLD}, {d->kind, PLX_YELLOW}});
        plx_grid_add_change(&grid, plx_report_side(d->primary), plx_report_side(d->candidate));
    }
    plx_grid_print(&grid, p->terminal, 6);
}

static void
print_examples(struct plx_printer *p, const struct plx_report_reconciliation *r)
{
    for (int i = 0; i < PLX_EXAMPLE_KINDS; i++) {
        if (r->example_count[i] == 0)
            continue;
        plx_buffer_format(&p->text, "\n  %s\n", plx_reconciliation_kind_text((enum plx_reconciliation_kind)i));
        plx_printer_write(p, PLX_BOLD);
        for (size_t j = 0; j < r->example_count[i]; j++)
            print_row(p, &r->examples[i][j]);
    }
    if (r->examples_cut > 0) {
        plx_buffer_format(&p->text, "  and %llu more\n", (unsigned long long)r->examples_cut);
        plx_printer_write(p, PLX_DIM);
    }
}

void
plx_report_print_reconciliations(const struct plx_terminal *terminal, struct plx_arena *arena,
                                 const struct plx_report *report)
{
    struct plx_printer p;

    plx_printer_init(&p, terminal, arena);
    for (size_t i = 0; i < report->reconciliation_count; i++) {
        const struct plx_report_reconciliation *r = &report->reconciliations[i];

        plx_buffer_text(terminal->out, terminal->out->len ? "\n\n" : "");
        print_head(&p, r);
        print_run(&p, r);
        print_all_rows(&p, r);
        if (r->verdict != PLX_REPORT_INCONCLUSIVE) {
            print_counts(&p, r);
            print_examples(&p, r);
        }
    }
    plx_printer_fini(&p);
}
