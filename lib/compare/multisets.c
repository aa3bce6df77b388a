/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of unordered arrays, paired: those of the same keys (by), or of the same value. Both sides are sorted by a
 * hash, so that pairing costs n log n.
 *
 * The hard thing is what hashes leave out: values that a tolerance or a pattern may excuse, and in subset mode members
 * that only the candidate has. There being the same is not transitive, so that what pairs first decides what is left
 * for others: as many are paired as can be (matching.h), numbers by sorting.
 */
#include "compare/multisets.h"

#include "base/arena.h"
#include "compare/documents.h"
#include "compare/hashes.h"
#include "compare/matching.h"
#include "compare/path.h"
#include "compare/tolerance.h"
#include "json/decimal.h"
#include "json/json_text.h"
#include "json/pointer.h"

#include <stdlib.h>

#define SORT_STEPS 40u /* of an element: twice the logarithm of a million */

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

/* ---- trying ---- */

/* What a trial takes is given back, so that many take no more than one. Patterns keep memory beyond it. */
static bool
are_same(struct plx_walk *w, const struct plx_elements *a, uint32_t i, const struct plx_elements *b, uint32_t k)
{
    struct plx_arena_mark mark = plx_arena_mark(w->sink->arena);

    if (!plx_walk_enter(w, NULL, i))
        return false;
    bool same = plx_walk_same(w, a->nodes[i], b->nodes[k]);
    plx_walk_leave(w);
    if (!w->rules->pcre)
        plx_arena_back(w->sink->arena, &mark);
    return same;
}

static void
pair(struct plx_elements *a, uint32_t i, struct plx_elements *b, uint32_t k)
{
    a->partners[i] = k;
    b->partners[k] = i;
}

/* Elements of both sides that may be partners: positions. */
struct set {
    struct plx_walk *w;
    struct plx_elements *a, *b;
    const struct keyed *x, *y;
    uint32_t m, n;
};

/* What no better reason pairs goes in the order in which it stands. */
static void
pair_the_rest(const struct set *set)
{
    for (uint32_t i = 0, k = 0; i < set->m && k < set->n;) {
        if (set->a->partners[set->x[i].position] != PLX_NOWHERE)
            i++;
        else if (set->b->partners[set->y[k].position] != PLX_NOWHERE)
            k++;
        else
            pair(set->a, set->x[i++].position, set->b, set->y[k++].position);
    }
}

/* ---- numbers ---- */

struct number {
    struct plx_slice text;
    uint32_t position;
};

static int
by_amount(const void *x, const void *y)
{
    const struct number *a = x, *b = y;
    int order = plx_decimal_compare(a->text, b->text);

    return order ? order : (a->position > b->position) - (a->position < b->position);
}

/* True if both ends of what a number may be rise with the number. */
static bool
is_convex(const struct plx_compiled_rule *tolerance)
{
    return !tolerance->relative || tolerance->share <= 1;
}

/* The rule whose tolerance holds for all elements of the set; NULL: there is none, or they are not all numbers. */
static const struct plx_compiled_rule *
common_tolerance(const struct set *set)
{
    const struct plx_compiled_rule *common = NULL;

    for (uint32_t k = 0; k < set->n; k++)
        if (set->b->document->nodes[set->b->nodes[set->y[k].position]].type != PLX_NUMBER)
            return NULL;
    for (uint32_t i = 0; i < set->m; i++) {
        uint32_t position = set->x[i].position;
        if (set->a->document->nodes[set->a->nodes[position]].type != PLX_NUMBER ||
            !plx_walk_enter(set->w, NULL, position))
            return NULL;
        struct plx_rule_place here = plx_walk_place(set->w);
        plx_walk_leave(set->w);
        if (!here.tolerance || here.match || here.time || here.ignored || (common && here.tolerance != common))
            return NULL;
        common = here.tolerance;
    }
    return common;
}

