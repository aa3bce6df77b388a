/* SPDX-License-Identifier: Apache-2.0 */
/* Values as hashes, for pairing what is equal. Not for strangers to rely on: they are not keyed. */
#ifndef PLX_COMPARE_HASHES_H
#define PLX_COMPARE_HASHES_H

#include <parallax/value.h>

struct plx_walk;

/* Every bit of x moves about half of the result's. */
uint64_t plx_mix(uint64_t x);
/* The same for equal values: members in any order, numbers by decimal value, strings by characters. */
uint64_t plx_value_hash(const struct plx_document *document, uint32_t node);

/*
 * A hash of every node of a and b under the rules: what is ignored takes no part, of what a tolerance, match or similar
 * rule may excuse only that it is there. So values with different hashes differ in strict mode, and those with the same
 * are worth pairing. false: the walk is over.
 */
PLX_MUST_USE bool plx_walk_hashes(struct plx_walk *w);
/* The hash of a's root alone, likewise; nothing is kept. */
PLX_MUST_USE bool plx_walk_hash(struct plx_walk *w, uint64_t *hash);

#endif
