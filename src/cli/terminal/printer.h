/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several readings do: a line is gathered as text, then written in a style, or kept as a cell of a grid. That
 * something is missing, for want of memory, is said by the terminal's buffer, which fails then.
 */
#ifndef PLX_TERMINAL_PRINTER_H
#define PLX_TERMINAL_PRINTER_H

#include "base/arena.h"
#include "cli/terminal/terminal.h"

struct plx_printer {
    const struct plx_terminal *terminal;
    struct plx_arena *arena; /* where texts are kept */
    struct plx_buffer text;  /* of the line under way: harmless already, as plx_text_add() leaves it */
};

void plx_printer_init(struct plx_printer *printer, const struct plx_terminal *terminal, struct plx_arena *arena);
void plx_printer_fini(struct plx_printer *printer);

/* Writes what was gathered; nothing is gathered then. */
void plx_printer_write(struct plx_printer *printer, enum plx_style style);
/* The same and the end of the line, which has no style. */
void plx_printer_end_line(struct plx_printer *printer, enum plx_style style);
/* What was gathered as a text that lasts; nothing is gathered then. */
struct plx_slice plx_printer_keep(struct plx_printer *printer);
/* Numbers as texts that last. */
struct plx_slice plx_printer_number(struct plx_printer *printer, uint64_t number);
struct plx_slice plx_printer_seconds(struct plx_printer *printer, double seconds);
struct plx_slice plx_printer_percent(struct plx_printer *printer, uint64_t part, uint64_t of);

#endif
