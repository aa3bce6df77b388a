/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers as old servers spell them. The strict reader is asked first and takes nearly all; only what it refuses is
 * mended, as a copy, which it then reads. So there is one reader, and what is passed on has been read by it.
 */
#include "traffic/http1/answer.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "message/nocase.h"
#include "traffic/http1/head.h"
#include "traffic/http1/octets.h"

/* What the fields so far say of the body's end. */
struct framing_fields {
    bool length_given, chunked_given;
    uint64_t length;
};

/* ---- fields ---- */

/* The name in front of a colon, blanks between them or not; *value: what follows the colon. Empty: there is none. */
static struct plx_slice
name_of(const char *line, size_t len, const char **value)
{
    const char *ptr = line, *end = line + len;

    while (ptr < end && plx_http_is(*ptr, PLX_OCTET_TOKEN))
        ptr++;
    struct plx_slice name = plx_slice_make(line, (size_t)(ptr - line));
    while (ptr < end && plx_ascii_is_blank(*ptr))
        ptr++;
    if (ptr == end || *ptr != ':')
        return plx_slice_make(line, 0);
    *value = ptr + 1;
    return name;
}

static bool
frames(enum plx_http_header_id id)
{
    return id == PLX_HEADER_CONTENT_LENGTH || id == PLX_HEADER_TRANSFER_ENCODING;
}

static void
without_controls(char *ptr, const char *end)
{
    for (; ptr < end; ptr++)
        if (!plx_http_is(*ptr, PLX_OCTET_VALUE))
            *ptr = ' ';
}

size_t
plx_http_mend_field(char *line, size_t len)
{
    const char *value = NULL;
    struct plx_slice name = name_of(line, len, &value);

    if (name.len == 0)
        return len;
    size_t rest = (size_t)(line + len - value);
    char *colon = line + name.len;
    *colon = ':';
    memmove(colon + 1, value, rest);
    if (!frames(plx_http_header_id_of(plx_slice_make(line, name.len))))
        without_controls(colon + 1, colon + 1 + rest);
    return name.len + 1 + rest;
}

/* ---- what frames the answer ---- */

static struct plx_slice
trimmed(struct plx_slice text)
{
    while (text.len && plx_ascii_is_blank(text.ptr[0]))
        text = plx_slice_make(text.ptr + 1, text.len - 1);
    while (text.len && plx_ascii_is_blank(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* The next element of a list, empty ones too; false: there is none. */
static bool
next_element(struct plx_slice *list, struct plx_slice *element)
{
    if (!list->ptr)
        return false;
    const char *comma = list->len ? memchr(list->ptr, ',', list->len) : NULL;
    size_t len = comma ? (size_t)(comma - list->ptr) : list->len;
    *element = trimmed(plx_slice_make(list->ptr, len));
    *list = comma ? plx_slice_make(comma + 1, list->len - len - 1) : plx_slice_make(NULL, 0);
    return true;
}

static bool
read_number(struct plx_slice text, uint64_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.len; i++)
        if (!plx_http_is(text.ptr[i], PLX_OCTET_DIGIT) || __builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.ptr[i] - '0'), &value))
            return false;
    *number = value;
    return text.len > 0;
}

enum line {
    LINE_KEPT,    /* as it is: for the strict reader to judge */
    LINE_WRITTEN, /* in another way */
    LINE_DROPPED, /* it repeats an earlier one */
    LINE_DIFFERS, /* it contradicts an earlier one, or itself */
};

static enum line
mend_length(struct plx_buffer *out, struct plx_slice value, struct framing_fields *fields)
{
    bool repeats = fields->length_given;
    struct plx_slice element;
    uint64_t number;

    while (next_element(&value, &element)) {
        if (!read_number(element, &number))
            return LINE_KEPT;
        if (fields->length_given && number != fields->length)
            return LINE_DIFFERS;
        fields->length_given = true;
        fields->length = number;
    }
    if (repeats)
        return LINE_DROPPED;
    plx_buffer_text(out, "Content-Length: ");
    plx_buffer_number(out, fields->length);
    return LINE_WRITTEN;
}

static enum line
mend_coding(struct plx_buffer *out, struct plx_slice value, struct framing_fields *fields)
{
    struct plx_slice element;

    while (next_element(&value, &element))
        if (!PLX_HTTP_EQUAL(element, "chunked"))
            return LINE_KEPT;
    if (fields->chunked_given)
        return LINE_DROPPED;
    fields->chunked_given = true;
    plx_buffer_text(out, "Transfer-Encoding: chunked");
    return LINE_WRITTEN;
}

/* ---- lines ---- */

