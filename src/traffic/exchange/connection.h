/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's connection: reads requests one after the other, gives each to an exchange, and keeps what the client has
 * sent ahead (pipelining) until its turn comes.
 *
 *   NEW ---bytes--> HEAD --whole--> BODY --whole--> WAITING --answered--> IDLE
 *                    ^ `---whole, without a body---->^ |                   |
 *                    `---bytes, or sent ahead----------|-------------------'
 *                                                      `--101--> TUNNEL (bytes both ways until both sides have ended)
 *   any --time-out, drain, the client's end, refused, cut, answered for the last time--> CLOSING --> gone
 *
 * An answer may be whole in BODY: the rest of the request is read then, for the serving role and the copies.
 * A head that comes in one piece goes past HEAD. An exchange is there in BODY and WAITING, and in no other state.
 */
#ifndef PLX_EXCHANGE_CONNECTION_H
#define PLX_EXCHANGE_CONNECTION_H

#include "traffic/exchange/exchange.h"
#include "traffic/exchange/relay.h"
#include "traffic/exchange/tunnel.h"
#include "traffic/http1/framing.h"
#include "traffic/net/listener.h"

#define PLX_PIPELINE_BYTES_MAX (64u * 1024) /* sent ahead: beyond it the connection is not read */
#define PLX_DRAIN_IDLE_MS      1000u        /* after which an idle one is closed while the process drains */

/* Read of a request whose answer was whole before it, so that the connection can be kept; a longer one is closed. */
#define PLX_REST_BYTES_MAX ((uint64_t)8 * 1024 * 1024)

enum plx_connection_state {
    PLX_CONNECTION_NEW,     /* has sent nothing yet */
    PLX_CONNECTION_IDLE,    /* between two requests */
    PLX_CONNECTION_HEAD,    /* the beginning of a head is in pending */
    PLX_CONNECTION_BODY,    /* the exchange is given the body */
    PLX_CONNECTION_WAITING, /* the request is whole, the exchange answers */
    PLX_CONNECTION_TUNNEL,
    PLX_CONNECTION_CLOSING, /* nothing is read, answered or waited for; the stream ends at once or gently */
};

struct plx_connection {
    struct plx_stream stream;
    struct plx_list link; /* in the context's connections */
    struct plx_context *context;
    enum plx_connection_state state;   /* changed by one function */
    bool ended;                        /* the client has closed its side: what is here is answered, then it is over */
    bool stalled;                      /* the client takes nothing of its answer: the deadline is about that */
    bool expects;                      /* in BODY: the client waits for a 100 and has sent nothing of it */
    uint64_t rest;                     /* in BODY: bytes of it that came after the answer and that nobody takes */
    bool advancing;                    /* in the loop that takes input, which is not entered again */
    struct plx_exchange *exchange;     /* in BODY and WAITING */
    struct plx_exchange_client client; /* as the exchange knows it */
    char address[64];
    struct plx_buffer pending; /* read, not yet used: the beginning of a head, or what was sent ahead */
    size_t scanned;            /* of a head in pending */
    struct plx_http_body body; /* in BODY */
    struct plx_relay relay;    /* writes the answers */
    struct plx_tunnel tunnel;  /* in TUNNEL */
};

/* Accepts from a listener. */
void plx_connection_accept(struct plx_context *context, struct plx_listener *listener);
/*
 * From now on each answer is a connection's last one, and says so. Who was told before that its connection is kept may
 * just be sending its next request: so an idle one is closed when nothing has come for PLX_DRAIN_IDLE_MS.
 */
void plx_connections_drain(struct plx_context *context);
void plx_connections_close(struct plx_context *context); /* all, at once */
/*
 * A client waits for a descriptor. Closes some that have no request, the oldest first, and have sent nothing for
 * PLX_CLIENT_GRACE_MS: those without any so far, and where there are none such at all those between two requests that
 * have all of their answers. In the latter case answers are for a while their connections' last ones, and say so: who
 * asks again and again is never cut just when its next request is on the way (RFC 9112, 9.6).
 */
void plx_connections_make_room(struct plx_context *context);

#endif
