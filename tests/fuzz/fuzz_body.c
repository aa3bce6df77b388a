/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the type, the codings and the bytes, a body is read within its bounds, what is a document holds together,
 * and a body is the same as itself under another coding's name only where that says the same.
 *
 * The input: a media type, codings and the body, with a zero byte between them.
 */
#include "../unit/json_kit.h"
#include "base/arena.h"
#include "base/assert.h"
#include "body/body.h"
#include "compare/spending.h"

#include <stdlib.h>

#define DECODED_MAX (1u << 18)
#define MEMORY_MAX  ((uint64_t)8 << 20)
#define WORK_MAX    ((uint64_t)1 << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct plx_slice
take_part(struct plx_slice *rest)
{
    const char *zero = rest->len ? memchr(rest->ptr, '\0', rest->len) : NULL;
    struct plx_slice part = plx_slice_make(rest->ptr, zero ? (size_t)(zero - rest->ptr) : rest->len);
    size_t used = part.len + (zero != NULL);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return part;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice rest = plx_slice_make(data, size), type = take_part(&rest), codings = take_part(&rest);
    const struct plx_header headers[] = {{plx_slice_of("Content-Type"), type},
                                         {plx_slice_of("Content-Encoding"), codings}};
    char *copy = malloc(rest.len ? rest.len : 1); /* exactly its bytes, so that what is read beyond them is found */

    PLX_ASSERT(copy);
    if (rest.len)
        memcpy(copy, rest.ptr, rest.len);
    struct plx_answer answer = {
        .headers = headers, .header_count = 2, .body = plx_slice_make(copy, rest.len), .body_length = rest.len};
    struct plx_answer empty = {.headers = headers, .header_count = 2};
    struct plx_compare_limits limits = {
        .decoded_bytes_max = DECODED_MAX, .memory_max = MEMORY_MAX, .values_max = 1 << 17, .work_max = WORK_MAX};
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_comparison comparison;
    struct plx_body body;
    PLX_ASSERT(arena && rules);
    struct plx_spending spending;
    plx_spending_begin(&spending, &limits, arena, false);
    enum plx_status status = plx_body_read(&answer, &limits, &spending.work, arena, &body);
    plx_spending_end(&spending);
    PLX_ASSERT(status == PLX_OK || status == PLX_E_TOO_LARGE || status == PLX_E_UNSUPPORTED);
    PLX_ASSERT(plx_arena_size(arena) <= MEMORY_MAX + (1 << 16));
    if (status == PLX_OK) {
        PLX_ASSERT(body.text.len <= DECODED_MAX || body.text.len <= 2 * rest.len);
        if (plx_body_is_tree(body.type))
            PLX_ASSERT(!json_fault(&body.tree));
        else
            PLX_ASSERT(body.type == PLX_BODY_TEXT || body.type == PLX_BODY_BYTES);
    }
    PLX_ASSERT(plx_compare(rules, &answer, &answer, &limits, arena, &comparison) == PLX_OK && comparison.total == 0);
    enum plx_status compared = plx_compare(rules, &answer, &empty, &limits, arena, &comparison);
    /* What is too large to be read may yet be known to be longer than nothing. */
    PLX_ASSERT(compared == status || (status == PLX_E_TOO_LARGE && compared == PLX_OK && comparison.total == 1));
    plx_rules_free(rules);
    plx_arena_free(arena);
    free(copy);
    return 0;
}
