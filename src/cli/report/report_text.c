/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report in a terminal: per service the verdict and why, counts that add up, latencies, the endpoints with most
 * trouble first, and what to do next. The numbers are the proxy's; nothing is judged here.
 */
#include "cli/report/report_text.h"

#include "base/assert.h"
#include "cli/report/report_causes.h"
#include "cli/report/report_excused.h"
#include "cli/report/report_next.h"
#include "cli/report/report_pieces.h"
#include "cli/report/report_reconciliations_text.h"
#include "cli/report/report_summary.h"
#include "cli/terminal/grid.h"
#include "cli/terminal/printer.h"

#define REPORT_BYTES_MAX  (256u << 20)
#define CLEAN_SHOWN_MAX   8u /* endpoints without trouble that are named */
#define EARLIER_SHOWN_MAX 3u /* epochs that are named */
#define REASON_COLUMNS    24u

/* ---- the head of a service ---- */

static void
write_verdict(struct plx_printer *p, enum plx_report_verdict verdict)
{
    plx_terminal_write(p->terminal, plx_report_style(verdict), plx_slice_of(plx_report_verdict_text(verdict)));
}

static void
print_headline(struct plx_printer *p, const struct plx_report_service *service)
{
    plx_text_add(&p->text, service->name, p->terminal->width / 2);
    plx_buffer_text(&p->text, ": ");
    plx_printer_write(p, PLX_BOLD);
    write_verdict(p, service->verdict);
    plx_buffer_text(&p->text, "   (");
    plx_report_add_about(&p->text, service);
    plx_buffer_text(&p->text, ")\n");
    plx_printer_write(p, PLX_DIM);
    if (service->why.len > 0) {
        plx_buffer_text(&p->text, "  ");
        plx_text_add(&p->text, service->why, SIZE_MAX);
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, PLX_PLAIN);
    }
}

/* "timeout 3, reset 1" */
static struct plx_slice
reasons_text(struct plx_printer *p, const struct plx_report_reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        plx_buffer_text(&p->text, i ? ", " : "");
        plx_text_add(&p->text, reasons->reasons[i].name, REASON_COLUMNS);
        plx_buffer_format(&p->text, " %llu", (unsigned long long)reasons->reasons[i].count);
    }
    return plx_printer_keep(p);
}

static struct plx_slice
count_note(struct plx_printer *p, const struct plx_report_counts *counts, enum plx_report_count count)
{
    if (counts->by[count] == 0)
        return plx_slice_of("");
    if (count == PLX_REPORT_IGNORED)
        return plx_slice_of("all their differences are noise or ruled out");
    return reasons_text(p, &counts->reasons[count]);
}

static void
print_counts(struct plx_printer *p, const struct plx_report_counts *counts, const char *what)
{
    static const struct plx_grid_column columns[] = {{0}, {.right = true}, {.right = true}, {.shrinks = true}};
    static const enum plx_style styles[PLX_REPORT_COUNTS] = {
        [PLX_REPORT_MATCH] = PLX_GREEN, [PLX_REPORT_MISMATCH] = PLX_RED, [PLX_REPORT_INCOMPARABLE] = PLX_YELLOW};
    struct plx_grid grid;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (int i = 0; i < PLX_REPORT_COUNTS; i++) {
        enum plx_style style = counts->by[i] ? styles[i] : PLX_DIM;

        plx_grid_add(&grid,
                     (struct plx_grid_cell[]){{plx_slice_of(plx_report_count_text((enum plx_report_count)i)), style},
                                              {plx_printer_number(p, counts->by[i]), style},
                                              {plx_printer_percent(p, counts->by[i], counts->total), PLX_DIM},
                                              {count_note(p, counts, (enum plx_report_count)i), PLX_DIM}});
    }
    plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of(what), PLX_BOLD},
                                                 {plx_printer_number(p, counts->total), PLX_BOLD},
                                                 {plx_slice_of(""), PLX_PLAIN},
                                                 {plx_slice_of(""), PLX_PLAIN}});
    plx_buffer_byte(p->terminal->out, '\n');
    plx_grid_print(&grid, p->terminal, 2);
}

