/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON, and forms, written as one JSON text. */
#include "body/lines.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "base/utf8.h"
#include "json/writer.h"

/* ---- NDJSON ---- */

#define RECORD_SEPARATOR '\x1E'

/* The next value's text: behind a record separator up to the next one, else a line. */
static struct plx_slice
next_value(struct plx_slice *rest)
{
    bool sequence = *rest->ptr == RECORD_SEPARATOR;
    struct plx_slice text = plx_slice_make(rest->ptr + sequence, rest->len - sequence);
    const char *end = text.len ? memchr(text.ptr, sequence ? RECORD_SEPARATOR : '\n', text.len) : NULL;

    if (end)
        text.len = (size_t)(end - text.ptr);
    size_t used = (size_t)(text.ptr - rest->ptr) + text.len + (end && !sequence);
    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return text;
}

enum plx_status
plx_ndjson_write_json(struct plx_slice text, struct plx_buffer *out)
{
    const char *comma = "";

    plx_buffer_byte(out, '[');
    while (text.len) {
        struct plx_slice value = next_value(&text);
        if (plx_slice_is_blank(value))
            continue;
        plx_buffer_text(out, comma);
        plx_buffer_add(out, value);
        comma = ",";
    }
    plx_buffer_byte(out, ']');
    return out->failed ? PLX_E_LIMIT : PLX_OK;
}

/* Each element lies where its line was written. */
bool
plx_ndjson_holds(struct plx_slice text, const struct plx_document *tree)
{
    size_t from = 1; /* behind the bracket */
    uint32_t node = 1;

    while (text.len) {
        struct plx_slice value = next_value(&text);
        if (plx_slice_is_blank(value))
            continue;
        if (node >= tree->count)
            return false;
        struct plx_slice element = plx_json_text(tree, node);
        size_t begin = (size_t)(element.ptr - tree->text.ptr);
        if (begin < from || begin + element.len > from + value.len)
            return false;
        from += value.len + 1;
        node = tree->nodes[node].next;
    }
    return node == tree->count;
}

/* ---- forms ---- */

static void
write_decoded(struct plx_slice text, struct plx_buffer *scratch, struct plx_json_writer *json, bool key)
{
    scratch->len = 0; /* a failure stays */
    for (size_t i = 0; i < text.len; i++) {
        int byte = text.ptr[i] == '%' && i + 2 < text.len ? plx_ascii_hex_pair(text.ptr + i + 1) : -1;
        if (byte >= 0) {
            plx_buffer_byte(scratch, (char)byte);
            i += 2;
        } else {
            plx_buffer_byte(scratch, text.ptr[i] == '+' ? ' ' : text.ptr[i]);
        }
    }
    struct plx_slice decoded = plx_buffer_slice(scratch);
    if (!plx_utf8_is_valid(decoded))
        decoded = text;
    if (key)
        plx_json_key_slice(json, decoded);
    else
        plx_json_string(json, decoded);
}

enum plx_status
plx_form_write_json(struct plx_slice text, struct plx_buffer *out)
{
    struct plx_json_writer json;
    struct plx_buffer scratch;

    plx_buffer_init(&scratch, text.len + 1);
    plx_json_writer_init(&json, out);
    plx_json_begin_object(&json);
    while (text.len && !scratch.failed) {
        const char *end = memchr(text.ptr, '&', text.len);
        struct plx_slice pair = plx_slice_make(text.ptr, end ? (size_t)(end - text.ptr) : text.len);
        const char *equals = pair.len ? memchr(pair.ptr, '=', pair.len) : NULL;
        size_t key_len = equals ? (size_t)(equals - pair.ptr) : pair.len, used = pair.len + (end != NULL);
        if (pair.len) {
            size_t skipped = key_len + (equals != NULL);
            write_decoded(plx_slice_make(pair.ptr, key_len), &scratch, &json, true);
            write_decoded(plx_slice_make(pair.ptr + skipped, pair.len - skipped), &scratch, &json, false);
        }
        text = plx_slice_make(text.ptr + used, text.len - used);
    }
    plx_json_end_object(&json);
    bool failed = scratch.failed || out->failed;
    plx_buffer_fini(&scratch);
    return failed ? PLX_E_LIMIT : PLX_OK;
}
