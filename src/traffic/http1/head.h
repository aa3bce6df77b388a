/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading heads out of bytes. A head is read when it is whole: its end is looked for first, and the slices of what is
 * given point into the bytes that were read.
 */
#ifndef PLX_HTTP1_HEAD_H
#define PLX_HTTP1_HEAD_H

#include "traffic/http1/wire.h"

/*
 * Reads a head at the beginning of bytes. PLX_OK: head->bytes.len bytes belong to it. PLX_AGAIN: more is needed;
 * *scanned (start with 0, keep between calls with more of the same bytes) spares looking again at what was seen.
 * PLX_E_PROTOCOL, PLX_E_LIMIT: *error says why. Requests: one CR LF before the request line is read over (RFC
 * 9112, 2.2). HTTP/1.1 needs exactly one Host; CONNECT is refused with 501. So is a target with a fragment, with octets
 * that are not ASCII, or with user information (400). Answers: error->status is 502.
 */
PLX_MUST_USE enum plx_status plx_http_read_request(struct plx_slice bytes, size_t *scanned, struct plx_http1_head *head,
                                                   struct plx_http_error *error);
/* The answer to a request with this method, which decides with the status whether there is a body (RFC 9112, 6.3). 1xx:
 * no body. */
PLX_MUST_USE enum plx_status plx_http_read_response(struct plx_slice bytes, size_t *scanned,
                                                    enum plx_http_method request, struct plx_http1_head *head,
                                                    struct plx_http_error *error);

/* Moves all slices of a head from the bytes it was read from to a copy of those bytes. */
void plx_http_head_rebase(struct plx_http1_head *head, const char *copy);

#endif
