/* SPDX-License-Identifier: Apache-2.0 */
/* The questions of latency.h, paired: counted by the workers, bet on by block. */
#include "stats/latency.h"

#include "stats/mixture.h"

/* Shorter than for differences: nothing that is slow is proof of a wrong answer, and much of it is needed. */
const struct plx_block_rule plx_blocks_of_latencies = {400, 25};

static void
count(struct plx_latency_fold *fold, enum plx_latency_question question, bool slower, bool not_slower)
{
    fold->counts[question].slower += slower && !not_slower;
    fold->counts[question].not_slower += not_slower && !slower;
}

void
plx_latency_count(struct plx_latency_fold *fold, uint64_t candidate_ns, uint64_t other_ns, double slower,
                  uint64_t tail_ns)
{
    double candidate = (double)candidate_ns / (1 + slower), other = (double)other_ns, tail = (double)tail_ns;

    fold->exchanges++;
    count(fold, PLX_LATENCY_MEDIAN, candidate > other, candidate <= other);
    if (tail_ns)
        count(fold, PLX_LATENCY_TAIL, candidate > tail, other > tail);
}

void
plx_latency_feed(struct plx_latency *latency, const struct plx_latency_fold *fold)
{
    for (int q = 0; q < PLX_LATENCY_QUESTIONS; q++) {
        struct plx_fold pairs = {.time_ms = fold->time_ms,
                                 .compared = fold->compared,
                                 .exchanges = fold->exchanges,
                                 .candidate_alone = fold->counts[q].slower,
                                 .secondary_alone = fold->counts[q].not_slower};
        struct plx_block block;

        if (plx_bets_feed(&latency->slower[q], &plx_blocks_of_latencies, &pairs, &block))
            for (int k = 0; k < PLX_WEALTH_BETS; k++)
                latency->within[q][k] += plx_bets_log_factor(k, -block.lead);
    }
}

static double
needed(double confidence)
{
    return plx_log_needed(confidence) + log(PLX_LATENCY_QUESTIONS);
}

bool
plx_latency_is_slower(const struct plx_latency *latency, enum plx_latency_question question, double confidence)
{
    return plx_bets_evidence(&latency->slower[question]) >= needed(confidence);
}

bool
plx_latency_is_within(const struct plx_latency *latency, enum plx_latency_question question, double confidence)
{
    double sum = -INFINITY;

    for (int k = 0; k < PLX_WEALTH_BETS; k++)
        sum = plx_log_add(sum, log(plx_bets_share(k)) + latency->within[question][k]);
    return sum >= needed(confidence);
}

bool
plx_latency_is_valid(const struct plx_latency *latency)
{
    for (int q = 0; q < PLX_LATENCY_QUESTIONS; q++) {
        if (!plx_wealth_is_valid(&latency->slower[q]))
            return false;
        for (int k = 0; k < PLX_WEALTH_BETS; k++)
            if (!isfinite(latency->within[q][k]))
                return false;
    }
    return true;
}
