/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PLX_BASE_UTF8_H
#define PLX_BASE_UTF8_H

#include <parallax/base.h>

/* The bytes of the character at text (of len bytes), 1 to 4; 0 where they are not valid. */
static inline size_t
plx_utf8_length(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;

    if (len == 0)
        return 0;
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xC2 || at[0] > 0xF4)
        return 0;
    size_t need = at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    if (len < need)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) || (at[0] == 0xF0 && at[1] < 0x90) ||
        (at[0] == 0xF4 && at[1] > 0x8F))
        return 0;
    return need;
}

/* The same, with the character's code point where there is one. */
size_t plx_utf8_decode(struct plx_slice text, uint32_t *code);
/* Whether all of it is. */
bool plx_utf8_is_valid(struct plx_slice text);
/* Bytes at the beginning that are valid. */
size_t plx_utf8_prefix(struct plx_slice text);
/* At most max bytes of it, no character broken. */
struct plx_slice plx_utf8_cut(struct plx_slice text, size_t max);
/* The bytes of a code point up to U+10FFFF, 1 to 4. A surrogate gives the three that its number would have. */
size_t plx_utf8_encode(uint32_t code, char out[4]);
/*
 * Whether a terminal, or a reader's eye, would be led astray by it: C0, DEL and C1 controls, and what changes the
 * direction of text or breaks a line.
 */
bool plx_utf8_is_control(uint32_t code);
/* Whether it is valid and none of its characters is such a one. */
bool plx_utf8_is_plain(struct plx_slice text);

#endif
