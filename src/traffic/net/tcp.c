/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP and unix sockets by libuv, which differ in how they are made and connected. Bytes come in through the buffer that
 * all streams of the loop share, so that a stream that waits holds none; what the socket takes goes out at once, and
 * only the rest gets a request of its own.
 */
#include "traffic/net/tcp.h"

#include "base/assert.h"
#include "traffic/net/stream.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>

/* One queued write, with a copy of its bytes behind it where nobody else keeps them. */
struct queued_write {
    uv_write_t request;
    size_t len;
    char bytes[];
};

static struct plx_stream *
stream_of(void *handle)
{
    return PLX_CONTAINER(handle, struct plx_stream, tcp);
}

static uv_stream_t *
handle_of(struct plx_stream *stream)
{
    return (uv_stream_t *)&stream->tcp;
}

static enum plx_status
tcp_open(struct plx_stream *stream)
{
    return uv_tcp_init(&stream->loop->uv, &stream->tcp) == 0 ? PLX_OK : PLX_E_MEMORY;
}

static enum plx_status
unix_open(struct plx_stream *stream)
{
    return uv_pipe_init(&stream->loop->uv, &stream->pipe, 0) == 0 ? PLX_OK : PLX_E_MEMORY;
}

/* ---- connecting ---- */

static void
on_connected(uv_connect_t *request, int error)
{
    struct plx_stream *stream = stream_of(request->handle);

    free(request);
    if (error == 0 && stream->transport == &plx_tcp)
        uv_tcp_nodelay(&stream->tcp, 1);
    plx_stream_connected(stream, error ? PLX_E_CONNECT : PLX_OK);
}

static enum plx_status
tcp_connect(struct plx_stream *stream, const struct sockaddr *address)
{
    uv_connect_t *request = malloc(sizeof(*request));

    if (!request)
        return PLX_E_MEMORY;
    if (uv_tcp_connect(request, &stream->tcp, address, on_connected) == 0)
        return PLX_OK;
    free(request);
    return PLX_E_CONNECT;
}

static enum plx_status
unix_connect(struct plx_stream *stream, const struct sockaddr *address)
{
    uv_connect_t *request = malloc(sizeof(*request));

    if (!request)
        return PLX_E_MEMORY;
    uv_pipe_connect(request, &stream->pipe, ((const struct sockaddr_un *)(const void *)address)->sun_path,
                    on_connected); /* which tells of any failure */
    return PLX_OK;
}

/* A client of IPv4 that came through a socket of both families has the address that it has anywhere else. */
static void
address_text(const uv_tcp_t *tcp, char *out)
{
    static const char mapped[] = "::ffff:";
    struct sockaddr_storage name;
    int len = sizeof(name);

    out[0] = '\0';
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&name, &len) != 0)
        return;
    if (name.ss_family == AF_UNIX)
        memcpy(out, "unix:", sizeof("unix:")); /* as nginx names such clients */
    else
        (void)(name.ss_family == AF_INET6 ? uv_ip6_name((struct sockaddr_in6 *)&name, out, PLX_PEER_TEXT)
                                          : uv_ip4_name((struct sockaddr_in *)&name, out, PLX_PEER_TEXT));
    if (strncmp(out, mapped, sizeof(mapped) - 1) == 0 && strchr(out, '.'))
        memmove(out, out + sizeof(mapped) - 1, strlen(out) - sizeof(mapped) + 2);
}

static enum plx_status
tcp_accept(struct plx_stream *stream, int descriptor, char *address)
{
    if (uv_tcp_open(&stream->tcp, descriptor) != 0) {
        close(descriptor);
        return PLX_E_IO;
    }
    uv_tcp_nodelay(&stream->tcp, 1);
    if (address)
        address_text(&stream->tcp, address);
    return PLX_OK;
}

/* ---- reading ---- */

/* libuv reads a socket up to 32 times before it looks at others. Of one that fills the buffer each time the rest has to
 * wait for the next turn: no buffer says so, and libuv asks again. */
static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    const struct plx_stream *stream = stream_of(handle);
    struct plx_loop *loop = stream->loop;
    bool is_over = loop->reading == stream && loop->reads == PLX_READS_MAX;

    loop->reads = loop->reading == stream ? loop->reads + 1 : 1;
    loop->reading = is_over ? NULL : stream;
    *buffer = uv_buf_init(is_over ? NULL : loop->read_buffer, is_over ? 0 : PLX_READ_BYTES);
}

