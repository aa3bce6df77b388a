/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands below a stream: two small tables, so that plain TCP, TLS and a simulated world are three of a kind.
 *
 *     stream.c   what all have alike: trying first, queues and their limits, lingering, deadlines
 *       | plx_transport_ops      ^ plx_stream_received(), _sent(), ... (stream.h)
 *     tcp.c      sockets by libuv           a kind of connection
 *     loop.c     libuv's clock, names, ...  a kind of world (plx_loop_ops)
 *
 * TLS goes in as a plx_transport_ops of its own: it keeps its session in the stream's `other`, with a uv_tcp_t of its
 * own in it, reads and writes records there, and hands plain bytes up; a listener or a pool gives its streams that
 * table in the place of the loop's. Its handshake belongs into `connect` and `accept`, and what is unsent counts
 * ciphertext. Names are looked up elsewhere (names/names.h), and a loop is told of what comes. A world that is
 * simulated gives both tables (tests/sim/world.h).
 *
 * The operations are called by this folder's files; the others ask them (loop.h, deadline.h, stream.h).
 */
#ifndef PLX_NET_TRANSPORT_H
#define PLX_NET_TRANSPORT_H

#include "base/list.h"
#include "traffic/names/names_port.h"
#include <parallax/base.h>

#include <uv.h>

#define PLX_PEER_TEXT 64u /* bytes of an address as text, its end included */

struct plx_deadline;
struct plx_listener;
struct plx_loop;
struct plx_lookup;
struct plx_stream;
struct plx_wake;

/* One kind of connection. Whatever an operation brings about is told from the loop, never inside its call. */
struct plx_transport_ops {
    PLX_MUST_USE enum plx_status (*open)(
        struct plx_stream *stream); /* before all else; PLX_E_MEMORY: nothing to close */
    /* Told by plx_stream_connected(), unless the stream is closed before. PLX_E_CONNECT, PLX_E_MEMORY: not begun. */
    PLX_MUST_USE enum plx_status (*connect)(struct plx_stream *stream, const struct sockaddr *address);
    /* Takes over what a listener has accepted, failing too; address (may be NULL): its peer's, PLX_PEER_TEXT. */
    PLX_MUST_USE enum plx_status (*accept)(struct plx_stream *stream, int descriptor, char *address);
    /* Told by plx_stream_received(), bytes in the loop's read buffer, and plx_stream_ended(). False: not connected. */
    bool (*read)(struct plx_stream *stream);
    void (*pause)(struct plx_stream *stream);
    /* Takes what goes out at once: how many bytes, 0 where it would wait, negative where the connection is broken. */
    int (*try_write)(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count);
    /* Takes len bytes, all of the buffers, for later, or with copy a copy of them. Told by plx_stream_sent(). */
    PLX_MUST_USE enum plx_status (*write)(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count,
                                          size_t len, bool copy);
    /* What the peer has not acknowledged of all that was written: queued here, and on its way. */
    size_t (*unsent)(const struct plx_stream *stream);
    /* The end of our bytes, behind what is queued. Told by plx_stream_was_shut(). False: can't be. */
    bool (*shut_down)(struct plx_stream *stream);
    /* Both told by plx_stream_gone(), when nothing else of this stream can come any more. */
    void (*abort)(struct plx_stream *stream); /* so that the peer sees a reset behind what was sent */
    void (*close)(struct plx_stream *stream);
};

