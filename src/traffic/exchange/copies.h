/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The copies of a request to the roles that do not serve: made when the request is whole and on its way, from one body
 * in memory, where there is room for them; read only as far as their answers can be of use.
 */
#ifndef PLX_EXCHANGE_COPIES_H
#define PLX_EXCHANGE_COPIES_H

#include "traffic/exchange/exchange.h"

/* More of the body that they will be sent. */
void plx_copies_keep_body(struct plx_exchange *exchange, struct plx_slice data);
/* The request is whole: now, beside it, the copies; or none where they are shed or the service is paused by now. */
void plx_copies_start(struct plx_exchange *exchange);
/* There will be none; what is kept of the body goes. */
void plx_copies_give_up(struct plx_exchange *exchange, enum plx_uncopied reason);
/* The copies' and the serving role's lengths have changed, or that has ended: holds copies that are far ahead of it,
 * lets others go on, ends those that are longer than any that could be equal. Whether it has ended one. */
bool plx_copies_balance(struct plx_exchange *exchange);

#endif
