/* SPDX-License-Identifier: Apache-2.0 */
/* Marks without their digits, which each process draws anew: "[redacted 3fa2]" becomes "[redacted]", and so it does
 * where it stands in a URL. */
#ifndef TEST_MARKS_KIT_H
#define TEST_MARKS_KIT_H

#include "secrets/marks.h"

/* In place; returns the new length. */
static inline size_t
kit_without_digits(char *text, size_t len)
{
    size_t kept = 0;

    for (size_t at = 0; at < len;) {
        if (len - at >= PLX_MARK_LEN && plx_is_mark(plx_slice_make(text + at, PLX_MARK_LEN))) {
            memmove(text + kept, "[redacted]", 10);
            kept += 10;
            at += PLX_MARK_LEN;
        } else if (len - at >= PLX_MARK_LEN + 2 && memcmp(text + at, "[redacted%20", 12) == 0) {
            memmove(text + kept, "[redacted]", 10);
            kept += 10;
            at += PLX_MARK_LEN + 2;
        } else {
            text[kept++] = text[at++];
        }
    }
    return kept;
}

#endif
