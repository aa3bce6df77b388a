/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What HTTP/1.1 (RFC 9112) knows of a message beyond what every version does: where it ends on the wire, what becomes
 * of its connection, and its head as received. The readers and the writer stand beside: head.h, answer.h, framing.h,
 * write.h.
 *
 * Strict on purpose, since what two parsers read differently is how requests are smuggled: a line ends in CR LF and in
 * nothing else, no folded lines, no white space before a colon, one Content-Length, never beside Transfer-Encoding,
 * `chunked` alone and once. Answers alone are mended where old servers spell them otherwise (answer.h, framing.h).
 */
#ifndef PLX_HTTP1_WIRE_H
#define PLX_HTTP1_WIRE_H

#include "message/message.h"

#define PLX_HTTP_HEAD_MAX       (32u * 1024) /* bytes of a head, its empty line included */
#define PLX_HTTP_CONNECTION_MAX 32u /* headers that Connection makes hop-by-hop: each costs a look at all of them */
#define PLX_HTTP_TRAILER_MAX    (8u * 1024) /* bytes of all trailer lines */
#define PLX_HTTP_BARE_QUERY_MAX 4096u       /* bytes of a query that follows a host without a path */
#define PLX_HTTP_CHUNK_EXT_MAX  256u        /* bytes of a chunk's extensions, which are read over */

enum plx_http_framing {
    PLX_FRAMING_NONE,   /* no body */
    PLX_FRAMING_LENGTH, /* content_length bytes, 0 too */
    PLX_FRAMING_CHUNKED,
    PLX_FRAMING_CLOSE, /* until the connection ends (answers only) */
};

struct plx_http1_head {
    struct plx_slice bytes;  /* all of the head, its empty line included: what goes on unchanged is copied from here */
    struct plx_slice reason; /* answers; may be empty */
    int minor;               /* HTTP/1.minor: 0 or 1 */
    enum plx_http_framing framing;
    uint64_t content_length; /* PLX_FRAMING_LENGTH */
    bool keep_alive;         /* the sender would keep the connection */
    uint32_t idle_s; /* answers: so long, while nothing is asked (Keep-Alive: timeout=N); UINT32_MAX: it does not say */
    bool upgrade;    /* Upgrade, and Connection names it; never for h2c, which is left out as RFC 9113 asks */
    struct plx_http_head message;
    char bare_query[1 + PLX_HTTP_BARE_QUERY_MAX]; /* the path of such a target, in whose bytes it does not stand */
    bool header_hops[PLX_HTTP_HEADERS_MAX];       /* hop-by-hop: by itself, or named by Connection */
};

#define PLX_HTTP_ERROR_FIELD_MAX 40u  /* bytes of a field's name that an error tells */
#define PLX_HTTP_ERROR_TEXT_MAX  176u /* bytes of an error in words, its end included */

/* Why a message was refused, for a log line and for the body of a 400 or 502. */
struct plx_http_error {
    int status;       /* requests: what to answer: 400, 414 (target too long for the head), 431, 501, 505 */
    const char *text; /* static */
    int octet;        /* that can't stand where it does; -1: it is not about one */
    char field[PLX_HTTP_ERROR_FIELD_MAX + 1]; /* the beginning of its name; "": it is about none, or text says which */
};

static inline enum plx_status
plx_http_refuse(struct plx_http_error *error, enum plx_status status, int answer, const char *text)
{
    error->status = answer;
    error->text = text;
    error->octet = -1;
    error->field[0] = '\0';
    return status;
}

/* "a header's value holds a control character (octet 0x01 in X-Trace)". */
void plx_http_error_print(const struct plx_http_error *error, char text[PLX_HTTP_ERROR_TEXT_MAX]);

#endif
