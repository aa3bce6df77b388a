/* SPDX-License-Identifier: Apache-2.0 */
/* Heads, lengths and chunks, a byte or a run at a time. */
#include "reading.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX (64u * 1024)
#define LINE_MAX 64u

void
sim_reader_init(struct sim_reader *reader)
{
    memset(reader, 0, sizeof(*reader));
    plx_buffer_init(&reader->head, HEAD_MAX);
    plx_buffer_init(&reader->line, LINE_MAX);
    plx_buffer_init(&reader->trailer, HEAD_MAX);
}

void
sim_reader_fini(struct sim_reader *reader)
{
    plx_buffer_fini(&reader->head);
    plx_buffer_fini(&reader->line);
    plx_buffer_fini(&reader->trailer);
}

struct plx_slice
sim_header(struct plx_slice head, const char *name)
{
    size_t len = strlen(name);
    const char *at = head.ptr, *end = head.ptr + head.len;

    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        at++;
        if ((size_t)(end - at) <= len + 1 || strncasecmp(at, name, len) != 0 || at[len] != ':')
            continue;
        const char *from = at + len + 1, *to = memchr(from, '\r', (size_t)(end - from));
        while (from < to && *from == ' ')
            from++;
        return plx_slice_make(from, (size_t)(to - from));
    }
    return plx_slice_make("", 0);
}

long
sim_number(struct plx_slice text)
{
    char copy[24] = "";

    memcpy(copy, text.ptr, text.len < sizeof(copy) - 1 ? text.len : sizeof(copy) - 1);
    return strtol(copy, NULL, 10);
}

/* A line into the buffer, with its end. false: there is more of it to come. */
static bool
take_line(struct plx_buffer *into, struct plx_slice *input)
{
    const char *end = memchr(input->ptr, '\n', input->len);
    size_t len = end ? (size_t)(end - input->ptr) + 1 : input->len;

    plx_buffer_append(into, input->ptr, len);
    input->ptr += len;
    input->len -= len;
    return end != NULL;
}

static bool
ends_with(const struct plx_buffer *buffer, const char *text)
{
    size_t len = strlen(text);

    return buffer->len >= len && memcmp(buffer->ptr + buffer->len - len, text, len) == 0;
}

static enum sim_read
take_data(struct sim_reader *reader, struct plx_slice *input, struct plx_slice *data)
{
    size_t len = reader->state == SIM_AT_REST || input->len < reader->left ? input->len : (size_t)reader->left;

    *data = plx_slice_make(input->ptr, len);
    input->ptr += len;
    input->len -= len;
    if (reader->state == SIM_AT_REST)
        return SIM_READ_DATA;
    reader->left -= len;
    if (reader->left == 0)
        reader->state = reader->state == SIM_AT_CHUNK ? SIM_AT_CHUNK_END : SIM_AT_END;
    return SIM_READ_DATA;
}

/* "1f\r\n" */
static bool
read_chunk_line(struct sim_reader *reader)
{
    char *end;

    plx_buffer_byte(&reader->line, '\0');
    reader->left = strtoull(reader->line.ptr, &end, 16);
    bool good = end != reader->line.ptr && strcmp(end, "\r\n") == 0;
    plx_buffer_clear(&reader->line);
    reader->state = reader->left ? SIM_AT_CHUNK : SIM_AT_TRAILER;
    return good;
}

static enum sim_read
read_line(struct sim_reader *reader, struct plx_slice *input)
{
    switch (reader->state) {
    case SIM_AT_HEAD:
        if (take_line(&reader->head, input) && ends_with(&reader->head, "\r\n\r\n"))
            return SIM_READ_HEAD;
        return reader->head.failed ? SIM_READ_BAD : SIM_READ_MORE;
    case SIM_AT_CHUNK_LINE:
        if (!take_line(&reader->line, input))
            return reader->line.failed ? SIM_READ_BAD : SIM_READ_MORE;
        return read_chunk_line(reader) ? SIM_READ_MORE : SIM_READ_BAD;
    case SIM_AT_CHUNK_END:
        if (!take_line(&reader->line, input))
            return reader->line.failed ? SIM_READ_BAD : SIM_READ_MORE;
        if (reader->line.len != 2)
            return SIM_READ_BAD;
        plx_buffer_clear(&reader->line);
        reader->state = SIM_AT_CHUNK_LINE;
        return SIM_READ_MORE;
    default: /* a trailer */
        if (!take_line(&reader->trailer, input))
            return reader->trailer.failed ? SIM_READ_BAD : SIM_READ_MORE;
        if (reader->trailer.len == 2 || ends_with(&reader->trailer, "\r\n\r\n")) {
            reader->trailer.len -= 2;
            reader->state = SIM_AT_END;
        }
        return SIM_READ_MORE;
    }
}

enum sim_read
sim_reader_read(struct sim_reader *reader, struct plx_slice *input, struct plx_slice *data)
{
    for (;;) {
        if (reader->state == SIM_AT_END) {
            reader->state = SIM_AT_HEAD;
            plx_buffer_clear(&reader->head);
            return SIM_READ_DONE;
        }
        if (input->len == 0)
            return SIM_READ_MORE;
        if (reader->state == SIM_AT_LENGTH || reader->state == SIM_AT_CHUNK || reader->state == SIM_AT_REST)
            return take_data(reader, input, data);
        enum sim_read read = read_line(reader, input);
        if (read != SIM_READ_MORE)
            return read;
    }
}

bool
sim_reader_body(struct sim_reader *reader, bool none, bool may_end_with_connection)
{
    struct plx_slice head = plx_buffer_slice(&reader->head);
    struct plx_slice length = sim_header(head, "content-length"), coding = sim_header(head, "transfer-encoding");

    plx_buffer_clear(&reader->trailer);
    if (none) {
        reader->state = SIM_AT_END;
        return true;
    }
    if (coding.len) {
        reader->state = SIM_AT_CHUNK_LINE;
        return coding.len == 7 && strncasecmp(coding.ptr, "chunked", 7) == 0 && length.len == 0;
    }
    if (length.len) {
        reader->left = (uint64_t)sim_number(length);
        reader->state = reader->left ? SIM_AT_LENGTH : SIM_AT_END;
        return true;
    }
    reader->state = may_end_with_connection ? SIM_AT_REST : SIM_AT_END;
    return true;
}
