/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each role is asked, for each purpose: the only place that writes a request's head. A call takes its own from
 * its terms (plx_call_head()), so that no role is ever sent another one's bytes.
 */
#ifndef PLX_EXCHANGE_REQUESTS_H
#define PLX_EXCHANGE_REQUESTS_H

#include "traffic/exchange/exchange.h"
#include "traffic/http1/wire.h"

/*
 * Writes the heads that this exchange may need into its terms: to serve, for who serves and, in a candidate's place,
 * for the primary; to copy, for who gets a copy. name: the Parallax-Exchange of who serves; empty: none. A role whose
 * request can't be rewritten has none. PLX_E_LIMIT: that is so of who serves; PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_requests_write(struct plx_exchange *exchange, const struct plx_http1_head *head,
                                                struct plx_slice name);
/* Those to copy alone, of all roles but the one that serves. */
PLX_MUST_USE enum plx_status plx_requests_write_copies(struct plx_exchange *exchange,
                                                       const struct plx_http1_head *head);
/* Trailer lines as the role gets them: without the fields that are set or removed. In the exchange's arena where they
 * are others. */
struct plx_slice plx_requests_trailer(const struct plx_exchange *exchange, enum plx_role role, struct plx_slice lines);

#endif
