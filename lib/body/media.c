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

struct parameter {
    struct plx_slice name, value;
};

/* False: it is none. */
static bool
read_parameter(struct plx_slice text, struct parameter *out)
{
    const char *equals = text.len ? memchr(text.ptr, '=', text.len) : NULL;

    if (!equals)
        return false;
    out->name = plx_slice_trimmed(plx_slice_make(text.ptr, (size_t)(equals - text.ptr)));
    out->value = plx_slice_trimmed(plx_slice_make(equals + 1, text.len - (size_t)(equals + 1 - text.ptr)));
    if (out->value.len >= 2 && out->value.ptr[0] == '"' && out->value.ptr[out->value.len - 1] == '"')
        out->value = plx_slice_make(out->value.ptr + 1, out->value.len - 2);
    return true;
}

static void
take_parameter(struct plx_media *media, struct plx_slice text)
{
    struct parameter parameter;

    if (!read_parameter(text, &parameter))
        return;
    if (plx_slice_equal_nocase(parameter.name, plx_slice_of("charset")))
        media->charset = parameter.value;
    else if (plx_slice_equal_nocase(parameter.name, plx_slice_of("boundary")))
        media->boundary = parameter.value;
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

/* ---- two of them ---- */

#define PARAMETERS_MAX 16u /* that are told apart; types with more are the same where their texts are */

struct parameters {
    struct parameter list[PARAMETERS_MAX];
    size_t count;
};

/* Without those that say nothing; false where there are too many. */
static bool
read_parameters(struct plx_slice text, bool multipart, struct parameters *out)
{
    out->count = 0;
    next_part(&text);
    while (text.len) {
        struct parameter parameter;
        if (!read_parameter(next_part(&text), &parameter) ||
            (multipart && plx_slice_equal_nocase(parameter.name, plx_slice_of("boundary"))))
            continue;
        if (out->count == PARAMETERS_MAX)
            return false;
        out->list[out->count++] = parameter;
    }
    return true;
}

static bool
has_parameter(const struct parameters *parameters, const struct parameter *wanted)
{
    bool nocase = plx_slice_equal_nocase(wanted->name, plx_slice_of("charset"));

    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *at = &parameters->list[i];
        if (plx_slice_equal_nocase(at->name, wanted->name) &&
            (nocase ? plx_slice_equal_nocase(at->value, wanted->value) : plx_slice_equal(at->value, wanted->value)))
            return true;
    }
    return false;
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
plx_media_same(struct plx_slice a, struct plx_slice b)
{
    struct plx_slice type = plx_media_read(a).type;
    bool multipart = begins(type, "multipart/");
    struct parameters x, y;

    if (plx_slice_equal(a, b))
        return true;
    if (!plx_slice_equal_nocase(type, plx_media_read(b).type) || !read_parameters(a, multipart, &x) ||
        !read_parameters(b, multipart, &y) || x.count != y.count)
        return false;
    for (size_t i = 0; i < x.count; i++)
        if (!has_parameter(&y, &x.list[i]) || !has_parameter(&x, &y.list[i]))
            return false;
    return true;
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
