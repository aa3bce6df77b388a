/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses, slices, the version, and calls into the embedder's allocator. */
#include "base/alloc.h"
#include <parallax/parallax.h>

#include <stdlib.h>

const char *
plx_version(void)
{
    return PLX_VERSION;
}

const char *
plx_status_text(enum plx_status status)
{
    switch (status) {
#define STATUS_CASE(name, number, text)                                                                                \
    case name:                                                                                                         \
        return text;
        PLX_STATUS_MAP(STATUS_CASE)
#undef STATUS_CASE
    }
    return "unknown status";
}

static unsigned char
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool
plx_slice_equal_nocase(struct plx_slice a, struct plx_slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower((unsigned char)a.ptr[i]) != lower((unsigned char)b.ptr[i]))
            return false;
    return true;
}

void *
plx_alloc(const struct plx_allocator *allocator, size_t size)
{
    return plx_resize(allocator, NULL, 0, size);
}

void *
plx_resize(const struct plx_allocator *allocator, void *ptr, size_t old_size, size_t new_size)
{
    return allocator ? allocator->resize(allocator->context, ptr, old_size, new_size) : realloc(ptr, new_size);
}

void
plx_release(const struct plx_allocator *allocator, void *ptr, size_t size)
{
    if (!ptr)
        return;
    if (allocator)
        allocator->release(allocator->context, ptr, size);
    else
        free(ptr);
}