static struct number *
sorted_numbers(struct plx_walk *w, const struct plx_elements *e, const struct keyed *keyed, uint32_t count)
{
    struct number *numbers = plx_arena_alloc(w->sink->arena, count * sizeof(*numbers));
    uint64_t bytes = 0;

    if (!numbers) {
        w->sink->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        numbers[i] = (struct number){plx_json_text(e->document, e->nodes[keyed[i].position]), keyed[i].position};
        bytes += numbers[i].text.len;
    }
    if (!plx_walk_spend(w, SORT_STEPS * (count + bytes)))
        return NULL;
    qsort(numbers, count, sizeof(*numbers), by_amount);
    return numbers;
}

/*
 * What a tolerance lets a number be is an interval around it, and both its ends rise with the number where the
 * tolerance is at most 100 %. So the least number takes the least of the other side that it can, and no other way pairs
 * more (F. Glover, "Maximum Matching in a Convex Bipartite Graph", 1967).
 */
static void
pair_numbers(const struct set *set)
{
    struct number *x = sorted_numbers(set->w, set->a, set->x, set->m);
    struct number *y = x ? sorted_numbers(set->w, set->b, set->y, set->n) : NULL;

    for (uint32_t i = 0, k = 0; y && i < set->m && k < set->n && !set->w->sink->failed;) {
        if (are_same(set->w, set->a, x[i].position, set->b, y[k].position))
            pair(set->a, x[i++].position, set->b, y[k++].position);
        else if (plx_decimal_compare(x[i].text, y[k].text) < 0)
            i++;
        else
            k++;
    }
}

/* ---- anything ---- */

/* Those without a partner, by their values without regard to rules, or by what the rules leave of them. */
static struct keyed *
by_value(struct plx_walk *w, const struct plx_elements *e, const struct keyed *keyed, uint32_t count, bool bare,
         uint32_t *left)
{
    struct keyed *sorted = plx_arena_alloc(w->sink->arena, count * sizeof(*sorted));

    *left = 0;
    if (!sorted) {
        w->sink->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t position = keyed[i].position, node = e->nodes[position];
        if (e->partners[position] != PLX_NOWHERE)
            continue;
        if (!plx_walk_spend(w, SORT_STEPS + (bare ? plx_walk_extent(e->document, node) : 0)))
            return NULL;
        sorted[(*left)++] = (struct keyed){bare ? plx_value_hash(e->document, node) : e->hashes[node], position};
    }
    qsort(sorted, *left, sizeof(*sorted), by_key);
    return sorted;
}

/* Elements of the same value: at least these are the same. */
static void
pair_equals(const struct set *set, bool bare)
{
    uint32_t m, n;
    struct keyed *x = by_value(set->w, set->a, set->x, set->m, bare, &m);
    struct keyed *y = x ? by_value(set->w, set->b, set->y, set->n, bare, &n) : NULL;

    for (uint32_t i = 0, k = 0; y && i < m && k < n;) {
        if (x[i].key == y[k].key)
            pair(set->a, x[i++].position, set->b, y[k++].position);
        else if (x[i].key < y[k].key)
            i++;
        else
            k++;
    }
}

static bool
fits(void *context, uint32_t i, uint32_t k)
{
    const struct set *set = context;

    return are_same(set->w, set->a, set->x[i].position, set->b, set->y[k].position);
}

/* The bound: nobody knows which of them are the same. */
static void
leave_open(const struct set *set)
{
    set->w->undecided = true;
    for (uint32_t i = 0; i < set->m; i++)
        set->w->unexamined += set->a->partners[set->x[i].position] == PLX_NOWHERE;
    for (uint32_t k = 0; k < set->n; k++)
        set->w->unexamined += set->b->partners[set->y[k].position] == PLX_NOWHERE;
}

