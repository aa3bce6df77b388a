/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8, decoded one character at a time (RFC 3629, section 4). What may follow a first byte differs for four of them;
 * the table `firsts` holds that, the code knows only "a continuation byte".
 */
#include "base/utf8.h"

struct first {
    unsigned char from, to; /* first bytes */
    unsigned char length;   /* of the character */
    unsigned char second_from, second_to;
};

static const struct first firsts[] = {
    {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF}, {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F},
    {0xEE, 0xEF, 3, 0x80, 0xBF}, {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

size_t
plx_utf8_decode(struct plx_slice text, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;

    if (text.len == 0)
        return 0;
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        const struct first *first = &firsts[i];
        uint32_t value;

        if (bytes[0] < first->from || bytes[0] > first->to)
            continue;
        if (text.len < first->length || bytes[1] < first->second_from || bytes[1] > first->second_to)
            return 0;
        value = bytes[0] & (0x7Fu >> first->length);
        for (size_t at = 1; at < first->length; at++) {
            if ((bytes[at] & 0xC0) != 0x80)
                return 0;
            value = value << 6 | (bytes[at] & 0x3Fu);
        }
        *code = value;
        return first->length;
    }
    return 0;
}

bool
plx_utf8_valid(struct plx_slice text)
{
    uint32_t code;

    for (size_t at = 0, len; at < text.len; at += len) {
        len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        if (len == 0)
            return false;
    }
    return true;
}
