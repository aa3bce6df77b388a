/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer as HTTP/1 writes it to a client's stream: the head rewritten, the body as it came, framed anew where the
 * client's version or the answer's framing asks for it; and the short answers of our own.
 *
 * What one read of the role gives goes out in one write: it is gathered in the context, until flushed. So everything
 * that is begun is flushed before another stream's turn.
 */
#ifndef PLX_EXCHANGE_RELAY_H
#define PLX_EXCHANGE_RELAY_H

#include "traffic/exchange/exchange_client.h"
#include "traffic/exchange/exchange_context.h"
#include "traffic/http1/wire.h"

struct plx_relay {
    struct plx_context *context;
    struct plx_stream *stream;
    int minor;                     /* of the client's version */
    bool keep_alive;               /* the client would keep its connection, and nothing so far has been against it */
    enum plx_http_framing framing; /* of the answer, once its head has gone */
};

void plx_relay_interim(struct plx_relay *relay, const struct plx_http1_head *head);
void plx_relay_head(struct plx_relay *relay, const struct plx_http1_head *head);
void plx_relay_body(struct plx_relay *relay, struct plx_slice data);
void plx_relay_end(struct plx_relay *relay, struct plx_slice trailer);
void plx_relay_flush(struct plx_relay *relay);
/* All of it, flushed. */
void plx_relay_own(struct plx_relay *relay, const struct plx_own_answer *answer);

#endif
