/* SPDX-License-Identifier: Apache-2.0 */
/* From a request's head to an exchange under way: its service and route, its kind, whether it is copied, what is kept.
 */
#include "traffic/exchange/begin.h"

#include "service/endpoint.h"
#include "service/route.h"

#include "base/arena.h"
#include "log/log.h"
#include "traffic/exchange/answering.h"
#include "traffic/exchange/ejecting.h"
#include "traffic/exchange/requests.h"
#include "traffic/exchange/service_exchange.h"
#include "traffic/exchange/spied.h"

#include <stdatomic.h>

#define TELL_LOOP_MS 60000u

/* A copy of ours that has come back: a role is this process by another name. It is served, but a copy of it would come
 * back again. */
static bool
has_come_back(const struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct plx_slice id = plx_http_header(&head->message, PLX_HEADER_PARALLAX_EXCHANGE);

    return id.len && plx_exchange_id_is_signed(id, plx_slice_of(exchange->service->name));
}

/* Once a minute in the whole process. */
static void
tell_loop(const struct plx_exchange *exchange)
{
    static atomic_uint_fast64_t next_ms;
    uint64_t now = plx_loop_now_ms(&exchange->terms.context->loop), next = atomic_load(&next_ms);

    if (now < next || !atomic_compare_exchange_strong(&next_ms, &next, now + TELL_LOOP_MS))
        return;
    plx_log(PLX_LOG_WARN, "loop", PLX_TEXT("service", exchange->service->name),
            PLX_TEXT("reason", "a copy has come back: one of the roles leads to this Parallax, by another name or by "
                               "what stands between; such requests are not copied"),
            PLX_TEXT("mend", "give each role's own address"), PLX_TEXT("exchange", exchange->id));
}

/* Why this request is not copied, or PLX_UNCOPIED_COUNT where it is to be. */
static enum plx_uncopied
why_uncopied(const struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    const struct plx_service *service = exchange->service;
    const struct plx_route *route = exchange->route;
    enum plx_copy_policy policy = route ? route->copy : PLX_COPY_DEFAULT;

    if (!service->roles[PLX_CANDIDATE].url)
        return PLX_UNCOPIED_NO_CANDIDATE;
    if (service->stage == PLX_STAGE_PRIMARY || service->stage == PLX_STAGE_CANDIDATE)
        return PLX_UNCOPIED_STAGE;
    if (has_come_back(exchange, head)) {
        tell_loop(exchange);
        return PLX_UNCOPIED_LOOP;
    }
    if (exchange->terms.upgrade)
        return PLX_UNCOPIED_UPGRADE;
    if (policy == PLX_COPY_NEVER)
        return PLX_UNCOPIED_ROUTE;
    if (policy == PLX_COPY_DEFAULT && !plx_http_method_is_safe(head->message.method_id))
        return PLX_UNCOPIED_UNSAFE_METHOD;
    if (policy == PLX_COPY_SHARE) {
        if (!plx_share_take(&exchange->state->route_samples[route - service->routes], route->copy_share))
            return PLX_UNCOPIED_SAMPLED_OUT;
    } else if (policy == PLX_COPY_DEFAULT && !plx_share_take(&exchange->state->sample, service->copy_share)) {
        return PLX_UNCOPIED_SAMPLED_OUT;
    }
    if (head->framing == PLX_FRAMING_LENGTH && head->content_length > service->limits.body_bytes)
        return PLX_UNCOPIED_TOO_LARGE;
    return service->paused ? PLX_UNCOPIED_PAUSED : PLX_UNCOPIED_COUNT;
}

/* Why the primary answers a client that was drawn for a canary's candidate. Requests that pile up at a candidate must
 * not take the descriptors that the primary's clients need. */
static enum plx_fallback
why_not_candidate(struct plx_exchange *exchange)
{
    if (!plx_loop_has_room_for_copies(&exchange->terms.context->loop))
        return PLX_FALLBACK_SHED;
    return plx_ejecting_keeps_from(exchange) ? PLX_FALLBACK_EJECTED : PLX_FALLBACK_NONE;
}

/* One that has just failed has half of the time to take a connection, since clients wait for it; but not in its trial,
 * which it must be able to pass. */
static uint32_t
connect_ms(const struct plx_exchange *exchange)
{
    uint32_t ms = exchange->terms.timeouts->connect_copy;
    const struct plx_service *service = exchange->service;

    if (service->eject.after == 0 || exchange->trial || plx_ejection_failures(service->ejection) == 0)
        return ms;
    return ms / 2 ? ms / 2 : 1;
}

static void
choose_serving(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    const struct plx_service *service = exchange->service;

    exchange->draw = plx_clients_draw(service, &head->message, plx_slice_of(exchange->address), &exchange->state->turn);
    if (exchange->draw.role == PLX_CANDIDATE &&
        has_come_back(exchange, head)) /* it may be the candidate that leads back */
        exchange->draw = (struct plx_draw){.role = PLX_PRIMARY};
    exchange->terms.serving = exchange->draw.role;
    exchange->terms.stood_in = exchange->terms.serving == PLX_CANDIDATE && service->stage == PLX_STAGE_CANARY;
    exchange->fallback = exchange->terms.stood_in ? why_not_candidate(exchange) : PLX_FALLBACK_NONE;
    if (exchange->fallback != PLX_FALLBACK_NONE) {
        exchange->terms.serving = PLX_PRIMARY;
        exchange->terms.stood_in = false;
    }
    if (exchange->terms.stood_in)
        exchange->terms.connect_ms = connect_ms(exchange);
}

