/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange at a spy's address. It is handed to the watch when its request is whole. What observes is asked of the
 * real dependency like any other, without copies, and its answer told at the end; a stub's is answered here.
 */
#ifndef PLX_EXCHANGE_SPIED_H
#define PLX_EXCHANGE_SPIED_H

#include "traffic/exchange/exchange.h"

/* Of a spy's listener: where its connections belong. */
struct plx_spy_port {
    size_t spy; /* its index, which is its service's in the snapshot, too */
    enum plx_role side;
};

/* Its head has been kept. true: nobody is asked, since it is a stub's. */
bool plx_spied_begin(struct plx_exchange *exchange, const struct plx_http1_head *head);
/* More of its body; true as above. */
bool plx_spied_body(struct plx_exchange *exchange, struct plx_slice data);
/* Its request is whole. A stub may answer within this, and the exchange end. true as above. */
bool plx_spied_whole(struct plx_exchange *exchange);
/* All of it is on its way to the real dependency. */
void plx_spied_sent(struct plx_exchange *exchange);
/* Client and calls are done: the watch is told, and the exchange ends. */
void plx_spied_ended(struct plx_exchange *exchange);
/* The Parallax-Exchange that the caller sent, for the real dependency; empty: none. */
struct plx_slice plx_spied_exchange_id(const struct plx_http_head *head);

#endif
