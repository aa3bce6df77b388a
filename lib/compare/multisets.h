/* SPDX-License-Identifier: Apache-2.0 */
/* Pairing elements whose order says nothing. */
#ifndef PLX_COMPARE_MULTISETS_H
#define PLX_COMPARE_MULTISETS_H

#include "compare/walk.h"

/* Pairs the elements of two arrays as multisets. */
void plx_pair_multisets(struct plx_walk *w, const struct plx_rule *rule, struct plx_elements *a,
                        struct plx_elements *b);

#endif
