/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets. They are bound before the workers start, so that an address that can't be had is an error at the
 * start; each worker gets one of its own for every address (SO_REUSEPORT), and the kernel spreads the connections.
 */
#ifndef PLX_NET_LISTENER_H
#define PLX_NET_LISTENER_H

#include "traffic/net/stream.h"

#define PLX_LISTENER_RETRY_MS 20u /* after which a connection that could not be taken is tried again */

/*
 * Binds and listens. port 0 takes a free one; *bound (may be NULL) says which it was. On failure -1, and error says
 * what happened and how to mend it.
 */
int plx_listen_socket(const char *host, uint16_t port, bool reuse_port, uint16_t *bound, char *error, size_t size);

/*
 * Whether nobody listens there: sockets that share a port (SO_REUSEPORT) would not notice another program of the same
 * user that shares it, too. On false, error as above.
 */
bool plx_listen_is_free(const char *host, uint16_t port, char *error, size_t size);

struct addrinfo;

/* What an address to listen on is for getaddrinfo(3); the first one counts. freeaddrinfo() frees it. NULL: there is
 * none, and error says why where size is not 0. */
struct addrinfo *plx_listen_resolve(const char *host, uint16_t port, char *error, size_t size);

struct plx_listener {
    uv_poll_t poll; /* a simulated world needs none */
    struct plx_deadline retry;
    struct plx_loop *loop;
    const void *user; /* the owner's, set before it is started; NULL */
    int descriptor;   /* that it listens on */
    bool closed;
    int waiting; /* accepted and not taken: the others wait behind it, in the kernel's queue; -1: none */
    /*
     * A connection is waiting: take it with plx_listener_accept() into an initialised stream. Where there is no room or
     * no memory for it, just return: it is offered again every PLX_LISTENER_RETRY_MS.
     */
    void (*ready)(struct plx_listener *listener);
};

/* Takes the descriptor over. */
PLX_MUST_USE enum plx_status plx_listener_start(struct plx_listener *listener, struct plx_loop *loop, int descriptor,
                                                void (*ready)(struct plx_listener *listener));
/* Accepts into stream; with its peer's address as text (may be NULL; PLX_PEER_TEXT bytes). */
PLX_MUST_USE enum plx_status plx_listener_accept(struct plx_listener *listener, struct plx_stream *stream,
                                                 char *address);
void plx_listener_close(struct plx_listener *listener); /* idempotent */

/* ---- for plx_loop_ops ---- */

void plx_listener_look(struct plx_listener *listener); /* somebody may have come */

#endif
