/* SPDX-License-Identifier: Apache-2.0 */
/* A list of sockets, by name and address. */
#include "control/process/sockets.h"

#include "traffic/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool
is_of(const struct plx_socket *socket, const char *name, const struct plx_address *address)
{
    return strcmp(socket->name, name) == 0 && socket->address.port == address->port &&
           strcmp(socket->address.host, address->host) == 0;
}

static struct plx_socket *
add(struct plx_sockets *sockets, const char *name, const struct plx_address *address)
{
    struct plx_socket *list = realloc(sockets->list, (sockets->count + 1) * sizeof(*list));

    if (!list)
        return NULL;
    sockets->list = list;
    struct plx_socket *made = &list[sockets->count++];
    *made = (struct plx_socket){.address = *address, .descriptor = -1};
    snprintf(made->name, sizeof(made->name), "%s", name);
    return made;
}

/* All that were inherited for this address: a process before this one may have had more workers. */
static bool
take_inherited(struct plx_sockets *sockets, const char *name, const struct plx_address *address, uint32_t owners)
{
    uint16_t port = address->port, bound = 0;
    uint32_t taken = 0;
    int descriptor;

    while ((descriptor = plx_inherited_take(&sockets->inherited, address->host, port, name, &bound)) >= 0) {
        struct plx_socket *made = add(sockets, name, address);
        if (!made) {
            close(descriptor);
            return false;
        }
        made->descriptor = descriptor;
        made->port = port = bound; /* of port 0, the others have the same */
        made->owner = taken++ % owners;
        made->inherited = true;
    }
    return true;
}

/* Owners that have none share those of the others. */
static bool
add_twins(struct plx_sockets *sockets, size_t first, uint32_t owners)
{
    size_t count = sockets->count - first;

    for (size_t i = count; count && i < owners; i++) {
        struct plx_socket of = sockets->list[first + i % count];
        struct plx_socket *made = add(sockets, of.name, &of.address);
        if (!made)
            return false;
        *made = of;
        made->owner = (uint32_t)i;
        made->twin = true;
        made->descriptor = fcntl(of.descriptor, F_DUPFD_CLOEXEC, PLX_INHERITED_FIRST);
        if (made->descriptor < 0)
            return false;
    }
    return true;
}

static bool
open_new(struct plx_sockets *sockets, const char *name, const struct plx_address *address, uint32_t owners, char *error,
         size_t size)
{
    uint16_t port = address->port;

    if (owners > 1 && !plx_listen_is_free(address->host, port, error, size))
        return false;
    for (uint32_t i = 0; i < owners; i++) {
        struct plx_socket *made = add(sockets, name, address);
        if (!made)
            return false;
        made->owner = i;
        made->descriptor = plx_listen_socket(address->host, port, owners > 1, &port, error, size);
        made->port = port;
        if (made->descriptor < 0)
            return false;
    }
    return true;
}

static void
take_back(struct plx_sockets *sockets, size_t first)
{
    for (size_t i = first; i < sockets->count; i++)
        if (sockets->list[i].descriptor >= 0)
            close(sockets->list[i].descriptor);
    sockets->count = first;
}

bool
plx_sockets_open(struct plx_sockets *sockets, const char *name, const struct plx_address *address, uint32_t owners,
                 char *error, size_t size)
{
    size_t first = sockets->count;

    snprintf(error, size, "can't listen on %s:%u: out of memory, or of file descriptors", address->host, address->port);
    bool ok = take_inherited(sockets, name, address, owners);
    if (ok && sockets->count > first)
        ok = add_twins(sockets, first, owners);
    else if (ok)
        ok = open_new(sockets, name, address, owners, error, size);
    if (!ok)
        take_back(sockets, first);
    return ok;
}

size_t
plx_sockets_of(const struct plx_sockets *sockets, const char *name, uint32_t owner, int *out, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < sockets->count && count < max; i++)
        if (sockets->list[i].owner == owner && strcmp(sockets->list[i].name, name) == 0)
            out[count++] = sockets->list[i].descriptor;
    return count;
}

size_t
plx_sockets_count(const struct plx_sockets *sockets, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < sockets->count; i++)
        count += strcmp(sockets->list[i].name, name) == 0;
    return count;
}

const struct plx_socket *
plx_sockets_find(const struct plx_sockets *sockets, const char *name, const struct plx_address *address)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (is_of(&sockets->list[i], name, address))
            return &sockets->list[i];
    return NULL;
}

void
plx_sockets_close(struct plx_sockets *sockets, const char *name, const struct plx_address *address)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (is_of(&sockets->list[i], name, address))
            close(sockets->list[i].descriptor);
    plx_sockets_forget(sockets, name, address);
}

void
plx_sockets_forget(struct plx_sockets *sockets, const char *name, const struct plx_address *address)
{
    size_t kept = 0;

    for (size_t i = 0; i < sockets->count; i++)
        if (!is_of(&sockets->list[i], name, address))
            sockets->list[kept++] = sockets->list[i];
    sockets->count = kept;
}

void
plx_sockets_drop_unused(struct plx_sockets *sockets)
{
    char what[80];

    for (size_t i = 0; i < sockets->inherited.count; i++) {
        const struct plx_inherited_socket *at = &sockets->inherited.list[i];
        if (at->descriptor < 0)
            continue;
        plx_inherited_describe(at->descriptor, what, sizeof(what));
        plx_log(PLX_LOG_WARN, "socket_unused", PLX_TEXT("socket", what), PLX_TEXT("name", at->name),
                PLX_TEXT("what", "it was handed to this process, and no address of the configuration is for it: it "
                                 "is closed; give `listen` or `admin` the same address as the socket unit"));
    }
    plx_inherited_fini(&sockets->inherited);
}

void
plx_sockets_fini(struct plx_sockets *sockets)
{
    plx_inherited_fini(&sockets->inherited);
    free(sockets->list);
    *sockets = (struct plx_sockets){.list = NULL};
}
