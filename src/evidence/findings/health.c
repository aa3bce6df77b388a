/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the health of roles. */
#include "evidence/findings/health.h"

#include "base/time_text.h"
#include "evidence/ledger/ledger_state.h"
#include "service/ejection.h"

static void
write_last_answer(struct plx_json_writer *w, const struct plx_role_health *health)
{
    char time[PLX_TIME_TEXT];

    plx_json_key(w, "last_answer");
    if (health->last_answer_ms)
        plx_time_text(health->last_answer_ms, time);
    plx_json_text_value(w, health->last_answer_ms ? time : NULL);
}

static void
write_last_failure(struct plx_json_writer *w, const struct plx_role_health *health)
{
    char time[PLX_TIME_TEXT];

    plx_json_key(w, "last_failure");
    if (!health->last_failure_ms) {
        plx_json_null(w);
        return;
    }
    plx_time_text(health->last_failure_ms, time);
    plx_json_begin_object(w);
    plx_json_key(w, "reason");
    plx_json_text_value(w, plx_incomparable_text(health->last_reason));
    if (health->last_detail[0]) {
        plx_json_key(w, "detail");
        plx_json_text_value(w, health->last_detail);
    }
    plx_json_key(w, "time");
    plx_json_text_value(w, time);
    plx_json_end_object(w);
}

/* Whether a canary's clients are kept from the candidate. */
static void
write_ejected(struct plx_json_writer *w, const struct plx_service *service)
{
    char since[PLX_TIME_TEXT], until[PLX_TIME_TEXT];
    struct plx_ejected ejected;

    plx_json_key(w, "ejected");
    if (service->stage != PLX_STAGE_CANARY || service->eject.after == 0 || !service->ejection ||
        !plx_ejection_get(service->ejection, &ejected)) {
        plx_json_null(w);
        return;
    }
    plx_time_text(ejected.since_ms, since);
    plx_time_text(ejected.until_ms, until);
    plx_json_begin_object(w);
    plx_json_key(w, "since");
    plx_json_text_value(w, since);
    plx_json_key(w, "until");
    plx_json_text_value(w, until);
    plx_json_key(w, "times");
    plx_json_uint(w, ejected.times);
    plx_json_key(w, "reason");
    plx_json_text_value(w, ejected.status ? "status" : plx_incomparable_text(ejected.reason));
    plx_json_key(w, "status");
    if (ejected.status)
        plx_json_uint(w, (uint64_t)ejected.status);
    else
        plx_json_null(w);
    plx_json_end_object(w);
}

void
plx_findings_write_health(struct plx_ledger *ledger, const struct plx_service *service, struct plx_json_writer *out)
{
    static const struct plx_role_health none[PLX_ROLES];
    const struct plx_service_counts *counts =
        plx_counts_find_service(&ledger->counts, PLX_SUBJECT_SERVICE, plx_slice_of(service->name));
    const struct plx_role_health *health = counts ? counts->health : none;

    plx_json_begin_object(out);
    for (int i = 0; i < PLX_ROLES; i++) {
        if (!service->roles[i].url)
            continue;
        plx_json_key(out, plx_role_text((enum plx_role)i));
        plx_json_begin_object(out);
        plx_json_key(out, "url");
        plx_json_text_value(out, service->roles[i].url);
        plx_json_key(out, "host");
        plx_json_text_value(out, service->roles[i].sent_host);
        plx_json_key(out, "answered");
        plx_json_uint(out, health[i].answered);
        plx_json_key(out, "failed");
        plx_json_uint(out, health[i].failed);
        plx_json_key(out, "errors");
        plx_json_uint(out, health[i].errors);
        write_last_answer(out, &health[i]);
        write_last_failure(out, &health[i]);
        if (i == PLX_CANDIDATE)
            write_ejected(out, service);
        plx_json_end_object(out);
    }
    plx_json_end_object(out);
}
