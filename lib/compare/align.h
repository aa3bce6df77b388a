/* SPDX-License-Identifier: Apache-2.0 */
/* Which elements of two sequences belong together, by an edit script. */
#ifndef PLX_COMPARE_ALIGN_H
#define PLX_COMPARE_ALIGN_H

#include <parallax/value.h>

#define PLX_ALIGN_EDITS_MAX 512u

/*
 * Aligns two sequences of hashes by the shortest edit script (E. W. Myers, "An O(ND) Difference Algorithm and Its
 * Variations", Algorithmica 1, 1986). pairs[i] is the index in b of a's element i, or UINT32_MAX; the indices rise.
 * Beyond PLX_ALIGN_EDITS_MAX insertions and deletions what is between the common beginning and the common end is paired
 * by position, whether equal or not. Takes at most about a megabyte of the arena, and time in proportion to the lengths
 * and the edits. false: no memory.
 */
bool plx_align(const uint64_t *a, uint32_t a_count, const uint64_t *b, uint32_t b_count, struct plx_arena *arena,
               uint32_t *pairs);

#endif
