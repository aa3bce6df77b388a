/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: nothing overlong, no surrogates, nothing above U+10FFFF. */
#ifndef PLX_BASE_UTF8_H
#define PLX_BASE_UTF8_H

#include <parallax/base.h>

/* The bytes of the character that text begins with, and its code point; 0 where the first byte begins none. */
size_t plx_utf8_decode(struct plx_slice text, uint32_t *code);
bool plx_utf8_valid(struct plx_slice text);

#endif
