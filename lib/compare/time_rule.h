/* SPDX-License-Identifier: Apache-2.0 */
/* The rule `time`: two values that are the same instant, or lie close together, whatever their form and zone. */
#ifndef PLX_COMPARE_TIME_RULE_H
#define PLX_COMPARE_TIME_RULE_H

#include "compare/walk.h"
#include "forms/written_time.h"

/* Reads the rule's value into within_ns: a duration as in 1s, or a number of seconds; empty: 0. */
PLX_MUST_USE enum plx_status plx_time_rule_take(struct plx_compiled_rule *rule, struct plx_rule_error *error);
/* Whether both values are times, strings or numbers, at most as far apart as the rule lets them be. */
bool plx_time_rule_excuses(struct plx_walk *w, const struct plx_compiled_rule *rule, uint32_t a, uint32_t b);
/* The time that a value is: a string or a number. False: it is none. */
bool plx_time_rule_read(const struct plx_document *document, uint32_t node, struct plx_written_time *out);

#endif
