/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule `rename`: a member has another name in the candidate. Whatever looks at documents under rules looks at them
 * by the primary's names: what compares gets them with those names in place, so that no part of a walk knows of it.
 *
 * In each object a member with the candidate's name counts as the primary's, unless the object has the primary's name
 * too. Which side it is makes no difference: bodies of the same bytes are the same, and a hash needs no side.
 */
#ifndef PLX_COMPARE_RENAME_H
#define PLX_COMPARE_RENAME_H

#include "base/work.h"
#include "compare/compiled.h"

/* Which rule renames each node of a document, its position and 1; 0: none. NULL: nothing is renamed. */
typedef const uint16_t *plx_renamed;

/* Refuses a field that names no member. */
PLX_MUST_USE enum plx_status plx_rename_check(struct plx_slice field, struct plx_rule_error *error);
/* Reads the rule's value; makes the name that it gives. */
PLX_MUST_USE enum plx_status plx_rename_take(struct plx_rules *rules, struct plx_compiled_rule *rule,
                                             struct plx_rule_error *error);
/* The keys that rules rename, in the arena; false: no memory, or no work left (may be NULL). Of the limits: the time,
 * and how deep the document may be, which is no default. */
PLX_MUST_USE bool plx_rename_find(const struct plx_rules *rules, const struct plx_compare_limits *limits,
                                  const struct plx_document *document, struct plx_work *work, struct plx_arena *arena,
                                  plx_renamed *out);
/* plx_rules_step() into the member whose key is at node, by the name that it is given. */
void plx_rename_step(const struct plx_rules *rules, plx_renamed renamed, const uint64_t *from, uint64_t *to,
                     const struct plx_document *document, uint32_t node);
/* Gives the members their names: *document is another one then, of the same nodes. False as above; it is unchanged. */
PLX_MUST_USE bool plx_rename_members(const struct plx_rules *rules, const struct plx_compare_limits *limits,
                                     struct plx_work *work, struct plx_arena *arena, struct plx_document *document);

/* Whether the candidate calls a member of this name (as JSON has it, without quotes) something that is secret. */
bool plx_rename_hides(const struct plx_rules *rules, struct plx_slice name, const struct plx_secrets *secrets,
                      enum plx_secret_door door);

#endif
