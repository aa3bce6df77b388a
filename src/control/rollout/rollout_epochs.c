/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs by themselves. Where there is no memory for one the present one goes on, which the log tells. */
#include "control/rollout/rollout_epochs.h"

#include "evidence/findings/epochs_report.h"
#include "evidence/ledger/ledger_epochs.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/ledger/stages.h"
#include "log/log.h"
#include "service/service_fingerprint.h"

#include <stdio.h>

/* That the epoch was marked; the mark stands without it. */
static void
note_mark(struct plx_ledger *ledger, const struct plx_service *service, const struct plx_epoch *next,
          struct plx_slice client)
{
    const struct plx_stage_at at = {service->stage, plx_service_share(service)};
    const struct plx_change change = {PLX_CHANGE_MARK, at, at, plx_change_note_now(client, next->reason)};

    if (plx_ledger_note_change(ledger, service->name, &change) != PLX_OK)
        plx_log(PLX_LOG_WARN, "change_not_noted", PLX_TEXT("service", service->name));
}

enum plx_status
plx_epoch_begin(struct plx_ledger *ledger, const struct plx_service *service, const struct plx_epoch *next,
                struct plx_slice client)
{
    const char *candidate = plx_upstream_name(&service->roles[PLX_CANDIDATE]);
    const struct plx_subject subject = plx_subject_service(service);
    enum plx_status status = plx_findings_begin_epoch(ledger, &subject, next);

    if (status != PLX_OK)
        plx_log(PLX_LOG_ERROR, "epoch_failed", PLX_TEXT("service", service->name),
                PLX_TEXT("why", plx_epoch_why_text(next->why)), PLX_TEXT("error", plx_status_text(status)),
                PLX_TEXT("what", "the epoch before goes on: what is counted of two candidates is one"));
    else
        plx_log(PLX_LOG_INFO, "epoch_began", PLX_TEXT("service", service->name),
                PLX_TEXT("why", plx_epoch_why_text(next->why)), PLX_TEXT("name", next->name),
                PLX_TEXT("version", next->version), PLX_TEXT("candidate", candidate ? candidate : ""),
                PLX_SLICE("client", client), PLX_TEXT("reason", next->reason));
    if (status == PLX_OK && next->why == PLX_EPOCH_MARKED)
        note_mark(ledger, service, next, client);
    return status;
}

static void
check(struct plx_ledger *ledger, const struct plx_service *service)
{
    const struct plx_epoch *present = plx_ledger_epoch(ledger, plx_slice_of(service->name));
    const char *candidate = plx_upstream_name(&service->roles[PLX_CANDIDATE]);
    uint64_t rules = plx_service_fingerprint(service);
    struct plx_epoch next = {.why = PLX_EPOCH_CANDIDATE};
    bool another = present && plx_epoch_is_of_another(present, candidate);

    if (!another && present && present->rules && present->rules != rules) {
        next.why = PLX_EPOCH_RULES;
        memcpy(next.version, present->version, sizeof(next.version)); /* it is the same candidate */
        another = true;
    }
    if (another && plx_epoch_begin(ledger, service, &next, plx_slice_of("")) != PLX_OK)
        return; /* told in the log */
    if (!another && plx_ledger_note_epoch(ledger, plx_slice_of(service->name), candidate, rules) != PLX_OK)
        plx_log(PLX_LOG_WARN, "epoch_unknown", PLX_TEXT("service", service->name),
                PLX_TEXT("what", "no room or no memory to note which candidate is counted"));
}

void
plx_epochs_check(struct plx_rollout *rollout)
{
    for (size_t i = 0; i < rollout->present->service_count; i++)
        check(rollout->ledger, &rollout->present->services[i]);
}

/* ---- versions ---- */

static void
end_canary(struct plx_rollout *rollout, size_t index, const char *version)
{
    const struct plx_service *service = &rollout->present->services[index];
    const struct plx_set_stage *set = plx_ledger_stage(rollout->ledger, service->name);
    struct plx_rollout_wish wish = {
        .kind = PLX_CHANGE_CANARY_ENDED, .has_stage = true, .has_share = true, .stage = PLX_STAGE_SHADOW};
    struct plx_rollout_error error;

    snprintf(wish.reason, sizeof(wish.reason), "the candidate's answers name the version %s", version);

    if (service->stage != PLX_STAGE_CANARY || !set || set->stage != PLX_STAGE_CANARY)
        return;
    plx_log(PLX_LOG_WARN, "canary_ended", PLX_TEXT("service", service->name), PLX_TEXT("version", version),
            PLX_TEXT("what", "it was set by command for another version of the candidate: the clients go back to the "
                             "primary, and the new one is compared in shadow"));
    if (!plx_rollout_change(rollout, index, &wish, plx_slice_of(""), &error))
        plx_log(PLX_LOG_ERROR, "canary_not_ended", PLX_TEXT("service", service->name),
                PLX_TEXT("error", error.message));
}

bool
plx_epochs_take_versions(struct plx_rollout *rollout)
{
    const struct plx_snapshot *before = rollout->present;

    if (!rollout->ledger->versions_changed)
        return false;
    rollout->ledger->versions_changed = false;
    for (size_t i = 0; i < rollout->present->service_count; i++) {
        const struct plx_service *service = &rollout->present->services[i];
        struct plx_service_counts *counts =
            plx_counts_find_service(&rollout->ledger->counts, PLX_SUBJECT_SERVICE, plx_slice_of(service->name));
        struct plx_epoch next = {.why = PLX_EPOCH_VERSION};

        if (!counts || !counts->epochs || !*counts->epochs->next_version)
            continue;
        memcpy(next.version, counts->epochs->next_version, sizeof(next.version));
        counts->epochs->next_version[0] = '\0';
        if (plx_epoch_begin(rollout->ledger, service, &next, plx_slice_of("")) == PLX_OK)
            end_canary(rollout, i, next.version);
    }
    return rollout->present != before;
}
