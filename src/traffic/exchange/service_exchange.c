/* SPDX-License-Identifier: Apache-2.0 */
/* A service's exchange: the serving role first, beside it the copies, at the end the verdict. */
#include "traffic/exchange/service_exchange.h"

#include "traffic/exchange/copies.h"
#include "traffic/exchange/forward.h"
#include "traffic/exchange/verdict.h"

static struct plx_slice
name(const struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    return plx_slice_make(exchange->id, exchange->service->correlate ? PLX_EXCHANGE_ID_BYTES : 0);
}

static void
begin(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    plx_forward_begin(exchange);
}

static void
body(struct plx_exchange *exchange, struct plx_slice data)
{
    plx_forward_body(exchange, data);
    if (exchange->copy)
        plx_copies_keep_body(exchange, data);
}

static void
whole(struct plx_exchange *exchange, struct plx_slice trailer)
{
    plx_forward_end(exchange, trailer);
    if (exchange->copy)
        plx_copies_start(exchange);
    plx_exchange_request_sent(exchange);
}

static void
ended(struct plx_exchange *exchange)
{
    if (!exchange->copied && exchange->copy)
        plx_copies_give_up(exchange, PLX_UNCOPIED_CANCELED);
    plx_verdict_reach(exchange);
}

const struct plx_exchange_kind plx_service_exchange = {
    .name = name,
    .begin = begin,
    .body = body,
    .whole = whole,
    .ended = ended,
};
