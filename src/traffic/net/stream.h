/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP connection on a loop, of either side. Bytes come in through one buffer that all streams of the loop share (a
 * stream that waits holds none); bytes go out at once where the socket takes them, and only the rest is copied and
 * queued.
 *
 * Events fire from the loop, never inside a call on the stream; after plx_stream_close() only `closed` fires.
 */
#ifndef PLX_NET_STREAM_H
#define PLX_NET_STREAM_H

#include "traffic/net/deadline.h"
#include <parallax/base.h>

#define PLX_READ_BYTES        (64u * 1024)  /* the loop's read buffer */
#define PLX_STREAM_HIGH_BYTES (256u * 1024) /* queued on a stream: its source is paused above this ... */
#define PLX_STREAM_LOW_BYTES  (64u * 1024)  /* ... and goes on below this */

struct plx_loop {
    uv_loop_t uv;
    char *read_buffer;
    uint32_t streams;     /* open now */
    uint32_t streams_max; /* beyond three quarters of it copies are shed, so that clients still find a descriptor */
};

/* Whether so many descriptors are in use that the rest is for clients of the primary. */
static inline bool
plx_loop_is_crowded(const struct plx_loop *loop)
{
    return loop->streams >= loop->streams_max / 4 * 3;
}

PLX_MUST_USE enum plx_status plx_loop_init(struct plx_loop *loop);
/* Closes what is still open without further events, and frees. */
void plx_loop_fini(struct plx_loop *loop);

struct plx_stream;

struct plx_stream_events {
    void (*bytes)(struct plx_stream *stream, struct plx_slice bytes); /* valid during the call */
    /* No more bytes come: PLX_DONE the peer has closed its side, PLX_E_RESET it broke (or a queued write failed). */
    void (*ended)(struct plx_stream *stream, enum plx_status why);
    void (*drained)(struct plx_stream *stream); /* the queue has gone below PLX_STREAM_LOW_BYTES after it was full */
    void (*timeout)(struct plx_stream *stream);
    void (*closed)(struct plx_stream *stream); /* the owner may free it */
};

struct plx_stream {
    uv_tcp_t tcp;
    struct plx_deadline deadline;
    struct plx_loop *loop;
    const struct plx_stream_events *events;
    size_t queued;   /* bytes */
    size_t left;     /* not yet acknowledged at the last plx_stream_moves() */
    uint8_t handles; /* still to be closed */
    bool full;       /* queued went above PLX_STREAM_HIGH_BYTES and has not come below LOW since */
    bool reading, closing, broken, shut, linger;
};

PLX_MUST_USE enum plx_status plx_stream_init(struct plx_stream *stream, struct plx_loop *loop,
                                             const struct plx_stream_events *events);
/* Reading is off at first; both are idempotent. */
void plx_stream_read(struct plx_stream *stream);
void plx_stream_pause(struct plx_stream *stream);
/* Sends the slices in order. PLX_OK: sent or queued. PLX_E_RESET: the connection takes no more. PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_stream_write(struct plx_stream *stream, const struct plx_slice *slices, size_t count);
/* The same without a copy: what is queued must stay as it is until nothing is queued any more, or the stream is closed.
 */
PLX_MUST_USE enum plx_status plx_stream_write_kept(struct plx_stream *stream, const struct plx_slice *slices,
                                                   size_t count);
/* Whether the peer has taken some of what it is sent since the last call: slow, but there. */
bool plx_stream_moves(struct plx_stream *stream);
/* Sends FIN after what is queued. */
void plx_stream_shutdown(struct plx_stream *stream);
/*
 * Sends what is queued, then FIN, then reads (and drops) what the peer still sends for a moment, so that it gets the
 * last answer and no reset (RFC 9112, 9.6); then closes. No events but `closed` fire from here on.
 */
void plx_stream_close_gently(struct plx_stream *stream);
/* Closes so that the peer sees a reset once it has what was sent: an answer that was cut off must not look whole. */
void plx_stream_reset(struct plx_stream *stream);
void plx_stream_close(struct plx_stream *stream);

#endif
