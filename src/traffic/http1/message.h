/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 messages (RFC 9112), without sockets: reading heads and bodies out of bytes, writing them.
 *
 * A head is read when it is whole: plx_http_read_request() and _response() look for its end, and the slices of what
 * they give point into the bytes they were given. A body is read as it comes: plx_http_body_read() cuts runs of its
 * bytes out of the input, whatever the framing. Strict on purpose, since what two parsers read differently is how
 * requests are smuggled: a line ends in CR LF and in nothing else, no folded lines, no white space before a colon, one
 * Content-Length, never beside Transfer-Encoding, `chunked` alone and once.
 */
#ifndef PLX_HTTP1_MESSAGE_H
#define PLX_HTTP1_MESSAGE_H

#include "base/buffer.h"
#include <parallax/compare.h>

#define PLX_HTTP_HEAD_MAX       (32u * 1024) /* bytes of a head, its empty line included */
#define PLX_HTTP_HEADERS_MAX    128u         /* header lines */
#define PLX_HTTP_CONNECTION_MAX 32u /* headers that Connection makes hop-by-hop: each costs a look at all of them */
#define PLX_HTTP_TRAILER_MAX    (8u * 1024) /* bytes of all trailer lines */
#define PLX_HTTP_CHUNK_EXT_MAX  256u        /* bytes of a chunk's extensions, which are read over */

/* Header names the proxy acts on: enum, name, whether it is hop-by-hop by itself (RFC 9110, 7.6.1). */
#define PLX_HTTP_HEADER_MAP(X)                                     \
    X(PLX_HEADER_CONNECTION, "Connection", true)                   \
    X(PLX_HEADER_KEEP_ALIVE, "Keep-Alive", true)                   \
    X(PLX_HEADER_PROXY_CONNECTION, "Proxy-Connection", true)       \
    X(PLX_HEADER_TE, "TE", true)                                   \
    X(PLX_HEADER_TRANSFER_ENCODING, "Transfer-Encoding", true)     \
    X(PLX_HEADER_UPGRADE, "Upgrade", true)                         \
    X(PLX_HEADER_PROXY_AUTHENTICATE, "Proxy-Authenticate", true)   \
    X(PLX_HEADER_PROXY_AUTHORIZATION, "Proxy-Authorization", true) \
    X(PLX_HEADER_HTTP2_SETTINGS, "HTTP2-Settings", true)           \
    X(PLX_HEADER_TRAILER, "Trailer", false)                        \
    X(PLX_HEADER_CONTENT_LENGTH, "Content-Length", false)          \
    X(PLX_HEADER_CONTENT_TYPE, "Content-Type", false)              \
    X(PLX_HEADER_CONTENT_ENCODING, "Content-Encoding", false)      \
    X(PLX_HEADER_HOST, "Host", false)                              \
    X(PLX_HEADER_EXPECT, "Expect", false)                          \
    X(PLX_HEADER_DATE, "Date", false)                              \
    X(PLX_HEADER_ORIGIN, "Origin", false)                          \
    X(PLX_HEADER_SEC_FETCH_SITE, "Sec-Fetch-Site", false)          \
    X(PLX_HEADER_AUTHORIZATION, "Authorization", false)            \
    X(PLX_HEADER_COOKIE, "Cookie", false)                          \
    X(PLX_HEADER_SET_COOKIE, "Set-Cookie", false)                  \
    X(PLX_HEADER_X_FORWARDED_FOR, "X-Forwarded-For", false)        \
    X(PLX_HEADER_X_FORWARDED_PROTO, "X-Forwarded-Proto", false)    \
    X(PLX_HEADER_X_FORWARDED_HOST, "X-Forwarded-Host", false)      \
    X(PLX_HEADER_PARALLAX_ROLE, "Parallax-Role", false)            \
    X(PLX_HEADER_PARALLAX_EXCHANGE, "Parallax-Exchange", false)

enum plx_http_header_id {
    PLX_HEADER_OTHER,
#define PLX_HTTP_HEADER_ENUM(name, text, hop) name,
    PLX_HTTP_HEADER_MAP(PLX_HTTP_HEADER_ENUM)
#undef PLX_HTTP_HEADER_ENUM
};