static enum line
mend_line(struct plx_buffer *out, struct plx_slice line, struct framing_fields *fields)
{
    const char *value = NULL;
    struct plx_slice name = name_of(line.ptr, line.len, &value);
    enum plx_http_header_id id = plx_http_header_id_of(name);
    struct plx_slice said = plx_slice_make(value, name.len ? (size_t)(line.ptr + line.len - value) : 0);
    enum line done = LINE_KEPT;

    if (id == PLX_HEADER_CONTENT_LENGTH)
        done = mend_length(out, said, fields);
    else if (id == PLX_HEADER_TRANSFER_ENCODING)
        done = mend_coding(out, said, fields);
    if (done != LINE_KEPT)
        return done;
    size_t before = out->len;
    plx_buffer_add(out, line);
    if (!out->failed)
        out->len = before + plx_http_mend_field(out->ptr + before, line.len);
    return LINE_WRITTEN;
}

/* The line at ptr without its end; *next is behind that. The end is there. */
static struct plx_slice
line_at(const char *ptr, const char *end, const char **next)
{
    const char *lf = memchr(ptr, '\n', (size_t)(end - ptr));

    *next = lf + 1;
    return plx_slice_make(ptr, (size_t)(lf - ptr) - (lf > ptr && lf[-1] == '\r'));
}

/* NULL, or why it is refused. */
static const char *
mend(struct plx_slice bytes, struct plx_buffer *out)
{
    struct framing_fields fields = {.length_given = false};
    const char *ptr = bytes.ptr, *end = bytes.ptr + bytes.len;
    struct plx_slice line = line_at(ptr, end, &ptr);

    plx_buffer_clear(out);
    plx_buffer_add(out, line);
    if (!out->failed)
        without_controls(out->ptr, out->ptr + out->len);
    plx_buffer_text(out, "\r\n");
    while (ptr < end && !out->failed) {
        line = line_at(ptr, end, &ptr);
        enum line done = line.len ? mend_line(out, line, &fields) : LINE_WRITTEN;
        if (done == LINE_DIFFERS)
            return "values of Content-Length that differ";
        if (done == LINE_WRITTEN)
            plx_buffer_text(out, "\r\n");
    }
    return NULL;
}

/* The end of a head whose lines may end in LF alone; *scanned: where the last line that is not whole begins. */
static enum plx_status
find_end(struct plx_slice bytes, size_t *scanned, size_t *end)
{
    const char *limit = bytes.ptr + (bytes.len < PLX_HTTP_HEAD_MAX ? bytes.len : PLX_HTTP_HEAD_MAX);
    const char *ptr = bytes.ptr + *scanned, *lf;

    while ((lf = memchr(ptr, '\n', (size_t)(limit - ptr)))) {
        bool empty = lf == ptr || (lf == ptr + 1 && *ptr == '\r');
        ptr = lf + 1;
        if (empty) {
            *end = (size_t)(ptr - bytes.ptr);
            return PLX_OK;
        }
        *scanned = (size_t)(ptr - bytes.ptr);
    }
    return bytes.len < PLX_HTTP_HEAD_MAX ? PLX_AGAIN : PLX_E_LIMIT;
}

static enum plx_status
read_odd(struct plx_slice bytes, struct plx_http_answer_reader *reader, enum plx_http_method request,
         struct plx_buffer *mended, struct plx_http1_head *head, size_t *used, struct plx_http_error *error)
{
    enum plx_status status = find_end(bytes, &reader->scanned, used);
    size_t scanned = 0;

    if (status == PLX_E_LIMIT)
        return plx_http_refuse(error, PLX_E_LIMIT, 502, "the head is too long");
    if (status != PLX_OK)
        return status;
    const char *fault = mend(plx_slice_make(bytes.ptr, *used), mended);
    if (fault)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 502, fault);
    if (mended->failed)
        return plx_http_refuse(error, PLX_E_LIMIT, 502, "too many headers");
    status = plx_http_read_response(plx_buffer_slice(mended), &scanned, request, head, error);
    if (status == PLX_AGAIN)
        return plx_http_refuse(error, PLX_E_PROTOCOL, 502, "the head does not end where its lines do");
    return status;
}

enum plx_status
plx_http_read_answer(struct plx_slice bytes, struct plx_http_answer_reader *reader, enum plx_http_method request,
                     struct plx_buffer *mended, struct plx_http1_head *head, size_t *used, struct plx_http_error *error)
{
    static const char version[] = "HTTP/1.";

    if (!reader->odd) {
        enum plx_status status = plx_http_read_response(bytes, &reader->scanned, request, head, error);
        if (status == PLX_OK)
            *used = head->bytes.len;
        if (status != PLX_E_PROTOCOL || bytes.len < sizeof(version) - 1 ||
            memcmp(bytes.ptr, version, sizeof(version) - 1) != 0)
            return status;
        *reader = (struct plx_http_answer_reader){.odd = true};
    }
    return read_odd(bytes, reader, request, mended, head, used, error);
}
