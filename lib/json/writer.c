/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text into a buffer. The writer does not check that keys and values come in turn; that is its caller's
 * code. It does see to it that whatever bytes are given, the output is valid UTF-8 and its strings are strings.
 */
#include "json/writer.h"

#include "base/double_text.h"
#include "base/utf8.h"

#include <math.h>

void
plx_json_writer_init(struct plx_json_writer *writer, struct plx_buffer *out)
{
    *writer = (struct plx_json_writer){.out = out};
}

/* What stands before a value; the value itself follows. */
static void
begin_value(struct plx_json_writer *writer)
{
    if (writer->comma)
        plx_buffer_byte(writer->out, ',');
    writer->comma = true;
}

static void
open(struct plx_json_writer *writer, char bracket)
{
    begin_value(writer);
    plx_buffer_byte(writer->out, bracket);
    writer->comma = false;
}

static void
shut(struct plx_json_writer *writer, char bracket)
{
    plx_buffer_byte(writer->out, bracket);
    writer->comma = true;
}

void
plx_json_begin_object(struct plx_json_writer *writer)
{
    open(writer, '{');
}

void
plx_json_end_object(struct plx_json_writer *writer)
{
    shut(writer, '}');
}

void
plx_json_begin_array(struct plx_json_writer *writer)
{
    open(writer, '[');
}

void
plx_json_end_array(struct plx_json_writer *writer)
{
    shut(writer, ']');
}

static void
write_escape(struct plx_buffer *out, unsigned char c)
{
    static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";

    for (size_t i = 0; i + 1 < sizeof(shorts); i += 2)
        if ((unsigned char)shorts[i] == c) {
            plx_buffer_append(out, (const char[]){'\\', shorts[i + 1]}, 2);
            return;
        }
    plx_buffer_format(out, "\\u%04x", c);
}

static void
write_string(struct plx_buffer *out, struct plx_slice text)
{
    size_t plain = 0, at = 0; /* bytes from plain to at are written as they are */

    plx_buffer_byte(out, '"');
    while (at < text.len) {
        unsigned char c = (unsigned char)text.ptr[at];
        size_t len = plx_utf8_length(text.ptr + at, text.len - at);

        if (len > 0 && c >= 0x20 && c != '"' && c != '\\') {
            at += len;
            continue;
        }
        plx_buffer_append(out, text.ptr + plain, at - plain);
        if (len == 0)
            plx_buffer_text(out, "\xEF\xBF\xBD");
        else
            write_escape(out, c);
        plain = ++at;
    }
    if (at > plain)
        plx_buffer_append(out, text.ptr + plain, at - plain);
    plx_buffer_byte(out, '"');
}

void
plx_json_key(struct plx_json_writer *writer, const char *key)
{
    plx_json_key_slice(writer, plx_slice_of(key));
}

void
plx_json_key_slice(struct plx_json_writer *writer, struct plx_slice key)
{
    begin_value(writer);
    write_string(writer->out, key);
    plx_buffer_byte(writer->out, ':');
    writer->comma = false;
}

void
plx_json_string(struct plx_json_writer *writer, struct plx_slice text)
{
    begin_value(writer);
    write_string(writer->out, text);
}

void
plx_json_text_value(struct plx_json_writer *writer, const char *text)
{
    if (text)
        plx_json_string(writer, plx_slice_of(text));
    else
        plx_json_null(writer);
}

void
plx_json_uint(struct plx_json_writer *writer, uint64_t number)
{
    begin_value(writer);
    plx_buffer_number(writer->out, number);
}

void
plx_json_int(struct plx_json_writer *writer, int64_t number)
{
    begin_value(writer);
    if (number < 0)
        plx_buffer_byte(writer->out, '-');
    plx_buffer_number(writer->out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
plx_json_double(struct plx_json_writer *writer, double number)
{
    char text[PLX_DOUBLE_TEXT_MAX];

    if (!isfinite(number)) {
        plx_json_null(writer);
        return;
    }
    begin_value(writer);
    plx_buffer_append(writer->out, text, plx_double_text(number, text));
}

void
plx_json_bool(struct plx_json_writer *writer, bool value)
{
    begin_value(writer);
    plx_buffer_text(writer->out, value ? "true" : "false");
}

void
plx_json_null(struct plx_json_writer *writer)
{
    begin_value(writer);
    plx_buffer_text(writer->out, "null");
}

void
plx_json_raw(struct plx_json_writer *writer, struct plx_slice json)
{
    begin_value(writer);
    plx_buffer_add(writer->out, json);
}
