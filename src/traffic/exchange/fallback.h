/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary in the place of a candidate that can't serve. Where asking it can do nothing twice it is asked: what is
 * held for it is what waited for the candidate's connection, so it is bounded as that is (PLX_CALL_WAITING_BYTES). Else
 * it may have had a copy, whose answer is kept for the comparison up to limits.capture: that is as good.
 */
#ifndef PLX_EXCHANGE_FALLBACK_H
#define PLX_EXCHANGE_FALLBACK_H

#include "traffic/exchange/exchange.h"

/*
 * The serving call has failed: where it was the candidate's and nothing has reached the client, the primary is asked
 * and serves from here on. false: nothing has changed, the client has to be told.
 */
bool plx_fallback_begin(struct plx_exchange *exchange);
/*
 * Likewise, where asking the primary again might do something twice, or helps nobody any more: whether it has a copy
 * of the request, whose answer the client is to get. terms.awaits_copy is then set, until that has ended.
 */
bool plx_fallback_await(struct plx_exchange *exchange);
/* That copy has ended: its answer is the client's. false: it gave none, or one too long to be kept whole; the client
 * has to be told. */
bool plx_fallback_give(struct plx_exchange *exchange);

#endif