/* The methods of RFC 9110 and PATCH (RFC 5789); every other token is PLX_METHOD_OTHER. */
enum plx_http_method {
    PLX_METHOD_OTHER,
    PLX_METHOD_GET,
    PLX_METHOD_HEAD,
    PLX_METHOD_OPTIONS,
    PLX_METHOD_TRACE,
    PLX_METHOD_POST,
    PLX_METHOD_PUT,
    PLX_METHOD_DELETE,
    PLX_METHOD_PATCH,
    PLX_METHOD_CONNECT,
};

enum plx_http_framing {
    PLX_FRAMING_NONE,   /* no body */
    PLX_FRAMING_LENGTH, /* content_length bytes, 0 too */
    PLX_FRAMING_CHUNKED,
    PLX_FRAMING_CLOSE, /* until the connection ends (answers only) */
};

struct plx_http_head {
    struct plx_slice bytes;  /* all of the head, its empty line included */
    struct plx_slice method; /* requests */
    struct plx_slice target; /* requests: as written; for the absolute form see path */
    struct plx_slice path; /* requests: path and query of the target in origin form ("/" where it was empty), or "*" */
    struct plx_slice host; /* requests: authority of an absolute target, else the Host header; empty where there is none
                              (HTTP/1.0) */
    struct plx_slice reason; /* answers; may be empty */
    int status;              /* answers: 100 to 999; requests: 0 */
    int minor;               /* HTTP/1.minor: 0 or 1 */
    enum plx_http_method method_id;
    enum plx_http_framing framing;
    uint64_t content_length; /* PLX_FRAMING_LENGTH */
    bool keep_alive;         /* the sender would keep the connection */
    bool upgrade;            /* Upgrade, and Connection names it; never for h2c, which is left out as RFC 9113 asks */
    bool expect_continue;    /* requests, HTTP/1.1 */
    size_t header_count;
    struct plx_header headers[PLX_HTTP_HEADERS_MAX]; /* values without the white space around them */
    uint8_t header_ids[PLX_HTTP_HEADERS_MAX];        /* enum plx_http_header_id */
    bool header_hops[PLX_HTTP_HEADERS_MAX];          /* hop-by-hop: by itself, or named by Connection */
};

/* Why a message was refused: static text for a log line and for a 400's body. */
struct plx_http_error {
    int status; /* requests: what to answer: 400, 414 (target too long for the head), 431, 501, 505 */
    const char *text;
};

/*
 * Reads a head at the beginning of bytes. PLX_OK: head->bytes.len bytes belong to it. PLX_AGAIN: more is needed;
 * *scanned (start with 0, keep between calls with more of the same bytes) spares looking again at what was seen.
 * PLX_E_PROTOCOL, PLX_E_LIMIT: *error says why. Requests: one CR LF before the request line is read over (RFC
 * 9112, 2.2). HTTP/1.1 needs exactly one Host; CONNECT is refused with 501. So is a target with a fragment, with octets
 * that are not ASCII, with user information, or with a query but no path (400). Answers: error->status is 502.
 */
PLX_MUST_USE enum plx_status plx_http_read_request(struct plx_slice bytes, size_t *scanned, struct plx_http_head *head,
                                                   struct plx_http_error *error);
/* The answer to a request with this method, which decides with the status whether there is a body (RFC 9112, 6.3). 1xx:
 * no body. */
PLX_MUST_USE enum plx_status plx_http_read_response(struct plx_slice bytes, size_t *scanned,
                                                    enum plx_http_method request, struct plx_http_head *head,
                                                    struct plx_http_error *error);

/* The value of the first header with this id; {NULL, 0} where there is none. */
struct plx_slice plx_http_header(const struct plx_http_head *head, enum plx_http_header_id id);
enum plx_http_header_id plx_http_header_id_of(struct plx_slice name);
/* Moves all slices of a head from the bytes it was read from to a copy of those bytes. */
void plx_http_head_rebase(struct plx_http_head *head, const char *copy);
bool plx_http_method_is_safe(enum plx_http_method method);       /* GET, HEAD, OPTIONS: what is copied unasked */
bool plx_http_method_is_idempotent(enum plx_http_method method); /* safe ones, TRACE, PUT, DELETE */
const char *plx_http_reason(int status);                         /* "Not Found"; "" where unknown */

