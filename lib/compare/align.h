/* SPDX-License-Identifier: Apache-2.0 */
/* Which elements of two sequences belong together, by an edit script. */
#ifndef PLX_COMPARE_ALIGN_H
#define PLX_COMPARE_ALIGN_H

#include "base/work.h"

#include <parallax/value.h>

#define PLX_ALIGN_EDITS_MAX 512u                /* that are searched for before unique elements are looked for */
#define PLX_ALIGN_STEPS_MAX (UINT64_C(1) << 26) /* that all alignments of one comparison may take */

/* What alignments may still take, and what they could not do for it. */
struct plx_align_budget {
    uint64_t steps;
    uint64_t unexamined; /* elements that were paired by position, since no steps were left; only added to */
};

/*
 * Aligns two sequences of hashes. pairs[i] is the index in b of a's element i, or UINT32_MAX; the indices rise. Up to
 * PLX_ALIGN_EDITS_MAX insertions and deletions the script is the shortest one; beyond that it goes through as many
 * elements as can be of those that either side has once, and is the shortest one between them. Memory in proportion to
 * the lengths. Where no steps are left, what is not aligned yet is paired by position, whether equal or not. false: no
 * memory, or no work is left (work may be NULL).
 */
bool plx_align(const uint64_t *a, uint32_t a_count, const uint64_t *b, uint32_t b_count,
               struct plx_align_budget *budget, struct plx_work *work, struct plx_arena *arena, uint32_t *pairs);

#endif
