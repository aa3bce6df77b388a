/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON reader: whatever it accepts has a tape as it should be, is read to the same tape when it is written anew, compares as equal to itself and to its
 * rewriting; and comparing any two halves of the input never fails but for want of memory, and finds the same number of differences either way.
 */
#include "base/arena.h"
#include "json/text.h"
#include "json/writer.h"
#include "unit/json_valid.h"
#include <parallax/parallax.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            abort();                                                                                                   \
    } while (0)

static struct plx_json_writer writer;

/* Writes a value: strings by their characters, numbers as they are. */
static uint32_t
rewrite(const struct plx_document *document, uint32_t node, struct plx_arena *arena)
{
    const struct plx_node *at = &document->nodes[node];
    struct plx_slice text;

    switch ((enum plx_type)at->type) {
    case PLX_STRING:
        CHECK(plx_json_unescape(document, node, arena, &text) == PLX_OK);
        /* A lone surrogate has no UTF-8: such a string goes as it was written. */
        if (at->flags & PLX_NODE_ESCAPED) {
            struct plx_slice raw = plx_json_raw_string(document, node);
            plx_json_raw(&writer, plx_slice_make(raw.ptr - 1, raw.len + 2));
        } else {
            plx_json_string(&writer, text);
        }
        break;
    case PLX_ARRAY:
        plx_json_begin_array(&writer);
        for (uint32_t child = node + 1; child < at->next;)
            child = rewrite(document, child, arena);
        plx_json_end_array(&writer);
        break;
    case PLX_OBJECT:
        plx_json_begin_object(&writer);
        for (uint32_t child = node + 1; child < at->next;) {
            struct plx_slice raw = plx_json_raw_string(document, child);
            plx_json_raw(&writer, plx_slice_make(raw.ptr - 1, raw.len + 2));
            plx_buffer_byte(writer.out, ':');
            writer.comma = false;
            child = rewrite(document, child + 1, arena);
        }
        plx_json_end_object(&writer);
        break;
    default:
        plx_json_raw(&writer, plx_json_text(document, node));
    }
    return at->next;
}

static uint64_t
differences(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_arena *arena)
{
    struct plx_answer x = {.body = a, .body_length = a.len, .json = true}, y = {.body = b, .body_length = b.len, .json = true};
    struct plx_comparison comparison = {0};

    CHECK(plx_compare(rules, &x, &y, NULL, arena, &comparison) == PLX_OK);
    CHECK(comparison.count <= comparison.total);
    return comparison.total + comparison.ruled_out;
}

static void
check_numbers(const struct plx_document *document)
{
    for (uint32_t i = 0; i + 1 < document->count && i < 64; i++) {
        if (document->nodes[i].type != PLX_NUMBER || document->nodes[i + 1].type != PLX_NUMBER)
            continue;
        struct plx_slice a = plx_json_text(document, i), b = plx_json_text(document, i + 1);
        CHECK(plx_decimal_compare(a, a) == 0);
        CHECK(plx_decimal_compare(a, b) == -plx_decimal_compare(b, a));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_slice text = plx_slice_make(data, size);
    struct plx_document document, again;
    struct plx_buffer out;

    plx_buffer_init(&out, 8 * size + 64);
    CHECK(plx_rules_ignore(rules, plx_slice_of("/a/**/b"), NULL) == PLX_OK);
    CHECK(plx_rules_redact(rules, plx_slice_of("/*/c"), NULL) == PLX_OK);
    if (plx_json_read(text, NULL, arena, &document, NULL) == PLX_OK) {
        CHECK(plx_document_valid(&document));
        check_numbers(&document);
        plx_json_writer_init(&writer, &out);
        rewrite(&document, 0, arena);
        CHECK(!out.failed);
        CHECK(plx_json_read(plx_buffer_slice(&out), NULL, arena, &again, NULL) == PLX_OK);
        CHECK(again.count == document.count && plx_document_valid(&again));
        CHECK(differences(rules, text, plx_buffer_slice(&out), arena) == 0);
        for (uint32_t i = 0; i < document.count && i < 256; i++)
            CHECK(plx_json_text(&document, i).len <= size);
    }
    for (size_t cut = 0; cut <= size; cut += size / 3 + 1) {
        struct plx_slice a = plx_slice_make(data, cut), b = plx_slice_make(data + cut, size - cut);
        CHECK(differences(rules, a, b, arena) == differences(rules, b, a, arena));
    }
    plx_buffer_fini(&out);
    plx_rules_free(rules);
    plx_arena_free(arena);
    return 0;
}
