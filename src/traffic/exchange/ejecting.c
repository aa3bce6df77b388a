/* SPDX-License-Identifier: Apache-2.0 */
/* What calls of a canary's candidate tell its ejection, which requests are trials, and who is kept from it. */
#include "traffic/exchange/ejecting.h"

static bool
is_on(const struct plx_service *service)
{
    return service->eject.after > 0 && service->stage == PLX_STAGE_CANARY;
}

static struct plx_ejection_time
now_of(const struct plx_exchange *exchange)
{
    const struct plx_loop *loop = &exchange->terms.context->loop;

    return (struct plx_ejection_time){plx_loop_now_ms(loop), plx_loop_wall_ms(loop)};
}

static bool
take_trial(struct plx_exchange *exchange, bool copy)
{
    const struct plx_service *service = exchange->service;

    exchange->trial = plx_ejection_try(service->ejection, &service->eject, now_of(exchange), copy);
    return exchange->trial;
}

bool
plx_ejecting_keeps_from(struct plx_exchange *exchange)
{
    const struct plx_service *service = exchange->service;

    return is_on(service) && plx_ejection_is_out(service->ejection) && !take_trial(exchange, false);
}

void
plx_ejecting_copy(struct plx_exchange *exchange)
{
    const struct plx_service *service = exchange->service;

    if (is_on(service) && plx_ejection_is_out(service->ejection))
        take_trial(exchange, true);
}

static void
tell(const struct plx_exchange *exchange, enum plx_ejection_change change)
{
    const struct plx_service *service = exchange->service;
    struct plx_ejected ejected;

    if (change != PLX_EJECTION_OUT && change != PLX_EJECTION_BACK)
        return;
    plx_ejection_get(service->ejection, &ejected);
    if (change == PLX_EJECTION_OUT)
        plx_log(PLX_LOG_WARN, "candidate_ejected", PLX_TEXT("service", service->name),
                PLX_TEXT("url", service->roles[PLX_CANDIDATE].url), PLX_NUMBER_OF("failures", service->eject.after),
                PLX_TEXT("reason", plx_incomparable_text(ejected.reason)), PLX_NUMBER_OF("status", ejected.status),
                PLX_NUMBER_OF("for_ms", ejected.until_ms - ejected.since_ms), PLX_TEXT("exchange", exchange->id),
                PLX_TEXT("what", "its clients get the primary's answer until it answers again"));
    else
        plx_log(PLX_LOG_INFO, "candidate_back", PLX_TEXT("service", service->name),
                PLX_TEXT("url", service->roles[PLX_CANDIDATE].url), PLX_NUMBER_OF("trials", ejected.times),
                PLX_TEXT("exchange", exchange->id), PLX_TEXT("what", "it answers its clients again"));
}

static bool
is_gateway_error(int status)
{
    return status >= 502 && status <= 504;
}

/* A copy's time is another one than a client's answer has, so that it says something in a trial only. */
static bool
is_failure(const struct plx_call *call, const struct plx_exchange *exchange)
{
    switch (call->outcome.reason) {
    case PLX_INCOMPARABLE_CONNECT:
    case PLX_INCOMPARABLE_RESET:
    case PLX_INCOMPARABLE_PROTOCOL:
        return true;
    case PLX_INCOMPARABLE_TIMEOUT:
        return exchange->trial || call->role == exchange->terms.serving;
    default:
        return false;
    }
}

void
plx_ejecting_look(struct plx_call *call)
{
    struct plx_exchange *exchange = plx_exchange_of(call);
    const struct plx_service *service = exchange->service;
    struct plx_ejection_failure failure = {call->outcome.reason, call->status};
    bool answered = call->status > 0, failed = call->outcome.failed && is_failure(call, exchange);

    if (call->role != PLX_CANDIDATE || !is_on(service) || exchange->noted || (!answered && !failed))
        return;
    exchange->noted = true;
    if (answered && !(service->eject.gateway_errors && is_gateway_error(call->status)))
        tell(exchange, plx_ejection_note_answer(service->ejection, now_of(exchange), exchange->trial));
    else
        tell(exchange,
             plx_ejection_note_failure(service->ejection, &service->eject, failure, now_of(exchange), exchange->trial));
}
