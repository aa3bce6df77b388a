/* SPDX-License-Identifier: Apache-2.0 */
/* What exchanges show as wholes, besides their single fields: how often just one of the two copies differs, or fails.
 */
#ifndef PLX_COUNT_PAIR_COUNTS_H
#define PLX_COUNT_PAIR_COUNTS_H

#include "base/histogram.h"
#include "stats/pairs.h"

/*
 * "Alone" is said of an exchange in which one copy differs from the primary somewhere where the other does not, and the
 * other nowhere so; "both" where each does.
 */
struct plx_pair_counts {
    uint64_t paired;              /* compared with both copies */
    struct plx_pairs any;         /* of these */
    uint64_t unpaired, differing; /* compared with the candidate alone; of these: it differs */
    uint64_t errors_paired;       /* the primary answered, and not with 5xx; all copies that there are were asked */
    struct plx_pairs errors;      /* of these: a copy answered 5xx, or not at all; without a secondary: it was down */
    uint64_t lacks_state;         /* the secondary's status is of another class than the primary's */
};

/*
 * Durations of candidate and secondary in exchanges in which both answered; without a secondary of candidate and
 * primary. Of a tally: what stats/latency.h asks is answered when it is folded.
 */
struct plx_paired_durations {
    bool beside_secondary; /* of all of them; else beside the primary */
    uint64_t exchanges, slower, not_slower;
    struct plx_histogram candidate, other;
};

void plx_pairs_add(struct plx_pairs *into, const struct plx_pairs *from);
void plx_pair_counts_add(struct plx_pair_counts *into, const struct plx_pair_counts *from);

#endif