static void
print_latency(struct plx_printer *p, const struct plx_report_service *service)
{
    const struct plx_report_latency *latency = service->latency;
    static const struct plx_grid_column columns[] = {{0}, {.right = true}, {.right = true}, {.right = true}};
    struct plx_grid grid;
    bool any = false;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of("latency"), PLX_BOLD},
                                                 {plx_slice_of("p50"), PLX_DIM},
                                                 {plx_slice_of("p90"), PLX_DIM},
                                                 {plx_slice_of("p99"), PLX_DIM}});
    for (int i = 0; i < PLX_REPORT_ROLES; i++) {
        if (!latency[i].measured)
            continue;
        any = true;
        plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of(service->words->roles[i]), PLX_PLAIN},
                                                     {plx_printer_seconds(p, latency[i].p50), PLX_PLAIN},
                                                     {plx_printer_seconds(p, latency[i].p90), PLX_PLAIN},
                                                     {plx_printer_seconds(p, latency[i].p99), PLX_PLAIN}});
    }
    if (!any)
        return;
    plx_buffer_byte(p->terminal->out, '\n');
    plx_grid_print(&grid, p->terminal, 2);
}

static void
print_facts(struct plx_printer *p, const struct plx_report_facts *facts, const char *indent)
{
    for (const struct plx_report_fact *fact = facts->first; fact; fact = fact->next) {
        plx_buffer_text(&p->text, indent);
        plx_buffer_add(&p->text, fact->text);
        plx_printer_end_line(p, fact->style);
    }
}

/* "earlier: build 6 regression, 1200 exchanges; 2026-01-02 03:04:05 clean, 90 exchanges; and 3 more" */
static void
print_earlier(struct plx_printer *p, const struct plx_report_service *service)
{
    size_t shown = service->earlier_count < EARLIER_SHOWN_MAX ? service->earlier_count : EARLIER_SHOWN_MAX;

    if (shown == 0)
        return;
    for (size_t i = 0; i < shown; i++) {
        plx_buffer_text(&p->text, i ? "; " : "  earlier: ");
        plx_report_add_outcome(&p->text, &service->earlier[i]);
    }
    if (service->earlier_count > shown)
        plx_buffer_format(&p->text, "; and %zu more", service->earlier_count - shown);
    plx_printer_end_line(p, PLX_DIM);
}

/* ---- endpoints ---- */

static void
print_fields(struct plx_printer *p, const struct plx_report_endpoint *endpoint)
{
    static const struct plx_grid_column columns[] = {
        {.shrinks = true}, {.shrinks = true}, {.right = true}, {.right = true}, {0}};
    struct plx_grid grid;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of("field"), PLX_DIM},
                                                 {plx_slice_of("kind"), PLX_DIM},
                                                 {plx_slice_of("differs"), PLX_DIM},
                                                 {plx_slice_of("noise"), PLX_DIM},
                                                 {plx_slice_of("verdict"), PLX_DIM}});
    for (size_t i = 0; i < endpoint->field_count; i++) {
        const struct plx_report_field *field = &endpoint->fields[i];
        enum plx_style quiet = field->verdict == PLX_REPORT_NOISE ? PLX_DIM : PLX_PLAIN;
        struct plx_slice verdict = plx_slice_of(plx_report_verdict_text(field->verdict));

        plx_grid_add(&grid, (struct plx_grid_cell[]){{field->shown, quiet == PLX_DIM ? PLX_DIM : PLX_BOLD},
                                                     {field->kind, quiet},
                                                     {plx_printer_number(p, field->differences), quiet},
                                                     {plx_printer_number(p, field->noise), quiet},
                                                     {verdict, plx_report_style(field->verdict)}});
        if (field->has_example && field->verdict != PLX_REPORT_NOISE)
            plx_grid_add_change(&grid, plx_report_side(field->primary), plx_report_side(field->candidate));
        for (const struct plx_report_fact *fact = field->facts.first; fact; fact = fact->next)
            plx_grid_add_note(&grid, fact->text, fact->style);
    }
    plx_grid_print(&grid, p->terminal, 4);
}

static void
print_endpoint_latency(struct plx_printer *p, const struct plx_report_endpoint *endpoint, const struct plx_words *words,
                       const char *indent)
{
    if (plx_report_add_latency(&p->text, indent, endpoint->latency, words))
        plx_printer_end_line(p, PLX_DIM);
}

static void
print_endpoint(struct plx_printer *p, const struct plx_report_endpoint *endpoint, const struct plx_words *words)
{
    plx_buffer_text(p->terminal->out, "\n  ");
    plx_text_add(&p->text, endpoint->name, p->terminal->width - 20);
    plx_printer_write(p, PLX_BOLD);
    plx_buffer_text(p->terminal->out, "  ");
    write_verdict(p, endpoint->verdict);
    if (endpoint->why.len) {
        plx_buffer_text(&p->text, "\n    ");
        plx_text_add(&p->text, endpoint->why, SIZE_MAX);
        plx_printer_write(p, PLX_DIM);
    }
    plx_buffer_text(&p->text, "\n    ");
    plx_report_add_endpoint_counts(&p->text, &endpoint->counts, words);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, PLX_DIM);
    print_facts(p, &endpoint->facts, "    ");
    print_endpoint_latency(p, endpoint, words, "    ");
    if (endpoint->field_count > 0)
        print_fields(p, endpoint);
}

