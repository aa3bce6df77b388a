/* SPDX-License-Identifier: Apache-2.0 */
/* Times of a name; the picture is in the header. */
#include "traffic/names/name_times.h"

void
plx_name_times_found(struct plx_name_times *times, uint64_t now_ms, uint64_t ttl_ms)
{
    if (ttl_ms < PLX_NAME_TTL_LEAST_MS)
        ttl_ms = PLX_NAME_TTL_LEAST_MS;
    if (ttl_ms > PLX_NAME_TTL_MOST_MS)
        ttl_ms = PLX_NAME_TTL_MOST_MS;
    times->known = true;
    times->failures = 0;
    times->until_ms = now_ms + ttl_ms;
    times->due_ms = now_ms + ttl_ms / 5 * 4;
}

void
plx_name_times_failed(struct plx_name_times *times, uint64_t now_ms)
{
    uint64_t pause_ms = PLX_NAME_RETRY_LEAST_MS;

    for (uint32_t i = 0; i < times->failures && pause_ms < PLX_NAME_RETRY_MOST_MS; i++)
        pause_ms *= 2;
    if (pause_ms > PLX_NAME_RETRY_MOST_MS)
        pause_ms = PLX_NAME_RETRY_MOST_MS;
    times->failures += times->failures < UINT32_MAX;
    times->due_ms = now_ms + pause_ms;
}
