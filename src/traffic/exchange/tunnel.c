/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes both ways after a 101. Ends by closing the client's stream, whose owner then frees the connection. */
#include "traffic/exchange/tunnel.h"

static void
end(struct plx_connection *connection)
{
    plx_tunnel_close(connection);
    plx_stream_close_gently(&connection->stream);
}

static void
touch(struct plx_connection *connection)
{
    plx_deadline_set(&connection->stream.deadline, connection->context->view->snapshot->clients.upgrade);
}

/* From one side to the other, which holds the first one back when it is full. */
static void
pass(struct plx_connection *connection, struct plx_stream *from, struct plx_stream *to, struct plx_slice bytes)
{
    if (plx_stream_write(to, &bytes, 1) != PLX_OK) {
        end(connection);
        return;
    }
    if (to->full)
        plx_stream_pause(from);
    touch(connection);
}

void
plx_tunnel_to_peer(struct plx_connection *connection, struct plx_slice bytes)
{
    pass(connection, &connection->stream, &connection->tunnel->stream, bytes);
}

void
plx_tunnel_to_client(struct plx_connection *connection, struct plx_slice bytes)
{
    pass(connection, &connection->tunnel->stream, &connection->stream, bytes);
}

void
plx_tunnel_client_drained(struct plx_connection *connection)
{
    if (!connection->tunnel_ended)
        plx_stream_read(&connection->tunnel->stream);
    touch(connection);
}

void
plx_tunnel_client_ended(struct plx_connection *connection, enum plx_status why)
{
    connection->ended = true;
    if (why != PLX_DONE || connection->tunnel_ended)
        end(connection);
    else
        plx_stream_shutdown(&connection->tunnel->stream);
}

static void
peer_bytes(struct plx_peer *peer, struct plx_slice bytes)
{
    plx_tunnel_to_client(peer->user, bytes);
}

static void
peer_ended(struct plx_peer *peer, enum plx_status why)
{
    struct plx_connection *connection = peer->user;

    connection->tunnel_ended = true;
    if (why != PLX_DONE || connection->ended)
        end(connection);
    else
        plx_stream_shutdown(&connection->stream);
}

static void
peer_drained(struct plx_peer *peer)
{
    struct plx_connection *connection = peer->user;

    if (!connection->ended)
        plx_stream_read(&connection->stream);
}

static const struct plx_peer_events peer_events = {.bytes = peer_bytes, .ended = peer_ended, .drained = peer_drained};

void
plx_tunnel_begin(struct plx_connection *connection, struct plx_peer *peer)
{
    connection->tunnel = peer;
    plx_peer_use(peer, &peer_events, connection);
    plx_stream_read(&peer->stream);
    plx_stream_read(&connection->stream);
    touch(connection);
}

void
plx_tunnel_close(struct plx_connection *connection)
{
    struct plx_peer *peer = connection->tunnel;

    connection->tunnel = NULL;
    if (peer)
        plx_peer_close(peer);
}
