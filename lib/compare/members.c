/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of two objects that are not in the same order: few are paired by trying, many by sorting both sides, so that
 * a hostile pair costs n log n. Repeated keys pair in the order in which they stand.
 */
#include "compare/members.h"

#include "base/arena.h"
#include "compare/documents.h"
#include "compare/path.h"
#include "json/json_text.h"

#include <stdlib.h>

#define PAIR_BY_TRYING_MAX 24u /* members on either side */
#define KEY_STEPS          20u /* of a member, and of each byte of its key: so often it is compared, one way or the other */

struct members {
    const struct plx_document *document;
    uint32_t *keys;     /* nodes, in order */
    uint32_t *partners; /* for each the position of the other side's member; PLX_NOWHERE: none */
    uint32_t count;
    uint64_t key_bytes;
};

static bool
gather(struct plx_walk *w, struct members *m, const struct plx_document *document, uint32_t from, uint32_t end)
{
    uint32_t count = 0;

    for (uint32_t at = from; at < end; at = document->nodes[at + 1].next)
        count++;
    m->document = document;
    m->count = 0;
    m->key_bytes = 0;
    m->keys = plx_arena_alloc(w->sink->arena, (size_t)count * sizeof(uint32_t));
    m->partners = plx_arena_alloc(w->sink->arena, (size_t)count * sizeof(uint32_t));
    if (!m->keys || !m->partners) {
        w->sink->failed = true;
        return false;
    }
    for (uint32_t at = from; at < end; at = document->nodes[at + 1].next) {
        m->key_bytes += document->nodes[at].length;
        m->partners[m->count] = PLX_NOWHERE;
        m->keys[m->count++] = at;
    }
    return true;
}

/* Each takes the first that is left: repeated keys pair in the order in which they stand, as they do by sorting. */
static void
pair_by_trying(struct members *a, struct members *b)
{
    uint32_t first = 0; /* all before it have a partner */

    for (uint32_t i = 0; i < a->count; i++) {
        while (first < b->count && b->partners[first] != PLX_NOWHERE)
            first++;
        for (uint32_t at = first; at < b->count; at++) {
            if (b->partners[at] != PLX_NOWHERE ||
                !plx_json_string_equal(a->document, a->keys[i], b->document, b->keys[at]))
                continue;
            a->partners[i] = at;
            b->partners[at] = i;
            break;
        }
    }
}

static int
by_key(const void *x, const void *y, void *context)
{
    const struct members *m = context;
    uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
    int order = plx_json_string_compare(m->document, m->keys[i], m->document, m->keys[k]);

    return order ? order : (i > k) - (i < k); /* repeated keys pair in the order in which they stand */
}

static uint32_t *
sorted(struct plx_walk *w, struct members *m)
{
    uint32_t *positions = plx_arena_alloc(w->sink->arena, (size_t)m->count * sizeof(*positions));

    if (!positions) {
        w->sink->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < m->count; i++)
        positions[i] = i;
    qsort_r(positions, m->count, sizeof(*positions), by_key, m);
    return positions;
}

static void
pair_by_sorting(struct plx_walk *w, struct members *a, struct members *b)
{
    uint32_t *x = sorted(w, a), *y = x ? sorted(w, b) : NULL;

    if (!y)
        return;
    for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
        int order = plx_json_string_compare(a->document, a->keys[x[i]], b->document, b->keys[y[k]]);
        if (order == 0) {
            a->partners[x[i]] = y[k];
            b->partners[y[k]] = x[i];
        }
        i += order <= 0;
        k += order >= 0;
    }
}

void
plx_walk_members(struct plx_walk *w, uint32_t a, uint32_t end_a, uint32_t b, uint32_t end_b)
{
    struct members x, y;

    if (!gather(w, &x, w->a, a, end_a) || !gather(w, &y, w->b, b, end_b) ||
        !plx_walk_spend(w, KEY_STEPS * ((uint64_t)x.count + y.count + x.key_bytes + y.key_bytes)))
        return;
    if (x.count <= PAIR_BY_TRYING_MAX && y.count <= PAIR_BY_TRYING_MAX && y.count > 0)
        pair_by_trying(&x, &y);
    else
        pair_by_sorting(w, &x, &y);
    for (uint32_t i = 0; i < x.count && !plx_walk_over(w); i++) {
        if (x.partners[i] == PLX_NOWHERE) {
            plx_walk_tell_lonely(w, w->a, x.keys[i], x.keys[i] + 1, PLX_NOWHERE);
        } else if (plx_walk_enter(w, w->a, x.keys[i])) {
            plx_walk_values(w, x.keys[i] + 1, y.keys[x.partners[i]] + 1);
            plx_walk_leave(w);
        }
    }
    if (w->rules->mode == PLX_MODE_SUBSET)
        return;
    for (uint32_t k = 0; k < y.count && !plx_walk_over(w); k++)
        if (y.partners[k] == PLX_NOWHERE)
            plx_walk_tell_lonely(w, w->b, y.keys[k], PLX_NOWHERE, y.keys[k] + 1);
}
