/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs: what was posted is read, and the new one told. */
#include "control/admin/epochs_api.h"

#include "control/rollout/rollout_epochs.h"
#include "evidence/findings/epochs_report.h"
#include "evidence/ledger/ledger_epochs.h"
#include "evidence/ledger/ledger_state.h"

#include <parallax/value.h>

/* ---- told ---- */

void
plx_admin_get_epochs(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    plx_findings_write_epochs(call->admin->ledger, &call->subject, &w);
}

void
plx_admin_get_service_report(struct plx_admin_call *call)
{
    struct plx_slice name = plx_admin_parameter(&call->target, "epoch");
    struct plx_json_writer w = plx_admin_begin_json(call);

    if (!name.ptr) {
        plx_findings_write_report(call->admin->ledger, &call->subject, &w);
        return;
    }
    switch (plx_findings_write_epoch_report(call->admin->ledger, &call->subject, name, &w)) {
    case PLX_EPOCH_FOUND:
        break;
    case PLX_EPOCH_UNKNOWN:
        plx_admin_fail(call->answer, 404, "no_such_epoch",
                       "the service %s has no epoch '%.*s'; GET /api/v1/services/%s/epochs lists them, the last %u are "
                       "kept",
                       call->subject.service->name, PLX_ADMIN_SHOWN(name), call->subject.service->name, PLX_EPOCHS_MAX);
        break;
    case PLX_EPOCH_NOT_KEPT:
        plx_admin_fail(call->answer, 404, "epoch_not_kept",
                       "there was no memory to keep the report of the epoch '%.*s'", PLX_ADMIN_SHOWN(name));
        break;
    }
}

/* ---- begun ---- */

/* What is posted: an object of texts, each of which may be missing; what they point to is the arena's. */
#define POSTED_MAX 2u

struct posted {
    const char *keys[POSTED_MAX];       /* NULL: there is no such one */
    struct plx_slice texts[POSTED_MAX]; /* NULL: it was not given */
    struct plx_arena *arena;
};

static bool
read_member(const struct plx_document *document, uint32_t key, struct posted *posted)
{
    uint32_t value = document->nodes[key].next;

    for (size_t i = 0; i < POSTED_MAX && posted->keys[i]; i++)
        if (plx_slice_equal(plx_json_text(document, key), plx_slice_of(posted->keys[i])))
            return !posted->texts[i].ptr && document->nodes[value].type == PLX_STRING &&
                   plx_json_unescape(document, value, posted->arena, &posted->texts[i]) == PLX_OK &&
                   posted->texts[i].ptr;
    return false;
}

static bool
read_members(const struct plx_document *document, struct posted *posted)
{
    const struct plx_node *nodes = document->nodes;

    if (nodes[0].type != PLX_OBJECT)
        return false;
    for (uint32_t key = 1; key < nodes[0].next; key = nodes[nodes[key].next].next)
        if (!read_member(document, key, posted))
            return false;
    return true;
}

/* false: it has been refused. */
static bool
read_posted(struct plx_admin_call *call, struct posted *posted)
{
    const struct plx_json_limits limits = {.depth_max = 4};
    struct plx_document document;

    if (call->request->body.len == 0)
        return true;
    posted->arena = plx_arena_new(NULL);
    if (posted->arena && plx_json_read(call->request->body, &limits, posted->arena, &document, NULL) == PLX_OK &&
        read_members(&document, posted))
        return true;
    plx_admin_fail(call->answer, posted->arena ? 400 : 503, posted->arena ? "bad_change" : "no_memory",
                   "the body is empty, or an object with \"%s\"%s%s%s, which is a text", posted->keys[0],
                   posted->keys[1] ? " or \"" : " alone", posted->keys[1] ? posted->keys[1] : "",
                   posted->keys[1] ? "\"" : "");
    return false;
}

/* Whether what was asked for until now is counted: what still is under way will not be in the next epoch. Else the
 * request is asked again, or has been refused. */
