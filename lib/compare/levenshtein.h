/* SPDX-License-Identifier: Apache-2.0 */
/* How much of two texts is the same, by the characters that it takes to make one of the other. */
#ifndef PLX_COMPARE_LEVENSHTEIN_H
#define PLX_COMPARE_LEVENSHTEIN_H

#include "base/work.h"

#include <parallax/value.h>

#define PLX_SIMILAR_STEPS_MAX (UINT64_C(1) << 28) /* that all texts of one comparison may take */

enum plx_similarity {
    PLX_NOT_SIMILAR,
    PLX_SIMILAR,
    PLX_SIMILAR_UNKNOWN, /* no steps are left */
};

/*
 * Whether the Levenshtein distance of a and b (insertions, deletions and substitutions of characters) leaves at least
 * share (0 to 1) of the longer one's characters. For each number of edits, up to what the share allows, only the
 * furthest point of each diagonal is known (E. Ukkonen, "Algorithms for Approximate String Matching", Information and
 * Control 64, 1985): time in proportion to the length and the square of the distance, off *steps; memory in proportion
 * to the edits allowed. *failed: out of memory, or no work is left (work may be NULL).
 */
enum plx_similarity plx_similar(struct plx_slice a, struct plx_slice b, double share, uint64_t *steps,
                                struct plx_work *work, struct plx_arena *arena, bool *failed);

#endif
