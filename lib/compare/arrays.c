/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays: aligned, so that one inserted element is one difference.
 *
 *   hashes of the elements ---> edit script (align.h) ---> gaps, in which nothing is equal ---> pairs by likeness
 *
 * The same elements in another order are one difference of the kind order; so are elements with the same ids in another
 * order (ids.c), which are compared by id besides. Of arrays that are as long as each other each element is looked at
 * where it stands, unless less than half as much differs once they are aligned: lists whose values are noise have
 * something in common by chance. Positions in fields are the primary's; of what only the candidate has, the
 * candidate's.
 */
#include "compare/arrays.h"

#include "base/arena.h"
#include "compare/align.h"
#include "compare/documents.h"
#include "compare/hashes.h"
#include "compare/ids.h"
#include "compare/multisets.h"
#include "compare/path.h"

#include <stdlib.h>

#define GAP_CELLS_MAX  (1u << 16) /* pairs in one gap that are weighed; beyond that they go by position */
#define CELLS_MAX      (1u << 18) /* and in one comparison */
#define FEATURES_MAX   64u        /* of an element: its first members or elements */
#define SCORE_LIKENESS 1000       /* of elements that have everything in common */
#define SCORE_GAIN     500        /* of an element on average, for which elements leave their places */
#define GAP_MOVED_MIN  3u         /* elements of a gap that may leave them: of fewer it may be chance */

/* ---- by position ---- */

static void
walk_by_position(struct plx_walk *w, uint32_t a, uint32_t b)
{
    uint32_t end_a = w->a->nodes[a].next, end_b = w->b->nodes[b].next;
    uint32_t x = a + 1, y = b + 1, index = 0;

    for (; x < end_a && y < end_b && !plx_walk_over(w); index++) {
        if (!plx_walk_same_leaf(w, x, y) && plx_walk_enter(w, NULL, index)) {
            plx_walk_values(w, x, y);
            plx_walk_leave(w);
        }
        x = w->a->nodes[x].next;
        y = w->b->nodes[y].next;
    }
    for (; x < end_a && !plx_walk_over(w); x = w->a->nodes[x].next)
        plx_walk_tell_lonely(w, NULL, index++, x, PLX_NOWHERE);
    for (; y < end_b && !plx_walk_over(w); y = w->b->nodes[y].next)
        plx_walk_tell_lonely(w, NULL, index++, PLX_NOWHERE, y);
}

/* ---- elements ---- */

static bool
gather(struct plx_walk *w, int side, uint32_t array, struct plx_elements *out)
{
    const struct plx_document *document = side ? w->b : w->a;
    uint32_t count = document->nodes[array].length, at = array + 1;

    *out = (struct plx_elements){.document = document, .hashes = w->hashes[side], .count = count};
    out->nodes = plx_arena_alloc(w->sink->arena, count * sizeof(*out->nodes));
    out->partners = plx_arena_alloc(w->sink->arena, count * sizeof(*out->partners));
    if (!out->nodes || !out->partners) {
        w->sink->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++, at = document->nodes[at].next) {
        out->nodes[i] = at;
        out->partners[i] = PLX_NOWHERE;
    }
    return true;
}

static void
pair(struct plx_elements *a, uint32_t i, struct plx_elements *b, uint32_t k)
{
    a->partners[i] = k;
    b->partners[k] = i;
}

/* An element that has no partner: the i-th of its side. */
static void
tell_lonely(struct plx_walk *w, const struct plx_elements *e, uint32_t i)
{
    bool of_primary = e->document == w->a;

    w->sink->first = i == 0;
    w->sink->last = i + 1 == e->count;
    plx_walk_tell_lonely(w, NULL, i, of_primary ? e->nodes[i] : PLX_NOWHERE, of_primary ? PLX_NOWHERE : e->nodes[i]);
    w->sink->first = w->sink->last = false;
}

