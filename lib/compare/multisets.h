/* SPDX-License-Identifier: Apache-2.0 */
/* Pairing elements whose order says nothing. */
#ifndef PLX_COMPARE_MULTISETS_H
#define PLX_COMPARE_MULTISETS_H

#include "compare/walk.h"

/*
 * Pairs the elements of two arrays as multisets, as many as are the same under the rules; then those of the same keys,
 * or of the same value but for what a rule may excuse, as they stand. False: there are too many to try, and those that
 * have no partner may or may not have one (w->undecided, w->unexamined).
 */
bool plx_pair_multisets(struct plx_walk *w, const struct plx_rule *rule, struct plx_elements *a,
                        struct plx_elements *b);

#endif
