/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for what is recognised by its form, as YAML to paste below `compare:`. They are proposed and nothing more:
 * until somebody puts them into the configuration they excuse nothing.
 */
#ifndef PLX_FINDINGS_PROPOSE_H
#define PLX_FINDINGS_PROPOSE_H

#include "base/buffer.h"
#include "evidence/count/counts.h"

#define PLX_PROPOSAL_FIELD_MAX 250u /* bytes; a key of YAML has at most 1024 characters, escapes included */
#define PLX_PROPOSAL_BYTES_MAX (4u << 10)

struct plx_proposal {
    enum plx_rule_kind rule;
    struct plx_slice field; /* as the report has it */
    enum plx_form form;
};

/*
 * Whether there is a rule to propose for one of an endpoint's fields: all its differences that were looked at have one
 * form, written alike on both sides, and the primary's own value is new in each answer (renewal.h). Not for what a
 * secondary shows to be a regression, since the primary agrees with itself there; and no rule that would leave out more
 * than values, where the field differs in another kind as well.
 */
bool plx_propose(struct plx_field_counts *const *fields, size_t count, const struct plx_field_counts *field,
                 bool with_secondary, struct plx_proposal *proposal);
/* The same from what a report says of a field: its name, and the form that was proposed for. */
bool plx_proposal_make(struct plx_slice field, enum plx_form form, struct plx_proposal *proposal);

/* "ignore: [{/sequence: {why: ...}}]", "match: {/id: {pattern: ..., why: ...}}" */
void plx_proposal_write(const struct plx_proposal *proposal, struct plx_buffer *out);
/* The one-key mapping in it: "/sequence: {why: ...}" */
void plx_proposal_write_entry(const struct plx_proposal *proposal, struct plx_buffer *out);
/* Text as a YAML scalar that can be a key, too: plain where it can be, else in double quotes. */
void plx_yaml_write(struct plx_slice text, struct plx_buffer *out);

#endif
