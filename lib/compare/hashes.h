/* SPDX-License-Identifier: Apache-2.0 */
/* Values as hashes, for pairing what is equal. Not for strangers to rely on: they are not keyed. */
#ifndef PLX_COMPARE_HASHES_H
#define PLX_COMPARE_HASHES_H

#include <parallax/value.h>

/* Every bit of x moves about half of the result's. */
uint64_t plx_mix(uint64_t x);
/* The same for equal values: members in any order, numbers by decimal value, strings by characters. */
uint64_t plx_value_hash(const struct plx_document *document, uint32_t node);

#endif
