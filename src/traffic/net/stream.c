/* SPDX-License-Identifier: Apache-2.0 */
/* Streams over libuv: try to write first, queue the rest; one read buffer a loop. */
#include "traffic/net/stream.h"

#include "base/assert.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define LINGER_MS        1000  /* how long a closing stream waits for its peer's end */
#define LINGER_QUEUED_MS 30000 /* how long it waits for its peer to take something of what is queued */
#define SLICES_MAX       64

/* One queued write, with a copy of its bytes behind it where nobody else keeps them. */
struct queued_write {
    uv_write_t request;
    size_t len;
    char bytes[];
};

enum plx_status
plx_loop_init(struct plx_loop *loop)
{
    memset(loop, 0, sizeof(*loop));
    loop->streams_max = UINT32_MAX;
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

static struct plx_stream *
stream_of(uv_handle_t *handle)
{
    return PLX_CONTAINER(handle, struct plx_stream, tcp);
}

static void
on_timeout(struct plx_deadline *deadline)
{
    struct plx_stream *stream = PLX_CONTAINER(deadline, struct plx_stream, deadline);

    if (!stream->linger)
        stream->events->timeout(stream);
    else if (stream->queued && plx_stream_moves(stream))
        plx_deadline_set(deadline, LINGER_QUEUED_MS);
    else
        plx_stream_close(stream);
}

enum plx_status
plx_stream_init(struct plx_stream *stream, struct plx_loop *loop, const struct plx_stream_events *events)
{
    if (uv_tcp_init(&loop->uv, &stream->tcp) != 0)
        return PLX_E_MEMORY;
    plx_deadline_init(&stream->deadline, &loop->uv, on_timeout);
    stream->loop = loop;
    stream->events = events;
    stream->queued = stream->left = 0;
    stream->handles = 2;
    stream->full = stream->reading = stream->closing = stream->broken = stream->shut = stream->linger = false;
    loop->streams++;
    return PLX_OK;
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    *buffer = uv_buf_init(stream_of(handle)->loop->read_buffer, PLX_READ_BYTES);
}

static void
on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *buffer)
{
    struct plx_stream *stream = stream_of((uv_handle_t *)handle);

    if (count == 0 || stream->closing)
        return;
    if (stream->linger) {
        if (count < 0)
            plx_stream_close(stream);
        return;
    }
    if (count > 0) {
        stream->events->bytes(stream, plx_slice_make(buffer->base, (size_t)count));
        return;
    }
    plx_stream_pause(stream);
    stream->events->ended(stream, count == UV_EOF ? PLX_DONE : PLX_E_RESET);
}

void
plx_stream_read(struct plx_stream *stream)
{
    if (stream->reading || stream->closing)
        return;
    /* It fails only for a socket that is no longer connected: then the next read or write says so. */
    stream->reading = uv_read_start((uv_stream_t *)&stream->tcp, on_alloc, on_read) == 0;
}

void
plx_stream_pause(struct plx_stream *stream)
{
    if (!stream->reading)
        return;
    stream->reading = false;
    uv_read_stop((uv_stream_t *)&stream->tcp);
}

static void
on_written(uv_write_t *request, int error)
{
    struct queued_write *write = PLX_CONTAINER(request, struct queued_write, request);
    struct plx_stream *stream = stream_of((uv_handle_t *)request->handle);

    stream->queued -= write->len;
    free(write);
    if (stream->closing)
        return;
    if (error) {
        stream->broken = true;
        if (stream->linger)
            plx_stream_close(stream);
        else
            stream->events->ended(stream, PLX_E_RESET);
        return;
    }
    if (stream->full && stream->queued <= PLX_STREAM_LOW_BYTES) {
        stream->full = false;
        if (!stream->linger)
            stream->events->drained(stream);
    }
}

/* Takes the first `sent` bytes off; how many buffers are left, at the beginning. */
static unsigned
skip(uv_buf_t *buffers, unsigned count, size_t sent)
{
    unsigned done = 0;

    for (; done < count && sent >= buffers[done].len; done++)
        sent -= buffers[done].len;
    if (done < count)
        buffers[done] = uv_buf_init(buffers[done].base + sent, (unsigned)(buffers[done].len - sent));
    memmove(buffers, buffers + done, (count - done) * sizeof(*buffers));
    return count - done;
}

/* Queues the buffers, or a copy of what is in them: len bytes. */
static enum plx_status
queue(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count, size_t len, bool copy)
{
    struct queued_write *write = malloc(sizeof(*write) + (copy ? len : 0));
    if (!write)
        return PLX_E_MEMORY;
    write->len = len;
    uv_buf_t whole = uv_buf_init(write->bytes, (unsigned)len);
    size_t at = 0;
    for (unsigned i = 0; copy && i < count; at += buffers[i++].len)
        memcpy(write->bytes + at, buffers[i].base, buffers[i].len);
    if (uv_write(&write->request, (uv_stream_t *)&stream->tcp, copy ? &whole : buffers, copy ? 1 : count, on_written) !=
        0) {
        free(write);
        stream->broken = true;
        return PLX_E_RESET;
    }
    stream->queued += len;
    if (stream->queued > PLX_STREAM_HIGH_BYTES)
        stream->full = true;
    return PLX_OK;
}

