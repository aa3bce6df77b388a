/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evidence is made from: folds. The workers count on their own; every 200 ms at most all that they counted is
 * added up, and only the sums are known afterwards. So nothing in lib/stats asks in which order the exchanges of a fold
 * came, but for where an incident begins and ends in it.
 */
#ifndef PLX_STATS_FOLD_H
#define PLX_STATS_FOLD_H

#include <stdint.h>

#define PLX_FOLD_MS 200u /* the longest that counts wait */

/* One field, one field name or a whole service: "differs" is that of the subject which the evidence is about. */
struct plx_fold {
    uint64_t time_ms;   /* when the counts were handed over, since the epoch */
    uint64_t compared;  /* exchanges that were compared with both copies, from the first one to the end of this fold */
    uint64_t exchanges; /* of them in this fold */
    uint64_t both;      /* of these: candidate and secondary differ from the primary */
    uint64_t candidate_alone, secondary_alone; /* just one of them does */
    uint64_t first, last; /* of `exchanges`, from 1: those in which the candidate alone differs lie here; 0: unknown */
};

#endif
