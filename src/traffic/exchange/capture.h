/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a message for the comparison: its head in an arena; of its body the first bytes whole, and of a
 * longer one its length and a running digest, so that equality is still known.
 */
#ifndef PLX_EXCHANGE_CAPTURE_H
#define PLX_EXCHANGE_CAPTURE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "traffic/http1/wire.h"
#include <parallax/compare.h>

#define PLX_CAPTURE_SPARE_BYTES (16u * 1024) /* memory that a capture keeps from one exchange to the next */

struct plx_capture {
    struct plx_buffer kept;
    uint64_t length; /* of all bytes so far */
    void *digest;    /* XXH3 state, once the body is longer than what is kept */
    bool broken;     /* there was no memory: nothing can be said of the body */
};

/* Copies a head to the arena: its slices then point there, *headers to a copy of its header lines. false: no memory,
 * the head is as it was. */
bool plx_capture_head(struct plx_arena *arena, struct plx_http1_head *head, struct plx_header **headers);

/* Copies the lines of a trailer, each with its CR LF and as framing.h has checked them, to the arena: the first
 * PLX_HTTP_HEADERS_MAX of them. false: no memory, *trailers and *count are as they were. */
bool plx_capture_trailers(struct plx_arena *arena, struct plx_slice lines, struct plx_header **trailers, size_t *count);

void plx_capture_init(struct plx_capture *capture);
/* Empties it for an answer of which at most kept_max bytes are kept; expected: its length where known, else 0. */
void plx_capture_begin(struct plx_capture *capture, uint64_t kept_max, uint64_t expected);
void plx_capture_add(struct plx_capture *capture, struct plx_slice data);
/* Fills body, body_length and body_digest. The body stays the capture's. */
void plx_capture_describe(const struct plx_capture *capture, struct plx_answer *answer);
void plx_capture_reset(struct plx_capture *capture); /* keeps PLX_CAPTURE_SPARE_BYTES at most */
void plx_capture_fini(struct plx_capture *capture);

#endif