/* The pairs and the lonely, in the order of the primary; before a pair what only the candidate has before it. */
static void
walk_pairs(struct plx_walk *w, const struct plx_elements *a, const struct plx_elements *b)
{
    uint32_t next = 0; /* of b: all before it were told or have a partner */

    for (uint32_t i = 0; i < a->count && !plx_walk_over(w); i++) {
        uint32_t k = a->partners[i];
        if (k == PLX_NOWHERE) {
            tell_lonely(w, a, i);
            continue;
        }
        for (; next < k; next++)
            if (b->partners[next] == PLX_NOWHERE)
                tell_lonely(w, b, next);
        if (!plx_walk_same_leaf(w, a->nodes[i], b->nodes[k]) && plx_walk_enter(w, NULL, i)) {
            plx_walk_values(w, a->nodes[i], b->nodes[k]);
            plx_walk_leave(w);
        }
    }
    for (; next < b->count && !plx_walk_over(w); next++)
        if (b->partners[next] == PLX_NOWHERE)
            tell_lonely(w, b, next);
}

/* ---- another order ---- */

static bool
is_another_order(const struct plx_elements *a, const struct plx_elements *b)
{
    uint64_t sum = 0;
    bool in_step = true;

    for (uint32_t i = 0; i < a->count; i++) {
        uint64_t x = a->hashes[a->nodes[i]], y = b->hashes[b->nodes[i]];
        in_step &= x == y;
        sum += plx_mix(x) - plx_mix(y);
    }
    return !in_step && sum == 0;
}

/* ---- gaps ---- */

struct features {
    uint64_t *hashes; /* sorted */
    uint32_t count;
};

static int
by_number(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

    return (a > b) - (a < b);
}

static bool
take_features(const struct plx_elements *e, uint32_t i, struct plx_arena *arena, struct features *out)
{
    const struct plx_node *nodes = e->document->nodes;
    uint32_t node = e->nodes[i];
    bool object = nodes[node].type == PLX_OBJECT;

    *out = (struct features){NULL, 0};
    if (nodes[node].type < PLX_ARRAY || nodes[node].length == 0)
        return true;
    out->hashes = plx_arena_alloc(arena, (nodes[node].length < FEATURES_MAX ? nodes[node].length : FEATURES_MAX) *
                                             sizeof(*out->hashes));
    if (!out->hashes)
        return false;
    for (uint32_t at = node + 1; at < nodes[node].next && out->count < FEATURES_MAX; at = nodes[at + object].next)
        out->hashes[out->count++] = object ? plx_mix(e->hashes[at] ^ e->hashes[at + 1]) : e->hashes[at];
    qsort(out->hashes, out->count, sizeof(out->hashes[0]), by_number);
    return true;
}

/* 0: not to be paired. */
static int
likeness(const struct features *x, uint8_t type_x, const struct features *y, uint8_t type_y)
{
    uint32_t longer = x->count > y->count ? x->count : y->count, common = 0;

    if (plx_type_class(type_x) != plx_type_class(type_y))
        return 0;
    for (uint32_t i = 0, k = 0; i < x->count && k < y->count;) {
        common += x->hashes[i] == y->hashes[k];
        bool first = x->hashes[i] <= y->hashes[k], second = y->hashes[k] <= x->hashes[i];
        i += first;
        k += second;
    }
    return 1 + (longer ? (int)(SCORE_LIKENESS * common / longer) : 0);
}

struct gap {
    struct plx_elements *a, *b;
    uint32_t from_a, from_b, m, n;
};

/* Of the pairs of elements at the same place. */
static int64_t
score_in_place(const int *score, uint32_t m, uint32_t row)
{
    int64_t sum = 0;

    for (uint32_t i = 0; i < m; i++)
        sum += score[(size_t)i * row + i];
    return sum;
}

static void
pair_in_place(const struct gap *gap)
{
    for (uint32_t i = 0; i < gap->m && i < gap->n; i++)
        pair(gap->a, gap->from_a + i, gap->b, gap->from_b + i);
}

