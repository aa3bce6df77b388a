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

#define REPORT_BYTES_MAX (256u << 20)
#define CLEAN_SHOWN_MAX  8u /* endpoints without trouble that are named */
#define REASON_COLUMNS   24u

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
    if (service->words->kind == PLX_SUBJECT_SERVICE) {
        plx_buffer_text(&p->text, "   (stage ");
        plx_text_add(&p->text, service->stage, 20);
    } else {
        plx_buffer_format(&p->text, "   (%s", plx_subject_text(service->words->kind));
    }
    if (service->runs > 0)
        plx_buffer_format(&p->text, ", %llu %s", (unsigned long long)service->runs, service->words->runs);
    if (service->share > 0)
        plx_buffer_format(&p->text, ", share %g %%", service->share);
    if (service->confidence > 0)
        plx_buffer_format(&p->text, ", confidence %g %%", service->confidence * 100);
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

/* Whose answers the clients got, once some got the candidate's. */
static void
print_served(struct plx_printer *p, const struct plx_report_counts *counts)
{
    if (!counts->served_both)
        return;
    plx_buffer_format(
        &p->text,
        "  served by the primary: %llu; served by the candidate: %llu, of these %llu differed from the primary\n",
        (unsigned long long)counts->served_primary, (unsigned long long)counts->served_candidate,
        (unsigned long long)counts->served_differed);
    plx_printer_write(p, counts->served_differed ? PLX_RED : PLX_PLAIN);
    if (counts->fallbacks.count == 0)
        return;
    struct plx_slice reasons = reasons_text(p, &counts->fallbacks);
    plx_buffer_format(&p->text, "  the primary answered in the place of a candidate that could not: %.*s\n",
                      (int)reasons.len, reasons.ptr);
    plx_printer_write(p, PLX_YELLOW);
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
print_under_way(struct plx_printer *p, const struct plx_report_service *service)
{
    if (service->under_way == 0)
        return;
    plx_report_add_under_way(&p->text, service);
    plx_printer_end_line(p, PLX_YELLOW);
}

/* What did not fit is counted, and said. */
static void
print_limits(struct plx_printer *p, const struct plx_report_service *service)
{
    const struct {
        uint64_t count;
        const char *text;
    } rows[] = {
        {service->endpoints_over, "exchanges are counted under \"(other)\": there are too many endpoints"},
        {service->fields_over, "differences are counted under \"(other)\": there are too many fields"},
        {service->records_dropped, "mismatches are counted but were not kept whole"},
        {service->causes_over, "mismatches are counted under the cause \"(other)\": there are too many causes"},
        {service->recheck_dropped, "mismatches were to be asked again but were not, so that clients come first"},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        if (rows[i].count == 0)
            continue;
        plx_buffer_format(&p->text, "  %llu %s\n", (unsigned long long)rows[i].count, rows[i].text);
        plx_printer_write(p, PLX_YELLOW);
    }
}

/* Rules that no longer excuse anything: they are why a difference that was excused is told again. */
static void
print_ended(struct plx_printer *p, const struct plx_report_service *service)
{
    for (size_t i = 0; i < service->ended_count; i++) {
        const struct plx_report_ended *rule = &service->ended[i];
        plx_buffer_text(&p->text, "  rule ended ");
        plx_text_add(&p->text, plx_slice_make(rule->until.ptr, rule->until.len < 10 ? rule->until.len : 10), 10);
        plx_buffer_text(&p->text, ": ");
        plx_text_add(&p->text, rule->kind, 20);
        plx_buffer_byte(&p->text, ' ');
        plx_text_add(&p->text, rule->field, 40);
        if (rule->route.len) {
            plx_buffer_text(&p->text, " of ");
            plx_text_add(&p->text, rule->route, 40);
        }
        if (rule->owner.len) {
            plx_buffer_text(&p->text, ", owner ");
            plx_text_add(&p->text, rule->owner, 20);
        }
        if (rule->why.len) {
            plx_buffer_text(&p->text, ": ");
            plx_text_add(&p->text, rule->why, 60);
        }
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, PLX_YELLOW);
    }
}

static void
print_sentences(struct plx_printer *p, const struct plx_slice *sentences, size_t count, enum plx_style style)
{
    for (size_t i = 0; i < count; i++) {
        plx_buffer_text(&p->text, "  ");
        plx_text_add(&p->text, sentences[i], SIZE_MAX);
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, style);
    }
}

