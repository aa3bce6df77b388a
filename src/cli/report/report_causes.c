/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The causes in a terminal: how many exchanges, where, what it looks like, when, one example, how to see it again.
 * Commands are printed whole, since a cut one is of no use; what is found to be noise takes a line.
 */
#include "cli/report/report_causes.h"

#include "cli/report/report_pieces.h"
#include "cli/terminal/grid.h"
#include "cli/terminal/printer.h"

#define CAUSES_SHOWN_MAX  10u
#define TEXT_BYTES_MAX    (1u << 20) /* of the fields of a line */
#define COMMAND_SHOWN_MAX 1500u      /* bytes of a command that is printed */

struct causes {
    struct plx_printer printer;
    const struct plx_report_service *service;
    bool hint;
};

/* Before any value: what it looks like. Whole, since it ends in what matters. */
static void
print_looks(struct causes *c, const struct plx_report_cause *cause)
{
    for (size_t i = 0; i < cause->look_count; i++) {
        plx_buffer_text(&c->printer.text, "    ");
        plx_text_add(&c->printer.text, cause->looks[i], SIZE_MAX);
        plx_printer_end_line(&c->printer, PLX_YELLOW);
    }
}

/* "288 exchanges, 96.0 %: GET /payroll/{id}" */
static void
print_head(struct causes *c, const struct plx_report_cause *cause)
{
    plx_buffer_format(&c->printer.text, "\n  %llu %s, ", (unsigned long long)cause->count,
                      plx_words_exchanges(c->service->words, cause->count));
    plx_text_add_percent(&c->printer.text, cause->count, c->service->counts.by[PLX_REPORT_MISMATCH]);
    plx_buffer_text(&c->printer.text, ": ");
    plx_text_add(&c->printer.text, cause->endpoint, c->printer.terminal->width - 34);
    plx_printer_end_line(&c->printer, PLX_BOLD);
    print_looks(c, cause);
    plx_buffer_text(&c->printer.text, "    ");
    plx_report_add_time(&c->printer.text, cause->first);
    if (!plx_slice_equal(cause->first, cause->last)) {
        plx_buffer_text(&c->printer.text, " to ");
        plx_report_add_time(&c->printer.text, cause->last);
    }
    plx_buffer_text(&c->printer.text, " UTC");
    if (c->hint) {
        plx_buffer_text(&c->printer.text, ", cause ");
        plx_text_add(&c->printer.text, cause->id, 16);
    }
    plx_printer_end_line(&c->printer, PLX_DIM);
}

static void
print_recheck(struct causes *c, const struct plx_report_cause *cause)
{
    if (plx_report_add_recheck(&c->printer.text, "    asked again: ", &cause->recheck))
        plx_printer_end_line(&c->printer, PLX_PLAIN);
}

static void
print_example(struct causes *c, const struct plx_report_cause *cause)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.shrinks = true}};
    struct plx_grid grid;

    plx_grid_init(&grid, c->printer.arena, columns, 2);
    for (size_t i = 0; i < cause->differences.count; i++) {
        const struct plx_report_difference *difference = &cause->differences.list[i];

        plx_grid_add(&grid, (struct plx_grid_cell[]){{difference->shown, PLX_PLAIN}, {difference->kind, PLX_YELLOW}});
        plx_grid_add_change(&grid, plx_report_side(difference->primary), plx_report_side(difference->candidate));
    }
    plx_grid_print(&grid, c->printer.terminal, 4);
    if (cause->fields_total > cause->differences.count) {
        plx_buffer_text(&c->printer.text, cause->differences.count ? "    of the fields " : "    ");
        plx_report_add_cause_fields(&c->printer.text, cause);
        plx_printer_end_line(&c->printer, PLX_DIM);
    }
}

static void
print_command(struct causes *c, const char *role, struct plx_slice command)
{
    if (command.len == 0)
        return;
    plx_buffer_format(&c->printer.text, "    %-9s  ", role);
    if (command.len > COMMAND_SHOWN_MAX)
        plx_buffer_text(&c->printer.text, "(a long command: report --json has it)");
    else
        plx_text_add(&c->printer.text, command, SIZE_MAX);
    plx_printer_end_line(&c->printer, PLX_DIM);
}

static void
print_cause(struct causes *c, const struct plx_report_cause *cause)
{
    print_head(c, cause);
    print_recheck(c, cause);
    print_example(c, cause);
    print_command(c, "primary", cause->primary);
    print_command(c, "candidate", cause->candidate);
}

/* Those that the counts have found to be noise: a line each. */
static void
print_noise(struct causes *c)
{
    size_t shown = 0;

    for (size_t i = 0; i < c->service->cause_count; i++) {
        const struct plx_report_cause *cause = &c->service->causes[i];
        struct plx_buffer fields;

        if (!cause->noise || shown == CAUSES_SHOWN_MAX)
            continue;
        if (shown++ == 0) {
            plx_buffer_text(&c->printer.text, "\n  noise, by the counts over all exchanges:");
            plx_printer_end_line(&c->printer, PLX_DIM);
        }
        plx_buffer_init(&fields, TEXT_BYTES_MAX);
        plx_buffer_format(&fields, "%llu %s: ", (unsigned long long)cause->count,
                          plx_words_exchanges(c->service->words, cause->count));
        plx_buffer_add(&fields, cause->endpoint);
        plx_buffer_text(&fields, ": ");
        plx_report_add_cause_fields(&fields, cause);
        plx_buffer_text(&c->printer.text, "    ");
        plx_text_add(&c->printer.text, plx_buffer_slice(&fields), c->printer.terminal->width - 4);
        c->printer.text.failed = c->printer.text.failed || fields.failed;
        plx_buffer_fini(&fields);
        plx_printer_end_line(&c->printer, PLX_DIM);
    }
}

void
plx_report_print_causes(const struct plx_terminal *terminal, struct plx_arena *arena,
                        const struct plx_report_service *service, bool hint)
{
    struct causes c = {.service = service, .hint = hint};
    size_t real = service->real_cause_count, shown = 0;

    if (service->cause_count == 0)
        return;
    plx_printer_init(&c.printer, terminal, arena);
    plx_buffer_format(&c.printer.text, "\n  causes: mismatches that look alike");
    plx_printer_end_line(&c.printer, PLX_BOLD);
    for (size_t i = 0; i < service->cause_count && shown < CAUSES_SHOWN_MAX; i++) {
        if (service->causes[i].noise)
            continue;
        print_cause(&c, &service->causes[i]);
        shown++;
    }
    if (real > shown) {
        plx_buffer_format(&c.printer.text, "\n  and %zu more cause%s, which report --json has", real - shown,
                          real - shown == 1 ? "" : "s");
        plx_printer_end_line(&c.printer, PLX_DIM);
    }
    print_noise(&c);
    plx_printer_fini(&c.printer);
}
