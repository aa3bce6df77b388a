/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison of what the roles answered, here or on another thread: for a verdict, and for a recheck. */
#ifndef PLX_EXCHANGE_JUDGING_H
#define PLX_EXCHANGE_JUDGING_H

#include "traffic/exchange/exchange.h"

/*
 * Bodies of more bytes than this together, that are not the same bytes, are compared on another thread, and so are
 * shorter ones that turn out to take more than a few milliseconds.
 */
#define PLX_VERDICT_INLINE_BYTES (16u * 1024)

bool plx_exchange_has_answer(const struct plx_call *call);    /* a head has come: there is something to compare */
bool plx_exchange_is_unfinished(const struct plx_call *call); /* what came is not the whole answer */
const struct plx_rules *plx_exchange_rules(const struct plx_exchange *exchange);
/*
 * Compares the candidate's answer with the primary's, which both are there, and the secondary's where there is one.
 * Nothing in the exchange may change until `judged` says that its `judged` (what came of it), `judgement` and `answers`
 * are filled: within the call, or later. The judgement is gone when `judged` has returned. PLX_E_CANCELED: it was shed.
 */
void plx_exchange_judge(struct plx_exchange *exchange, void (*judged)(struct plx_exchange *exchange));

#endif
