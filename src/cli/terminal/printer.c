/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal/printer.h"

#define TEXT_BYTES_MAX (1u << 20) /* of one line */

void
plx_printer_init(struct plx_printer *printer, const struct plx_terminal *terminal, struct plx_arena *arena)
{
    *printer = (struct plx_printer){.terminal = terminal, .arena = arena};
    plx_buffer_init(&printer->text, TEXT_BYTES_MAX);
}

void
plx_printer_fini(struct plx_printer *printer)
{
    plx_buffer_fini(&printer->text);
}

static void
clear(struct plx_printer *printer, bool failed)
{
    struct plx_buffer *out = printer->terminal->out;

    out->failed = out->failed || printer->text.failed || failed;
    plx_buffer_clear(&printer->text);
}

void
plx_printer_write(struct plx_printer *printer, enum plx_style style)
{
    plx_terminal_write(printer->terminal, style, plx_buffer_slice(&printer->text));
    clear(printer, false);
}

void
plx_printer_end_line(struct plx_printer *printer, enum plx_style style)
{
    plx_printer_write(printer, style);
    plx_buffer_byte(printer->terminal->out, '\n');
}

struct plx_slice
plx_printer_keep(struct plx_printer *printer)
{
    struct plx_slice kept = plx_arena_copy(printer->arena, plx_buffer_slice(&printer->text));

    clear(printer, !kept.ptr);
    return kept;
}

struct plx_slice
plx_printer_number(struct plx_printer *printer, uint64_t number)
{
    plx_buffer_number(&printer->text, number);
    return plx_printer_keep(printer);
}

struct plx_slice
plx_printer_seconds(struct plx_printer *printer, double seconds)
{
    plx_text_add_seconds(&printer->text, seconds);
    return plx_printer_keep(printer);
}

struct plx_slice
plx_printer_percent(struct plx_printer *printer, uint64_t part, uint64_t of)
{
    plx_text_add_percent(&printer->text, part, of);
    return plx_printer_keep(printer);
}
