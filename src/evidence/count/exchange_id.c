/* SPDX-License-Identifier: Apache-2.0 */
/* Writes ULIDs: ten digits of time, sixteen of chance. Where the time and the chance come from is the caller's. */
#include "evidence/count/exchange_id.h"

#include <string.h>

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford's base 32, as ULIDs have it */

void
plx_exchange_id_text(uint64_t time_ms, const uint64_t random[2], char *id)
{
    uint64_t a = random[0], b = random[1];

    for (int i = 9; i >= 0; i--, time_ms >>= 5)
        id[i] = digits[time_ms & 31];
    for (int i = 17; i >= 10; i--, a >>= 5)
        id[i] = digits[a & 31];
    for (int i = 25; i >= 18; i--, b >>= 5)
        id[i] = digits[b & 31];
    id[26] = '\0';
}

uint64_t
plx_exchange_id_time(const char *id)
{
    uint64_t time_ms = 0;

    for (int i = 0; i < 10; i++) {
        const char *digit = id[i] ? strchr(digits, id[i]) : NULL;

        if (!digit)
            return UINT64_MAX;
        time_ms = time_ms << 5 | (uint64_t)(digit - digits);
    }
    return time_ms;
}
