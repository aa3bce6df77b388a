/* SPDX-License-Identifier: Apache-2.0 */
/* The hard thing is a field whose targets are seldom asked twice: a short memory of the last ones has to do. */
#include "evidence/count/renewal.h"

#include "forms/moment.h"

#include <math.h>
#include <stdio.h>

#include <xxhash.h>

/* ---- asked again ---- */

static void
see(struct plx_renewal *renewal, uint64_t target, uint64_t value)
{
    for (unsigned i = 0; i < renewal->seen_count; i++) {
        if (renewal->seen[i].target != target)
            continue;
        renewal->again++;
        renewal->renewed += renewal->seen[i].value != value;
        renewal->seen[i].value = value;
        return;
    }
    renewal->seen[renewal->next].target = target;
    renewal->seen[renewal->next].value = value;
    renewal->next = (renewal->next + 1) % PLX_RENEWAL_TARGETS;
    renewal->seen_count += renewal->seen_count < PLX_RENEWAL_TARGETS;
}

/* ---- times ---- */

static void
widen(struct plx_renewal *renewal, double least_ms, double most_ms)
{
    renewal->least_ms = renewal->times ? fmin(renewal->least_ms, least_ms) : least_ms;
    renewal->most_ms = renewal->times ? fmax(renewal->most_ms, most_ms) : most_ms;
}

static bool
is_present(const struct plx_moment *moment, const struct plx_renewal_look *look)
{
    double within = fmax(moment->step_ms, PLX_RENEWAL_NOW_MS);

    return moment->ms >= look->time_ms - within && moment->ms <= look->time_ms + look->took_ms + within;
}

static void
note_times(struct plx_renewal *renewal, const struct plx_renewal_look *look)
{
    struct plx_moment primary, candidate;

    if (!plx_moment_of(look->primary, &primary) || !plx_moment_of(look->candidate, &candidate))
        return;
    widen(renewal, candidate.ms - primary.ms, candidate.ms - primary.ms);
    renewal->times++;
    renewal->present += is_present(&primary, look) && is_present(&candidate, look);
}

void
plx_renewal_note(struct plx_renewal *renewal, const struct plx_renewal_look *look)
{
    renewal->looked++;
    see(renewal, look->target, look->primary.len ? XXH3_64bits(look->primary.ptr, look->primary.len) : 0);
    note_times(renewal, look);
}

/* Of what both have seen the later value counts as asked again. */
void
plx_renewal_merge(struct plx_renewal *into, const struct plx_renewal *from)
{
    into->looked += from->looked;
    into->again += from->again;
    into->renewed += from->renewed;
    into->present += from->present;
    if (from->times)
        widen(into, from->least_ms, from->most_ms);
    into->times += from->times;
    for (unsigned i = 0; i < from->seen_count; i++)
        see(into, from->seen[i].target, from->seen[i].value);
}

/* ---- what it comes to ---- */

bool
plx_renewal_offset(const struct plx_renewal *renewal, double *ms)
{
    if (!renewal || renewal->looked < PLX_RENEWAL_MIN || renewal->times < renewal->looked ||
        renewal->most_ms - renewal->least_ms > PLX_RENEWAL_SPREAD_MS)
        return false;
    *ms = (renewal->least_ms + renewal->most_ms) / 2;
    return fabs(*ms) > PLX_RENEWAL_NOW_MS;
}

bool
plx_renewal_is_new(const struct plx_renewal *renewal)
{
    double offset_ms;

    if (!renewal || renewal->looked == 0 || plx_renewal_offset(renewal, &offset_ms))
        return false;
    return renewal->present == renewal->looked ||
           (renewal->again >= PLX_RENEWAL_MIN &&
            (double)renewal->renewed * 100 >= (double)renewal->again * PLX_RENEWAL_PERCENT);
}

/* "1 h", "1.5 h", "2 days", "30 min", "12 s" */
static void
write_span(double ms, char text[32])
{
    static const struct {
        double ms;
        const char *one, *many;
    } units[] = {{86400000, "day", "days"}, {3600000, "h", "h"}, {60000, "min", "min"}, {1000, "s", "s"}};
    size_t i = 0;

    while (i < 3 && round(ms / 1000) * 1000 < units[i].ms)
        i++;
    double count = round(ms / units[i].ms * 100) / 100;
    snprintf(text, 32, "%.10g %s", count, count == 1 ? units[i].one : units[i].many);
}

bool
plx_renewal_hint(const struct plx_renewal *renewal, char text[PLX_RENEWAL_HINT_MAX])
{
    char span[32];
    double ms;

    if (!plx_renewal_offset(renewal, &ms))
        return false;
    double far = fabs(ms), rest = fabs(far - round(far / PLX_RENEWAL_ZONE_STEP_MS) * PLX_RENEWAL_ZONE_STEP_MS);
    bool zone = rest <= PLX_RENEWAL_SPREAD_MS && far >= PLX_RENEWAL_ZONE_STEP_MS / 2.0 &&
                far <= PLX_RENEWAL_ZONE_MAX_MS + PLX_RENEWAL_SPREAD_MS;
    write_span(zone ? round(far / PLX_RENEWAL_ZONE_STEP_MS) * PLX_RENEWAL_ZONE_STEP_MS : far, span);
    snprintf(text, PLX_RENEWAL_HINT_MAX, "always %s %s%s", span, ms < 0 ? "earlier" : "later",
             zone ? ": a time zone?" : "");
    return true;
}
