/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upgraded connection (WebSocket): bytes go both ways between a client's connection and the serving role's peer as
 * they are, each side held back when the other takes no more, until both have ended.
 */
#ifndef PLX_EXCHANGE_TUNNEL_H
#define PLX_EXCHANGE_TUNNEL_H

#include "traffic/exchange/connection.h"

void plx_tunnel_begin(struct plx_connection *connection, struct plx_peer *peer);
void plx_tunnel_to_peer(struct plx_connection *connection, struct plx_slice bytes);
void plx_tunnel_to_client(struct plx_connection *connection, struct plx_slice bytes);
void plx_tunnel_client_drained(struct plx_connection *connection);
void plx_tunnel_client_ended(struct plx_connection *connection, enum plx_status why);
void plx_tunnel_close(struct plx_connection *connection); /* the peer's side; fine where there is no tunnel */

#endif
