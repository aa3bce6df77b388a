/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force, and changing it. The hard thing is the order: memory is asked for first, then the ledger keeps the
 * change, and only then is there a new present snapshot; so nothing is in force that a restart would not know of (but
 * for a store that can't be written, which is told).
 */
#include "control/rollout/rollout.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/time_text.h"
#include "evidence/count/epochs.h"
#include "evidence/ledger/ledger_epochs.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/ledger/stages.h"
#include "log/log.h"
#include "service/snapshot.h"

/* ---- a configuration ---- */

enum in_force {
    CONFIGURED,        /* nothing was set */
    SET,               /* by command */
    CONFIGURED_ANEW,   /* something was, but the configuration has changed since */
    OTHER_CANDIDATE,   /* a canary was, for another candidate than there is now */
    WITHOUT_CANDIDATE, /* something was that there is no candidate for any more */
};

static enum in_force
decide(const struct plx_ledger *ledger, const struct plx_set_stage *set, const struct plx_service *service)
{
    const struct plx_epoch *epoch = plx_ledger_epoch(ledger, plx_slice_of(service->name));

    if (!set)
        return CONFIGURED;
    if (set->configured_stage != service->stage || set->configured_share != service->share)
        return CONFIGURED_ANEW;
    if (set->stage != PLX_STAGE_PRIMARY && !service->roles[PLX_CANDIDATE].url)
        return WITHOUT_CANDIDATE;
    if (set->stage == PLX_STAGE_CANARY && epoch && plx_epoch_is_of_another(epoch, service->roles[PLX_CANDIDATE].url))
        return OTHER_CANDIDATE;
    return SET;
}

static void
tell(enum in_force which, const struct plx_service *service, const struct plx_set_stage *set)
{
    char share[PLX_SHARE_TEXT], configured[PLX_SHARE_TEXT];

    plx_share_text(set->share, share);
    plx_share_text(service->share, configured);
    if (which == SET)
        plx_log(PLX_LOG_INFO, "stage_kept", PLX_TEXT("service", service->name),
                PLX_TEXT("stage", plx_stage_text(set->stage)), PLX_TEXT("share", share),
                PLX_TEXT("configured_stage", plx_stage_text(service->stage)), PLX_TEXT("configured_share", configured),
                PLX_TEXT("what", "set by command; it holds until the configuration's own stage or share changes"));
    else
        plx_log(PLX_LOG_WARN, "stage_dropped", PLX_TEXT("service", service->name),
                PLX_TEXT("stage", plx_stage_text(set->stage)), PLX_TEXT("share", share),
                PLX_TEXT("configured_stage", plx_stage_text(service->stage)), PLX_TEXT("configured_share", configured),
                PLX_TEXT("what", which == CONFIGURED_ANEW
                                     ? "set by command; the configuration's own stage or share has changed since"
                                     : "set by command; the service has no candidate any more"));
}

/* What is proved of one candidate is nothing to trust another one's clients with. */
static void
end_canary(struct plx_rollout *rollout, struct plx_service *service, const struct plx_set_stage *set)
{
    struct plx_set_stage back = *set;

    plx_log(PLX_LOG_WARN, "canary_ended", PLX_TEXT("service", service->name),
            PLX_TEXT("candidate", service->roles[PLX_CANDIDATE].url),
            PLX_TEXT("before", plx_ledger_epoch(rollout->ledger, plx_slice_of(service->name))->candidate),
            PLX_TEXT("what", "it was set by command for another candidate: the clients go back to the primary, and the "
                             "new one is compared in shadow"));
    back.stage = PLX_STAGE_SHADOW;
    back.share = 0;
    back.time_ms = plx_wall_ms();
    service->stage = PLX_STAGE_SHADOW;
    service->share = 0;
    if (plx_ledger_set_stage(rollout->ledger, service->name, &back) != PLX_OK)
        plx_ledger_drop_stage(rollout->ledger, service->name);
}

static void
apply(struct plx_rollout *rollout, struct plx_service *service)
{
    const struct plx_set_stage *set = plx_ledger_stage(rollout->ledger, service->name);
    enum in_force which = decide(rollout->ledger, set, service);

    if (which == CONFIGURED)
        return;
    if (which == OTHER_CANDIDATE) {
        end_canary(rollout, service, set);
        return;
    }
    tell(which, service, set);
    if (which != SET) {
        plx_ledger_drop_stage(rollout->ledger, service->name);
        return;
    }
    service->stage = set->stage;
    service->share = set->share;
}

/* Those of the ledger, in the place of those that the snapshot has. */
static void
take_folds(const struct plx_rollout *rollout, struct plx_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->service_count; i++) {
        struct plx_service *service = &snapshot->services[i];
        struct plx_path_folds *folds = plx_ledger_path_folds(rollout->ledger, service->name);

        plx_path_folds_ref(folds);
        plx_path_folds_unref(service->folds);
        service->folds = folds;
    }
}

bool
plx_rollout_fold(struct plx_rollout *rollout)
{
    uint64_t version = plx_ledger_folds_version(rollout->ledger);
    struct plx_snapshot *next;

    if (version == rollout->folds_version || !(next = plx_snapshot_derive(rollout->present)))
        return false;
    next->generation++;
    take_folds(rollout, next);
    rollout->folds_version = version;
    plx_snapshot_unref(rollout->present);
    rollout->present = next;
    return true;
}