/* One kind of world: its clocks, its timers, its names, who comes to it, and its turns. */
struct plx_loop_ops {
    uint64_t (*now_ms)(const struct plx_loop *loop);  /* of this turn; monotonic, as the next one is */
    uint64_t (*now_ns)(const struct plx_loop *loop);  /* of this moment: to measure */
    uint64_t (*wall_ms)(const struct plx_loop *loop); /* since the epoch */
    void (*timer_init)(struct plx_deadline *deadline);
    void (*timer_start)(struct plx_deadline *deadline, uint64_t in_ms); /* anew; told by plx_deadline_look() */
    void (*timer_close)(struct plx_deadline *deadline);                 /* told by plx_deadline_closed() */
    /* Told by done, and once more whenever the addresses are others, until it is forgotten. Asked again after a failure
     * it is told of the next try; else nothing happens. */
    PLX_MUST_USE enum plx_status (*resolve)(struct plx_loop *loop, struct plx_lookup *lookup);
    void (*forget)(struct plx_loop *loop, struct plx_lookup *lookup); /* fine where nothing was asked */
    /* What the user of a name has found out: this address takes no connections, and is left out for so long. */
    void (*left_out)(struct plx_loop *loop, struct plx_lookup *lookup, const struct sockaddr *address, uint32_t for_ms);
    /* Of a listener: told by plx_listener_look() while it is watched. */
    PLX_MUST_USE enum plx_status (*listen)(struct plx_listener *listener);
    enum plx_status (*listen_watch)(struct plx_listener *listener, bool on);
    int (*listen_take)(struct plx_listener *listener);   /* who has come, as `accept` takes it; or an error, negative */
    void (*listen_close)(struct plx_listener *listener); /* with who has come and was not accepted */
    PLX_MUST_USE bool (*wake_init)(struct plx_wake *wake); /* told by its `woken`; closed with the loop */
    void (*wake_send)(struct plx_wake *wake);              /* from any thread */
    void (*run)(struct plx_loop *loop);                    /* until `stop`, or until nothing can happen any more */
    void (*stop)(struct plx_loop *loop);
    void (*close_all)(struct plx_loop *loop); /* what is open still; only ends are told */
};

/* How another thread has something done by a loop's: soon, and once for several. */
struct plx_wake {
    uv_async_t async; /* a simulated world needs none */
    struct plx_loop *loop;
    void (*woken)(struct plx_wake *wake);
    void *user;
};

/* A name that is looked up, in the asker's memory. */
struct plx_lookup {
    struct plx_name_user user; /* a simulated world needs none */
    const char *host, *port;   /* port: a number */
    /* found: valid during the call; NULL where status is not PLX_OK */
    void (*done)(struct plx_lookup *lookup, enum plx_status status, const struct addrinfo *found);
};

/* What loops stand on in the place of libuv: a world that is simulated. */
struct plx_loop_base {
    const struct plx_loop_ops *ops;
    const struct plx_transport_ops *transport;
    void *world; /* theirs */
};

struct plx_loop {
    uv_loop_t uv;
    const struct plx_loop_ops *ops;
    const struct plx_transport_ops *transport; /* what streams of this loop stand on */
    void *world;                               /* its base's; NULL: it stands on libuv */
    char *read_buffer;                         /* PLX_READ_BYTES, shared by all streams */
    const struct plx_stream *reading;          /* who had it last; NULL: his turn is over ... */
    unsigned reads;                            /* ... and how often one after the other */
    uint32_t streams;                          /* open now ... */
    uint32_t accepted;                         /* ... of them: clients' ... */
    uint32_t idle;                             /* ... and kept connections that nobody uses */
    uint32_t streams_max;                      /* its part of the process's descriptors */
    struct plx_list lingering;                 /* peers of pools that still send what is queued */
    struct plx_list kept[2];                   /* these: of pools that yield, and of the others; the last used first */
    struct plx_names_port names;
};

#define PLX_READ_BYTES (64u * 1024)
#define PLX_READS_MAX  1u /* that many full buffers of one stream; then others have their turn */
#define PLX_LOOP_STEP  2u /* streams of what may begin where it is not crowded: a client and its call, both copies */

/* Of its part a loop keeps this part for clients alone: no copy begins there, and no request of theirs is left to a
 * candidate that may let it wait for ever. */
#define PLX_LOOP_CLIENTS_PART 4u

/*
 * Whether so many streams more would leave each client that is there his own descriptor and another one to the role
 * that serves him. Kept connections count for nothing, since they are closed for others (plx_loop_make_room()).
 */
static inline bool
plx_loop_has_room(const struct plx_loop *loop, uint32_t streams)
{
    return (uint64_t)loop->streams - loop->idle + loop->accepted + streams <= loop->streams_max;
}

/* For a client and his call. */
static inline bool
plx_loop_has_room_for_client(const struct plx_loop *loop)
{
    return plx_loop_has_room(loop, PLX_LOOP_STEP);
}

/* For what no client waits for: two copies, or a call in whose place another one may be made. */
static inline bool
plx_loop_has_room_for_copies(const struct plx_loop *loop)
{
    return plx_loop_has_room(loop, PLX_LOOP_STEP + loop->streams_max / PLX_LOOP_CLIENTS_PART);
}

#endif