/* What was never compared is none of the equal ones. */
static bool
is_quiet(const struct plx_report_endpoint *endpoint)
{
    return !endpoint->has_trouble && !endpoint->never_compared;
}

/* Endpoints without trouble: how many, and the first by name. */
static void
print_quiet_endpoints(struct plx_printer *p, const struct plx_report_service *service)
{
    size_t quiet = 0, left;

    for (size_t i = 0; i < service->endpoint_count; i++)
        quiet += is_quiet(&service->endpoints[i]);
    if (quiet == 0)
        return;
    plx_buffer_format(&p->text, "\n  %zu %s in which no difference was seen:\n", quiet,
                      quiet == 1 ? service->words->endpoint : service->words->endpoints);
    plx_printer_write(p, PLX_DIM);
    left = CLEAN_SHOWN_MAX;
    for (size_t i = 0; i < service->endpoint_count && left > 0; i++) {
        const struct plx_report_endpoint *endpoint = &service->endpoints[i];

        if (!is_quiet(endpoint))
            continue;
        left--;
        plx_buffer_text(&p->text, "    ");
        plx_text_add(&p->text, endpoint->name, p->terminal->width / 2);
        plx_buffer_text(&p->text, "  ");
        plx_report_add_endpoint_counts(&p->text, &endpoint->counts, service->words);
        plx_printer_end_line(p, PLX_DIM);
        print_facts(p, &endpoint->facts, "      ");
        print_endpoint_latency(p, endpoint, service->words, "      ");
    }
    if (quiet > CLEAN_SHOWN_MAX) {
        plx_buffer_format(&p->text, "    and %zu more\n", quiet - CLEAN_SHOWN_MAX);
        plx_printer_write(p, PLX_DIM);
    }
}

static void
print_service(struct plx_printer *p, const struct plx_report_service *service, const struct plx_report_look *look)
{
    print_headline(p, service);
    print_counts(p, &service->counts, service->words->exchanges);
    print_latency(p, service);
    plx_buffer_text(p->terminal->out, service->facts.first ? "\n" : "");
    print_facts(p, &service->facts, "  ");
    print_earlier(p, service);
    plx_report_print_rules(p, service);
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (service->endpoints[i].has_trouble)
            print_endpoint(p, &service->endpoints[i], service->words);
    print_quiet_endpoints(p, service);
    plx_report_print_never_compared(p, service);
    plx_report_print_causes(p->terminal, p->arena, service, !look->ended);
    if (!look->ended)
        plx_report_print_next(p->terminal, service, look->admin);
}

static void
print_all(struct plx_printer *p, const struct plx_report *report, const struct plx_report_look *look)
{
    if (report->count == 0 && report->reconciliation_count == 0)
        plx_buffer_text(p->terminal->out,
                        report->regressions_alone ? "There are no regressions.\n" : "There are no services.\n");
    if (look->summary || report->count + report->reconciliation_count > 1)
        plx_report_print_summary(p, report);
    if (look->summary)
        return;
    for (size_t i = 0; i < report->count; i++) {
        plx_buffer_text(p->terminal->out, p->terminal->out->len ? "\n\n" : "");
        print_service(p, &report->services[i], look);
    }
    plx_report_print_reconciliations(p->terminal, p->arena, report);
}

enum plx_status
plx_report_print(FILE *file, const struct plx_report *report, const struct plx_report_look *look)
{
    struct plx_buffer out;
    const struct plx_terminal terminal = {&out, look->colour,
                                          look->width < PLX_WIDTH_MIN ? PLX_WIDTH_MIN : look->width};
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_printer printer;
    bool whole = false;

    if (!arena)
        return PLX_E_MEMORY;
    plx_buffer_init(&out, REPORT_BYTES_MAX);
    plx_printer_init(&printer, &terminal, arena);
    print_all(&printer, report, look);
    whole = !out.failed;
    if (whole)
        fwrite(out.ptr, 1, out.len, file);
    plx_printer_fini(&printer);
    plx_buffer_fini(&out);
    plx_arena_free(arena);
    return whole ? PLX_OK : PLX_E_MEMORY;
}
