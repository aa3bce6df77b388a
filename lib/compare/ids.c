/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same ids in another order: rows of a query whose ORDER BY leaves ties, as they come from another database. By
 * position all their members would differ.
 */
#include "compare/ids.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/buffer.h"
#include "compare/path.h"
#include "json/json_text.h"

#include <stdlib.h>

#define NAMES_MAX    4u   /* members that are tried */
#define ID_BYTES_MAX 256u /* of a value; a longer one is no id */
#define ID_STEPS     48u  /* of an element: finding the member, and sorting */

struct id {
    uint64_t hash;
    uint32_t position;
};

/* ---- names ---- */

/* The last word of userId, user_id, userID or order@id. */
static struct plx_slice
last_word(struct plx_slice name)
{
    size_t i = name.len;

    while (i > 0 && (plx_ascii_is_digit(name.ptr[i - 1]) || (name.ptr[i - 1] >= 'a' && name.ptr[i - 1] <= 'z')))
        i--;
    bool lower = i < name.len;
    while (i > 0 && name.ptr[i - 1] >= 'A' && name.ptr[i - 1] <= 'Z') {
        i--;
        if (lower)
            break;
    }
    return plx_slice_make(name.ptr + i, name.len - i);
}

static bool
names_id(struct plx_slice name)
{
    static const char *const words[] = {"id", "uuid", "guid", "key", "code", "sku", "ref", "number"};
    struct plx_slice word = last_word(name);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (plx_slice_equal_nocase(word, plx_slice_of(words[i])))
            return true;
    return false;
}

static bool
is_id_name(const struct plx_walk *w, uint32_t key)
{
    struct plx_slice name = plx_json_text(w->a, key);

    return !(w->a->nodes[key].flags & PLX_NODE_ESCAPED) && name.len <= ID_BYTES_MAX && names_id(name);
}

static bool
is_id(const struct plx_document *document, uint32_t node)
{
    enum plx_type type = document->nodes[node].type;

    return (type == PLX_NUMBER || type == PLX_STRING) && document->nodes[node].length <= ID_BYTES_MAX;
}

/* The value of the member of that name; PLX_NOWHERE: there is none, or it is no id. */
static uint32_t
id_of(const struct plx_elements *e, uint32_t i, struct plx_slice name)
{
    const struct plx_node *nodes = e->document->nodes;
    uint32_t node = e->nodes[i];

    if (nodes[node].type != PLX_OBJECT)
        return PLX_NOWHERE;
    for (uint32_t key = node + 1; key < nodes[node].next; key = nodes[key + 1].next)
        if (plx_json_string_is(e->document, key, name))
            return is_id(e->document, key + 1) ? key + 1 : PLX_NOWHERE;
    return PLX_NOWHERE;
}

/* ---- ids ---- */

static int
by_hash(const void *x, const void *y)
{
    const struct id *a = x, *b = y;

    return (a->hash > b->hash) - (a->hash < b->hash);
}

/* The ids of all elements, sorted; NULL: one has none, or the same as another one. */
static struct id *
ids_of(struct plx_walk *w, const struct plx_elements *e, struct plx_slice name)
{
    struct id *ids = plx_arena_alloc(w->sink->arena, e->count * sizeof(*ids));

    if (!ids)
        w->sink->failed = true;
    for (uint32_t i = 0; ids && i < e->count; i++) {
        uint32_t node = id_of(e, i, name), members = e->document->nodes[e->nodes[i]].length;
        if (node == PLX_NOWHERE || !plx_walk_spend(w, ID_STEPS + members))
            return NULL;
        ids[i] = (struct id){e->hashes[node], i};
    }
    if (!ids)
        return NULL;
    qsort(ids, e->count, sizeof(*ids), by_hash);
    for (uint32_t i = 0; i + 1 < e->count; i++)
        if (ids[i].hash == ids[i + 1].hash)
            return NULL;
    return ids;
}

