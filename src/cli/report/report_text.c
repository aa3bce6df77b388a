/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report in a terminal: per service the verdict and why, counts that add up, latencies, the endpoints with most
 * trouble first, and what to do next. The numbers are the proxy's; nothing is judged here.
 */
#include "cli/report/report_text.h"

#include "base/assert.h"
#include "cli/report/report_causes.h"
#include "cli/report/report_next.h"
#include "cli/report/report_reconciliations.h"
#include "cli/terminal/grid.h"

#define REPORT_BYTES_MAX (256u << 20)
#define TEXT_BYTES_MAX   (1u << 20) /* of one line */
#define CLEAN_SHOWN_MAX  8u         /* endpoints without trouble that are named */
#define REASON_COLUMNS   24u

struct printing {
    struct plx_terminal terminal;
    const struct plx_report_look *look;
    struct plx_arena *arena;
    struct plx_buffer out, text; /* all of it; scratch */
};

/* ---- small pieces ---- */

static void
write_text(struct printing *p, enum plx_style style, const char *text)
{
    plx_terminal_write(&p->terminal, style, plx_slice_of(text));
}

static void
clear_scratch(struct printing *p)
{
    p->out.failed = p->out.failed || p->text.failed;
    plx_buffer_clear(&p->text);
}

/* What was gathered in the scratch buffer, which is empty then. */
static void
write_scratch(struct printing *p, enum plx_style style)
{
    plx_terminal_write(&p->terminal, style, plx_buffer_slice(&p->text));
    clear_scratch(p);
}

/* The same as a slice that lasts. */
static struct plx_slice
keep_scratch(struct printing *p)
{
    struct plx_slice kept = plx_arena_copy(p->arena, plx_buffer_slice(&p->text));

    p->out.failed = p->out.failed || !kept.ptr;
    clear_scratch(p);
    return kept;
}

static struct plx_slice
number(struct printing *p, uint64_t value)
{
    plx_buffer_number(&p->text, value);
    return keep_scratch(p);
}

static struct plx_slice
seconds(struct printing *p, double value)
{
    plx_text_add_seconds(&p->text, value);
    return keep_scratch(p);
}

static struct plx_slice
percent(struct printing *p, uint64_t part, uint64_t of)
{
    plx_text_add_percent(&p->text, part, of);
    return keep_scratch(p);
}

static enum plx_style
verdict_style(enum plx_report_verdict verdict)
{
    static const enum plx_style styles[] = {PLX_RED, PLX_YELLOW, PLX_DIM, PLX_GREEN};

    return styles[verdict];
}

/* ---- the head of a service ---- */

static void
print_headline(struct printing *p, const struct plx_report_service *service)
{
    plx_text_add(&p->text, service->name, p->terminal.width / 2);
    plx_buffer_text(&p->text, ": ");
    write_scratch(p, PLX_BOLD);
    write_text(p, verdict_style(service->verdict), plx_report_verdict_text(service->verdict));
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
    write_scratch(p, PLX_DIM);
    if (service->why.len > 0) {
        plx_buffer_text(&p->text, "  ");
        plx_text_add(&p->text, service->why, SIZE_MAX);
        plx_buffer_byte(&p->text, '\n');
        write_scratch(p, PLX_PLAIN);
    }
}

/* "timeout 3, reset 1" */
static struct plx_slice
reasons_text(struct printing *p, const struct plx_report_reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        plx_buffer_text(&p->text, i ? ", " : "");
        plx_text_add(&p->text, reasons->reasons[i].name, REASON_COLUMNS);
        plx_buffer_format(&p->text, " %llu", (unsigned long long)reasons->reasons[i].count);
    }
    return keep_scratch(p);
}

