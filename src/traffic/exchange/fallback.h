/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary in the place of a candidate that can't serve: where asking it can do nothing twice. What is held for it
 * is what waited for the candidate's connection, so it is bounded as that is (PLX_CALL_WAITING_BYTES).
 */
#ifndef PLX_EXCHANGE_FALLBACK_H
#define PLX_EXCHANGE_FALLBACK_H

#include "traffic/exchange/exchange.h"

/*
 * The serving call has failed: where it was the candidate's and nothing has reached the client, the primary is asked
 * and serves from here on. false: nothing has changed, the client has to be told.
 */
bool plx_fallback_begin(struct plx_exchange *exchange);

#endif
