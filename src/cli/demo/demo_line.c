/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo/demo_line.h"

void
plx_demo_line(const char *name, enum plx_style style, const char *line)
{
    struct plx_buffer out, text;
    struct plx_terminal terminal;

    plx_buffer_init(&out, 64 * PLX_DEMO_LINE_BYTES);
    plx_buffer_init(&text, 32 * PLX_DEMO_LINE_BYTES);
    plx_terminal_init(&terminal, &out, stdout);
    plx_buffer_format(&text, "%-12s | ", name);
    plx_terminal_write(&terminal, style, plx_buffer_slice(&text));
    plx_text_add(&out, plx_slice_of(line), PLX_DEMO_LINE_BYTES);
    plx_buffer_byte(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    plx_buffer_fini(&text);
}
