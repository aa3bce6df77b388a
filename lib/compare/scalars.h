/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves, and the rules for them. */
#ifndef PLX_COMPARE_SCALARS_H
#define PLX_COMPARE_SCALARS_H

#include "compare/walk.h"

/* Two leaves of one type class. */
void plx_walk_leaves(struct plx_walk *w, struct plx_rule_place here, uint32_t a, uint32_t b);
/* Whether the text of a leaf matches the rule's pattern, as a whole. */
bool plx_walk_matches(struct plx_walk *w, const struct plx_compiled_rule *rule, const struct plx_document *document,
                      uint32_t node);

#endif
