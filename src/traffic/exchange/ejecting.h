/* SPDX-License-Identifier: Apache-2.0 */
/* What is seen of a canary's candidate, told to its ejection (service/ejection.h), and a line in the log where that has
 * changed something. */
#ifndef PLX_EXCHANGE_EJECTING_H
#define PLX_EXCHANGE_EJECTING_H

#include "traffic/exchange/exchange.h"

/* Whether a client that was drawn for the candidate is kept from it; false with exchange->trial: it is the trial. */
bool plx_ejecting_keeps_from(struct plx_exchange *exchange);
/* The candidate is about to be sent its copy, which may be the trial. */
void plx_ejecting_copy(struct plx_exchange *exchange);
/* A call has got on, or has ended: of the candidate's its answer, or its failure to give one, is noted once. */
void plx_ejecting_look(struct plx_call *call);

#endif
