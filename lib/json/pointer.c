/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Pointers (RFC 6901) and members by their key. */
#include "json/pointer.h"

#include "json/json_text.h"

uint32_t
plx_json_member(const struct plx_document *document, uint32_t node, struct plx_slice key)
{
    uint32_t found = 0;

    if (document->nodes[node].type != PLX_OBJECT)
        return 0;
    for (uint32_t at = node + 1; at < document->nodes[node].next; at = document->nodes[at + 1].next)
        if (plx_json_string_is(document, at, key))
            found = at + 1;
    return found;
}

/* Whether the key at node is this step of a pointer, whose ~0 and ~1 stand for ~ and /. */
static bool
key_is_step(const struct plx_document *document, uint32_t node, struct plx_slice step)
{
    struct plx_json_cursor cursor;

    plx_json_cursor_init(&cursor, document, node);
    for (size_t i = 0; i < step.len; i++) {
        unsigned char c = (unsigned char)step.ptr[i];
        if (c == '~')
            c = step.ptr[++i] == '0' ? '~' : '/';
        if (plx_json_cursor_next(&cursor) != c)
            return false;
    }
    return plx_json_cursor_next(&cursor) < 0;
}

static bool
is_pointer(struct plx_slice pointer)
{
    if (pointer.len && pointer.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < pointer.len; i++)
        if (pointer.ptr[i] == '~' && (i + 1 == pointer.len || (pointer.ptr[i + 1] != '0' && pointer.ptr[i + 1] != '1')))
            return false;
    return true;
}

/* 0 where there is none: the root is nobody's element. */
static uint32_t
element(const struct plx_document *document, uint32_t node, struct plx_slice step)
{
    uint64_t index = 0;

    if (step.len == 0 || step.len > 10 || (step.len > 1 && step.ptr[0] == '0'))
        return 0;
    for (size_t i = 0; i < step.len; i++) {
        if (step.ptr[i] < '0' || step.ptr[i] > '9')
            return 0;
        index = index * 10 + (uint64_t)(step.ptr[i] - '0');
    }
    if (index >= document->nodes[node].length)
        return 0;
    uint32_t at = node + 1;
    while (index-- > 0)
        at = document->nodes[at].next;
    return at;
}

static uint32_t
step_into(const struct plx_document *document, uint32_t node, struct plx_slice step)
{
    uint32_t found = 0;

    if (document->nodes[node].type == PLX_ARRAY)
        return element(document, node, step);
    if (document->nodes[node].type != PLX_OBJECT)
        return 0;
    for (uint32_t at = node + 1; at < document->nodes[node].next; at = document->nodes[at + 1].next)
        if (key_is_step(document, at, step))
            found = at + 1;
    return found;
}

enum plx_status
plx_json_resolve(const struct plx_document *document, struct plx_slice pointer, uint32_t *node)
{
    return plx_json_resolve_from(document, 0, pointer, node);
}

enum plx_status
plx_json_resolve_from(const struct plx_document *document, uint32_t at, struct plx_slice pointer, uint32_t *node)
{
    size_t from = 1;

    if (!is_pointer(pointer))
        return PLX_E_ARGUMENT;
    while (from <= pointer.len) {
        const char *slash = memchr(pointer.ptr + from, '/', pointer.len - from);
        size_t end = slash ? (size_t)(slash - pointer.ptr) : pointer.len;
        at = step_into(document, at, plx_slice_make(pointer.ptr + from, end - from));
        if (at == 0)
            return PLX_E_NOT_FOUND;
        from = end + 1;
    }
    *node = at;
    return PLX_OK;
}
