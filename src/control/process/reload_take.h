/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reload opens and closes: addresses of `listen`, and the access log. What can fail is opened before anything is
 * in force; then it is given to the workers, or closed again.
 */
#ifndef PLX_PROCESS_RELOAD_TAKE_H
#define PLX_PROCESS_RELOAD_TAKE_H

#include "control/process/start.h"

struct plx_reload_take {
    const struct plx_config *in_force, *next;
    struct plx_sockets *sockets;
    struct plx_workers *workers;
    struct plx_access_file *access_file; /* opened for next; NULL: as it is, or off */
    size_t opened;                       /* of next's addresses: those before it are open */
};

/* false: error says what is wrong, and all is as it was. */
bool plx_reload_open(struct plx_reload_take *take, char *error, size_t size);
void plx_reload_take_back(struct plx_reload_take *take);
/* Before in_force goes. The workers listen and write as next says when they read its snapshot. */
void plx_reload_give(struct plx_reload_take *take);
/* They do: what they wrote to before is closed. */
void plx_reload_taken(struct plx_workers *workers);

#endif
