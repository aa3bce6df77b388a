/* SPDX-License-Identifier: Apache-2.0 */
/* Levenshtein's distance, of short words. */
#include "base/nearest.h"

#define CHANGES_MAX 2u

static unsigned
distance(struct plx_slice a, struct plx_slice b)
{
    unsigned row[PLX_NEAREST_BYTES_MAX + 1];

    if (a.len > PLX_NEAREST_BYTES_MAX || b.len > PLX_NEAREST_BYTES_MAX)
        return PLX_NEAREST_BYTES_MAX;
    for (unsigned k = 0; k <= b.len; k++)
        row[k] = k;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned k = 1; k <= b.len; k++) {
            unsigned best = diagonal + (a.ptr[i - 1] != b.ptr[k - 1]);
            diagonal = row[k];
            if (row[k - 1] + 1 < best)
                best = row[k - 1] + 1;
            if (row[k] + 1 < best)
                best = row[k] + 1;
            row[k] = best;
        }
    }
    return row[b.len];
}

struct plx_nearest
plx_nearest_begin(struct plx_slice word)
{
    unsigned most = word.len <= CHANGES_MAX ? (unsigned)word.len : CHANGES_MAX + 1;

    return (struct plx_nearest){.word = word, .best = most};
}

void
plx_nearest_look(struct plx_nearest *nearest, const char *name)
{
    unsigned changes = distance(nearest->word, plx_slice_of(name));

    if (changes >= nearest->best)
        return;
    nearest->best = changes;
    nearest->found = name;
}
