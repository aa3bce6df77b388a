/* SPDX-License-Identifier: Apache-2.0 */
/* Growing bytes with a maximum. */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES 256u

void
plx_buffer_init(struct plx_buffer *buffer, size_t max)
{
    *buffer = (struct plx_buffer){.max = max};
}

void
plx_buffer_fini(struct plx_buffer *buffer)
{
    free(buffer->ptr);
    plx_buffer_init(buffer, buffer->max);
}

void
plx_buffer_clear(struct plx_buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = false;
}

void
plx_buffer_trim(struct plx_buffer *buffer, size_t keep)
{
    if (buffer->cap > keep)
        plx_buffer_fini(buffer);
    else
        plx_buffer_clear(buffer);
}

bool
plx_buffer_reserve(struct plx_buffer *buffer, size_t size)
{
    if (buffer->failed)
        return false;
    if (buffer->cap - buffer->len >= size && buffer->cap >= buffer->len)
        return true;
    if (size > buffer->max || buffer->len > buffer->max - size) {
        buffer->failed = true;
        return false;
    }
    size_t need = buffer->len + size;
    size_t cap = buffer->cap ? buffer->cap : FIRST_BYTES;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > buffer->max)
        cap = buffer->max;
    char *ptr = realloc(buffer->ptr, cap);
    if (!ptr) {
        buffer->failed = true;
        return false;
    }
    buffer->ptr = ptr;
    buffer->cap = cap;
    return true;
}

void
plx_buffer_append(struct plx_buffer *buffer, const void *ptr, size_t len)
{
    if (len == 0 || buffer->failed)
        return;
    /* The maximum may have been set lower than the memory that is held from before. */
    if (len > buffer->max || buffer->len > buffer->max - len) {
        buffer->failed = true;
        return;
    }
    if (!plx_buffer_reserve(buffer, len))
        return;
    memcpy(buffer->ptr + buffer->len, ptr, len);
    buffer->len += len;
}

void
plx_buffer_add(struct plx_buffer *buffer, struct plx_slice slice)
{
    plx_buffer_append(buffer, slice.ptr, slice.len);
}

void
plx_buffer_text(struct plx_buffer *buffer, const char *text)
{
    plx_buffer_append(buffer, text, strlen(text));
}

void
plx_buffer_byte(struct plx_buffer *buffer, char c)
{
    plx_buffer_append(buffer, &c, 1);
}

void
plx_buffer_number(struct plx_buffer *buffer, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    plx_buffer_append(buffer, digits + at, sizeof(digits) - at);
}

void
plx_buffer_format(struct plx_buffer *buffer, const char *format, ...)
{
    va_list arguments;

    if (buffer->failed)
        return;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    /* One byte more for the NUL, which is not counted in. */
    if (len < 0 || !plx_buffer_reserve(buffer, (size_t)len + 1)) {
        buffer->failed = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(buffer->ptr + buffer->len, (size_t)len + 1, format, arguments);
    va_end(arguments);
    buffer->len += (size_t)len;
}

void
plx_buffer_drop(struct plx_buffer *buffer, size_t len)
{
    if (len >= buffer->len) {
        buffer->len = 0;
        return;
    }
    if (len == 0)
        return;
    memmove(buffer->ptr, buffer->ptr + len, buffer->len - len);
    buffer->len -= len;
}
