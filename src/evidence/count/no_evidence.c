/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/count/no_evidence.h"

#include "base/assert.h"

/* The paths themselves, with or without a slash at the end. docs/configuration.md lists them, too. */
static const char *const health_paths[] = {
    "/health",
    "/healthz",
    "/healthcheck",
    "/live",
    "/livez",
    "/ready",
    "/readyz",
    "/ping",
    "/status",
    "/statusz",
    "/alive",
    "/heartbeat",
    "/-/healthy",
    "/-/ready",
    "/up",
    "/_health",
    "/_healthz",
    "/_status",
    "/health/live",
    "/health/ready",
    "/actuator/health",
    "/actuator/health/liveness",
    "/actuator/health/readiness",
};

const char *
plx_no_evidence_text(enum plx_no_evidence why)
{
    static const char *const texts[] = {
#define NO_EVIDENCE_TEXT(name, text) text,
        PLX_NO_EVIDENCE_MAP(NO_EVIDENCE_TEXT)
#undef NO_EVIDENCE_TEXT
    };

    return texts[why];
}

static bool
is_health_check(struct plx_slice target)
{
    const char *query = target.len ? memchr(target.ptr, '?', target.len) : NULL;

    if (query)
        target.len = (size_t)(query - target.ptr);
    if (target.len > 1 && target.ptr[target.len - 1] == '/')
        target.len--;
    for (size_t i = 0; i < PLX_COUNT(health_paths); i++)
        if (plx_slice_equal(target, plx_slice_of(health_paths[i])))
            return true;
    return false;
}

bool
plx_outcome_is_no_evidence(const struct plx_exchange_outcome *outcome, enum plx_no_evidence *why)
{
    const struct plx_role_outcome *roles = outcome->roles;

    if (!outcome->copied || outcome->all_is_evidence || outcome->subject.kind != PLX_SUBJECT_SERVICE ||
        (outcome->verdict != PLX_MATCH && outcome->verdict != PLX_IGNORED))
        return false;
    if (outcome->request && is_health_check(outcome->request->target)) {
        *why = PLX_NO_EVIDENCE_HEALTH;
        return true;
    }
    *why = PLX_NO_EVIDENCE_NOT_FOUND;
    return roles[PLX_PRIMARY].status == 404 && roles[PLX_CANDIDATE].status == 404;
}
