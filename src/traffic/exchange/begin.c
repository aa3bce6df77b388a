/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a request's head to an exchange under way: its service and route, whether it is copied, what is kept of its
 * head, what each role is sent. Or a short answer of our own.
 */
#include "traffic/exchange/exchange.h"

#include "base/arena.h"
#include "base/clock.h"
#include "service/endpoint.h"
#include "service/route.h"
#include "traffic/exchange/connection.h"
#include "traffic/exchange/spied.h"
#include "traffic/http1/head.h"
#include "traffic/http1/write.h"

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
    if (exchange->upgrade)
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
    return PLX_UNCOPIED_COUNT;
}

/* Requests that pile up at a candidate must not take the descriptors that the primary's clients need. */
static void
choose_serving(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    const struct plx_service *service = exchange->service;

    exchange->serving =
        plx_clients_role(service, &head->message, plx_slice_of(exchange->client), &exchange->state->turn);
    exchange->fallback = PLX_FALLBACK_NONE;
    if (exchange->serving == PLX_PRIMARY || service->stage != PLX_STAGE_CANARY ||
        !plx_loop_is_crowded(&exchange->context->loop))
        return;
    exchange->serving = PLX_PRIMARY;
    exchange->fallback = PLX_FALLBACK_SHED;
}

static bool
write_heads(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct plx_http_forward forward = {
        .client_address = plx_slice_of(exchange->client),
        .scheme = plx_slice_of("http"),
        .upgrade = exchange->upgrade,
        .framing = head->framing,
        .content_length = head->content_length,
    };

    if (exchange->port)
        forward.exchange = plx_spied_exchange_id(&head->message);
    else if (exchange->service->correlate)
        forward.exchange = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES);
    plx_http_write_request(&exchange->heads, head, &forward);
    exchange->head_len = exchange->heads.len;
    forward.exchange = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES);
    forward.drop_expect = true;
    for (int role = 0; role < PLX_ROLES; role++) {
        forward.role = plx_role_text((enum plx_role)role);
        if (exchange->copy && role != (int)exchange->serving && exchange->service->roles[role].url)
            plx_http_write_request(&exchange->heads, head, &forward);
        exchange->copy_head_ends[role] = exchange->heads.len;
    }
    return !exchange->heads.failed;
}

bool
plx_exchange_keep_head(struct plx_exchange *exchange, struct plx_http1_head *head, struct plx_header **headers)
{
    struct plx_slice bytes = plx_arena_copy(exchange->arena, head->bytes);
    struct plx_header *copy = plx_arena_alloc(exchange->arena, head->message.header_count * sizeof(*copy));

    if (!bytes.ptr || !copy)
        return false;
    plx_http_head_rebase(head, bytes.ptr);
    memcpy(copy, head->message.headers, head->message.header_count * sizeof(*copy));
    *headers = copy;
    return true;
}

/* The request as received, for the record of a mismatch; the access log asks for its first line only. */
static bool
keep_request(struct plx_exchange *exchange, struct plx_http1_head *head)
{
    struct plx_message_view *request = &exchange->request;

    memset(request, 0, sizeof(*request));
    if (plx_exchange_keeps(exchange)) {
        struct plx_header *headers;
        if (!plx_exchange_keep_head(exchange, head, &headers))
            return false;
        request->method = head->message.method;
        request->target = head->message.target;
        request->headers = headers;
        request->header_count = head->message.header_count;
    } else if (exchange->context->access_log) {
        request->method = plx_arena_copy(exchange->arena, head->message.method);
        request->target = plx_arena_copy(exchange->arena, head->message.target);
        return request->method.ptr && request->target.ptr;
    }
    return true;
}

static struct plx_exchange *
refuse(struct plx_context *context, struct plx_connection *connection, const struct plx_http1_head *head,
       enum plx_refused reason, bool *keep)
{
    struct plx_tally *tally = plx_context_tally(context);
    struct plx_buffer *out = &context->out;
    bool unknown = reason == PLX_REFUSED_NO_SERVICE;
    int status = unknown ? 404 : 503;
    const char *body =
        unknown ? "404 Not Found: no service takes this host\n" : "503 Service Unavailable: out of memory\n";

