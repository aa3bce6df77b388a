/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the values of a field are new in each answer, seen at the primary alone: another one when the same is asked
 * again, or the time at which it was asked. Without that a difference is no noise, however much both values look alike.
 */
#ifndef PLX_COUNT_RENEWAL_H
#define PLX_COUNT_RENEWAL_H

#include <parallax/compare.h>

#define PLX_RENEWAL_TARGETS      16u   /* that are remembered of a field; of more the last ones */
#define PLX_RENEWAL_MIN          3u    /* times that something must be seen before it is said */
#define PLX_RENEWAL_PERCENT      90u   /* of the times that the same was asked again: the value was another one */
#define PLX_RENEWAL_NOW_MS       5000u /* from the exchange, in which a time is the present; clocks differ */
#define PLX_RENEWAL_SPREAD_MS    2000u /* in which offsets are the same one */
#define PLX_RENEWAL_ZONE_STEP_MS (15 * 60 * 1000)
#define PLX_RENEWAL_ZONE_MAX_MS  (14 * 3600 * 1000)

struct plx_renewal {
    uint64_t looked;         /* differences that were looked at */
    uint64_t again, renewed; /* of these: the same had been asked before; the primary's value was another then */
    uint64_t present;        /* both values are the time of the exchange */
    uint64_t times;          /* both values are times; then from the primary's to the candidate's: */
    double least_ms, most_ms;
    struct {
        uint64_t target, value; /* hashes */
    } seen[PLX_RENEWAL_TARGETS];
    unsigned seen_count, next;
};

/* What is asked, and which place of the answer it is, as a hash. */
struct plx_renewal_look {
    uint64_t target;
    struct plx_slice primary, candidate; /* as shown */
    double time_ms, took_ms;             /* when it was asked, since the epoch; the slower answer came so much later */
};

void plx_renewal_note(struct plx_renewal *renewal, const struct plx_renewal_look *look);
void plx_renewal_merge(struct plx_renewal *into, const struct plx_renewal *from);

/* Whether its values are new in each answer. NULL: nothing was looked at. */
bool plx_renewal_is_new(const struct plx_renewal *renewal);
/* Whether the candidate's times are always so much later (or earlier, below 0) than the primary's. */
bool plx_renewal_offset(const struct plx_renewal *renewal, double *ms);
/* The same for people: "always 1 h later: a time zone?"; false where there is nothing to say. */
#define PLX_RENEWAL_HINT_MAX 80u
bool plx_renewal_hint(const struct plx_renewal *renewal, char text[PLX_RENEWAL_HINT_MAX]);

#endif
