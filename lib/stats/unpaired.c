/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two shares, unpaired (latency.h). For shares p of the primary's and c of the candidate's answers, and their mean m
 * over the block, each answer multiplies the capital by c/m or (1 - c)/(1 - m), or p/m or (1 - p)/(1 - m). p is what
 * earlier blocks say, c has given odds above it. What a block may win is limited, so that one bad second is no proof.
 */
#include "stats/latency.h"
#include "stats/mixture.h"

#define BLOCK_MS      900u
#define BLOCK_ANSWERS 50u
#define LOG_GAIN_MAX  1.4 /* four times */

/* The odds of the candidate's share over the primary's. */
static const double odds[PLX_UNPAIRED_BETS] = {1.1, 1.25, 1.6, 2.5, 6, 30};

static double
log_factor(const struct plx_unpaired_fold *block, double p, double c)
{
    double candidate = (double)block->candidate, primary = (double)block->primary;
    double m = (candidate * c + primary * p) / (candidate + primary);

    return plx_log_times((double)block->candidate_bad, log(c / m)) +
           plx_log_times(candidate - (double)block->candidate_bad, log((1 - c) / (1 - m))) +
           plx_log_times((double)block->primary_bad, log(p / m)) +
           plx_log_times(primary - (double)block->primary_bad, log((1 - p) / (1 - m)));
}

static void
close_block(struct plx_unpaired *u)
{
    double p = ((double)u->total.primary_bad + 0.5) / ((double)u->total.primary + 1);

    for (int k = 0; u->total.primary > 0 && k < PLX_UNPAIRED_BETS; k++) {
        double c = odds[k] * p / (1 - p + odds[k] * p);

        u->log[k] += plx_log_add(log(0.25), log(0.75) + fmin(log_factor(&u->open, p, c), LOG_GAIN_MAX));
    }
    u->total.candidate += u->open.candidate;
    u->total.candidate_bad += u->open.candidate_bad;
    u->total.primary += u->open.primary;
    u->total.primary_bad += u->open.primary_bad;
    u->open = (struct plx_unpaired_fold){0};
}

void
plx_unpaired_feed(struct plx_unpaired *unpaired, const struct plx_unpaired_fold *fold, uint64_t time_ms)
{
    if (fold->candidate + fold->primary == 0)
        return;
    if (unpaired->open.candidate + unpaired->open.primary == 0)
        unpaired->began_ms = time_ms > PLX_FOLD_MS ? time_ms - PLX_FOLD_MS : 0;
    unpaired->open.candidate += fold->candidate;
    unpaired->open.candidate_bad += fold->candidate_bad;
    unpaired->open.primary += fold->primary;
    unpaired->open.primary_bad += fold->primary_bad;
    if (time_ms >= unpaired->began_ms && time_ms - unpaired->began_ms >= BLOCK_MS &&
        unpaired->open.candidate + unpaired->open.primary >= BLOCK_ANSWERS)
        close_block(unpaired);
}

double
plx_unpaired_evidence(const struct plx_unpaired *unpaired)
{
    double sum = -INFINITY;

    for (int k = 0; k < PLX_UNPAIRED_BETS; k++)
        sum = plx_log_add(sum, unpaired->log[k]);
    return sum - log(PLX_UNPAIRED_BETS);
}

static bool
is_possible(const struct plx_unpaired_fold *fold)
{
    return fold->candidate_bad <= fold->candidate && fold->primary_bad <= fold->primary;
}

bool
plx_unpaired_is_valid(const struct plx_unpaired *unpaired)
{
    for (int k = 0; k < PLX_UNPAIRED_BETS; k++)
        if (!isfinite(unpaired->log[k]))
            return false;
    return is_possible(&unpaired->total) && is_possible(&unpaired->open);
}
