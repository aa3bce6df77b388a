/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the bytes, the reader refuses them with a place or makes a tape that holds together; the tape written back
 * as text is the same document, every value is found by its pointer, and numbers have one order.
 */
#include "../unit/json_kit.h"
#include "base/assert.h"
#include "base/buffer.h"
#include <parallax/compare.h>

#include <stdlib.h>

#define NUMBERS_MAX  12  /* compared with one another */
#define POINTERS_MAX 300 /* nodes of a document whose values are looked up */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- a document as text again, spelled otherwise ---- */

static void
write_string(const struct plx_document *document, uint32_t node, struct plx_arena *arena, struct plx_buffer *out)
{
    struct plx_slice text;

    PLX_ASSERT(plx_json_unescape(document, node, arena, &text) == PLX_OK);
    PLX_ASSERT(text.len <= document->nodes[node].length);
    plx_buffer_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        /* A lone surrogate is no UTF-8: as text it is an escape. */
        if (c == 0xED && (unsigned char)text.ptr[i + 1] >= 0xA0) {
            plx_buffer_format(out, "\\ud%x%02x", 8 | ((unsigned char)text.ptr[i + 1] >> 2 & 7),
                              ((unsigned)text.ptr[i + 1] & 3) << 6 | ((unsigned)text.ptr[i + 2] & 0x3F));
            i += 2;
        } else if (c < 0x20 || c == '"' || c == '\\' || c == 'u') {
            plx_buffer_format(out, "\\u%04X", c);
        } else {
            plx_buffer_byte(out, (char)c);
        }
    }
    plx_buffer_byte(out, '"');
}

static void
write_value(const struct plx_document *document, uint32_t node, struct plx_arena *arena, struct plx_buffer *out)
{
    const struct plx_node *at = &document->nodes[node];
    bool object = at->type == PLX_OBJECT;

    if (at->type == PLX_STRING) {
        write_string(document, node, arena, out);
        return;
    }
    if (at->type < PLX_ARRAY) {
        plx_buffer_add(out, plx_json_text(document, node));
        return;
    }
    plx_buffer_byte(out, object ? '{' : '[');
    for (uint32_t child = node + 1; child < at->next; child = document->nodes[child + object].next) {
        plx_buffer_text(out, child > node + 1 ? " , " : "\n");
        if (object) {
            write_string(document, child, arena, out);
            plx_buffer_text(out, "\t: ");
        }
        write_value(document, child + object, arena, out);
    }
    plx_buffer_byte(out, object ? '}' : ']');
}

/* Exactly its bytes, so that what is read beyond them is found. */
static char *
copy_of(struct plx_slice text)
{
    char *copy = malloc(text.len ? text.len : 1);

    PLX_ASSERT(copy);
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    return copy;
}

static void
expect_equal(struct plx_slice a, struct plx_slice b, struct plx_arena *arena)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer x = {.body = a, .body_length = a.len, .media_type = {"application/json", 16}},
                      y = {.body = b, .body_length = b.len, .media_type = {"application/json", 16}};
    struct plx_comparison comparison;

    PLX_ASSERT(rules);
    PLX_ASSERT(plx_compare(rules, &x, &y, NULL, arena, &comparison) == PLX_OK && comparison.total == 0);
    PLX_ASSERT(plx_compare(rules, &y, &x, NULL, arena, &comparison) == PLX_OK && comparison.total == 0);
    plx_rules_free(rules);
}

static void
write_and_read_again(const struct plx_document *document, struct plx_arena *arena)
{
    struct plx_document again;
    struct plx_buffer text;

    plx_buffer_init(&text, 64 << 20);
    write_value(document, 0, arena, &text);
    PLX_ASSERT(!text.failed);
    char *copy = copy_of(plx_buffer_slice(&text));
    PLX_ASSERT(plx_json_read(plx_slice_make(copy, text.len), NULL, arena, &again, NULL) == PLX_OK);
    PLX_ASSERT(!json_fault(&again) && again.count == document->count);
    for (uint32_t i = 0; i < again.count; i++)
        PLX_ASSERT(again.nodes[i].type == document->nodes[i].type && again.nodes[i].next == document->nodes[i].next);
    expect_equal(document->text, plx_slice_make(copy, text.len), arena);
    free(copy);
    plx_buffer_fini(&text);
}

