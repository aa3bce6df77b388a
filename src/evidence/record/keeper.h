/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values with all that they point to in one piece of memory: arrays first, since they are to be aligned, texts behind
 * them. Whoever keeps a value walks over it twice: the first walk only counts, the second one copies and points to the
 * copies.
 */
#ifndef PLX_RECORD_KEEPER_H
#define PLX_RECORD_KEEPER_H

#include <parallax/base.h>
#include <string.h>

struct plx_keeper {
    char *memory;         /* NULL: of the first walk */
    size_t arrays, texts; /* bytes so far; of the second walk where the next one comes to stand */
};

/* Its elements' size is a multiple of what they are aligned to. */
static inline void *
plx_keep_array(struct plx_keeper *keeper, const void *array, size_t bytes)
{
    void *kept = (void *)(uintptr_t)array;

    if (keeper->memory) {
        kept = keeper->memory + keeper->arrays;
        if (bytes)
            memcpy(kept, array, bytes);
    }
    keeper->arrays += bytes;
    return kept;
}

static inline void
plx_keep_text(struct plx_keeper *keeper, struct plx_slice *text)
{
    if (keeper->memory) {
        char *kept = keeper->memory + keeper->texts;
        if (text->len)
            memcpy(kept, text->ptr, text->len);
        text->ptr = kept;
    }
    keeper->texts += text->len;
}

/* Between the walks: memory for both, and where they begin. */
static inline void
plx_keeper_begin(struct plx_keeper *keeper, char *memory)
{
    *keeper = (struct plx_keeper){.memory = memory, .texts = keeper->arrays};
}

#endif
