/* SPDX-License-Identifier: Apache-2.0 */
/* Where the walk is, and how a difference is told. */
#ifndef PLX_COMPARE_PATH_H
#define PLX_COMPARE_PATH_H

#include "compare/walk.h"

struct plx_rule_place plx_walk_place(const struct plx_walk *w);
/* Into a member (document and node of its key) or an element (NULL and its index, or PLX_ANY_INDEX); false: the walk is
 * over. */
PLX_MUST_USE bool plx_walk_enter(struct plx_walk *w, const struct plx_document *document, uint32_t node_or_index);
void plx_walk_leave(struct plx_walk *w);
/* A difference at the present place; a or b may be PLX_NOWHERE. */
void plx_walk_tell(struct plx_walk *w, enum plx_kind kind, uint32_t a, uint32_t b);
/* The present place are arrays whose elements have the same ids in another order, which is written here. */
void plx_walk_tell_ids(struct plx_walk *w, struct plx_slice a, struct plx_slice b);
/* A difference in the step below: a member or element that only one side has. */
void plx_walk_tell_lonely(struct plx_walk *w, const struct plx_document *key_document, uint32_t key_or_index,
                          uint32_t a, uint32_t b);
/* A difference that a rule excuses; below an ignored place the rule that ignores it. */
void plx_walk_excuse(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b);
/* Into a place that this rule ignores, and out of it again; NULL: none does. */
void plx_walk_rule_out(struct plx_walk *w, const struct plx_compiled_rule *rule);
void plx_walk_rule_in(struct plx_walk *w, const struct plx_compiled_rule *rule);

#endif
