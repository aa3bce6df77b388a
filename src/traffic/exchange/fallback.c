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

/* Whoever the primary calls in its turn has to know that it serves now. */
static void
mark_id(const struct plx_exchange *exchange)
{
    const struct plx_head_place *at = &exchange->terms.heads[PLX_TO_SERVE][PLX_PRIMARY];
    char *id = memmem(exchange->terms.written.ptr + at->from, at->len, exchange->id, PLX_EXCHANGE_ID_BYTES);

    if (id)
        plx_exchange_id_mark(id, (struct plx_exchange_marks){.candidate_serves = false, .copied = false});
}

bool
plx_fallback_begin(struct plx_exchange *exchange)
{
    struct plx_call *failed = plx_exchange_serving(exchange), *primary = &exchange->calls[PLX_PRIMARY];
    struct plx_slice body;

    if (exchange->terms.serving != PLX_CANDIDATE || exchange->answer_begun || !exchange->terms.client ||
        !exchange->terms.heads[PLX_TO_SERVE][PLX_PRIMARY].len || !plx_call_took_nothing(failed, &body))
        return false;
    if (exchange->copied && !plx_http_method_is_idempotent(exchange->terms.method))
        return false; /* its route lets it be copied: the primary has done it */
    take_copy_back(primary);
    exchange->terms.serving = PLX_PRIMARY;
    exchange->terms.stood_in = false;
    exchange->terms.served_ns = 0;
    exchange->fallback = failed->outcome.reason == PLX_INCOMPARABLE_CONNECT ? PLX_FALLBACK_CONNECT : PLX_FALLBACK_RESET;
    mark_id(exchange);
    plx_call_start(primary, body);
    if (exchange->request_whole)
        plx_call_sent(primary);
    if (!plx_call_is_full(primary))
        plx_exchange_request_drained(exchange);
    return true;
}
