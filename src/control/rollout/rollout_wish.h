/* SPDX-License-Identifier: Apache-2.0 */
/* What is to change of a service, and why; and the wish of a client of the admin side, read. It knows of no service:
 * whether the wish can be granted is for rollout.h. */
#ifndef PLX_ROLLOUT_ROLLOUT_WISH_H
#define PLX_ROLLOUT_ROLLOUT_WISH_H

#include "control/rollout/rollout_error.h"
#include "evidence/ledger/stages.h"

struct plx_rollout_wish {
    /*
     * PLX_CHANGE_STAGE            stage, share, or both
     * PLX_CHANGE_ROLLBACK         all clients back to the primary, and held there
     * PLX_CHANGE_PAUSE            nothing is sent to the candidate
     * PLX_CHANGE_RESUME           the pause ends, or where there is none the hold of a rollback
     * PLX_CHANGE_CANARY_ENDED     as the first, by itself
     */
    enum plx_change_kind kind;
    bool has_stage, has_share;
    enum plx_stage stage;
    uint32_t share;                         /* of PLX_SHARE_ALL */
    char reason[PLX_CHANGE_REASON_MAX + 1]; /* empty: none */
};

/*
 * {"stage":"canary","share":10,"reason":"..."} for PLX_CHANGE_STAGE, of which stage or share may be missing; for the
 * other kinds nothing, or {"reason":"..."}. false: *error says why.
 */
PLX_MUST_USE bool plx_rollout_read(struct plx_slice json, enum plx_change_kind kind, struct plx_rollout_wish *wish,
                                   struct plx_rollout_error *error);

#endif
