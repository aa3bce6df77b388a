/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upgrade: the program that is there now is started with the arguments of this process and all its listening
 * sockets. When the new process says that it serves, this one may finish; a new one that ends before changes nothing.
 *
 *   NONE --begin--> STARTING --it says that it serves--> DONE
 *    ^                 |
 *    `--it has ended, or takes more than PLX_UPGRADE_MS--'
 */
#ifndef PLX_PROCESS_UPGRADE_H
#define PLX_PROCESS_UPGRADE_H

#include "control/process/sockets.h"

#include <uv.h>

#define PLX_UPGRADE_MS 60000u

enum plx_upgrade_state {
    PLX_UPGRADE_NONE,
    PLX_UPGRADE_STARTING,
    PLX_UPGRADE_DONE,
};

struct plx_upgrade {
    enum plx_upgrade_state state;
    void (*ended)(void *owner, bool serves); /* STARTING is over, on the loop's thread: it serves, or it does not */
    void *owner;
    uv_loop_t *loop;
    uv_process_t process;
    uv_pipe_t ready;
    uv_timer_t limit;
    unsigned open; /* of these handles: that were not closed yet */
};

/* Zeroed before but for ended and owner. false: it could not be started; the log says why. */
bool plx_upgrade_begin(struct plx_upgrade *upgrade, uv_loop_t *loop, const struct plx_sockets *sockets);
/* The new process is ended, where it does not serve yet: this one is to end. */
void plx_upgrade_cancel(struct plx_upgrade *upgrade);

#endif
