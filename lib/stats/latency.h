/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the candidate slower, by more than is allowed? Two questions, each with half of alpha: whether it mostly takes
 * more than (1 + slower) times as long as the other copy of the same exchange, and whether it takes more than (1 +
 * slower) times the other's 99th percentile more often than the other takes more than that. Both are pairs of one
 * exchange, so what all requests suffer from cancels out, and both are bet on as differences are (bets.h), block by
 * block, as slow times come in bursts. The other is the secondary, or where there is none the primary: then `slower`
 * should be 0.2 at least, as a copy is sent later and by another pool.
 *
 * Where clients get one answer each (a canary without copies) nothing is paired: plx_unpaired_feed() compares the
 * shares of slow answers, or of errors, of both sides (Lindon, Sanden and Shirikian, "Rapid regression detection in
 * software deployments through sequential testing", arXiv 2205.14762; the bet is the e-variable for two shares of
 * Turner, Ly and Grünwald, arXiv 2106.02693). Assumed there: that clients are assigned by chance.
 */
#ifndef PLX_STATS_LATENCY_H
#define PLX_STATS_LATENCY_H

#include "stats/bets.h"

#define PLX_LATENCY_QUESTIONS    2
#define PLX_LATENCY_SLOWER       0.1 /* than the secondary; what is less is not looked for */
#define PLX_LATENCY_SLOWER_ALONE 0.2 /* than the primary, where there is no secondary, or where nothing is paired */

enum plx_latency_question {
    PLX_LATENCY_MEDIAN,
    PLX_LATENCY_TAIL,
};

extern const struct plx_block_rule plx_blocks_of_latencies;

/* ---- paired ---- */

/* Exchanges of a fold in which both answered. */
struct plx_latency_fold {
    uint64_t time_ms, compared, exchanges; /* as in fold.h */
    struct {
        uint64_t slower, not_slower;
    } counts[PLX_LATENCY_QUESTIONS];
};

/* Counts one exchange. slower: 0.1 for 10 %. tail_ns: the other's 99th percentile as of an earlier fold; 0: unknown. */
void plx_latency_count(struct plx_latency_fold *fold, uint64_t candidate_ns, uint64_t other_ns, double slower,
                       uint64_t tail_ns);

/* Numbers only. All zero is the beginning. */
struct plx_latency {
    struct plx_wealth slower[PLX_LATENCY_QUESTIONS];
    double within[PLX_LATENCY_QUESTIONS][PLX_WEALTH_BETS]; /* the same bets the other way round */
};

void plx_latency_feed(struct plx_latency *latency, const struct plx_latency_fold *fold);
/* Whether it is proved that the candidate is slower than is allowed; whether that it is not. Each by itself. */
bool plx_latency_is_slower(const struct plx_latency *latency, enum plx_latency_question question, double confidence);
bool plx_latency_is_within(const struct plx_latency *latency, enum plx_latency_question question, double confidence);
bool plx_latency_is_valid(const struct plx_latency *latency);

/* ---- unpaired ---- */

#define PLX_UNPAIRED_BETS 6

/* What both sides answered in a fold, and how many of these were slow, or errors. */
struct plx_unpaired_fold {
    uint64_t candidate, candidate_bad;
    uint64_t primary, primary_bad;
};

/* Numbers only. All zero is the beginning. */
struct plx_unpaired {
    double log[PLX_UNPAIRED_BETS];
    struct plx_unpaired_fold total, open; /* of closed blocks, of the open one */
    uint64_t began_ms;                    /* of the open one */
};

/* "Slow" is more than (1 + slower) T of the candidate's and more than T of the primary's, T a percentile of the
 * primary's as of an earlier fold. */
void plx_unpaired_feed(struct plx_unpaired *unpaired, const struct plx_unpaired_fold *fold, uint64_t time_ms);
/* The natural logarithm of the evidence against "the candidate's share is no larger". */
double plx_unpaired_evidence(const struct plx_unpaired *unpaired);
bool plx_unpaired_is_valid(const struct plx_unpaired *unpaired);

#endif
