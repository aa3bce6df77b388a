/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded mismatch: when and what was asked, what each role answered, and each place where they differ. */
#include "cli/report/diffs_text.h"

#include "base/assert.h"
#include "cli/report/report_pieces.h"
#include "cli/terminal/grid.h"
#include "cli/terminal/printer.h"
#include "cli/terminal/words.h"

struct showing {
    struct plx_printer printer;
    struct plx_item record;
    const char *field;             /* whose differences come first; NULL: none's */
    const struct plx_words *words; /* of what it is of */
};

static struct plx_slice
text_of(struct showing *s, struct plx_item owner, const char *key)
{
    return plx_item_text(plx_item_member(owner, key), s->printer.arena);
}

/* What it is a mismatch of: its name is behind its kind. */
static const struct plx_words *
words_of(struct plx_item record)
{
    for (size_t i = 0; i < PLX_WORDS_COUNT; i++)
        if (plx_item_member(record, plx_subject_text(plx_words[i].kind)).document)
            return &plx_words[i];
    return &plx_words[0];
}

/* "2026-01-02T03:04:05.678Z  payment  GET /payroll/{id}" */
static void
print_head(struct showing *s)
{
    unsigned width = s->printer.terminal->width;

    plx_text_add(&s->printer.text, text_of(s, s->record, "time"), 30);
    plx_buffer_text(&s->printer.text, "  ");
    plx_text_add(&s->printer.text, text_of(s, s->record, plx_subject_text(s->words->kind)), width / 3);
    plx_buffer_text(&s->printer.text, "  ");
    plx_text_add(&s->printer.text, text_of(s, s->record, "endpoint"), width / 2);
    plx_printer_end_line(&s->printer, PLX_BOLD);
}

static void
print_request(struct showing *s)
{
    struct plx_item request = plx_item_member(s->record, "request");
    size_t taken;

    plx_buffer_text(&s->printer.text, "  ");
    taken = plx_text_add(&s->printer.text, text_of(s, request, "method"), 20);
    plx_buffer_byte(&s->printer.text, ' ');
    plx_text_add(&s->printer.text, text_of(s, request, "target"), s->printer.terminal->width - 3 - taken);
    plx_printer_end_line(&s->printer, PLX_PLAIN);
}

/* The context of an experiment's run, as JSON. */
static void
print_context(struct showing *s)
{
    struct plx_item context = plx_item_member(s->record, "context");
    struct plx_slice text = context.document ? plx_json_text(context.document, context.node) : plx_slice_of("");

    if (text.len <= strlen("{}"))
        return;
    plx_buffer_text(&s->printer.text, "  ");
    plx_text_add(&s->printer.text, text, s->printer.terminal->width - 2);
    plx_printer_end_line(&s->printer, PLX_PLAIN);
}

/* "200 in 1.24 ms"; what is no answer of HTTP, or has none, is "in 1.24 ms" */
static void
add_answer(struct showing *s, struct plx_item answer)
{
    struct plx_slice failed = text_of(s, answer, "failed");
    struct plx_item wall = plx_item_member(answer, "wall");

    if (failed.len > 0) {
        plx_buffer_text(&s->printer.text, "failed: ");
        plx_text_add(&s->printer.text, failed, 20);
        return;
    }
    plx_buffer_text(&s->printer.text,
                    plx_text_add(&s->printer.text, text_of(s, answer, "status"), 8) > 0 ? " in " : "in ");
    plx_text_add_seconds(&s->printer.text, plx_item_double(wall.document ? wall : plx_item_member(answer, "seconds")));
}

/* "primary 200 in 1.24 ms, candidate 404 in 1.31 ms, exchange 01J..." */
static void
print_answers(struct showing *s)
{
    plx_buffer_text(&s->printer.text, "  ");
    for (size_t i = 0; i < PLX_ROLES; i++) {
        struct plx_item answer = plx_item_member(s->record, s->words->roles[i]);

        if (!answer.document)
            continue;
        plx_buffer_format(&s->printer.text, "%s ", s->words->roles[i]);
        add_answer(s, answer);
        plx_buffer_text(&s->printer.text, ", ");
    }
    plx_buffer_format(&s->printer.text, "%s ", s->words->exchange);
    plx_text_add(&s->printer.text, text_of(s, s->record, "id"), 40);
    plx_printer_end_line(&s->printer, PLX_DIM);
}

static void
add_difference(struct showing *s, struct plx_grid *grid, struct plx_item difference)
{
    bool noise = plx_item_true(plx_item_member(difference, "noise"));
    struct plx_slice field = text_of(s, difference, "field");

    plx_grid_add(
        grid, (struct plx_grid_cell[]){{field.len ? field : plx_slice_of(s->words->whole), noise ? PLX_DIM : PLX_BOLD},
                                       {text_of(s, difference, "kind"), noise ? PLX_DIM : PLX_YELLOW},
                                       {plx_slice_of(noise ? "noise" : ""), PLX_DIM}});
    plx_grid_add_change(grid, plx_report_side(text_of(s, difference, "primary")),
                        plx_report_side(text_of(s, difference, "candidate")));
}

/* Whether a difference is in the field: array positions stand for themselves or for `*`. */
static bool
is_asked_for(struct plx_slice name, const char *field)
{
    size_t at = 0;

    if (!field)
        return false;
    for (; *field && at < name.len; field++) {
        bool any = *field == '*' && (at == 0 || name.ptr[at - 1] == '/') && (field[1] == '/' || field[1] == '\0') &&
                   name.ptr[at] >= '0' && name.ptr[at] <= '9';

        if (!any && name.ptr[at] != *field)
            return false;
        for (at++; any && at < name.len && name.ptr[at] != '/'; at++)
            continue;
    }
    return *field == '\0' && at == name.len;
}

static void
print_differences(struct showing *s)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.shrinks = true}, {0}};
    struct plx_item list = plx_item_member(s->record, "differences");
    uint64_t total = plx_item_uint(plx_item_member(s->record, "differences_total"));
    struct plx_grid grid;

    plx_grid_init(&grid, s->printer.arena, columns, PLX_COUNT(columns));
    for (int others = 0; others < 2; others++)
        for (struct plx_item d = plx_item_first(list); d.document; d = plx_item_next(list, d))
            if (is_asked_for(text_of(s, d, "field"), s->field) == !others)
                add_difference(s, &grid, d);
    plx_grid_print(&grid, s->printer.terminal, 4);
    if (total > plx_item_length(list)) {
        plx_buffer_format(&s->printer.text, "    and %llu more differences, which were counted but not kept",
                          (unsigned long long)(total - plx_item_length(list)));
        plx_printer_end_line(&s->printer, PLX_DIM);
    }
}

enum plx_status
plx_record_print(const struct plx_terminal *terminal, struct plx_item record, const char *field)
{
    struct showing s = {.record = record, .field = field, .words = words_of(record)};
    struct plx_arena *arena = plx_arena_new(NULL);

    if (!arena)
        return PLX_E_MEMORY;
    plx_printer_init(&s.printer, terminal, arena);
    print_head(&s);
    if (plx_item_member(record, "request").document)
        print_request(&s);
    print_context(&s);
    print_answers(&s);
    print_differences(&s);
    plx_printer_fini(&s.printer);
    plx_arena_free(arena);
    return terminal->out->failed ? PLX_E_MEMORY : PLX_OK;
}
