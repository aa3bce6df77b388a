/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Myers' greedy search for the shortest edit script, with the furthest points of every number of edits kept so that the
 * way can be walked back.
 */
#include "compare/align.h"

#include "base/arena.h"

struct middle {
    const uint64_t *a, *b;
    int32_t m, n;
    int32_t **furthest; /* of each number of edits d: x on the diagonals -d to d */
    uint32_t *cells;    /* that may still be taken */
    struct plx_work *work;
    bool failed; /* no memory, or no work */
};

/* The furthest x on diagonal k with d edits, before the run of equal elements. */
static int32_t
begin_of(const struct middle *s, int32_t d, int32_t k)
{
    if (d == 0)
        return 0;
    const int32_t *before = s->furthest[d - 1] + (d - 1); /* by diagonal */
    if (k == -d || (k != d && before[k - 1] < before[k + 1]))
        return before[k + 1]; /* an insertion */
    return before[k - 1] + 1; /* a deletion */
}

/* The number of edits; -1: more than the maximum, or it failed. */
static int32_t
search(struct middle *s, struct plx_arena *arena)
{
    for (int32_t d = 0; d <= (int32_t)PLX_ALIGN_EDITS_MAX && d <= s->m + s->n; d++) {
        uint32_t width = 2 * (uint32_t)d + 1;
        if (*s->cells < width)
            return -1;
        *s->cells -= width;
        s->furthest[d] = plx_arena_alloc(arena, width * sizeof(int32_t));
        if (!s->furthest[d]) {
            s->failed = true;
            return -1;
        }
        uint64_t steps = width;
        for (int32_t k = -d; k <= d; k += 2) {
            int32_t x = begin_of(s, d, k);
            if (x > s->m || x - k > s->n || x - k < 0) { /* off the edge: of no use to anybody */
                s->furthest[d][d + k] = x > s->m ? s->m + 1 : x;
                continue;
            }
            int32_t from = x;
            while (x < s->m && x - k < s->n && s->a[x] == s->b[x - k])
                x++;
            steps += (uint32_t)(x - from);
            s->furthest[d][d + k] = x;
            if (x == s->m && x - k == s->n)
                return d;
        }
        if (!plx_work_spend(s->work, steps)) {
            s->failed = true;
            return -1;
        }
    }
    return -1;
}

static void
walk_back(const struct middle *s, int32_t edits, uint32_t offset, uint32_t *pairs)
{
    int32_t x = s->m, y = s->n;

    for (int32_t d = edits; d >= 0; d--) {
        int32_t k = x - y, begin = begin_of(s, d, k);
        while (x > begin) {
            x--;
            y--;
            pairs[x] = offset + (uint32_t)y;
        }
        if (d == 0)
            return;
        const int32_t *before = s->furthest[d - 1] + (d - 1);
        if (k == -d || (k != d && before[k - 1] < before[k + 1]))
            y--;
        else
            x--;
    }
}

bool
plx_align(const uint64_t *a, uint32_t a_count, const uint64_t *b, uint32_t b_count, uint32_t *cells,
          struct plx_work *work, struct plx_arena *arena, uint32_t *pairs)
{
    uint32_t shorter = a_count < b_count ? a_count : b_count, start = 0, end = 0;

    if (!plx_work_spend(work, (uint64_t)a_count + b_count))
        return false;
    for (uint32_t i = 0; i < a_count; i++)
        pairs[i] = UINT32_MAX;
    for (; start < shorter && a[start] == b[start]; start++)
        pairs[start] = start;
    for (; end < shorter - start && a[a_count - 1 - end] == b[b_count - 1 - end]; end++)
        pairs[a_count - 1 - end] = b_count - 1 - end;
    struct middle s = {.a = a + start,
                       .b = b + start,
                       .m = (int32_t)(a_count - start - end),
                       .n = (int32_t)(b_count - start - end),
                       .cells = cells,
                       .work = work};
    if (s.m == 0 || s.n == 0)
        return true;
    uint32_t edits_max = s.m + s.n < (int32_t)PLX_ALIGN_EDITS_MAX ? (uint32_t)(s.m + s.n) : PLX_ALIGN_EDITS_MAX;
    s.furthest = plx_arena_alloc(arena, (edits_max + 1) * sizeof(*s.furthest));
    if (!s.furthest)
        return false;
    int32_t edits = search(&s, arena);
    if (s.failed)
        return false;
    if (edits >= 0)
        walk_back(&s, edits, start, pairs + start);
    else
        for (uint32_t i = start; i < shorter - end; i++)
            pairs[i] = i;
    return true;
}
