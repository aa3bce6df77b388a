/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upstream pools; the picture is in the header. A pool lives as long as it has users or peers. The hard thing: a
 * connect has several attempts under way, and each end of one may end it.
 */
#include "traffic/net/upstream_pool.h"

#include "base/assert.h"
#include "traffic/net/tcp.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct plx_pool {
    struct plx_loop *loop;
    unsigned references, peers;
    struct plx_list idle;    /* peers, the last used first */
    struct plx_list waiting; /* connects that wait for the name */
    unsigned idle_count;
    bool numeric, asked, yields;
    bool unknown;     /* the last look-up has found no address, nor has one before it */
    bool turn_passed; /* to the address that the next connect begins with */
    struct plx_address_choice choice;
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
is_local(const char *host)
{
    return host[0] == '/';
}

static bool
numeric_address(const char *host, uint16_t port, union plx_socket_address *out)
{
    memset(out, 0, sizeof(*out));
    if (is_local(host) && strlen(host) < sizeof(out->local.sun_path)) {
        out->local.sun_family = AF_UNIX;
        memcpy(out->local.sun_path, host, strlen(host) + 1);
        return true;
    }
    return uv_ip4_addr(host, port, &out->v4) == 0 || uv_ip6_addr(host, port, &out->v6) == 0;
}

/* So that not all workers begin with the same one of a name's addresses. */
static unsigned
first_turn(void)
{
    static atomic_uint pools;

    return (atomic_fetch_add(&pools, 1) * 2654435761u) >> 16;
}

