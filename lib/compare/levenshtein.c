/* SPDX-License-Identifier: Apache-2.0 */
/* Levenshtein's distance within a band around the diagonal. */
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

static uint32_t
least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/*
 * row[j] is the distance of the first i characters of a and the first j of b, for the j that are at most `band` away
 * from i; what lies outside is more than band, and stays so.
 */
static bool
is_within(const struct characters *a, const struct characters *b, uint32_t band, uint32_t *row)
{
    for (uint32_t j = 0; j <= b->count; j++)
        row[j] = j <= band ? j : band + 1;
    for (uint32_t i = 1; i <= a->count; i++) {
        uint32_t from = i > band ? i - band : 1, to = i + band < b->count ? i + band : b->count;
        uint32_t diagonal = row[from - 1], best = band + 1;
        row[from - 1] = from == 1 ? least(i, band + 1) : band + 1;
        for (uint32_t j = from; j <= to; j++) {
            uint32_t cost = diagonal + (a->codes[i - 1] != b->codes[j - 1]);
            diagonal = row[j];
            row[j] = least(least(cost, least(row[j], row[j - 1]) + 1), band + 1);
            best = least(best, row[j]);
        }
        if (best > band && row[from - 1] > band)
            return false;
    }
    return row[b->count] <= band;
}

bool
plx_similar(struct plx_slice a, struct plx_slice b, double share, struct plx_work *work, struct plx_arena *arena,
            bool *failed)
{
    struct characters x, y;

    if (!plx_work_spend(work, 4 * ((uint64_t)a.len + b.len)) || !take_characters(a, arena, &x) ||
        !take_characters(b, arena, &y)) {
        *failed = true;
        return false;
    }
    uint32_t longer = x.count > y.count ? x.count : y.count, shorter = least(x.count, y.count);
    uint32_t band = (uint32_t)((1 - share) * longer + 1e-9);
    if (longer - shorter > band)
        return false;
    while (x.count && y.count && *x.codes == *y.codes) {
        x.codes++, x.count--;
        y.codes++, y.count--;
    }
    while (x.count && y.count && x.codes[x.count - 1] == y.codes[y.count - 1])
        x.count--, y.count--;
    if (x.count == 0 || y.count == 0)
        return x.count + y.count <= band;
    if ((2 * (uint64_t)band + 1) * x.count > PLX_SIMILAR_CELLS_MAX)
        return false;
    if (!plx_work_spend(work, 2 * (2 * (uint64_t)band + 1) * x.count)) {
        *failed = true;
        return false;
    }
    uint32_t *row = plx_arena_alloc(arena, ((size_t)y.count + 1) * sizeof(*row));
    if (!row) {
        *failed = true;
        return false;
    }
    return is_within(&x, &y, band, row);
}