static bool
pair_by(struct plx_walk *w, struct plx_elements *a, struct plx_elements *b, struct plx_slice name)
{
    struct id *x = ids_of(w, a, name), *y = x ? ids_of(w, b, name) : NULL;
    bool moved = false;

    if (!y)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (x[i].hash != y[i].hash)
            return false;
        moved |= x[i].position != y[i].position;
    }
    for (uint32_t i = 0; moved && i < a->count; i++) {
        a->partners[x[i].position] = y[i].position;
        b->partners[y[i].position] = x[i].position;
    }
    return moved;
}

/* Whether the rules say nothing that speaks against it. */
static bool
counts(struct plx_walk *w, uint32_t key)
{
    bool ignored = true;

    if (!plx_walk_enter(w, NULL, 0))
        return false;
    if (plx_walk_enter(w, w->a, key)) {
        ignored = plx_walk_place(w).ignored != NULL;
        plx_walk_leave(w);
    }
    plx_walk_leave(w);
    return !ignored;
}

/* ---- telling ---- */

/* [{"id":1},{"id":2}], as far as it is shown. */
static struct plx_slice
write_ids(struct plx_walk *w, const struct plx_elements *e, uint32_t key)
{
    struct plx_slice name = plx_json_text(w->a, key), text;
    struct plx_buffer out;

    plx_buffer_init(&out, SIZE_MAX / 2);
    for (uint32_t i = 0; i < e->count && out.len <= w->sink->limits.value_bytes_max; i++) {
        uint32_t node = id_of(e, i, name);
        const char *quote = node != PLX_NOWHERE && e->document->nodes[node].type == PLX_STRING ? "\"" : "";
        struct plx_slice value = node != PLX_NOWHERE ? plx_json_text(e->document, node) : plx_slice_of("");
        plx_buffer_format(&out, "%s{\"%.*s\":%s%.*s%s}", i ? "," : "[", (int)name.len, name.ptr, quote, (int)value.len,
                          value.ptr, quote);
    }
    plx_buffer_byte(&out, ']');
    text = plx_arena_copy(w->sink->arena, plx_buffer_slice(&out));
    w->sink->failed |= out.failed || !text.ptr;
    plx_buffer_fini(&out);
    return text;
}

bool
plx_pair_ids(struct plx_walk *w, struct plx_elements *a, struct plx_elements *b)
{
    const struct plx_node *nodes = w->a->nodes;
    uint32_t first = a->nodes[0], tried = 0;

    if (nodes[first].type != PLX_OBJECT)
        return false;
    for (uint32_t key = first + 1; key < nodes[first].next && tried < NAMES_MAX; key = nodes[key + 1].next) {
        struct plx_slice name = plx_json_text(w->a, key);
        if (!is_id_name(w, key))
            continue;
        tried++;
        if (!counts(w, key) || !pair_by(w, a, b, name) || w->sink->failed)
            continue;
        struct plx_slice x = write_ids(w, a, key), y = write_ids(w, b, key);
        if (!w->sink->failed)
            plx_walk_tell_ids(w, x, y);
        return !w->sink->failed;
    }
    return false;
}

/* ---- many ids ---- */

bool
plx_id_hashes(struct plx_walk *w, const struct plx_elements *a, uint32_t from_a, const struct plx_elements *e,
              uint32_t from, uint32_t count, uint64_t *hashes)
{
    const struct plx_node *nodes = w->a->nodes;
    uint32_t first = a->nodes[from_a], key = first + 1;

    if (nodes[first].type != PLX_OBJECT)
        return false;
    while (key < nodes[first].next && !is_id_name(w, key))
        key = nodes[key + 1].next;
    if (key >= nodes[first].next || !counts(w, key))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = id_of(e, from + i, plx_json_text(w->a, key));
        uint32_t members = e->document->nodes[e->nodes[from + i]].length;
        if (node == PLX_NOWHERE || !plx_walk_spend(w, ID_STEPS + members))
            return false;
        hashes[i] = e->hashes[node];
    }
    return true;
}
