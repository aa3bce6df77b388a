/* SPDX-License-Identifier: Apache-2.0 */
/* Clients and their sides; see the header. Nothing is allocated, and what clients send is only looked at. */
#include "service/clients.h"

#include "base/assert.h"
#include "base/slice.h"

#include <xxhash.h>

/* In "a=1; b=2". */
static struct plx_slice
cookie_in(struct plx_slice pairs, struct plx_slice name)
{
    const char *at = pairs.ptr, *end = pairs.ptr + pairs.len;

    while (at < end) {
        const char *semicolon = memchr(at, ';', (size_t)(end - at));
        const char *next = semicolon ? semicolon : end;
        const char *equals = memchr(at, '=', (size_t)(next - at));
        if (equals && plx_slice_equal(plx_slice_trimmed(plx_slice_make(at, (size_t)(equals - at))), name))
            return plx_slice_trimmed(plx_slice_make(equals + 1, (size_t)(next - equals - 1)));
        at = next + 1;
    }
    return plx_slice_make(NULL, 0);
}

struct plx_slice
plx_clients_cookie(const struct plx_http_head *head, struct plx_slice name)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (head->header_ids[i] != PLX_HEADER_COOKIE || head->headers[i].value.len == 0)
            continue;
        struct plx_slice value = cookie_in(head->headers[i].value, name);
        if (value.ptr)
            return value;
    }
    return plx_slice_make(NULL, 0);
}

static struct plx_slice
value_of(const struct plx_client_trait *trait, const struct plx_http_head *head, struct plx_slice address)
{
    switch (trait->by) {
    case PLX_CLIENT_COOKIE:
        return plx_clients_cookie(head, plx_slice_of(trait->name));
    case PLX_CLIENT_HEADER:
        return plx_http_header_named(head, plx_slice_of(trait->name));
    case PLX_CLIENT_ADDRESS:
        return address;
    case PLX_CLIENT_REQUEST:
    case PLX_CLIENT_BY_COUNT:
        break;
    }
    return plx_slice_make(NULL, 0);
}

static bool
is_meant(const struct plx_client_trait *only, const struct plx_http_head *head, struct plx_slice address)
{
    if (only->by == PLX_CLIENT_REQUEST)
        return true;
    struct plx_slice value = value_of(only, head, address);
    return value.ptr && (!only->value || plx_slice_equal(value, plx_slice_of(only->value)));
}

static uint64_t
hash_of(const struct plx_service *service, struct plx_slice key)
{
    return XXH3_64bits_withSeed(key.ptr, key.len, XXH3_64bits(service->name, strlen(service->name)));
}

static uint32_t
point_of(uint64_t hash)
{
    return (uint32_t)((hash >> 32) * PLX_SHARE_ALL >> 32);
}

uint32_t
plx_clients_point(const struct plx_service *service, struct plx_slice key)
{
    return point_of(hash_of(service, key));
}

bool
plx_share_take(uint32_t *turn, uint32_t share)
{
    *turn += share;
    if (*turn < PLX_SHARE_ALL)
        return false;
    *turn -= PLX_SHARE_ALL;
    return true;
}

/* Worker w begins at (w + 1/2) / workers. After n requests it has taken floor(begin + n * share) of them, which is off
 * by begin - 1 to begin; over all workers these add up to half a request each, either way. */
uint32_t
plx_share_begin(uint32_t worker, uint32_t workers)
{
    PLX_ASSERT(worker < workers);
    return (uint32_t)(((uint64_t)worker * 2 + 1) * PLX_SHARE_ALL / ((uint64_t)workers * 2));
}

static struct plx_draw
all_of(enum plx_role role)
{
    return (struct plx_draw){.role = role};
}

struct plx_draw
plx_clients_draw(const struct plx_service *service, const struct plx_http_head *head, struct plx_slice address,
                 uint32_t *turn)
{
    if (service->paused)
        return all_of(PLX_PRIMARY);
    if (service->stage == PLX_STAGE_CANDIDATE)
        return all_of(PLX_CANDIDATE);
    if (service->stage != PLX_STAGE_CANARY || !is_meant(&service->only, head, address))
        return all_of(PLX_PRIMARY);
    if (service->by.by == PLX_CLIENT_REQUEST)
        return (struct plx_draw){plx_share_take(turn, service->share) ? PLX_CANDIDATE : PLX_PRIMARY, true, 0};
    struct plx_slice key = value_of(&service->by, head, address);
    if (key.len == 0)
        return all_of(service->share == PLX_SHARE_ALL ? PLX_CANDIDATE : PLX_PRIMARY);
    uint64_t hash = hash_of(service, key);
    return (struct plx_draw){point_of(hash) < service->share ? PLX_CANDIDATE : PLX_PRIMARY, true, hash | 1};
}
