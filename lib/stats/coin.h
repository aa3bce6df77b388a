/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test of values, for fields that are noisy: where candidate and secondary gave values of different classes, which of
 * the two classes is the candidate's is a coin, if the candidate's values come about as the secondary's do. A flag that
 * is random in the old and constant in the new implementation, a clock that is an hour off and an id that is always the
 * same are seen by this and not by counts.
 *
 * A class is any number that the caller gives to what values are alike (forms/classes.h). Two kinds of exchanges are
 * bet on, and both are known as sums of a fold only:
 *
 *   pairs  both differ from the primary, with different classes. In each fold the orientations of one pair of classes
 *          have the probability of a mixture of coins with a beta prior that the earlier folds have set, against that
 *          of a fair coin.
 *   odd    just one differs from the primary. Here a burst of one role would look like a class of its own. So it is
 *          the numbers of such exchanges that are taken as they are, and the bet is on which classes are the
 *          candidate's among them: each assignment is equally likely, 1 : (a + s over a). It needs both roles'
 *          differences, which is what a noisy field has. A block of these is closed when both roles have enough; where
 *          one could not have been won by what is known, the next one is twice as long.
 *
 * What one bet may win is limited (PLX_COIN_GAIN for PLX_COIN_EXCHANGES exchanges), which a short burst can't outbid; a
 * limited bet is as valid. Prior: Krichevsky and Trofimov, "The performance of universal encoding", 1981.
 *
 * Assumed: that the classes of the two roles might change places, given the primary's value. So times must be classed
 * with one floor for both roles, and what is left out for want of room must not depend on which role gave which value.
 */
#ifndef PLX_STATS_COIN_H
#define PLX_STATS_COIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLX_COIN_CLASSES   64u
#define PLX_COIN_GAIN      16.0 /* times */
#define PLX_COIN_EXCHANGES 20u
#define PLX_COIN_ODD_MAX   1024u

struct plx_coin_class {
    uint32_t id;
    uint32_t candidate, secondary;           /* pairs in which it was the candidate's or the secondary's */
    uint32_t candidate_odd, secondary_odd;   /* likewise, where just this role differed; of closed blocks */
    uint32_t candidate_open, secondary_open; /* of the open block */
};

/* Numbers only. All zero is the beginning. About 1.8 KB; most fields need none. */
struct plx_coin {
    double log; /* the evidence */
    uint64_t open_exchanges;
    uint64_t odd_blocks;
    uint32_t odd_least; /* differences of each role that close a block; 0: the first length */
    uint32_t count;
    struct plx_coin_class classes[PLX_COIN_CLASSES];
};

/* Two different classes, and how often in a fold. */
struct plx_coin_pair {
    uint32_t u, v;
    uint32_t forth, back; /* u was the candidate's and v the secondary's; the other way round */
};

struct plx_coin_odd {
    uint32_t id; /* the class of the value that differs from the primary's */
    uint32_t candidate, secondary;
};

struct plx_coin_fold {
    uint64_t exchanges; /* compared, with or without a difference */
    const struct plx_coin_pair *pairs;
    size_t pair_count;
    const struct plx_coin_odd *odd;
    size_t odd_count;
};

/* Each pair of ids, in either order, and each odd id comes once at most. What finds no room as a class is left out. */
void plx_coin_feed(struct plx_coin *coin, const struct plx_coin_fold *fold);
/* The natural logarithm of the evidence. */
double plx_coin_evidence(const struct plx_coin *coin);
/* The class that is most the candidate's; false where there is none. For a sentence on what was seen. */
bool plx_coin_telling_class(const struct plx_coin *coin, uint32_t *id);
bool plx_coin_is_valid(const struct plx_coin *coin);

#endif
