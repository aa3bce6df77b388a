/* SPDX-License-Identifier: Apache-2.0 */
/* What the spies need of the worker they are on. */
#ifndef PLX_SPY_WATCH_OWNER_H
#define PLX_SPY_WATCH_OWNER_H

#include "evidence/ledger/ledger.h"
#include "traffic/net/loop.h"
#include "traffic/threads/comparisons.h"

struct plx_watch_owner {
    struct plx_loop *loop;
    struct plx_comparisons_port *comparisons; /* the loop's */
    struct plx_tally *(*tally)(void *owner);  /* NULL: no memory, which the owner counts */
    void *owner;
};

#endif
