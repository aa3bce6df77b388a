/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of an exchange: for whoever reads requests. */
#ifndef PLX_EXCHANGE_BEGIN_H
#define PLX_EXCHANGE_BEGIN_H

#include "traffic/exchange/exchange.h"
#include "traffic/http1/wire.h"

/*
 * Begins an exchange for a head that has just been read (the context's scratch head, whose slices may be moved to a
 * copy). The client must outlive it, or say before that it is gone; it is told nothing within this but go_on. NULL:
 * there is none, since no service takes the host, or there is no memory: *refused, which is the client's to count and
 * answer.
 */
struct plx_exchange *plx_exchange_begin(struct plx_context *context, struct plx_exchange_client *client,
                                        struct plx_http1_head *head, enum plx_refused *refused);

#endif
