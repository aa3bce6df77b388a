/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin side's sockets, on the control thread's loop: reads a request whole, has it answered by whoever it was
 * opened for, writes the answer whole; one that is true only later when it is. Few connections, small requests, no
 * hurry.
 */
#ifndef PLX_ADMIN_SERVER_H
#define PLX_ADMIN_SERVER_H

#include "base/list.h"
#include "control/admin/admin_answer.h"
#include "traffic/net/listener.h"

#define PLX_ADMIN_CONNECTIONS_MAX 64u
#define PLX_ADMIN_CHANGE_MS       5000u  /* for all workers to take a change over; then 503 */
#define PLX_ADMIN_IDLE_MS         60000u /* a connection without a whole request, or that takes nothing of its answer */

struct plx_admin_server {
    plx_admin_answerer *handle;
    void *context;    /* its own */
    uint32_t wait_ms; /* that an answer may have to wait; then 503 */
    struct plx_loop *loop;
    struct plx_listener listener;
    struct plx_list connections;
    unsigned count;
    uint64_t reached; /* generation of the snapshot that all workers read */
};

/* All workers read this snapshot now, or a later one: answers that waited for it go out. */
void plx_admin_server_reached(struct plx_admin_server *server, uint64_t generation);
/* Asks once more for the answers that were not there yet; one that has a ticket again goes on waiting. */
void plx_admin_server_retry(struct plx_admin_server *server);
/* Serves whatever handle answers; wait_ms as above. Takes the listening descriptor over. */
PLX_MUST_USE enum plx_status plx_admin_server_open(struct plx_admin_server *server, plx_admin_answerer *handle,
                                                   void *context, uint32_t wait_ms, struct plx_loop *loop,
                                                   int descriptor);
void plx_admin_server_stop(struct plx_admin_server *server); /* closes everything; the loop then frees it */

#endif
