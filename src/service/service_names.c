/* SPDX-License-Identifier: Apache-2.0 */
/* The names of roles, stages and reasons, from their tables. */
#include "service/service_names.h"

#include "base/assert.h"

#include <stdio.h>

const char *
plx_role_text(enum plx_role role)
{
    static const char *const names[PLX_ROLES] = {"primary", "candidate", "secondary"};

    PLX_ASSERT((unsigned)role < PLX_ROLES);
    return names[role];
}

#define SECOND(name, text, ...) text,

const char *
plx_stage_text(enum plx_stage stage)
{
    static const char *const names[] = {PLX_STAGE_MAP(SECOND)};

    PLX_ASSERT((unsigned)stage < PLX_COUNT(names));
    return names[stage];
}

bool
plx_stage_of(struct plx_slice text, enum plx_stage *stage)
{
    static const char *const names[] = {PLX_STAGE_MAP(SECOND)};

    for (size_t i = 0; i < PLX_COUNT(names); i++)
        if (plx_slice_equal(text, plx_slice_of(names[i]))) {
            *stage = (enum plx_stage)i;
            return true;
        }
    return false;
}

const char *
plx_hold_text(enum plx_hold hold)
{
    static const char *const names[] = {PLX_HOLD_MAP(SECOND)};

    PLX_ASSERT((unsigned)hold < PLX_COUNT(names));
    return names[hold];
}

bool
plx_hold_of(struct plx_slice text, enum plx_hold *hold)
{
    for (unsigned i = 0; i < PLX_HOLDS; i++)
        if (plx_slice_equal(text, plx_slice_of(plx_hold_text((enum plx_hold)i)))) {
            *hold = (enum plx_hold)i;
            return true;
        }
    return false;
}

const char *
plx_incomparable_text(enum plx_incomparable reason)
{
    static const char *const names[] = {PLX_INCOMPARABLE_MAP(SECOND)};

    PLX_ASSERT((unsigned)reason < PLX_COUNT(names));
    return names[reason];
}

const char *
plx_refused_text(enum plx_refused reason)
{
    static const char *const names[] = {PLX_REFUSED_MAP(SECOND)};

    PLX_ASSERT((unsigned)reason < PLX_COUNT(names));
    return names[reason];
}

const char *
plx_fallback_text(enum plx_fallback reason)
{
    static const char *const names[] = {"none", PLX_FALLBACK_MAP(SECOND)};

    PLX_ASSERT((unsigned)reason < PLX_COUNT(names));
    return names[reason];
}

const char *
plx_client_by_text(enum plx_client_by by)
{
    static const char *const names[] = {PLX_CLIENT_BY_MAP(SECOND)};

    PLX_ASSERT((unsigned)by < PLX_COUNT(names));
    return names[by];
}

const char *
plx_share_text(uint32_t share, char out[PLX_SHARE_TEXT])
{
    PLX_ASSERT(share <= PLX_SHARE_ALL);
    int len = snprintf(out, PLX_SHARE_TEXT, "%u.%03u", share / 1000, share % 1000);

    while (out[len - 1] == '0')
        len--;
    if (out[len - 1] == '.')
        len--;
    out[len] = '\0';
    return out;
}
