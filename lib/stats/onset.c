/* SPDX-License-Identifier: Apache-2.0 */
/* The detector of onset.h. R is a plain number: a change is said long before a double is full. */
#include "stats/onset.h"

#include <math.h>
#include <string.h>

#define SUM_MAX 1e12

/* Of bets.h, with the same share each: what begins to differ now may do so among much noise. */
static const int bets[PLX_ONSET_BETS] = {0, 3, 5, 7, 8, 9, 10, 11};

double
plx_onset_evidence(const struct plx_onset *onset)
{
    double mean = 0;

    for (int k = 0; k < PLX_ONSET_BETS; k++)
        mean += onset->sum[k];
    return mean / PLX_ONSET_BETS;
}

static uint64_t
likeliest_beginning(const struct plx_onset *onset)
{
    int best = 0;

    for (int k = 1; k < PLX_ONSET_BETS; k++)
        if (onset->won[k] > onset->won[best])
            best = k;
    return onset->began_ms[best];
}

bool
plx_onset_feed(struct plx_onset *onset, const struct plx_block *block, uint64_t now_ms)
{
    for (int k = 0; k < PLX_ONSET_BETS; k++) {
        double factor = plx_bets_log_factor(bets[k], block->lead);

        if (onset->won[k] <= 0)
            onset->began_ms[k] = block->began_ms;
        onset->won[k] = fmax(0, onset->won[k] + factor);
        onset->sum[k] = fmin(SUM_MAX, (onset->sum[k] + 1) * exp(factor));
    }
    if (plx_onset_evidence(onset) < PLX_ONSET_NEEDED)
        return false;
    onset->since_ms = likeliest_beginning(onset);
    onset->seen_ms = now_ms;
    memset(onset->sum, 0, sizeof(onset->sum));
    memset(onset->won, 0, sizeof(onset->won));
    return true;
}

bool
plx_onset_is_valid(const struct plx_onset *onset)
{
    for (int k = 0; k < PLX_ONSET_BETS; k++)
        if (!(onset->sum[k] >= 0 && onset->sum[k] <= SUM_MAX && onset->won[k] >= 0 && isfinite(onset->won[k])))
            return false;
    return true;
}
