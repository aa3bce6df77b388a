/* SPDX-License-Identifier: Apache-2.0 */
/* The worker of the spies: its addresses and its start, for start.c. */
#ifndef PLX_PROCESS_SPY_WORKER_H
#define PLX_PROCESS_SPY_WORKER_H

#include "control/config/config.h"
#include "control/process/sockets.h"
#include "traffic/worker/worker.h"

/* One for both sides of all spies. */
struct plx_spies_start {
    const struct plx_config *config; /* with spies */
    const char *command;             /* for messages */
    struct plx_worker_owner owner;
    uint32_t streams_max;
    struct plx_comparisons *comparisons;
    struct plx_names *names;
    struct plx_sockets *sockets;
};

/* NULL after telling on standard error what is wrong. */
struct plx_worker *plx_spies_start(const struct plx_spies_start *start);

#endif
