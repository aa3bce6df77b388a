/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template is read or refused with a reason, and filled in within its bounds, whatever the call says; as JSON it
 * gives JSON. The input: the template, the target, a header's value, the body, with a zero byte between them.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "traffic/spy/template.h"

#include <stdlib.h>

#define OUT_MAX (1u << 20)

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

static void
fill_in(const struct plx_template *made, const struct plx_template_call *call, struct plx_arena *arena,
        struct plx_buffer *out)
{
    plx_buffer_init(out, OUT_MAX);
    PLX_ASSERT(plx_template_write(made, call, arena, out) == PLX_OK);
    PLX_ASSERT(out->len <= OUT_MAX);
}

static void
check_json(const struct plx_template_call *call, struct plx_arena *arena)
{
    static const char text[] =
        "[{{json path.1}},{{json query.a}},{{json header.X}},{{json body}},{{json body/a}},{{json id}}]";
    struct plx_template *made = NULL;
    struct plx_template_error error;
    struct plx_document document;
    struct plx_buffer out;

    PLX_ASSERT(plx_template_new(plx_slice_of(text), &error, &made) == PLX_OK);
    fill_in(made, call, arena, &out);
    /* a value of the body may be nested as deep as the reader allows, and stands one level deeper here */
    enum plx_status status = plx_json_read(plx_buffer_slice(&out), NULL, arena, &document, NULL);
    PLX_ASSERT(out.failed || status == PLX_E_DEPTH || (status == PLX_OK && document.nodes[0].length == 6));
    plx_template_free(made);
    plx_buffer_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plx_slice rest = plx_slice_make(data, size), text = take_part(&rest), target = take_part(&rest);
    const struct plx_header headers[] = {{plx_slice_of("X"), take_part(&rest)}};
    const struct plx_template_call call = {plx_slice_of("PUT"), target, headers, 1, rest, size, plx_slice_of("1")};
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_template *made = NULL;
    struct plx_template_error error = {"", NULL};
    struct plx_buffer out;

    PLX_ASSERT(arena);
    if (plx_template_new(text, &error, &made) == PLX_OK) {
        fill_in(made, &call, arena, &out);
        plx_buffer_fini(&out);
    } else {
        PLX_ASSERT(!made && *error.what && error.mend);
    }
    check_json(&call, arena);
    plx_template_free(made);
    plx_arena_free(arena);
    return 0;
}
