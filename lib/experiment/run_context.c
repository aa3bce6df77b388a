/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is known by: members of a JSON object, bounded; what does not fit is left out as a whole. */
#include "experiment/run_context.h"

#include "json/writer.h"

bool
plx_context_add(struct plx_buffer *out, const char *field, const char *text, int64_t integer)
{
    struct plx_json_writer writer;
    size_t before = out->len;

    if (!field)
        return false;
    /* What is there is a whole object: its last brace makes room for one more member. */
    if (before == 0)
        plx_buffer_byte(out, '{');
    else
        out->len--;
    plx_json_writer_init(&writer, out);
    writer.comma = before > 0;
    plx_json_key(&writer, field);
    if (text)
        plx_json_text_value(&writer, text);
    else
        plx_json_int(&writer, integer);
    plx_buffer_byte(out, '}');
    if (!out->failed)
        return true;
    out->failed = false;
    out->len = before;
    if (before > 0)
        out->ptr[before - 1] = '}';
    return false;
}

void
plx_context_text(struct plx_context *fields, const char *field, const char *text)
{
    if (!plx_context_add(fields->out, field, text ? text : "", 0))
        fields->left_out = true;
}

void
plx_context_int(struct plx_context *fields, const char *field, int64_t value)
{
    if (!plx_context_add(fields->out, field, NULL, value))
        fields->left_out = true;
}
