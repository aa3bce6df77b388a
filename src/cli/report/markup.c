/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report/markup.h"

#include "base/utf8.h"

void
plx_markup_add(struct plx_buffer *out, struct plx_slice text)
{
    uint32_t code = 0;

    for (size_t at = 0, len; at < text.len; at += len) {
        len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        if (len == 0) {
            plx_buffer_format(out, "\\x%02X", (unsigned char)text.ptr[at]);
            len = 1;
        } else if (plx_utf8_is_control(code) || code == 0xFFFE || code == 0xFFFF) {
            plx_buffer_format(out, code < 0x100 ? "\\x%02X" : "\\u%04X", code);
        } else if (code < 0x80 && strchr("<>&\"'", (int)code)) {
            plx_buffer_format(out, "&#%u;", code);
        } else {
            plx_buffer_append(out, text.ptr + at, len);
        }
    }
}
