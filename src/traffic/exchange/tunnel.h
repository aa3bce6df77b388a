/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upgraded connection (WebSocket): bytes go both ways between a client's stream and the serving role's peer as they
 * are, each side held back when the other takes no more, until both have ended.
 *
 *   OPEN --client has closed its side--> CLIENT_ENDED --peer, too, or a side broke--> NONE: `ended`
 *     `----peer has closed its side----> PEER_ENDED ----client, too, or a side broke--> NONE
 */
#ifndef PLX_EXCHANGE_TUNNEL_H
#define PLX_EXCHANGE_TUNNEL_H

#include "traffic/exchange/exchange_context.h"

struct plx_tunnel {
    enum {
        PLX_TUNNEL_NONE,
        PLX_TUNNEL_OPEN,
        PLX_TUNNEL_CLIENT_ENDED,
        PLX_TUNNEL_PEER_ENDED,
    } state;
    struct plx_stream *client;
    struct plx_peer *peer;
    const struct plx_context *context; /* clients.upgrade: so long without a byte, and the client's deadline fires */
    void (*ended)(struct plx_stream *client); /* the peer is closed; the client's stream is its owner's to close */
};

/* The peer becomes the tunnel's. tunnel: as it is to be, but for the state. */
void plx_tunnel_begin(struct plx_tunnel *tunnel);
void plx_tunnel_to_peer(struct plx_tunnel *tunnel, struct plx_slice bytes);
void plx_tunnel_to_client(struct plx_tunnel *tunnel, struct plx_slice bytes);
void plx_tunnel_client_drained(struct plx_tunnel *tunnel);
void plx_tunnel_client_ended(struct plx_tunnel *tunnel, enum plx_status why);
void plx_tunnel_close(struct plx_tunnel *tunnel); /* the peer's side, without an event; fine where it is closed */

#endif
