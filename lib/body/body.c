/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an answer to its body. A media type says what a body is meant to be; whether it is that, the readers say.
 * Without one, and with those that servers give to anything, the content decides.
 */
#include "body/body.h"

#include "base/arena.h"
#include "base/utf8.h"
#include "body/charset.h"
#include "body/coding.h"
#include "body/lines.h"
#include "body/media.h"
#include "body/multipart.h"
#include "body/xml.h"
#include "json/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#define WRITTEN_MAX_FACTOR \
    7u /* JSON text may be so many times as long as what it is written from: \u00XX, and brackets */

struct reading {
    const struct plx_compare_limits *limits;
    size_t bytes_max;
    struct plx_work *work;
    struct plx_arena *arena;
    unsigned depth; /* of multipart inside multipart */
};

static enum plx_status read_typed(struct reading *r, struct plx_slice media_type, struct plx_slice bytes,
                                  struct plx_body *out);

/* ---- headers ---- */

struct plx_slice
plx_body_media_type(const struct plx_answer *answer)
{
    if (answer->media_type.len)
        return answer->media_type;
    for (size_t i = 0; i < answer->header_count; i++)
        if (plx_slice_equal_nocase(answer->headers[i].name, plx_slice_of("Content-Type")))
            return answer->headers[i].value;
    return plx_slice_make(NULL, 0);
}

enum plx_status
plx_body_codings(const struct plx_answer *answer, struct plx_arena *arena, struct plx_slice *out)
{
    struct plx_slice all = {NULL, 0};

    for (size_t i = 0; i < answer->header_count; i++) {
        struct plx_slice value = answer->headers[i].value;
        if (value.len == 0 || !plx_slice_equal_nocase(answer->headers[i].name, plx_slice_of("Content-Encoding")))
            continue;
        if (all.len == 0) {
            all = value;
            continue;
        }
        char *joined = plx_arena_alloc(arena, all.len + 1 + value.len);
        if (!joined)
            return PLX_E_MEMORY;
        memcpy(joined, all.ptr, all.len);
        joined[all.len] = ',';
        memcpy(joined + all.len + 1, value.ptr, value.len);
        all = plx_slice_make(joined, all.len + 1 + value.len);
    }
    *out = all;
    return PLX_OK;
}

/* ---- documents ---- */

static bool
begins_like_json(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.ptr[i]) || text.ptr[i] == '\0')
            return text.ptr[i] == '{' || text.ptr[i] == '[';
    return false;
}

/* The value of a part: its document, its text, or what tells its bytes from others. */
static enum plx_status
write_part(struct plx_slice media_type, struct plx_slice bytes, void *context, struct plx_buffer *out)
{
    struct reading *r = context;
    struct plx_json_writer json;
    struct plx_body body;
    char digest[80];

    plx_json_writer_init(&json, out);
    r->depth++;
    enum plx_status status = read_typed(r, media_type.len ? media_type : plx_slice_of("text/plain"), bytes, &body);
    r->depth--;
    if (status != PLX_OK)
        return status;
    if (plx_body_is_tree(body.type)) {
        plx_json_raw(&json, body.tree.text);
    } else if (body.type == PLX_BODY_TEXT || body.text.len == 0) {
        plx_json_string(&json, body.text);
    } else {
        XXH128_hash_t hash = XXH3_128bits(body.text.ptr ? body.text.ptr : "", body.text.len);
        snprintf(digest, sizeof(digest), "%zu bytes, XXH3 %016" PRIx64 "%016" PRIx64, body.text.len, hash.high64,
                 hash.low64);
        plx_json_text_value(&json, digest);
    }
    return PLX_OK;
}

static enum plx_status
write_as_json(struct reading *r, const struct plx_media *media, enum plx_body_type type, struct plx_slice text,
              struct plx_buffer *out)
{
    switch (type) {
    case PLX_BODY_NDJSON:
        return plx_ndjson_write_json(text, out);
    case PLX_BODY_FORM:
        return plx_form_write_json(text, out);
    case PLX_BODY_XML:
    case PLX_BODY_HTML:
        return plx_xml_write_json(text, type == PLX_BODY_HTML, r->limits->json.depth_max, r->work, r->arena, out);
    case PLX_BODY_MULTIPART:
        return r->depth < PLX_PARTS_DEPTH_MAX ? plx_multipart_write_json(media, text, write_part, r, out) : PLX_E_DEPTH;
    case PLX_BODY_JSON:
    case PLX_BODY_TEXT:
    case PLX_BODY_BYTES:
        break;
    }
    return PLX_E_ARGUMENT;
}

