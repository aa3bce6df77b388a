/* SPDX-License-Identifier: Apache-2.0 */
/* The primary in the candidate's place. */
#include "traffic/exchange/fallback.h"

/* The primary may have a copy already, whose answer counts for nothing. */
static void
take_copy_back(struct plx_call *primary)
{
    plx_call_cancel(primary, PLX_INCOMPARABLE_CANCELED);
    plx_call_reset(primary);
}

bool
plx_fallback_begin(struct plx_exchange *exchange)
{
    struct plx_call *failed = plx_exchange_serving(exchange), *primary = &exchange->calls[PLX_PRIMARY];
    struct plx_slice request;

    if (exchange->terms.serving != PLX_CANDIDATE || exchange->answer_begun || !exchange->terms.client ||
        !plx_call_took_nothing(failed, &request))
        return false;
    if (exchange->copied && !plx_http_method_is_idempotent(exchange->terms.method))
        return false; /* its route lets it be copied: the primary has done it */
    take_copy_back(primary);
    exchange->terms.serving = PLX_PRIMARY;
    exchange->terms.stood_in = false;
    exchange->terms.served_ns = 0;
    exchange->fallback = failed->outcome.reason == PLX_INCOMPARABLE_CONNECT ? PLX_FALLBACK_CONNECT : PLX_FALLBACK_RESET;
    plx_call_start(primary, &request, 1);
    if (exchange->request_whole)
        plx_call_sent(primary);
    if (!plx_call_is_full(primary))
        plx_exchange_request_drained(exchange);
    return true;
}
