/* SPDX-License-Identifier: Apache-2.0 */
/* Which elements of two sets belong together, so that as many as possible have a partner. */
#ifndef PLX_COMPARE_MATCHING_H
#define PLX_COMPARE_MATCHING_H

#include "base/work.h"

#include <parallax/value.h>

#define PLX_MATCHING_PAIRS_MAX (1u << 24) /* that one matching may have to try: 4,096 elements against as many */
#define PLX_MATCHING_NONE      UINT32_MAX

/*
 * A bipartite graph with m nodes on one side and n on the other. fits() says whether two may be partners; it is asked
 * at most once for each pair, and only for those that the search comes to.
 */
struct plx_matching {
    uint32_t m, n;
    uint32_t *partners_a, *partners_b; /* of each node its partner's index, or PLX_MATCHING_NONE */
    bool (*fits)(void *context, uint32_t i, uint32_t k);
    void *context;
    struct plx_arena *arena; /* four bits of it are taken for each pair, as far as they are tried */
    struct plx_work *work;   /* NULL: there is no bound */
};

/*
 * Makes the pairs that partners_a and partners_b already have into a maximum matching: no other one has more pairs.
 * Nodes that have a partner keep one, but it may be another. Augmenting paths by breadth-first search (H. W. Kuhn, "The
 * Hungarian Method", 1955), with rows of the graph as bits: m * n * min(m, n) / 64 steps at most. PLX_E_LIMIT: m * n is
 * beyond PLX_MATCHING_PAIRS_MAX, nothing was done; PLX_E_MEMORY; PLX_E_TIMEOUT: no work is left.
 */
PLX_MUST_USE enum plx_status plx_match_most(struct plx_matching *matching);

#endif
