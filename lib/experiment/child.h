/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A candidate in a forked process: it sees the caller's memory as it was, and nothing that it does comes back but one
 * result through a pipe. No signal handler is installed, and each child is waited for.
 */
#ifndef PLX_EXPERIMENT_CHILD_H
#define PLX_EXPERIMENT_CHILD_H

#include "experiment/experiment_state.h"

#include <sys/types.h>

struct plx_child {
    pid_t pid;
    int process; /* a pidfd; -1 where the system has none */
    int pipe;
    struct plx_buffer bytes; /* of its result, as far as it has come */
};

/* PLX_E_LIMIT: there is no pipe or no process to be had. */
PLX_MUST_USE enum plx_status plx_child_start(struct plx_child *child, struct plx_trial *trial, unsigned slot);
/* Reads what is there. true: it has said all that it will, or can't. */
bool plx_child_read(struct plx_child *child, bool ended);
/* Ends the process and reaps it, and notes in the slot what it gave. late: its deadline has passed. */
void plx_child_finish(struct plx_child *child, struct plx_trial *trial, unsigned slot, bool late);

#endif
