/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a job is due: an interval, which whoever reads the configuration sets, or five fields as cron has them
 * (crontab(5)), in the time zone of this machine.
 *
 *   minute hour day-of-month month day-of-week     numbers, names (jan, mon), *, lists, ranges, steps; 7 is Sunday too
 *   @hourly @daily @midnight @weekly @monthly @yearly @annually
 *
 * As in cron, where both days are restricted either is enough. Times are those of the clock on the wall: one that a
 * change to summer time leaves out is done at the first minute after the gap, one that a change back brings twice
 * is done the first time.
 */
#ifndef PLX_RECONCILE_CRON_H
#define PLX_RECONCILE_CRON_H

#include <parallax/base.h>

struct plx_schedule {
    uint64_t interval_ms; /* 0: by the fields, where there are any */
    uint64_t minutes;     /* bit n: minute n; 0: no schedule */
    uint32_t hours, days, months, weekdays;
    bool any_day, any_weekday; /* written with a star */
};

/* Reads five fields, or a name. NULL, or what is wrong and how to mend it: static text; the schedule is then as it
 * was. */
const char *plx_schedule_read(struct plx_slice text, struct plx_schedule *schedule);
static inline bool
plx_schedule_is_set(const struct plx_schedule *schedule)
{
    return schedule->interval_ms || schedule->minutes;
}
/* When it is due next after now, in milliseconds since the epoch; UINT64_MAX: never (the 30th of February). */
uint64_t plx_schedule_next(const struct plx_schedule *schedule, uint64_t now_ms);

#endif