bool
plx_rollout_configure(struct plx_rollout *rollout, struct plx_snapshot *configured)
{
    struct plx_snapshot *present;

    if (rollout->present)
        plx_snapshot_go_on(configured, rollout->present);
    present = plx_snapshot_derive(configured);
    if (!present)
        return false;
    present->generation = configured->generation = rollout->present ? rollout->present->generation + 1 : 1;
    for (size_t i = 0; i < present->service_count; i++) {
        apply(rollout, &present->services[i]);
        if (!plx_ledger_configure_folding(rollout->ledger, &present->services[i]))
            plx_log(PLX_LOG_WARN, "no_memory", PLX_TEXT("service", present->services[i].name),
                    PLX_TEXT("what", "an endpoint that a route names may be folded with others"));
    }
    take_folds(rollout, present);
    rollout->folds_version = plx_ledger_folds_version(rollout->ledger);
    plx_rollout_fini(rollout);
    rollout->configured = plx_snapshot_ref(configured);
    rollout->present = present;
    return true;
}

void
plx_rollout_fini(struct plx_rollout *rollout)
{
    plx_snapshot_unref(rollout->configured);
    plx_snapshot_unref(rollout->present);
    rollout->configured = rollout->present = NULL;
}

/* ---- a change ---- */

static bool
is_possible(const struct plx_service *service, const struct plx_rollout_wish *wish, struct plx_rollout_error *error)
{
    if (wish->has_stage && wish->stage != PLX_STAGE_PRIMARY && !service->roles[PLX_CANDIDATE].url)
        return plx_rollout_fail(error, 409, "no_candidate",
                                "the service %s has no candidate, which the stage %s needs: add `candidate` to its "
                                "configuration",
                                service->name, plx_stage_text(wish->stage));
    if (!wish->has_stage && service->stage != PLX_STAGE_CANARY)
        return plx_rollout_fail(
            error, 409, "no_canary",
            "the service %s is at the stage %s, which has no share: set its stage to canary as well", service->name,
            plx_stage_text(service->stage));
    return true;
}

static void
tell_change(const struct plx_rollout *rollout, const struct plx_service *before, const struct plx_service *after,
            struct plx_slice client)
{
    char from[PLX_SHARE_TEXT], to[PLX_SHARE_TEXT];

    plx_log(PLX_LOG_INFO, "stage_changed", PLX_TEXT("service", before->name),
            PLX_TEXT("from", plx_stage_text(before->stage)),
            PLX_TEXT("from_share", plx_share_text(before->share, from)), PLX_TEXT("to", plx_stage_text(after->stage)),
            PLX_TEXT("to_share", plx_share_text(after->share, to)), PLX_SLICE("client", client),
            PLX_TEXT("stored", plx_ledger_stage_is_stored(rollout->ledger, before->name) ? "yes" : "no"));
}

static enum plx_status
keep(struct plx_rollout *rollout, const struct plx_service *service)
{
    const struct plx_service *configured = &rollout->configured->services[service->index];
    const struct plx_set_stage set = {.stage = service->stage,
                                      .share = service->share,
                                      .configured_stage = configured->stage,
                                      .configured_share = configured->share,
                                      .time_ms = plx_wall_ms()};

    return plx_ledger_set_stage(rollout->ledger, service->name, &set);
}

bool
plx_rollout_change(struct plx_rollout *rollout, size_t index, const struct plx_rollout_wish *wish,
                   struct plx_slice client, struct plx_rollout_error *error)
{
    PLX_ASSERT(index < rollout->present->service_count);
    const struct plx_service *before = &rollout->present->services[index];

    if (!is_possible(before, wish, error))
        return false;
    enum plx_stage stage = wish->has_stage ? wish->stage : before->stage;
    uint32_t share = wish->has_share ? wish->share : before->share;
    if (stage == before->stage && share == before->share)
        return true;
    struct plx_snapshot *next = plx_snapshot_derive(rollout->present);
    if (next) {
        next->generation++;
        next->services[index].stage = stage;
        next->services[index].share = share;
    }
    if (!next || keep(rollout, &next->services[index]) != PLX_OK) {
        plx_snapshot_unref(next);
        return plx_rollout_fail(error, 503, "no_memory", "there is no memory for this change; nothing has changed");
    }
    tell_change(rollout, before, &next->services[index], client);
    plx_snapshot_unref(rollout->present);
    rollout->present = next;
    return true;
}

/* ---- told ---- */

void
plx_rollout_write(const struct plx_rollout *rollout, size_t index, struct plx_json_writer *out)
{
    const struct plx_service *configured = &rollout->configured->services[index];
    const struct plx_set_stage *set = plx_ledger_stage(rollout->ledger, configured->name);
    char share[PLX_SHARE_TEXT], time[PLX_TIME_TEXT];

    plx_json_key(out, "configured");
    plx_json_begin_object(out);
    plx_json_key(out, "stage");
    plx_json_text_value(out, plx_stage_text(configured->stage));
    plx_json_key(out, "share");
    plx_json_raw(out, plx_slice_of(plx_share_text(plx_service_share(configured), share)));
    plx_json_end_object(out);
    plx_json_key(out, "changed");
    if (!set) {
        plx_json_null(out);
        return;
    }
    plx_time_text(set->time_ms, time);
    plx_json_begin_object(out);
    plx_json_key(out, "time");
    plx_json_text_value(out, time);
    plx_json_key(out, "stored");
    plx_json_bool(out, plx_ledger_stage_is_stored(rollout->ledger, configured->name));
    plx_json_end_object(out);
}