static void
on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *buffer)
{
    if (count == UV_ENOBUFS)
        return; /* see on_alloc() */
    if (count != PLX_READ_BYTES)
        stream_of(handle)->loop->reading = NULL;
    if (count > 0)
        plx_stream_received(stream_of(handle), plx_slice_make(buffer->base, (size_t)count));
    else if (count < 0)
        plx_stream_ended(stream_of(handle), count == UV_EOF ? PLX_DONE : PLX_E_RESET);
}

static bool
tcp_read(struct plx_stream *stream)
{
    return uv_read_start(handle_of(stream), on_alloc, on_read) == 0;
}

static void
tcp_pause(struct plx_stream *stream)
{
    uv_read_stop(handle_of(stream));
}

/* ---- writing ---- */

static int
tcp_try_write(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count)
{
    int result = uv_try_write(handle_of(stream), buffers, count);

    return result == UV_EAGAIN ? 0 : result;
}

static void
on_written(uv_write_t *request, int error)
{
    struct queued_write *write = PLX_CONTAINER(request, struct queued_write, request);
    struct plx_stream *stream = stream_of(request->handle);
    size_t len = write->len;

    free(write);
    plx_stream_sent(stream, len, error == 0);
}

static enum plx_status
tcp_write(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count, size_t len, bool copy)
{
    struct queued_write *write = malloc(sizeof(*write) + (copy ? len : 0));

    if (!write)
        return PLX_E_MEMORY;
    write->len = len;
    uv_buf_t whole = uv_buf_init(write->bytes, (unsigned)len);
    size_t at = 0;
    for (unsigned i = 0; copy && i < count; at += buffers[i++].len)
        memcpy(write->bytes + at, buffers[i].base, buffers[i].len);
    if (uv_write(&write->request, handle_of(stream), copy ? &whole : buffers, copy ? 1 : count, on_written) == 0)
        return PLX_OK;
    free(write);
    return PLX_E_RESET;
}

/* The kernel takes megabytes before it says so, and they are none of libuv's queue. */
static size_t
tcp_unsent(const struct plx_stream *stream)
{
    const uv_stream_t *tcp = (const uv_stream_t *)&stream->tcp;
    uv_os_fd_t descriptor;
    int in_kernel = 0;

    if (uv_fileno((const uv_handle_t *)tcp, &descriptor) != 0 || ioctl(descriptor, SIOCOUTQ, &in_kernel) != 0)
        in_kernel = 0;
    return uv_stream_get_write_queue_size(tcp) + (size_t)in_kernel;
}

/* ---- ending ---- */

static void
on_shut_down(uv_shutdown_t *request, int error)
{
    struct plx_stream *stream = stream_of(request->handle);

    free(request);
    plx_stream_was_shut(stream, error == 0);
}

static bool
tcp_shut_down(struct plx_stream *stream)
{
    uv_shutdown_t *request = malloc(sizeof(*request));

    if (request && uv_shutdown(request, handle_of(stream), on_shut_down) == 0)
        return true;
    free(request);
    return false;
}

static void
on_closed(uv_handle_t *handle)
{
    plx_stream_gone(stream_of(handle));
}

static void
tcp_close(struct plx_stream *stream)
{
    uv_close((uv_handle_t *)&stream->tcp, on_closed);
}

static void
tcp_abort(struct plx_stream *stream)
{
    /* It fails where the stream is shut down already: the FIN is out then. */
    if (uv_tcp_close_reset(&stream->tcp, on_closed) != 0)
        tcp_close(stream);
}

const struct plx_transport_ops plx_unix = {
    .open = unix_open,
    .connect = unix_connect,
    .accept = tcp_accept,
    .read = tcp_read,
    .pause = tcp_pause,
    .try_write = tcp_try_write,
    .write = tcp_write,
    .unsent = tcp_unsent,
    .shut_down = tcp_shut_down,
    .abort = tcp_close, /* there is no reset */
    .close = tcp_close,
};

const struct plx_transport_ops plx_tcp = {
    .open = tcp_open,
    .connect = tcp_connect,
    .accept = tcp_accept,
    .read = tcp_read,
    .pause = tcp_pause,
    .try_write = tcp_try_write,
    .write = tcp_write,
    .unsent = tcp_unsent,
    .shut_down = tcp_shut_down,
    .abort = tcp_abort,
    .close = tcp_close,
};
