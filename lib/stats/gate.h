/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rollout may do after a step: go on, hold, or roll back. A pure decision from what is known; who asks, when,
 * and what follows is not its business.
 *
 * Roll back: it is proved that more exchanges differ beyond noise, or more end in errors, than the limit allows, or
 * that the candidate is slower than allowed. Go on: the step's time is over, and it is proved that both are within the
 * limit (bound.h), latency is not proved to be too high, and next to nothing escaped comparison. Else hold, and say
 * what it waits for. Thanks to evidence that holds at any look it may be asked as often as one likes.
 */
#ifndef PLX_STATS_GATE_H
#define PLX_STATS_GATE_H

#include "stats/bound.h"

enum plx_gate {
    PLX_GATE_HOLD,
    PLX_GATE_GO_ON,
    PLX_GATE_ROLL_BACK,
};

/* Why; of a hold what it waits for, the first in this order. */
enum plx_gate_reason {
    PLX_GATE_WITHIN,     /* go on: all is within its limit */
    PLX_GATE_MISMATCHES, /* roll back: too many; hold: not yet known to be few enough */
    PLX_GATE_ERRORS,
    PLX_GATE_LATENCY,
    PLX_GATE_INCIDENT,     /* hold: too few exchanges since the last incident */
    PLX_GATE_INCOMPARABLE, /* hold: too large a share was not compared */
    PLX_GATE_MASKED,       /* hold: fields that noise masks, and nobody has named */
    PLX_GATE_TIME,         /* hold: the step's time is not over */
};

struct plx_gate_view {
    const struct plx_bound *mismatches, *errors; /* errors may be NULL: not counted apart */
    double limit;                                /* of the excess of each: 0.005 for 0.5 % */
    double confidence;
    bool slower;                      /* latency.h proved it */
    bool within;                      /* latency.h proved that it is not, or nothing asks for that */
    uint64_t incident_left;           /* plx_incidents_left() */
    uint64_t exchanges, incomparable; /* all, and of them those that were not compared */
    uint64_t masked;                  /* fields that are masked, without a rule that names them */
    uint64_t time_left_ms;            /* of the step */
};

struct plx_gate_decision {
    enum plx_gate gate;
    enum plx_gate_reason reason;
    uint64_t more; /* of a hold for mismatches, errors or an incident: exchanges, if all goes on like this; UINT64_MAX:
                      more exchanges will not help. Of one for time: ms. Else 0 */
};

struct plx_gate_decision plx_gate_decide(const struct plx_gate_view *view);
const char *plx_gate_text(enum plx_gate gate); /* "hold", "go on", "roll back" */

#endif
