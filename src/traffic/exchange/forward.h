/* SPDX-License-Identifier: Apache-2.0 */
/* The request on its way to the serving role: its head as each role gets it, its body as it comes, framed as it came.
 */
#ifndef PLX_EXCHANGE_FORWARD_H
#define PLX_EXCHANGE_FORWARD_H

#include "traffic/exchange/exchange.h"
#include "traffic/http1/wire.h"

/* Writes the heads for the serving role and for the copies. name: the Parallax-Exchange of the first. false: no memory,
 * or one is too long. */
PLX_MUST_USE bool plx_forward_heads(struct plx_exchange *exchange, const struct plx_http1_head *head,
                                    struct plx_slice name);
void plx_forward_begin(struct plx_exchange *exchange);
void plx_forward_body(struct plx_exchange *exchange, struct plx_slice data);
void plx_forward_end(struct plx_exchange *exchange, struct plx_slice trailer);

#endif
