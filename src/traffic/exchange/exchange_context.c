/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's shared state: views, ids, sampling. */
#include "traffic/exchange/exchange_context.h"

#include "evidence/count/exchange_id.h"
#include "service/snapshot.h"
#include "traffic/http1/answer.h"

#include <stdlib.h>
#include <sys/random.h>

/* A head as sent is longer than as read by less than a second one; what is gathered before a flush is bounded by one
 * read. */
#define OUT_BYTES_MAX (2 * PLX_HTTP_HEAD_MAX + PLX_READ_BYTES + PLX_HTTP_TRAILER_MAX)

enum plx_status
plx_context_init(struct plx_context *context)
{
    memset(context, 0, sizeof(*context));
    plx_list_init(&context->connections);
    plx_list_init(&context->exchanges);
    plx_list_init(&context->spare);
    plx_buffer_init(&context->mended, PLX_HTTP_MENDED_MAX);
    plx_buffer_init(&context->out, OUT_BYTES_MAX);
    if (!plx_buffer_reserve(&context->out, OUT_BYTES_MAX))
        return PLX_E_MEMORY;
    if (getrandom(context->random, sizeof(context->random), 0) != sizeof(context->random))
        context->random[0] = (uint64_t)(uintptr_t)context ^ uv_hrtime();
    context->random[1] |= 1;
    context->scratch = plx_arena_new(NULL);
    return context->scratch ? plx_loop_init(&context->loop) : PLX_E_MEMORY;
}

enum plx_status
plx_context_use_names(struct plx_context *context, struct plx_names *names)
{
    return plx_loop_use_names(&context->loop, names);
}

void
plx_context_fini(struct plx_context *context)
{
    if (context->view)
        plx_view_unref(context->view);
    plx_loop_close_peers(&context->loop);
    plx_loop_fini(&context->loop);
    plx_buffer_fini(&context->mended);
    plx_buffer_fini(&context->out);
    plx_arena_free(context->scratch);
    plx_tally_free(context->tally);
}

bool
plx_context_spend_excess(struct plx_context *context, uint64_t bytes)
{
    uint64_t now = context->loop.ops->now_ms(&context->loop), passed = now - context->excess_ms;
    uint64_t left = context->excess_left + PLX_COPY_EXCESS_BYTES * (passed < 1000 ? passed : 1000) / 1000;

    context->excess_ms = now;
    context->excess_left = left < PLX_COPY_EXCESS_BYTES ? left : PLX_COPY_EXCESS_BYTES;
    if (bytes > context->excess_left)
        return false;
    context->excess_left -= bytes;
    return true;
}

static void
drop_pools(struct plx_view_service *state, int role)
{
    if (state->pools[role])
        plx_pool_unref(state->pools[role]);
    if (state->recheck_pools[role])
        plx_pool_unref(state->recheck_pools[role]);
}

static void
view_free(struct plx_view *view)
{
    for (size_t i = 0; view->services && i < view->snapshot->service_count; i++) {
        for (int role = 0; role < PLX_ROLES; role++)
            drop_pools(&view->services[i], role);
        free(view->services[i].route_samples);
    }
    free(view->services);
    plx_snapshot_unref(view->snapshot);
    free(view);
}

/* A pool of the old view for the same role and address, so that a reload keeps its connections. */
static struct plx_pool *
pool_from(const struct plx_view *old, int role, const struct plx_upstream *upstream, bool recheck)
{
    for (size_t i = 0; old && i < old->snapshot->service_count; i++) {
        const struct plx_upstream *before = &old->snapshot->services[i].roles[role];
        struct plx_view_service *state = &old->services[i];
        struct plx_pool *pool = recheck ? state->recheck_pools[role] : state->pools[role];
        if (pool && before->port == upstream->port && strcmp(before->host, upstream->host) == 0)
            return plx_pool_ref(pool);
    }
    return NULL;
}

