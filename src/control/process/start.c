/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to sockets, the ledger and threads. */
#include "control/process/start.h"

#include "base/clock.h"
#include "control/process/spy_worker.h"
#include "evidence/count/exchange_id.h"
#include "evidence/findings/store_back.h"
#include "evidence/store/store.h"
#include "traffic/net/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#define DESCRIPTORS_SPARE   20u
#define DESCRIPTORS_OF_LOOP 8u
#define STREAMS_MIN         16u /* of a loop */

/* ---- descriptors and sockets ---- */

/*
 * Of each of count loops. Apart from what is open already (the services' sockets are counted with their loops), and the
 * admin side's connections, a loop has some for itself (its queue of events, its wakings, each listener and what waits
 * there), and there are the store's files, the resolver's sockets, and what is opened for a moment.
 */
static uint32_t
share_out_descriptors(const struct plx_start *start, uint32_t count)
{
    const uint32_t limit = plx_descriptors_limit();
    const uint32_t own = DESCRIPTORS_OF_LOOP + 2 * (uint32_t)start->config->listen_count;
    const uint32_t listening = (uint32_t)plx_sockets_count(start->sockets, PLX_SOCKET_SERVICES);
    const uint32_t taken = plx_descriptors_open() - listening + DESCRIPTORS_SPARE + count * own +
                           plx_descriptors_admin(limit, PLX_ADMIN_CONNECTIONS_MAX);
    uint32_t each = limit > taken && count ? (limit - taken) / count : 0;

    if (each < STREAMS_MIN) {
        each = STREAMS_MIN;
        plx_log(PLX_LOG_WARN, "descriptors_few", PLX_NUMBER_OF("limit", limit),
                PLX_NUMBER_OF("wanted", taken + count * each),
                PLX_TEXT("mend", "allow more open files (ulimit -n, LimitNOFILE=), or have fewer workers"));
    }
    return each;
}

static bool
open_one(const struct plx_start *start, const char *event, const char *name, const struct plx_address *address,
         uint32_t owners)
{
    char text[PLX_ADDRESS_TEXT], error[512];

    if (!plx_sockets_open(start->sockets, name, address, owners, error, sizeof(error))) {
        fprintf(stderr, "parallax %s: %s%s\n", start->command, strcmp(name, PLX_SOCKET_ADMIN) == 0 ? "admin: " : "",
                error);
        return false;
    }
    const struct plx_socket *opened = plx_sockets_find(start->sockets, name, address);
    plx_log(PLX_LOG_INFO, event, PLX_TEXT("address", plx_address_write(address->host, opened->port, text)),
            PLX_TEXT("socket", opened->inherited ? "inherited" : "own"));
    return true;
}

bool
plx_start_listening(const struct plx_start *start)
{
    const struct plx_config *config = start->config;

    for (size_t i = 0; i < config->listen_count && !start->spies_only; i++)
        if (!open_one(start, "listening", PLX_SOCKET_SERVICES, &config->listen[i], config->workers))
            return false;
    return true;
}

/* ---- the admin side and the ledger ---- */

static void
answer_admin(void *admin, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    plx_admin_handle(admin, request, answer);
}

bool
plx_start_admin(const struct plx_start *start, struct plx_admin *admin, struct plx_loop *loop,
                struct plx_admin_server *server)
{
    if (!open_one(start, "admin", PLX_SOCKET_ADMIN, &start->config->admin, 1))
        return false;
    const int fd = plx_sockets_find(start->sockets, PLX_SOCKET_ADMIN, &start->config->admin)->descriptor;
    if (plx_admin_server_open(server, answer_admin, admin, PLX_ADMIN_CHANGE_MS, loop, fd) != PLX_OK)
        return false;
    plx_admin_server_reached(server, admin->snapshot->generation);
    return true;
}

bool
plx_start_ledger(const struct plx_start *start, struct plx_rollout *rollout)
{
    const struct plx_config *config = start->config;
    const struct plx_ledger_options options = {config->confidence, config->detect, config->allow,
                                               plx_findings_take_back, config->retention_ms};
    struct plx_store store = {NULL, NULL}; /* in memory alone */

    if (!config->store || plx_store_open(config->store, &store))
        rollout->ledger = plx_ledger_open(&options, store);
    if (!rollout->ledger) {
        fprintf(stderr, "parallax %s: out of memory\n", start->command);
        return false;
    }
    if (!plx_rollout_configure(rollout, config->snapshot)) {
        fputs("parallax run: out of memory\n", stderr);
        return false;
    }
    return true;
}

/* ---- the workers ---- */

static bool
start_services(const struct plx_start *start, struct plx_snapshot *snapshot, uint32_t count, uint32_t streams_max,
               struct plx_workers *workers)
{
    const struct plx_config *config = start->config;

    char error[512];

    if (config->access_log &&
        !(workers->access_file = plx_access_file_new(false, config->access_log, error, sizeof(error)))) {
        fprintf(stderr, "parallax %s: %s\n", start->command, error);
        return false;
    }
    static int descriptors[PLX_LISTENING_MAX];
    for (uint32_t i = 0; i < count; i++) {
        const struct plx_worker_options options = {
            .owner = start->owner,
            .descriptors = descriptors,
            .descriptor_count =
                plx_sockets_of(start->sockets, PLX_SOCKET_SERVICES, i, descriptors, PLX_COUNT(descriptors)),
            .snapshot = snapshot,
            .index = i,
            .count = config->workers,
            .streams_max = streams_max,
            .access_log = workers->access_file ? &workers->access_file->outlet : NULL,
            .comparisons = workers->comparisons,
            .names = start->names,
        };
        workers->list[i] = plx_worker_start(&options);
        if (!workers->list[i]) {
            fputs("parallax run: can't start the workers: out of memory or threads\n", stderr);
            return false;
        }
        workers->count++;
    }
    workers->service_count = workers->count;
    return true;
}

static bool
start_spies(const struct plx_start *start, uint32_t streams_max, struct plx_workers *workers)
{
    const struct plx_spies_start spies = {start->config,        start->command, start->owner,  streams_max,
                                          workers->comparisons, start->names,   start->sockets};

    if (!start->config->spies)
        return true;
    workers->list[workers->count] = plx_spies_start(&spies);
    workers->count += workers->list[workers->count] != NULL;
    return workers->count > workers->service_count;
}

/* By chance; where there is none, by what differs between processes. */
static void
make_key(void)
{
    uint64_t key;

    if (getrandom(&key, sizeof(key), 0) != sizeof(key))
        key = plx_wall_ms() << 22 ^ (uint64_t)getpid();
    plx_exchange_id_use_key(key);
}

bool
plx_start_workers(const struct plx_start *start, struct plx_snapshot *snapshot, struct plx_workers *workers)
{
    uint32_t count = start->spies_only ? 0 : start->config->workers;
    uint32_t streams_max = share_out_descriptors(start, count + (start->config->spies != NULL));

    make_key();
    workers->comparisons = plx_comparisons_new(start->config->comparisons_bytes);
    if (!workers->comparisons) {
        fprintf(stderr, "parallax %s: can't start the threads that compare: out of memory or threads\n",
                start->command);
        return false;
    }
    return start_services(start, snapshot, count, streams_max, workers) && start_spies(start, streams_max, workers);
}
