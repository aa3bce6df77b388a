/* SPDX-License-Identifier: Apache-2.0 */
/* The shares of levels.h. */
#include "stats/levels.h"

#include "stats/mixture.h"

/* Of alpha; together 1. The service has most: there a fault is found first, whatever it is spread over. */
static const double shares[] = {
    [PLX_LEVEL_SERVICE] = 0.4, [PLX_LEVEL_NAME] = 0.2, [PLX_LEVEL_FIELD] = 0.2, [PLX_LEVEL_VALUES] = 0.2};

double
plx_level_needed(enum plx_level level, uint64_t order, double confidence)
{
    double needed = plx_log_needed(confidence) - log(shares[level]);

    return level == PLX_LEVEL_SERVICE ? needed : needed + log((double)order) + log((double)order + 1);
}

void
plx_lasting_begin(struct plx_lasting *lasting, uint64_t *orders)
{
    if (lasting->order == 0)
        lasting->order = ++*orders;
}

bool
plx_lasting_look(struct plx_lasting *lasting, enum plx_level level, double log_evidence, double confidence,
                 uint64_t now_ms)
{
    if (lasting->found_ms != 0 || lasting->order == 0)
        return false;
    if (log_evidence < plx_level_needed(level, lasting->order, confidence))
        return false;
    lasting->found_ms = now_ms ? now_ms : 1;
    return true;
}
