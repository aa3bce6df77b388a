/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs of copies of one exchange, counted by which of the two differs from the primary, and what is found by them. */
#ifndef PLX_STATS_PAIRS_H
#define PLX_STATS_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

struct plx_pairs {
    uint64_t both;            /* exchanges in which candidate and secondary both differ from the primary */
    uint64_t candidate_alone; /* only the candidate */
    uint64_t secondary_alone; /* only the secondary */
};

/* Of a fold: the places, from 1, of the first and the last exchange in which the candidate alone differs; 0: none. */
struct plx_stretch {
    uint64_t first, last;
};

static inline void
plx_stretch_add(struct plx_stretch *stretch, uint64_t place)
{
    if (stretch->first == 0)
        stretch->first = place;
    stretch->last = place;
}

enum plx_finding {
    PLX_INCONCLUSIVE,
    PLX_REGRESSION,
    PLX_NOISE,
};

const char *plx_finding_text(enum plx_finding finding); /* "inconclusive", "regression", "noise" */

/*
 * Whether it is shown, at a confidence (0.99: alpha = 0.01) and however often one looks, that the candidate differs
 * less than twice as often as the secondary: what it differs by is noise. Bets of 64 sizes l = (k - 0.5) / 64 against
 * P(candidate) >= 2 P(secondary), each of which multiplies its capital by 1 - l, 1 + 2 l and 1 + l where the candidate
 * alone, the secondary alone or both differ; their mean is a test martingale (Ville 1939; Waudby-Smith and Ramdas,
 * arXiv 2010.09686). Nothing is asked of how the two depend on one another, nor that the rates stay the same.
 */
bool plx_pairs_are_noise(const struct plx_pairs *pairs, double confidence);

#endif
