/* SPDX-License-Identifier: Apache-2.0 */
/* Heads on their way out, and whole small answers of our own. */
#ifndef PLX_HTTP1_WRITE_H
#define PLX_HTTP1_WRITE_H

#include "base/buffer.h"
#include "message/field_changes.h"
#include "traffic/http1/wire.h"

struct plx_http_forward {
    struct plx_slice client_address;        /* appended to X-Forwarded-For */
    struct plx_slice target;                /* in the place of the head's path; empty: that */
    struct plx_slice host;                  /* Host, whatever the client named; empty: what that was */
    struct plx_slice authority;             /* Host, where the client named none */
    const struct plx_field_changes *fields; /* set and removed; NULL: none */
    struct plx_slice scheme;                /* X-Forwarded-Proto, where the client sent none: "http" */
    const char *role;                       /* copies: Parallax-Role, else NULL */
    struct plx_slice exchange;              /* Parallax-Exchange; empty: none */
    bool via;                               /* say so in Via (RFC 9110, 7.6.3) */
    bool upgrade;                           /* pass Connection: upgrade and Upgrade on */
    bool drop_expect;                       /* copies: their body is there already */
    enum plx_http_framing framing;          /* NONE: no body header is written; LENGTH, CHUNKED */
    uint64_t content_length;
};

/*
 * The head of a request as it goes to an implementation: origin form, the client's headers in their order without
 * hop-by-hop ones, without any Parallax-* that the client sent and without what reads as a guarded name (header_ids.h);
 * Host as `forward` or the client had it, or where it had none (HTTP/1.0) the authority; X-Forwarded-For, -Proto and
 * -Host; Via (RFC 9110, 7.6.3); TE: trailers where the client said so; Trailer without what may not come in one; one
 * less of Max-Forwards (RFC 9110, 7.6.2). The head must be as it was read: what goes out unchanged is copied from its
 * bytes. Appends to out; a failure sticks there.
 */
void plx_http_write_request(struct plx_buffer *out, const struct plx_http1_head *head,
                            const struct plx_http_forward *forward);

/* Trailer lines, as a body's reader has them, without the fields that are set or removed. */
void plx_http_write_trailer(struct plx_buffer *out, struct plx_slice lines, const struct plx_field_changes *fields);

/* What marks a request as ours, and the end of its head: Parallax-Role, Parallax-Exchange, Parallax-Recheck; NULL and
 * empty: none. */
struct plx_http_marks {
    const char *role;
    struct plx_slice exchange, recheck;
};

void plx_http_write_marks(struct plx_buffer *out, const struct plx_http_marks *marks);
/* A request's head, as plx_http_write_request() wrote it, without its marks and its end: others can be written behind
 * it. */
struct plx_slice plx_http_without_marks(struct plx_slice head);

/* How an answer goes to a client. */
struct plx_http_reply {
    int client_minor;
    bool keep_alive;
    enum plx_http_framing framing; /* LENGTH only where it is the head's own; CLOSE closes */
    struct plx_slice date; /* of now: written where a final answer has no Date (RFC 9110, 6.6.1); may be empty */
};

/*
 * The head of an answer as it goes to the client: status, reason and headers as the implementation gave them, in order,
 * without hop-by-hop ones; then the framing's header where the framing is not that of the head, and Connection: close
 * or keep-alive where it has to be said (client_minor 0 with keep_alive; close). 101 and 426: with Connection: upgrade
 * and Upgrade. Trailer names what can come in one, and is left out where none comes. A header whose value was replaced,
 * by one that lies outside the head's bytes, goes out with that.
 */
void plx_http_write_response(struct plx_buffer *out, const struct plx_http1_head *head,
                             const struct plx_http_reply *reply);

/*
 * A whole small answer of our own: text/plain (or the type given) with Content-Length, Date left out; head_only: for
 * HEAD. Connection says keep-alive or close in any case, so that it does for clients of HTTP/1.0 as well.
 */
void plx_http_write_simple(struct plx_buffer *out, int status, struct plx_slice content_type,
                           struct plx_slice extra_headers, struct plx_slice body, bool head_only, bool keep_alive);

/* The head of an answer of our own: these header lines (each with its CR LF), Content-Length unless the status has none
 * (RFC 9110, 8.6), Date, Connection in any case. */
void plx_http_write_own_head(struct plx_buffer *out, int status, struct plx_slice lines, uint64_t length,
                             struct plx_slice date, bool keep_alive);

/* Max-Forwards of OPTIONS and TRACE (RFC 9110, 7.6.2), of which what goes on has one less. false: it has none. */
bool plx_http_forwards_left(const struct plx_http_head *head, uint64_t *left);

#endif
