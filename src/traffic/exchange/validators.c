/* SPDX-License-Identifier: Apache-2.0 */
/* Which statuses a validator leads to. */
#include "traffic/exchange/validators.h"

#include "base/assert.h"
#include "base/slice.h"

/* What a request asks under a condition, as bits. */
#define MAY_BE_304 1u
#define MAY_BE_412 2u
#define MAY_BE_206 4u

static unsigned
outcomes_of(const struct plx_message_view *request)
{
    static const struct {
        const char *name;
        unsigned outcomes;
    } fields[] = {
        {"If-None-Match", MAY_BE_304 | MAY_BE_412}, {"If-Modified-Since", MAY_BE_304}, {"If-Match", MAY_BE_412},
        {"If-Unmodified-Since", MAY_BE_412},        {"If-Range", MAY_BE_206},
    };
    unsigned outcomes = 0;

    for (size_t i = 0; i < request->header_count; i++)
        for (size_t k = 0; k < PLX_COUNT(fields); k++)
            if (plx_slice_equal_nocase(request->headers[i].name, plx_slice_of(fields[k].name)))
                outcomes |= fields[k].outcomes;
    return outcomes;
}

static unsigned
outcome_of(int status)
{
    return status == 304 ? MAY_BE_304 : status == 412 ? MAY_BE_412 : status == 206 ? MAY_BE_206 : 0;
}

static bool
is_success(int status)
{
    return status >= 200 && status < 300;
}

bool
plx_validators_decide(const struct plx_message_view *request, int primary, int candidate)
{
    unsigned of_primary = outcome_of(primary), of_candidate = outcome_of(candidate);

    if (primary == candidate || (!of_primary && !of_candidate) || (!of_primary && !is_success(primary)) ||
        (!of_candidate && !is_success(candidate)))
        return false;
    return (outcomes_of(request) & (of_primary | of_candidate)) != 0;
}
