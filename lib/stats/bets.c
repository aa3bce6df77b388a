/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bets of bets.h. Half of the capital is on the boldest one, so that what always differs is known after nine
 * blocks; a bold bet that was wrong once is as good as lost, which is why there are timid ones. The hard thing is
 * range: see mixture.h.
 */
#include "stats/bets.h"
#include "stats/mixture.h"

const struct plx_block_rule plx_blocks_of_differences = {PLX_BLOCK_MS, PLX_BLOCK_EXCHANGES};

/* slope 0: the sign of the lead. */
static const struct bet {
    double stake, slope, share;
} bets[PLX_WEALTH_BETS] = {
    {0.98, 0, 0.5},  {0.9, 0, 0.05},   {0.75, 0, 0.05},   {0.5, 0, 0.05},    {0.25, 0, 0.05},   {0.1, 0, 0.05},
    {0.03, 0, 0.05}, {0.9, 0.3, 0.04}, {0.9, 0.15, 0.04}, {0.9, 0.07, 0.04}, {0.9, 0.03, 0.04}, {0.9, 0.012, 0.04},
};

/* What the counts of plx_bets_immediate() are bet with, as evenly as the odds of a difference are. */
#define IMMEDIATE_BETS 12
static const double immediate_bets[IMMEDIATE_BETS] = {.98, .9, .75, .6, .45, .33, .24, .16, .1, .06, .03, .015};

/* ---- a block's factor ---- */

static int
sign(int64_t lead)
{
    return (lead > 0) - (lead < 0);
}

double
plx_bets_log_factor(int bet, int64_t lead)
{
    const struct bet *b = &bets[bet];
    double t = b->slope > 0 ? tanh(b->slope * (double)lead) : sign(lead);

    return log1p(b->stake * t);
}

double
plx_bets_share(int bet)
{
    return bets[bet].share;
}

double
plx_bets_evidence(const struct plx_wealth *wealth)
{
    double sum = -INFINITY;

    for (int k = 0; k < PLX_WEALTH_BETS; k++)
        sum = plx_log_add(sum, log(bets[k].share) + wealth->log[k]);
    return sum;
}

double
plx_bets_immediate(uint64_t candidate_alone, uint64_t secondary_alone)
{
    double sum = -INFINITY;

    for (int k = 0; k < IMMEDIATE_BETS; k++)
        sum = plx_log_add(sum, (double)candidate_alone * log1p(immediate_bets[k]) +
                                   (double)secondary_alone * log1p(-immediate_bets[k]));
    return sum - log(IMMEDIATE_BETS);
}

/* ---- bursts ---- */

#define NEIGHBOURS_MIN 6
#define NEIGHBOURS_MAX 1024 /* then older ones count half */
#define RUNS_Z         2.2  /* standard deviations above what chance explains */
#define RUNS_EXCESS    0.1  /* and the share of neighbours: in a long time chance alone makes small ones certain */

/* Whether neighbours agree more often than blocks would that are independent and lead as often into each direction. */
static bool
come_in_runs(const struct plx_wealth *w)
{
    double neighbours = (double)(w->same + w->other);
    double ahead = ((double)w->ahead + 1) / ((double)(w->ahead + w->behind) + 2);
    double agree = ahead * ahead + (1 - ahead) * (1 - ahead), excess = (double)w->same - neighbours * agree;

    if (neighbours < NEIGHBOURS_MIN || w->ahead == 0 || w->behind == 0)
        return false;
    return excess >= RUNS_Z * sqrt(neighbours * agree * (1 - agree)) && excess >= RUNS_EXCESS * neighbours;
}

static void
watch_for_runs(struct plx_wealth *w, int direction, uint64_t length)
{
    if (direction == 0)
        return;
    if (w->direction != 0 && w->began - w->ended < length) {
        w->same += w->direction == direction;
        w->other += w->direction != direction;
    }
    if (direction > 0)
        w->ahead++;
    else
        w->behind++;
    if (w->doublings < PLX_BLOCK_DOUBLINGS && come_in_runs(w)) {
        w->doublings++;
        w->same = w->other = 0;
    } else if (w->same + w->other >= NEIGHBOURS_MAX) {
        w->same /= 2;
        w->other /= 2;
    }
}

/* ---- blocks ---- */

static bool
is_open(const struct plx_wealth *w)
{
    return w->candidate_alone + w->secondary_alone > 0;
}

static bool
is_over(const struct plx_wealth *w, const struct plx_block_rule *rule, uint64_t now_ms, uint64_t compared)
{
    return now_ms >= w->began_ms && now_ms - w->began_ms >= (uint64_t)rule->ms << w->doublings &&
           compared >= w->began && compared - w->began >= (uint64_t)rule->exchanges << w->doublings;
}

static void
close_block(struct plx_wealth *w, const struct plx_block_rule *rule, uint64_t compared, struct plx_block *block)
{
    uint64_t length = (uint64_t)rule->exchanges << w->doublings;

    block->lead = (int64_t)w->candidate_alone - (int64_t)w->secondary_alone;
    block->began_ms = w->began_ms;
    for (int k = 0; k < PLX_WEALTH_BETS; k++)
        w->log[k] += plx_bets_log_factor(k, block->lead);
    watch_for_runs(w, sign(block->lead), length);
    w->direction = sign(block->lead);
    w->candidate_alone = w->secondary_alone = 0;
    w->ended = compared;
}

bool
plx_bets_settle(struct plx_wealth *wealth, const struct plx_block_rule *rule, uint64_t now_ms, uint64_t compared,
                struct plx_block *block)
{
    if (now_ms < wealth->began_ms) /* the clock was set back */
        wealth->began_ms = now_ms;
    if (!is_open(wealth) || !is_over(wealth, rule, now_ms, compared))
        return false;
    close_block(wealth, rule, compared, block);
    return true;
}

bool
plx_bets_feed(struct plx_wealth *wealth, const struct plx_block_rule *rule, const struct plx_fold *fold,
              struct plx_block *block)
{
    uint64_t start_ms = fold->time_ms - (fold->time_ms < PLX_FOLD_MS ? fold->time_ms : PLX_FOLD_MS);
    uint64_t before = fold->compared - fold->exchanges;
    bool closed = plx_bets_settle(wealth, rule, start_ms, before, block);

    if (fold->candidate_alone + fold->secondary_alone > 0) {
        if (!is_open(wealth)) {
            wealth->began_ms = start_ms;
            wealth->began = before;
        }
        wealth->candidate_alone += fold->candidate_alone;
        wealth->secondary_alone += fold->secondary_alone;
    }
    /* A block that begins with this fold is too short to end with it, so that there is one block to tell at most. */
    return closed || plx_bets_settle(wealth, rule, fold->time_ms, fold->compared, block);
}

bool
plx_wealth_is_valid(const struct plx_wealth *wealth)
{
    uint64_t blocks = wealth->ahead + wealth->behind;

    if (wealth->doublings > PLX_BLOCK_DOUBLINGS || wealth->direction < -1 || wealth->direction > 1)
        return false;
    if (wealth->ahead > blocks || wealth->same > blocks || wealth->other > blocks - wealth->same)
        return false;
    if (wealth->candidate_alone > INT64_MAX || wealth->secondary_alone > INT64_MAX)
        return false;
    for (int k = 0; k < PLX_WEALTH_BETS; k++)
        if (!isfinite(wealth->log[k]) || wealth->log[k] > (double)blocks * log1p(bets[k].stake) + 1e-6 * (double)blocks)
            return false;
    return true;
}
