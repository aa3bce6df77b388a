/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters with accents, of Latin-1 and Latin Extended-A, and their cases. Not the whole of Unicode, which would take
 * tables of a library: a letter that is not here is its own, and then nothing is said of it.
 */
#include "fault/fault_letters.h"

#include "base/assert.h"
#include "base/utf8.h"

#define FIRST 0xC0u
#define LAST  0x17Fu

/* Of each of those letters the one below its accent; '.': it has none. */
static const char bases[] = "AAAAAA.CEEEEIIII.NOOOOO..UUUUY..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
                            "AaAaAaCcCcCcCcDd..EeEeEeEeEeGgGgGgGgHh..IiIiIiIiI...JjKk.LlLlLl."
                            "...NnNnNn...OoOoOo..RrRrRrSsSsSsSsTtTt..UuUuUuUuUuUuWwYyYZzZzZz.";

/* And the accent: 'a' is the first of these. */
static const char accents[] = "abcdhi.labchabch.dabcdh..abchb..abcdhi.labchabch.dabcdh..abchb.h"
                              "eeffmmbbccggkkkk..eeffggmmkkccffggllcc..ddeeffmmg...ccll.bbllkk."
                              "...bbllkk...eeffjj..bbllkkbbccllkkllkk..ddeeffiijjmmcccchbbggkk.";
static const uint16_t accent_codes[] = {0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x307,
                                        0x308, 0x30A, 0x30B, 0x30C, 0x327, 0x328};

size_t
plx_letter_decompose(uint32_t code, uint32_t out[2])
{
    out[0] = code;
    if (code < FIRST || code > LAST || bases[code - FIRST] == '.')
        return 1;
    out[0] = (unsigned char)bases[code - FIRST];
    out[1] = accent_codes[accents[code - FIRST] - 'a'];
    return 2;
}

bool
plx_letter_is_accent(uint32_t code)
{
    return code >= 0x300 && code <= 0x36F;
}

/* Pairs of a capital and the small letter behind it; those whose capital has an odd number lie between. */
static bool
is_odd_pair(uint32_t code)
{
    return (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E);
}

uint32_t
plx_letter_lower(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
        (code >= 0x410 && code <= 0x42F))
        return code + 32;
    if (code >= 0x400 && code <= 0x40F)
        return code + 80;
    if (code == 0x178)
        return 0xFF;
    if (code >= 0x100 && code <= 0x17E && code != 0x130 && code != 0x131 && code != 0x138 && code != 0x149)
        return (code & 1) == is_odd_pair(code) ? code + 1 : code;
    return code;
}

/* ---- Windows-1252 ---- */

/* What it has where Latin-1 has controls, from 0x80 on; 0: nothing. */
static const uint16_t windows[] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                   0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

int
plx_letter_latin_byte(uint32_t code)
{
    if (code <= 0xFF)
        return (int)code;
    for (size_t i = 0; i < PLX_COUNT(windows); i++)
        if (windows[i] == code)
            return 0x80 + (int)i;
    return -1;
}