static bool
is_ended(struct plx_admin_call *call)
{
    struct plx_admin *admin = call->admin;

    if (admin->hand_over && !call->request->ticket) {
        if (!plx_rollout_next_epoch(admin->rollout, call->subject.service->index)) {
            plx_admin_fail(call->answer, 503, "no_memory", "there is no memory to begin an epoch; nothing has changed");
            return false;
        }
        admin->changed(admin->owner);
    }
    return plx_admin_counts_are_whole(call);
}

static void
begin(struct plx_admin_call *call, const struct plx_epoch *next)
{
    if (!is_ended(call))
        return;
    enum plx_status status = plx_epoch_begin(call->admin->ledger, call->subject.service, next, call->request->client);

    if (status != PLX_OK) {
        plx_admin_fail(call->answer, 503, "no_memory", "there is no %s to begin an epoch; nothing has changed",
                       status == PLX_E_LIMIT ? "room" : "memory");
        return;
    }
    struct plx_json_writer w = plx_admin_begin_json(call);
    call->answer->status = 201;
    plx_json_begin_object(&w);
    plx_json_key(&w, "service");
    plx_json_text_value(&w, call->subject.service->name);
    plx_findings_write_present_epoch(call->admin->ledger, &call->subject, &w);
    plx_json_end_object(&w);
}

/* false: it has been refused. */
static bool
take_mark(struct plx_admin_call *call, const struct posted *posted, struct plx_epoch *next)
{
    struct plx_slice name = posted->texts[0], reason = posted->texts[1];

    if (name.ptr && !plx_epoch_name_is_fit(name)) {
        plx_admin_fail(call->answer, 400, "bad_name",
                       "the name of an epoch has from 1 to %u bytes, without control characters", PLX_EPOCH_NAME_MAX);
        return false;
    }
    if (!plx_change_reason_is_fit(reason)) {
        plx_admin_fail(call->answer, 400, "bad_change",
                       "\"reason\" is a text of at most %u bytes of UTF-8 without control characters",
                       PLX_CHANGE_REASON_MAX);
        return false;
    }
    if (name.len)
        memcpy(next->name, name.ptr, name.len);
    if (reason.len)
        memcpy(next->reason, reason.ptr, reason.len);
    return true;
}

void
plx_admin_post_mark(struct plx_admin_call *call)
{
    struct plx_epoch next = {.why = PLX_EPOCH_MARKED};
    struct posted posted = {.keys = {"name", "reason"}};

    if (read_posted(call, &posted) && take_mark(call, &posted, &next))
        begin(call, &next);
    plx_arena_free(posted.arena);
}

static void
reset_endpoint(struct plx_admin_call *call, struct plx_slice endpoint)
{
    struct plx_ledger *ledger = call->admin->ledger;
    struct plx_service_counts *counts =
        plx_counts_find_service(&ledger->counts, call->subject.kind, call->subject.name);

    if (!counts || !plx_ledger_forget_endpoint(ledger, counts, endpoint)) {
        plx_admin_fail(call->answer, 404, "no_such_endpoint",
                       "nothing was counted of the endpoint '%.*s' of %s; GET /api/v1/services/%s/endpoints lists them",
                       PLX_ADMIN_SHOWN(endpoint), call->subject.service->name, call->subject.service->name);
        return;
    }
    struct plx_json_writer w = plx_admin_begin_json(call);
    plx_json_begin_object(&w);
    plx_json_key(&w, "service");
    plx_json_text_value(&w, call->subject.service->name);
    plx_json_key(&w, "endpoint");
    plx_json_string(&w, endpoint);
    plx_json_end_object(&w);
}

void
plx_admin_post_reset(struct plx_admin_call *call)
{
    const struct plx_epoch next = {.why = PLX_EPOCH_RESET};
    struct posted posted = {.keys = {"endpoint"}};

    if (read_posted(call, &posted)) {
        if (!posted.texts[0].ptr)
            begin(call, &next);
        else if (plx_admin_counts_are_whole(call))
            reset_endpoint(call, posted.texts[0]);
    }
    plx_arena_free(posted.arena);
}