/* The pairs that keep the order and have the most in common: best[i][k] is what the elements from i and k on can have.
 */
static bool
pair_by_likeness(struct plx_walk *w, const struct gap *gap)
{
    struct plx_arena *arena = w->sink->arena;
    uint32_t m = gap->m, n = gap->n, row = n + 1;
    struct features *x = plx_arena_alloc(arena, m * sizeof(*x)), *y = plx_arena_alloc(arena, n * sizeof(*y));
    int *best = plx_arena_alloc(arena, (size_t)(m + 1) * row * sizeof(*best));
    int *score = plx_arena_alloc(arena, (size_t)(m + 1) * row * sizeof(*score));

    bool ok = x && y && best && score;
    for (uint32_t i = 0; ok && i < m; i++)
        ok = take_features(gap->a, gap->from_a + i, arena, &x[i]);
    for (uint32_t k = 0; ok && k < n; k++)
        ok = take_features(gap->b, gap->from_b + k, arena, &y[k]);
    if (!ok) {
        w->sink->failed = true;
        return false;
    }
    memset(best, 0, (size_t)(m + 1) * row * sizeof(*best));
    for (uint32_t i = m; i-- > 0;)
        for (uint32_t k = n; k-- > 0;) {
            uint8_t type_x = gap->a->document->nodes[gap->a->nodes[gap->from_a + i]].type;
            uint8_t type_y = gap->b->document->nodes[gap->b->nodes[gap->from_b + k]].type;
            int skip_a = best[(i + 1) * row + k], skip_b = best[i * row + k + 1];
            int *here = &best[i * row + k];
            score[i * row + k] = likeness(&x[i], type_x, &y[k], type_y);
            int both = score[i * row + k] ? best[(i + 1) * row + k + 1] + score[i * row + k] : 0;
            *here = both >= skip_a && both >= skip_b ? both : skip_a > skip_b ? skip_a : skip_b;
        }
    if (m == n && (m < GAP_MOVED_MIN || best[0] <= score_in_place(score, m, row) + (int64_t)m * SCORE_GAIN)) {
        pair_in_place(gap);
        return true;
    }
    for (uint32_t i = 0, k = 0; i < m && k < n;) {
        int here = best[i * row + k];
        if (score[i * row + k] && here == best[(i + 1) * row + k + 1] + score[i * row + k]) {
            pair(gap->a, gap->from_a + i++, gap->b, gap->from_b + k++);
        } else if (here == best[(i + 1) * row + k]) {
            i++;
        } else {
            k++;
        }
    }
    return true;
}

/* Leaves of one type, which are all as like as each other. */
static bool
are_alike(const struct gap *gap)
{
    int type = plx_type_class(gap->a->document->nodes[gap->a->nodes[gap->from_a]].type);

    for (uint32_t i = 0; i < gap->m; i++)
        if (plx_type_class(gap->a->document->nodes[gap->a->nodes[gap->from_a + i]].type) != type)
            return false;
    for (uint32_t k = 0; k < gap->n; k++)
        if (plx_type_class(gap->b->document->nodes[gap->b->nodes[gap->from_b + k]].type) != type)
            return false;
    return type < PLX_ARRAY;
}

