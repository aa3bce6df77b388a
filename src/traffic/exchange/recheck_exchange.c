/* SPDX-License-Identifier: Apache-2.0 */
/* A recheck under way. Its terms name the secondary as who serves, which it does not ask: so both its calls are copies.
 */
#include "traffic/exchange/recheck_exchange.h"

#include "traffic/exchange/judging.h"
#include "traffic/exchange/validators.h"
#include "traffic/http1/write.h"

/* ---- its end ---- */

static void
finish(struct plx_exchange *exchange, enum plx_recheck_result result)
{
    struct plx_recheck *recheck = exchange->recheck;

    plx_recheck_tell(exchange->terms.context, exchange->service, recheck->cause, result);
    exchange->recheck = NULL;
    plx_exchange_end(exchange);
    plx_recheck_free(recheck); /* last: it has a hold on the view */
}

static void
conclude(struct plx_exchange *exchange)
{
    if (exchange->judged == PLX_OK)
        finish(exchange, plx_recheck_judge(exchange->recheck, &exchange->judgement));
    else
        finish(exchange, PLX_RECHECK_INCOMPARABLE);
}

static void
ended(struct plx_exchange *exchange)
{
    const struct plx_call *calls = exchange->calls;
    bool answered = true, canceled = false;

    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++) {
        answered &= plx_exchange_has_answer(&calls[role]) && !plx_exchange_is_unfinished(&calls[role]);
        canceled |= calls[role].outcome.failed && calls[role].outcome.reason == PLX_INCOMPARABLE_CANCELED;
    }
    if (answered && plx_validators_decide(&exchange->request, calls[PLX_PRIMARY].status, calls[PLX_CANDIDATE].status))
        finish(exchange, PLX_RECHECK_INCOMPARABLE);
    else if (answered)
        plx_exchange_judge(exchange, conclude);
    else
        finish(exchange, canceled ? PLX_RECHECK_DROPPED : PLX_RECHECK_INCOMPARABLE);
}

static const struct plx_exchange_kind kind = {.keeps = true, .ended = ended};

/* ---- its calls ---- */

static void
on_read(struct plx_call *call)
{
    struct plx_exchange *exchange = plx_exchange_of(call);

    if (call->capture.length <= exchange->recheck->answer_bytes_max)
        return;
    plx_call_cut(call);
    plx_exchange_check_ended(exchange);
}

static void
on_ended(struct plx_call *call)
{
    plx_exchange_check_ended(plx_exchange_of(call));
}

/* The others are of the serving role's call. */
static const struct plx_call_events events = {.read = on_read, .ended = on_ended};

/* ---- its beginning ---- */

/* `per_second` was spent when the mismatch was counted. Of those asked after another time, or admitted where there
 * could be more, one second may get too many. */
static bool
keeps_budget(const struct plx_recheck_options *now, const struct plx_recheck_options *before)
{
    return now->share && now->after_ms == before->after_ms && now->per_second >= before->per_second;
}

/* Whether it still says something of what is in force: a reload, a change of the stage or a pause may have come
 * between. */
static bool
is_wanted(const struct plx_context *context, const struct plx_service *service)
{
    const struct plx_service *now = plx_service_by_name(context->view->snapshot, plx_slice_of(service->name));

    return now && keeps_budget(&now->recheck, &service->recheck) && !now->paused &&
           (now->stage == PLX_STAGE_SHADOW || now->stage == PLX_STAGE_CANARY) &&
           plx_upstream_equal(&now->roles[PLX_PRIMARY], &service->roles[PLX_PRIMARY]) &&
           plx_upstream_equal(&now->roles[PLX_CANDIDATE], &service->roles[PLX_CANDIDATE]);
}

