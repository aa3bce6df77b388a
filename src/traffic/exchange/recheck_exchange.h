/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking again: an exchange without a client. Primary and candidate are asked at the same time, as copies are, and what
 * they answer is compared and told to the cause of the mismatch. It counts as no exchange.
 */
#ifndef PLX_EXCHANGE_RECHECK_EXCHANGE_H
#define PLX_EXCHANGE_RECHECK_EXCHANGE_H

#include "traffic/exchange/recheck.h"

/* Takes it over. Nothing is asked where there is no room, nor where the services that are now in force have no such
 * recheck any more: it is then counted as dropped. */
void plx_recheck_begin(struct plx_context *context, struct plx_recheck *recheck);

#endif
