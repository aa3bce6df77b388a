/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upstream pools; the picture is in the header. While a name is looked up again,
 * and when that fails, the addresses known so far serve on. A pool lives as long as it has users, peers or a lookup
 * under way.
 */
#include "traffic/net/upstream_pool.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

struct plx_pool {
    struct plx_loop *loop;
    unsigned references, peers;
    struct plx_list idle;    /* peers, the last used first */
    struct plx_list waiting; /* connects that wait for the name */
    unsigned idle_count;
    bool numeric, resolving, yields;
    uint64_t resolved_ms; /* loop time; 0: never */
    unsigned address_count, next_address;
    struct sockaddr_storage addresses[PLX_POOL_ADDRESSES_MAX];
    struct plx_lookup lookup;
    char port[6];
    char host[];
};

static enum plx_status connect_next(struct plx_connect *connect);
static void peer_connected(struct plx_stream *stream, enum plx_status status);
static void on_resolved(struct plx_lookup *lookup, enum plx_status result, const struct addrinfo *found);

static uint64_t
now_ms(const struct plx_pool *pool)
{
    return pool->loop->ops->now_ms(pool->loop);
}

static bool
numeric_address(const char *host, uint16_t port, struct sockaddr_storage *out)
{
    return uv_ip4_addr(host, port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(host, port, (struct sockaddr_in6 *)out) == 0;
}

struct plx_pool *
plx_pool_new(struct plx_loop *loop, const char *host, uint16_t port)
{
    size_t len = strlen(host);
    struct plx_pool *pool = calloc(1, sizeof(*pool) + len + 1);
    if (!pool)
        return NULL;
    pool->loop = loop;
    pool->references = 1;
    plx_list_init(&pool->idle);
    plx_list_init(&pool->waiting);
    memcpy(pool->host, host, len + 1);
    snprintf(pool->port, sizeof(pool->port), "%u", port);
    pool->lookup.host = pool->host;
    pool->lookup.port = pool->port;
    pool->lookup.done = on_resolved;
    pool->numeric = numeric_address(host, port, &pool->addresses[0]);
    pool->address_count = pool->numeric;
    return pool;
}

void
plx_pool_yield(struct plx_pool *pool)
{
    pool->yields = true;
}

struct plx_pool *
plx_pool_ref(struct plx_pool *pool)
{
    pool->references++;
    return pool;
}

static void
free_unused(struct plx_pool *pool)
{
    if (pool->references == 0 && pool->peers == 0 && !pool->resolving)
        free(pool);
}

void
plx_pool_unref(struct plx_pool *pool)
{
    PLX_ASSERT(pool->references > 0);
    if (--pool->references > 0)
        return;
    while (!plx_list_empty(&pool->idle))
        plx_peer_close(PLX_CONTAINER(pool->idle.next, struct plx_peer, link));
    free_unused(pool);
}

/* ---- peers ---- */

static struct plx_peer *
peer_of(struct plx_stream *stream)
{
    return PLX_CONTAINER(stream, struct plx_peer, stream);
}

static void
peer_bytes(struct plx_stream *stream, struct plx_slice bytes)
{
    struct plx_peer *peer = peer_of(stream);

    if (peer->events)
        peer->events->bytes(peer, bytes);
    else
        plx_peer_close(peer); /* an answer that nobody asked for */
}

static void
peer_ended(struct plx_stream *stream, enum plx_status why)
{
    struct plx_peer *peer = peer_of(stream);

    if (peer->events)
        peer->events->ended(peer, why);
    else
        plx_peer_close(peer);
}

static void
peer_drained(struct plx_stream *stream)
{
    struct plx_peer *peer = peer_of(stream);

    if (peer->events)
        peer->events->drained(peer);
}

/* A peer's own deadline is set while it is idle only. */
static void
peer_timeout(struct plx_stream *stream)
{
    struct plx_peer *peer = peer_of(stream);

    if (peer->idle)
        plx_peer_close(peer);
}

static void
peer_closed(struct plx_stream *stream)
{
    struct plx_peer *peer = peer_of(stream);
    struct plx_pool *pool = peer->pool;

    free(peer);
    pool->peers--;
    free_unused(pool);
}

static const struct plx_stream_events peer_stream_events = {
    .bytes = peer_bytes,
    .ended = peer_ended,
    .drained = peer_drained,
    .timeout = peer_timeout,
    .closed = peer_closed,
    .connected = peer_connected,
};

static struct plx_peer *
peer_new(struct plx_pool *pool)
{
    struct plx_peer *peer = calloc(1, sizeof(*peer));
    if (!peer)
        return NULL;
    plx_loop_make_room(pool->loop);
    if (plx_stream_init(&peer->stream, pool->loop, &peer_stream_events) != PLX_OK) {
        free(peer);
        return NULL;
    }
    peer->pool = pool;
    plx_list_init(&peer->link);
    plx_list_init(&peer->kept);
    pool->peers++;
    return peer;
}

static void
leave_idle(struct plx_peer *peer)
{
    if (!peer->idle)
        return;
    peer->idle = false;
    plx_list_remove(&peer->link);
    plx_list_remove(&peer->kept);
    peer->pool->idle_count--;
    peer->pool->loop->idle--;
    plx_deadline_clear(&peer->stream.deadline);
}

struct plx_peer *
plx_pool_take(struct plx_pool *pool)
{
    if (plx_list_empty(&pool->idle))
        return NULL;
    struct plx_peer *peer = PLX_CONTAINER(pool->idle.next, struct plx_peer, link);
    leave_idle(peer);
    peer->uses++;
    peer->idle_ms = now_ms(pool) - peer->released_ms;
    return peer;
}

void
plx_peer_use(struct plx_peer *peer, const struct plx_peer_events *events, void *user)
{
    peer->events = events;
    peer->user = user;
}

void
plx_peer_release(struct plx_peer *peer)
{
    struct plx_pool *pool = peer->pool;
    struct plx_stream *stream = &peer->stream;

    peer->events = NULL;
    peer->user = NULL;
    if (pool->references == 0 || pool->idle_count >= PLX_POOL_IDLE_MAX || stream->broken || stream->queued) {
        plx_peer_close(peer);
        return;
    }
    peer->idle = true;
    peer->released_ms = now_ms(peer->pool);
    plx_list_push_front(&pool->idle, &peer->link);
    plx_list_push_front(&pool->loop->kept[pool->yields ? 0 : 1], &peer->kept);
    pool->idle_count++;
    pool->loop->idle++;
    plx_stream_read(stream);
    plx_deadline_set(&stream->deadline, PLX_POOL_IDLE_MS);
}

void
plx_peer_close(struct plx_peer *peer)
{
    leave_idle(peer);
    peer->events = NULL;
    plx_stream_close(&peer->stream);
}

void
plx_loop_make_room(struct plx_loop *loop)
{
    if ((uint64_t)loop->streams + loop->accepted + PLX_LOOP_STEP <= loop->streams_max)
        return;
    for (size_t i = 0; i < PLX_COUNT(loop->kept); i++)
        if (!plx_list_empty(&loop->kept[i])) {
            plx_peer_close(PLX_CONTAINER(loop->kept[i].prev, struct plx_peer, kept));
            return;
        }
}

/* ---- connecting ---- */

static void
connect_done(struct plx_connect *connect, struct plx_peer *peer, enum plx_status status)
{
    struct plx_pool *pool = connect->pool;

    connect->active = false;
    connect->peer = NULL;
    connect->done(connect, peer, status);
    plx_pool_unref(pool);
}

static void
peer_connected(struct plx_stream *stream, enum plx_status status)
{
    struct plx_peer *peer = peer_of(stream);
    struct plx_connect *connect = peer->connect;

    peer->connect = NULL;
    connect->peer = NULL;
    if (status != PLX_OK) {
        plx_peer_close(peer);
        connect->attempt++;
        status = connect_next(connect);
        if (status != PLX_OK)
            connect_done(connect, NULL, status);
        return;
    }
    plx_stream_read(&peer->stream);
    connect_done(connect, peer, PLX_OK);
}

/* Tries the addresses in turn, each connect beginning with another one. PLX_OK: one is being tried. */
static enum plx_status
connect_next(struct plx_connect *connect)
{
    struct plx_pool *pool = connect->pool;

    for (; connect->attempt < pool->address_count; connect->attempt++) {
        struct plx_peer *peer = peer_new(pool);
        if (!peer)
            return PLX_E_MEMORY;
        const struct sockaddr_storage *address =
            &pool->addresses[(connect->first + connect->attempt) % pool->address_count];
        if (plx_stream_connect(&peer->stream, (const struct sockaddr *)address) == PLX_OK) {
            peer->connect = connect;
            connect->peer = peer;
            return PLX_OK;
        }
        plx_peer_close(peer);
    }
    return PLX_E_CONNECT;
}

static void
take_addresses(struct plx_pool *pool, const struct addrinfo *found)
{
    pool->address_count = 0;
    for (; found && pool->address_count < PLX_POOL_ADDRESSES_MAX; found = found->ai_next)
        if (found->ai_addrlen <= sizeof(pool->addresses[0]))
            memcpy(&pool->addresses[pool->address_count++], found->ai_addr, found->ai_addrlen);
}

static void
on_resolved(struct plx_lookup *lookup, enum plx_status result, const struct addrinfo *found)
{
    struct plx_pool *pool = PLX_CONTAINER(lookup, struct plx_pool, lookup);

    pool->resolving = false;
    pool->resolved_ms = now_ms(pool);
    if (result == PLX_OK)
        take_addresses(pool, found);
    pool->references++; /* while its waiters are told */
    while (!plx_list_empty(&pool->waiting)) {
        struct plx_connect *connect = PLX_CONTAINER(pool->waiting.next, struct plx_connect, link);
        plx_list_remove(&connect->link);
        enum plx_status status = connect_next(connect);
        if (status != PLX_OK)
            connect_done(connect, NULL, status);
    }
    plx_pool_unref(pool);
}

static void
resolve(struct plx_pool *pool)
{
    if (!pool->resolving)
        pool->resolving = pool->loop->ops->resolve(pool->loop, &pool->lookup) == PLX_OK;
}

enum plx_status
plx_pool_connect(struct plx_pool *pool, struct plx_connect *connect)
{
    bool stale = !pool->numeric && (pool->resolved_ms == 0 || now_ms(pool) - pool->resolved_ms > PLX_POOL_RESOLVE_MS);
    enum plx_status status = PLX_OK;

    connect->pool = plx_pool_ref(pool);
    connect->peer = NULL;
    connect->attempt = 0;
    connect->active = true;
    plx_list_init(&connect->link);
    if (stale)
        resolve(pool);
    connect->first = pool->address_count ? pool->next_address++ % pool->address_count : 0;
    if (pool->resolving && pool->address_count == 0)
        plx_list_push_back(&pool->waiting, &connect->link);
    else
        status = connect_next(connect);
    if (status != PLX_OK) {
        connect->active = false;
        plx_pool_unref(pool);
    }
    return status;
}

void
plx_connect_cancel(struct plx_connect *connect)
{
    if (!connect->active)
        return;
    connect->active = false;
    plx_list_remove(&connect->link);
    if (connect->peer) {
        connect->peer->connect = NULL;
        plx_peer_close(connect->peer);
        connect->peer = NULL;
    }
    plx_pool_unref(connect->pool);
}
