/* SPDX-License-Identifier: Apache-2.0 */
/* What waits to be asked again. Those of services with a longer `after` stand behind others that came later. */
#include "traffic/exchange/rechecks.h"

#include "evidence/count/cause_id.h"
#include "traffic/exchange/recheck_exchange.h"

static uint64_t
now_ms(const struct plx_rechecks *rechecks)
{
    return plx_loop_now_ms(&rechecks->context->loop);
}

/* ---- waiting ---- */

static struct plx_recheck *
first(const struct plx_rechecks *rechecks)
{
    if (plx_list_empty(&rechecks->waiting))
        return NULL;
    return PLX_CONTAINER(rechecks->waiting.next, struct plx_recheck, link);
}

static struct plx_recheck *
take_first(struct plx_rechecks *rechecks)
{
    struct plx_recheck *recheck = first(rechecks);

    plx_list_remove(&recheck->link);
    rechecks->count--;
    rechecks->bytes -= recheck->bytes;
    return recheck;
}

static void
arm(struct plx_rechecks *rechecks)
{
    const struct plx_recheck *next = first(rechecks);
    uint64_t now = now_ms(rechecks);

    if (next)
        plx_deadline_set(&rechecks->due, next->due_ms > now ? next->due_ms - now : 0);
    else
        plx_deadline_clear(&rechecks->due);
}

static void
on_due(struct plx_deadline *deadline)
{
    struct plx_rechecks *rechecks = PLX_CONTAINER(deadline, struct plx_rechecks, due);
    uint64_t now = now_ms(rechecks);

    while (first(rechecks) && first(rechecks)->due_ms <= now)
        plx_recheck_begin(rechecks->context, take_first(rechecks));
    arm(rechecks);
}

static void
wait_for(struct plx_rechecks *rechecks, struct plx_recheck *recheck)
{
    struct plx_list *before = rechecks->waiting.prev;

    while (before != &rechecks->waiting && PLX_CONTAINER(before, struct plx_recheck, link)->due_ms > recheck->due_ms)
        before = before->prev;
    plx_list_push_front(before, &recheck->link);
    rechecks->count++;
    rechecks->bytes += recheck->bytes;
    arm(rechecks);
}

/* ---- offering ---- */

/* All of it is in its head, and asking once more changes nothing. */
static bool
is_safe(const struct plx_exchange *exchange)
{
    return plx_http_method_is_safe(exchange->terms.method) && exchange->terms.bodyless && !exchange->terms.upgrade;
}

static bool
has_room(const struct plx_rechecks *rechecks)
{
    return rechecks->count < PLX_RECHECKS_MAX && rechecks->bytes < PLX_RECHECKS_BYTES_MAX;
}

/* Whether it waits now, or why it does not. */
static bool
admit(struct plx_rechecks *rechecks, struct plx_exchange *exchange, const struct plx_exchange_outcome *outcome,
      enum plx_recheck_result *why)
{
    const struct plx_service *service = exchange->service;
    struct plx_recheck *recheck;

    *why = PLX_RECHECK_DROPPED;
    if (rechecks->context->draining || !has_room(rechecks))
        return false;
    *why = PLX_RECHECK_OVER_BUDGET;
    if (!plx_budget_take(service->rechecks, plx_loop_now_ns(&rechecks->context->loop) / 1000000,
                         service->recheck.per_second))
        return false;
    *why = PLX_RECHECK_DROPPED;
    recheck = plx_recheck_new(exchange, outcome);
    if (!recheck)
        return false;
    recheck->due_ms = now_ms(rechecks) + service->recheck.after_ms;
    wait_for(rechecks, recheck);
    return true;
}

void
plx_recheck_offer(struct plx_exchange *exchange, const struct plx_exchange_outcome *outcome)
{
    struct plx_context *context = exchange->terms.context;
    enum plx_recheck_result why;

    if (!context->rechecks || !outcome->judgement || !is_safe(exchange) ||
        !plx_share_take(&exchange->state->recheck, exchange->service->recheck.share))
        return;
    if (!admit(context->rechecks, exchange, outcome, &why))
        plx_recheck_tell(context, exchange->service,
                         (struct plx_recheck_cause){outcome->endpoint, plx_cause_id_fields(outcome)}, why);
}

/* ---- life ---- */

void
plx_rechecks_init(struct plx_rechecks *rechecks, struct plx_context *context)
{
    rechecks->context = context;
    plx_list_init(&rechecks->waiting);
    rechecks->count = rechecks->bytes = 0;
    plx_deadline_init(&rechecks->due, &context->loop, on_due);
    context->rechecks = rechecks;
}

void
plx_rechecks_drop(struct plx_rechecks *rechecks)
{
    while (first(rechecks)) {
        struct plx_recheck *recheck = take_first(rechecks);

        plx_recheck_tell(rechecks->context, recheck->service, recheck->cause, PLX_RECHECK_DROPPED);
        plx_recheck_free(recheck);
    }
    arm(rechecks);
}
