/* SPDX-License-Identifier: Apache-2.0 */
/* The decision of gate.h. Looks are not remembered here: U of a moment is at most a little above the least so far. */
#include "stats/gate.h"

#include "stats/mixture.h"

const char *
plx_gate_text(enum plx_gate gate)
{
    static const char *const texts[] = {"hold", "go on", "roll back"};

    return texts[gate];
}

static struct plx_gate_decision
decision(enum plx_gate gate, enum plx_gate_reason reason, uint64_t more)
{
    return (struct plx_gate_decision){.gate = gate, .reason = reason, .more = more};
}

/* Of both limits, each with half of alpha. */
static bool
exceeds(const struct plx_bound *bound, const struct plx_gate_view *view)
{
    return bound && plx_bound_exceeds(bound->compared, bound->candidate_alone, bound->secondary_alone, view->limit) >=
                        plx_log_needed(view->confidence) + (view->errors ? log(2) : 0);
}

/* Whether more exchanges would be worth waiting for; 0: none are needed. */
static uint64_t
left(const struct plx_bound *bound, const struct plx_gate_view *view)
{
    return bound ? plx_bound_more(bound, view->limit, view->confidence) : 0;
}

static struct plx_gate_decision
hold_or_go_on(const struct plx_gate_view *view)
{
    uint64_t mismatches = left(view->mismatches, view), errors = left(view->errors, view);

    if (mismatches)
        return decision(PLX_GATE_HOLD, PLX_GATE_MISMATCHES, mismatches);
    if (errors)
        return decision(PLX_GATE_HOLD, PLX_GATE_ERRORS, errors);
    if (!view->within)
        return decision(PLX_GATE_HOLD, PLX_GATE_LATENCY, 0);
    if (view->incident_left)
        return decision(PLX_GATE_HOLD, PLX_GATE_INCIDENT, view->incident_left);
    if ((double)view->incomparable > view->limit * (double)view->exchanges)
        return decision(PLX_GATE_HOLD, PLX_GATE_INCOMPARABLE, 0);
    if (view->masked)
        return decision(PLX_GATE_HOLD, PLX_GATE_MASKED, 0);
    if (view->time_left_ms)
        return decision(PLX_GATE_HOLD, PLX_GATE_TIME, view->time_left_ms);
    return decision(PLX_GATE_GO_ON, PLX_GATE_WITHIN, 0);
}

struct plx_gate_decision
plx_gate_decide(const struct plx_gate_view *view)
{
    if (exceeds(view->mismatches, view))
        return decision(PLX_GATE_ROLL_BACK, PLX_GATE_MISMATCHES, 0);
    if (exceeds(view->errors, view))
        return decision(PLX_GATE_ROLL_BACK, PLX_GATE_ERRORS, 0);
    if (view->slower)
        return decision(PLX_GATE_ROLL_BACK, PLX_GATE_LATENCY, 0);
    return hold_or_go_on(view);
}
