/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a JSON answer, by key. The root is node 0, so "nothing" is a document of NULL and not a node of 0. */
#include "cli/client/reading.h"

#include "base/arena.h"
#include "base/double_text.h"

static const struct plx_item nothing;

static const struct plx_node *
node_of(struct plx_item item)
{
    return &item.document->nodes[item.node];
}

struct plx_item
plx_item_root(const struct plx_document *document)
{
    return (struct plx_item){document, 0};
}

bool
plx_item_is(struct plx_item item, enum plx_type type)
{
    return item.document && node_of(item)->type == type;
}

struct plx_item
plx_item_member(struct plx_item object, const char *key)
{
    uint32_t node = 0;

    if (plx_item_is(object, PLX_OBJECT))
        node = plx_json_member(object.document, object.node, plx_slice_of(key));
    return node ? (struct plx_item){object.document, node} : nothing;
}

/* The node where it is still within the container. */
static struct plx_item
within(struct plx_item container, uint32_t node)
{
    return node < node_of(container)->next ? (struct plx_item){container.document, node} : nothing;
}

struct plx_item
plx_item_first(struct plx_item array)
{
    return plx_item_is(array, PLX_ARRAY) ? within(array, array.node + 1) : nothing;
}

struct plx_item
plx_item_next(struct plx_item array, struct plx_item element)
{
    return within(array, node_of(element)->next);
}

size_t
plx_item_length(struct plx_item array)
{
    return plx_item_is(array, PLX_ARRAY) ? node_of(array)->length : 0;
}

struct plx_item
plx_item_first_key(struct plx_item object)
{
    return plx_item_is(object, PLX_OBJECT) ? within(object, object.node + 1) : nothing;
}

struct plx_item
plx_item_next_key(struct plx_item object, struct plx_item key)
{
    return within(object, node_of(plx_item_value(key))->next);
}

struct plx_item
plx_item_value(struct plx_item key)
{
    return (struct plx_item){key.document, key.node + 1};
}

struct plx_slice
plx_item_text(struct plx_item item, struct plx_arena *arena)
{
    struct plx_slice text = {"", 0};

    if (!item.document || plx_item_is(item, PLX_NULL))
        return text;
    if (!plx_item_is(item, PLX_STRING) || plx_json_unescape(item.document, item.node, arena, &text) != PLX_OK)
        return plx_json_text(item.document, item.node);
    return text;
}

/* Numbers are longer than this only where they are nobody's count. */
static bool
number_text(struct plx_item item, char out[64])
{
    struct plx_slice text;

    if (!plx_item_is(item, PLX_NUMBER))
        return false;
    text = plx_json_text(item.document, item.node);
    if (text.len >= 64)
        return false;
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

uint64_t
plx_item_uint(struct plx_item item)
{
    char text[64];
    uint64_t value = 0;

    if (!number_text(item, text))
        return 0;
    for (const char *c = text; *c; c++)
        if (*c < '0' || *c > '9' || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
            return 0;
    return value;
}

double
plx_item_double(struct plx_item item)
{
    double number = 0;

    return plx_item_is(item, PLX_NUMBER) && plx_double_read(plx_json_text(item.document, item.node), &number) ? number
                                                                                                              : 0;
}

bool
plx_item_true(struct plx_item item)
{
    return plx_item_is(item, PLX_TRUE);
}

void *
plx_item_room(struct plx_arena *arena, size_t count, size_t size)
{
    void *ptr = plx_arena_alloc(arena, count * size);

    if (ptr)
        memset(ptr, 0, count * size);
    return ptr;
}