/* ---- every value by its pointer, every container by its text ---- */

static void
put_step(const struct plx_document *document, uint32_t key, struct plx_arena *arena, struct plx_buffer *pointer)
{
    struct plx_slice text;

    PLX_ASSERT(plx_json_unescape(document, key, arena, &text) == PLX_OK);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '~' || text.ptr[i] == '/')
            plx_buffer_text(pointer, text.ptr[i] == '~' ? "~0" : "~1");
        else
            plx_buffer_byte(pointer, text.ptr[i]);
}

static void
look_up(const struct plx_document *document, uint32_t node, struct plx_arena *arena, struct plx_buffer *pointer)
{
    const struct plx_node *at = &document->nodes[node];
    bool object = at->type == PLX_OBJECT;
    uint32_t found = UINT32_MAX, index = 0;
    struct plx_slice text = plx_json_text(document, node);
    struct plx_document part;

    PLX_ASSERT(plx_json_resolve(document, plx_buffer_slice(pointer), &found) == PLX_OK);
    PLX_ASSERT(found == node);
    if (at->type != PLX_STRING) { /* what a value's text is, it is on its own as well */
        PLX_ASSERT(plx_json_read(text, NULL, arena, &part, NULL) == PLX_OK);
        PLX_ASSERT(part.count == at->next - node);
    }
    if (at->type < PLX_ARRAY)
        return;
    for (uint32_t child = node + 1; child < at->next; child = document->nodes[child + object].next) {
        size_t len = pointer->len;
        bool last = true;
        plx_buffer_byte(pointer, '/');
        if (object) {
            struct plx_slice key;
            put_step(document, child, arena, pointer);
            PLX_ASSERT(plx_json_unescape(document, child, arena, &key) == PLX_OK);
            last = plx_json_member(document, node, key) == child + 1;
        } else {
            plx_buffer_number(pointer, index++);
        }
        if (last) /* of repeated keys only the last can be looked into */
            look_up(document, child + object, arena, pointer);
        pointer->len = len;
    }
}

/* ---- numbers ---- */

static int
sign_of(int order)
{
    return (order > 0) - (order < 0);
}

static void
order_numbers(const struct plx_document *document)
{
    struct plx_slice numbers[NUMBERS_MAX];
    int orders[NUMBERS_MAX][NUMBERS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < document->count && count < NUMBERS_MAX; i++)
        if (document->nodes[i].type == PLX_NUMBER)
            numbers[count++] = plx_json_text(document, i);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++)
            orders[i][k] = sign_of(plx_decimal_compare(numbers[i], numbers[k]));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            PLX_ASSERT(orders[i][k] == -orders[k][i]);
            for (size_t m = 0; m < count; m++)
                PLX_ASSERT(orders[i][k] < 0 || orders[k][m] < 0 ||
                           orders[i][m] == (orders[i][k] > 0 || orders[k][m] > 0));
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    struct plx_json_error error = {0};
    char *text = copy_of(plx_slice_make(data, size));

    PLX_ASSERT(arena);
    enum plx_status status = plx_json_read(plx_slice_make(text, size), NULL, arena, &document, &error);
    if (status == PLX_OK) {
        const char *fault = json_fault(&document);
        PLX_ASSERT(!fault);
        write_and_read_again(&document, arena);
        order_numbers(&document);
        if (document.count <= POINTERS_MAX) {
            struct plx_buffer pointer;
            plx_buffer_init(&pointer, 1 << 20);
            look_up(&document, 0, arena, &pointer);
            plx_buffer_fini(&pointer);
        }
    } else {
        PLX_ASSERT(status == PLX_E_SYNTAX || status == PLX_E_ENCODING || status == PLX_E_DEPTH);
        PLX_ASSERT(error.offset <= size && error.line > 0 && error.column > 0 && error.expected);
    }
    plx_arena_free(arena);
    free(text);
    return 0;
}
