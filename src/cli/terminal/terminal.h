/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read in a terminal: its width and colours, text from peers made harmless and fitted, numbers with units.
 * Nothing that comes from outside may reach a terminal but through plx_text_add().
 */
#ifndef PLX_TERMINAL_TERMINAL_H
#define PLX_TERMINAL_TERMINAL_H

#include "base/buffer.h"

#include <stdio.h>

#define PLX_WIDTH_MIN     40u
#define PLX_WIDTH_MAX     1000u
#define PLX_WIDTH_DEFAULT 100u /* where the output is no terminal and COLUMNS is not set */

enum plx_style {
    PLX_PLAIN,
    PLX_BOLD,
    PLX_DIM,
    PLX_RED,
    PLX_GREEN,
    PLX_YELLOW,
    PLX_BLUE,
    PLX_MAGENTA,
    PLX_CYAN,
};

/* Where readings are written: into a buffer, whose failure says that something is missing. */
struct plx_terminal {
    struct plx_buffer *out;
    bool colour;
    unsigned width; /* columns */
};

/*
 * For what goes from out to file in the end: colour where file is a terminal, TERM is not "dumb" and NO_COLOR is unset
 * or empty; width from COLUMNS or the terminal.
 */
void plx_terminal_init(struct plx_terminal *terminal, struct plx_buffer *out, FILE *file);
/* Writes text as it is, in a style: it must be harmless already. */
void plx_terminal_write(const struct plx_terminal *terminal, enum plx_style style, struct plx_slice text);

/* The columns that text takes once made visible. */
size_t plx_text_columns(struct plx_slice text);
/*
 * Appends text with control characters and wrong bytes made visible (\n, \x1B, \u202E), cut in the middle (an ellipsis
 * stands there) where it would take more than so many columns. Returns the columns taken.
 */
size_t plx_text_add(struct plx_buffer *out, struct plx_slice text, size_t columns);
/* "before -> after" within so many columns; where both must be cut, what is shown has the place where they part. */
void plx_text_add_change(struct plx_buffer *out, struct plx_slice before, struct plx_slice after, size_t columns);
/* Quoted for a POSIX shell where it needs it; false, with nothing appended, where it has control characters or wrong
 * bytes. */
bool plx_text_add_shell(struct plx_buffer *out, struct plx_slice text);

/* "412 us", "1.24 ms", "12.4 ms", "3.02 s", "2 min 5 s", "3 h 10 min"; "-" for 0. */
void plx_text_add_seconds(struct plx_buffer *out, double seconds);
/* "16.7 %", "<0.1 %" for little, ">99.9 %" for nearly all; "-" where of is 0. */
void plx_text_add_percent(struct plx_buffer *out, uint64_t part, uint64_t of);

#endif