/* A gap too large to weigh all pairs: by ids, which cost no more than the edit script; else by position. */
static bool
pair_large_gap(struct plx_walk *w, const struct gap *gap)
{
    struct plx_arena *arena = w->sink->arena;
    uint64_t *x = plx_arena_alloc(arena, gap->m * sizeof(*x)), *y = plx_arena_alloc(arena, gap->n * sizeof(*y));
    uint32_t *pairs = plx_arena_alloc(arena, gap->m * sizeof(*pairs)), i = 0, k = 0;

    if (!x || !y || !pairs) {
        w->sink->failed = true;
        return false;
    }
    if (!plx_id_hashes(w, gap->a, gap->from_a, gap->a, gap->from_a, gap->m, x) ||
        !plx_id_hashes(w, gap->a, gap->from_a, gap->b, gap->from_b, gap->n, y)) {
        w->unexamined += gap->m < gap->n ? gap->m : gap->n;
        pair_in_place(gap);
        return !w->sink->failed;
    }
    if (!plx_align(x, gap->m, y, gap->n, &w->align, w->sink->work, arena, pairs)) {
        w->sink->failed = true;
        return false;
    }
    for (uint32_t at = 0; at <= gap->m; at++) {
        uint32_t partner = at < gap->m ? pairs[at] : gap->n;
        if (partner == PLX_NOWHERE)
            continue;
        const struct gap between = {gap->a, gap->b, gap->from_a + i, gap->from_b + k, at - i, partner - k};
        pair_in_place(&between);
        if (at < gap->m)
            pair(gap->a, gap->from_a + at, gap->b, gap->from_b + partner);
        i = at + 1;
        k = partner + 1;
    }
    return true;
}

static bool
pair_gap(struct plx_walk *w, const struct gap *gap)
{
    uint64_t cells = (uint64_t)gap->m * gap->n;

    if (cells <= 1 || are_alike(gap)) {
        pair_in_place(gap);
        return true;
    }
    if (cells > GAP_CELLS_MAX || w->cells + cells > CELLS_MAX)
        return pair_large_gap(w, gap);
    w->cells += cells;
    return plx_walk_spend(w, cells * FEATURES_MAX) && pair_by_likeness(w, gap);
}

/* ---- aligned ---- */

static uint64_t *
hashes_of(struct plx_walk *w, const struct plx_elements *e)
{
    uint64_t *hashes = plx_arena_alloc(w->sink->arena, e->count * sizeof(*hashes));

    for (uint32_t i = 0; hashes && i < e->count; i++)
        hashes[i] = e->hashes[e->nodes[i]];
    return hashes;
}

/* The elements that do not stand where their equals do, with these pairs; at most count. */
static uint32_t
differing(const struct plx_elements *a, const struct plx_elements *b, const uint32_t *pairs)
{
    uint32_t i = 0, k = 0, sum = 0;

    for (uint32_t at = 0; at <= a->count; at++) {
        uint32_t partner = at < a->count ? pairs[at] : b->count;
        if (partner == PLX_NOWHERE)
            continue;
        sum += at - i > partner - k ? at - i : partner - k;
        sum += at < a->count && a->hashes[a->nodes[at]] != b->hashes[b->nodes[partner]];
        i = at + 1;
        k = partner + 1;
    }
    return sum;
}

/*
 * Of arrays of one length: where less than half as much differs by the pairs than by position, they stay; else those
 * at the beginning and the end do, and what lies between is one gap.
 */
static void
keep_what_helps(const struct plx_elements *a, const struct plx_elements *b, uint32_t *pairs)
{
    uint32_t in_place = 0, start = 0, end = a->count;

    for (uint32_t i = 0; i < a->count; i++)
        in_place += a->hashes[a->nodes[i]] != b->hashes[b->nodes[i]];
    if (2 * (uint64_t)differing(a, b, pairs) <= in_place)
        return;
    while (start < end && a->hashes[a->nodes[start]] == b->hashes[b->nodes[start]])
        start++;
    while (end > start && a->hashes[a->nodes[end - 1]] == b->hashes[b->nodes[end - 1]])
        end--;
    for (uint32_t i = 0; i < a->count; i++)
        pairs[i] = i < start || i >= end ? i : PLX_NOWHERE;
}

