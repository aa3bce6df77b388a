/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader beside jansson's. What jansson reads ours reads, as the same value; what ours reads jansson reads, but for
 * what it can't hold: whole numbers beyond 64 bits, numbers beyond a double, lone surrogates, NUL in keys,
 * depths beyond its own.
 */
#include "base/assert.h"
#include "base/buffer.h"
#include "json/json_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#define DEPTH_MAX 500 /* below both readers' */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_whole_number(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '.' || (text.ptr[i] | 0x20) == 'e')
            return false;
    return true;
}

/* The number as C has it; errno tells whether it is beyond what C can hold. */
static double
number_of(struct plx_slice text, long long *whole)
{
    char copy[4096];

    PLX_ASSERT(text.len < sizeof(copy));
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    errno = 0;
    *whole = 0;
    if (is_whole_number(text))
        *whole = strtoll(copy, NULL, 10);
    return is_whole_number(text) ? (double)*whole : strtod(copy, NULL);
}

/* Whether jansson can hold every value of the document. */
static bool
can_be_held(const struct plx_document *document, struct plx_arena *arena)
{
    for (uint32_t i = 0; i < document->count; i++) {
        const struct plx_node *node = &document->nodes[i];
        struct plx_slice text = plx_json_text(document, i);
        long long whole;
        if (node->type == PLX_NUMBER) {
            if (text.len > 1000)
                return false;
            double value = number_of(text, &whole);
            if (errno == ERANGE && (is_whole_number(text) || value > 1 || value < -1))
                return false;
        } else if (node->type == PLX_STRING) {
            PLX_ASSERT(plx_json_unescape(document, i, arena, &text) == PLX_OK);
            if (text.len && memchr(text.ptr, '\0', text.len)) /* it may be a key */
                return false;
            for (size_t at = 0; at + 1 < text.len; at++)
                if ((unsigned char)text.ptr[at] == 0xED && (unsigned char)text.ptr[at + 1] >= 0xA0)
                    return false;
        }
    }
    return true;
}

static void
expect_string(const struct plx_document *document, uint32_t node, const json_t *peer, struct plx_arena *arena)
{
    struct plx_slice text;

    PLX_ASSERT(plx_json_unescape(document, node, arena, &text) == PLX_OK);
    PLX_ASSERT(plx_slice_equal(text, plx_slice_make(json_string_value(peer), json_string_length(peer))));
}

static void
expect_number(struct plx_slice text, const json_t *peer)
{
    long long whole;
    double value = number_of(text, &whole);

    if (json_is_integer(peer))
        PLX_ASSERT(is_whole_number(text) && json_integer_value(peer) == whole);
    else
        PLX_ASSERT(!is_whole_number(text) && json_real_value(peer) == value);
}

/* Its object may have fewer members: of repeated keys it keeps the last. */
static void
expect_value(const struct plx_document *document, uint32_t node, const json_t *peer, struct plx_arena *arena)
{
    static const json_type types[] = {JSON_NULL,   JSON_FALSE, JSON_TRUE,  JSON_REAL,
                                      JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    enum plx_type type = document->nodes[node].type;
    uint32_t at = node + 1;
    size_t index;
    json_t *child;
    void *cursor;

    PLX_ASSERT(type == PLX_NUMBER ? json_is_number(peer) : json_typeof(peer) == types[type]);
    if (type == PLX_NUMBER)
        expect_number(plx_json_text(document, node), peer);
    if (type == PLX_STRING)
        expect_string(document, node, peer, arena);
    if (type == PLX_ARRAY) {
        PLX_ASSERT(json_array_size(peer) == document->nodes[node].length);
        json_array_foreach(peer, index, child)
        {
            expect_value(document, at, child, arena);
            at = document->nodes[at].next;
        }
    }
    if (type != PLX_OBJECT)
        return;
    PLX_ASSERT(json_object_size(peer) <= document->nodes[node].length);
    for (cursor = json_object_iter((json_t *)peer); cursor; cursor = json_object_iter_next((json_t *)peer, cursor)) {
        struct plx_slice key = plx_slice_make(json_object_iter_key(cursor), json_object_iter_key_len(cursor));
        uint32_t member = plx_json_member(document, node, key);
        PLX_ASSERT(member);
        expect_value(document, member, json_object_iter_value(cursor), arena);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_json_limits limits = {.depth_max = DEPTH_MAX};
    struct plx_document document;
    json_error_t error;

    if (size == 0)
        return 0;
    struct plx_arena *arena = plx_arena_new(NULL);
    PLX_ASSERT(arena);
    json_t *peer = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    enum plx_status status = plx_json_read(plx_slice_make(data, size), &limits, arena, &document, NULL);
    if (memchr(data, '\0', size)) { /* never legal; jansson takes some for white space behind a number */
        PLX_ASSERT(status < PLX_OK);
    } else if (peer) {
        PLX_ASSERT(status == PLX_OK || status == PLX_E_DEPTH);
        if (status == PLX_OK && can_be_held(&document, arena))
            expect_value(&document, 0, peer, arena);
    } else if (status == PLX_OK) {
        PLX_ASSERT(!can_be_held(&document, arena));
    }
    json_decref(peer);
    plx_arena_free(arena);
    return 0;
}
