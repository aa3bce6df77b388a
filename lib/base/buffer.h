/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that grow up to a maximum given at the start. A failure sticks: after it nothing more is appended, so that a
 * writer may append many times and look at `failed` once.
 */
#ifndef PLX_BASE_BUFFER_H
#define PLX_BASE_BUFFER_H

#include <parallax/base.h>
#include <stdarg.h>

struct plx_buffer {
    char *ptr; /* owned; NULL until the first byte */
    size_t len, cap, max;
    bool failed; /* the maximum was reached, or there was no memory */
    const struct plx_allocator *allocator;
};

static inline struct plx_slice
plx_buffer_slice(const struct plx_buffer *buffer)
{
    return plx_slice_make(buffer->ptr, buffer->len);
}

void plx_buffer_init(struct plx_buffer *buffer, size_t max);
void plx_buffer_init_in(struct plx_buffer *buffer, size_t max, const struct plx_allocator *allocator);
void plx_buffer_fini(struct plx_buffer *buffer);  /* frees; the buffer is then as after init */
void plx_buffer_clear(struct plx_buffer *buffer); /* empties, keeps the memory, forgets a failure */
/* Frees the memory where more than keep bytes are held, else only empties. */
void plx_buffer_trim(struct plx_buffer *buffer, size_t keep);
/* Room for size more bytes at ptr + len; false (and failed) where that is beyond max or there is no memory. */
bool plx_buffer_reserve(struct plx_buffer *buffer, size_t size);
void plx_buffer_append(struct plx_buffer *buffer, const void *ptr, size_t len);
void plx_buffer_add(struct plx_buffer *buffer, struct plx_slice slice);
void plx_buffer_text(struct plx_buffer *buffer, const char *text);
void plx_buffer_byte(struct plx_buffer *buffer, char c);
void plx_buffer_number(struct plx_buffer *buffer, uint64_t number);
void plx_buffer_format(struct plx_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void plx_buffer_drop(struct plx_buffer *buffer, size_t len); /* the first len bytes */
/*
 * Appends the value of a label of Prometheus text (0.0.4), without its quotes, escaped. Control characters, those that
 * turn the direction of a text or are not seen, and bytes that are no UTF-8 become \u and hex digits, as text.
 */
void plx_buffer_label(struct plx_buffer *buffer, struct plx_slice value);

#endif
