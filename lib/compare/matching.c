/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From each node of a that has no partner a search goes along pairs that fit to nodes of b, and from those to their
 * partners, until it finds a node of b without one. The pairs on the way then change places, and there is one more.
 *
 *   a0 . . b0 --- a1 . . b1        . . fits   --- is paired
 *   a0 --- b0 . . a1 --- b1
 *
 * A search that fails has visited nodes that no later search can succeed through: they are left out from then on.
 */
#include "compare/matching.h"

#include "base/arena.h"

#include <string.h>

struct row {
    uint64_t *known, *fits; /* NULL: nobody has asked yet */
};

struct search {
    struct plx_matching *graph;
    struct row *rows;
    uint32_t words;
    uint64_t *single;   /* nodes of b that have no partner */
    uint64_t *alive;    /* nodes of b that no failed search has visited */
    uint64_t *unseen;   /* and those that the present one has not */
    uint32_t *queue;    /* of nodes of a */
    uint32_t *previous; /* of each visited node of b the node of a that led to it */
    enum plx_status status;
};

static void
clear_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static bool
begin_row(struct search *s, struct row *row)
{
    uint64_t *bits = plx_arena_alloc(s->graph->arena, 2 * s->words * sizeof(*bits));

    if (!bits) {
        s->status = PLX_E_MEMORY;
        return false;
    }
    memset(bits, 0, 2 * s->words * sizeof(*bits));
    row->known = bits;
    row->fits = bits + s->words;
    return true;
}

static bool
fits(struct search *s, uint32_t i, uint32_t k)
{
    struct row *row = &s->rows[i];
    uint64_t bit = UINT64_C(1) << (k % 64);

    if (!(row->known[k / 64] & bit)) {
        row->known[k / 64] |= bit;
        if (s->graph->fits(s->graph->context, i, k))
            row->fits[k / 64] |= bit;
    }
    return row->fits[k / 64] & bit;
}

/* Everybody on the way to k, which has no partner, takes the next one. */
static void
take_path(struct search *s, uint32_t k)
{
    struct plx_matching *graph = s->graph;

    clear_bit(s->single, k);
    while (k != PLX_MATCHING_NONE) {
        uint32_t i = s->previous[k], next = graph->partners_a[i];
        graph->partners_a[i] = k;
        graph->partners_b[k] = i;
        k = next;
    }
}

/* Looks from node i at those of b that are unseen and have (paired) or have not a partner; true: the path ends here. */
static bool
look(struct search *s, uint32_t i, bool paired, uint32_t *queued)
{
    for (uint32_t word = 0; word < s->words; word++) {
        uint64_t bits = s->unseen[word] & (paired ? ~s->single[word] : s->single[word]);
        for (; bits; bits &= bits - 1) {
            uint32_t k = word * 64 + (uint32_t)__builtin_ctzll(bits);
            if (!fits(s, i, k))
                continue;
            s->previous[k] = i;
            if (!paired) {
                take_path(s, k);
                return true;
            }
            clear_bit(s->unseen, k);
            s->queue[(*queued)++] = s->graph->partners_b[k];
        }
    }
    return false;
}

static bool
augment(struct search *s, uint32_t root)
{
    uint32_t queued = 1;

    s->queue[0] = root;
    memcpy(s->unseen, s->alive, s->words * sizeof(*s->unseen));
    for (uint32_t at = 0; at < queued; at++) {
        uint32_t i = s->queue[at];
        if (!s->rows[i].known && !begin_row(s, &s->rows[i]))
            return false;
        if (!plx_work_spend(s->graph->work, 4 * (uint64_t)s->words)) {
            s->status = PLX_E_TIMEOUT;
            return false;
        }
        if (look(s, i, false, &queued))
            return true;
        look(s, i, true, &queued);
    }
    memcpy(s->alive, s->unseen, s->words * sizeof(*s->alive));
    return false;
}

static bool
begin(struct search *s)
{
    const struct plx_matching *graph = s->graph;
    uint64_t *bits = plx_arena_alloc(graph->arena, 3 * s->words * sizeof(*bits));

    s->rows = plx_arena_alloc(graph->arena, graph->m * sizeof(*s->rows));
    s->queue = plx_arena_alloc(graph->arena, ((size_t)graph->m + 1) * sizeof(*s->queue));
    s->previous = plx_arena_alloc(graph->arena, graph->n * sizeof(*s->previous));
    if (!bits || !s->rows || !s->queue || !s->previous)
        return false;
    memset(bits, 0, 3 * s->words * sizeof(*bits));
    memset(s->rows, 0, graph->m * sizeof(*s->rows));
    s->single = bits;
    s->alive = bits + s->words;
    s->unseen = s->alive + s->words;
    for (uint32_t k = 0; k < graph->n; k++) {
        s->alive[k / 64] |= UINT64_C(1) << (k % 64);
        if (graph->partners_b[k] == PLX_MATCHING_NONE)
            s->single[k / 64] |= UINT64_C(1) << (k % 64);
    }
    return true;
}

enum plx_status
plx_match_most(struct plx_matching *matching)
{
    struct search s = {.graph = matching, .words = (matching->n + 63) / 64};

    if (matching->m == 0 || matching->n == 0)
        return PLX_OK;
    if ((uint64_t)matching->m * matching->n > PLX_MATCHING_PAIRS_MAX)
        return PLX_E_LIMIT;
    if (!begin(&s))
        return PLX_E_MEMORY;
    for (uint32_t i = 0; i < matching->m && s.status == PLX_OK; i++)
        if (matching->partners_a[i] == PLX_MATCHING_NONE)
            augment(&s, i);
    return s.status;
}
