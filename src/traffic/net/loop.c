/* SPDX-License-Identifier: Apache-2.0 */
/* Loops by libuv: their life, and what plx_loop_ops asks for. Names are resolved on libuv's threads. */
#include "traffic/net/loop.h"

#include "base/assert.h"
#include "traffic/net/deadline.h"
#include "traffic/net/tcp.h"

#include <netdb.h>
#include <stdlib.h>

static uint64_t
now_ms(const struct plx_loop *loop)
{
    return uv_now(&loop->uv);
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
on_resolved(uv_getaddrinfo_t *request, int error, struct addrinfo *found)
{
    struct plx_lookup *lookup = PLX_CONTAINER(request, struct plx_lookup, request);

    lookup->done(lookup, error == 0 ? PLX_OK : PLX_E_CONNECT, error == 0 ? found : NULL);
    uv_freeaddrinfo(found);
}

static enum plx_status
resolve(struct plx_loop *loop, struct plx_lookup *lookup)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};

    if (uv_getaddrinfo(&loop->uv, &lookup->request, on_resolved, lookup->host, lookup->port, &hints) != 0)
        return PLX_E_CONNECT;
    return PLX_OK;
}

static const struct plx_loop_ops loop_ops = {
    .now_ms = now_ms,
    .timer_init = timer_init,
    .timer_start = timer_start,
    .timer_close = timer_close,
    .resolve = resolve,
};

enum plx_status
plx_loop_init(struct plx_loop *loop)
{
    memset(loop, 0, sizeof(*loop));
    loop->ops = &loop_ops;
    loop->transport = &plx_tcp;
    loop->streams_max = UINT32_MAX;
    plx_list_init(&loop->kept[0]);
    plx_list_init(&loop->kept[1]);
    loop->read_buffer = malloc(PLX_READ_BYTES);
    if (!loop->read_buffer)
        return PLX_E_MEMORY;
    if (uv_loop_init(&loop->uv) != 0) {
        free(loop->read_buffer);
        return PLX_E_MEMORY;
    }
    return PLX_OK;
}

static void
close_handle(uv_handle_t *handle, void *unused)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void
plx_loop_fini(struct plx_loop *loop)
{
    uv_walk(&loop->uv, close_handle, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ;
    PLX_ASSERT(uv_loop_close(&loop->uv) == 0);
    free(loop->read_buffer);
}
