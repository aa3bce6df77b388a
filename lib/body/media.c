/* SPDX-License-Identifier: Apache-2.0 */
/* Reading media types. */
#include "body/media.h"

#include "base/slice.h"

/* What comes before the next `;` that is in no quotes; rest begins behind it. */
static struct plx_slice
next_part(struct plx_slice *rest)
{
    bool quoted = false;
    size_t at = 0;

    for (; at < rest->len && (quoted || rest->ptr[at] != ';'); at++) {
        if (rest->ptr[at] == '"')
            quoted = !quoted;
        else if (rest->ptr[at] == '\\' && quoted && at + 1 < rest->len)
            at++;
    }
    struct plx_slice part = plx_slice_make(rest->ptr, at);
    size_t used = at + (at < rest->len);
    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return plx_slice_trimmed(part);
}

static void
take_parameter(struct plx_media *media, struct plx_slice parameter)
{
    const char *equals = parameter.len ? memchr(parameter.ptr, '=', parameter.len) : NULL;

    if (!equals)
        return;
    struct plx_slice name = plx_slice_trimmed(plx_slice_make(parameter.ptr, (size_t)(equals - parameter.ptr)));
    struct plx_slice value =
        plx_slice_trimmed(plx_slice_make(equals + 1, parameter.len - (size_t)(equals + 1 - parameter.ptr)));
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = plx_slice_make(value.ptr + 1, value.len - 2);
    if (plx_slice_equal_nocase(name, plx_slice_of("charset")))
        media->charset = value;
    else if (plx_slice_equal_nocase(name, plx_slice_of("boundary")))
        media->boundary = value;
}

struct plx_media
plx_media_read(struct plx_slice text)
{
    struct plx_media media = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

    if (text.len == 0)
        return media;
    media.type = next_part(&text);
    while (text.len)
        take_parameter(&media, next_part(&text));
    return media;
}

static bool
begins(struct plx_slice text, const char *with)
{
    size_t len = strlen(with);

    return text.len >= len && plx_slice_equal_nocase(plx_slice_make(text.ptr, len), plx_slice_of(with));
}

static bool
ends(struct plx_slice text, const char *with)
{
    size_t len = strlen(with);

    return text.len > len && plx_slice_equal_nocase(plx_slice_make(text.ptr + text.len - len, len), plx_slice_of(with));
}

bool
plx_media_body_type(const struct plx_media *media, enum plx_body_type *type)
{
    static const struct {
        const char *name;
        enum plx_body_type type;
    } known[] = {
        {"application/json", PLX_BODY_JSON},
        {"text/json", PLX_BODY_JSON},
        {"application/x-ndjson", PLX_BODY_NDJSON},
        {"application/ndjson", PLX_BODY_NDJSON},
        {"application/jsonl", PLX_BODY_NDJSON},
        {"application/x-jsonlines", PLX_BODY_NDJSON},
        {"application/json-seq", PLX_BODY_NDJSON},
        {"application/x-www-form-urlencoded", PLX_BODY_FORM},
        {"application/xml", PLX_BODY_XML},
        {"text/xml", PLX_BODY_XML},
        {"text/html", PLX_BODY_HTML},
        {"application/javascript", PLX_BODY_TEXT},
        {"application/yaml", PLX_BODY_TEXT},
        {"application/x-yaml", PLX_BODY_TEXT},
        {"application/toml", PLX_BODY_TEXT},
        {"application/sql", PLX_BODY_TEXT},
        {"application/graphql", PLX_BODY_TEXT},
    };

    *type = PLX_BODY_BYTES;
    if (media->type.len == 0 || plx_slice_equal_nocase(media->type, plx_slice_of("application/octet-stream")) ||
        plx_slice_equal_nocase(media->type, plx_slice_of("text/plain")))
        return false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (plx_slice_equal_nocase(media->type, plx_slice_of(known[i].name))) {
            *type = known[i].type;
            return true;
        }
    if (ends(media->type, "+json"))
        *type = PLX_BODY_JSON;
    else if (ends(media->type, "+xml"))
        *type = PLX_BODY_XML;
    else if (begins(media->type, "multipart/"))
        *type = PLX_BODY_MULTIPART;
    else if (begins(media->type, "text/"))
        *type = PLX_BODY_TEXT;
    return true;
}
