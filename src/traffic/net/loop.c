/* SPDX-License-Identifier: Apache-2.0 */
/* Loops by libuv: their life, and what plx_loop_ops asks for. */
#include "traffic/net/loop.h"

#include "base/assert.h"
#include "base/clock.h"
#include "traffic/net/deadline.h"
#include "traffic/net/listener.h"
#include "traffic/net/tcp.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t
now_ms(const struct plx_loop *loop)
{
    return uv_now(&loop->uv);
}

static uint64_t
now_ns(const struct plx_loop *loop)
{
    return uv_hrtime();
}

static uint64_t
wall_ms(const struct plx_loop *loop)
{
    return plx_wall_ms();
}

static void
on_timer(uv_timer_t *timer)
{
    plx_deadline_look(PLX_CONTAINER(timer, struct plx_deadline, timer));
}

static void
timer_init(struct plx_deadline *deadline)
{
    PLX_ASSERT(uv_timer_init(&deadline->loop->uv, &deadline->timer) == 0);
}

static void
timer_start(struct plx_deadline *deadline, uint64_t in_ms)
{
    PLX_ASSERT(uv_timer_start(&deadline->timer, on_timer, in_ms, 0) == 0);
}

static void
on_timer_closed(uv_handle_t *handle)
{
    plx_deadline_closed(PLX_CONTAINER(handle, struct plx_deadline, timer));
}

static void
timer_close(struct plx_deadline *deadline)
{
    uv_close((uv_handle_t *)&deadline->timer, on_timer_closed);
}

static void
on_told(struct plx_name_user *user, const struct plx_address_list *list)
{
    struct plx_lookup *lookup = PLX_CONTAINER(user, struct plx_lookup, user);
    union plx_socket_address addresses[PLX_NAME_ADDRESSES_MAX];
    struct addrinfo found[PLX_NAME_ADDRESSES_MAX] = {0};
    in_port_t port = htons((in_port_t)strtoul(lookup->port, NULL, 10));

    for (unsigned i = 0; list && i < list->count; i++) {
        bool v4 = list->at[i].any.sa_family == AF_INET;
        addresses[i] = list->at[i];
        *(v4 ? &addresses[i].v4.sin_port : &addresses[i].v6.sin6_port) = port;
        found[i].ai_addr = &addresses[i].any;
        found[i].ai_addrlen = v4 ? sizeof(addresses[i].v4) : sizeof(addresses[i].v6);
        found[i].ai_next = i + 1 < list->count ? &found[i + 1] : NULL;
    }
    lookup->done(lookup, list ? PLX_OK : PLX_E_CONNECT, list ? found : NULL);
}

static enum plx_status
resolve(struct plx_loop *loop, struct plx_lookup *lookup)
{
    if (lookup->user.name)
        return PLX_OK;
    lookup->user.told = on_told;
    return plx_names_join(&loop->names, &lookup->user, lookup->host);
}

static void
forget(struct plx_loop *loop, struct plx_lookup *lookup)
{
    plx_names_leave(&lookup->user);
}

static void
left_out(struct plx_loop *loop, struct plx_lookup *lookup, const struct sockaddr *address, uint32_t for_ms)
{
    union plx_socket_address bare = {0};

    if (address->sa_family == AF_INET) {
        bare.v4 = *(const struct sockaddr_in *)address;
        bare.v4.sin_port = 0;
    } else {
        bare.v6 = *(const struct sockaddr_in6 *)address;
        bare.v6.sin6_port = 0;
    }
    plx_names_note_left_out(&lookup->user, &bare, for_ms);
}

/* ---- listeners ---- */

static void
on_poll(uv_poll_t *poll, int error, int events)
{
    plx_listener_look(PLX_CONTAINER(poll, struct plx_listener, poll));
}

static enum plx_status
listen_at(struct plx_listener *listener)
{
    return uv_poll_init(&listener->loop->uv, &listener->poll, listener->descriptor) == 0 ? PLX_OK : PLX_E_MEMORY;
}