static enum plx_status
write_slices(struct plx_stream *stream, const struct plx_slice *slices, size_t count, bool copy)
{
    uv_buf_t buffers[SLICES_MAX];
    size_t total = 0, sent = 0;
    unsigned used = 0;

    PLX_ASSERT(count <= SLICES_MAX);
    if (stream->broken || stream->closing || stream->shut)
        return PLX_E_RESET;
    for (size_t i = 0; i < count; i++) {
        if (slices[i].len == 0)
            continue;
        buffers[used++] = uv_buf_init((char *)slices[i].ptr, (unsigned)slices[i].len);
        total += slices[i].len;
    }
    if (total == 0)
        return PLX_OK;
    if (stream->queued == 0) {
        int result = uv_try_write((uv_stream_t *)&stream->tcp, buffers, used);
        if (result < 0 && result != UV_EAGAIN) {
            stream->broken = true;
            return PLX_E_RESET;
        }
        sent = result > 0 ? (size_t)result : 0;
        if (sent == total)
            return PLX_OK;
    }
    return queue(stream, buffers, skip(buffers, used, sent), total - sent, copy);
}

enum plx_status
plx_stream_write(struct plx_stream *stream, const struct plx_slice *slices, size_t count)
{
    return write_slices(stream, slices, count, true);
}

enum plx_status
plx_stream_write_kept(struct plx_stream *stream, const struct plx_slice *slices, size_t count)
{
    return write_slices(stream, slices, count, false);
}

/* What the peer has not acknowledged: queued here, and in the kernel, which takes megabytes before it says so. */
static size_t
left_to_send(const struct plx_stream *stream)
{
    const uv_stream_t *tcp = (const uv_stream_t *)&stream->tcp;
    uv_os_fd_t descriptor;
    int in_kernel = 0;

    if (uv_fileno((const uv_handle_t *)tcp, &descriptor) != 0 || ioctl(descriptor, SIOCOUTQ, &in_kernel) != 0)
        in_kernel = 0;
    return uv_stream_get_write_queue_size(tcp) + (size_t)in_kernel;
}

bool
plx_stream_moves(struct plx_stream *stream)
{
    size_t before = stream->left;

    stream->left = left_to_send(stream);
    return stream->left < before;
}

static void
on_shutdown(uv_shutdown_t *request, int error)
{
    struct plx_stream *stream = stream_of((uv_handle_t *)request->handle);

    free(request);
    if (stream->closing || !stream->linger)
        return;
    if (error)
        plx_stream_close(stream);
    else
        plx_deadline_set(&stream->deadline, LINGER_MS);
}

void
plx_stream_shutdown(struct plx_stream *stream)
{
    if (stream->shut || stream->closing)
        return;
    stream->shut = true;
    uv_shutdown_t *request = malloc(sizeof(*request));
    if (request && uv_shutdown(request, (uv_stream_t *)&stream->tcp, on_shutdown) == 0)
        return;
    free(request);
    if (stream->linger)
        plx_stream_close(stream);
}

void
plx_stream_close_gently(struct plx_stream *stream)
{
    if (stream->closing || stream->linger)
        return;
    stream->linger = true;
    if (stream->broken) {
        plx_stream_close(stream);
        return;
    }
    (void)plx_stream_moves(stream);
    plx_deadline_set(&stream->deadline, LINGER_QUEUED_MS);
    plx_stream_read(stream);
    if (stream->shut)
        plx_deadline_set(&stream->deadline, LINGER_MS);
    else
        plx_stream_shutdown(stream);
}

static void
on_closed(struct plx_stream *stream)
{
    if (--stream->handles == 0) {
        stream->loop->streams--;
        stream->events->closed(stream);
    }
}

static void
on_tcp_closed(uv_handle_t *handle)
{
    on_closed(stream_of(handle));
}

static void
on_timer_closed(uv_handle_t *handle)
{
    on_closed(PLX_CONTAINER(handle, struct plx_stream, deadline.timer));
}

void
plx_stream_reset(struct plx_stream *stream)
{
    if (stream->closing)
        return;
    /* It fails where the stream is shut down already: the FIN is out then. */
    if (uv_tcp_close_reset(&stream->tcp, on_tcp_closed) != 0)
        uv_close((uv_handle_t *)&stream->tcp, on_tcp_closed);
    stream->closing = true;
    stream->reading = false;
    plx_deadline_close(&stream->deadline, on_timer_closed);
}

void
plx_stream_close(struct plx_stream *stream)
{
    if (stream->closing)
        return;
    stream->closing = true;
    stream->reading = false;
    uv_close((uv_handle_t *)&stream->tcp, on_tcp_closed);
    plx_deadline_close(&stream->deadline, on_timer_closed);
}
