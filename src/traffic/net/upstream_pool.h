/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to one upstream of one role, kept and used again, the last one first. Each worker has its own pools; the
 * primary's and the copies' are apart, so that a candidate can't use up what clients need.
 *
 *             plx_pool_take ------------------------> busy --plx_peer_release--> idle --(closed, too old)--> gone
 *   plx_pool_connect -> (resolve) -> connect -> done -/    \--plx_peer_close---> gone
 *
 * A name's addresses take turns, request by request (address_choice.h): a kept connection is taken where there is one
 * to the address whose turn it is. Connecting tries the next address as soon as one has failed, and beside it when it
 * has not connected within PLX_POOL_ATTEMPT_MS (RFC 8305, 5): the first that connects is taken. Those that failed or
 * were overtaken are left out for a while. Connections to addresses that a name has no longer go when they are idle.
 */
#ifndef PLX_NET_UPSTREAM_POOL_H
#define PLX_NET_UPSTREAM_POOL_H

#include "base/list.h"
#include "traffic/net/address_choice.h"
#include "traffic/net/stream.h"

#define PLX_POOL_IDLE_MAX   256u   /* kept connections of a pool */
#define PLX_POOL_IDLE_MS    60000u /* how long one is kept without use */
#define PLX_POOL_ATTEMPT_MS 250u   /* RFC 8305, 8: Connection Attempt Delay */

struct plx_pool;
struct plx_peer;

/* What the present user of a peer hears; as in plx_stream_events. */
struct plx_peer_events {
    void (*bytes)(struct plx_peer *peer, struct plx_slice bytes);
    void (*ended)(struct plx_peer *peer, enum plx_status why);
    void (*drained)(struct plx_peer *peer);
};

struct plx_peer {
    struct plx_stream stream;
    struct plx_list
        link; /* in its pool's list of idle peers, its loop's of lingering ones, or its connect's of attempts */
    struct plx_list kept; /* in its loop's, while it is idle */
    struct plx_pool *pool;
    const struct plx_peer_events *events; /* NULL: idle */
    void *user;
    struct plx_connect *connect; /* being connected for it */
    union plx_socket_address address;
    uint64_t version; /* of the pool's addresses when this one was last seen among them */
    bool idle;
    uint32_t keep_ms;  /* its user's: at most so long it is kept; at first PLX_POOL_IDLE_MS */
    uint32_t uses;     /* how often it was taken from the kept ones */
    uint64_t since_ms; /* loop time, when it was last kept, or connecting began */
    uint64_t idle_ms;  /* how long it had been kept when it was taken */
};

/* A wish for a connection, in its user's memory. */
struct plx_connect {
    struct plx_list link; /* among those that wait for the name */
    struct plx_pool *pool;
    struct plx_list attempts; /* peers being connected, the first one first */
    struct plx_address_tries tries;
    bool active;
    bool patient; /* the caller's: waits for the next look-up of a name that the last one has not found, too */
    /* peer: connected and reading, the caller's; NULL: PLX_E_CONNECT or PLX_E_MEMORY */
    void (*done)(struct plx_connect *connect, struct plx_peer *peer, enum plx_status status);
};

/* host: a name, a numeric address, or the absolute path of a unix socket. One reference is the caller's. NULL where
 * there is no memory. */
struct plx_pool *plx_pool_new(struct plx_loop *loop, const char *host, uint16_t port);
/* Its kept connections are the first to be closed where descriptors are short: copies'. */
void plx_pool_yield(struct plx_pool *pool);
struct plx_pool *plx_pool_ref(struct plx_pool *pool);
void plx_pool_unref(struct plx_pool *pool); /* the last one closes the idle connections; busy ones end on their own */

/* Closes the kept connection of this loop that is needed least, where the loop has no descriptor for one more stream.
 */
void plx_loop_make_room(struct plx_loop *loop);
/* Before the loop's end: those that nobody uses, and that still send what is queued. */
void plx_loop_close_peers(struct plx_loop *loop);

/* A kept connection, now the caller's, or NULL. */
struct plx_peer *plx_pool_take(struct plx_pool *pool);
/*
 * Makes a new one. PLX_OK: done fires later, unless canceled; connecting has no deadline of its own, and waits for the
 * end of a look-up where no address is known yet. PLX_E_CONNECT, PLX_E_MEMORY: it has failed already, done does not
 * fire.
 */
PLX_MUST_USE enum plx_status plx_pool_connect(struct plx_pool *pool, struct plx_connect *connect);
void plx_connect_cancel(struct plx_connect *connect); /* fine when none is active */

void plx_peer_use(struct plx_peer *peer, const struct plx_peer_events *events, void *user);
/* Keeps it for the next, for its keep_ms; nothing may be queued or unread on it. */
void plx_peer_release(struct plx_peer *peer);
void plx_peer_close(struct plx_peer *peer); /* what is queued is lost */
/* Behind what is queued, as plx_stream_close_gently(). No event fires from here on. */
void plx_peer_close_gently(struct plx_peer *peer);

#endif
