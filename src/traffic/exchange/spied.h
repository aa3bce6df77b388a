/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange at a spy's address. It is handed to the watch when its request is whole. What observes is asked of the
 * real dependency like any other, without copies, and its answer told at the end; a stub's is answered here.
 */
#ifndef PLX_EXCHANGE_SPIED_H
#define PLX_EXCHANGE_SPIED_H

#include "traffic/exchange/exchange.h"

const struct plx_exchange_kind *plx_spied_kind(const struct plx_context *context, const struct plx_spy_port *port);

#endif