static void
pair_most(const struct set *set)
{
    struct plx_walk *w = set->w;
    struct plx_matching matching = {
        .m = set->m, .n = set->n, .fits = fits, .context = (void *)set, .arena = w->sink->arena, .work = w->sink->work};
    uint32_t *of_b = plx_arena_alloc(w->sink->arena, set->b->count * sizeof(*of_b)); /* positions to indices */

    matching.partners_a = plx_arena_alloc(w->sink->arena, set->m * sizeof(uint32_t));
    matching.partners_b = plx_arena_alloc(w->sink->arena, set->n * sizeof(uint32_t));
    if (!of_b || !matching.partners_a || !matching.partners_b) {
        w->sink->failed = true;
        return;
    }
    for (uint32_t k = 0; k < set->n; k++) {
        of_b[set->y[k].position] = k;
        matching.partners_b[k] = PLX_MATCHING_NONE;
    }
    for (uint32_t i = 0; i < set->m; i++) {
        uint32_t partner = set->a->partners[set->x[i].position];
        matching.partners_a[i] = partner == PLX_NOWHERE ? PLX_MATCHING_NONE : of_b[partner];
        if (partner != PLX_NOWHERE)
            matching.partners_b[of_b[partner]] = i;
    }
    enum plx_status status = plx_match_most(&matching);
    if (status == PLX_E_LIMIT)
        leave_open(set);
    else if (status != PLX_OK)
        w->sink->failed = true;
    for (uint32_t i = 0; status == PLX_OK && i < set->m; i++)
        if (matching.partners_a[i] != PLX_MATCHING_NONE)
            pair(set->a, set->x[i].position, set->b, set->y[matching.partners_a[i]].position);
}

/*
 * As many as can be the same. What is equal is paired first; where a value may be the same as several others (covers,
 * subset) that is only a beginning.
 */
static void
pair_set(const struct set *set)
{
    const struct plx_compiled_rule *tolerance;
    bool covers = set->w->rules->covers, subset = set->w->rules->mode == PLX_MODE_SUBSET;

    if (set->m == 0 || set->n == 0)
        return;
    if (!covers) {
        pair_equals(set, false);
        if (!subset)
            return;
    } else if ((tolerance = common_tolerance(set)) && is_convex(tolerance)) {
        pair_numbers(set);
        return;
    } else {
        pair_equals(set, true);
    }
    if (!set->w->sink->failed)
        pair_most(set);
}

/* ---- groups ---- */

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
        const struct set group = {w, a, b, x.sorted + i, y.sorted + k, end_x - i, end_y - k};
        bool several = group.m > 1 || group.n > 1;
        if (key_x == key_y) {
            if (several && (w->rules->covers || rule->by_count))
                pair_set(&group);
            if (!w->undecided)
                pair_the_rest(&group);
        }
        i = end_x;
        k = end_y;
    }
}

static bool
are_leaves(const struct plx_elements *e)
{
    for (uint32_t i = 0; i < e->count; i++)
        if (e->document->nodes[e->nodes[i]].type >= PLX_ARRAY)
            return false;
    return true;
}

/* In subset mode objects that are the same need not have the same hash, nor what holds some. */
static void
pair_all(struct plx_walk *w, struct plx_elements *a, struct plx_elements *b)
{
    const struct plx_rule by_value = {.kind = PLX_RULE_UNORDERED};
    struct order x, y;

    if (are_leaves(a) || are_leaves(b))
        return;
    if (sort(w, a, &by_value, &x) && sort(w, b, &by_value, &y))
        pair_set(&(const struct set){w, a, b, x.sorted, y.sorted, x.count, y.count});
}

bool
plx_pair_multisets(struct plx_walk *w, const struct plx_rule *rule, struct plx_elements *a, struct plx_elements *b)
{
    const struct plx_rule by_value = {.kind = PLX_RULE_UNORDERED};
    bool was = w->undecided, decided;

    w->undecided = false;
    if (rule->by_count)
        pair_by_key(w, rule, a, b);
    if (w->rules->mode == PLX_MODE_SUBSET && !w->undecided) /* those without the keys too */
        pair_all(w, a, b);
    if (!w->undecided)
        pair_by_key(w, &by_value, a, b);
    decided = !w->undecided;
    w->undecided |= was;
    return decided;
}