/* Half of what copies may take, so that rechecks are shed before them. */
static bool
take_room(const struct plx_context *context, const struct plx_service *service)
{
    if (context->draining || context->loop.streams >= context->loop.streams_max / 2 ||
        context->kept_bytes > PLX_KEPT_BYTES_MAX / 2)
        return false;
    if (atomic_fetch_add_explicit(service->copies, 1, memory_order_relaxed) < (service->limits.copies + 1) / 2)
        return true;
    atomic_fetch_sub_explicit(service->copies, 1, memory_order_relaxed);
    return false;
}

static void
agree(struct plx_exchange *exchange, const struct plx_recheck *recheck)
{
    struct plx_call_terms *terms = &exchange->terms;

    terms->events = &events;
    terms->client = NULL;
    terms->pools = exchange->state->recheck_pools;
    terms->timeouts = exchange->route ? &exchange->route->timeouts : &exchange->service->timeouts;
    terms->capture_bytes = exchange->service->limits.capture_bytes;
    memset(terms->heads, 0, sizeof(terms->heads));
    terms->method = recheck->method;
    terms->serving = PLX_SECONDARY;
    terms->upgrade = terms->stood_in = false;
    terms->bodyless = terms->keeps = true;
}

static void
init(struct plx_exchange *exchange, struct plx_recheck *recheck)
{
    struct plx_context *context = exchange->terms.context;

    exchange->recheck = recheck;
    exchange->port = NULL;
    exchange->kind = &kind;
    exchange->view = plx_view_ref(recheck->view);
    exchange->service = recheck->service;
    exchange->state = &recheck->view->services[recheck->service->index];
    exchange->route = recheck->route;
    exchange->time_ms = plx_loop_wall_ms(&context->loop);
    exchange->began_ns = plx_loop_now_ns(&context->loop);
    exchange->answered_ns = 0;
    plx_context_make_id(context, exchange->service, exchange->time_ms, exchange->id);
    plx_exchange_id_mark(exchange->id, (struct plx_exchange_marks){.copied = true}); /* as if the primary served it */
    exchange->address[0] = '\0';
    exchange->endpoint_len = 0;
    exchange->framing = PLX_FRAMING_NONE;
    exchange->request_whole = true;
    exchange->copied = exchange->has_room = true; /* it has taken a copy's */
    exchange->terms.served_ns =
        plx_loop_now_ns(&exchange->terms.context->loop); /* nobody serves: they have their time */
    exchange->copy = exchange->answer_begun = exchange->comparing = false;
    agree(exchange, recheck);
}

static bool
write_heads(struct plx_exchange *exchange)
{
    const struct plx_recheck *recheck = exchange->recheck;
    struct plx_buffer *written = &exchange->terms.written;

    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++) {
        size_t from = written->len;
        plx_buffer_add(written, recheck->heads[role]);
        plx_http_write_marks(written, &(struct plx_http_marks){
                                          .role = plx_role_text((enum plx_role)role),
                                          .exchange = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES),
                                          .recheck = plx_slice_make(recheck->id, PLX_EXCHANGE_ID_BYTES),
                                      });
        exchange->terms.heads[PLX_TO_COPY][role] =
            (struct plx_head_place){(uint32_t)from, (uint32_t)(written->len - from)};
    }
    return !written->failed;
}

void
plx_recheck_begin(struct plx_context *context, struct plx_recheck *recheck)
{
    struct plx_exchange *exchange = NULL;

    if (is_wanted(context, recheck->service) && take_room(context, recheck->service)) {
        exchange = plx_exchange_take(context);
        if (!exchange)
            atomic_fetch_sub_explicit(recheck->service->copies, 1, memory_order_relaxed);
    }
    if (!exchange) {
        plx_recheck_tell(context, recheck->service, recheck->cause, PLX_RECHECK_DROPPED);
        plx_recheck_free(recheck);
        return;
    }
    init(exchange, recheck);
    if (!write_heads(exchange)) {
        finish(exchange, PLX_RECHECK_DROPPED);
        return;
    }
    for (int role = PLX_PRIMARY; role <= PLX_CANDIDATE; role++)
        plx_call_start_copy(&exchange->calls[role], NULL, 0);
}
