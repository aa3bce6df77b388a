/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: try to write first, queue the rest; what is queued, and the end, on a deadline. */
#include "traffic/net/stream.h"

#include "base/assert.h"

#define LINGER_MS        1000  /* how long a closing stream waits for its peer's end */
#define LINGER_QUEUED_MS 30000 /* how long it waits for its peer to take something of what is queued */
#define SLICES_MAX       64

/* Nothing tells when the peer's system has acknowledged the last byte: it is looked, at first soon, then less often. */
#define RESET_LOOK_MIN_MS 10u
#define RESET_LOOK_MAX_MS 500u

static void reset_when_sent(struct plx_stream *stream);

static void
on_timeout(struct plx_deadline *deadline)
{
    struct plx_stream *stream = PLX_CONTAINER(deadline, struct plx_stream, deadline);

    if (stream->resets)
        reset_when_sent(stream);
    else if (!stream->linger)
        stream->events->timeout(stream);
    else if (stream->queued && plx_stream_moves(stream))
        plx_deadline_set(deadline, LINGER_QUEUED_MS);
    else
        plx_stream_close(stream);
}

enum plx_status
plx_stream_init(struct plx_stream *stream, struct plx_loop *loop, const struct plx_stream_events *events)
{
    return plx_stream_init_over(stream, loop, loop->transport, events);
}

enum plx_status
plx_stream_init_over(struct plx_stream *stream, struct plx_loop *loop, const struct plx_transport_ops *transport,
                     const struct plx_stream_events *events)
{
    stream->loop = loop;
    stream->transport = transport;
    enum plx_status status = stream->transport->open(stream);
    if (status != PLX_OK)
        return status;
    plx_deadline_init(&stream->deadline, loop, on_timeout);
    stream->events = events;
    stream->queued = stream->left = 0;
    stream->parts = 2;
    stream->full = stream->reading = stream->closing = stream->broken = stream->shut = stream->linger = false;
    stream->accepted = stream->resets = false;
    loop->streams++;
    return PLX_OK;
}

enum plx_status
plx_stream_connect(struct plx_stream *stream, const struct sockaddr *address)
{
    return stream->transport->connect(stream, address);
}

void
plx_stream_connected(struct plx_stream *stream, enum plx_status status)
{
    if (!stream->closing)
        stream->events->connected(stream, status);
}

void
plx_stream_received(struct plx_stream *stream, struct plx_slice bytes)
{
    if (!stream->closing && !stream->linger)
        stream->events->bytes(stream, bytes);
}

void
plx_stream_ended(struct plx_stream *stream, enum plx_status why)
{
    if (stream->closing)
        return;
    if (stream->linger && (why != PLX_DONE || (!stream->queued && !stream->resets))) {
        plx_stream_close(stream);
        return;
    }
    plx_stream_pause(stream);
    if (!stream->linger) /* else it still takes what is queued, and asks for nothing more */
        stream->events->ended(stream, why);
}

void
plx_stream_read(struct plx_stream *stream)
{
    if (stream->reading || stream->closing)
        return;
    /* It fails only for a socket that is no longer connected: then the next read or write says so. */
    stream->reading = stream->transport->read(stream);
}

void
plx_stream_pause(struct plx_stream *stream)
{
    if (!stream->reading)
        return;
    stream->reading = false;
    stream->transport->pause(stream);
}

void
plx_stream_sent(struct plx_stream *stream, size_t len, bool ok)
{
    PLX_ASSERT(len <= stream->queued);
    stream->queued -= len;
    if (stream->closing)
        return;
    if (!ok) {
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

static enum plx_status
queue(struct plx_stream *stream, const uv_buf_t *buffers, unsigned count, size_t len, bool copy)
{
    enum plx_status status = stream->transport->write(stream, buffers, count, len, copy);

    if (status != PLX_OK) {
        stream->broken |= status == PLX_E_RESET;
        return status;
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
        int result = stream->transport->try_write(stream, buffers, used);
        if (result < 0) {
            stream->broken = true;
            return PLX_E_RESET;
        }
        sent = (size_t)result;
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

bool
plx_stream_moves(struct plx_stream *stream)
{
    size_t before = stream->left;

    stream->left = stream->transport->unsent(stream);
    return stream->left < before;
}

void
plx_stream_was_shut(struct plx_stream *stream, bool ok)
{
    if (stream->closing || !stream->linger)
        return;
    if (ok)
        plx_deadline_set(&stream->deadline, LINGER_MS);
    else
        plx_stream_close(stream);
}

void
plx_stream_shutdown(struct plx_stream *stream)
{
    if (stream->shut || stream->closing)
        return;
    stream->shut = true;
    if (!stream->transport->shut_down(stream) && stream->linger)
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

/* The transport, or the deadline. */
static void
part_gone(struct plx_stream *stream)
{
    if (--stream->parts == 0) {
        stream->loop->streams--;
        stream->loop->accepted -= stream->accepted;
        stream->events->closed(stream);
    }
}

void
plx_stream_gone(struct plx_stream *stream)
{
    part_gone(stream);
}

static void
on_deadline_closed(struct plx_deadline *deadline)
{
    part_gone(PLX_CONTAINER(deadline, struct plx_stream, deadline));
}

static void
close_by(struct plx_stream *stream, void (*way)(struct plx_stream *stream))
{
    if (stream->closing)
        return;
    stream->closing = true;
    stream->reading = false;
    way(stream);
    plx_deadline_close(&stream->deadline, on_deadline_closed);
}

static void
reset_now(struct plx_stream *stream)
{
    close_by(stream, stream->transport->abort);
}

/* The peer has all of it, or will take no more. */
static void
reset_when_sent(struct plx_stream *stream)
{
    bool moves = plx_stream_moves(stream);

    stream->still_ms = moves ? 0 : stream->still_ms + stream->look_ms;
    if (stream->left == 0 || stream->broken || stream->still_ms >= LINGER_QUEUED_MS) {
        reset_now(stream);
        return;
    }
    stream->look_ms = stream->look_ms < RESET_LOOK_MAX_MS ? 2 * stream->look_ms : RESET_LOOK_MAX_MS;
    plx_deadline_set(&stream->deadline, stream->look_ms);
}

void
plx_stream_reset(struct plx_stream *stream)
{
    if (stream->closing || stream->resets)
        return;
    stream->linger = stream->resets = true;
    stream->still_ms = 0;
    stream->look_ms = RESET_LOOK_MIN_MS;
    plx_stream_read(stream);
    reset_when_sent(stream);
}

void
plx_stream_close(struct plx_stream *stream)
{
    close_by(stream, stream->transport->close);
}