static struct plx_pool *
pool_for(struct plx_context *context, const struct plx_view *old, int role, const struct plx_upstream *upstream,
         bool recheck)
{
    struct plx_pool *pool = pool_from(old, role, upstream, recheck);

    if (pool)
        return pool;
    pool = plx_pool_new(&context->loop, upstream->host, upstream->port);
    if (pool && (role != PLX_PRIMARY || recheck))
        plx_pool_yield(pool);
    return pool;
}

/* What adds up goes on where it was: else many changes in a row would take from the shares. */
static void
take_turns(const struct plx_context *context, struct plx_view_service *state, const struct plx_service *service,
           const struct plx_view *old)
{
    const struct plx_service *before = old ? plx_service_by_name(old->snapshot, plx_slice_of(service->name)) : NULL;

    state->turn = context->turn;
    if (!before)
        return;
    state->turn = old->services[before->index].turn;
    state->sample = old->services[before->index].sample;
    state->recheck = old->services[before->index].recheck;
    if (service->routes == before->routes && service->route_count) /* the same configuration */
        memcpy(state->route_samples, old->services[before->index].route_samples,
               service->route_count * sizeof(*state->route_samples));
}

static bool
view_service_init(struct plx_context *context, struct plx_view_service *state, const struct plx_service *service,
                  const struct plx_view *old)
{
    if (service->route_count && !(state->route_samples = calloc(service->route_count, sizeof(uint32_t))))
        return false;
    take_turns(context, state, service, old);
    for (int role = 0; role < PLX_ROLES; role++) {
        const struct plx_upstream *upstream = &service->roles[role];
        if (!upstream->url)
            continue;
        state->pools[role] = pool_for(context, old, role, upstream, false);
        if (!state->pools[role])
            return false;
        if (!service->recheck.share || role == PLX_SECONDARY)
            continue;
        state->recheck_pools[role] = pool_for(context, old, role, upstream, true);
        if (!state->recheck_pools[role])
            return false;
    }
    return true;
}

struct plx_view *
plx_view_new(struct plx_context *context, struct plx_snapshot *snapshot, const struct plx_view *old)
{
    struct plx_view *view = calloc(1, sizeof(*view));
    if (!view)
        return NULL;
    view->references = 1;
    view->snapshot = plx_snapshot_ref(snapshot);
    view->services = calloc(snapshot->service_count ? snapshot->service_count : 1, sizeof(*view->services));
    bool ok = view->services != NULL;
    for (size_t i = 0; ok && i < snapshot->service_count; i++)
        ok = view_service_init(context, &view->services[i], &snapshot->services[i], old);
    if (!ok) {
        view_free(view);
        return NULL;
    }
    return view;
}

struct plx_view *
plx_view_ref(struct plx_view *view)
{
    view->references++;
    return view;
}

void
plx_view_unref(struct plx_view *view)
{
    if (--view->references == 0)
        view_free(view);
}

struct plx_tally *
plx_context_tally(struct plx_context *context)
{
    if (context->tally)
        return context->tally;
    context->tally = plx_tally_new(&context->last_values);
    if (context->tally)
        context->tallied(context);
    else
        context->untallied++;
    return context->tally;
}

struct plx_slice
plx_context_date(struct plx_context *context)
{
    uint64_t now_s = plx_loop_wall_ms(&context->loop) / 1000;

    if (now_s != context->date_s || !context->date[0])
        plx_http_date_text(now_s, context->date);
    context->date_s = now_s;
    return plx_slice_make(context->date, PLX_HTTP_DATE_TEXT - 1);
}

/* xorshift128+ (Vigna 2014): ids must not collide, they need not be secret. */
static uint64_t
next_random(struct plx_context *context)
{
    uint64_t a = context->random[0], b = context->random[1];

    context->random[0] = b;
    a ^= a << 23;
    context->random[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
    return context->random[1] + b;
}

void
plx_context_make_id(struct plx_context *context, const struct plx_service *service, uint64_t time_ms,
                    char id[PLX_EXCHANGE_ID_BYTES + 1])
{
    const uint64_t random[2] = {next_random(context), next_random(context)};

    plx_exchange_id_text(time_ms, random, id);
    plx_exchange_id_sign(id, plx_slice_of(service->name));
}
