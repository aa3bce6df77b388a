/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are lists of simple things, as JSON text: lines of JSON, and forms. */
#ifndef PLX_BODY_LINES_H
#define PLX_BODY_LINES_H

#include "base/buffer.h"
#include <parallax/value.h>

/*
 * NDJSON and JSON text sequences (RFC 7464), as the text of an array: empty lines are none. Whether each line is a
 * value of its own, plx_ndjson_holds() says of what that text is read as: `1],[2` and two halves of a value are none.
 * PLX_E_LIMIT where out is full; it is then of no use.
 */
PLX_MUST_USE enum plx_status plx_ndjson_write_json(struct plx_slice text, struct plx_buffer *out);
bool plx_ndjson_holds(struct plx_slice text, const struct plx_document *tree);
/*
 * application/x-www-form-urlencoded (URL living standard): an object of strings, keys as often as they come. What is no
 * UTF-8 when decoded stays as it is written. PLX_E_LIMIT where out is full.
 */
PLX_MUST_USE enum plx_status plx_form_write_json(struct plx_slice text, struct plx_buffer *out);

#endif
