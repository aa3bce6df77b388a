/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a message, as every version of HTTP has one: what is asked or answered, and the header fields in their
 * order. What only one version knows (framing, the fate of its connection, its received bytes) stands around it, in
 * the head of that version's reader, such as traffic/http1/wire.h; services, spies and evidence see this one.
 *
 * Nothing is owned: the slices point into what the reader was given. A head's arrays are never cleared, only what is
 * counted is set. Trailers are no part of it, since they come after the body.
 */
#ifndef PLX_MESSAGE_MESSAGE_H
#define PLX_MESSAGE_MESSAGE_H

#include "message/header_ids.h"
#include "message/method.h"
#include <parallax/compare.h>

#define PLX_HTTP_HEADERS_MAX 128u /* header lines */

struct plx_http_head {
    struct plx_slice method; /* requests */
    struct plx_slice target; /* requests: as written; for the absolute form see path */
    struct plx_slice path; /* requests: path and query of the target in origin form ("/" where it was empty), or "*" */
    struct plx_slice host; /* requests: authority of an absolute target, else the Host header; empty where there is none
                              (HTTP/1.0) */
    int status;            /* answers: 100 to 999; requests: 0 */
    enum plx_http_method method_id;
    bool expect_continue; /* requests: the client waits for a 100 before it sends the body */
    size_t header_count;
    struct plx_header headers[PLX_HTTP_HEADERS_MAX]; /* values without the white space around them */
    uint8_t header_ids[PLX_HTTP_HEADERS_MAX];        /* enum plx_http_header_id */
};

/* The value of the first header with this id; {NULL, 0} where there is none. */
struct plx_slice plx_http_header(const struct plx_http_head *head, enum plx_http_header_id id);
/* The same by name, in any case of its letters: for names that are configured. */
struct plx_slice plx_http_header_named(const struct plx_http_head *head, struct plx_slice name);

#endif
