/* SPDX-License-Identifier: Apache-2.0 */
/* The capitals behind the findings, as sequential.h writes them: for sequential.c, and for tests that play against
 * them. */
#ifndef PLX_STATS_INTERNAL_H
#define PLX_STATS_INTERNAL_H

#include "stats/sequential.h"

#define PLX_BETS 64

/* Logarithms of the factors, by bet. */
struct plx_bets {
    double lose[PLX_BETS]; /* ln(1 - l) */
    double win[PLX_BETS];  /* ln(1 + l) */
    double more[PLX_BETS]; /* ln(1 + 2 l) */
};

void plx_bets_init(struct plx_bets *bets);
/* Natural logarithm of the capital against "the candidate differs alone no more often than the secondary". */
double plx_evidence_regression(const struct plx_bets *bets, const struct plx_pairs *pairs);
/* The same against "the candidate differs at least twice as often as the secondary". */
double plx_evidence_noise(const struct plx_bets *bets, const struct plx_pairs *pairs);

#endif
