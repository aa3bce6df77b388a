/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON documents, read exactly (RFC 8259).
 *
 * A document is a tape: one 16-byte node a value, in the order in which the text has them.
 * An object's members are two nodes and more each, the key (a string) and then its value. Nothing
 * is converted: a number is the text that was written, a string is what stood between its quotes,
 * keys keep their order and may repeat. That is what lets a comparison be exact.
 *
 *   {"id":3,"tags":["a"]}     0 object(2) | 1 "id" | 2 3 | 3 "tags" | 4 array(1) | 5 "a"
 *                             next:  6       2      3      4          6          6
 */
#ifndef PARALLAX_VALUE_H
#define PARALLAX_VALUE_H

#include <parallax/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct plx_arena; /* see plx_arena_new() */

enum plx_type {
    PLX_NULL,
    PLX_FALSE,
    PLX_TRUE,
    PLX_NUMBER,
    PLX_STRING,
    PLX_ARRAY,
    PLX_OBJECT,
};

enum {
    PLX_NODE_ESCAPED = 1, /* a string that has a backslash: plx_json_unescape() reads it */
};

struct plx_node {
    uint32_t offset; /* in the text; of a string: of the byte after its opening quote */
    uint32_t
        length; /* number, literal: its bytes · string: bytes between the quotes · array: elements · object: members */
    uint32_t next; /* index of the first node after this value; for a leaf its own index + 1 */
    uint8_t type;  /* enum plx_type */
    uint8_t flags; /* PLX_NODE_* */
    uint16_t unused;
};

struct plx_document {
    struct plx_slice text;        /* the caller's; must outlive the document */
    const struct plx_node *nodes; /* in the arena; nodes[0] is the root */
    uint32_t count;
};

#define PLX_JSON_DEPTH_DEFAULT 512         /* arrays and objects inside one another */
#define PLX_JSON_BYTES_DEFAULT (64u << 20) /* of text */

struct plx_json_limits {
    uint32_t depth_max;  /* 0: PLX_JSON_DEPTH_DEFAULT */
    uint32_t bytes_max;  /* 0: PLX_JSON_BYTES_DEFAULT; never above 4 GiB - 2 */
    uint32_t values_max; /* nodes that a document may have, keys included; 0: as many as there are */
};

struct plx_json_error {
    size_t offset;        /* of the first byte that is wrong */
    uint32_t line;        /* from 1 */
    uint32_t column;      /* from 1, in bytes */
    const char *expected; /* what would have been right there; static text */
};

/* A growing pile of memory that is freed as one. Returns NULL where there is no memory. */
PLX_API struct plx_arena *plx_arena_new(const struct plx_allocator *allocator);
/* Forgets what was allocated and keeps a block for the next use. */
PLX_API void plx_arena_reset(struct plx_arena *arena);
PLX_API void plx_arena_free(struct plx_arena *arena); /* NULL is fine */

/*
 * Reads text as one JSON value with nothing but white space around it. A leading byte order mark is refused, as is
 * text that is not UTF-8 (RFC 8259, 8.1). Lone surrogates written as escapes are kept.
 * Returns PLX_OK, PLX_E_SYNTAX, PLX_E_ENCODING, PLX_E_DEPTH, PLX_E_LIMIT (of bytes), PLX_E_TOO_LARGE (of values) or
 * PLX_E_MEMORY; on failure *document is
 * untouched and *error (may be NULL) says where. The document's nodes live in the arena; its text stays the caller's.
 * limits NULL: the defaults. Takes no stack in proportion to the depth.
 */
PLX_API PLX_MUST_USE enum plx_status plx_json_read(struct plx_slice text, const struct plx_json_limits *limits,
                                                   struct plx_arena *arena, struct plx_document *document,
                                                   struct plx_json_error *error);

/* The text of a value as written: of strings without the quotes, of arrays and objects with their brackets. */
PLX_API struct plx_slice plx_json_text(const struct plx_document *document, uint32_t node);

/*
 * A string's characters with its escapes resolved, as UTF-8 (a lone surrogate as its three bytes). Without
 * escapes: a slice of the text itself, nothing is allocated. PLX_E_MEMORY leaves *out untouched.
 */
PLX_API PLX_MUST_USE enum plx_status plx_json_unescape(const struct plx_document *document, uint32_t node,
                                                       struct plx_arena *arena, struct plx_slice *out);

/*
 * The value of the member called key (unescaped UTF-8) of the object at node: the last one where a key repeats, as most
 * readers have it. Returns its node, or 0 where there is none or node is no object (the root is never a member).
 */
PLX_API uint32_t plx_json_member(const struct plx_document *document, uint32_t node, struct plx_slice key);

/*
 * The node that a JSON Pointer (RFC 6901) names; "" is the root. PLX_E_ARGUMENT: not a pointer · PLX_E_NOT_FOUND:
 * nothing there.
 */
PLX_API PLX_MUST_USE enum plx_status plx_json_resolve(const struct plx_document *document, struct plx_slice pointer,
                                                      uint32_t *node);

/*
 * Orders two numbers, as JSON writes them, by their exact decimal value: below 0, 0, above 0. 1, 1.0, 10e-1 are equal,
 * 0 and -0 too; 9007199254740993 and 9007199254740992 are not. Both must be valid JSON numbers. Time and memory do not
 * depend on the exponents.
 */
PLX_API int plx_decimal_compare(struct plx_slice a, struct plx_slice b);

#ifdef __cplusplus
}
#endif
#endif