    if (tally)
        plx_tally_refuse(tally, reason);

    *keep = head->keep_alive && !context->draining &&
            (head->framing == PLX_FRAMING_NONE || (head->framing == PLX_FRAMING_LENGTH && head->content_length == 0));
    plx_buffer_clear(out);
    plx_http_write_simple(out, status, plx_slice_of("text/plain"), plx_slice_of(""), plx_slice_of(body),
                          head->message.method_id == PLX_METHOD_HEAD, *keep);
    struct plx_slice answer = plx_buffer_slice(out);
    if (plx_connection_send(connection, &answer, 1) != PLX_OK)
        *keep = false;
    plx_buffer_clear(out);
    return NULL;
}

static void
init(struct plx_exchange *exchange, struct plx_connection *connection, const struct plx_http1_head *head,
     const struct plx_service *service, const char *client_address)
{
    struct plx_context *context = exchange->context;

    exchange->connection = connection;
    exchange->port = connection->port;
    exchange->view = plx_view_ref(context->view);
    exchange->service = service;
    exchange->state = &context->view->services[service->index];
    exchange->route = plx_route_for(service, head->message.method, head->message.path);
    exchange->time_ms = plx_wall_ms();
    exchange->began_ns = uv_hrtime();
    exchange->answered_ns = 0;
    plx_context_make_id(context, exchange->time_ms, exchange->id);
    memcpy(exchange->client, client_address, strlen(client_address) + 1);
    exchange->endpoint_len =
        plx_endpoint_write(exchange->route, head->message.method, head->message.path, exchange->endpoint);
    exchange->method = head->message.method_id;
    exchange->client_minor = head->minor;
    exchange->keep_alive = head->keep_alive;
    exchange->framing = head->framing;
    exchange->bodyless =
        head->framing == PLX_FRAMING_NONE || (head->framing == PLX_FRAMING_LENGTH && head->content_length == 0);
    exchange->upgrade = head->upgrade && exchange->bodyless;
    choose_serving(exchange, head);
    exchange->request_whole = exchange->answer_begun = exchange->copied = exchange->comparing = false;
    exchange->answer_status = 0;
    exchange->answer_bytes = 0;
    exchange->uncopied = why_uncopied(exchange, head);
    exchange->copy = exchange->uncopied == PLX_UNCOPIED_COUNT;
    exchange->body.max = exchange->copy ? service->limits.body_bytes : 0;
}

/* At a spy's address the host says nothing. */
static const struct plx_service *
service_for(const struct plx_context *context, const struct plx_connection *connection,
            const struct plx_http1_head *head)
{
    const struct plx_snapshot *snapshot = context->view->snapshot;

    return connection->port ? &snapshot->services[connection->port->spy]
                            : plx_service_for_host(snapshot, head->message.host);
}

struct plx_exchange *
plx_exchange_begin(struct plx_context *context, struct plx_connection *connection, struct plx_http1_head *head,
                   const char *client_address, bool *keep)
{
    const struct plx_service *service = service_for(context, connection, head);
    if (!service)
        return refuse(context, connection, head, PLX_REFUSED_NO_SERVICE, keep);
    struct plx_exchange *exchange = plx_exchange_take(context);
    if (!exchange)
        return refuse(context, connection, head, PLX_REFUSED_MEMORY, keep);

    init(exchange, connection, head, service, client_address);
    if (!keep_request(exchange, head) || !write_heads(exchange, head)) {
        exchange->connection = NULL;
        plx_exchange_end(exchange);
        return refuse(context, connection, head, PLX_REFUSED_MEMORY, keep);
    }
    if (exchange->port && plx_spied_begin(exchange, head))
        return exchange;
    struct plx_slice bytes = plx_exchange_head(exchange);
    plx_call_start(plx_exchange_serving(exchange), &bytes, 1);
    return exchange;
}
