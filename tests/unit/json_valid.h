/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of every tape that the reader gives: one predicate for the unit tests, the suites and the fuzzer. */
#ifndef TEST_JSON_VALID_H
#define TEST_JSON_VALID_H

#include <parallax/value.h>

/* The index behind the value at node, or 0 where something is wrong with it. */
static uint32_t
plx_value_end(const struct plx_document *document, uint32_t node)
{
    const struct plx_node *at;
    uint32_t next = node + 1;

    if (node >= document->count)
        return 0;
    at = &document->nodes[node];
    if (at->offset > document->text.len || at->next > document->count || at->next <= node)
        return 0;
    if (at->type < PLX_ARRAY)
        return (size_t)at->offset + at->length <= document->text.len && at->next == node + 1 ? at->next : 0;
    for (uint32_t i = 0; i < at->length; i++) {
        if (at->type == PLX_OBJECT) {
            if (next >= document->count || document->nodes[next].type != PLX_STRING)
                return 0;
            next++;
        }
        next = plx_value_end(document, next);
        if (next == 0)
            return 0;
    }
    return next == at->next ? next : 0;
}

static inline bool
plx_document_valid(const struct plx_document *document)
{
    return plx_value_end(document, 0) == document->count;
}

#endif
