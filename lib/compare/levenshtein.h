/* SPDX-License-Identifier: Apache-2.0 */
/* How much of two texts is the same, by the characters that it takes to make one of the other. */
#ifndef PLX_COMPARE_LEVENSHTEIN_H
#define PLX_COMPARE_LEVENSHTEIN_H

#include "base/work.h"

#include <parallax/value.h>

#define PLX_SIMILAR_CELLS_MAX (1u << 24) /* beyond that much work two texts are not similar */

/*
 * Whether the Levenshtein distance of a and b (insertions, deletions and substitutions of characters) leaves at least
 * share (0 to 1) of the longer one's characters. Only the band that the share allows is looked at (E. Ukkonen,
 * "Algorithms for Approximate String Matching", Information and Control 64, 1985). *failed: out of memory, or no work
 * is left (work may be NULL).
 */
bool plx_similar(struct plx_slice a, struct plx_slice b, double share, struct plx_work *work, struct plx_arena *arena,
                 bool *failed);

#endif
