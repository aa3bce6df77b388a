/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of both sequences is aligned by what is equal at its beginning and its end, and then by parts of it:
 *
 *   few edits      around the middle of the shortest edit script, which is searched for from both ends in linear space
 *                  (E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1, 1986)
 *   many edits     without the elements that the other side has not; between anchors: elements that both have once, as
 * many of them as keep their order ("patience") and no anchor  around the middle, as long as there are steps; then by
 * position
 */
#include "compare/align.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define NONE       UINT32_MAX
#define DEPTH_MAX  64u /* of anchors between anchors */
#define SORT_STEPS 40u /* of an element: twice the logarithm of a million */

struct keyed {
    uint64_t key;
    uint32_t position;
};

struct aligner {
    const uint64_t *a, *b;
    uint32_t *pairs;
    uint32_t m, n; /* of the whole */
    struct plx_align_budget *budget;
    struct plx_work *work;
    struct plx_arena *arena;
    int32_t *forward, *backward; /* by diagonal: the furthest x from the beginning, the least x from the end */
    struct keyed *sorted_a;      /* NULL before anchors are looked for the first time, as are all below */
    struct keyed *sorted_b;      /* of the present part */
    uint32_t *found;             /* by position in a: its partner among those that both have once */
    uint32_t *ends, *before;     /* of the rising sequences */
    bool common;                 /* only elements are left that the other side has, too */
    bool failed;                 /* no memory, or no work */
};

/* A part of each: a from `from_a` to `end_a`. */
struct part {
    uint32_t from_a, end_a, from_b, end_b;
};

/* false: nothing more is to be done. Without steps that is no failure. */
static bool
spend(struct aligner *s, uint64_t steps)
{
    if (!plx_work_spend(s->work, steps)) {
        s->failed = true;
        return false;
    }
    if (s->budget->steps < steps) {
        s->budget->steps = 0;
        return false;
    }
    s->budget->steps -= steps;
    return true;
}

/* ---- the middle ---- */

/* The diagonals that a search has come to. */
struct reach {
    int32_t *x; /* by diagonal */
    int32_t low, high;
};

/* One diagonal more at either end, or one less where the part ends; what lies beyond is out of reach. */
static void
widen(struct reach *r, int32_t low, int32_t high, int32_t beyond)
{
    if (r->low > low)
        r->x[--r->low - 1] = beyond;
    else
        r->low++;
    if (r->high < high)
        r->x[++r->high + 1] = beyond;
    else
        r->high--;
}

/* Where the search from the beginning meets the one from the end, in x of a and y of b. False: not within these edits
 * on each side, or no steps are left. */
static bool
find_middle(struct aligner *s, const struct part *p, uint32_t edits_max, uint32_t *x_out, uint32_t *y_out)
{
    const uint64_t *a = s->a + p->from_a, *b = s->b + p->from_b;
    int32_t m = (int32_t)(p->end_a - p->from_a), n = (int32_t)(p->end_b - p->from_b);
    struct reach from = {s->forward + n + 1, 0, 0}, to = {s->backward + n + 1, m - n, m - n};
    bool odd = (m - n) & 1;

    from.x[0] = 0;
    to.x[m - n] = m;
    for (uint32_t edits = 1; edits <= edits_max; edits++) {
        uint64_t steps = 2;
        widen(&from, -n, m, -1);
        for (int32_t d = from.high; d >= from.low; d -= 2) {
            int32_t low = from.x[d - 1], high = from.x[d + 1], x = low < high ? high : low + 1, begin = x;
            for (; x < m && x - d < n && a[x] == b[x - d]; x++)
                ;
            from.x[d] = x;
            steps += (uint64_t)(x - begin) + 1;
            if (odd && to.low <= d && d <= to.high && to.x[d] <= x) {
                *x_out = (uint32_t)x;
                *y_out = (uint32_t)(x - d);
                return spend(s, steps) || !s->failed;
            }
        }
        widen(&to, -n, m, INT32_MAX);
        for (int32_t d = to.high; d >= to.low; d -= 2) {
            int32_t low = to.x[d - 1], high = to.x[d + 1], x = low < high ? low : high - 1, begin = x;
            for (; x > 0 && x - d > 0 && a[x - 1] == b[x - d - 1]; x--)
                ;
            to.x[d] = x;
            steps += (uint64_t)(begin - x) + 1;
            if (!odd && from.low <= d && d <= from.high && x <= from.x[d]) {
                *x_out = (uint32_t)x;
                *y_out = (uint32_t)(x - d);
                return spend(s, steps) || !s->failed;
            }
        }
        if (!spend(s, steps))
            return false;
    }
    return false;
}

