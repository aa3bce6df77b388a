/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin side's sockets, on the control thread's loop: reads a request whole, has it answered by whoever it was
 * opened for, writes the answer whole; one that is true only later when it is. Few connections, small requests, no
 * hurry.
 *
 * It must answer whatever others do, since a rollback comes this way. So there is always a place for one more: when all
 * are taken, the connection that needs its place least gives it up (see `worth` of server.c), and readings that have to
 * wait for their answer never take the last places.
 */
#ifndef PLX_ADMIN_SERVER_H
#define PLX_ADMIN_SERVER_H

#include "base/list.h"
#include "control/admin/admin_answer.h"
#include "traffic/net/listener.h"

#define PLX_ADMIN_CONNECTIONS_MAX 64u
#define PLX_ADMIN_READINGS_MAX    (PLX_ADMIN_CONNECTIONS_MAX / 4 * 3) /* that wait for their answer; then 503 */
#define PLX_ADMIN_GRACE_MS        50u    /* so long a new connection has its place in any case, to send its request */
#define PLX_ADMIN_HEAD_MS         10000u /* for a head, from its first byte; the first one from the connection on */
#define PLX_ADMIN_BODY_MS         20000u /* for what follows a head */
#define PLX_ADMIN_IDLE_MS         60000u /* between requests, or without taking anything of an answer */
#define PLX_ADMIN_CHANGE_MS       5000u  /* for all workers to take a change over; then 503 */

struct plx_admin_server {
    plx_admin_answerer *handle;
    void *context;    /* its own */
    uint32_t wait_ms; /* that an answer may have to wait; then 503 */
    struct plx_loop *loop;
    struct plx_listener listener;
    struct plx_list connections;
    unsigned places;   /* PLX_ADMIN_CONNECTIONS_MAX, or fewer where the process has few descriptors */
    unsigned count;    /* that have one */
    unsigned readings; /* that wait for the answer to a request that changes nothing */
    uint64_t reached;  /* generation of the snapshot that all workers read */
    bool leaving;      /* no connection is kept */
};

/* All workers read this snapshot now, or a later one: answers that waited for it go out. */
void plx_admin_server_reached(struct plx_admin_server *server, uint64_t generation);
/* Asks once more for the answers that were not there yet; one that has a ticket again goes on waiting. */
void plx_admin_server_retry(struct plx_admin_server *server);
/* Serves whatever handle answers; wait_ms as above. Takes the listening descriptor over. */
PLX_MUST_USE enum plx_status plx_admin_server_open(struct plx_admin_server *server, plx_admin_answerer *handle,
                                                   void *context, uint32_t wait_ms, struct plx_loop *loop,
                                                   int descriptor);
/* Takes no further connection; those there are get the answers that they wait for, and are closed. */
void plx_admin_server_leave(struct plx_admin_server *server);
void plx_admin_server_stop(struct plx_admin_server *server); /* closes everything; the loop then frees it */

#endif