/* A body on its way in. */
struct plx_http_body {
    enum plx_http_framing framing;
    int state;                 /* of the chunk reader */
    uint64_t left;             /* bytes of the body, or of the chunk, still to come */
    uint32_t line;             /* bytes read of the present size line, extension or trailer line */
    uint64_t size;             /* chunk size read so far */
    struct plx_buffer trailer; /* the trailer lines as written, each with its CR LF; checked like header lines */
    const char *error;         /* static text after a failure */
};

void plx_http_body_init(struct plx_http_body *body, enum plx_http_framing framing, uint64_t content_length);
void plx_http_body_fini(struct plx_http_body *body);
/*
 * Takes the next run out of *input (which moves on behind what was read) and sets *data to body bytes in it, or to
 * nothing. PLX_OK: call again, there is input left or data was given. PLX_AGAIN: all input is used up (*data may hold a
 * last run). PLX_DONE: the body has ended, *input is what follows it. PLX_E_PROTOCOL, PLX_E_LIMIT: body->error says
 * why. However the bytes are cut, the result is the same.
 */
PLX_MUST_USE enum plx_status plx_http_body_read(struct plx_http_body *body, struct plx_slice *input,
                                                struct plx_slice *data);
/* The peer has closed: PLX_DONE where that ends the body (PLX_FRAMING_CLOSE, or it had ended), else PLX_E_RESET. */
PLX_MUST_USE enum plx_status plx_http_body_eof(struct plx_http_body *body);

/* ---- writing ---- */

struct plx_http_forward {
    struct plx_slice client_address; /* appended to X-Forwarded-For */
    struct plx_slice scheme;         /* X-Forwarded-Proto, where the client sent none: "http" */
    const char *role;                /* copies: Parallax-Role, else NULL */
    struct plx_slice exchange;       /* Parallax-Exchange; empty: none */
    bool upgrade;                    /* pass Connection: upgrade and Upgrade on */
    bool drop_expect;                /* copies: their body is there already */
    enum plx_http_framing framing;   /* NONE: no body header is written; LENGTH, CHUNKED */
    uint64_t content_length;
};

/*
 * The head of a request as it goes to an implementation: origin form, the client's headers in their order without
 * hop-by-hop ones and without any Parallax-* that the client sent; Host as the client had it; X-Forwarded-For, -Proto
 * and -Host; Via (RFC 9110, 7.6.3); TE: trailers where the client said so. The head must be as it was read: what goes
 * out unchanged is copied from its bytes. Appends to out; a failure sticks there.
 */
void plx_http_write_request(struct plx_buffer *out, const struct plx_http_head *head,
                            const struct plx_http_forward *forward);

/*
 * The head of an answer as it goes to the client: status, reason and headers as the implementation gave them, in order,
 * without hop-by-hop ones; then the framing's header where the framing is not that of the head, and Connection: close
 * or keep-alive where it has to be said (client_minor 0 with keep_alive; close). 101 and 426: with Connection: upgrade
 * and Upgrade. PLX_FRAMING_LENGTH only where it is the head's own; PLX_FRAMING_CLOSE closes.
 */
void plx_http_write_response(struct plx_buffer *out, const struct plx_http_head *head, int client_minor,
                             bool keep_alive, enum plx_http_framing framing);

/*
 * A whole small answer of our own: text/plain (or the type given) with Content-Length, Date left out; head_only: for
 * HEAD. Connection says keep-alive or close in any case, so that it does for clients of HTTP/1.0 as well.
 */
void plx_http_write_simple(struct plx_buffer *out, int status, struct plx_slice content_type,
                           struct plx_slice extra_headers, struct plx_slice body, bool head_only, bool keep_alive);

/* The head of an answer of our own: these header lines (each with its CR LF), Content-Length unless the status has none
 * (RFC 9110, 8.6), Connection in any case. */
void plx_http_write_own_head(struct plx_buffer *out, int status, struct plx_slice lines, uint64_t length,
                             bool keep_alive);

/* "1a2b\r\n": the line before a chunk of size bytes; its length. */
size_t plx_http_chunk_line(char line[20], uint64_t size);

#endif
