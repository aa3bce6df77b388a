/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process begins with: its sockets, its part of the file descriptors, the ledger, the workers. Each step tells
 * on standard error what is wrong and how to mend it; the process ends then, so nothing that was begun is taken back.
 */
#ifndef PLX_PROCESS_START_H
#define PLX_PROCESS_START_H

#include "control/admin/admin.h"
#include "control/admin/server.h"
#include "control/config/config.h"
#include "control/process/access_file.h"
#include "control/process/sockets.h"
#include "traffic/threads/comparisons.h"
#include "traffic/worker/worker.h"

struct plx_start {
    const struct plx_config *config;
    const char *command; /* for messages */
    bool spies_only;
    struct plx_worker_owner owner;
    struct plx_names *names;
    struct plx_sockets *sockets;
};

struct plx_workers {
    struct plx_worker *list[PLX_WORKERS_MAX + 1]; /* those of the services, then that of the spies */
    uint32_t count, service_count;
    struct plx_comparisons *comparisons; /* the threads of all of them */
    struct plx_access_file *access_file; /* NULL: there is no access log */
    struct plx_access_file *left_files;  /* of reloads that not all workers have taken over */
};

/* The rollout gets its ledger, and its first snapshot. */
bool plx_start_ledger(const struct plx_start *start, struct plx_rollout *rollout);
/* admin has its snapshot. */
bool plx_start_admin(const struct plx_start *start, struct plx_admin *admin, struct plx_loop *loop,
                     struct plx_admin_server *server);
/* Opens the services' sockets, before the admin side's: who finds that one finds these. Clients wait in their queues
 * until there are workers. */
bool plx_start_listening(const struct plx_start *start);
bool plx_start_workers(const struct plx_start *start, struct plx_snapshot *snapshot, struct plx_workers *workers);

#endif
