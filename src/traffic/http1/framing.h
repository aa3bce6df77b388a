/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading bodies as they come: runs of their bytes are cut out of the input, whatever the framing; and the line before
 * a chunk that is sent.
 *
 * Of an answer chunks are taken as old servers spell them, too: lines that end in LF alone, blanks behind a chunk's
 * size and around its extensions, and what answer.h mends in the lines of the trailer.
 */
#ifndef PLX_HTTP1_FRAMING_H
#define PLX_HTTP1_FRAMING_H

#include "base/buffer.h"
#include "traffic/http1/wire.h"

/* A body on its way in. */
struct plx_http_body {
    enum plx_http_framing framing;
    int state;                   /* of the chunk reader */
    uint64_t left;               /* bytes of the body, or of the chunk, still to come */
    uint32_t line;               /* bytes read of the present size line, extension or trailer line */
    uint64_t size;               /* chunk size read so far */
    struct plx_buffer trailer;   /* the trailer lines as written, each with its CR LF; checked like header lines */
    bool old_spelling;           /* an answer's; after init, before the first byte: takes what is told above */
    struct plx_http_error error; /* after a failure */
};

void plx_http_body_init(struct plx_http_body *body, enum plx_http_framing framing, uint64_t content_length);
void plx_http_body_fini(struct plx_http_body *body);
/*
 * Takes the next run out of *input (which moves on behind what was read) and sets *data to body bytes in it, or to
 * nothing. PLX_OK: call again, there is input left or data was given. PLX_AGAIN: all input is used up (*data may hold a
 * last run). PLX_DONE: the body has ended, *input is what follows it. PLX_E_PROTOCOL, PLX_E_LIMIT, PLX_E_MEMORY:
 * body->error says why. However the bytes are cut, the result is the same.
 */
PLX_MUST_USE enum plx_status plx_http_body_read(struct plx_http_body *body, struct plx_slice *input,
                                                struct plx_slice *data);
/* The peer has closed: PLX_DONE where that ends the body (PLX_FRAMING_CLOSE, or it had ended), else PLX_E_RESET. */
PLX_MUST_USE enum plx_status plx_http_body_eof(struct plx_http_body *body);

/*
 * Fields that may not come after the body, whoever announces them (RFC 9110, 6.5.1): those that frame, route, ask under
 * a condition, authenticate or say what the content is, and names that CGI and the like read as one of these. A trailer
 * goes on without them.
 */
bool plx_http_is_forbidden_in_trailer(struct plx_slice name);

/* "1a2b\r\n": the line before a chunk of size bytes; its length. */
size_t plx_http_chunk_line(char line[20], uint64_t size);

#endif
