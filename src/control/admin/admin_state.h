/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin API answers from. */
#ifndef PLX_ADMIN_ADMIN_STATE_H
#define PLX_ADMIN_ADMIN_STATE_H

#include "control/rollout/rollout.h"
#include "evidence/ledger/ledger.h"
#include "secrets/secrets.h"
#include "traffic/spy/spy_set.h"

struct plx_comparisons;
struct plx_outlet;
struct plx_names;

struct plx_admin {
    struct plx_ledger *ledger;
    const struct plx_snapshot *snapshot; /* the present one; the caller swaps it */
    const struct plx_spies *spies;       /* NULL: none */
    struct plx_rollout *rollout;
    void (*changed)(void *owner); /* rollout->present is another one: for the caller to swap in */
    /*
     * Has the workers hand over what they have counted; handed_over is then at least what is returned. NULL: nothing is
     * ever held back.
     */
    uint64_t (*hand_over)(void *owner);
    uint64_t handed_over; /* the caller raises it */
    void *owner;
    struct plx_comparisons *comparisons; /* NULL: none */
    const struct plx_outlet *access_log; /* NULL: none */
    struct plx_names *names;             /* NULL: none */
    const char *token;                   /* NULL: none is asked for */
    bool ready;                          /* what /readyz says */
    bool upgrading;                      /* a new process is starting: what is changed here it would not know */
    uint64_t start_ms;                   /* since the epoch */
    uint32_t workers;
    const struct plx_secrets *secrets; /* of what programs post; NULL: the built-in list */
    double confidence, detect;
};

#endif
