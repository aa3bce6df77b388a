/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the head of an answer as old servers spell it. What has one reading is mended and goes on spelled as RFC 9112
 * has it; the rest is refused as head.h refuses it. Of requests nothing is mended: others before or behind Parallax
 * might read them in another way.
 *
 *   a line that ends in LF alone                        CR LF (RFC 9112, 2.2)
 *   blanks between a field's name and its colon         none (RFC 9112, 5.1)
 *   a control character in a field's value              SP (RFC 9110, 5.5); in what frames the answer: refused
 *   Content-Length twice, or as a list, of one value    once (RFC 9110, 8.6); of several values: refused
 *   chunked twice                                       once: such servers encode the body once, as curl and nginx read
 *                                                       it, and the body goes on framed anew
 */
#ifndef PLX_HTTP1_ANSWER_H
#define PLX_HTTP1_ANSWER_H

#include "base/buffer.h"
#include "traffic/http1/wire.h"

#define PLX_HTTP_MENDED_MAX (PLX_HTTP_HEAD_MAX + 2 * PLX_HTTP_HEADERS_MAX) /* bytes of a mended head: CRs come in */

/* Of one head; all zero at its beginning. */
struct plx_http_answer_reader {
    size_t scanned;
    bool odd; /* it can only be read mended */
};

/*
 * As plx_http_read_response(). PLX_OK: *used bytes of the input belong to the head; its slices point into them, or into
 * mended where it was odd, which must stay as it is while they are used. mended: at most PLX_HTTP_MENDED_MAX bytes are
 * written. PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_http_read_answer(struct plx_slice bytes, struct plx_http_answer_reader *reader,
                                                  enum plx_http_method request, struct plx_buffer *mended,
                                                  struct plx_http1_head *head, size_t *used,
                                                  struct plx_http_error *error);

/* Mends one field line in place, without its end; how long it is then. */
size_t plx_http_mend_field(char *line, size_t len);

#endif
