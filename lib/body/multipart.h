/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart bodies (RFC 2046, 5.1; RFC 7578) as JSON text. */
#ifndef PLX_BODY_MULTIPART_H
#define PLX_BODY_MULTIPART_H

#include "body/media.h"

#include "base/buffer.h"

#define PLX_PARTS_MAX       1000u
#define PLX_PART_LINES_MAX  64u /* of its header */
#define PLX_PARTS_DEPTH_MAX 4u  /* multipart inside multipart */

/* Writes the value of a part's body. */
typedef enum plx_status plx_part_writer(struct plx_slice media_type, struct plx_slice body, void *context,
                                        struct plx_buffer *out);

/*
 * form-data: an object of parts by name; else an array of parts. A part is {"headers": {name in lower case: value},
 * "body": what write has written}. PLX_E_SYNTAX where there is no boundary, a part's header is none, or the end is
 * missing; PLX_E_LIMIT; or what write returned. out is then of no use.
 */
PLX_MUST_USE enum plx_status plx_multipart_write_json(const struct plx_media *media, struct plx_slice text,
                                                      plx_part_writer *write, void *context, struct plx_buffer *out);

#endif
