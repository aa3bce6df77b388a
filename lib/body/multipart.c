/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multipart bodies. A delimiter is `--` and the boundary at the beginning of a line, and the line end before it belongs
 * to it, not to the part (RFC 2046, 5.1.1).
 */
#include "body/multipart.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "json/writer.h"

#include <parallax/compare.h>

#define BOUNDARY_MAX 70u /* RFC 2046, 5.1.1 */

struct parts {
    struct plx_slice boundary, rest;
    bool last;
};

/* Goes behind the next delimiter line; *before is what stands before it. false: there is none. */
static bool
next_delimiter(struct parts *parts, struct plx_slice *before)
{
    const char *begin = parts->rest.ptr, *end = begin + parts->rest.len, *at = begin;

    while (at < end) {
        at = memmem(at, (size_t)(end - at), parts->boundary.ptr, parts->boundary.len);
        if (!at)
            return false;
        const char *line = at - 2, *behind = at + parts->boundary.len;
        bool starts = at - begin >= 2 && line[0] == '-' && line[1] == '-' && (line == begin || line[-1] == '\n');
        at++;
        if (!starts)
            continue;
        parts->last = end - behind >= 2 && behind[0] == '-' && behind[1] == '-';
        behind += parts->last ? 2 : 0;
        while (behind < end && plx_ascii_is_blank(*behind))
            behind++;
        if (behind < end && *behind == '\r')
            behind++;
        if (!parts->last && (behind == end || *behind != '\n'))
            continue;
        size_t len = (size_t)(line - begin);
        len -= len && begin[len - 1] == '\n';
        len -= len && begin[len - 1] == '\r';
        *before = plx_slice_make(begin, len);
        behind += behind < end;
        parts->rest = plx_slice_make(behind, (size_t)(end - behind));
        return true;
    }
    return false;
}

/* ---- a part ---- */

struct part {
    struct plx_header headers[PLX_PART_LINES_MAX];
    size_t count;
    struct plx_slice body;
};

/* The CR of a line's end is taken off too. */
static struct plx_slice
trimmed(struct plx_slice text)
{
    while (text.len && (plx_ascii_is_blank(text.ptr[text.len - 1]) || text.ptr[text.len - 1] == '\r'))
        text.len--;
    return plx_slice_trimmed(text);
}

static bool
read_part(struct plx_slice text, struct part *part)
{
    part->count = 0;
    while (text.len) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.ptr) : text.len, used = len + (newline != NULL);
        struct plx_slice line = trimmed(plx_slice_make(text.ptr, len));
        const char *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
        text = plx_slice_make(text.ptr + used, text.len - used);
        if (line.len == 0)
            break;
        if (!colon || colon == line.ptr || part->count == PLX_PART_LINES_MAX)
            return false;
        size_t name = (size_t)(colon - line.ptr);
        part->headers[part->count++] = (struct plx_header){trimmed(plx_slice_make(line.ptr, name)),
                                                           trimmed(plx_slice_make(colon + 1, line.len - name - 1))};
    }
    part->body = text;
    return true;
}

static struct plx_slice
header_of(const struct part *part, const char *name)
{
    for (size_t i = 0; i < part->count; i++)
        if (plx_slice_equal_nocase(part->headers[i].name, plx_slice_of(name)))
            return part->headers[i].value;
    return plx_slice_make(NULL, 0);
}

/* The parameter `name` of its Content-Disposition (RFC 7578, 4.2). */
static struct plx_slice
name_of(const struct part *part)
{
    struct plx_slice text = header_of(part, "Content-Disposition");

    if (text.len == 0)
        return plx_slice_make("", 0);
    const char *at = text.ptr, *end = text.ptr + text.len;
    while ((at = memmem(at, (size_t)(end - at), "name=", 5))) {
        bool whole = at > text.ptr && (plx_ascii_is_blank(at[-1]) || at[-1] == ';');
        at += 5;
        if (!whole)
            continue;
        bool quoted = at < end && *at == '"';
        at += quoted;
        const char *stop = memchr(at, quoted ? '"' : ';', (size_t)(end - at));
        return plx_slice_make(at, (size_t)((stop ? stop : end) - at));
    }
    return plx_slice_make("", 0);
}

static void
write_headers(const struct part *part, struct plx_json_writer *json)
{
    char name[64];

    plx_json_key(json, "headers");
    plx_json_begin_object(json);
    for (size_t i = 0; i < part->count; i++) {
        struct plx_slice from = part->headers[i].name;
        size_t len = from.len < sizeof(name) ? from.len : sizeof(name);
        if (plx_slice_equal_nocase(from, plx_slice_of("Content-Length")))
            continue;
        for (size_t k = 0; k < len; k++)
            name[k] = plx_ascii_lower(from.ptr[k]);
        plx_json_key_slice(json, plx_slice_make(name, len));
        plx_json_string(json, part->headers[i].value);
    }
    plx_json_end_object(json);
}

static enum plx_status
write_part(const struct part *part, plx_part_writer *write, void *context, struct plx_json_writer *json)
{
    plx_json_begin_object(json);
    write_headers(part, json);
    plx_json_key(json, "body");
    enum plx_status status = write(header_of(part, "Content-Type"), part->body, context, json->out);
    json->comma = true;
    plx_json_end_object(json);
    return status;
}

enum plx_status
plx_multipart_write_json(const struct plx_media *media, struct plx_slice text, plx_part_writer *write, void *context,
                         struct plx_buffer *out)
{
    bool named = plx_slice_equal_nocase(media->type, plx_slice_of("multipart/form-data"));
    struct parts parts = {.boundary = media->boundary, .rest = text};
    enum plx_status status = PLX_OK;
    struct plx_json_writer json;
    struct plx_slice before;
    struct part part;

    if (media->boundary.len == 0 || media->boundary.len > BOUNDARY_MAX || text.len == 0 ||
        !next_delimiter(&parts, &before))
        return PLX_E_SYNTAX;
    plx_json_writer_init(&json, out);
    (named ? plx_json_begin_object : plx_json_begin_array)(&json);
    for (unsigned count = 0; status == PLX_OK && !parts.last; count++) {
        if (count == PLX_PARTS_MAX || !next_delimiter(&parts, &before) || !read_part(before, &part))
            return PLX_E_SYNTAX;
        if (named)
            plx_json_key_slice(&json, name_of(&part));
        status = write_part(&part, write, context, &json);
    }
    (named ? plx_json_end_object : plx_json_end_array)(&json);
    return status != PLX_OK ? status : out->failed ? PLX_E_LIMIT : PLX_OK;
}
