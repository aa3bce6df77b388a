/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of values and the characters of strings. */
#include "json/json_text.h"

#include "base/arena.h"
#include "base/slice.h"
#include "base/utf8.h"

/* ---- escapes ---- */

static uint32_t
hex4(const char *at)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        char c = at[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* At a \u; a high surrogate takes the low one behind it along, and a lone one stays what it is. */
static uint32_t
take_unicode(struct plx_json_cursor *cursor)
{
    uint32_t c = hex4(cursor->at + 2);

    cursor->at += 6;
    if (c < 0xD800 || c > 0xDBFF || cursor->end - cursor->at < 6 || cursor->at[0] != '\\' || cursor->at[1] != 'u')
        return c;
    uint32_t low = hex4(cursor->at + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return c;
    cursor->at += 6;
    return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

static int
take_escape(struct plx_json_cursor *cursor)
{
    char c = cursor->at[1];

    if (c == 'u') {
        cursor->count = (uint8_t)plx_utf8_encode(take_unicode(cursor), (char *)cursor->bytes);
        cursor->used = 1;
        return cursor->bytes[0];
    }
    cursor->at += 2;
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return (unsigned char)c;
    }
}

void
plx_json_cursor_init(struct plx_json_cursor *cursor, const struct plx_document *document, uint32_t node)
{
    struct plx_slice raw = plx_json_raw_string(document, node);

    cursor->at = raw.ptr;
    cursor->end = raw.ptr + raw.len;
    cursor->count = cursor->used = 0;
}

int
plx_json_cursor_next(struct plx_json_cursor *cursor)
{
    if (cursor->used < cursor->count)
        return cursor->bytes[cursor->used++];
    if (cursor->at == cursor->end)
        return -1;
    return *cursor->at == '\\' ? take_escape(cursor) : (unsigned char)*cursor->at++;
}

/* ---- comparing strings ---- */

static bool
is_escaped(const struct plx_document *document, uint32_t node)
{
    return document->nodes[node].flags & PLX_NODE_ESCAPED;
}

int
plx_json_string_compare(const struct plx_document *a, uint32_t node_a, const struct plx_document *b, uint32_t node_b)
{
    if (!is_escaped(a, node_a) && !is_escaped(b, node_b)) {
        return plx_slice_order(plx_json_raw_string(a, node_a), plx_json_raw_string(b, node_b));
    }
    struct plx_json_cursor x, y;
    plx_json_cursor_init(&x, a, node_a);
    plx_json_cursor_init(&y, b, node_b);
    for (;;) {
        int c = plx_json_cursor_next(&x), d = plx_json_cursor_next(&y);
        if (c != d)
            return c < d ? -1 : 1;
        if (c < 0)
            return 0;
    }
}

bool
plx_json_string_equal(const struct plx_document *a, uint32_t node_a, const struct plx_document *b, uint32_t node_b)
{
    /* The same bytes are the same string, escaped or not. */
    if (plx_slice_equal(plx_json_raw_string(a, node_a), plx_json_raw_string(b, node_b)))
        return true;
    if (!is_escaped(a, node_a) && !is_escaped(b, node_b))
        return false;
    return plx_json_string_compare(a, node_a, b, node_b) == 0;
}

bool
plx_json_string_is(const struct plx_document *document, uint32_t node, struct plx_slice text)
{
    if (!is_escaped(document, node))
        return plx_slice_equal(plx_json_raw_string(document, node), text);
    struct plx_json_cursor cursor;
    plx_json_cursor_init(&cursor, document, node);
    for (size_t i = 0; i < text.len; i++)
        if (plx_json_cursor_next(&cursor) != (unsigned char)text.ptr[i])
            return false;
    return plx_json_cursor_next(&cursor) < 0;
}

enum plx_status
plx_json_unescape(const struct plx_document *document, uint32_t node, struct plx_arena *arena, struct plx_slice *out)
{
    struct plx_slice raw = plx_json_raw_string(document, node);
    struct plx_json_cursor cursor;
    size_t len = 0;

    if (!is_escaped(document, node)) {
        *out = raw;
        return PLX_OK;
    }
    char *text = plx_arena_alloc(arena, raw.len); /* an escape is never shorter than what it stands for */
    if (!text)
        return PLX_E_MEMORY;
    plx_json_cursor_init(&cursor, document, node);
    for (int c; (c = plx_json_cursor_next(&cursor)) >= 0;)
        text[len++] = (char)c;
    *out = plx_slice_make(text, len);
    return PLX_OK;
}

/* ---- texts of values ---- */

static uint32_t
last_child(const struct plx_document *document, uint32_t node)
{
    uint32_t child = node + 1, end = document->nodes[node].next;
    bool object = document->nodes[node].type == PLX_OBJECT;

    for (;;) {
        uint32_t value = object ? child + 1 : child;
        if (document->nodes[value].next == end)
            return value;
        child = document->nodes[value].next;
    }
}

static size_t
end_of_leaf(const struct plx_node *node)
{
    return (size_t)node->offset + node->length + (node->type == PLX_STRING);
}

/* A container has no end of its own on the tape: it is found behind its last value, one closing bracket for each level.
 */
struct plx_slice
plx_json_text(const struct plx_document *document, uint32_t node)
{
    const struct plx_node *at = &document->nodes[node];
    size_t from = at->offset, levels = 0;

    if (at->type < PLX_ARRAY)
        return plx_slice_make(document->text.ptr + from, at->length);
    while (at->type >= PLX_ARRAY && at->length > 0) {
        levels++;
        at = &document->nodes[last_child(document, (uint32_t)(at - document->nodes))];
    }
    size_t end;
    if (at->type >= PLX_ARRAY) { /* an empty one: its own bracket comes on top */
        end = at->offset + 1;
        levels++;
    } else {
        end = end_of_leaf(at);
    }
    for (; levels > 0; end++)
        if (document->text.ptr[end] == ']' || document->text.ptr[end] == '}')
            levels--;
    return plx_slice_make(document->text.ptr + from, end - from);
}
