/* SPDX-License-Identifier: Apache-2.0 */
/* Requests' heads, role by role. */
#include "traffic/exchange/requests.h"

#include "base/arena.h"
#include "traffic/http1/write.h"

struct writing {
    struct plx_exchange *exchange;
    const struct plx_http1_head *head;
};

static const struct plx_request_changes *
changes_of(const struct plx_exchange *exchange, enum plx_role role)
{
    return plx_service_request(exchange->service, exchange->route, role);
}

static struct plx_slice
slice_of(const char *text)
{
    return text ? plx_slice_of(text) : plx_slice_make(NULL, 0);
}

/* What is a role's own in `forward`. */
static enum plx_status
take_role(struct writing *w, enum plx_role role, struct plx_http_forward *forward)
{
    const struct plx_upstream *upstream = &w->exchange->service->roles[role];
    const struct plx_request_changes *changes = changes_of(w->exchange, role);

    forward->authority = slice_of(upstream->authority);
    if (plx_upstream_is_plain(upstream, changes))
        return PLX_OK;
    forward->host = slice_of(upstream->sent_host);
    forward->fields = changes && changes->fields.count ? &changes->fields : NULL;
    return plx_upstream_target(upstream, changes, w->head->message.path, w->exchange->terms.arena, &forward->target);
}

static enum plx_status
write_head(struct writing *w, enum plx_purpose purpose, enum plx_role role, struct plx_slice name)
{
    struct plx_buffer *written = &w->exchange->terms.written;
    struct plx_http_forward forward = {
        .client_address = plx_slice_of(w->exchange->address),
        .scheme = plx_slice_of("http"),
        .role = purpose == PLX_TO_COPY ? plx_role_text(role) : NULL,
        .via = w->exchange->service->via,
        .upgrade = w->exchange->terms.upgrade,
        .drop_expect = purpose == PLX_TO_COPY,
        .framing = w->head->framing,
        .content_length = w->head->content_length,
        .exchange = name,
    };
    enum plx_status status = take_role(w, role, &forward);

    if (status != PLX_OK)
        return status;
    size_t from = written->len;
    plx_http_write_request(written, w->head, &forward);
    w->exchange->terms.heads[purpose][role] = (struct plx_head_place){(uint32_t)from, (uint32_t)(written->len - from)};
    return written->failed ? PLX_E_MEMORY : PLX_OK; /* its maximum is above what heads and changes may have */
}

/* Nothing in the head is the role's own. */
static bool
is_plain(const struct writing *w, enum plx_role role)
{
    return w->head->message.host.len &&
           plx_upstream_is_plain(&w->exchange->service->roles[role], changes_of(w->exchange, role));
}

static enum plx_status
write_to_serve(struct writing *w, struct plx_slice name)
{
    enum plx_role serving = w->exchange->terms.serving;
    struct plx_head_place *heads = w->exchange->terms.heads[PLX_TO_SERVE];
    enum plx_status status = write_head(w, PLX_TO_SERVE, serving, name);

    if (status != PLX_OK || serving == PLX_PRIMARY)
        return status;
    if (is_plain(w, serving) && is_plain(w, PLX_PRIMARY)) {
        heads[PLX_PRIMARY] = heads[serving];
        return PLX_OK;
    }
    status = write_head(w, PLX_TO_SERVE, PLX_PRIMARY, name);
    return status == PLX_E_LIMIT ? PLX_OK : status;
}

static enum plx_status
write_to_copy(struct writing *w)
{
    const struct plx_exchange *exchange = w->exchange;
    const struct plx_slice id = plx_slice_make(exchange->id, PLX_EXCHANGE_ID_BYTES);

    for (int role = 0; role < PLX_ROLES; role++) {
        if (role == (int)exchange->terms.serving || !exchange->service->roles[role].url)
            continue;
        enum plx_status status = write_head(w, PLX_TO_COPY, (enum plx_role)role, id);
        if (status != PLX_OK && status != PLX_E_LIMIT)
            return status;
    }
    return PLX_OK;
}

enum plx_status
plx_requests_write(struct plx_exchange *exchange, const struct plx_http1_head *head, struct plx_slice name)
{
    struct writing w = {.exchange = exchange, .head = head};

    memset(exchange->terms.heads, 0, sizeof(exchange->terms.heads));
    enum plx_status status = write_to_serve(&w, name);
    return status == PLX_OK && exchange->copy ? write_to_copy(&w) : status;
}

enum plx_status
plx_requests_write_copies(struct plx_exchange *exchange, const struct plx_http1_head *head)
{
    struct writing w = {.exchange = exchange, .head = head};

    memset(exchange->terms.heads, 0, sizeof(exchange->terms.heads));
    return write_to_copy(&w);
}

struct plx_slice
plx_requests_trailer(const struct plx_exchange *exchange, enum plx_role role, struct plx_slice lines)
{
    const struct plx_request_changes *changes = changes_of(exchange, role);
    struct plx_allocator allocator;
    struct plx_buffer kept;

    if (lines.len == 0 || !changes || changes->fields.count == 0)
        return lines;
    allocator = plx_arena_allocator(exchange->terms.arena);
    plx_buffer_init_in(&kept, lines.len, &allocator);
    plx_http_write_trailer(&kept, lines, &changes->fields);
    return kept.failed ? plx_slice_make(NULL, 0) : plx_buffer_slice(&kept);
}
