/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The causes in a terminal: how many exchanges, where, when, one example and how to see it again. Commands are printed
 * whole, since a cut one is of no use; what is found to be noise takes a line.
 */
#include "cli/report/report_causes.h"

#include "cli/terminal/grid.h"

#define CAUSES_SHOWN_MAX  10u
#define FIELDS_NAMED_MAX  6u
#define TEXT_BYTES_MAX    (1u << 20) /* of one line */
#define COMMAND_SHOWN_MAX 1500u      /* bytes of a command that is printed */

struct causes {
    const struct plx_terminal *terminal;
    struct plx_arena *arena;
    const struct plx_report_service *service;
    bool hint;
    struct plx_buffer text; /* of the line under way */
};

static void
write_line(struct causes *c, enum plx_style style)
{
    plx_terminal_write(c->terminal, style, plx_buffer_slice(&c->text));
    plx_buffer_byte(c->terminal->out, '\n');
    c->terminal->out->failed = c->terminal->out->failed || c->text.failed;
    plx_buffer_clear(&c->text);
}

static struct plx_slice
name_of(const struct plx_report_cause *cause, struct plx_slice field)
{
    return field.len > 0 ? field : plx_slice_of(cause->words->whole);
}

void
plx_report_add_cause_fields(struct plx_buffer *out, const struct plx_report_cause *cause)
{
    size_t shown = cause->field_count < FIELDS_NAMED_MAX ? cause->field_count : FIELDS_NAMED_MAX;
    uint64_t total = cause->fields_total > cause->field_count ? cause->fields_total : cause->field_count;

    for (size_t i = 0; i < shown; i++) {
        plx_buffer_text(out, i ? ", " : "");
        plx_text_add(out, name_of(cause, cause->fields[i].field), 60);
        plx_buffer_text(out, " (");
        plx_text_add(out, cause->fields[i].kind, 20);
        plx_buffer_byte(out, ')');
    }
    if (total > shown)
        plx_buffer_format(out, "%s%llu%s", shown ? " and " : "", (unsigned long long)(total - shown),
                          shown ? " more" : " fields");
}

/* "2026-01-02T03:04:05.678Z" without what says nothing to people. */
static void
add_time(struct causes *c, struct plx_slice time)
{
    size_t len = time.len >= 19 ? 19 : time.len;
    char shown[19];

    for (size_t i = 0; i < len; i++)
        shown[i] = i == 10 ? ' ' : time.ptr[i];
    plx_text_add(&c->text, plx_slice_make(shown, len), 19);
}

/* "288 exchanges, 96.0 %: GET /payroll/{id}" */
static void
print_head(struct causes *c, const struct plx_report_cause *cause)
{
    plx_buffer_format(&c->text, "\n  %llu %s, ", (unsigned long long)cause->count,
                      cause->count == 1 ? c->service->words->exchange : c->service->words->exchanges);
    plx_text_add_percent(&c->text, cause->count, c->service->counts.mismatch);
    plx_buffer_text(&c->text, ": ");
    plx_text_add(&c->text, cause->endpoint, c->terminal->width - 34);
    write_line(c, PLX_BOLD);
    plx_buffer_text(&c->text, "    ");
    add_time(c, cause->first);
    if (!plx_slice_equal(cause->first, cause->last)) {
        plx_buffer_text(&c->text, " to ");
        add_time(c, cause->last);
    }
    plx_buffer_text(&c->text, " UTC");
    if (c->hint) {
        plx_buffer_text(&c->text, ", cause ");
        plx_text_add(&c->text, cause->id, 16);
    }
    write_line(c, PLX_DIM);
}

static struct plx_slice
side(struct plx_slice value)
{
    return value.len > 0 ? value : plx_slice_of("(nothing)");
}

static void
print_example(struct causes *c, const struct plx_report_cause *cause)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.shrinks = true}};
    uint64_t total = cause->fields_total > cause->field_count ? cause->fields_total : cause->field_count;
    struct plx_grid grid;

    plx_grid_init(&grid, c->arena, columns, 2);
    for (size_t i = 0; i < cause->difference_count; i++) {
        const struct plx_report_difference *difference = &cause->differences[i];

        plx_grid_add(&grid, (struct plx_grid_cell[]){{name_of(cause, difference->field), PLX_PLAIN},
                                                     {difference->kind, PLX_YELLOW}});
        plx_grid_add_change(&grid, side(difference->primary), side(difference->candidate));
    }
    plx_grid_print(&grid, c->terminal, 4);
    if (total > cause->difference_count) {
        plx_buffer_text(&c->text, cause->difference_count ? "    of the fields " : "    ");
        plx_report_add_cause_fields(&c->text, cause);
        write_line(c, PLX_DIM);
    }
}

static void
print_command(struct causes *c, const char *role, struct plx_slice command)
{
    if (command.len == 0)
        return;
    plx_buffer_format(&c->text, "    %-9s  ", role);
    if (command.len > COMMAND_SHOWN_MAX)
        plx_buffer_text(&c->text, "(a long command: report --json has it)");
    else
        plx_text_add(&c->text, command, SIZE_MAX);
    write_line(c, PLX_DIM);
}

static void
print_cause(struct causes *c, const struct plx_report_cause *cause)
{
    print_head(c, cause);
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
            plx_buffer_text(&c->text, "\n  noise, by the counts over all exchanges:");
            write_line(c, PLX_DIM);
        }
        plx_buffer_init(&fields, TEXT_BYTES_MAX);
        plx_buffer_format(&fields, "%llu %s: ", (unsigned long long)cause->count,
                          cause->count == 1 ? c->service->words->exchange : c->service->words->exchanges);
        plx_buffer_add(&fields, cause->endpoint);
        plx_buffer_text(&fields, ": ");
        plx_report_add_cause_fields(&fields, cause);
        plx_buffer_text(&c->text, "    ");
        plx_text_add(&c->text, plx_buffer_slice(&fields), c->terminal->width - 4);
        c->text.failed = c->text.failed || fields.failed;
        plx_buffer_fini(&fields);
        write_line(c, PLX_DIM);
    }
}

static size_t
count_real(const struct plx_report_service *service)
{
    size_t count = 0;

    for (size_t i = 0; i < service->cause_count; i++)
        count += !service->causes[i].noise;
    return count;
}

void
plx_report_print_causes(const struct plx_terminal *terminal, struct plx_arena *arena,
                        const struct plx_report_service *service, bool hint)
{
    struct causes c = {terminal, arena, service, hint, {0}};
    size_t real = count_real(service), shown = 0;

    if (service->cause_count == 0)
        return;
    plx_buffer_init(&c.text, TEXT_BYTES_MAX);
    plx_buffer_format(&c.text, "\n  causes: mismatches that look alike");
    write_line(&c, PLX_BOLD);
    for (size_t i = 0; i < service->cause_count && shown < CAUSES_SHOWN_MAX; i++) {
        if (service->causes[i].noise)
            continue;
        print_cause(&c, &service->causes[i]);
        shown++;
    }
    if (real > shown) {
        plx_buffer_format(&c.text, "\n  and %zu more cause%s, which report --json has", real - shown,
                          real - shown == 1 ? "" : "s");
        write_line(&c, PLX_DIM);
    }
    print_noise(&c);
    plx_buffer_fini(&c.text);
}
