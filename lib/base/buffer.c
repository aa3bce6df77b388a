/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing bytes. The memory doubles, but never beyond the maximum, which is a hard one: the byte that would
 * pass it is refused together with the whole append that it belongs to.
 */
#include "base/buffer.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define CAPACITY_FIRST 256u

void
plx_buffer_init(struct plx_buffer *buffer, size_t max)
{
    plx_buffer_init_in(buffer, max, NULL);
}

void
plx_buffer_init_in(struct plx_buffer *buffer, size_t max, const struct plx_allocator *allocator)
{
    *buffer = (struct plx_buffer){.max = max, .allocator = allocator};
}

void
plx_buffer_fini(struct plx_buffer *buffer)
{
    plx_release(buffer->allocator, buffer->ptr, buffer->cap);
    plx_buffer_init_in(buffer, buffer->max, buffer->allocator);
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
    size_t cap = buffer->cap;
    char *ptr;

    if (buffer->failed)
        return false;
    if (buffer->len > buffer->max || size > buffer->max - buffer->len)
        goto failed;
    if (size <= buffer->cap - buffer->len)
        return true;
    if (cap < CAPACITY_FIRST / 2)
        cap = CAPACITY_FIRST / 2;
    cap = cap > buffer->max / 2 ? buffer->max : cap * 2;
    if (cap < buffer->len + size)
        cap = buffer->len + size;
    ptr = plx_resize(buffer->allocator, buffer->ptr, buffer->cap, cap);
    if (!ptr)
        goto failed;
    buffer->ptr = ptr;
    buffer->cap = cap;
    return true;
failed:
    buffer->failed = true;
    return false;
}

void
plx_buffer_append(struct plx_buffer *buffer, const void *ptr, size_t len)
{
    if (len == 0 || !plx_buffer_reserve(buffer, len))
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

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    plx_buffer_append(buffer, digits + at, sizeof(digits) - at);
}

void
plx_buffer_format(struct plx_buffer *buffer, const char *format, ...)
{
    char small[256], *text = small;
    va_list arguments;
    int len;

    va_start(arguments, format);
    len = vsnprintf(small, sizeof(small), format, arguments);
    va_end(arguments);
    if (len >= (int)sizeof(small)) {
        va_start(arguments, format);
        len = vasprintf(&text, format, arguments);
        va_end(arguments);
    }
    if (len < 0) {
        buffer->failed = true;
        return;
    }
    plx_buffer_append(buffer, text, (size_t)len);
    if (text != small)
        free(text);
}

void
plx_buffer_drop(struct plx_buffer *buffer, size_t len)
{
    PLX_ASSERT(len <= buffer->len);
    if (len == 0)
        return;
    buffer->len -= len;
    memmove(buffer->ptr, buffer->ptr + len, buffer->len);
}

/* A backslash before `u` likewise, so that two values that differ are two series whatever they have. */
void
plx_buffer_label(struct plx_buffer *buffer, struct plx_slice value)
{
    uint32_t code = 0;

    for (size_t at = 0, len; at < value.len; at += len) {
        const char *text = value.ptr + at;
        len = plx_utf8_decode(plx_slice_make(text, value.len - at), &code);
        if (len == 0) {
            code = (unsigned char)*text;
            len = 1;
            plx_buffer_format(buffer, "\\\\u00%02x", code);
        } else if (code == '\n') {
            plx_buffer_text(buffer, "\\n");
        } else if (plx_utf8_is_control(code) || (code == '\\' && at + 1 < value.len && text[1] == 'u')) {
            plx_buffer_format(buffer, "\\\\u%04x", code);
        } else {
            if (code == '\\' || code == '"')
                plx_buffer_byte(buffer, '\\');
            plx_buffer_append(buffer, text, len);
        }
    }
}