/* "folded 214 paths into GET /products/{name}, but for new, search" */
static void
print_folds(struct plx_printer *p, const struct plx_report_service *service)
{
    for (size_t i = 0; i < service->fold_count; i++) {
        const struct plx_report_fold *fold = &service->folds[i];
        plx_buffer_format(&p->text, "%s  folded %llu paths into ", i ? "" : "\n", (unsigned long long)fold->paths);
        plx_text_add(&p->text, fold->endpoint, p->terminal->width - 20);
        for (size_t k = 0; k < fold->stay_count; k++) {
            plx_buffer_text(&p->text, k ? ", " : ", but for ");
            plx_text_add(&p->text, fold->stay[k], 40);
        }
        plx_buffer_byte(&p->text, '\n');
        plx_printer_write(p, PLX_DIM);
    }
}

/* ---- endpoints ---- */

/* "412 exchanges: 201 match, 201 mismatch, 10 ignored" */
static void
add_endpoint_counts(struct plx_buffer *out, const struct plx_report_counts *counts, const struct plx_words *words)
{
    const char *before = ": ";

    plx_buffer_format(out, "%llu %s", (unsigned long long)counts->total, plx_words_exchanges(words, counts->total));
    for (int i = 0; i < PLX_REPORT_COUNTS; i++) {
        if (counts->by[i] == 0)
            continue;
        plx_buffer_format(out, "%s%llu %s", before, (unsigned long long)counts->by[i],
                          plx_report_count_text((enum plx_report_count)i));
        before = ", ";
    }
}

/* How it is known to be noise, where the secondary has not shown it each time; or what it may be. */
static void
add_note(struct plx_printer *p, struct plx_grid *grid, const struct plx_report_field *field)
{
    if (field->note == PLX_REPORT_BY_COUNTS) {
        plx_buffer_format(&p->text, "in %llu exchanges by the counts alone: the secondary did not show it",
                          (unsigned long long)field->excused);
        plx_grid_add_note(grid, plx_printer_keep(p), PLX_DIM);
    } else if (field->note == PLX_REPORT_BY_FORM) {
        plx_buffer_format(&p->text, "both sides are %s in %llu of %llu", plx_form_words(field->form),
                          (unsigned long long)field->formed, (unsigned long long)field->differences);
        plx_grid_add_note(grid, plx_printer_keep(p), PLX_DIM);
    }
    if (field->hint.len > 0 && field->verdict != PLX_REPORT_NOISE) {
        plx_text_add(&p->text, field->hint, 80);
        plx_grid_add_note(grid, plx_printer_keep(p), PLX_YELLOW);
    }
}

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
        add_note(p, &grid, field);
    }
    plx_grid_print(&grid, p->terminal, 4);
}

/* "primary p50 412 us, p99 23.4 ms; candidate p50 398 us, p99 120 ms" */
static void
add_latency(struct plx_buffer *out, const struct plx_report_latency latency[PLX_REPORT_ROLES],
            const struct plx_words *words)
{
    const char *before = "";

    for (int i = 0; i < PLX_REPORT_ROLES; i++) {
        if (!latency[i].measured)
            continue;
        plx_buffer_format(out, "%s%s p50 ", before, words->roles[i]);
        plx_text_add_seconds(out, latency[i].p50);
        plx_buffer_text(out, ", p99 ");
        plx_text_add_seconds(out, latency[i].p99);
        before = "; ";
    }
}

static void
print_endpoint_latency(struct plx_printer *p, const struct plx_report_endpoint *endpoint, const struct plx_words *words,
                       const char *indent)
{
    plx_buffer_text(&p->text, indent);
    add_latency(&p->text, endpoint->latency, words);
    if (p->text.len > strlen(indent))
        plx_printer_end_line(p, PLX_DIM);
    else
        plx_buffer_clear(&p->text);
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
    add_endpoint_counts(&p->text, &endpoint->counts, words);
    plx_buffer_byte(&p->text, '\n');
    plx_printer_write(p, PLX_DIM);
    if (endpoint->counts.reasons[PLX_REPORT_INCOMPARABLE].count > 0) {
        struct plx_slice reasons = reasons_text(p, &endpoint->counts.reasons[PLX_REPORT_INCOMPARABLE]);

        plx_buffer_format(&p->text, "    incomparable: %.*s\n", (int)reasons.len, reasons.ptr);
        plx_printer_write(p, PLX_YELLOW);
    }
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
        add_endpoint_counts(&p->text, &endpoint->counts, service->words);
        plx_printer_end_line(p, PLX_DIM);
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
    print_under_way(p, service);
    print_served(p, &service->counts);
    print_latency(p, service);
    print_limits(p, service);
    print_ended(p, service);
    print_sentences(p, service->says, service->say_count, PLX_PLAIN);
    print_sentences(p, service->warnings, service->warning_count, PLX_YELLOW);
    print_folds(p, service);
    plx_report_print_excused(p, service);
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
