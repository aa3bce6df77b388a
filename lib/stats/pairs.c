/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bets of pairs.h. With a, s, b the probabilities of "candidate alone", "secondary alone" and "both" given all that
 * came before, under a + b >= 2 (s + b) a bet's factor has the expectation
 *   1 + l (-a + 2 s + b) = 1 - l ((a + b) - 2 (s + b)) <= 1.
 */
#include "stats/pairs.h"

#include "stats/mixture.h"

#define SIZES 64

const char *
plx_finding_text(enum plx_finding finding)
{
    switch (finding) {
    case PLX_INCONCLUSIVE:
        break;
    case PLX_REGRESSION:
        return "regression";
    case PLX_NOISE:
        return "noise";
    }
    return "inconclusive";
}

bool
plx_pairs_are_noise(const struct plx_pairs *pairs, double confidence)
{
    double sum = -INFINITY;

    for (int k = 0; k < SIZES; k++) {
        double l = (k + 0.5) / SIZES;

        sum = plx_log_add(sum, plx_log_times((double)pairs->candidate_alone, log1p(-l)) +
                                   plx_log_times((double)pairs->secondary_alone, log1p(2 * l)) +
                                   plx_log_times((double)pairs->both, log1p(l)));
    }
    return sum - log(SIZES) >= plx_log_needed(confidence);
}
