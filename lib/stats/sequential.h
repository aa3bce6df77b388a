/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the candidate differ from the primary more often than the secondary does? An answer that stays valid however
 * often one looks.
 *
 * Each exchange in which both candidate and secondary were compared is a pair of Bernoulli trials. The pairs in which
 * just one of the two differs decide, as in McNemar's test of two paired proportions (1947); the test is by betting (a
 * test martingale, Ville 1939): each pair multiplies a capital that under the hypothesis cannot be expected to grow, so
 * that at any time, looked at as often as one likes, it exceeds 1/alpha with probability at most alpha. The bets are
 * mixed over their sizes (Robbins 1970; Waudby-Smith and Ramdas, "Estimating means of bounded random variables by
 * betting", 2024), which keeps the capital a function of three counts.
 *
 *   regression  refutes P(candidate alone) <= P(secondary alone):  (1 + l)^alone * (1 - l)^secondary_alone
 *   noise       refutes P(candidate) >= 2 P(secondary):  (1 - l)^alone * (1 + 2l)^secondary_alone * (1 + l)^both
 *   clean       refutes P(any difference) >= detect:  after n exchanges without: (1 - detect)^-n
 */
#ifndef PLX_STATS_SEQUENTIAL_H
#define PLX_STATS_SEQUENTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plx_pairs {
    uint64_t both;            /* exchanges in which candidate and secondary both differ from the primary */
    uint64_t candidate_alone; /* only the candidate */
    uint64_t secondary_alone; /* only the secondary */
};

enum plx_finding {
    PLX_INCONCLUSIVE,
    PLX_REGRESSION,
    PLX_NOISE,
};

const char *plx_finding_text(enum plx_finding finding); /* "inconclusive", "regression", "noise" */

/*
 * What several fields' counts show together at a confidence (0.99: alpha = 0.01). Regression goes before noise. The
 * share of false ones among the regressions found is at most 1 -
 * confidence (e-BH; Wang and Ramdas, "False discovery rate control with e-values", 2022). Fields that never differed
 * may be left out: their capital is just 1, so what is left of the mean for those that did differ is no more than their
 * number. findings: count of them, written. Allocates count doubles; false where there is no memory, findings then
 * untouched.
 */
bool plx_findings_of(const struct plx_pairs *pairs, size_t count, double confidence, enum plx_finding *findings);

/* The exchanges without a difference that it takes to say, at a confidence, that fewer than a share `detect` of them
 * differ. */
uint64_t plx_exchanges_to_be_clean(double confidence, double detect);

#endif
