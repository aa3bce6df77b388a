/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange at a spy's address. It is handed to the watch when its request is whole. What observes is asked of the
 * real dependency like any other, without copies, and its answer told at the end; a stub's is answered here. A call of
 * an exchange that is not copied has no pair, and is counted by itself.
 */
#ifndef PLX_EXCHANGE_SPIED_H
#define PLX_EXCHANGE_SPIED_H

#include "traffic/exchange/exchange.h"

/* By who serves the exchange that the call belongs to, as its Parallax-Exchange says, and by the side that calls. */
const struct plx_exchange_kind *plx_spied_kind(const struct plx_context *context, const struct plx_spy_port *port,
                                               const struct plx_http1_head *head);

#endif
