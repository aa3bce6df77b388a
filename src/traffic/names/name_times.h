/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a name is looked up. Of times alone: no clock, no I/O.
 *
 *            due              found                    due: 4/5 of the time to live are over
 *   NEW ----------> LOOKING ----------> KNOWN ---------------------------------> RENEWING
 *                    ^   | failed         ^ found                                 |    | failed
 *                    |   v                `---------------------------------------'    v
 *                   PAUSING                                              PAUSING, still known: stale from
 *                   100, 200 ... 1000 ms                                 the end of its time to live
 */
#ifndef PLX_NAMES_NAME_TIMES_H
#define PLX_NAMES_NAME_TIMES_H

#include <parallax/base.h>

/* How long an answer counts, whatever the server says: its time to live within these bounds. */
#define PLX_NAME_TTL_LEAST_MS 1000u
#define PLX_NAME_TTL_MOST_MS  60000u
/* Between the end of a look-up that has failed and the next: twice as long each time. */
#define PLX_NAME_RETRY_LEAST_MS 100u
#define PLX_NAME_RETRY_MOST_MS  1000u

struct plx_name_times {
    bool looking;      /* a look-up is under way */
    bool known;        /* there was an answer */
    uint32_t failures; /* in a row */
    uint64_t due_ms;   /* when it is to be looked up next; 0: at once */
    uint64_t until_ms; /* the end of its time to live */
};

static inline bool
plx_name_is_due(const struct plx_name_times *times, uint64_t now_ms)
{
    return !times->looking && now_ms >= times->due_ms;
}

/* Its addresses are older than the server said that they may be, and are used on. */
static inline bool
plx_name_is_stale(const struct plx_name_times *times, uint64_t now_ms)
{
    return times->known && now_ms >= times->until_ms;
}

void plx_name_times_found(struct plx_name_times *times, uint64_t now_ms, uint64_t ttl_ms);
void plx_name_times_failed(struct plx_name_times *times, uint64_t now_ms);

#endif
