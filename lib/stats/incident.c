/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sums of incident.h. In a fold the order is not known; its differences are added at once, the secondary's with the
 * candidate's, so that a sum may be late by a fold and never early.
 */
#include "stats/incident.h"

#include "stats/bets.h"
#include "stats/mixture.h"

#include <string.h>

static const double stakes[PLX_INCIDENT_STAKES] = {0.98, 0.6, 0.25};

static double
highest(const struct plx_incidents *in)
{
    double sum = in->sum[0];

    for (int k = 1; k < PLX_INCIDENT_STAKES; k++)
        sum = fmax(sum, in->sum[k]);
    return sum;
}

static bool
is_enough(const struct plx_incidents *in)
{
    double sum = -INFINITY;

    for (int k = 0; k < PLX_INCIDENT_STAKES; k++)
        sum = plx_log_add(sum, in->sum[k]);
    return sum - log(PLX_INCIDENT_STAKES) >= log(PLX_INCIDENT_NEEDED);
}

static void
begin_anew(struct plx_incidents *in)
{
    memset(in->sum, 0, sizeof(in->sum));
    in->peak = 0;
    in->now = (struct plx_incident){0};
    in->candidate_since = in->secondary_since = 0;
    in->told = false;
}

static void
end(struct plx_incidents *in)
{
    in->last = in->now;
    in->candidate_after = in->candidate_since;
    in->secondary_after = in->secondary_since;
    in->over++;
    in->over_candidate_alone += in->now.candidate_alone;
    begin_anew(in);
}

/* A fold after which the highest sum is higher than ever: the incident goes on, or begins. */
static void
extend(struct plx_incidents *in, const struct plx_fold *fold)
{
    uint64_t before = fold->compared - fold->exchanges;

    if (in->now.began_ms == 0) {
        in->now.began_ms = fold->time_ms > PLX_FOLD_MS ? fold->time_ms - PLX_FOLD_MS : 1;
        in->now.began = fold->first ? before + fold->first - 1 : before;
    }
    in->peak = highest(in);
    in->now.ended_ms = fold->time_ms ? fold->time_ms : 1; /* 0: nobody knows when */
    in->now.ended = fold->last ? before + fold->last : fold->compared;
    in->now.candidate_alone += in->candidate_since;
    in->now.secondary_alone += in->secondary_since;
    in->candidate_since = in->secondary_since = 0;
}

static void
count(struct plx_incidents *in, const struct plx_fold *fold)
{
    for (int k = 0; k < PLX_INCIDENT_STAKES; k++)
        in->sum[k] = fmax(0, in->sum[k] + (double)fold->candidate_alone * log1p(stakes[k]) +
                                 (double)fold->secondary_alone * log1p(-stakes[k]));
    in->candidate_since += fold->candidate_alone;
    in->secondary_since += fold->secondary_alone;
    if (highest(in) > in->peak)
        extend(in, fold);
    else if (highest(in) <= 0 && !in->told)
        begin_anew(in);
}

static bool
is_dense(const struct plx_incident *incident, uint64_t quiet)
{
    return (double)incident->candidate_alone * (double)quiet >=
           PLX_INCIDENT_DENSE * (double)(incident->ended - incident->began);
}

enum plx_incident_news
plx_incidents_feed(struct plx_incidents *incidents, const struct plx_fold *fold, uint64_t quiet)
{
    enum plx_incident_news news = PLX_INCIDENT_NONE;
    uint64_t before = fold->compared - fold->exchanges;

    if (incidents->now.began_ms != 0 && before - incidents->now.ended >= quiet) {
        if (!incidents->told) {
            begin_anew(incidents);
        } else if (is_dense(&incidents->now, quiet)) {
            end(incidents);
            news = PLX_INCIDENT_OVER;
        }
    }
    if (fold->candidate_alone + fold->secondary_alone > 0)
        count(incidents, fold);
    if (!incidents->told && is_enough(incidents)) {
        incidents->told = true;
        news = PLX_INCIDENT_TOLD;
    }
    return news;
}

struct plx_fold
plx_incidents_followed(const struct plx_incidents *incidents, uint64_t compared)
{
    return (struct plx_fold){
        .exchanges = compared > incidents->last.ended ? compared - incidents->last.ended : 0,
        .candidate_alone = incidents->candidate_after,
        .secondary_alone = incidents->secondary_after,
    };
}

uint64_t
plx_incidents_left(const struct plx_incidents *incidents, uint64_t compared, uint64_t quiet)
{
    uint64_t since = compared - incidents->now.ended;

    return incidents->told && since < quiet ? quiet - since : 0;
}

bool
plx_incidents_explain(const struct plx_incidents *incidents, uint64_t candidate_alone, uint64_t secondary_alone,
                      double confidence)
{
    if (incidents->over == 0 || incidents->told || incidents->over_candidate_alone > candidate_alone)
        return false;
    return plx_bets_immediate(candidate_alone - incidents->over_candidate_alone, secondary_alone) <
           plx_log_needed(confidence);
}

bool
plx_incidents_are_valid(const struct plx_incidents *incidents)
{
    for (int k = 0; k < PLX_INCIDENT_STAKES; k++)
        if (!isfinite(incidents->sum[k]) || incidents->sum[k] < 0)
            return false;
    return isfinite(incidents->peak) && incidents->peak >= 0 && incidents->now.began <= incidents->now.ended &&
           incidents->now.began_ms <= incidents->now.ended_ms && incidents->last.began <= incidents->last.ended &&
           incidents->last.began_ms <= incidents->last.ended_ms;
}
