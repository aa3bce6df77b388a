/* SPDX-License-Identifier: Apache-2.0 */
/* Pairing the elements of two arrays. */
#ifndef PLX_COMPARE_ARRAYS_H
#define PLX_COMPARE_ARRAYS_H

#include "compare/walk.h"

void plx_walk_arrays(struct plx_walk *w, uint32_t a, uint32_t b);
/* Aligns two arrays; the partners rise. false: the walk is over. Needs the hashes. */
PLX_MUST_USE bool plx_walk_align(struct plx_walk *w, uint32_t a, uint32_t b, struct plx_elements *x,
                                 struct plx_elements *y);

#endif
