/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON answer as a command reads it: what is not there, or is of another type, reads as nothing - an empty text, 0,
 * no elements - since an older or newer proxy may have written it.
 */
#ifndef PLX_CLIENT_READING_H
#define PLX_CLIENT_READING_H

#include <parallax/value.h>

/* A value of a document, or nothing (document NULL). */
struct plx_item {
    const struct plx_document *document;
    uint32_t node;
};

struct plx_item plx_item_root(const struct plx_document *document);
bool plx_item_is(struct plx_item item, enum plx_type type);
struct plx_item plx_item_member(struct plx_item object, const char *key);
/* Elements of an array: start with plx_item_first(), go on until there is nothing. */
struct plx_item plx_item_first(struct plx_item array);
struct plx_item plx_item_next(struct plx_item array, struct plx_item element);
size_t plx_item_length(struct plx_item array);
/* Members of an object, likewise; the key's own item is what is returned, its value comes from plx_item_value(). */
struct plx_item plx_item_first_key(struct plx_item object);
struct plx_item plx_item_next_key(struct plx_item object, struct plx_item key);
struct plx_item plx_item_value(struct plx_item key);

/* A string's characters; of numbers, booleans, arrays and objects their text; nothing for null. In the arena where it
 * has escapes. */
struct plx_slice plx_item_text(struct plx_item item, struct plx_arena *arena);
uint64_t plx_item_uint(struct plx_item item); /* 0 unless a whole number that fits */
double plx_item_double(struct plx_item item);
bool plx_item_true(struct plx_item item);

/* Room for count things, zeroed, in the arena; a pointer even for none. count is a document's: below 2^32. NULL: no
 * memory. */
void *plx_item_room(struct plx_arena *arena, size_t count, size_t size);

#endif
