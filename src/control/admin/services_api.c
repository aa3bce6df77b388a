/* SPDX-License-Identifier: Apache-2.0 */
/* Services as the admin API tells of them, and changes of their stage and share, and of what holds them. */
#include "control/admin/services_api.h"
#include "control/admin/names_api.h"
#include "evidence/findings/health.h"
#include "evidence/findings/holds_report.h"
#include "evidence/ledger/ledger_save.h"

#include <stdio.h>

/* ---- services ---- */

/* "2.5%" */
static void
write_percent(struct plx_json_writer *w, uint32_t share)
{
    char number[PLX_SHARE_TEXT], text[PLX_SHARE_TEXT + 1];

    snprintf(text, sizeof(text), "%s%%", plx_share_text(share, number));
    plx_json_text_value(w, text);
}

static void
write_stage(const struct plx_service *service, struct plx_json_writer *w)
{
    char share[PLX_SHARE_TEXT];

    plx_json_key(w, "stage");
    plx_json_text_value(w, plx_stage_text(service->stage));
    plx_json_key(w, "share");
    plx_json_raw(w, plx_slice_of(plx_share_text(plx_service_share(service), share)));
}

/* All but the end of the object. */
static void
begin_service(struct plx_admin *admin, const struct plx_service *service, struct plx_json_writer *w)
{
    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_text_value(w, service->name);
    plx_json_key(w, "hosts");
    plx_json_begin_array(w);
    for (size_t i = 0; i < service->host_count; i++)
        plx_json_text_value(w, service->hosts[i]);
    plx_json_end_array(w);
    write_stage(service, w);
    plx_rollout_write(admin->rollout, service->index, w);
    plx_json_key(w, "copy");
    write_percent(w, service->copy_share);
    const struct plx_subject subject = plx_subject_service(service);
    uint64_t under_way = plx_ledger_under_way(admin->ledger, &subject);
    plx_json_key(w, "requests");
    plx_json_uint(w, plx_ledger_results(admin->ledger, &subject).counts.total + under_way);
    plx_json_key(w, "under_way");
    plx_json_uint(w, under_way);
    plx_json_key(w, "roles");
    plx_findings_write_health(admin->ledger, service, w);
}

static void
write_service(struct plx_admin *admin, const struct plx_service *service, struct plx_json_writer *w)
{
    begin_service(admin, service, w);
    plx_json_end_object(w);
}

/* null: all is in memory alone, on purpose. */
static void
write_store(const struct plx_ledger *ledger, struct plx_json_writer *w)
{
    char text[PLX_STORE_TROUBLE_MAX];
    bool ok = true;

    if (!plx_ledger_has_store(ledger)) {
        plx_json_null(w);
        return;
    }
    plx_json_begin_object(w);
    plx_json_key(w, "troubles");
    plx_json_begin_array(w);
    for (unsigned i = 0; i < PLX_STORE_PARTS; i++)
        if (plx_ledger_store_trouble(ledger, (enum plx_store_part)i, text, sizeof(text))) {
            plx_json_text_value(w, text);
            ok = false;
        }
    plx_json_end_array(w);
    plx_json_key(w, "ok");
    plx_json_bool(w, ok);
    plx_json_end_object(w);
}

void
plx_admin_get_services(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);
    const struct plx_snapshot *snapshot = call->admin->snapshot;

    plx_json_begin_object(&w);
    plx_json_key(&w, "services");
    plx_json_begin_array(&w);
    for (size_t i = 0; i < snapshot->service_count; i++)
        write_service(call->admin, &snapshot->services[i], &w);
    plx_json_end_array(&w);
    plx_json_key(&w, "store");
    write_store(call->admin->ledger, &w);
    plx_json_key(&w, "names");
    plx_admin_write_names(call->admin->names, &w);
    plx_json_end_object(&w);
}

void
plx_admin_get_service(struct plx_admin_call *call)
{
    struct plx_json_writer w = plx_admin_begin_json(call);

    write_service(call->admin, call->subject.service, &w);
}

/* ---- changes ---- */

/* What a change is told by, without asking before: a rollback must not wait for an answer that counts. */
static void
write_before(const struct plx_service *service, const struct plx_stage_state *state, bool stored,
             struct plx_json_writer *w)
{
    plx_json_key(w, "before");
    plx_json_begin_object(w);
    write_stage(service, w);
    plx_holds_write(state, stored, w);
    plx_json_end_object(w);
}

/* Answers the service as it then is, and as it was, once that is so for every client. */
static void
change(struct plx_admin_call *call, const struct plx_rollout_wish *wish)
{
    struct plx_admin *admin = call->admin;
    const struct plx_snapshot *before = admin->rollout->present;
    size_t index = call->subject.service->index;
    const struct plx_service was = before->services[index];
    const struct plx_stage_state state = plx_ledger_stage_state(admin->ledger, was.name);
    bool stored = plx_ledger_stage_is_stored(admin->ledger, was.name);
    struct plx_rollout_error error;

    if (!plx_rollout_change(admin->rollout, index, wish, call->request->client, &error)) {
        plx_admin_fail(call->answer, error.status, error.code, "%s", error.message);
        return;
    }
    if (admin->rollout->present != before)
        admin->changed(admin->owner);
    struct plx_json_writer w = plx_admin_begin_json(call);
    begin_service(admin, &admin->rollout->present->services[index], &w);
    write_before(&was, &state, stored, &w);
    plx_json_end_object(&w);
    call->answer->generation = admin->rollout->present->generation;
}

static void
read_and_change(struct plx_admin_call *call, enum plx_change_kind kind)
{
    struct plx_rollout_wish wish;
    struct plx_rollout_error error;

    if (plx_rollout_read(call->request->body, kind, &wish, &error))
        change(call, &wish);
    else
        plx_admin_fail(call->answer, error.status, error.code, "%s", error.message);
}

void
plx_admin_put_stage(struct plx_admin_call *call)
{
    read_and_change(call, PLX_CHANGE_STAGE);
}

void
plx_admin_post_rollback(struct plx_admin_call *call)
{
    read_and_change(call, PLX_CHANGE_ROLLBACK);
}

void
plx_admin_post_pause(struct plx_admin_call *call)
{
    read_and_change(call, PLX_CHANGE_PAUSE);
}

void
plx_admin_post_resume(struct plx_admin_call *call)
{
    read_and_change(call, PLX_CHANGE_RESUME);
}
