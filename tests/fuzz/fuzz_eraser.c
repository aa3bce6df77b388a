/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the bytes, nothing is read beyond them, and of a value nothing is left as it is. */
#include "base/assert.h"
#include "secrets/eraser.h"

#include <stdlib.h>

#define HEAD 1u /* of the input: a byte that says how long the value is */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether "[erased]" beside what is left could make the value again. */
static bool
may_come_again(struct plx_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (memchr(PLX_ERASED, value.ptr[i], sizeof(PLX_ERASED) - 1))
            return true;
    return false;
}

static void
erase(const struct plx_eraser *eraser, struct plx_slice value, struct plx_slice text, enum plx_erase_text kind)
{
    struct plx_buffer out;

    plx_buffer_init(&out, text.len * (sizeof(PLX_ERASED) + 2) + 64);
    size_t places = plx_erase(eraser, text, kind, SIZE_MAX, &out);
    PLX_ASSERT(!out.failed && (places > 0 || out.len == 0));
    const struct plx_slice left = places ? plx_buffer_slice(&out) : text;
    PLX_ASSERT(kind == PLX_ERASE_JSON || left.len == 0 || may_come_again(value) ||
               !memmem(left.ptr, left.len, value.ptr, value.len));
    places = plx_erase(eraser, text, kind, 0, &out);
    PLX_ASSERT(places == 0 || out.len <= text.len);
    plx_buffer_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size ? PLX_ERASE_MIN + data[0] % 28 : 0;
    struct plx_eraser *eraser;

    if (size < HEAD + len || size == 0)
        return 0;
    const struct plx_slice value = plx_slice_make((const char *)data + HEAD, len);
    if (plx_eraser_new(value, &eraser) != PLX_OK)
        return 0;
    size -= HEAD + len;
    char *copy = malloc(size ? size : 1); /* exactly its bytes, so that what is read beyond them is found */
    PLX_ASSERT(copy);
    memcpy(copy, data + HEAD + len, size);
    for (int kind = PLX_ERASE_PLAIN; kind <= PLX_ERASE_JSON; kind++)
        erase(eraser, value, plx_slice_make(copy, size), (enum plx_erase_text)kind);
    free(copy);
    plx_eraser_free(eraser);
    return 0;
}
