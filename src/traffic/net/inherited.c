/* SPDX-License-Identifier: Apache-2.0 */
/* The environment read, and sockets found by their own addresses. */
#include "traffic/net/inherited.h"

#include "traffic/net/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* A number from 0 on; -1: it is none. */
static long
number_of(const char *variable)
{
    const char *text = getenv(variable);
    char *end;

    if (!text || *text < '0' || *text > '9')
        return -1;
    long number = strtol(text, &end, 10);
    return *end ? -1 : number;
}

/* The next name of a list that colons divide. */
static void
take_name(const char **names, char out[PLX_INHERITED_NAME_BYTES])
{
    size_t len = *names ? strcspn(*names, ":") : 0;

    snprintf(out, PLX_INHERITED_NAME_BYTES, "%.*s", (int)len, *names ? *names : "");
    if (*names)
        *names = (*names)[len] ? *names + len + 1 : NULL;
}

/* Neither is left to children, and nobody waits for it. */
static bool
make_ours(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);

    return flags >= 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 &&
           fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool
take_all(struct plx_inherited *inherited, size_t count)
{
    const char *names = getenv("LISTEN_FDNAMES");

    inherited->list = calloc(count, sizeof(*inherited->list));
    if (!inherited->list)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct plx_inherited_socket *at = &inherited->list[inherited->count];

        at->descriptor = PLX_INHERITED_FIRST + (int)i;
        take_name(&names, at->name);
        inherited->count += make_ours(at->descriptor); /* else there is none of this number */
    }
    return true;
}

bool
plx_inherited_init(struct plx_inherited *inherited)
{
    long count = number_of("LISTEN_FDS");
    bool ok = true;

    *inherited = (struct plx_inherited){.ready = -1};
    if (number_of(PLX_UPGRADE_VARIABLE) == (long)getppid()) {
        inherited->from = getppid();
        inherited->ready = (int)number_of(PLX_READY_VARIABLE);
        if (!make_ours(inherited->ready))
            inherited->ready = -1;
    }
    if (count > 0 && count <= (long)PLX_INHERITED_MAX && (inherited->from || number_of("LISTEN_PID") == (long)getpid()))
        ok = take_all(inherited, (size_t)count);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    unsetenv(PLX_UPGRADE_VARIABLE);
    unsetenv(PLX_READY_VARIABLE);
    return ok;
}

static bool
listens(int descriptor)
{
    int value = 0;
    socklen_t len = sizeof(value);

    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value &&
           getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &value, &len) == 0 && value == SOCK_STREAM;
}

static bool
name_of(int descriptor, union name *name)
{
    socklen_t len = sizeof(*name);

    memset(name, 0, sizeof(*name));
    return listens(descriptor) && getsockname(descriptor, &name->any, &len) == 0 &&
           (name->any.sa_family == AF_INET || name->any.sa_family == AF_INET6);
}

static uint16_t
port_of(const union name *name)
{
    return ntohs(name->any.sa_family == AF_INET ? name->v4.sin_port : name->v6.sin6_port);
}

static bool
takes_both_families(int descriptor, const union name *name)
{
    int only = 1;
    socklen_t len = sizeof(only);

    return name->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&name->v6.sin6_addr) &&
           getsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && !only;
}

/* Whether a socket of this name takes the connections to this address. */
static bool
is_at(int descriptor, const union name *name, const struct sockaddr *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

    if (address->sa_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY) &&
        takes_both_families(descriptor, name))
        return true;
    if (address->sa_family != name->any.sa_family)
        return false;
    if (address->sa_family == AF_INET)
        return v4->sin_addr.s_addr == name->v4.sin_addr.s_addr;
    return memcmp(&v6->sin6_addr, &name->v6.sin6_addr, sizeof(v6->sin6_addr)) == 0 &&
           v6->sin6_scope_id == name->v6.sin6_scope_id;
}

int
plx_inherited_take(struct plx_inherited *inherited, const char *host, uint16_t port, const char *name, uint16_t *bound)
{
    struct addrinfo *address = inherited->count ? plx_listen_resolve(host, port, NULL, 0) : NULL;
    int found = -1;

    for (size_t i = 0; address && i < inherited->count && found < 0; i++) {
        struct plx_inherited_socket *at = &inherited->list[i];
        union name own;

        if (at->descriptor < 0 || !name_of(at->descriptor, &own) || !is_at(at->descriptor, &own, address->ai_addr))
            continue;
        if (port ? port_of(&own) != port : strcmp(at->name, name) != 0)
            continue;
        *bound = port_of(&own);
        found = at->descriptor;
        at->descriptor = -1;
    }
    if (address)
        freeaddrinfo(address);
    return found;
}

void
plx_inherited_describe(int descriptor, char *out, size_t size)
{
    union name name;
    char host[INET6_ADDRSTRLEN];

    if (!name_of(descriptor, &name) ||
        getnameinfo(&name.any, sizeof(name), host, sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
        snprintf(out, size, "no TCP socket that listens");
    else
        snprintf(out, size, name.any.sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, port_of(&name));
}

void
plx_inherited_tell_ready(struct plx_inherited *inherited)
{
    if (inherited->ready < 0)
        return;
    (void)!write(inherited->ready, "r", 1);
    close(inherited->ready);
    inherited->ready = -1;
}

void
plx_inherited_fini(struct plx_inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++)
        if (inherited->list[i].descriptor >= 0)
            close(inherited->list[i].descriptor);
    free(inherited->list);
    inherited->list = NULL;
    inherited->count = 0;
}
