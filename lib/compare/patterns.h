/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns of rules as one automaton: built step by step, and run down a document. */
#ifndef PLX_COMPARE_PATTERNS_H
#define PLX_COMPARE_PATTERNS_H

#include "compare/compiled.h"

/* What the states that have been reached say of the present place; of several rules the one added last. */
struct plx_rule_place {
    bool redacted;
    bool hides; /* a redact pattern may still name something below */
    const struct plx_compiled_rule *ignored, *tolerance, *unordered, *match, *similar, *time, *rename;
};

/* ~0, ~1 and ~2 stand for ~, / and a star; out has room for all of text. */
PLX_MUST_USE enum plx_status plx_pattern_unescape(struct plx_slice text, char *out, size_t *len,
                                                  struct plx_rule_error *error);
/* Compiles field as the pattern of the rule at index rule; nothing is changed on failure. */
PLX_MUST_USE enum plx_status plx_pattern_add(struct plx_rules *rules, struct plx_slice field, uint32_t rule,
                                             struct plx_rule_error *error);
void plx_patterns_drop(struct plx_rules *rules, size_t step_count); /* the last ones, down to step_count steps */
/* The states before the first step (plx_rules_words() of them). */
void plx_rules_start(const struct plx_rules *rules, int64_t now_s, uint64_t *states);
struct plx_rule_place plx_rules_place(const struct plx_rules *rules, const uint64_t *states);
/* One step down: into the member whose key is at node of document, or into the element at index (document NULL). */
void plx_rules_step(const struct plx_rules *rules, const uint64_t *from, uint64_t *to,
                    const struct plx_document *document, uint32_t node_or_index);

#endif
