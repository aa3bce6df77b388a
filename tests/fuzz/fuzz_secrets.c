/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the bytes, redaction stays within its bound, and tells secrets in order and apart from each other. */
#include "base/assert.h"
#include "secrets/secret_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t end, size;
};

static bool
check_range(void *context, const struct plx_secret_range *range)
{
    struct seen *seen = context;

    PLX_ASSERT(range->from >= seen->end && range->from < range->to && range->to <= seen->size);
    seen->end = range->to;
    return true;
}

static void
clean(struct plx_slice text, enum plx_secret_text kind, struct plx_buffer *out)
{
    plx_buffer_init(out, text.len * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH);
    plx_secrets_write(NULL, text, kind, SIZE_MAX, out);
    PLX_ASSERT(!out->failed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1); /* exactly its bytes, so that what is read beyond them is found */
    struct plx_slice text = {copy, size};

    PLX_ASSERT(copy);
    if (size)
        memcpy(copy, data, size);
    for (int kind = PLX_SECRET_ANY_TEXT; kind <= PLX_SECRET_FORM; kind++) {
        struct seen seen = {0, size};
        struct plx_buffer once;
        plx_secrets_find(NULL, text, (enum plx_secret_text)kind, check_range, &seen);
        clean(text, (enum plx_secret_text)kind, &once);
        plx_buffer_fini(&once);
    }
    free(copy);
    return 0;
}
