/* SPDX-License-Identifier: Apache-2.0 */
/* Code points from UTF-8 and to it, and the ones that must not reach a terminal as they are. */
#include "base/utf8.h"

size_t
plx_utf8_decode(struct plx_slice text, uint32_t *code)
{
    size_t len = plx_utf8_length(text.ptr, text.len);
    uint32_t value;

    if (len == 0)
        return 0;
    value = (unsigned char)text.ptr[0];
    if (len > 1)
        value &= 0x7Fu >> len;
    for (size_t i = 1; i < len; i++)
        value = value << 6 | ((unsigned char)text.ptr[i] & 0x3Fu);
    *code = value;
    return len;
}

size_t
plx_utf8_encode(uint32_t code, char out[4])
{
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    if (len == 1) {
        out[0] = (char)code;
        return len;
    }
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(0xF00u >> len | code); /* as many ones as there are bytes, and a zero */
    return len;
}

bool
plx_utf8_is_control(uint32_t code)
{
    if (code < 0xA0)
        return code < 0x20 || code >= 0x7F;
    return code == 0xAD || code == 0x061C || (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
           (code >= 0xE0000 && code <= 0xE007F);
}

bool
plx_utf8_is_plain(struct plx_slice text)
{
    uint32_t code = 0;

    for (size_t at = 0, len; at < text.len; at += len) {
        len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        if (len == 0 || plx_utf8_is_control(code))
            return false;
    }
    return true;
}

bool
plx_utf8_is_valid(struct plx_slice text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t len = (unsigned char)text.ptr[at] < 0x80 ? 1 : plx_utf8_length(text.ptr + at, text.len - at);
        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

size_t
plx_utf8_prefix(struct plx_slice text)
{
    size_t at = 0, step;
    uint32_t code;

    while (at < text.len && (step = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code)) > 0)
        at += step;
    return at;
}

struct plx_slice
plx_utf8_cut(struct plx_slice text, size_t max)
{
    size_t len = text.len;

    if (len <= max)
        return text;
    len = max;
    while (len > 0 && max - len < 3 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return plx_slice_make(text.ptr, len);
}
