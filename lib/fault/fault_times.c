/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times that differ. A clock that was looked at a moment later adds some of a second to whole hours; a token that lives
 * a quarter of an hour longer is no time zone.
 */
#include "fault/fault_times.h"

#include "base/ascii.h"
#include "forms/forms.h"
#include "forms/moment.h"

#include <math.h>

#define QUARTER_MS    900000.0
#define QUARTERS_MIN  4  /* no two zones that anybody mixes up are nearer to each other than an hour */
#define QUARTERS_MAX  56 /* 14 hours */
#define DAY_MS        86400000.0
#define JITTER_MS     2000.0 /* between the two looks at a clock */
#define SAME_STEP_MAX 60000.0
#define NANOSECONDS   3 /* of unit_of() */

static bool
is_unix(enum plx_form form)
{
    return form == PLX_FORM_UNIX_TIME || form == PLX_FORM_UNIX_TIME_TEXT;
}

/* 0: seconds, 1: milliseconds, and so on. */
static int
unit_of(struct plx_slice shown)
{
    int digits = 0;

    for (size_t i = 0; i < shown.len && shown.ptr[i] != '.'; i++)
        digits += plx_ascii_is_digit(shown.ptr[i]);
    return (digits - 10) / 3;
}

static void
add_distance(const struct plx_moment *p, const struct plx_moment *c, struct plx_faults *out)
{
    double ms = c->ms - p->ms, step = fmax(p->step_ms, c->step_ms), quarters = round(ms / QUARTER_MS);
    bool dates = p->step_ms >= DAY_MS && c->step_ms >= DAY_MS;

    if (dates && fabs(ms) == DAY_MS)
        plx_faults_add(out, PLX_FAULT_DAY, ms > 0 ? 1 : -1);
    if (step < QUARTER_MS && fabs(quarters) >= QUARTERS_MIN && fabs(quarters) <= QUARTERS_MAX &&
        fabs(ms - quarters * QUARTER_MS) < fmax(step, JITTER_MS))
        plx_faults_add(out, PLX_FAULT_TIME_ZONE, (int)quarters);
}

bool
plx_fault_times_find(struct plx_slice primary, struct plx_slice candidate, struct plx_faults *out)
{
    enum plx_form form_p, form_c;
    struct plx_moment p, c;

    if (!plx_moment_of(primary, &p) || !plx_moment_of(candidate, &c))
        return false;
    form_p = plx_form_of(primary, false);
    form_c = plx_form_of(candidate, false);
    double apart = fabs(c.ms - p.ms), step = fmax(p.step_ms, c.step_ms);
    /* Of equal steps only the very same is the same; of others what the coarser one can't show. */
    bool same = p.step_ms == c.step_ms ? apart < step / 2 : apart < step;
    if (same && is_unix(form_p) && is_unix(form_c) && unit_of(primary) != unit_of(candidate))
        plx_faults_add(out, PLX_FAULT_TIME_UNIT, PLX_FAULT_PAIR(unit_of(primary), unit_of(candidate)));
    else if (same && step <= SAME_STEP_MAX)
        plx_faults_add(out, PLX_FAULT_TIME_FORMAT, 0);
    else
        add_distance(&p, &c, out);
    /* Ids of 19 digits look like nanoseconds. */
    return out->held || !is_unix(form_p) || !is_unix(form_c) || unit_of(primary) < NANOSECONDS;
}
