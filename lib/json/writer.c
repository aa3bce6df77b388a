/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON text. */
#include "json/writer.h"

#include "json/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void
plx_json_writer_init(struct plx_json_writer *writer, struct plx_buffer *out)
{
    writer->out = out;
    writer->comma = false;
}

static void
separate(struct plx_json_writer *writer)
{
    if (writer->comma)
        plx_buffer_byte(writer->out, ',');
    writer->comma = true;
}

static void
begin(struct plx_json_writer *writer, char bracket)
{
    separate(writer);
    plx_buffer_byte(writer->out, bracket);
    writer->comma = false;
}

static void
end(struct plx_json_writer *writer, char bracket)
{
    plx_buffer_byte(writer->out, bracket);
    writer->comma = true;
}

void
plx_json_begin_object(struct plx_json_writer *writer)
{
    begin(writer, '{');
}

void
plx_json_end_object(struct plx_json_writer *writer)
{
    end(writer, '}');
}

void
plx_json_begin_array(struct plx_json_writer *writer)
{
    begin(writer, '[');
}

void
plx_json_end_array(struct plx_json_writer *writer)
{
    end(writer, ']');
}

static void
escape(struct plx_buffer *out, unsigned char c)
{
    switch (c) {
    case '"':
        plx_buffer_text(out, "\\\"");
        break;
    case '\\':
        plx_buffer_text(out, "\\\\");
        break;
    case '\n':
        plx_buffer_text(out, "\\n");
        break;
    case '\r':
        plx_buffer_text(out, "\\r");
        break;
    case '\t':
        plx_buffer_text(out, "\\t");
        break;
    default:
        plx_buffer_format(out, "\\u%04x", c);
    }
}

static void
quoted(struct plx_buffer *out, struct plx_slice text)
{
    size_t at = 0, plain = 0;

    plx_buffer_byte(out, '"');
    while (at < text.len) {
        unsigned char c = (unsigned char)text.ptr[at];
        size_t len = c < 0x80 ? 1 : plx_utf8_length(text.ptr + at, text.len - at);
        if (len > 0 && c >= 0x20 && c != '"' && c != '\\') {
            at += len;
            continue;
        }
        plx_buffer_append(out, text.ptr + plain, at - plain);
        if (len == 0)
            plx_buffer_text(out, "\xEF\xBF\xBD");
        else
            escape(out, c);
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
    separate(writer);
    quoted(writer->out, key);
    plx_buffer_byte(writer->out, ':');
    writer->comma = false;
}

void
plx_json_string(struct plx_json_writer *writer, struct plx_slice text)
{
    separate(writer);
    quoted(writer->out, text);
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
    separate(writer);
    plx_buffer_number(writer->out, number);
}

void
plx_json_int(struct plx_json_writer *writer, int64_t number)
{
    separate(writer);
    if (number < 0)
        plx_buffer_byte(writer->out, '-');
    plx_buffer_number(writer->out, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
plx_json_double(struct plx_json_writer *writer, double number)
{
    char text[32];

    if (!isfinite(number)) {
        plx_json_null(writer);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    separate(writer);
    plx_buffer_text(writer->out, text);
}

void
plx_json_bool(struct plx_json_writer *writer, bool value)
{
    separate(writer);
    plx_buffer_text(writer->out, value ? "true" : "false");
}

void
plx_json_null(struct plx_json_writer *writer)
{
    separate(writer);
    plx_buffer_text(writer->out, "null");
}

void
plx_json_raw(struct plx_json_writer *writer, struct plx_slice json)
{
    separate(writer);
    plx_buffer_add(writer->out, json);
}
