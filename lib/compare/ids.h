/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of ordered arrays that are known by an id. */
#ifndef PLX_COMPARE_IDS_H
#define PLX_COMPARE_IDS_H

#include "compare/walk.h"

/*
 * Where all elements of two arrays of one length are objects with a member that is an id by its name (its last word is
 * id, key, code and the like), whose values are all different on either side, and the same in another order: pairs the
 * elements by it, tells the one difference of the kind order, and returns true.
 */
bool plx_pair_ids(struct plx_walk *w, struct plx_elements *a, struct plx_elements *b);

/*
 * Hashes of the ids of the elements at [from, from + count) of one side, by the first member of a's element at `from_a`
 * that is one by its name. false: there is no such member, an element lacks it, or the walk is over.
 */
bool plx_id_hashes(struct plx_walk *w, const struct plx_elements *a, uint32_t from_a, const struct plx_elements *e,
                   uint32_t from, uint32_t count, uint64_t *hashes);

#endif
