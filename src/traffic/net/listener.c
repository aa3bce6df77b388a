/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets and accepting from them. */
#include "traffic/net/listener.h"

#include "base/assert.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG          1024
#define ACCEPTS_PER_TURN 64

static int
bind_socket(const struct addrinfo *at, bool reuse_port)
{
    int on = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (reuse_port)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    if (at->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static uint16_t
port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t len = sizeof(name);

    if (getsockname(fd, &name.any, &len) != 0)
        return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

static const char *
mend(int error)
{
    switch (error) {
    case EADDRINUSE:
        return "another program has it: stop that one or choose another port";
    case EACCES:
        return "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE): choose a higher one or grant it";
    case EADDRNOTAVAIL:
        return "no interface of this machine has this address: use 127.0.0.1, or 0.0.0.0 for all";
    default:
        return "check the address";
    }
}

struct addrinfo *
plx_listen_resolve(const char *host, uint16_t port, char *error, size_t size)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char service[6];

    snprintf(service, sizeof(service), "%u", port);
    int code = getaddrinfo(*host ? host : "0.0.0.0", service, &hints, &found);
    if (code == 0)
        return found;
    if (size)
        snprintf(error, size, "can't listen on %s:%u: %s; give an address of this machine", host, port,
                 gai_strerror(code));
    return NULL;
}

static void
tell(const char *host, uint16_t port, char *error, size_t size)
{
    snprintf(error, size, "can't listen on %s:%u: %s; %s", host, port, strerror(errno), mend(errno));
}

int
plx_listen_socket(const char *host, uint16_t port, bool reuse_port, uint16_t *bound, char *error, size_t size)
{
    struct addrinfo *found = plx_listen_resolve(host, port, error, size);

    if (!found)
        return -1;
    int fd = bind_socket(found, reuse_port);
    if (fd >= 0 && listen(fd, BACKLOG) != 0) {
        int code = errno;
        close(fd);
        errno = code;
        fd = -1;
    }
    if (fd < 0)
        tell(host, port, error, size);
    else if (bound)
        *bound = port_of(fd);
    freeaddrinfo(found);
    return fd;
}

bool
plx_listen_is_free(const char *host, uint16_t port, char *error, size_t size)
{
    struct addrinfo *found = plx_listen_resolve(host, port, error, size);

    if (!found)
        return false;
    int fd = bind_socket(found, false);
    if (fd < 0)
        tell(host, port, error, size);
    else
        close(fd);
    freeaddrinfo(found);
    return fd >= 0;
}

/* Asks again later; until then the kernel keeps who comes. */
static void
wait(struct plx_listener *listener)
{
    listener->loop->ops->listen_watch(listener, false);
    plx_deadline_set(&listener->retry, PLX_LISTENER_RETRY_MS);
}

/* Whether it is the system that has no more. */
static bool
is_short(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/*
 * Offers what has come, some of it before others have their turn. Not by uv_listen(): that one stops until somebody
 * accepts, and spins where the process has no descriptor left.
 */
static void
serve(struct plx_listener *listener)
{
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        if (listener->waiting < 0)
            listener->waiting = listener->loop->ops->listen_take(listener);
        if (listener->waiting == -EAGAIN || listener->waiting == -EWOULDBLOCK)
            return;
        if (is_short(-listener->waiting)) {
            wait(listener);
            return;
        }
        if (listener->waiting < 0)
            continue; /* what its peer or the network did to it */
        listener->ready(listener);
        if (listener->waiting >= 0) {
            wait(listener);
            return;
        }
    }
}

void
plx_listener_look(struct plx_listener *listener)
{
    serve(listener);
}

static void
on_retry(struct plx_deadline *deadline)
{
    struct plx_listener *listener = PLX_CONTAINER(deadline, struct plx_listener, retry);

    listener->loop->ops->listen_watch(listener, true);
    serve(listener);
}

static void
on_retry_closed(struct plx_deadline *deadline)
{
}

enum plx_status
plx_listener_start(struct plx_listener *listener, struct plx_loop *loop, int descriptor,
                   void (*ready)(struct plx_listener *listener))
{
    listener->loop = loop;
    listener->ready = ready;
    listener->descriptor = descriptor;
    listener->waiting = -1;
    listener->closed = false;
    if (loop->ops->listen(listener) != PLX_OK) {
        close(descriptor);
        return PLX_E_MEMORY;
    }
    plx_deadline_init(&listener->retry, loop, on_retry);
    if (loop->ops->listen_watch(listener, true) != PLX_OK) {
        plx_listener_close(listener);
        return PLX_E_IO;
    }
    return PLX_OK;
}

enum plx_status
plx_listener_accept(struct plx_listener *listener, struct plx_stream *stream, char *address)
{
    int descriptor = listener->waiting;

    listener->waiting = -1;
    stream->accepted = true;
    stream->loop->accepted++;
    return stream->transport->accept(stream, descriptor, address);
}

void
plx_listener_close(struct plx_listener *listener)
{
    if (listener->closed)
        return;
    listener->closed = true;
    listener->loop->ops->listen_close(listener);
    plx_deadline_close(&listener->retry, on_retry_closed);
    listener->waiting = -1;
}
