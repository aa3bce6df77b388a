/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the candidate differ from the primary more often than the secondary does? Bets on blocks of exchanges, valid
 * however often one looks, whatever the rates are and do, and though differences come in bursts.
 *
 * Within a block only the lead counts: how many more exchanges there were in which the candidate alone differs than
 * ones in which the secondary alone does. If the candidate is no worse than the secondary, whose code is the primary's,
 * both roles might change places in a block, and a lead of +5 is no likelier than one of -5. So for any odd function t
 * between -1 and 1 a stake c wins or loses with 1 + c t(lead), which cannot be expected to grow: a test martingale
 * (Ville 1939; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", arXiv 2010.09686).
 * t is the sign, for what differs seldom or in bursts, or tanh(l lead), which is the best bet on a lead that many
 * independent exchanges made (the ratio of its probabilities forwards and backwards is exp(2 l lead)). By Ville's
 * inequality the mixture of the bets ever reaches 1/alpha with a probability of alpha at most.
 *
 * A block begins with a fold that has a difference of just one role, and ends with the first fold after which it is
 * PLX_BLOCK_MS and PLX_BLOCK_EXCHANGES long. So a burst that falls into a quiet time lies in one block, from its
 * beginning, and one stake is at risk. Where neighbouring blocks lead into the same direction more often than the
 * shares of the directions explain, bursts are longer than blocks: from then on a block is twice as long, up to
 * 2^PLX_BLOCK_DOUBLINGS times. A fault alone does not do that: where all lead into one direction, all neighbours do.
 *
 * Assumed: that the roles might change places from block to block. A burst that is longer than a block breaks this
 * until its kind was seen a few times.
 */
#ifndef PLX_STATS_BETS_H
#define PLX_STATS_BETS_H

#include "stats/fold.h"

#include <stdbool.h>
#include <stddef.h>

#define PLX_WEALTH_BETS     12
#define PLX_BLOCK_MS        900u /* a second in whole folds, though each may come some ms early */
#define PLX_BLOCK_EXCHANGES 50u
#define PLX_BLOCK_DOUBLINGS 5u

/* The least length of a block. */
struct plx_block_rule {
    uint32_t ms, exchanges;
};

extern const struct plx_block_rule plx_blocks_of_differences;

/* Numbers only: what a row of a store can hold. All zero is the beginning. */
struct plx_wealth {
    double log[PLX_WEALTH_BETS]; /* the logarithm of each bet's capital after the closed blocks */
    /* The open block; candidate_alone + secondary_alone is 0 where there is none. */
    uint64_t candidate_alone, secondary_alone;
    uint64_t began_ms;      /* since the epoch */
    uint64_t began;         /* the exchanges compared before it */
    uint64_t ended;         /* the exchanges compared at the end of the last closed block */
    uint64_t ahead, behind; /* closed blocks by their lead; a lead of 0 is none */
    uint64_t same, other;   /* blocks that follow at once on one of the same or the other direction, since doubling */
    int32_t direction;      /* of the last closed block: -1, 0, 1 */
    uint32_t doublings;
};

/* What a closed block says. */
struct plx_block {
    int64_t lead;
    uint64_t began_ms;
};

/* Takes a fold in. True: a block was closed, and *block is written. A fold without differences may be left out. */
bool plx_bets_feed(struct plx_wealth *wealth, const struct plx_block_rule *rule, const struct plx_fold *fold,
                   struct plx_block *block);
/* Closes the open block if it is long enough by now. The same answer. */
bool plx_bets_settle(struct plx_wealth *wealth, const struct plx_block_rule *rule, uint64_t now_ms, uint64_t compared,
                     struct plx_block *block);
/* The natural logarithm of the evidence against "the candidate is no worse". Below 0: none. */
double plx_bets_evidence(const struct plx_wealth *wealth);
/* ln of what a stake is multiplied with by a lead; bet: below PLX_WEALTH_BETS. And its share of the first capital. */
double plx_bets_log_factor(int bet, int64_t lead);
double plx_bets_share(int bet);
/* Whether a state that comes from outside can have been reached. */
bool plx_wealth_is_valid(const struct plx_wealth *wealth);

/*
 * The same question of counts alone, each exchange a bet of its own: known at once, and as valid as long as differences
 * don't come in bursts. It tells an incident; it proves nothing. The natural logarithm.
 */
double plx_bets_immediate(uint64_t candidate_alone, uint64_t secondary_alone);

#endif
