/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer's body, kept for the comparison: the first bytes whole, and of a longer body its length and a running
 * digest, so that equality is still known.
 */
#ifndef PLX_EXCHANGE_CAPTURE_H
#define PLX_EXCHANGE_CAPTURE_H

#include "base/buffer.h"
#include <parallax/compare.h>

#define PLX_CAPTURE_SPARE_BYTES (16u * 1024) /* memory that a capture keeps from one exchange to the next */

struct plx_capture {
    struct plx_buffer kept;
    uint64_t length; /* of all bytes so far */
    void *digest;    /* XXH3 state, once the body is longer than what is kept */
    bool broken;     /* there was no memory: nothing can be said of the body */
};

void plx_capture_init(struct plx_capture *capture);
/* Empties it for an answer of which at most kept_max bytes are kept; expected: its length where known, else 0. */
void plx_capture_begin(struct plx_capture *capture, uint64_t kept_max, uint64_t expected);
void plx_capture_add(struct plx_capture *capture, struct plx_slice data);
/* Fills body, body_length and body_digest. The body stays the capture's. */
void plx_capture_describe(const struct plx_capture *capture, struct plx_answer *answer);
void plx_capture_reset(struct plx_capture *capture); /* keeps PLX_CAPTURE_SPARE_BYTES at most */
void plx_capture_fini(struct plx_capture *capture);

#endif
