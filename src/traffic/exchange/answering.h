/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the calls of an exchange tell, and what comes of it: the serving role's answer goes to the client as it comes;
 * where it fails the primary takes its place, or the client gets a short answer of our own; copies are kept in balance.
 */
#ifndef PLX_EXCHANGE_ANSWERING_H
#define PLX_EXCHANGE_ANSWERING_H

#include "traffic/exchange/exchange.h"

extern const struct plx_call_events plx_answering_events;

#endif
