/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents: differences of the candidate that lie close together. Told at once, as what they are, with beginning, end
 * and size; what happens again and again is for bets.h to prove.
 *
 * Found as a change is found by Page's cumulative sums ("Continuous inspection schemes", Biometrika 1954): for three
 * stakes the bets of each exchange are added up and never fall below 0; where a sum was 0 last, the incident began, and
 * where it was highest last, it ended. It is told when the mean capital reaches PLX_INCIDENT_NEEDED, which a total
 * failure takes 19 exchanges for; as long as the candidate is no worse and exchanges are independent, that takes at
 * least as many exchanges in the mean. An incident is over when `quiet` exchanges have followed on its end, as many as
 * it takes to say "clean"; until then it counts against the candidate. One that is thin is never over: of differences
 * that come every now and then, such a pause is bound to follow on one of them. It must have had PLX_INCIDENT_DENSE
 * differences for each `quiet` exchanges, of which the chance that none comes in as many is e^-20.
 */
#ifndef PLX_STATS_INCIDENT_H
#define PLX_STATS_INCIDENT_H

#include "stats/fold.h"

#include <stdbool.h>

#define PLX_INCIDENT_STAKES 3
#define PLX_INCIDENT_NEEDED 1e5
#define PLX_INCIDENT_DENSE  20u

/* Times since the epoch; positions are exchanges compared before. */
struct plx_incident {
    uint64_t began_ms, ended_ms;
    uint64_t began, ended;
    uint64_t candidate_alone, secondary_alone; /* from its beginning to its end */
};

/* Numbers only. All zero is the beginning. */
struct plx_incidents {
    double sum[PLX_INCIDENT_STAKES];           /* logarithms, from 0 */
    double peak;                               /* the largest sum since the beginning of `now` */
    struct plx_incident now;                   /* what may become one, or is one; began_ms 0: nothing */
    uint64_t candidate_since, secondary_since; /* after now.ended */
    struct plx_incident last;                  /* the last one that is over; began_ms 0: none */
    uint64_t candidate_after, secondary_after; /* after last.ended, until it was over */
    uint64_t over, over_candidate_alone;       /* how many are over, and the sum of their sizes */
    bool told;                                 /* now is an incident */
};

enum plx_incident_news {
    PLX_INCIDENT_NONE,
    PLX_INCIDENT_TOLD, /* incidents->now became one */
    PLX_INCIDENT_OVER, /* incidents->last ended, and enough exchanges have followed: evidence may begin anew after it */
};

/* A fold with or without differences. quiet: exchanges without, after which an incident is over. */
enum plx_incident_news plx_incidents_feed(struct plx_incidents *incidents, const struct plx_fold *fold, uint64_t quiet);
/* What has followed on the last one until it was over, when `compared` exchanges were compared. */
struct plx_fold plx_incidents_followed(const struct plx_incidents *incidents, uint64_t compared);
/* How many more exchanges must follow without until now is over; 0 where none is told. */
uint64_t plx_incidents_left(const struct plx_incidents *incidents, uint64_t compared, uint64_t quiet);
/*
 * Whether all that a finding rests on lies in incidents that are over: what is left of the counts would not tell an
 * incident, by the immediate bets of bets.h at this confidence.
 */
bool plx_incidents_explain(const struct plx_incidents *incidents, uint64_t candidate_alone, uint64_t secondary_alone,
                           double confidence);
bool plx_incidents_are_valid(const struct plx_incidents *incidents);

#endif