static void
print_counts(struct printing *p, const struct plx_report_counts *counts, const char *what)
{
    static const struct plx_grid_column columns[] = {{0}, {.right = true}, {.right = true}, {.shrinks = true}};
    const struct {
        const char *name;
        uint64_t count;
        struct plx_slice note;
        enum plx_style style;
    } rows[] = {
        {"match", counts->match, {"", 0}, PLX_GREEN},
        {"mismatch", counts->mismatch, {"", 0}, PLX_RED},
        {"ignored", counts->ignored, plx_slice_of("all their differences are noise or ruled out"), PLX_PLAIN},
        {"incomparable", counts->incomparable, reasons_text(p, &counts->incomparable_reasons), PLX_YELLOW},
        {"uncopied", counts->uncopied, reasons_text(p, &counts->uncopied_reasons), PLX_PLAIN},
    };
    struct plx_grid grid;

    plx_grid_init(&grid, p->arena, columns, PLX_COUNT(columns));
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        enum plx_style style = rows[i].count ? rows[i].style : PLX_DIM;

        plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of(rows[i].name), style},
                                                     {number(p, rows[i].count), style},
                                                     {percent(p, rows[i].count, counts->total), PLX_DIM},
                                                     {rows[i].count ? rows[i].note : plx_slice_of(""), PLX_DIM}});
    }
    plx_grid_add(&grid, (struct plx_grid_cell[]){{plx_slice_of(what), PLX_BOLD},
                                                 {number(p, counts->total), PLX_BOLD},
                                                 {plx_slice_of(""), PLX_PLAIN},
                                                 {plx_slice_of(""), PLX_PLAIN}});
    plx_buffer_byte(&p->out, '\n');
    plx_grid_print(&grid, &p->terminal, 2);
}

/* Whose answers the clients got, once some got the candidate's. */
static void
print_served(struct printing *p, const struct plx_report_counts *counts)
{
    if (counts->served_candidate == 0 && counts->fallbacks.count == 0)
        return;
    plx_buffer_format(&p->text, "  clients got the primary's answer %llu times, the candidate's %llu times\n",
                      (unsigned long long)(counts->total - counts->served_candidate),
                      (unsigned long long)counts->served_candidate);
    write_scratch(p, PLX_PLAIN);
    if (counts->fallbacks.count == 0)
        return;
    struct plx_slice reasons = reasons_text(p, &counts->fallbacks);
    plx_buffer_format(&p->text, "  the primary answered in the place of a candidate that could not: %.*s\n",
                      (int)reasons.len, reasons.ptr);
    write_scratch(p, PLX_YELLOW);
}

static void
print_latency(struct printing *p, const struct plx_report_service *service)
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
                                                     {seconds(p, latency[i].p50), PLX_PLAIN},
                                                     {seconds(p, latency[i].p90), PLX_PLAIN},
                                                     {seconds(p, latency[i].p99), PLX_PLAIN}});
    }
    if (!any)
        return;
    plx_buffer_byte(&p->out, '\n');
    plx_grid_print(&grid, &p->terminal, 2);
}

/* What did not fit is counted, and said. */
static void
print_limits(struct printing *p, const struct plx_report_service *service)
{
    const struct {
        uint64_t count;
        const char *text;
    } rows[] = {
        {service->endpoints_over, "exchanges are counted under \"(other)\": there are too many endpoints"},
        {service->fields_over, "differences are counted under \"(other)\": there are too many fields"},
        {service->records_dropped, "mismatches are counted but were not kept whole"},
        {service->causes_over, "mismatches are counted under the cause \"(other)\": there are too many causes"},
    };

    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        if (rows[i].count == 0)
            continue;
        plx_buffer_format(&p->text, "  %llu %s\n", (unsigned long long)rows[i].count, rows[i].text);
        write_scratch(p, PLX_YELLOW);
    }
}

/* Rules that no longer excuse anything: they are why a difference that was excused is told again. */
static void
print_ended(struct printing *p, const struct plx_report_service *service)
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
        write_scratch(p, PLX_YELLOW);
    }
}

