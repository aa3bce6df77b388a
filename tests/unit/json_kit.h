/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of every tape the reader makes: one predicate for the unit tests, the suites and the fuzzers. */
#ifndef TEST_JSON_KIT_H
#define TEST_JSON_KIT_H

#include <parallax/value.h>

static inline const char *
json_leaf_fault(const struct plx_document *document, uint32_t i)
{
    const struct plx_node *node = &document->nodes[i];
    const char *text = document->text.ptr + node->offset;
    bool backslash = memchr(text, '\\', node->length) != NULL;

    if (node->next != i + 1)
        return "a leaf's next is not the node after it";
    switch (node->type) {
    case PLX_NULL:
        return plx_slice_equal(plx_slice_make(text, node->length), plx_slice_of("null")) ? NULL : "not null";
    case PLX_FALSE:
        return plx_slice_equal(plx_slice_make(text, node->length), plx_slice_of("false")) ? NULL : "not false";
    case PLX_TRUE:
        return plx_slice_equal(plx_slice_make(text, node->length), plx_slice_of("true")) ? NULL : "not true";
    case PLX_NUMBER:
        if (node->length == 0 || (text[0] != '-' && (text[0] < '0' || text[0] > '9')))
            return "a number that begins with neither - nor a digit";
        return text[node->length - 1] < '0' || text[node->length - 1] > '9' ? "a number without a last digit" : NULL;
    default:
        if (node->offset == 0 || text[-1] != '"' || (size_t)node->offset + node->length >= document->text.len ||
            text[node->length] != '"')
            return "a string without its quotes";
        return backslash != !!(node->flags & PLX_NODE_ESCAPED) ? "the flag and the backslash disagree" : NULL;
    }
}

static inline const char *
json_container_fault(const struct plx_document *document, uint32_t i)
{
    const struct plx_node *node = &document->nodes[i];
    bool object = node->type == PLX_OBJECT;
    uint32_t children = 0, at = i + 1;

    if (document->text.ptr[node->offset] != (object ? '{' : '['))
        return "a container that does not begin with its bracket";
    while (at < node->next) {
        if (object && document->nodes[at].type != PLX_STRING)
            return "a key that is no string";
        if (document->nodes[at + object].next <= at + object)
            return "a next that goes back";
        at = document->nodes[at + object].next;
        children++;
    }
    if (at != node->next)
        return "the last child reaches beyond its container";
    return children == node->length ? NULL : "the length is not the number of children";
}

/* What is wrong with the document, or NULL. */
static inline const char *
json_fault(const struct plx_document *document)
{
    if (document->count == 0 || document->nodes[0].next != document->count)
        return "the root is not the whole tape";
    for (uint32_t i = 0; i < document->count; i++) {
        const struct plx_node *node = &document->nodes[i];
        if (node->type > PLX_OBJECT || (node->flags & ~PLX_NODE_ESCAPED) || node->unused)
            return "a type or a flag that does not exist";
        if (i > 0 && node->offset <= document->nodes[i - 1].offset)
            return "nodes that are not in the text's order";
        if (node->offset >= document->text.len || node->next > document->count)
            return "a node beyond the text or the tape";
        if (node->type < PLX_ARRAY && (size_t)node->offset + node->length > document->text.len)
            return "a leaf beyond the text";
        const char *fault = node->type < PLX_ARRAY ? json_leaf_fault(document, i) : json_container_fault(document, i);
        if (fault)
            return fault;
    }
    return NULL;
}

#endif
