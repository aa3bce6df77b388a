/* SPDX-License-Identifier: Apache-2.0 */
/* Pairing the members of two objects. */
#ifndef PLX_COMPARE_MEMBERS_H
#define PLX_COMPARE_MEMBERS_H

#include "compare/walk.h"

/* The members from x and y on, which are not in step. */
void plx_walk_members(struct plx_walk *w, uint32_t x, uint32_t end_a, uint32_t y, uint32_t end_b);

#endif