/* ---- endpoints ---- */

static bool
has_trouble(const struct plx_report_endpoint *endpoint)
{
    return endpoint->verdict == PLX_REPORT_REGRESSION || endpoint->field_count > 0 || endpoint->counts.mismatch > 0 ||
           endpoint->counts.incomparable > 0;
}

/* "412 exchanges: 201 match, 201 mismatch, 10 ignored" */
static void
add_endpoint_counts(struct plx_buffer *out, const struct plx_report_counts *counts, const struct plx_words *words)
{
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {{"match", counts->match},
                {"mismatch", counts->mismatch},
                {"ignored", counts->ignored},
                {"incomparable", counts->incomparable},
                {"uncopied", counts->uncopied}};
    const char *before = ": ";

    plx_buffer_format(out, "%llu %s", (unsigned long long)counts->total,
                      counts->total == 1 ? words->exchange : words->exchanges);
    for (size_t i = 0; i < PLX_COUNT(rows); i++) {
        if (rows[i].count == 0)
            continue;
        plx_buffer_format(out, "%s%llu %s", before, (unsigned long long)rows[i].count, rows[i].name);
        before = ", ";
    }
}

/* JSON values are shown as written; a side that has none says so. */
static struct plx_slice
side(struct plx_slice value)
{
    return value.len > 0 ? value : plx_slice_of("(nothing)");
}

/* How it is known to be noise, where the secondary has not shown it each time; or what it may be. */
static void
add_note(struct printing *p, struct plx_grid *grid, const struct plx_report_field *field)
{
    if (field->verdict == PLX_REPORT_NOISE && field->by_counts) {
        plx_buffer_format(&p->text, "in %llu exchanges by the counts alone: the secondary did not show it",
                          (unsigned long long)field->excused);
        plx_grid_add_note(grid, keep_scratch(p), PLX_DIM);
    } else if (field->verdict != PLX_REPORT_NOISE && field->form != PLX_FORM_NONE) {
        plx_buffer_format(&p->text, "both sides are %s in %llu of %llu", plx_form_words(field->form),
                          (unsigned long long)field->formed, (unsigned long long)field->differences);
        plx_grid_add_note(grid, keep_scratch(p), PLX_DIM);
    }
}

static void
print_fields(struct printing *p, const struct plx_report_endpoint *endpoint, const struct plx_words *words)
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
        struct plx_slice name = field->name.len > 0 ? field->name : plx_slice_of(words->whole);
        struct plx_slice verdict = plx_slice_of(plx_report_verdict_text(field->verdict));

        plx_grid_add(&grid, (struct plx_grid_cell[]){{name, quiet == PLX_DIM ? PLX_DIM : PLX_BOLD},
                                                     {field->kind, quiet},
                                                     {number(p, field->differences), quiet},
                                                     {number(p, field->noise), quiet},
                                                     {verdict, verdict_style(field->verdict)}});
        if (field->has_example && field->verdict != PLX_REPORT_NOISE)
            plx_grid_add_change(&grid, side(field->primary), side(field->candidate));
        add_note(p, &grid, field);
    }
    plx_grid_print(&grid, &p->terminal, 4);
}

static void
print_endpoint(struct printing *p, const struct plx_report_endpoint *endpoint, const struct plx_words *words)
{
    plx_buffer_text(&p->out, "\n  ");
    plx_text_add(&p->text, endpoint->name, p->terminal.width - 20);
    write_scratch(p, PLX_BOLD);
    plx_buffer_text(&p->out, "  ");
    write_text(p, verdict_style(endpoint->verdict), plx_report_verdict_text(endpoint->verdict));
    plx_buffer_text(&p->text, "\n    ");
    add_endpoint_counts(&p->text, &endpoint->counts, words);
    plx_buffer_byte(&p->text, '\n');
    write_scratch(p, PLX_DIM);
    if (endpoint->counts.incomparable_reasons.count > 0) {
        struct plx_slice reasons = reasons_text(p, &endpoint->counts.incomparable_reasons);

        plx_buffer_format(&p->text, "    incomparable: %.*s\n", (int)reasons.len, reasons.ptr);
        write_scratch(p, PLX_YELLOW);
    }
    if (endpoint->field_count > 0)
        print_fields(p, endpoint, words);
}

