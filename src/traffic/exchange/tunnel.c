/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes both ways after a 101; the states are drawn in the header. */
#include "traffic/exchange/tunnel.h"

static void
end(struct plx_tunnel *tunnel)
{
    plx_tunnel_close(tunnel);
    tunnel->ended(tunnel->client);
}

/* Both sides have closed. What is queued for either goes out still. */
static void
finish(struct plx_tunnel *tunnel)
{
    plx_peer_close_gently(tunnel->peer);
    tunnel->peer = NULL;
    end(tunnel);
}

/* A side has closed. true: it waits for the other one; false: it is over. */
static bool
half_close(struct plx_tunnel *tunnel, int state, enum plx_status why)
{
    if (why == PLX_DONE && tunnel->state == PLX_TUNNEL_OPEN) {
        tunnel->state = state;
        return true;
    }
    if (why == PLX_DONE)
        finish(tunnel);
    else
        end(tunnel);
    return false;
}

static void
touch(struct plx_tunnel *tunnel)
{
    plx_deadline_set(&tunnel->client->deadline, tunnel->context->view->snapshot->clients.upgrade);
}

/* From one side to the other, which holds the first one back when it is full. */
static void
pass(struct plx_tunnel *tunnel, struct plx_stream *from, struct plx_stream *to, struct plx_slice bytes)
{
    if (plx_stream_write(to, &bytes, 1) != PLX_OK) {
        end(tunnel);
        return;
    }
    if (to->full)
        plx_stream_pause(from);
    touch(tunnel);
}

void
plx_tunnel_to_peer(struct plx_tunnel *tunnel, struct plx_slice bytes)
{
    pass(tunnel, tunnel->client, &tunnel->peer->stream, bytes);
}

void
plx_tunnel_to_client(struct plx_tunnel *tunnel, struct plx_slice bytes)
{
    pass(tunnel, &tunnel->peer->stream, tunnel->client, bytes);
}

void
plx_tunnel_client_drained(struct plx_tunnel *tunnel)
{
    if (tunnel->state != PLX_TUNNEL_PEER_ENDED)
        plx_stream_read(&tunnel->peer->stream);
    touch(tunnel);
}

void
plx_tunnel_client_ended(struct plx_tunnel *tunnel, enum plx_status why)
{
    if (half_close(tunnel, PLX_TUNNEL_CLIENT_ENDED, why))
        plx_stream_shutdown(&tunnel->peer->stream);
}

static void
peer_bytes(struct plx_peer *peer, struct plx_slice bytes)
{
    plx_tunnel_to_client(peer->user, bytes);
}

static void
peer_ended(struct plx_peer *peer, enum plx_status why)
{
    struct plx_tunnel *tunnel = peer->user;

    if (half_close(tunnel, PLX_TUNNEL_PEER_ENDED, why))
        plx_stream_shutdown(tunnel->client);
}

static void
peer_drained(struct plx_peer *peer)
{
    struct plx_tunnel *tunnel = peer->user;

    if (tunnel->state != PLX_TUNNEL_CLIENT_ENDED)
        plx_stream_read(tunnel->client);
}

static const struct plx_peer_events peer_events = {.bytes = peer_bytes, .ended = peer_ended, .drained = peer_drained};

void
plx_tunnel_begin(struct plx_tunnel *tunnel)
{
    tunnel->state = PLX_TUNNEL_OPEN;
    plx_peer_use(tunnel->peer, &peer_events, tunnel);
    plx_stream_read(&tunnel->peer->stream);
    plx_stream_read(tunnel->client);
    touch(tunnel);
}

void
plx_tunnel_close(struct plx_tunnel *tunnel)
{
    struct plx_peer *peer = tunnel->peer;

    tunnel->state = PLX_TUNNEL_NONE;
    tunnel->peer = NULL;
    if (peer)
        plx_peer_close(peer);
}
