/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the text, a schedule is refused or has a next time that lies ahead, on a minute of its own; and a time that
 * a column says is refused or lies where it can be reckoned with.
 */
#include "base/assert.h"
#include "batch/reconcile/cron.h"
#include "batch/reconcile/row_moment.h"

#include <stdlib.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_schedule(struct plx_slice text, uint64_t now_ms)
{
    struct plx_schedule schedule = {0};

    if (plx_schedule_read(text, &schedule)) {
        PLX_ASSERT(!plx_schedule_is_set(&schedule));
        return;
    }
    PLX_ASSERT(schedule.minutes && schedule.hours && schedule.months && schedule.days && schedule.weekdays);
    PLX_ASSERT(schedule.minutes >> 60 == 0 && schedule.hours >> 24 == 0 && (schedule.months & 1) == 0 &&
               schedule.weekdays >> 7 == 0);
    uint64_t next = plx_schedule_next(&schedule, now_ms);
    PLX_ASSERT(next > now_ms && (next == UINT64_MAX || next % 60000 == 0));
    if (next == UINT64_MAX)
        return;
    struct tm tm;
    time_t at = (time_t)(next / 1000);
    localtime_r(&at, &tm);
    PLX_ASSERT(schedule.months >> (tm.tm_mon + 1) & 1 || tm.tm_mday == 1); /* a gap may end in the month after */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice text = plx_slice_make(data, size);
    int64_t ms;

    setenv("TZ", size % 2 ? "Europe/Madrid" : "America/St_Johns", 1);
    /* From 2020 to 2033, by the text itself. */
    check_schedule(text, 1577836800000u + (size ? data[size - 1] * 1607u : 0) * 1000003u);
    if (plx_moment_read(text, &ms))
        PLX_ASSERT(ms >= -1000000000000000000 && ms <= 1000000000000000000);
    return 0;
}
