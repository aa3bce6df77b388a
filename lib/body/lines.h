/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that are lists of simple things, as JSON text: lines of JSON, and forms. */
#ifndef PLX_BODY_LINES_H
#define PLX_BODY_LINES_H

#include "base/buffer.h"
#include <parallax/value.h>

/*
 * NDJSON and JSON text sequences (RFC 7464): the values as an array; empty lines are none. PLX_E_SYNTAX and others as
 * plx_json_read() where a line is no JSON, PLX_E_LIMIT where out is full; out is then of no use.
 */
PLX_MUST_USE enum plx_status plx_ndjson_write_json(struct plx_slice text, const struct plx_json_limits *limits,
                                                   struct plx_arena *arena, struct plx_buffer *out);
/*
 * application/x-www-form-urlencoded (URL living standard): an object of strings, keys as often as they come. What is no
 * UTF-8 when decoded stays as it is written. PLX_E_LIMIT where out is full.
 */
PLX_MUST_USE enum plx_status plx_form_write_json(struct plx_slice text, struct plx_buffer *out);

#endif