/* ---- anchors ---- */

static int
by_key(const void *x, const void *y)
{
    const struct keyed *a = x, *b = y;

    return (a->key > b->key) - (a->key < b->key);
}

static bool
begin_anchors(struct aligner *s)
{
    if (s->sorted_a)
        return true;
    s->sorted_b = plx_arena_alloc(s->arena, s->n * sizeof(*s->sorted_b));
    s->found = plx_arena_alloc(s->arena, s->m * sizeof(*s->found));
    s->ends = plx_arena_alloc(s->arena, s->m * sizeof(*s->ends));
    s->before = plx_arena_alloc(s->arena, s->m * sizeof(*s->before));
    s->sorted_a = plx_arena_alloc(s->arena, s->m * sizeof(*s->sorted_a));
    s->failed = !s->sorted_b || !s->found || !s->ends || !s->before || !s->sorted_a;
    return !s->failed;
}

static void
sort(const uint64_t *hashes, uint32_t from, uint32_t end, struct keyed *sorted)
{
    for (uint32_t i = from; i < end; i++)
        sorted[i - from] = (struct keyed){hashes[i], i};
    qsort(sorted, end - from, sizeof(*sorted), by_key);
}

static uint32_t
run_end(const struct keyed *sorted, uint32_t count, uint32_t from)
{
    uint32_t end = from;

    while (end < count && sorted[end].key == sorted[from].key)
        end++;
    return end;
}

/* What both have once, in s->found by position in a; their number. */
static uint32_t
find_unique(struct aligner *s, const struct part *p)
{
    uint32_t m = p->end_a - p->from_a, n = p->end_b - p->from_b, count = 0;

    sort(s->a, p->from_a, p->end_a, s->sorted_a);
    sort(s->b, p->from_b, p->end_b, s->sorted_b);
    for (uint32_t i = 0; i < m; i++)
        s->found[p->from_a + i] = NONE;
    for (uint32_t i = 0, k = 0; i < m && k < n;) {
        uint64_t x = s->sorted_a[i].key, y = s->sorted_b[k].key;
        uint32_t end_i = x <= y ? run_end(s->sorted_a, m, i) : i, end_k = y <= x ? run_end(s->sorted_b, n, k) : k;
        if (x == y && end_i - i == 1 && end_k - k == 1) {
            s->found[s->sorted_a[i].position] = s->sorted_b[k].position;
            count++;
        }
        i = end_i;
        k = end_k;
    }
    return count;
}

/*
 * Pairs as many of them as rise on both sides: the longest rising sequence. ends[k] is the element of a that ends the
 * best sequence of k + 1, the one whose partner comes first; before[i] is what stands before element i in its sequence.
 */
static void
pair_rising(struct aligner *s, const struct part *p)
{
    uint32_t count = 0;

    for (uint32_t i = p->from_a; i < p->end_a; i++) {
        uint32_t low = 0, high = count;
        if (s->found[i] == NONE)
            continue;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            if (s->found[s->ends[middle]] < s->found[i])
                low = middle + 1;
            else
                high = middle;
        }
        s->before[i] = low ? s->ends[low - 1] : NONE;
        s->ends[low] = i;
        count += low == count;
    }
    for (uint32_t i = count ? s->ends[count - 1] : NONE; i != NONE; i = s->before[i])
        s->pairs[i] = s->found[i];
}

/* ---- parts ---- */

static void align_part(struct aligner *s, struct part p, uint32_t depth);

/* Those of one side that the other one has, in order: their hashes, and where they stand. */
struct kept {
    uint64_t *hashes;
    uint32_t *positions;
    uint32_t count;
};

static bool
keep_common(struct aligner *s, const uint64_t *hashes, uint32_t from, uint32_t end, const struct keyed *others,
            uint32_t other_count, struct kept *out)
{
    out->count = 0;
    out->hashes = plx_arena_alloc(s->arena, (end - from) * sizeof(*out->hashes));
    out->positions = plx_arena_alloc(s->arena, (end - from) * sizeof(*out->positions));
    if (!out->hashes || !out->positions) {
        s->failed = true;
        return false;
    }
    for (uint32_t i = from; i < end; i++) {
        const struct keyed wanted = {hashes[i], 0};
        if (!bsearch(&wanted, others, other_count, sizeof(*others), by_key))
            continue;
        out->hashes[out->count] = hashes[i];
        out->positions[out->count++] = i;
    }
    return true;
}