/* The request as received, for the record of a mismatch; the access log asks for its first line only. */
static bool
keep_request(struct plx_exchange *exchange, struct plx_http1_head *head)
{
    struct plx_message_view *request = &exchange->request;

    memset(request, 0, sizeof(*request));
    if (exchange->terms.keeps) {
        struct plx_header *headers;
        if (!plx_capture_head(exchange->terms.arena, head, &headers))
            return false;
        request->method = head->message.method;
        request->target = head->message.target;
        request->headers = headers;
        request->header_count = head->message.header_count;
    } else if (exchange->terms.context->access_log) {
        request->method = plx_arena_copy(exchange->terms.arena, head->message.method);
        request->target = plx_arena_copy(exchange->terms.arena, head->message.target);
        return request->method.ptr && request->target.ptr;
    }
    return true;
}

/* On which its calls are made, but for the head that is still to be written. */
static void
agree(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct plx_call_terms *terms = &exchange->terms;
    const struct plx_service *service = exchange->service;

    terms->events = &plx_answering_events;
    terms->pools = exchange->state->pools;
    terms->timeouts = exchange->route ? &exchange->route->timeouts : &service->timeouts;
    terms->capture_bytes = service->limits.capture_bytes;
    terms->method = head->message.method_id;
    terms->bodyless =
        head->framing == PLX_FRAMING_NONE || (head->framing == PLX_FRAMING_LENGTH && head->content_length == 0);
    terms->upgrade = head->upgrade && terms->bodyless;
    choose_serving(exchange, head);
    exchange->uncopied = why_uncopied(exchange, head);
    exchange->copy = exchange->uncopied == PLX_UNCOPIED_COUNT;
    terms->keeps = exchange->copy || exchange->kind->keeps;
}

static void
init(struct plx_exchange *exchange, struct plx_exchange_client *client, const struct plx_http1_head *head,
     const struct plx_service *service)
{
    struct plx_context *context = exchange->terms.context;

    exchange->terms.client = client;
    exchange->port = client->port;
    exchange->recheck = NULL;
    exchange->kind = client->port ? plx_spied_kind(context, client->port, head) : &plx_service_exchange;
    exchange->view = plx_view_ref(context->view);
    exchange->service = service;
    exchange->state = &context->view->services[service->index];
    exchange->route = plx_route_for(service, head->message.method, head->message.path);
    exchange->time_ms = plx_loop_wall_ms(&context->loop);
    exchange->began_ns = plx_loop_now_ns(&context->loop);
    exchange->answered_ns = 0;
    plx_context_make_id(context, exchange->service, exchange->time_ms, exchange->id);
    memcpy(exchange->address, client->address, strlen(client->address) + 1);
    exchange->endpoint_len = plx_endpoint_write(exchange->route, service->folds, head->message.method,
                                                head->message.path, exchange->endpoint);
    exchange->framing = head->framing;
    exchange->request_whole = exchange->answer_begun = exchange->copied = exchange->has_room = false;
    exchange->comparing = exchange->trial = exchange->noted = exchange->terms.awaits_copy = false;
    exchange->terms.served_ns = 0;
    exchange->answer_status = 0;
    exchange->answer_bytes = 0;
    agree(exchange, head);
    plx_exchange_id_mark(exchange->id,
                         (struct plx_exchange_marks){exchange->terms.serving == PLX_CANDIDATE, exchange->copy});
    exchange->body.max = exchange->copy ? service->limits.body_bytes : 0;
}

/* At a spy's address the host says nothing. */
static const struct plx_service *
service_for(const struct plx_context *context, const struct plx_exchange_client *client,
            const struct plx_http1_head *head)
{
    const struct plx_snapshot *snapshot = context->view->snapshot;

    return client->port ? &snapshot->services[client->port->spy] : plx_service_for_host(snapshot, head->message.host);
}

struct plx_exchange *
plx_exchange_begin(struct plx_context *context, struct plx_exchange_client *client, struct plx_http1_head *head,
                   enum plx_refused *refused)
{
    const struct plx_service *service = service_for(context, client, head);

    *refused = PLX_REFUSED_NO_SERVICE;
    if (!service)
        return NULL;
    *refused = PLX_REFUSED_MEMORY;
    struct plx_exchange *exchange = plx_exchange_take(context);
    if (!exchange)
        return NULL;
    init(exchange, client, head, service);
    enum plx_status written = plx_requests_write(exchange, head, exchange->kind->name(exchange, head));
    if (written == PLX_E_LIMIT)
        *refused = PLX_REFUSED_TOO_LARGE;
    if (written != PLX_OK || !keep_request(exchange, head)) {
        exchange->terms.client = NULL;
        plx_exchange_end(exchange);
        return NULL;
    }
    exchange->kind->begin(exchange, head);
    return exchange;
}
