/* SPDX-License-Identifier: Apache-2.0 */
/* The request on its way to the serving role: its head, and its body as it comes, framed as it came. */
#ifndef PLX_EXCHANGE_FORWARD_H
#define PLX_EXCHANGE_FORWARD_H

#include "traffic/exchange/exchange.h"
#include "traffic/http1/wire.h"

void plx_forward_begin(struct plx_exchange *exchange);
void plx_forward_body(struct plx_exchange *exchange, struct plx_slice data);
void plx_forward_end(struct plx_exchange *exchange, struct plx_slice trailer);

#endif