/* What ends the reading; any other failure says that a body is not what its type says. */
static bool
is_final(enum plx_status status)
{
    return status == PLX_E_MEMORY || status == PLX_E_TOO_LARGE || status == PLX_E_TIMEOUT ||
           status == PLX_E_UNSUPPORTED;
}

static enum plx_status
read_json(struct reading *r, struct plx_slice text, struct plx_document *tree)
{
    struct plx_json_limits limits = r->limits->json;
    struct plx_work *work = r->work;

    if (!plx_work_spend(work, text.len))
        return PLX_E_TIMEOUT;
    if (work && work->values_left == 0)
        return PLX_E_TOO_LARGE;
    if (work && work->values_left < UINT32_MAX)
        limits.values_max = (uint32_t)work->values_left;
    enum plx_status status = plx_json_read(text, &limits, r->arena, tree, NULL);
    if (work && status == PLX_OK)
        work->values_left -= tree->count;
    return status;
}

/* PLX_OK: it is what it says. Anything else that is not final: it is not. */
static enum plx_status
read_tree(struct reading *r, const struct plx_media *media, enum plx_body_type type, struct plx_slice text,
          struct plx_document *tree)
{
    const struct plx_allocator in_arena = plx_arena_allocator(r->arena);
    struct plx_buffer written;

    if (type == PLX_BODY_JSON)
        return read_json(r, text, tree);
    plx_buffer_init_in(&written, text.len * WRITTEN_MAX_FACTOR + 256, &in_arena);
    enum plx_status status =
        plx_work_spend(r->work, text.len) ? write_as_json(r, media, type, text, &written) : PLX_E_TIMEOUT;
    if (status == PLX_E_LIMIT)
        return PLX_E_TOO_LARGE; /* it says far more than it is long */
    if (status == PLX_OK)
        status = read_json(r, plx_buffer_slice(&written), tree);
    if (status == PLX_OK && type == PLX_BODY_NDJSON && !plx_ndjson_holds(text, tree))
        status = PLX_E_SYNTAX;
    return status;
}

/* ---- types ---- */

static bool
is_text(struct plx_slice text)
{
    for (size_t at = 0, len; at < text.len; at += len)
        if (text.ptr[at] == '\0' || !(len = plx_utf8_length(text.ptr + at, text.len - at)))
            return false;
    return true;
}

/* JSON in UTF-8 without a mark at its beginning: whether it is, its reader says, and nobody need look before. */
static bool
is_left_to_reader(const struct plx_media *media, enum plx_body_type type, struct plx_slice text)
{
    bool utf8 = media->charset.len == 0 || plx_slice_equal_nocase(media->charset, plx_slice_of("utf-8"));
    unsigned char first = (unsigned char)*text.ptr;

    return type == PLX_BODY_JSON && utf8 && first < 0x80 && (text.len == 1 || text.ptr[1] != '\0');
}

/* Characters as UTF-8; where they are none, bytes: *text stays as it is, and *fine is false. What the charset means
 * must be known. */
static enum plx_status
decode(struct reading *r, const struct plx_media *media, struct plx_slice *text, bool *fine)
{
    enum plx_status status = plx_charset_decode(media->charset, *text, r->bytes_max, r->arena, text);

    *fine = status == PLX_OK;
    if (status == PLX_E_UNSUPPORTED && media->charset.len == 0)
        return PLX_OK; /* bytes that begin as UTF-32 would */
    return is_final(status) ? status : PLX_OK;
}

/* Of no type that says anything: JSON (any value where there is no type at all), else text, else bytes. */
static enum plx_status
read_by_content(struct reading *r, const struct plx_media *media, struct plx_body *out)
{
    if (media->type.len && !begins_like_json(out->text)) {
        out->type = is_text(out->text) ? PLX_BODY_TEXT : PLX_BODY_BYTES;
        return PLX_OK;
    }
    enum plx_status status = read_tree(r, media, PLX_BODY_JSON, out->text, &out->tree);
    if (is_final(status))
        return status;
    out->type = status == PLX_OK ? PLX_BODY_JSON : is_text(out->text) ? PLX_BODY_TEXT : PLX_BODY_BYTES;
    return PLX_OK;
}

