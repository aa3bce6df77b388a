/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns are measured once all rows are there. Where the terminal is too narrow, the columns that may shrink give, the
 * widest first, down to SHRUNK_MIN; what is still too wide then wraps, for nothing may get lost but the middle of long
 * texts.
 */
#include "cli/terminal/grid.h"

#include "base/assert.h"

#define GAP            2u /* columns between two cells */
#define SHRUNK_MIN     8u
#define TEXT_BYTES_MAX (1u << 20) /* of one cell */

enum row_kind {
    ROW_CELLS,
    ROW_CHANGE, /* cells[0] -> cells[1] */
    ROW_NOTE,   /* cells[0] */
};

struct plx_grid_row {
    struct plx_grid_row *next;
    enum row_kind kind;
    struct plx_grid_cell cells[];
};

void
plx_grid_init(struct plx_grid *grid, struct plx_arena *arena, const struct plx_grid_column *columns, size_t count)
{
    PLX_ASSERT(count > 0 && count <= PLX_GRID_COLUMNS_MAX);
    *grid = (struct plx_grid){.arena = arena, .columns = columns, .count = count};
}

static void
add_row(struct plx_grid *grid, const struct plx_grid_cell *cells, size_t count, enum row_kind kind)
{
    struct plx_grid_row *row = plx_arena_alloc(grid->arena, sizeof(*row) + count * sizeof(*cells));

    if (!row) {
        grid->failed = true;
        return;
    }
    row->next = NULL;
    row->kind = kind;
    memcpy(row->cells, cells, count * sizeof(*cells));
    if (grid->last)
        grid->last->next = row;
    else
        grid->first = row;
    grid->last = row;
}

void
plx_grid_add(struct plx_grid *grid, const struct plx_grid_cell *cells)
{
    add_row(grid, cells, grid->count, ROW_CELLS);
}

void
plx_grid_add_change(struct plx_grid *grid, struct plx_slice before, struct plx_slice after)
{
    add_row(grid, (const struct plx_grid_cell[]){{before, PLX_PLAIN}, {after, PLX_PLAIN}}, 2, ROW_CHANGE);
}

void
plx_grid_add_note(struct plx_grid *grid, struct plx_slice text, enum plx_style style)
{
    add_row(grid, &(const struct plx_grid_cell){text, style}, 1, ROW_NOTE);
}

static size_t
measure(const struct plx_grid *grid, size_t widths[])
{
    size_t sum = (grid->count - 1) * GAP;

    for (size_t i = 0; i < grid->count; i++) {
        widths[i] = 0;
        for (const struct plx_grid_row *row = grid->first; row; row = row->next) {
            size_t columns = row->kind != ROW_CELLS ? 0 : plx_text_columns(row->cells[i].text);

            widths[i] = columns > widths[i] ? columns : widths[i];
        }
        sum += widths[i];
    }
    return sum;
}

/* Takes columns from the widest of those that may shrink until the sum fits. */
static void
fit(const struct plx_grid *grid, size_t widths[], size_t sum, size_t room)
{
    while (sum > room) {
        size_t widest = grid->count;

        for (size_t i = 0; i < grid->count; i++)
            if (grid->columns[i].shrinks && widths[i] > SHRUNK_MIN &&
                (widest == grid->count || widths[i] > widths[widest]))
                widest = i;
        if (widest == grid->count)
            return;
        widths[widest]--;
        sum--;
    }
}

static void
spaces(const struct plx_terminal *terminal, size_t count)
{
    plx_buffer_format(terminal->out, "%*s", (int)count, "");
}

static void
print_row(const struct plx_grid *grid, const struct plx_terminal *terminal, const struct plx_grid_row *row,
          const size_t widths[], struct plx_buffer *text)
{
    size_t owed = 0; /* spaces before the next cell; none are left at the end of a line */

    for (size_t i = 0; i < grid->count; i++) {
        size_t taken, pad;

        text->len = 0; /* a failure stays */
        taken = plx_text_add(text, row->cells[i].text, widths[i]);
        pad = widths[i] > taken ? widths[i] - taken : 0;
        if (grid->columns[i].right)
            owed += pad;
        if (text->len > 0) {
            spaces(terminal, owed);
            owed = 0;
            plx_terminal_write(terminal, row->cells[i].style, plx_buffer_slice(text));
        }
        owed += GAP + (grid->columns[i].right ? 0 : pad) + (text->len > 0 ? 0 : taken);
    }
}

void
plx_grid_print(const struct plx_grid *grid, const struct plx_terminal *terminal, unsigned indent)
{
    size_t widths[PLX_GRID_COLUMNS_MAX], room = terminal->width > indent ? terminal->width - indent : 1;
    struct plx_buffer text;

    plx_buffer_init(&text, TEXT_BYTES_MAX);
    fit(grid, widths, measure(grid, widths), room);
    for (const struct plx_grid_row *row = grid->first; row; row = row->next) {
        spaces(terminal, row->kind != ROW_CELLS ? indent + GAP : indent);
        if (row->kind == ROW_CELLS) {
            print_row(grid, terminal, row, widths, &text);
        } else {
            text.len = 0;
            if (row->kind == ROW_CHANGE)
                plx_text_add_change(&text, row->cells[0].text, row->cells[1].text, room - GAP);
            else
                plx_text_add(&text, row->cells[0].text, room - GAP);
            plx_terminal_write(terminal, row->cells[0].style, plx_buffer_slice(&text));
        }
        plx_buffer_byte(terminal->out, '\n');
    }
    terminal->out->failed = terminal->out->failed || text.failed || grid->failed;
    plx_buffer_fini(&text);
}