static bool
align(struct plx_walk *w, struct plx_elements *a, struct plx_elements *b)
{
    uint64_t *x = hashes_of(w, a), *y = hashes_of(w, b);
    uint32_t *pairs = plx_arena_alloc(w->sink->arena, a->count * sizeof(*pairs));

    if (!x || !y || !pairs || !plx_align(x, a->count, y, b->count, &w->align, w->sink->work, w->sink->arena, pairs)) {
        w->sink->failed = true;
        return false;
    }
    if (a->count == b->count)
        keep_what_helps(a, b, pairs);
    uint32_t i = 0, k = 0;
    for (uint32_t at = 0; at <= a->count; at++) {
        uint32_t partner = at < a->count ? pairs[at] : b->count;
        if (partner == PLX_NOWHERE)
            continue;
        const struct gap gap = {a, b, i, k, at - i, partner - k};
        if (!pair_gap(w, &gap))
            return false;
        if (at < a->count)
            pair(a, at, b, partner);
        i = at + 1;
        k = partner + 1;
    }
    return true;
}

bool
plx_walk_align(struct plx_walk *w, uint32_t a, uint32_t b, struct plx_elements *x, struct plx_elements *y)
{
    return gather(w, 0, a, x) && gather(w, 1, b, y) && align(w, x, y);
}

/* ---- unordered ---- */

static void
walk_unordered(struct plx_walk *w, const struct plx_compiled_rule *rule, struct plx_elements *a, struct plx_elements *b,
               const uint32_t arrays[2])
{
    bool moved = false, lonely = a->count != b->count;
    bool decided = plx_pair_multisets(w, &rule->rule, a, b);

    for (uint32_t i = 0; i < a->count && !w->sink->failed; i++) {
        moved |= a->partners[i] != i;
        lonely |= a->partners[i] == PLX_NOWHERE;
    }
    if (moved && !lonely)
        plx_walk_excuse(w, rule, arrays[0], arrays[1]);
    for (uint32_t i = 0; i < a->count && !plx_walk_over(w); i++) {
        if (a->partners[i] == PLX_NOWHERE) {
            if (decided)
                plx_walk_tell_lonely(w, NULL, i, a->nodes[i], PLX_NOWHERE);
        } else if (plx_walk_enter(w, NULL, i)) {
            plx_walk_values(w, a->nodes[i], b->nodes[a->partners[i]]);
            plx_walk_leave(w);
        }
    }
    for (uint32_t k = 0; decided && k < b->count && !plx_walk_over(w); k++)
        if (b->partners[k] == PLX_NOWHERE)
            plx_walk_tell_lonely(w, NULL, k, PLX_NOWHERE, b->nodes[k]);
}

/* ---- by id ---- */

static void
walk_by_id(struct plx_walk *w, const struct plx_elements *a, const struct plx_elements *b)
{
    for (uint32_t i = 0; i < a->count && !plx_walk_over(w); i++) {
        if (plx_walk_enter(w, NULL, i)) {
            plx_walk_values(w, a->nodes[i], b->nodes[a->partners[i]]);
            plx_walk_leave(w);
        }
    }
}

/* ---- arrays ---- */

void
plx_walk_arrays(struct plx_walk *w, uint32_t a, uint32_t b)
{
    const struct plx_compiled_rule *unordered = plx_walk_place(w).unordered;
    uint32_t count_a = w->a->nodes[a].length, count_b = w->b->nodes[b].length;
    struct plx_elements x, y;

    bool in_depth = unordered || !w->probing;
    if (!in_depth || w->ruled_out || (count_a == count_b && count_a < 2)) {
        walk_by_position(w, a, b);
        return;
    }
    if (!plx_walk_hashes(w) || !gather(w, 0, a, &x) || !gather(w, 1, b, &y))
        return;
    if (unordered) {
        walk_unordered(w, unordered, &x, &y, (const uint32_t[]){a, b});
    } else if (count_a == count_b && is_another_order(&x, &y)) {
        plx_walk_tell(w, PLX_KIND_ORDER, a, b);
    } else if (count_a == count_b && plx_pair_ids(w, &x, &y)) {
        walk_by_id(w, &x, &y);
    } else if (!w->sink->failed && align(w, &x, &y)) {
        walk_pairs(w, &x, &y);
    }
}
