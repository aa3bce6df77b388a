/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At which levels evidence is looked for, what it must reach at each, and findings that stay.
 *
 * One fault may lie in one field, in a field's name at many endpoints, or anywhere: each level has a share of alpha
 * that was fixed beforehand, and what begins to differ as the j-th at its level a share 1/(j (j + 1)) of that, all of
 * which add up to 1. So the probability that anything is ever found that is not there is alpha at most, by the union
 * bound, whatever begins to differ when, and a finding need not be taken back for what others do. (Online e-BH, arXiv
 * 2407.20683, would control a rate of false findings instead, and take findings back: arXiv 2501.19360.)
 */
#ifndef PLX_STATS_LEVELS_H
#define PLX_STATS_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

enum plx_level {
    PLX_LEVEL_SERVICE, /* exchanges with any difference; one a service, order 1 */
    PLX_LEVEL_NAME,    /* a field's name, over all endpoints */
    PLX_LEVEL_FIELD,   /* a field of an endpoint */
    PLX_LEVEL_VALUES,  /* the values of a field of an endpoint (coin.h) */
};

/* ln of what evidence must reach. order: from 1, by the first difference at this level in the epoch. */
double plx_level_needed(enum plx_level level, uint64_t order, double confidence);

/* A finding once made stays. All zero is the beginning. */
struct plx_lasting {
    uint64_t order;    /* 0: did not differ yet */
    uint64_t found_ms; /* since the epoch; 0: not found */
};

/* Gives it the next order at its level if it has none: *orders is that level's count of orders so far. */
void plx_lasting_begin(struct plx_lasting *lasting, uint64_t *orders);
/* True if this look found it. log_evidence: plx_bets_evidence() or plx_coin_evidence(). */
bool plx_lasting_look(struct plx_lasting *lasting, enum plx_level level, double log_evidence, double confidence,
                      uint64_t now_ms);

#endif
