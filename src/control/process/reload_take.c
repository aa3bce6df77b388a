/* SPDX-License-Identifier: Apache-2.0 */
/* Opened first, given then. */
#include "control/process/reload_take.h"

#include <string.h>

static bool
listens_at(const struct plx_config *config, const struct plx_address *address)
{
    for (size_t i = 0; i < config->listen_count; i++)
        if (config->listen[i].port == address->port && strcmp(config->listen[i].host, address->host) == 0)
            return true;
    return false;
}

static void
tell(const struct plx_reload_take *take, const char *event, const struct plx_address *address)
{
    const struct plx_socket *socket = plx_sockets_find(take->sockets, PLX_SOCKET_SERVICES, address);
    char text[PLX_ADDRESS_TEXT];

    plx_log(PLX_LOG_INFO, event,
            PLX_TEXT("address", plx_address_write(address->host, socket ? socket->port : address->port, text)),
            PLX_TEXT("socket", "own"));
}

static bool
log_is_the_same(const struct plx_reload_take *take)
{
    const char *a = take->in_force->access_log, *b = take->next->access_log;

    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
open_log(struct plx_reload_take *take, char *error, size_t size)
{
    if (!take->next->access_log || log_is_the_same(take))
        return true;
    take->access_file = plx_access_file_new(false, take->next->access_log, error, size);
    return take->access_file != NULL;
}

bool
plx_reload_open(struct plx_reload_take *take, char *error, size_t size)
{
    const uint32_t owners = take->workers->service_count;

    for (; owners && take->opened < take->next->listen_count; take->opened++) {
        const struct plx_address *address = &take->next->listen[take->opened];
        if (!listens_at(take->in_force, address) &&
            !plx_sockets_open(take->sockets, PLX_SOCKET_SERVICES, address, owners, error, size))
            break;
    }
    if ((!owners || take->opened == take->next->listen_count) && open_log(take, error, size))
        return true;
    plx_reload_take_back(take);
    return false;
}

void
plx_reload_take_back(struct plx_reload_take *take)
{
    for (size_t i = 0; i < take->opened; i++)
        if (!listens_at(take->in_force, &take->next->listen[i]))
            plx_sockets_close(take->sockets, PLX_SOCKET_SERVICES, &take->next->listen[i]);
    plx_access_file_free(take->access_file);
    take->access_file = NULL;
    take->opened = 0;
}

static void
give_sockets(struct plx_reload_take *take)
{
    static int descriptors[PLX_LISTENING_MAX];

    for (size_t i = 0; i < take->next->listen_count; i++)
        if (!listens_at(take->in_force, &take->next->listen[i]))
            tell(take, "listening", &take->next->listen[i]);
    for (size_t i = 0; i < take->in_force->listen_count; i++) {
        const struct plx_address *address = &take->in_force->listen[i];
        if (listens_at(take->next, address))
            continue;
        tell(take, "listening_ended", address);
        plx_sockets_forget(take->sockets, PLX_SOCKET_SERVICES, address);
    }
    for (uint32_t i = 0; i < take->workers->service_count; i++) {
        size_t count = plx_sockets_of(take->sockets, PLX_SOCKET_SERVICES, i, descriptors, PLX_LISTENING_MAX);
        if (!plx_worker_listen(take->workers->list[i], descriptors, count))
            plx_log(PLX_LOG_ERROR, "listen_failed", PLX_TEXT("reason", "out of memory"),
                    PLX_TEXT("what", "a worker goes on with the addresses before; restart for others"));
    }
}

static void
give_log(struct plx_reload_take *take)
{
    struct plx_workers *workers = take->workers;

    if (workers->access_file) {
        workers->access_file->next = workers->left_files;
        workers->left_files = workers->access_file;
    }
    workers->access_file = take->access_file;
    for (uint32_t i = 0; i < workers->service_count; i++)
        plx_worker_log(workers->list[i], take->access_file ? &take->access_file->outlet : NULL);
    take->access_file = NULL;
}

void
plx_reload_give(struct plx_reload_take *take)
{
    give_sockets(take);
    if (!log_is_the_same(take))
        give_log(take);
}

void
plx_reload_taken(struct plx_workers *workers)
{
    plx_access_file_free(workers->left_files);
    workers->left_files = NULL;
}
