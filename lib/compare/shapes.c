/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mode schema: two documents by shape and types. The elements of an array are looked at together, as the set of
 * values that may stand at one place; so a place is a set of nodes on either side, and differs where one side has a
 * type or a member there that the other never has. An empty array says nothing of its elements.
 */
#include "compare/shapes.h"

#include "base/arena.h"
#include "compare/path.h"
#include "json/json_text.h"

#include <stdlib.h>

#define SHAPE_STEPS 40u /* of a member or an element, and of each byte of a key: sorting, and finding types */

struct set {
    const struct plx_document *document;
    uint32_t *nodes;
    uint32_t count;
};

static void walk_sets(struct plx_walk *w, const struct set *a, const struct set *b);

/* The first node of a set that is of a type; PLX_NOWHERE: none. */
static uint32_t
first_of(const struct set *set, int type_class)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (plx_type_class(set->document->nodes[set->nodes[i]].type) == type_class)
            return set->nodes[i];
    return PLX_NOWHERE;
}

/* One difference a place: a type that only one side has beside what the other has. */
static void
compare_types(struct plx_walk *w, const struct set *a, const struct set *b)
{
    uint32_t only_a = PLX_NOWHERE, only_b = PLX_NOWHERE;

    for (int type = PLX_NULL; type <= PLX_OBJECT; type++) {
        uint32_t x = first_of(a, type), y = first_of(b, type);
        if (x != PLX_NOWHERE && y == PLX_NOWHERE && only_a == PLX_NOWHERE)
            only_a = x;
        if (y != PLX_NOWHERE && x == PLX_NOWHERE && only_b == PLX_NOWHERE)
            only_b = y;
    }
    if (only_a != PLX_NOWHERE || only_b != PLX_NOWHERE)
        plx_walk_tell(w, PLX_KIND_TYPE, only_a != PLX_NOWHERE ? only_a : a->nodes[0],
                      only_b != PLX_NOWHERE ? only_b : b->nodes[0]);
}

/* ---- elements ---- */

/* All elements of the set's arrays, or all members (by the nodes of their keys) of its objects. */
static bool
gather(struct plx_walk *w, const struct set *from, uint8_t type, struct set *out)
{
    const struct plx_node *nodes = from->document->nodes;
    bool object = type == PLX_OBJECT;
    uint64_t key_bytes = 0;
    size_t count = 0;

    if (!plx_walk_spend(w, from->count))
        return false;
    for (uint32_t i = 0; i < from->count; i++)
        count += nodes[from->nodes[i]].type == type ? nodes[from->nodes[i]].length : 0;
    *out = (struct set){.document = from->document, .nodes = plx_arena_alloc(w->sink->arena, count * sizeof(uint32_t))};
    if (!out->nodes) {
        w->sink->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < from->count; i++) {
        uint32_t node = from->nodes[i];
        if (nodes[node].type != type)
            continue;
        for (uint32_t at = node + 1; at < nodes[node].next; at = nodes[at + object].next) {
            key_bytes += object ? nodes[at].length : 0;
            out->nodes[out->count++] = at;
        }
    }
    return plx_walk_spend(w, SHAPE_STEPS * (out->count + key_bytes));
}

static void
walk_elements(struct plx_walk *w, const struct set *a, const struct set *b)
{
    struct set x, y;

    if (!gather(w, a, PLX_ARRAY, &x) || !gather(w, b, PLX_ARRAY, &y) || x.count == 0 || y.count == 0 ||
        !plx_walk_enter(w, NULL, PLX_ANY_INDEX))
        return;
    walk_sets(w, &x, &y);
    plx_walk_leave(w);
}

/* ---- members ---- */

static int
by_key(const void *x, const void *y, void *document)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    int order = plx_json_string_compare(document, a, document, b);

    return order ? order : (a > b) - (a < b);
}

static uint32_t
group_end(const struct set *keys, uint32_t from)
{
    uint32_t end = from + 1;

    while (end < keys->count &&
           plx_json_string_equal(keys->document, keys->nodes[from], keys->document, keys->nodes[end]))
        end++;
    return end;
}

/* The values of the members whose keys stand from `from` to `end`: the nodes behind the keys, in place. */
static struct set
values_of(const struct set *keys, uint32_t from, uint32_t end)
{
    for (uint32_t i = from; i < end; i++)
        keys->nodes[i]++;
    return (struct set){keys->document, keys->nodes + from, end - from};
}

static void
walk_group(struct plx_walk *w, const struct set *x, uint32_t from_x, uint32_t end_x, const struct set *y,
           uint32_t from_y, uint32_t end_y)
{
    uint32_t key = x->nodes[from_x];
    struct set a = values_of(x, from_x, end_x), b = values_of(y, from_y, end_y);

    if (!plx_walk_enter(w, w->a, key))
        return;
    walk_sets(w, &a, &b);
    plx_walk_leave(w);
}

static void
walk_members(struct plx_walk *w, const struct set *a, const struct set *b)
{
    struct set x, y;

    if (!gather(w, a, PLX_OBJECT, &x) || !gather(w, b, PLX_OBJECT, &y))
        return;
    qsort_r(x.nodes, x.count, sizeof(*x.nodes), by_key, (void *)x.document);
    qsort_r(y.nodes, y.count, sizeof(*y.nodes), by_key, (void *)y.document);
    for (uint32_t i = 0, k = 0; (i < x.count || k < y.count) && !plx_walk_over(w);) {
        int order = i == x.count   ? 1
                    : k == y.count ? -1
                                   : plx_json_string_compare(x.document, x.nodes[i], y.document, y.nodes[k]);
        uint32_t end_x = order <= 0 ? group_end(&x, i) : i, end_y = order >= 0 ? group_end(&y, k) : k;
        if (order < 0)
            plx_walk_tell_lonely(w, w->a, x.nodes[i], x.nodes[i] + 1, PLX_NOWHERE);
        else if (order > 0)
            plx_walk_tell_lonely(w, w->b, y.nodes[k], PLX_NOWHERE, y.nodes[k] + 1);
        else
            walk_group(w, &x, i, end_x, &y, k, end_y);
        i = end_x;
        k = end_y;
    }
}

/* ---- places ---- */

static void
walk_sets(struct plx_walk *w, const struct set *a, const struct set *b)
{
    struct plx_rule_place here = plx_walk_place(w);

    plx_walk_rule_out(w, here.ignored);
    w->redacted += here.redacted;
    compare_types(w, a, b);
    if (first_of(a, PLX_OBJECT) != PLX_NOWHERE && first_of(b, PLX_OBJECT) != PLX_NOWHERE && !plx_walk_over(w))
        walk_members(w, a, b);
    if (first_of(a, PLX_ARRAY) != PLX_NOWHERE && first_of(b, PLX_ARRAY) != PLX_NOWHERE && !plx_walk_over(w))
        walk_elements(w, a, b);
    plx_walk_rule_in(w, here.ignored);
    w->redacted -= here.redacted;
}

void
plx_walk_shapes(struct plx_walk *w)
{
    uint32_t roots[2] = {0, 0};
    const struct set a = {w->a, &roots[0], 1}, b = {w->b, &roots[1], 1};

    walk_sets(w, &a, &b);
}