static enum plx_status
read_typed(struct reading *r, struct plx_slice media_type, struct plx_slice bytes, struct plx_body *out)
{
    struct plx_media media = plx_media_read(media_type);
    enum plx_body_type type;
    bool known = plx_media_body_type(&media, &type), fine = true;

    *out = (struct plx_body){.type = PLX_BODY_BYTES, .declared = plx_body_is_tree(type), .text = bytes};
    if ((known && type == PLX_BODY_BYTES) || bytes.len == 0)
        return PLX_OK;
    if (media.charset.len == 0 && type == PLX_BODY_XML)
        media.charset = plx_charset_of_xml(bytes);
    else if (media.charset.len == 0 && type == PLX_BODY_HTML)
        media.charset = plx_charset_of_html(bytes);
    if (type != PLX_BODY_MULTIPART && !is_left_to_reader(&media, type, bytes)) {
        enum plx_status status = decode(r, &media, &out->text, &fine);
        out->unread = fine ? PLX_OK : PLX_E_ENCODING;
        if (status != PLX_OK || !fine)
            return status;
    }
    /* Many a server says text/html of everything. */
    if (!known || (type == PLX_BODY_HTML && begins_like_json(out->text)))
        return read_by_content(r, &media, out);
    out->type = type;
    if (!plx_body_is_tree(type))
        return PLX_OK;
    enum plx_status status = read_tree(r, &media, type, out->text, &out->tree);
    if (is_final(status))
        return status;
    out->unread = status;
    if (status != PLX_OK)
        out->type = is_text(out->text) ? PLX_BODY_TEXT : PLX_BODY_BYTES;
    return PLX_OK;
}

/* ---- bodies ---- */

enum plx_status
plx_body_failure(const struct plx_work *work, const struct plx_arena *arena)
{
    if (work && work->over)
        return work->canceled ? PLX_E_CANCELED : PLX_E_TIMEOUT;
    return plx_arena_refused(arena) ? PLX_E_TOO_LARGE : PLX_E_MEMORY;
}

/* So much a coded body may be without its codings. */
static size_t
decoded_max(size_t coded, uint32_t bytes_max)
{
    uint64_t expanded = (uint64_t)coded * PLX_EXPANSION_MAX + PLX_EXPANSION_SLACK_BYTES;

    return expanded < bytes_max ? (size_t)expanded : bytes_max;
}

static enum plx_status
read_body(struct reading *r, const struct plx_answer *answer, struct plx_body *out)
{
    struct plx_slice codings, bytes = answer->body;
    enum plx_status status = plx_body_codings(answer, r->arena, &codings);
    /* Of an answer without a body (to HEAD, 304, 204) a coding is said all the same (RFC 9110, 8.4 and 9.3.2). */
    bool coded = status == PLX_OK && bytes.len > 0 && plx_codings_any(codings);

    if (coded)
        status =
            plx_coding_remove(codings, answer->body, decoded_max(bytes.len, (uint32_t)r->bytes_max), r->arena, &bytes);
    if (status == PLX_E_MEMORY || status == PLX_E_TOO_LARGE)
        return status;
    if (coded && !plx_work_spend(r->work, answer->body.len + bytes.len))
        return PLX_E_TIMEOUT;
    if (status != PLX_OK) { /* not what its coding says */
        *out = (struct plx_body){.type = PLX_BODY_BYTES, .text = answer->body};
        return PLX_OK;
    }
    if (r->bytes_max < answer->body.len)
        r->bytes_max = answer->body.len; /* what is not coded was bounded where it was received */
    status =
        plx_work_spend(r->work, bytes.len) ? read_typed(r, plx_body_media_type(answer), bytes, out) : PLX_E_TIMEOUT;
    out->decoded = coded;
    return status;
}

enum plx_status
plx_body_read(const struct plx_answer *answer, const struct plx_compare_limits *limits, struct plx_work *work,
              struct plx_arena *arena, struct plx_body *out)
{
    struct reading r = {.limits = limits,
                        .bytes_max = limits->decoded_bytes_max ? limits->decoded_bytes_max : PLX_DECODED_BYTES_DEFAULT,
                        .work = work,
                        .arena = arena};
    enum plx_status status = read_body(&r, answer, out);

    return status == PLX_E_MEMORY || status == PLX_E_TIMEOUT ? plx_body_failure(work, arena) : status;
}

bool
plx_body_has_meaning(const struct plx_answer *answer)
{
    struct plx_media media = plx_media_read(plx_body_media_type(answer));
    enum plx_body_type type;

    for (size_t i = 0; i < answer->header_count; i++)
        if (plx_slice_equal_nocase(answer->headers[i].name, plx_slice_of("Content-Encoding")) &&
            plx_codings_any(answer->headers[i].value))
            return true;
    if (plx_media_body_type(&media, &type))
        return plx_body_is_tree(type);
    return begins_like_json(answer->body);
}
