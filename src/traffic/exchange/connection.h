/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's connection: reads requests one after the other, gives each to an exchange, and keeps what the client has
 * sent ahead (pipelining) until its turn comes.
 *
 *   IDLE --bytes--> HEAD --whole--> BODY --whole--> WAITING --answered--> IDLE, or the next head that is here already
 *     `--timeout.idle, drain                           |
 *         `--> gone                                    `--101--> TUNNEL (bytes both ways until both sides have ended)
 */
#ifndef PLX_EXCHANGE_CONNECTION_H
#define PLX_EXCHANGE_CONNECTION_H

#include "traffic/exchange/exchange.h"
#include "traffic/net/listener.h"

#define PLX_PIPELINE_BYTES_MAX (64u * 1024) /* sent ahead: beyond it the connection is not read */

struct plx_connection {
    struct plx_stream stream;
    struct plx_list link; /* in the context's connections */
    struct plx_context *context;
    const struct plx_spy_port *port; /* NULL: of a client, not of a spy */
    char address[64];
    struct plx_buffer pending; /* read, not yet used: the beginning of a head, or what was sent ahead */
    size_t scanned;            /* of a head in pending */
    struct plx_exchange *exchange;
    struct plx_http_body body;
    bool reading_head, reading_body, ended, advancing;
    bool used;    /* it has sent a request */
    bool stalled; /* it takes nothing of its answer: the deadline is about that */
    struct plx_peer *tunnel;
    bool tunnel_ended; /* the peer has closed its side */
};

/* Accepts from a listener. */
void plx_connection_accept(struct plx_context *context, struct plx_listener *listener);
/* From the exchange: bytes of the answer. PLX_E_RESET: the client is gone, which its exchange is told from the loop. */
PLX_MUST_USE enum plx_status plx_connection_send(struct plx_connection *connection, const struct plx_slice *slices,
                                                 size_t count);
/* The exchange has answered; keep: the next request may follow. */
void plx_connection_answered(struct plx_connection *connection, bool keep);
/* The answer can't be completed: the client must see that it was cut off. to_close: its end would look like the
 * answer's, so it is reset. */
void plx_connection_abort(struct plx_connection *connection, bool to_close);
/* The serving role takes more of the request's body. */
void plx_connection_resume(struct plx_connection *connection);
/* From here on bytes go both ways as they are; early: what the peer has sent already. The peer becomes the
 * connection's. */
void plx_connection_tunnel(struct plx_connection *connection, struct plx_peer *peer, struct plx_slice early);
/* No further requests: idle connections are closed, the others after their answer. unused: also those that have sent
 * nothing yet. */
void plx_connections_drain(struct plx_context *context, bool unused);
void plx_connections_close(struct plx_context *context); /* all, at once */

#endif
