/* SPDX-License-Identifier: Apache-2.0 */
/* Cells in rows and columns, as wide as they need and together no wider than the terminal. */
#ifndef PLX_TERMINAL_GRID_H
#define PLX_TERMINAL_GRID_H

#include "base/arena.h"
#include "cli/terminal/terminal.h"

#define PLX_GRID_COLUMNS_MAX 8u

struct plx_grid_column {
    bool right;   /* aligned to the right: numbers */
    bool shrinks; /* may be cut where there is not enough room */
};

struct plx_grid_cell {
    struct plx_slice text; /* any bytes; must outlive the grid */
    enum plx_style style;
};

struct plx_grid_row;

struct plx_grid {
    struct plx_arena *arena;
    const struct plx_grid_column *columns;
    size_t count; /* of columns */
    struct plx_grid_row *first, *last;
    bool failed; /* no memory: a row is missing */
};

void plx_grid_init(struct plx_grid *grid, struct plx_arena *arena, const struct plx_grid_column *columns, size_t count);
/* One cell a column; they are copied, their texts are not. */
void plx_grid_add(struct plx_grid *grid, const struct plx_grid_cell *cells);
/* A line under the row before it: "before -> after". */
void plx_grid_add_change(struct plx_grid *grid, struct plx_slice before, struct plx_slice after);
/* A line of text under the row before it, cut to fit. */
void plx_grid_add_note(struct plx_grid *grid, struct plx_slice text, enum plx_style style);
/* A grid with a row missing makes the terminal's buffer fail. */
void plx_grid_print(const struct plx_grid *grid, const struct plx_terminal *terminal, unsigned indent);

#endif
