/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages and shares that were set by command, kept beside the counts: a table of the store, a row a service. What they
 * mean beside what the configuration says is not known here (rollout/).
 */
#ifndef PLX_LEDGER_STAGES_H
#define PLX_LEDGER_STAGES_H

#include "base/list.h"
#include "evidence/ledger/ledger.h"

struct plx_set_stage {
    enum plx_stage stage;
    uint32_t share;
    enum plx_stage configured_stage; /* what the configuration said when the command came */
    uint32_t configured_share;
    uint64_t time_ms; /* since the epoch, of the command */
};

/* What the ledger keeps of one service. */
struct plx_stage_entry {
    struct plx_list dirty; /* the ledger's: what the store does not have yet */
    char name[PLX_SERVICE_NAME_MAX + 1];
    struct plx_set_stage set;
    bool dropped; /* it holds no more: the store has to forget it */
};

/* NULL: none was set, or what was set was dropped. Stands until the next change. */
const struct plx_set_stage *plx_ledger_stage(const struct plx_ledger *ledger, const char *service);
/* Whether the store has it; false where there is no store. */
bool plx_ledger_stage_is_stored(const struct plx_ledger *ledger, const char *service);
/*
 * Keeps it, in the store at once: when this returns it outlives the process, and a power cut too. A store that can't be
 * written now gets it with what else it lacks. PLX_E_MEMORY, PLX_E_LIMIT: nothing has changed.
 */
PLX_MUST_USE enum plx_status plx_ledger_set_stage(struct plx_ledger *ledger, const char *service,
                                                  const struct plx_set_stage *set);
/* Of a service, found or added. NULL: *status says why. */
struct plx_stage_entry *plx_ledger_stage_entry(struct plx_ledger *ledger, struct plx_slice service,
                                               enum plx_status *status);

void plx_ledger_drop_stage(struct plx_ledger *ledger, const char *service); /* fine where there is none */

#endif
