/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text, written into a buffer: commas and escapes are taken care of. Text that is not UTF-8 is written with U+FFFD
 * for each byte that is wrong.
 */
#ifndef PLX_JSON_WRITER_H
#define PLX_JSON_WRITER_H

#include "base/buffer.h"

struct plx_json_writer {
    struct plx_buffer *out;
    bool comma; /* the next value or key needs one before it */
};

void plx_json_writer_init(struct plx_json_writer *writer, struct plx_buffer *out);
void plx_json_begin_object(struct plx_json_writer *writer);
void plx_json_end_object(struct plx_json_writer *writer);
void plx_json_begin_array(struct plx_json_writer *writer);
void plx_json_end_array(struct plx_json_writer *writer);
void plx_json_key(struct plx_json_writer *writer, const char *key);
void plx_json_key_slice(struct plx_json_writer *writer, struct plx_slice key);
void plx_json_string(struct plx_json_writer *writer, struct plx_slice text);
void plx_json_text_value(struct plx_json_writer *writer, const char *text); /* a string; NULL: null */
void plx_json_uint(struct plx_json_writer *writer, uint64_t number);
void plx_json_int(struct plx_json_writer *writer, int64_t number);
void plx_json_double(struct plx_json_writer *writer,
                     double number); /* shortest that reads back the same; not finite: null */
void plx_json_bool(struct plx_json_writer *writer, bool value);
void plx_json_null(struct plx_json_writer *writer);
void plx_json_raw(struct plx_json_writer *writer, struct plx_slice json); /* already JSON */

#endif
