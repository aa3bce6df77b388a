/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did the candidate become worse during a long epoch, and since when? Evidence since the beginning takes the longer to
 * turn, the longer all was well; here all beginnings are bet on at once.
 *
 * An e-detector (Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change detection",
 * arXiv 2203.03532): with each block R <- (R + 1) times the block's factor for some of the bets of bets.h, which is the
 * sum of the capitals that begin at each block (Shiryaev 1963, Roberts 1966). While the candidate is no worse it takes
 * PLX_ONSET_NEEDED blocks at least, in the mean, until the mean of the R reaches PLX_ONSET_NEEDED. Same assumptions as
 * bets.h. The time is where the capital of the bet that has won most since was lowest last (Page 1954): R holds a
 * little of all that was long ago.
 */
#ifndef PLX_STATS_ONSET_H
#define PLX_STATS_ONSET_H

#include "stats/bets.h"

#define PLX_ONSET_NEEDED 1e6
#define PLX_ONSET_BETS   8

/* Numbers only. All zero is the beginning. */
struct plx_onset {
    double sum[PLX_ONSET_BETS];        /* R; held at a maximum, where all was said long ago */
    double won[PLX_ONSET_BETS];        /* the logarithm of a capital that never falls below 1 */
    uint64_t began_ms[PLX_ONSET_BETS]; /* the first block after it was 1, since the epoch */
    uint64_t since_ms;                 /* 0: no change was seen; else the newest one's, which stays */
    uint64_t seen_ms;                  /* when it was seen */
};

/* A block that plx_bets_feed() or plx_bets_settle() closed. True if a change is seen by it; R then begins anew. */
bool plx_onset_feed(struct plx_onset *onset, const struct plx_block *block, uint64_t now_ms);
/* The mean R. */
double plx_onset_evidence(const struct plx_onset *onset);
bool plx_onset_is_valid(const struct plx_onset *onset);

#endif
