/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many more exchanges may differ than differ by noise: an upper bound on the excess, and evidence that it is above
 * a limit. Both hold at any look.
 *
 * The excess is what remains of P(candidate alone) - P(secondary alone), given all that came before. For an assumed
 * excess of x at least, a capital that starts with 1 and multiplies by 1 + l (x - 1), 1 + l (x + 1) or 1 + l x for each
 * exchange in which the candidate alone, the secondary alone, or neither or both differ, cannot be expected to grow,
 * for l up to 1/(1 - x). Mixed over l it refutes x where it reaches 1/alpha (Ville 1939; Waudby-Smith and Ramdas, arXiv
 * 2010.09686). U is the least x that is refuted; as the capital has no memory of looks, the least U so far counts.
 *
 * While the candidate never differs alone, the whole capital is on the largest l: U = 1 - alpha^(1/n). What is refuted
 * after such a difference has an alpha of its own, PLX_BOUND_NOISY_SHARE as large, so that both err with 1.2 alpha at
 * most.
 *
 * Assumed: that the excess does not depend on what came before. Bursts of the secondary break that: thirty differences
 * of one moment are not thirty independent ones. So it is measured, over windows of three lengths, how much more the
 * lead of the candidate jumps from one window to the next than chance explains (von Neumann's ratio, 1941; what drifts
 * in both roles is no jump), and the secondary's differences count for as much less. Counting less only makes U larger:
 * over noise in bursts it stays above their share.
 */
#ifndef PLX_STATS_BOUND_H
#define PLX_STATS_BOUND_H

#include "stats/fold.h"

#include <stdbool.h>

#define PLX_BOUND_NOISY_SHARE      0.2
#define PLX_BOUND_BEGINNINGS_SHARE 0.5
#define PLX_BOUND_SCALES           3 /* windows of 50, 400 and 3200 exchanges at least */

/* The candidate's lead by windows: the open one, the one before it, and the jumps between all closed ones. */
struct plx_bound_scale {
    uint64_t exchanges, last_exchanges, jumps;
    int64_t lead, last_lead;
    double jumped; /* the sum of the squares, in units of what one exchange varies by */
};

/* Numbers only. All zero is the beginning. */
struct plx_bound {
    uint64_t compared, candidate_alone, secondary_alone;
    uint64_t secondary_open; /* of secondary_alone, those of the open shortest window, which are not counted yet */
    struct plx_bound_scale scales[PLX_BOUND_SCALES];
    double least;        /* the least U so far; 0: not looked at yet */
    double confidence;   /* that it was computed with */
    uint64_t since_ms;   /* since the epoch: of exchanges after this alone; 0: of all */
    uint64_t beginnings; /* after the first */
};

/* A fold of exchanges; also one without any difference. */
void plx_bound_feed(struct plx_bound *bound, const struct plx_fold *fold);
/*
 * Begins anew where an incident ended (incident.h), with what has followed on it: what is said then is of the exchanges
 * since. The j-th time with an alpha of PLX_BOUND_BEGINNINGS_SHARE / (j (j + 1)) of that of the first; and what was
 * measured of bursts still counts.
 */
void plx_bound_begin_anew(struct plx_bound *bound, uint64_t since_ms, const struct plx_fold *followed);
/* U, at most 1, as of now, with the least so far kept. 1: nothing can be said. */
double plx_bound_look(struct plx_bound *bound, double confidence);
bool plx_bound_is_valid(const struct plx_bound *bound);

/* U of counts alone. */
double plx_bound_upper(uint64_t compared, uint64_t candidate_alone, uint64_t secondary_alone, double confidence);
/* The exchanges after which U <= limit if the candidate never differs alone. UINT64_MAX: never. */
uint64_t plx_bound_quiet_needed(double limit, double confidence);
/* The same where both differ alone in a share `noise` of the exchanges. */
uint64_t plx_bound_noisy_needed(double noise, double limit, double confidence);
/* How much more the lead varies than by independent differences; the secondary's count as so many times fewer. 1: not
 * more. */
double plx_bound_dispersion(const struct plx_bound *bound);
/* How many more exchanges it takes until U <= limit if all goes on as it did. 0: none. UINT64_MAX: it never will. */
uint64_t plx_bound_more(const struct plx_bound *bound, double limit, double confidence);

/*
 * The natural logarithm of the evidence for an excess above `limit`. A limit of a rollout step; it takes each exchange
 * as a bet of its own, so that a step is taken back at once.
 */
double plx_bound_exceeds(uint64_t compared, uint64_t candidate_alone, uint64_t secondary_alone, double limit);
/*
 * Without a secondary: the evidence for a rate of differences above `allow`. With an allow of 0 one difference is
 * enough: INFINITY. U without a secondary is plx_bound_upper() with secondary_alone 0.
 */
double plx_bound_exceeds_allowed(uint64_t compared, uint64_t differing, double allow);

#endif
