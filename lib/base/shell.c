/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting: between single quotes only the single quote means anything. */
#include "base/shell.h"

void
plx_shell_quote(struct plx_buffer *out, struct plx_slice text)
{
    plx_buffer_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'')
            plx_buffer_text(out, "'\\''");
        else
            plx_buffer_byte(out, text.ptr[i]);
    }
    plx_buffer_byte(out, '\'');
}