/* Endpoints without trouble: how many, and the first by name. */
static void
print_quiet_endpoints(struct printing *p, const struct plx_report_service *service)
{
    size_t quiet = 0, left;

    for (size_t i = 0; i < service->endpoint_count; i++)
        quiet += !has_trouble(&service->endpoints[i]);
    if (quiet == 0)
        return;
    plx_buffer_format(&p->text, "\n  %zu %s in which no difference was seen:\n", quiet,
                      quiet == 1 ? service->words->endpoint : service->words->endpoints);
    write_scratch(p, PLX_DIM);
    left = CLEAN_SHOWN_MAX;
    for (size_t i = 0; i < service->endpoint_count && left > 0; i++) {
        const struct plx_report_endpoint *endpoint = &service->endpoints[i];

        if (has_trouble(endpoint))
            continue;
        left--;
        plx_buffer_text(&p->text, "    ");
        plx_text_add(&p->text, endpoint->name, p->terminal.width / 2);
        plx_buffer_text(&p->text, "  ");
        add_endpoint_counts(&p->text, &endpoint->counts, service->words);
        plx_buffer_byte(&p->text, '\n');
        write_scratch(p, PLX_DIM);
    }
    if (quiet > CLEAN_SHOWN_MAX) {
        plx_buffer_format(&p->text, "    and %zu more\n", quiet - CLEAN_SHOWN_MAX);
        write_scratch(p, PLX_DIM);
    }
}

static void
print_service(struct printing *p, const struct plx_report_service *service)
{
    print_headline(p, service);
    print_counts(p, &service->counts, service->words->exchanges);
    print_served(p, &service->counts);
    print_latency(p, service);
    print_limits(p, service);
    print_ended(p, service);
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (has_trouble(&service->endpoints[i]))
            print_endpoint(p, &service->endpoints[i], service->words);
    print_quiet_endpoints(p, service);
    plx_report_print_causes(&p->terminal, p->arena, service, !p->look->ended);
    if (!p->look->ended)
        plx_report_print_next(&p->terminal, service, p->look->admin);
}

static void
print_services(struct printing *p, const struct plx_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        plx_buffer_text(&p->out, i ? "\n\n" : "");
        print_service(p, &report->services[i]);
    }
    if (report->count == 0 && report->reconciliation_count == 0)
        plx_buffer_text(&p->out, "There are no services.\n");
    plx_report_print_reconciliations(&p->terminal, p->arena, report);
}

enum plx_status
plx_report_print(FILE *out, const struct plx_document *reports, const struct plx_report_look *look)
{
    struct printing p = {.look = look, .arena = plx_arena_new(NULL)};
    struct plx_report report;
    enum plx_status status = p.arena ? plx_report_read(reports, p.arena, &report) : PLX_E_MEMORY;

    p.terminal = (struct plx_terminal){&p.out, look->colour, look->width < PLX_WIDTH_MIN ? PLX_WIDTH_MIN : look->width};
    plx_buffer_init(&p.out, REPORT_BYTES_MAX);
    plx_buffer_init(&p.text, TEXT_BYTES_MAX);
    if (status == PLX_OK)
        print_services(&p, &report);
    if (status == PLX_OK && p.out.failed)
        status = PLX_E_MEMORY;
    if (status == PLX_OK)
        fwrite(p.out.ptr, 1, p.out.len, out);
    plx_buffer_fini(&p.out);
    plx_buffer_fini(&p.text);
    plx_arena_free(p.arena);
    return status;
}