static enum plx_status
listen_watch(struct plx_listener *listener, bool on)
{
    int error = on ? uv_poll_start(&listener->poll, UV_READABLE, on_poll) : uv_poll_stop(&listener->poll);

    return error == 0 ? PLX_OK : PLX_E_IO;
}

static int
listen_take(struct plx_listener *listener)
{
    int descriptor = accept4(listener->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    return descriptor >= 0 ? descriptor : -errno;
}

static void
listen_close(struct plx_listener *listener)
{
    uv_close((uv_handle_t *)&listener->poll, NULL);
    close(listener->descriptor);
    if (listener->waiting >= 0)
        close(listener->waiting);
}

/* ---- turns ---- */

static void
on_async(uv_async_t *async)
{
    struct plx_wake *wake = PLX_CONTAINER(async, struct plx_wake, async);

    wake->woken(wake);
}

static bool
wake_init(struct plx_wake *wake)
{
    return uv_async_init(&wake->loop->uv, &wake->async, on_async) == 0;
}

static void
wake_send(struct plx_wake *wake)
{
    uv_async_send(&wake->async);
}

static void
run(struct plx_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static void
stop(struct plx_loop *loop)
{
    uv_stop(&loop->uv);
}

static void
close_handle(uv_handle_t *handle, void *unused)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void
close_all(struct plx_loop *loop)
{
    uv_walk(&loop->uv, close_handle, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ;
}

static const struct plx_loop_ops loop_ops = {
    .now_ms = now_ms,
    .now_ns = now_ns,
    .wall_ms = wall_ms,
    .timer_init = timer_init,
    .timer_start = timer_start,
    .timer_close = timer_close,
    .resolve = resolve,
    .forget = forget,
    .left_out = left_out,
    .listen = listen_at,
    .listen_watch = listen_watch,
    .listen_take = listen_take,
    .listen_close = listen_close,
    .wake_init = wake_init,
    .wake_send = wake_send,
    .run = run,
    .stop = stop,
    .close_all = close_all,
};

/* ---- life ---- */

enum plx_status
plx_loop_init(struct plx_loop *loop)
{
    memset(loop, 0, sizeof(*loop));
    loop->ops = &loop_ops;
    loop->transport = &plx_tcp;
    loop->streams_max = UINT32_MAX;
    plx_list_init(&loop->kept[0]);
    plx_list_init(&loop->kept[1]);
    plx_list_init(&loop->lingering);
    loop->read_buffer = malloc(PLX_READ_BYTES);
    if (!loop->read_buffer)
        return PLX_E_MEMORY;
    if (uv_loop_init(&loop->uv) != 0) {
        free(loop->read_buffer);
        return PLX_E_MEMORY;
    }
    return PLX_OK;
}

enum plx_status
plx_loop_use_names(struct plx_loop *loop, struct plx_names *names)
{
    return !names || plx_names_port_init(&loop->names, names, &loop->uv) ? PLX_OK : PLX_E_MEMORY;
}

void
plx_loop_rebase(struct plx_loop *loop, const struct plx_loop_base *base)
{
    if (!base)
        return;
    loop->ops = base->ops;
    loop->transport = base->transport;
    loop->world = base->world;
}

void
plx_loop_run(struct plx_loop *loop)
{
    loop->ops->run(loop);
}

void
plx_loop_stop(struct plx_loop *loop)
{
    loop->ops->stop(loop);
}

bool
plx_wake_init(struct plx_wake *wake, struct plx_loop *loop, void (*woken)(struct plx_wake *wake), void *user)
{
    wake->loop = loop;
    wake->woken = woken;
    wake->user = user;
    return loop->ops->wake_init(wake);
}

void
plx_wake_send(struct plx_wake *wake)
{
    wake->loop->ops->wake_send(wake);
}

void
plx_loop_fini(struct plx_loop *loop)
{
    plx_names_port_close(&loop->names);
    loop->ops->close_all(loop);
    PLX_ASSERT(uv_loop_close(&loop->uv) == 0);
    free(loop->read_buffer);
}
