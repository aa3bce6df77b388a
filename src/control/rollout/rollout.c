/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in force, and changing it. The hard thing is the order: memory is asked for first, then the ledger keeps the
 * change, and only then is there a new present snapshot; so nothing is in force that a restart would not know of (but
 * for a store that can't be written, which is told).
 */
#include "control/rollout/rollout.h"

#include "base/assert.h"
#include "base/time_text.h"
#include "evidence/count/epochs.h"
#include "evidence/findings/holds_report.h"
#include "evidence/ledger/ledger_epochs.h"
#include "evidence/ledger/path_folding.h"
#include "log/log.h"
#include "service/snapshot.h"

static struct plx_stage_at
at(const struct plx_service *service)
{
    return (struct plx_stage_at){service->stage, plx_service_share(service)};
}

static bool
is_held(const struct plx_stage_state *state, enum plx_hold hold)
{
    return state->held[hold].note.time_ms != 0;
}

/* ---- a configuration ---- */

enum in_force {
    CONFIGURED,        /* nothing was set */
    SET,               /* by command */
    ROLLED_BACK,       /* and held there */
    CONFIGURED_ANEW,   /* something was set, but the configuration has changed since */
    OTHER_CANDIDATE,   /* a canary was, for another candidate than there is now */
    WITHOUT_CANDIDATE, /* something was that there is no candidate for any more */
};

static enum in_force
decide(const struct plx_ledger *ledger, const struct plx_stage_state *state, const struct plx_service *service)
{
    const struct plx_epoch *epoch = plx_ledger_epoch(ledger, plx_slice_of(service->name));
    const struct plx_set_stage *set = &state->set;

    if (!state->is_set)
        return CONFIGURED;
    if (is_held(state, PLX_HOLD_ROLLED_BACK))
        return ROLLED_BACK;
    if (set->configured_stage != service->stage || set->configured_share != service->share)
        return CONFIGURED_ANEW;
    if (set->stage != PLX_STAGE_PRIMARY && !service->roles[PLX_CANDIDATE].url)
        return WITHOUT_CANDIDATE;
    if (set->stage == PLX_STAGE_CANARY && epoch &&
        plx_epoch_is_of_another(epoch, plx_upstream_name(&service->roles[PLX_CANDIDATE])))
        return OTHER_CANDIDATE;
    return SET;
}

static void
tell(enum in_force which, const struct plx_service *service, const struct plx_set_stage *set)
{
    static const char *const why[] = {
        [SET] = "set by command; it holds until the configuration's own stage or share changes",
        [ROLLED_BACK] = "it was rolled back to; it holds until `parallax resume`, whatever the configuration says",
        [CONFIGURED_ANEW] = "set by command; the configuration's own stage or share has changed since",
        [WITHOUT_CANDIDATE] = "set by command; the service has no candidate any more",
    };
    bool kept = which == SET || which == ROLLED_BACK;
    char share[PLX_SHARE_TEXT], configured[PLX_SHARE_TEXT];

    plx_share_text(set->share, share);
    plx_share_text(service->share, configured);
    plx_log(kept ? PLX_LOG_INFO : PLX_LOG_WARN, kept ? "stage_kept" : "stage_dropped",
            PLX_TEXT("service", service->name), PLX_TEXT("stage", plx_stage_text(set->stage)), PLX_TEXT("share", share),
            PLX_TEXT("configured_stage", plx_stage_text(service->stage)), PLX_TEXT("configured_share", configured),
            PLX_TEXT("what", why[which]));
}

static void
tell_holds(const struct plx_service *service, const struct plx_stage_state *state)
{
    char since[PLX_TIME_TEXT];

    for (unsigned i = 0; i < PLX_HOLDS; i++) {
        const struct plx_change_note *note = &state->held[i].note;

        if (!is_held(state, (enum plx_hold)i))
            continue;
        plx_time_text(note->time_ms, since);
        plx_log(PLX_LOG_INFO, "hold_kept", PLX_TEXT("service", service->name),
                PLX_TEXT("hold", plx_hold_text((enum plx_hold)i)), PLX_TEXT("since", since),
                PLX_TEXT("client", note->client), PLX_TEXT("reason", note->reason));
    }
}

static void
tell_canary_ended(const struct plx_rollout *rollout, const struct plx_service *service)
{
    plx_log(PLX_LOG_WARN, "canary_ended", PLX_TEXT("service", service->name),
            PLX_TEXT("candidate", plx_upstream_name(&service->roles[PLX_CANDIDATE])),
            PLX_TEXT("before", plx_ledger_epoch(rollout->ledger, plx_slice_of(service->name))->candidate),
            PLX_TEXT("what", "it was set by command for another candidate: the clients go back to the primary, and the "
                             "new one is compared in shadow"));
}

/* What is in force of what was set; the rest is the configuration's. */
static void
put_in_force(struct plx_rollout *rollout, enum in_force which, struct plx_stage_state *state,
             struct plx_service *service)
{
    switch (which) {
    case CONFIGURED:
        break;
    case SET:
        service->stage = state->set.stage;
        service->share = state->set.share;
        break;
    case ROLLED_BACK:
        service->stage = service->roles[PLX_CANDIDATE].url ? state->set.stage : PLX_STAGE_PRIMARY;
        service->share = 0;
        break;
    case OTHER_CANDIDATE:
        /* What is proved of one candidate is nothing to trust another one's clients with. */
        tell_canary_ended(rollout, service);
        service->stage = state->set.stage = PLX_STAGE_SHADOW;
        service->share = state->set.share = 0;
        state->set.note = plx_change_note_now(plx_slice_of(""), "the candidate has another address");
        break;
    case CONFIGURED_ANEW:
    case WITHOUT_CANDIDATE:
        state->is_set = false;
        break;
    }
    service->paused = is_held(state, PLX_HOLD_PAUSED);
}

/* Where the service is before this configuration, as far as that is known. */
static bool
was_at(const struct plx_rollout *rollout, const struct plx_stage_state *state, const char *service,
       struct plx_stage_at *was)
{
    const struct plx_service *before =
        rollout->present ? plx_service_by_name(rollout->present, plx_slice_of(service)) : NULL;
    const struct plx_service set = {.stage = state->set.stage, .share = state->set.share};

    *was = at(before ? before : &set);
    return before || state->is_set;
}

static void
keep_applied(struct plx_rollout *rollout, enum in_force which, const struct plx_service *service,
             const struct plx_stage_state *state, const struct plx_stage_at *was)
{
    struct plx_change change = {.kind = PLX_CHANGE_CONFIGURATION, .from = *was, .to = at(service)};
    enum plx_status status = PLX_OK;

    change.note = plx_change_note_now(plx_slice_of(""), NULL);
    if (which == OTHER_CANDIDATE) {
        change.kind = PLX_CHANGE_CANARY_ENDED;
        change.note = state->set.note;
    }
    if (which == CONFIGURED_ANEW || which == WITHOUT_CANDIDATE || which == OTHER_CANDIDATE)
        status = plx_ledger_set_stage(rollout->ledger, service->name, state, &change);
    else if (change.from.stage != change.to.stage || change.from.share != change.to.share)
        status = plx_ledger_note_change(rollout->ledger, service->name, &change);
    if (status != PLX_OK)
        plx_log(PLX_LOG_WARN, "change_not_noted", PLX_TEXT("service", service->name),
                PLX_TEXT("error", plx_status_text(status)));
}

static void
apply(struct plx_rollout *rollout, struct plx_service *service)
{
    struct plx_stage_state state = plx_ledger_stage_state(rollout->ledger, service->name);
    enum in_force which = decide(rollout->ledger, &state, service);
    struct plx_stage_at was;
    bool known = was_at(rollout, &state, service->name, &was);

    if (which != CONFIGURED && which != OTHER_CANDIDATE)
        tell(which, service, &state.set);
    tell_holds(service, &state);
    put_in_force(rollout, which, &state, service);
    if (known)
        keep_applied(rollout, which, service, &state, &was);
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

static void
put(struct plx_rollout *rollout, struct plx_snapshot *next)
{
    next->generation++;
    plx_snapshot_unref(rollout->present);
    rollout->present = next;
}

bool
plx_rollout_fold(struct plx_rollout *rollout)
{
    uint64_t version = plx_ledger_folds_version(rollout->ledger);
    struct plx_snapshot *next;

    if (version == rollout->folds_version || !(next = plx_snapshot_derive(rollout->present)))
        return false;
    take_folds(rollout, next);
    rollout->folds_version = version;
    put(rollout, next);
    return true;
}

bool
plx_rollout_next_epoch(struct plx_rollout *rollout, size_t index)
{
    PLX_ASSERT(index < rollout->present->service_count);
    struct plx_snapshot *next = plx_snapshot_derive(rollout->present);

    if (!next)
        return false;
    next->services[index].epoch++;
    put(rollout, next);
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
is_possible(const struct plx_service *service, const struct plx_stage_state *state, const struct plx_rollout_wish *wish,
            struct plx_rollout_error *error)
{
    bool of_stage = wish->kind == PLX_CHANGE_STAGE;

    if (of_stage && is_held(state, PLX_HOLD_ROLLED_BACK))
        return plx_rollout_fail(error, 409, "rolled_back",
                                "the service %s is rolled back: its stage and share stay as they are until `parallax "
                                "resume %s`",
                                service->name, service->name);
    if (wish->kind == PLX_CHANGE_PAUSE && !service->roles[PLX_CANDIDATE].url)
        return plx_rollout_fail(error, 409, "no_candidate",
                                "the service %s has no candidate: there is nothing to pause", service->name);
    if (wish->has_stage && wish->stage != PLX_STAGE_PRIMARY && !service->roles[PLX_CANDIDATE].url)
        return plx_rollout_fail(error, 409, "no_candidate",
                                "the service %s has no candidate, which the stage %s needs: add `candidate` to its "
                                "configuration",
                                service->name, plx_stage_text(wish->stage));
    if (wish->has_stage && (wish->stage == PLX_STAGE_CANARY || wish->stage == PLX_STAGE_CANDIDATE) && service->spied &&
        !service->correlate)
        return plx_rollout_fail(
            error, 409, "spied",
            "a spy answers calls of the candidate of %s itself, and can't tell which are a client's: "
            "the stage %s would lose them; add `correlate: yes` to the service",
            service->name, plx_stage_text(wish->stage));
    if (of_stage && !wish->has_stage && service->stage != PLX_STAGE_CANARY)
        return plx_rollout_fail(
            error, 409, "no_canary",
            "the service %s is at the stage %s, which has no share: set its stage to canary as well", service->name,
            plx_stage_text(service->stage));
    return true;
}

/* What a wish comes to. */
struct plan {
    enum plx_stage stage;
    uint32_t share;
    struct plx_stage_state state;
    struct plx_change change;
};

static void
plan_stage(struct plan *plan, const struct plx_service *configured)
{
    plan->state.is_set = true;
    plan->state.set = (struct plx_set_stage){.stage = plan->stage,
                                             .share = plan->share,
                                             .configured_stage = configured->stage,
                                             .configured_share = configured->share,
                                             .note = plan->change.note};
}

/* false: it holds already. */
static bool
plan_hold(struct plan *plan, enum plx_hold hold)
{
    struct plx_held *held = &plan->state.held[hold];

    if (held->note.time_ms)
        return false;
    *held = (struct plx_held){plan->change.note, plan->change.from};
    return true;
}

/*
 * A pause ends before a rollback does: who pauses around each deployment must not end what somebody else has rolled
 * back. What a rollback led to stays, now as if it were set by a command of this moment. false: nothing holds.
 */
static bool
plan_resume(struct plan *plan, const struct plx_service *configured)
{
    bool paused = is_held(&plan->state, PLX_HOLD_PAUSED);

    if (!paused && !is_held(&plan->state, PLX_HOLD_ROLLED_BACK))
        return false;
    plan->state.held[paused ? PLX_HOLD_PAUSED : PLX_HOLD_ROLLED_BACK] = (struct plx_held){0};
    if (!paused)
        plan_stage(plan, configured);
    return true;
}

/* false: all is so already. */
static bool
make_plan(struct plan *plan, const struct plx_service *before, const struct plx_service *configured,
          const struct plx_rollout_wish *wish)
{
    switch (wish->kind) {
    case PLX_CHANGE_PAUSE:
        return plan_hold(plan, PLX_HOLD_PAUSED);
    case PLX_CHANGE_RESUME:
        return plan_resume(plan, configured);
    case PLX_CHANGE_ROLLBACK:
        if (!plan_hold(plan, PLX_HOLD_ROLLED_BACK))
            return false;
        plan->stage = before->stage == PLX_STAGE_PRIMARY ? PLX_STAGE_PRIMARY : PLX_STAGE_SHADOW;
        plan->share = 0;
        break;
    default:
        plan->stage = wish->has_stage ? wish->stage : before->stage;
        plan->share = wish->has_share ? wish->share : before->share;
        if (plan->stage == before->stage && plan->share == before->share)
            return false;
        break;
    }
    plan_stage(plan, configured);
    return true;
}

static void
tell_change(const struct plx_rollout *rollout, const struct plx_service *before, const struct plx_service *after,
            const struct plx_change_note *note)
{
    char from[PLX_SHARE_TEXT], to[PLX_SHARE_TEXT];

    plx_log(PLX_LOG_INFO, "stage_changed", PLX_TEXT("service", before->name),
            PLX_TEXT("from", plx_stage_text(before->stage)),
            PLX_TEXT("from_share", plx_share_text(before->share, from)), PLX_TEXT("to", plx_stage_text(after->stage)),
            PLX_TEXT("to_share", plx_share_text(after->share, to)), PLX_TEXT("client", note->client),
            PLX_TEXT("reason", note->reason),
            PLX_TEXT("stored", plx_ledger_stage_is_stored(rollout->ledger, before->name) ? "yes" : "no"));
}

static void
tell_hold(const struct plx_rollout *rollout, const struct plx_service *service, enum plx_hold hold, bool begins,
          const struct plx_change_note *note)
{
    plx_log(PLX_LOG_INFO, begins ? "hold_began" : "hold_ended", PLX_TEXT("service", service->name),
            PLX_TEXT("hold", plx_hold_text(hold)), PLX_TEXT("stage", plx_stage_text(service->stage)),
            PLX_TEXT("client", note->client), PLX_TEXT("reason", note->reason),
            PLX_TEXT("stored", plx_ledger_stage_is_stored(rollout->ledger, service->name) ? "yes" : "no"));
}

static void
tell_plan(const struct plx_rollout *rollout, const struct plx_service *before, const struct plx_service *after,
          const struct plx_stage_state *state, const struct plan *plan)
{
    if (before->stage != after->stage || before->share != after->share)
        tell_change(rollout, before, after, &plan->change.note);
    for (unsigned i = 0; i < PLX_HOLDS; i++) {
        bool held = is_held(&plan->state, (enum plx_hold)i);

        if (held != is_held(state, (enum plx_hold)i))
            tell_hold(rollout, after, (enum plx_hold)i, held, &plan->change.note);
    }
}

bool
plx_rollout_change(struct plx_rollout *rollout, size_t index, const struct plx_rollout_wish *wish,
                   struct plx_slice client, struct plx_rollout_error *error)
{
    PLX_ASSERT(index < rollout->present->service_count);
    const struct plx_service *before = &rollout->present->services[index];
    const struct plx_stage_state state = plx_ledger_stage_state(rollout->ledger, before->name);
    struct plan plan = {.stage = before->stage, .share = before->share, .state = state};

    if (!is_possible(before, &state, wish, error))
        return false;
    plan.change =
        (struct plx_change){.kind = wish->kind, .from = at(before), .note = plx_change_note_now(client, wish->reason)};
    if (!make_plan(&plan, before, &rollout->configured->services[index], wish))
        return true;
    struct plx_snapshot *next = plx_snapshot_derive(rollout->present);
    struct plx_service *after = next ? &next->services[index] : NULL;
    if (next) {
        after->stage = plan.stage;
        after->share = plan.share;
        after->paused = is_held(&plan.state, PLX_HOLD_PAUSED);
        plan.change.to = at(after);
    }
    if (!next || plx_ledger_set_stage(rollout->ledger, before->name, &plan.state, &plan.change) != PLX_OK) {
        plx_snapshot_unref(next);
        return plx_rollout_fail(error, 503, "no_memory", "there is no memory for this change; nothing has changed");
    }
    tell_plan(rollout, before, after, &state, &plan);
    put(rollout, next);
    return true;
}

/* ---- told ---- */

void
plx_rollout_write(const struct plx_rollout *rollout, size_t index, struct plx_json_writer *out)
{
    const struct plx_service *configured = &rollout->configured->services[index];
    const struct plx_stage_state state = plx_ledger_stage_state(rollout->ledger, configured->name);
    const struct plx_set_stage *set = &state.set;
    bool stored = plx_ledger_stage_is_stored(rollout->ledger, configured->name);
    char share[PLX_SHARE_TEXT], time[PLX_TIME_TEXT];

    plx_json_key(out, "configured");
    plx_json_begin_object(out);
    plx_json_key(out, "stage");
    plx_json_text_value(out, plx_stage_text(configured->stage));
    plx_json_key(out, "share");
    plx_json_raw(out, plx_slice_of(plx_share_text(plx_service_share(configured), share)));
    plx_json_end_object(out);
    plx_json_key(out, "changed");
    if (state.is_set) {
        plx_time_text(set->note.time_ms, time);
        plx_json_begin_object(out);
        plx_json_key(out, "time");
        plx_json_text_value(out, time);
        plx_change_note_write(&set->note, out);
        plx_json_key(out, "stored");
        plx_json_bool(out, stored);
        plx_json_end_object(out);
    } else {
        plx_json_null(out);
    }
    plx_holds_write(&state, stored, out);
    plx_changes_write(rollout->ledger, configured->name, out);
}
