/* SPDX-License-Identifier: Apache-2.0 */
/* The word that was meant, for "did you mean": of a list, the one that takes the fewest changes of letters. */
#ifndef PLX_BASE_NEAREST_H
#define PLX_BASE_NEAREST_H

#include <parallax/base.h>

#define PLX_NEAREST_BYTES_MAX 40u /* a longer word is near nothing */

struct plx_nearest {
    struct plx_slice word;
    const char *found; /* NULL: none is near */
    unsigned best;     /* changes that it takes */
};

/* Of at most two changes, and of fewer than the word has letters. */
struct plx_nearest plx_nearest_begin(struct plx_slice word);
void plx_nearest_look(struct plx_nearest *nearest, const char *name);

#endif
