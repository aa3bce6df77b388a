/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules from inside: patterns compiled into one automaton, whose set of states goes down a document with the walk over
 * it. A step costs time in the number of pattern steps, however many stars there are; without patterns it costs
 * nothing.
 */
#ifndef PLX_COMPARE_RULES_H
#define PLX_COMPARE_RULES_H

#include "json/text.h"
#include <parallax/compare.h>

#define PLX_RULES_STEPS_MAX   1024u /* of all patterns together, an end each included */
#define PLX_RULES_HEADERS_MAX 128u  /* named headers, of each list */
#define PLX_RULES_STATE_WORDS ((PLX_RULES_STEPS_MAX + 63) / 64)

enum plx_step_kind {
    PLX_STEP_NAME,
    PLX_STEP_ANY,       /* *  */
    PLX_STEP_ANY_DEPTH, /* ** */
    PLX_STEP_IGNORED,   /* the pattern's end: what has come here is ignored */
    PLX_STEP_REDACTED,
};

struct plx_step {
    enum plx_step_kind kind;
    bool redacts; /* it belongs to a redact pattern */
    char *name;   /* PLX_STEP_NAME: unescaped, owned */
    size_t name_len;
};

struct plx_header_list {
    struct plx_slice *names; /* owned, as are the bytes */
    size_t count;
};

struct plx_rules {
    const struct plx_allocator *allocator;
    struct plx_allocator allocator_copy;
    struct plx_step *steps;
    size_t step_count, step_capacity;
    uint64_t starts[PLX_RULES_STATE_WORDS]; /* the states before the first step */
    size_t redact_count;
    bool ignore_status, ignore_body, redact_body, all_headers;
    struct plx_header_list compared, ignored;
    enum plx_mode mode;
};

/* What the states that have been reached say of the present place. */
struct plx_place {
    bool ignored, redacted;
    bool hides; /* a redact pattern may still name something below */
};

static inline size_t
plx_rules_words(const struct plx_rules *rules)
{
    return (rules->step_count + 63) / 64;
}

/* The place of the root for the given states (plx_rules_words() of them; starts for a document's root). */
struct plx_place plx_rules_place(const struct plx_rules *rules, const uint64_t *states);
/* One step down: into the member whose key is at node of document, or into the element at index (document NULL). */
void plx_rules_step(const struct plx_rules *rules, const uint64_t *from, uint64_t *to,
                    const struct plx_document *document, uint32_t node_or_index);
bool plx_header_list_has(const struct plx_header_list *list, struct plx_slice name);

#endif
