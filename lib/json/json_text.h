/* SPDX-License-Identifier: Apache-2.0 */
/* Strings of documents as the characters that they stand for, byte by byte in UTF-8, without making them whole. */
#ifndef PLX_JSON_JSON_TEXT_H
#define PLX_JSON_JSON_TEXT_H

#include <parallax/value.h>

struct plx_json_cursor {
    const char *at, *end;
    unsigned char bytes[4]; /* of an escape that stands for several */
    uint8_t count, used;
};

static inline struct plx_slice
plx_json_raw_string(const struct plx_document *document, uint32_t node)
{
    return plx_slice_make(document->text.ptr + document->nodes[node].offset, document->nodes[node].length);
}

void plx_json_cursor_init(struct plx_json_cursor *cursor, const struct plx_document *document, uint32_t node);
int plx_json_cursor_next(struct plx_json_cursor *cursor); /* the next byte, or -1 at the end */

/* Orders two strings by their characters' bytes. */
int plx_json_string_compare(const struct plx_document *a, uint32_t node_a, const struct plx_document *b,
                            uint32_t node_b);
bool plx_json_string_equal(const struct plx_document *a, uint32_t node_a, const struct plx_document *b,
                           uint32_t node_b);
bool plx_json_string_is(const struct plx_document *document, uint32_t node, struct plx_slice text);

#endif
