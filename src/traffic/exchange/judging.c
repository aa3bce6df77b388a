/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing answers. Runs when the client and all calls are done, so nothing in the exchange changes while another
 * thread compares.
 */
#include "traffic/exchange/judging.h"

#include "base/assert.h"
#include "compare/rules.h"

bool
plx_exchange_has_answer(const struct plx_call *call)
{
    return call->outcome.asked && call->status != 0;
}

bool
plx_exchange_is_unfinished(const struct plx_call *call)
{
    return call->outcome.failed || call->capture.broken;
}

static void
describe(const struct plx_call *call, const char *origin, struct plx_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->status = call->status;
    answer->origin = plx_slice_of(origin ? origin : "");
    answer->headers = call->headers;
    answer->header_count = call->header_count;
    answer->trailers = call->trailers;
    answer->trailer_count = call->trailer_count;
    answer->unfinished = plx_exchange_is_unfinished(call);
    plx_capture_describe(&call->capture, answer);
    if (answer->unfinished)
        answer->body_length++; /* more than was read */
}

const struct plx_rules *
plx_exchange_rules(const struct plx_exchange *exchange)
{
    return exchange->route ? exchange->route->rules : exchange->service->rules;
}

/* Between the moments at which two roles looked at a clock lies no more than the longest of their answers took, as far
 * as they were asked at the same time. One figure for all: with one for each, a slower role would have fewer times that
 * differ, which is told apart as if its times were others. */
static double
late_ms(const struct plx_exchange *exchange)
{
    uint64_t longest = 0;

    for (int role = 0; role < PLX_ROLES; role++)
        if (plx_exchange_has_answer(&exchange->calls[role]) && exchange->calls[role].outcome.duration_ns > longest)
            longest = exchange->calls[role].outcome.duration_ns;
    return (double)longest / 1e6;
}

static void
compare(struct plx_exchange *exchange)
{
    const struct plx_compare_limits limits = {
        .now_s = (int64_t)(exchange->time_ms / 1000),
        .late_ms = late_ms(exchange),
    };
    const struct plx_answer *secondary =
        plx_exchange_has_answer(&exchange->calls[PLX_SECONDARY]) ? &exchange->answers[PLX_SECONDARY] : NULL;

    exchange->judged =
        plx_judge(plx_exchange_rules(exchange), &exchange->answers[PLX_PRIMARY], &exchange->answers[PLX_CANDIDATE],
                  secondary, &limits, exchange->terms.arena, &exchange->judgement);
}

static void
compare_on_thread(uv_work_t *work)
{
    compare(PLX_CONTAINER(work, struct plx_exchange, work));
}

static bool
same_bytes(const struct plx_answer *a, const struct plx_answer *b)
{
    return plx_slice_equal(a->body, b->body);
}

static bool
is_long(const struct plx_exchange *exchange)
{
    const struct plx_answer *answers = exchange->answers;
    size_t bytes = answers[PLX_PRIMARY].body.len + answers[PLX_CANDIDATE].body.len + answers[PLX_SECONDARY].body.len;

    bool costly = exchange->calls[PLX_PRIMARY].costly || exchange->calls[PLX_CANDIDATE].costly ||
                  exchange->calls[PLX_SECONDARY].costly || plx_rules_are_costly(plx_exchange_rules(exchange));

    if (bytes <= PLX_VERDICT_INLINE_BYTES && !costly)
        return false;
    return !same_bytes(&answers[PLX_PRIMARY], &answers[PLX_CANDIDATE]) ||
           (plx_exchange_has_answer(&exchange->calls[PLX_SECONDARY]) &&
            !same_bytes(&answers[PLX_PRIMARY], &answers[PLX_SECONDARY]));
}

static void
compared_on_thread(uv_work_t *work, int error)
{
    struct plx_exchange *exchange = PLX_CONTAINER(work, struct plx_exchange, work);

    exchange->comparing = false;
    if (error)
        exchange->judged = PLX_E_CANCELED;
    exchange->when_judged(exchange);
}

void
plx_exchange_judge(struct plx_exchange *exchange, void (*judged)(struct plx_exchange *exchange))
{
    exchange->when_judged = judged;
    for (int role = 0; role < PLX_ROLES; role++)
        describe(&exchange->calls[role], exchange->service->roles[role].url, &exchange->answers[role]);
    if (is_long(exchange) &&
        uv_queue_work(&exchange->terms.context->loop.uv, &exchange->work, compare_on_thread, compared_on_thread) == 0) {
        exchange->comparing = true;
        return;
    }
    compare(exchange);
    judged(exchange);
}
