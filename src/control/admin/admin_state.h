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
struct plx_ask;
struct plx_admin_asks;

/* What the last reload that has ended came to. */
struct plx_admin_reloaded {
    uint64_t ticket; /* 0: there was none */
    bool ok;
    size_t errors;
    struct plx_buffer text; /* errors, or warnings, for people */
    uint64_t generation;    /* of the snapshot, where it is ok */
    char needs_restart[64]; /* keys whose change waits for a restart, divided by commas */
    uint64_t success_ms;    /* since the epoch, when a configuration was taken over last */
};

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
    /* Begins a reload; its ticket, which is in `reloaded` when it has ended. 0: not now. NULL: there is none. */
    uint64_t (*reload)(void *owner);
    struct plx_admin_reloaded reloaded;
    bool (*ask)(void *owner, struct plx_ask *ask); /* on its way to a worker; false: there is none. NULL: likewise */
    struct plx_admin_asks *asks;                   /* under way; NULL: there was none yet */
    void *owner;
    struct plx_comparisons *comparisons; /* NULL: none */
    const struct plx_outlet *access_log; /* NULL: none */
    struct plx_names *names;             /* NULL: none */
    const char *token;                   /* NULL: none is asked for */
    const char *read_token;              /* one that changes nothing, beside token; NULL: none */
    bool ready;                          /* what /readyz says */
    bool upgrading;                      /* a new process is starting: what is changed here it would not know */
    uint64_t start_ms;                   /* since the epoch */
    uint32_t workers;
    const struct plx_secrets *secrets; /* of what programs post; NULL: the built-in list */
    double confidence, detect;
};

#endif