/* Aligns a part without what has no equal on the other side, which stays alone whatever is done. */
static void
align_common(struct aligner *s, const struct part *p, uint32_t depth)
{
    uint32_t m = p->end_a - p->from_a, n = p->end_b - p->from_b;
    struct kept x, y;

    sort(s->a, p->from_a, p->end_a, s->sorted_a);
    sort(s->b, p->from_b, p->end_b, s->sorted_b);
    if (!keep_common(s, s->a, p->from_a, p->end_a, s->sorted_b, n, &x) ||
        !keep_common(s, s->b, p->from_b, p->end_b, s->sorted_a, m, &y))
        return;
    uint32_t *pairs = plx_arena_alloc(s->arena, x.count * sizeof(*pairs));
    if (!pairs) {
        s->failed = true;
        return;
    }
    struct aligner common = *s;
    common.a = x.hashes;
    common.b = y.hashes;
    common.pairs = pairs;
    common.common = true;
    for (uint32_t i = 0; i < x.count; i++)
        pairs[i] = NONE;
    align_part(&common, (struct part){0, x.count, 0, y.count}, depth);
    s->failed |= common.failed;
    for (uint32_t i = 0; i < x.count; i++)
        if (pairs[i] != NONE)
            s->pairs[x.positions[i]] = y.positions[pairs[i]];
}

static void
align_gaps(struct aligner *s, const struct part *p, uint32_t depth)
{
    struct part gap = *p;

    for (uint32_t i = p->from_a; i <= p->end_a && !s->failed; i++) {
        uint32_t partner = i < p->end_a ? s->pairs[i] : p->end_b;
        if (partner == NONE)
            continue;
        gap.end_a = i;
        gap.end_b = partner;
        align_part(s, gap, depth + 1);
        gap.from_a = i + 1;
        gap.from_b = partner + 1;
    }
}

static void
pair_by_position(struct aligner *s, const struct part *p)
{
    for (uint32_t i = p->from_a, k = p->from_b; i < p->end_a && k < p->end_b; i++, k++) {
        s->pairs[i] = k;
        s->budget->unexamined++;
    }
}

/* Elements of p that have no partner yet. */
static void
align_part(struct aligner *s, struct part p, uint32_t depth)
{
    uint32_t x, y, both;

    for (; p.from_a < p.end_a && p.from_b < p.end_b && s->a[p.from_a] == s->b[p.from_b]; p.from_a++, p.from_b++)
        s->pairs[p.from_a] = p.from_b;
    for (; p.from_a < p.end_a && p.from_b < p.end_b && s->a[p.end_a - 1] == s->b[p.end_b - 1]; p.end_a--, p.end_b--)
        s->pairs[p.end_a - 1] = p.end_b - 1;
    if (p.from_a == p.end_a || p.from_b == p.end_b || s->failed)
        return;
    both = p.end_a - p.from_a + p.end_b - p.from_b;
    bool middle = find_middle(s, &p, PLX_ALIGN_EDITS_MAX / 2, &x, &y);
    if (!middle && !s->failed && !s->common && begin_anchors(s) && spend(s, 2 * SORT_STEPS * (uint64_t)both)) {
        align_common(s, &p, depth);
        return;
    }
    if (!middle && !s->failed && depth < DEPTH_MAX && begin_anchors(s) && spend(s, SORT_STEPS * (uint64_t)both) &&
        find_unique(s, &p)) {
        pair_rising(s, &p);
        align_gaps(s, &p, depth);
        return;
    }
    if (s->failed || (!middle && !find_middle(s, &p, both, &x, &y))) {
        pair_by_position(s, &p);
        return;
    }
    align_part(s, (struct part){p.from_a, p.from_a + x, p.from_b, p.from_b + y}, depth);
    align_part(s, (struct part){p.from_a + x, p.end_a, p.from_b + y, p.end_b}, depth);
}

bool
plx_align(const uint64_t *a, uint32_t a_count, const uint64_t *b, uint32_t b_count, struct plx_align_budget *budget,
          struct plx_work *work, struct plx_arena *arena, uint32_t *pairs)
{
    struct aligner s = {
        .a = a, .b = b, .pairs = pairs, .m = a_count, .n = b_count, .budget = budget, .work = work, .arena = arena};
    size_t diagonals = (size_t)a_count + b_count + 3;

    if (!plx_work_spend(work, (uint64_t)a_count + b_count))
        return false;
    for (uint32_t i = 0; i < a_count; i++)
        pairs[i] = NONE;
    s.forward = plx_arena_alloc(arena, 2 * diagonals * sizeof(*s.forward));
    if (!s.forward)
        return false;
    s.backward = s.forward + diagonals;
    align_part(&s, (struct part){0, a_count, 0, b_count}, 0);
    return !s.failed;
}
