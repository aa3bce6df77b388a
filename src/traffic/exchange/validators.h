/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validators (RFC 9110, 13.1) belong to the role that made them: an ETag that the serving role gave to a client is
 * unknown to the others, so that 304 of one beside 200 of the other says nothing. Copies keep them all the same, since
 * roles that make them alike are then compared as they answer clients.
 */
#ifndef PLX_EXCHANGE_VALIDATORS_H
#define PLX_EXCHANGE_VALIDATORS_H

#include "evidence/count/exchange_outcome.h"

/* Whether two answers with these statuses differ since a validator of the request held for one of the roles alone: one
 * is 304, 412 or 206 for it, and the other is a success, or another one of these. */
bool plx_validators_decide(const struct plx_message_view *request, int primary, int candidate);

#endif
