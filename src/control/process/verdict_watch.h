/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells in the log when the verdict on a service has become another one: `event=verdict_changed`. Verdicts follow from
 * counts whenever somebody asks; so this asks, a while after something was counted or changed, and not at each fold.
 */
#ifndef PLX_PROCESS_VERDICT_WATCH_H
#define PLX_PROCESS_VERDICT_WATCH_H

#include "evidence/findings/verdicts.h"
#include "evidence/ledger/ledger.h"

#define PLX_VERDICT_WATCH_MS 1000u /* from what may change a verdict to the look at it */

struct plx_watched_verdict {
    char service[PLX_SERVICE_NAME_MAX + 1];
    enum plx_evidence verdict;
};

struct plx_verdict_watch {
    struct plx_watched_verdict last[PLX_SERVICES_MAX]; /* of those in the snapshot, as last seen */
    size_t count;
};

/* A service that was not there before is noted without a word. */
void plx_verdict_watch_look(struct plx_verdict_watch *watch, struct plx_ledger *ledger,
                            const struct plx_snapshot *snapshot);

#endif
