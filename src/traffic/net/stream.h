/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection on a loop, of either side, whatever it stands on (transport.h). Bytes come in through one buffer that
 * all streams of the loop share (a stream that waits holds none); bytes go out at once where the socket takes them, and
 * only the rest is copied and queued.
 *
 * Events fire from the loop, never inside a call on the stream; after plx_stream_close() only `closed` fires.
 */
#ifndef PLX_NET_STREAM_H
#define PLX_NET_STREAM_H

#include "traffic/net/deadline.h"
#include <parallax/base.h>

#define PLX_STREAM_HIGH_BYTES (256u * 1024) /* queued on a stream: its source is paused above this ... */
#define PLX_STREAM_LOW_BYTES  (64u * 1024)  /* ... and goes on below this */

struct plx_stream_events {
    void (*bytes)(struct plx_stream *stream, struct plx_slice bytes); /* valid during the call */
    /* No more bytes come: PLX_DONE the peer has closed its side, PLX_E_RESET it broke (or a queued write failed). */
    void (*ended)(struct plx_stream *stream, enum plx_status why);
    void (*drained)(struct plx_stream *stream); /* the queue has gone below PLX_STREAM_LOW_BYTES after it was full */
    void (*timeout)(struct plx_stream *stream);
    void (*closed)(struct plx_stream *stream);                            /* the owner may free it */
    void (*connected)(struct plx_stream *stream, enum plx_status status); /* after plx_stream_connect() only */
};

struct plx_stream {
    union {
        uv_tcp_t tcp;
        uv_pipe_t pipe; /* of a unix socket */
        void *other;    /* what a transport that is not plain TCP keeps */
    };
    const struct plx_transport_ops *transport;
    struct plx_deadline deadline;
    struct plx_loop *loop;
    const struct plx_stream_events *events;
    size_t queued; /* bytes */
    size_t left;   /* not yet acknowledged at the last plx_stream_moves() */
    uint8_t parts; /* still to be closed: the transport, the deadline */
    bool full;     /* queued went above PLX_STREAM_HIGH_BYTES and has not come below LOW since */
    bool reading, closing, broken, shut, linger, accepted;
    bool resets;                /* it lingers, and ends in a reset */
    uint32_t look_ms, still_ms; /* then: until it is looked again; since the peer has taken something */
};

PLX_MUST_USE enum plx_status plx_stream_init(struct plx_stream *stream, struct plx_loop *loop,
                                             const struct plx_stream_events *events);
/* The same over another transport than the loop's. */
PLX_MUST_USE enum plx_status plx_stream_init_over(struct plx_stream *stream, struct plx_loop *loop,
                                                  const struct plx_transport_ops *transport,
                                                  const struct plx_stream_events *events);
/* PLX_OK: `connected` fires later, unless it is closed before. PLX_E_CONNECT, PLX_E_MEMORY: it can't be. */
PLX_MUST_USE enum plx_status plx_stream_connect(struct plx_stream *stream, const struct sockaddr *address);
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
/*
 * Closes so that the peer sees a reset: an answer that was cut off must not look whole. First the peer gets all that it
 * was sent, queued or on its way, since a reset takes back what has not arrived; one that takes nothing any more is not
 * waited for longer than in plx_stream_close_gently(). What it still sends is dropped. No events but `closed` fire from
 * here on.
 */
void plx_stream_reset(struct plx_stream *stream);
void plx_stream_close(struct plx_stream *stream);

/* ---- for transports: what they tell, from the loop ---- */

void plx_stream_received(struct plx_stream *stream, struct plx_slice bytes);
void plx_stream_ended(struct plx_stream *stream, enum plx_status why); /* as the event: PLX_DONE, PLX_E_RESET */
void plx_stream_sent(struct plx_stream *stream, size_t len, bool ok);  /* one queued write of len bytes */
void plx_stream_was_shut(struct plx_stream *stream, bool ok);
void plx_stream_connected(struct plx_stream *stream, enum plx_status status); /* PLX_OK, PLX_E_CONNECT */
void plx_stream_gone(struct plx_stream *stream);

#endif
