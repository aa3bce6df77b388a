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
#include "traffic/exchange/relay.h"
#include "traffic/exchange/tunnel.h"
#include "traffic/net/listener.h"

#define PLX_PIPELINE_BYTES_MAX (64u * 1024) /* sent ahead: beyond it the connection is not read */

struct plx_connection {
    struct plx_stream stream;
    struct plx_list link; /* in the context's connections */
    struct plx_context *context;
    struct plx_exchange_client client; /* as its exchange knows it */
    struct plx_relay relay;            /* writes its answers */
    char address[64];
    struct plx_buffer pending; /* read, not yet used: the beginning of a head, or what was sent ahead */
    size_t scanned;            /* of a head in pending */
    struct plx_exchange *exchange;
    struct plx_http_body body;
    bool reading_head, reading_body, ended, advancing;
    bool used;    /* it has sent a request */
    bool stalled; /* it takes nothing of its answer: the deadline is about that */
    struct plx_tunnel tunnel;
};

/* Accepts from a listener. */
void plx_connection_accept(struct plx_context *context, struct plx_listener *listener);
/* No further requests: idle connections are closed, the others after their answer. unused: also those that have sent
 * nothing yet. */
void plx_connections_drain(struct plx_context *context, bool unused);
void plx_connections_close(struct plx_context *context); /* all, at once */

#endif
