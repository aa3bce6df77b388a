/* SPDX-License-Identifier: Apache-2.0 */
/* The serving role's answer on its way to the client, and the short answers of our own where there is none. */
#ifndef PLX_EXCHANGE_RELAY_H
#define PLX_EXCHANGE_RELAY_H

#include "traffic/exchange/exchange.h"

/* An interim answer (1xx, not 101). */
void plx_relay_interim(struct plx_exchange *exchange, const struct plx_http1_head *head);
/* The head, and what came of the body with it: runs of bytes; ended: the body is whole. */
void plx_relay_head(struct plx_exchange *exchange, const struct plx_http1_head *head);
/* Runs of the body; they are gathered and go out with plx_relay_flush(). */
void plx_relay_body(struct plx_exchange *exchange, struct plx_slice data);
void plx_relay_end(struct plx_exchange *exchange, struct plx_slice trailer);
void plx_relay_flush(struct plx_exchange *exchange);
/* The serving role has failed: 502 or 504 where nothing has gone out yet, else the client's connection is cut. */
void plx_relay_failure(struct plx_exchange *exchange, enum plx_incomparable reason);

#endif
