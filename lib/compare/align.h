/* SPDX-License-Identifier: Apache-2.0 */
/* Which elements of two sequences belong together, by an edit script. */
#ifndef PLX_COMPARE_ALIGN_H
#define PLX_COMPARE_ALIGN_H

#include "base/work.h"

#include <parallax/value.h>

#define PLX_ALIGN_EDITS_MAX 512u
#define PLX_ALIGN_CELLS_MAX (1u << 20) /* that all alignments of one comparison may take; four bytes each */

/*
 * Aligns two sequences of hashes by the shortest edit script (E. W. Myers, "An O(ND) Difference Algorithm and Its
 * Variations", Algorithmica 1, 1986). pairs[i] is the index in b of a's element i, or UINT32_MAX; the indices rise.
 * Takes time in proportion to the lengths, and a cell of the arena for the square of the edits, off *cells. Beyond
 * those and beyond PLX_ALIGN_EDITS_MAX insertions and deletions what is between the common beginning and the common end
 * is paired by position, whether equal or not. false: no memory, or no work is left (work may be NULL).
 */
bool plx_align(const uint64_t *a, uint32_t a_count, const uint64_t *b, uint32_t b_count, uint32_t *cells,
               struct plx_work *work, struct plx_arena *arena, uint32_t *pairs);

#endif
