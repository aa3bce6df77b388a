/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of unordered arrays, paired: those of the same keys (by), or of the same value. Both sides are sorted by a
 * hash, so that pairing costs n log n.
 *
 * The hard thing is what hashes leave out: values that a tolerance or a pattern may excuse, and in subset mode members
 * that only the candidate has. There elements are tried, within a bound.
 */
#include "compare/multisets.h"

#include "base/arena.h"
#include "compare/documents.h"
#include "compare/hashes.h"
#include "compare/path.h"
#include "json/pointer.h"

#include <stdlib.h>

#define SORT_STEPS 40u   /* of an element: twice the logarithm of a million */
#define TRIALS_MAX 2048u /* pairs of elements that are tried in one comparison; further ones pair as they come */

struct keyed {
    uint64_t key;
    uint32_t position;
};

struct order {
    struct keyed *sorted; /* those that have a key */
    uint32_t count;
};

static int
by_key(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;

    return a->key != b->key ? (a->key < b->key ? -1 : 1) : (a->position > b->position) - (a->position < b->position);
}

/* false: a key is not there. */
static bool
key_of(struct plx_walk *w, const struct plx_elements *e, const struct plx_rule *rule, uint32_t i, uint64_t *key)
{
    *key = e->hashes[e->nodes[i]];
    if (rule->by_count == 0)
        return true;
    *key = 0;
    if (!plx_walk_spend(w, rule->by_count * plx_walk_extent(e->document, e->nodes[i])))
        return false;
    for (size_t at = 0; at < rule->by_count; at++) {
        uint32_t node;
        if (plx_json_resolve_from(e->document, e->nodes[i], rule->by[at], &node) != PLX_OK)
            return false;
        *key = plx_mix(*key + plx_value_hash(e->document, node));
    }
    return true;
}

/* The elements without a partner, by key; false: no memory, or no work is left. */
static bool
sort(struct plx_walk *w, const struct plx_elements *e, const struct plx_rule *rule, struct order *order)
{
    order->count = 0;
    order->sorted = plx_arena_alloc(w->sink->arena, e->count * sizeof(*order->sorted));
    if (!order->sorted) {
        w->sink->failed = true;
        return false;
    }
    if (!plx_walk_spend(w, SORT_STEPS * (uint64_t)e->count))
        return false;
    for (uint32_t i = 0; i < e->count; i++)
        if (e->partners[i] == PLX_NOWHERE && key_of(w, e, rule, i, &order->sorted[order->count].key))
            order->sorted[order->count++].position = i;
    qsort(order->sorted, order->count, sizeof(*order->sorted), by_key);
    return true;
}

static void
pair(struct plx_elements *a, uint32_t i, struct plx_elements *b, uint32_t k)
{
    a->partners[i] = k;
    b->partners[k] = i;
}

/* ---- trying ---- */

static bool
are_same(struct plx_walk *w, const struct plx_elements *a, uint32_t i, const struct plx_elements *b, uint32_t k)
{
    if (!plx_walk_enter(w, NULL, i))
        return false;
    bool same = plx_walk_same(w, a->nodes[i], b->nodes[k]);
    plx_walk_leave(w);
    return same;
}

/* Pairs each of the first with the first of the others that is the same under the rules. */
static void
try_all(struct plx_walk *w, struct plx_elements *a, const struct keyed *x, uint32_t m, struct plx_elements *b,
        const struct keyed *y, uint32_t n)
{
    for (uint32_t i = 0; i < m; i++)
        for (uint32_t k = 0; k < n && a->partners[x[i].position] == PLX_NOWHERE; k++) {
            if (b->partners[y[k].position] != PLX_NOWHERE)
                continue;
            if (w->trials++ >= TRIALS_MAX || w->sink->failed)
                return;
            if (are_same(w, a, x[i].position, b, y[k].position))
                pair(a, x[i].position, b, y[k].position);
        }
}

/* ---- pairing ---- */

/* Those of one key: what trying has left goes in the order in which it stands. */
static void
pair_group(struct plx_walk *w, struct plx_elements *a, const struct keyed *x, uint32_t m, struct plx_elements *b,
           const struct keyed *y, uint32_t n)
{
    if (w->rules->covers && (m > 1 || n > 1))
        try_all(w, a, x, m, b, y, n);
    for (uint32_t i = 0, k = 0; i < m && k < n;) {
        if (a->partners[x[i].position] != PLX_NOWHERE)
            i++;
        else if (b->partners[y[k].position] != PLX_NOWHERE)
            k++;
        else
            pair(a, x[i++].position, b, y[k++].position);
    }
}

static uint32_t
group_end(const struct order *order, uint32_t from)
{
    uint32_t end = from;

    while (end < order->count && order->sorted[end].key == order->sorted[from].key)
        end++;
    return end;
}

static void
pair_by_key(struct plx_walk *w, const struct plx_rule *rule, struct plx_elements *a, struct plx_elements *b)
{
    struct order x, y;

    if (!sort(w, a, rule, &x) || !sort(w, b, rule, &y))
        return;
    for (uint32_t i = 0, k = 0; i < x.count && k < y.count && !w->sink->failed;) {
        uint64_t key_x = x.sorted[i].key, key_y = y.sorted[k].key;
        uint32_t end_x = key_x <= key_y ? group_end(&x, i) : i, end_y = key_y <= key_x ? group_end(&y, k) : k;
        if (key_x == key_y)
            pair_group(w, a, x.sorted + i, end_x - i, b, y.sorted + k, end_y - k);
        i = end_x;
        k = end_y;
    }
}

void
plx_pair_multisets(struct plx_walk *w, const struct plx_rule *rule, struct plx_elements *a, struct plx_elements *b)
{
    const struct plx_rule by_value = {.kind = PLX_RULE_UNORDERED};
    struct order x, y;

    pair_by_key(w, rule, a, b);
    if (rule->by_count) /* those without the keys */
        pair_by_key(w, &by_value, a, b);
    if (w->rules->mode != PLX_MODE_SUBSET || !sort(w, a, &by_value, &x) || !sort(w, b, &by_value, &y))
        return;
    try_all(w, a, x.sorted, x.count, b, y.sorted, y.count);
}
