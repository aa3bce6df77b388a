/* SPDX-License-Identifier: Apache-2.0 */
/* What is to change of a service: its stage, its share, or both; and the wish of a client of the admin side, read. It
 * knows of no service: whether the wish can be granted is for rollout.h. */
#ifndef PLX_ROLLOUT_ROLLOUT_WISH_H
#define PLX_ROLLOUT_ROLLOUT_WISH_H

#include "control/rollout/rollout_error.h"
#include "service/service.h"

struct plx_rollout_wish {
    bool has_stage, has_share;
    enum plx_stage stage;
    uint32_t share; /* of PLX_SHARE_ALL */
};

/* {"stage":"canary","share":10}, one of the two may be missing. false: *error says why. */
PLX_MUST_USE bool plx_rollout_read(struct plx_slice json, struct plx_rollout_wish *wish,
                                   struct plx_rollout_error *error);
/* Back to the primary, share 0. */
struct plx_rollout_wish plx_rollout_back(void);

#endif
