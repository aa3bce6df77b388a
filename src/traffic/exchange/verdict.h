/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the answers to the ledger: compares what the roles gave, comes to the exchange's verdict, counts it in the
 * worker's tally and ends the exchange. A long comparison runs on another thread, so that it delays no client.
 */
#ifndef PLX_EXCHANGE_VERDICT_H
#define PLX_EXCHANGE_VERDICT_H

#include "traffic/exchange/exchange.h"

void plx_verdict_reach(struct plx_exchange *exchange);
/* Tells in the log when a role begins to fail, and when it has recovered. */
void plx_verdict_note_health(struct plx_exchange *exchange, const struct plx_call *call);

#endif
