/* SPDX-License-Identifier: Apache-2.0 */
#include "control/process/verdict_watch.h"

#include "base/assert.h"
#include "log/log.h"

#include <stdio.h>

static const struct plx_watched_verdict *
find(const struct plx_verdict_watch *watch, const char *service)
{
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->last[i].service, service) == 0)
            return &watch->last[i];
    return NULL;
}

static void
tell(const struct plx_service *service, enum plx_evidence from, const struct plx_conclusion *now)
{
    plx_log(now->verdict == PLX_EVIDENCE_REGRESSION ? PLX_LOG_WARN : PLX_LOG_INFO, "verdict_changed",
            PLX_TEXT("service", service->name), PLX_TEXT("from", plx_evidence_text(from)),
            PLX_TEXT("to", plx_evidence_text(now->verdict)), PLX_TEXT("why", now->why));
}

void
plx_verdict_watch_look(struct plx_verdict_watch *watch, struct plx_ledger *ledger, const struct plx_snapshot *snapshot)
{
    struct plx_verdict_watch seen = {.count = 0};

    PLX_ASSERT(snapshot->service_count <= PLX_SERVICES_MAX);
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct plx_service *service = &snapshot->services[i];
        const struct plx_watched_verdict *before = find(watch, service->name);
        struct plx_watched_verdict *now = &seen.last[seen.count];
        struct plx_conclusion conclusion;

        plx_service_verdict(ledger, service, &conclusion);
        if (before && before->verdict != conclusion.verdict)
            tell(service, before->verdict, &conclusion);
        now->verdict = conclusion.verdict;
        snprintf(now->service, sizeof(now->service), "%s", service->name);
        seen.count++;
    }
    *watch = seen;
}
