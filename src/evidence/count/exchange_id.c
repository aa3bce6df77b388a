/* SPDX-License-Identifier: Apache-2.0 */
/* Writes ULIDs: ten digits of time, sixteen of chance. Where the time and the chance come from is the caller's. */
#include "evidence/count/exchange_id.h"

#include <string.h>
#include <xxhash.h>

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

/* Of the last digit; the rest of it is chance. */
#define CANDIDATE_SERVES 1u
#define COPIED           2u

static unsigned
value_of(char digit)
{
    const char *at = digit ? strchr(digits, digit) : NULL;

    return at ? (unsigned)(at - digits) : 32;
}

void
plx_exchange_id_mark(char *id, struct plx_exchange_marks marks)
{
    char *last = &id[PLX_EXCHANGE_ID_BYTES - 1];
    unsigned chance = value_of(*last) & ~(CANDIDATE_SERVES | COPIED) & 31;

    *last = digits[chance | (marks.candidate_serves ? CANDIDATE_SERVES : 0) | (marks.copied ? COPIED : 0)];
}

struct plx_exchange_marks
plx_exchange_id_marks(struct plx_slice text)
{
    bool is_id = text.len == PLX_EXCHANGE_ID_BYTES;

    for (size_t i = 0; i < text.len && is_id; i++)
        is_id = value_of(text.ptr[i]) < 32;
    unsigned value = is_id ? value_of(text.ptr[text.len - 1]) : COPIED;
    return (struct plx_exchange_marks){value & CANDIDATE_SERVES, value & COPIED};
}

/* ---- whose it is ---- */

#define TAG_AT     18u
#define TAG_DIGITS 7u

static uint64_t key;

void
plx_exchange_id_use_key(uint64_t value)
{
    key = value;
}

static void
write_tag(const char *id, struct plx_slice service, char tag[TAG_DIGITS])
{
    uint64_t seed = XXH3_64bits_withSeed(service.ptr, service.len, key), hash = XXH3_64bits_withSeed(id, TAG_AT, seed);

    for (unsigned i = 0; i < TAG_DIGITS; i++, hash >>= 5)
        tag[i] = digits[hash & 31];
}

void
plx_exchange_id_sign(char *id, struct plx_slice service)
{
    write_tag(id, service, id + TAG_AT);
}

bool
plx_exchange_id_is_signed(struct plx_slice text, struct plx_slice service)
{
    char tag[TAG_DIGITS];

    if (text.len != PLX_EXCHANGE_ID_BYTES)
        return false;
    write_tag(text.ptr, service, tag);
    return memcmp(text.ptr + TAG_AT, tag, TAG_DIGITS) == 0;
}
