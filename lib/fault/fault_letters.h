/* SPDX-License-Identifier: Apache-2.0 */
/* Letters, as far as faults need them: what is below an accent, small for capital, and the bytes of Latin-1. */
#ifndef PLX_FAULT_FAULT_LETTERS_H
#define PLX_FAULT_FAULT_LETTERS_H

#include <parallax/base.h>

/* The letter and its accent (2), or the code point as it is (1). */
size_t plx_letter_decompose(uint32_t code, uint32_t out[2]);
bool plx_letter_is_accent(uint32_t code); /* one that stands behind its letter */
/* Of Latin, Greek and Cyrillic; others are their own. */
uint32_t plx_letter_lower(uint32_t code);
/* The byte that Windows-1252 has for it, Latin-1 where that has none; -1: neither has. */
int plx_letter_latin_byte(uint32_t code);

#endif
