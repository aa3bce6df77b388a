/* SPDX-License-Identifier: Apache-2.0 */
/* One recorded mismatch: when and what was asked, what each role answered, and each place where they differ. */
#include "cli/report/diffs_text.h"

#include "base/assert.h"
#include "cli/terminal/grid.h"
#include "cli/terminal/words.h"

#define TEXT_BYTES_MAX (1u << 20) /* of one line */

struct showing {
    const struct plx_terminal *terminal;
    struct plx_arena *arena;
    struct plx_buffer text; /* of the line under way */
    struct plx_item record;
    const struct plx_words *words; /* of what it is of */
};

static struct plx_slice
text_of(struct showing *s, struct plx_item owner, const char *key)
{
    return plx_item_text(plx_item_member(owner, key), s->arena);
}

static void
write_line(struct showing *s, enum plx_style style)
{
    plx_terminal_write(s->terminal, style, plx_buffer_slice(&s->text));
    plx_buffer_byte(s->terminal->out, '\n');
    s->terminal->out->failed = s->terminal->out->failed || s->text.failed;
    plx_buffer_clear(&s->text);
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
    unsigned width = s->terminal->width;

    plx_text_add(&s->text, text_of(s, s->record, "time"), 30);
    plx_buffer_text(&s->text, "  ");
    plx_text_add(&s->text, text_of(s, s->record, plx_subject_text(s->words->kind)), width / 3);
    plx_buffer_text(&s->text, "  ");
    plx_text_add(&s->text, text_of(s, s->record, "endpoint"), width / 2);
    write_line(s, PLX_BOLD);
}

static void
print_request(struct showing *s)
{
    struct plx_item request = plx_item_member(s->record, "request");
    size_t taken;

    plx_buffer_text(&s->text, "  ");
    taken = plx_text_add(&s->text, text_of(s, request, "method"), 20);
    plx_buffer_byte(&s->text, ' ');
    plx_text_add(&s->text, text_of(s, request, "target"), s->terminal->width - 3 - taken);
    write_line(s, PLX_PLAIN);
}

/* The context of an experiment's run, as JSON. */
static void
print_context(struct showing *s)
{
    struct plx_item context = plx_item_member(s->record, "context");
    struct plx_slice text = context.document ? plx_json_text(context.document, context.node) : plx_slice_of("");

    if (text.len <= strlen("{}"))
        return;
    plx_buffer_text(&s->text, "  ");
    plx_text_add(&s->text, text, s->terminal->width - 2);
    write_line(s, PLX_PLAIN);
}

/* "200 in 1.24 ms"; what is no answer of HTTP, or has none, is "in 1.24 ms" */
static void
add_answer(struct showing *s, struct plx_item answer)
{
    struct plx_slice failed = text_of(s, answer, "failed");
    struct plx_item wall = plx_item_member(answer, "wall");

    if (failed.len > 0) {
        plx_buffer_text(&s->text, "failed: ");
        plx_text_add(&s->text, failed, 20);
        return;
    }
    plx_buffer_text(&s->text, plx_text_add(&s->text, text_of(s, answer, "status"), 8) > 0 ? " in " : "in ");
    plx_text_add_seconds(&s->text, plx_item_double(wall.document ? wall : plx_item_member(answer, "seconds")));
}

/* "primary 200 in 1.24 ms, candidate 404 in 1.31 ms, exchange 01J..." */
static void
print_answers(struct showing *s)
{
    plx_buffer_text(&s->text, "  ");
    for (size_t i = 0; i < PLX_ROLES; i++) {
        struct plx_item answer = plx_item_member(s->record, s->words->roles[i]);

        if (!answer.document)
            continue;
        plx_buffer_format(&s->text, "%s ", s->words->roles[i]);
        add_answer(s, answer);
        plx_buffer_text(&s->text, ", ");
    }
    plx_buffer_format(&s->text, "%s ", s->words->exchange);
    plx_text_add(&s->text, text_of(s, s->record, "id"), 40);
    write_line(s, PLX_DIM);
}

static struct plx_slice
side(struct plx_slice value)
{
    return value.len > 0 ? value : plx_slice_of("(nothing)");
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
    plx_grid_add_change(grid, side(text_of(s, difference, "primary")), side(text_of(s, difference, "candidate")));
}

static void
print_differences(struct showing *s)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.shrinks = true}, {0}};
    struct plx_item list = plx_item_member(s->record, "differences");
    uint64_t total = plx_item_uint(plx_item_member(s->record, "differences_total"));
    struct plx_grid grid;

    plx_grid_init(&grid, s->arena, columns, PLX_COUNT(columns));
    for (struct plx_item d = plx_item_first(list); d.document; d = plx_item_next(list, d))
        add_difference(s, &grid, d);
    plx_grid_print(&grid, s->terminal, 4);
    if (total > plx_item_length(list)) {
        plx_buffer_format(&s->text, "    and %llu more differences, which were counted but not kept",
                          (unsigned long long)(total - plx_item_length(list)));
        write_line(s, PLX_DIM);
    }
}

enum plx_status
plx_record_print(const struct plx_terminal *terminal, struct plx_item record)
{
    struct showing s = {
        .terminal = terminal, .arena = plx_arena_new(NULL), .record = record, .words = words_of(record)};

    if (!s.arena)
        return PLX_E_MEMORY;
    plx_buffer_init(&s.text, TEXT_BYTES_MAX);
    print_head(&s);
    if (plx_item_member(record, "request").document)
        print_request(&s);
    print_context(&s);
    print_answers(&s);
    print_differences(&s);
    plx_buffer_fini(&s.text);
    plx_arena_free(s.arena);
    return terminal->out->failed ? PLX_E_MEMORY : PLX_OK;
}