static void
ask(struct plx_pool *pool)
{
    if (!pool->numeric && !pool->asked)
        pool->asked = pool->loop->ops->resolve(pool->loop, &pool->lookup) == PLX_OK;
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
    pool->choice.turn = first_turn();
    union plx_socket_address address;
    pool->numeric = numeric_address(host, port, &address);
    if (pool->numeric)
        plx_address_choice_take(&pool->choice, &address, 1);
    ask(pool);
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
    if (pool->references > 0 || pool->peers > 0)
        return;
    pool->loop->ops->forget(pool->loop, &pool->lookup);
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

/* A peer's own deadline is set while it is idle, and until another address is tried beside it. */
static void
peer_timeout(struct plx_stream *stream)
{
    struct plx_peer *peer = peer_of(stream);

    if (peer->idle)
        plx_peer_close(peer);
    else if (peer->connect)
        (void)connect_next(peer->connect); /* this one is under way in any case */
}

static void
peer_closed(struct plx_stream *stream)
{
    struct plx_peer *peer = peer_of(stream);
    struct plx_pool *pool = peer->pool;

    plx_list_remove(&peer->link);
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
    const struct plx_transport_ops *transport = is_local(pool->host) ? &plx_unix : pool->loop->transport;
    if (plx_stream_init_over(&peer->stream, pool->loop, transport, &peer_stream_events) != PLX_OK) {
        free(peer);
        return NULL;
    }
    peer->pool = pool;
    peer->keep_ms = PLX_POOL_IDLE_MS;
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

/* The last one kept of those to the address whose turn it is; NULL: there is none. */
static struct plx_peer *
kept_in_turn(struct plx_pool *pool)
{
    const union plx_socket_address *turn;

    if (pool->choice.count < 2)
        return plx_list_empty(&pool->idle) ? NULL : PLX_CONTAINER(pool->idle.next, struct plx_peer, link);
    turn = plx_address_choice_turn(&pool->choice, now_ms(pool));
    for (struct plx_list *at = pool->idle.next; at != &pool->idle; at = at->next) {
        struct plx_peer *peer = PLX_CONTAINER(at, struct plx_peer, link);
        if (plx_socket_address_equal(&peer->address, turn))
            return peer;
    }
    pool->turn_passed = true;
    return NULL;
}

struct plx_peer *
plx_pool_take(struct plx_pool *pool)
{
    struct plx_peer *peer = kept_in_turn(pool);

    if (!peer)
        return NULL;
    leave_idle(peer);
    peer->uses++;
    peer->idle_ms = now_ms(pool) - peer->since_ms;
    return peer;
}

void
plx_peer_use(struct plx_peer *peer, const struct plx_peer_events *events, void *user)
{
    peer->events = events;
    peer->user = user;
}

static bool
is_gone(struct plx_peer *peer)
{
    const struct plx_address_choice *choice = &peer->pool->choice;

    if (peer->version == choice->version)
        return false;
    peer->version = choice->version;
    return !plx_address_choice_has(choice, &peer->address);
}

void
plx_peer_release(struct plx_peer *peer)
{
    struct plx_pool *pool = peer->pool;
    struct plx_stream *stream = &peer->stream;

    peer->events = NULL;
    peer->user = NULL;
    if (pool->references == 0 || pool->idle_count >= PLX_POOL_IDLE_MAX || stream->broken || stream->queued ||
        peer->keep_ms == 0 || is_gone(peer)) {
        plx_peer_close(peer);
        return;
    }
    peer->idle = true;
    peer->since_ms = now_ms(peer->pool);
    plx_list_push_front(&pool->idle, &peer->link);
    plx_list_push_front(&pool->loop->kept[pool->yields ? 0 : 1], &peer->kept);
    pool->idle_count++;
    pool->loop->idle++;
    plx_stream_read(stream);
    plx_deadline_set(&stream->deadline, peer->keep_ms < PLX_POOL_IDLE_MS ? peer->keep_ms : PLX_POOL_IDLE_MS);
}

void
plx_peer_close(struct plx_peer *peer)
{
    leave_idle(peer);
    peer->events = NULL;
    plx_stream_close(&peer->stream);
}

void
plx_peer_close_gently(struct plx_peer *peer)
{
    leave_idle(peer);
    peer->events = NULL;
    plx_list_push_back(&peer->pool->loop->lingering, &peer->link);
    plx_stream_close_gently(&peer->stream);
}

void
plx_loop_close_peers(struct plx_loop *loop)
{
    while (!plx_list_empty(&loop->lingering)) {
        struct plx_peer *peer = PLX_CONTAINER(loop->lingering.next, struct plx_peer, link);
        plx_list_remove(&peer->link);
        plx_peer_close(peer);
    }
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
note_failed(struct plx_pool *pool, const union plx_socket_address *address)
{
    if (plx_address_choice_failed(&pool->choice, address, now_ms(pool)))
        pool->loop->ops->left_out(pool->loop, &pool->lookup, &address->any, PLX_ADDRESS_LEFT_OUT_MS);
}

static void
leave_attempts(struct plx_peer *peer)
{
    peer->connect = NULL;
    plx_list_remove(&peer->link);
    plx_deadline_clear(&peer->stream.deadline);
}

/* Another one has connected, or nobody waits any longer: what has had its time by then has failed. */
static void
end_attempts(struct plx_connect *connect)
{
    struct plx_pool *pool = connect->pool;

    while (!plx_list_empty(&connect->attempts)) {
        struct plx_peer *peer = PLX_CONTAINER(connect->attempts.next, struct plx_peer, link);
        if (now_ms(pool) - peer->since_ms >= PLX_POOL_ATTEMPT_MS)
            note_failed(pool, &peer->address);
        leave_attempts(peer);
        plx_peer_close(peer);
    }
}

static void
connect_done(struct plx_connect *connect, struct plx_peer *peer, enum plx_status status)
{
    struct plx_pool *pool = connect->pool;

    connect->active = false;
    connect->done(connect, peer, status);
    plx_pool_unref(pool);
}

static void
peer_connected(struct plx_stream *stream, enum plx_status status)
{
    struct plx_peer *peer = peer_of(stream);
    struct plx_connect *connect = peer->connect;

    leave_attempts(peer);
    if (status != PLX_OK) {
        note_failed(peer->pool, &peer->address);
        plx_peer_close(peer);
        status = connect_next(connect);
        if (status != PLX_OK)
            connect_done(connect, NULL, status);
        return;
    }
    end_attempts(connect);
    plx_stream_read(&peer->stream);
    connect_done(connect, peer, PLX_OK);
}

/* What was begun last waits no longer for its time. */
static void
clear_last(struct plx_connect *connect)
{
    if (!plx_list_empty(&connect->attempts))
        plx_deadline_clear(&PLX_CONTAINER(connect->attempts.prev, struct plx_peer, link)->stream.deadline);
}

static enum plx_status
attempt(struct plx_connect *connect, const union plx_socket_address *address)
{
    struct plx_pool *pool = connect->pool;
    struct plx_peer *peer = peer_new(pool);

    if (!peer)
        return PLX_E_MEMORY;
    peer->address = *address;
    peer->version = pool->choice.version;
    peer->since_ms = now_ms(pool);
    enum plx_status status = plx_stream_connect(&peer->stream, &peer->address.any);
    if (status != PLX_OK) {
        plx_peer_close(peer);
        return status;
    }
    clear_last(connect);
    peer->connect = connect;
    plx_list_push_back(&connect->attempts, &peer->link);
    if (plx_address_choice_is_left(&pool->choice, &connect->tries))
        plx_deadline_set(&peer->stream.deadline, PLX_POOL_ATTEMPT_MS);
    return PLX_OK;
}

/* Begins with the next address. PLX_OK: one at least is being tried. */
static enum plx_status
connect_next(struct plx_connect *connect)
{
    struct plx_pool *pool = connect->pool;
    enum plx_status status = PLX_E_CONNECT;
    const union plx_socket_address *address;

    while ((address = plx_address_choice_try(&pool->choice, &connect->tries, now_ms(pool)))) {
        status = attempt(connect, address);
        if (status == PLX_OK || status == PLX_E_MEMORY)
            break;
        /* This machine has no way to it, as to any of a family that it lacks: it is left out without a word. */
        (void)plx_address_choice_failed(&pool->choice, address, now_ms(pool));
    }
    return plx_list_empty(&connect->attempts) ? status : PLX_OK;
}

/* Each connect begins with another address, be it that a kept connection to it was looked for before. */
static enum plx_status
connect_first(struct plx_connect *connect)
{
    struct plx_pool *pool = connect->pool;

    if (!pool->turn_passed)
        plx_address_choice_turn(&pool->choice, now_ms(pool));
    pool->turn_passed = false;
    return connect_next(connect);
}

/* ---- names ---- */

static void
take_addresses(struct plx_pool *pool, const struct addrinfo *found)
{
    union plx_socket_address list[PLX_NAME_ADDRESSES_MAX] = {0};
    unsigned count = 0;

    for (; found && count < PLX_NAME_ADDRESSES_MAX; found = found->ai_next)
        if (found->ai_addrlen <= sizeof(list[0]))
            memcpy(&list[count++], found->ai_addr, found->ai_addrlen);
    plx_address_choice_take(&pool->choice, list, count);
    for (struct plx_list *at = pool->idle.next, *next; at != &pool->idle; at = next) {
        struct plx_peer *peer = PLX_CONTAINER(at, struct plx_peer, link);
        next = at->next;
        if (is_gone(peer))
            plx_peer_close(peer);
    }
}

/* Those that come to wait meanwhile wait for the next. */
static void
tell_waiting(struct plx_pool *pool)
{
    struct plx_list told;

    plx_list_init(&told);
    while (!plx_list_empty(&pool->waiting)) {
        struct plx_list *link = pool->waiting.next;
        plx_list_remove(link);
        plx_list_push_back(&told, link);
    }
    while (!plx_list_empty(&told)) {
        struct plx_connect *connect = PLX_CONTAINER(told.next, struct plx_connect, link);
        plx_list_remove(&connect->link);
        enum plx_status status = connect_first(connect);
        if (status != PLX_OK)
            connect_done(connect, NULL, status);
    }
}

static void
on_resolved(struct plx_lookup *lookup, enum plx_status result, const struct addrinfo *found)
{
    struct plx_pool *pool = PLX_CONTAINER(lookup, struct plx_pool, lookup);

    pool->asked = result == PLX_OK; /* else the next connect asks again */
    pool->unknown = result != PLX_OK;
    if (result == PLX_OK)
        take_addresses(pool, found);
    pool->references++; /* while its waiters are told */
    tell_waiting(pool);
    plx_pool_unref(pool);
}

enum plx_status
plx_pool_connect(struct plx_pool *pool, struct plx_connect *connect)
{
    enum plx_status status = PLX_OK;

    connect->pool = plx_pool_ref(pool);
    connect->tries = (struct plx_address_tries){0};
    connect->active = true;
    plx_list_init(&connect->link);
    plx_list_init(&connect->attempts);
    ask(pool);
    if (pool->asked && pool->choice.count == 0 && (connect->patient || !pool->unknown))
        plx_list_push_back(&pool->waiting, &connect->link);
    else
        status = connect_first(connect);
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
    end_attempts(connect);
    plx_pool_unref(connect->pool);
}
