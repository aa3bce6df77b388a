/* SPDX-License-Identifier: Apache-2.0 */
/* Levenshtein's distance, as far as it is allowed, by the furthest points on the diagonals. */
#include "compare/levenshtein.h"

#include "base/arena.h"
#include "base/utf8.h"

struct characters {
    uint32_t *codes;
    uint32_t count;
};

/* Bytes that are no UTF-8 are characters of their own. */
static bool
take_characters(struct plx_slice text, struct plx_arena *arena, struct characters *out)
{
    out->count = 0;
    out->codes = plx_arena_alloc(arena, text.len * sizeof(*out->codes));
    for (size_t at = 0; out->codes && at < text.len;) {
        uint32_t code;
        size_t len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        out->codes[out->count++] = len ? code : 0x110000u + (unsigned char)text.ptr[at];
        at += len ? len : 1;
    }
    return out->codes != NULL;
}

static int32_t
most(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int32_t
least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

struct search {
    const struct characters *a, *b;
    int32_t allowed;
    int32_t *before,
        *now; /* by diagonal x - y, from -allowed - 1: the furthest x with one edit less, and with as many */
    uint64_t *steps;
    struct plx_work *work;
    bool *failed;
};

/* The furthest x on the diagonal k, from x on. */
static int32_t
slide(const struct search *s, int32_t x, int32_t k)
{
    int32_t m = (int32_t)s->a->count, n = (int32_t)s->b->count;

    while (x < m && x - k < n && s->a->codes[x] == s->b->codes[x - k])
        x++;
    return x;
}

static bool
spend(struct search *s, uint64_t steps, enum plx_similarity *result)
{
    if (!plx_work_spend(s->work, steps)) {
        *s->failed = true;
        return false;
    }
    if (*s->steps < steps) {
        *s->steps = 0;
        *result = PLX_SIMILAR_UNKNOWN;
        return false;
    }
    *s->steps -= steps;
    return true;
}

static enum plx_similarity
search(struct search *s)
{
    int32_t m = (int32_t)s->a->count, n = (int32_t)s->b->count, end = m - n;
    enum plx_similarity result = PLX_NOT_SIMILAR;

    for (int32_t k = -s->allowed - 1; k <= s->allowed + 1; k++)
        s->before[k] = s->now[k] = -1;
    for (int32_t edits = 0; edits <= s->allowed; edits++) {
        /* Diagonals that are reached by now, and from which the end can still be. */
        int32_t left = s->allowed - edits;
        int32_t low = most(most(-edits, end - left), -n), high = least(least(edits, end + left), m);
        uint64_t steps = 1;
        for (int32_t k = low; k <= high; k++) {
            int32_t x = most(most(s->before[k] + 1, s->before[k - 1] + 1), s->before[k + 1]);
            int32_t begin = least(least(edits ? x : 0, m), n + k);
            if (begin < most(k, 0)) {
                s->now[k] = -1;
                continue;
            }
            s->now[k] = slide(s, begin, k);
            steps += (uint64_t)(s->now[k] - begin) + 1;
            if (k == end && s->now[k] == m)
                return PLX_SIMILAR;
        }
        s->now[low - 1] = s->now[high + 1] = -1;
        if (!spend(s, steps, &result))
            return result;
        int32_t *swapped = s->before;
        s->before = s->now;
        s->now = swapped;
    }
    return result;
}

/* Characters that one text has more often than the other must be put in or replaced: a bound that costs next to
 * nothing. Codes that fall together only make it smaller. */
static uint32_t
least_distance(const struct characters *a, const struct characters *b)
{
    int32_t counts[256] = {0};
    uint32_t more = 0, less = 0;

    for (uint32_t i = 0; i < a->count; i++)
        counts[a->codes[i] & 255]++;
    for (uint32_t i = 0; i < b->count; i++)
        counts[b->codes[i] & 255]--;
    for (size_t i = 0; i < 256; i++) {
        more += counts[i] > 0 ? (uint32_t)counts[i] : 0;
        less += counts[i] < 0 ? (uint32_t)-counts[i] : 0;
    }
    return more > less ? more : less;
}

enum plx_similarity
plx_similar(struct plx_slice a, struct plx_slice b, double share, uint64_t *steps, struct plx_work *work,
            struct plx_arena *arena, bool *failed)
{
    struct characters x, y;

    if (a.len > INT32_MAX / 4 || b.len > INT32_MAX / 4)
        return PLX_SIMILAR_UNKNOWN;
    if (!plx_work_spend(work, 4 * ((uint64_t)a.len + b.len)) || !take_characters(a, arena, &x) ||
        !take_characters(b, arena, &y)) {
        *failed = true;
        return PLX_NOT_SIMILAR;
    }
    uint32_t longer = x.count > y.count ? x.count : y.count;
    uint32_t allowed = (uint32_t)((1 - share) * longer + 1e-9);
    while (x.count && y.count && *x.codes == *y.codes) {
        x.codes++, x.count--;
        y.codes++, y.count--;
    }
    while (x.count && y.count && x.codes[x.count - 1] == y.codes[y.count - 1])
        x.count--, y.count--;
    if (least_distance(&x, &y) > allowed)
        return PLX_NOT_SIMILAR;
    if ((x.count > y.count ? x.count : y.count) <= allowed)
        return PLX_SIMILAR; /* as if all were replaced */
    size_t width = 2 * (size_t)allowed + 3;
    int32_t *points = plx_arena_alloc(arena, 2 * width * sizeof(*points));
    if (!points || !plx_work_spend(work, width)) {
        *failed = true;
        return PLX_NOT_SIMILAR;
    }
    struct search s = {&x,   &y,    (int32_t)allowed, points + allowed + 1, points + width + allowed + 1, steps,
                       work, failed};
    return search(&s);
}
