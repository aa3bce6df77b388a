/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as JSON, for `parallax diff`: by libfyaml's events, since only scalars need to be understood. */
#include "cli/command/diff_tables.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "json/writer.h"

#include <libfyaml.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX   512u
#define ANCHORS_MAX 4096u
#define NAME_BYTES  128u

/* What an anchor names: a range of what has been written. */
struct anchor {
    char name[NAME_BYTES];
    size_t from, end; /* end 0: it is not written yet */
};

struct yaml {
    struct plx_buffer *out;
    struct plx_json_writer json;
    struct level {
        bool mapping, key; /* key: the next scalar is one */
        size_t anchor;     /* of it, + 1; 0: it has none */
    } levels[DEPTH_MAX];
    size_t depth, documents;
    struct anchor *anchors;
    size_t anchor_count;
    struct plx_diff_fault *fault;
};

static bool
fail(struct yaml *y, struct fy_event *event, const char *what)
{
    const struct fy_mark *mark = fy_event_start_mark(event);

    y->fault->line = mark ? (unsigned)mark->line + 1 : 1;
    y->fault->column = mark ? (unsigned)mark->column + 1 : 1;
    snprintf(y->fault->what, sizeof(y->fault->what), "%s", what);
    return false;
}

/* ---- scalars ---- */

static bool
is_one_of(struct plx_slice text, const char *const *words)
{
    for (; *words; words++)
        if (plx_slice_equal(text, plx_slice_of(*words)))
            return true;
    return false;
}

static size_t
digits_from(struct plx_slice text, size_t at)
{
    while (at < text.len && plx_ascii_is_digit(text.ptr[at]))
        at++;
    return at;
}

/* Writes 007, +1, .5, 5. and 0x1f as JSON has them; false: it is no number. */
static bool
write_number(struct yaml *y, struct plx_slice text)
{
    size_t sign = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'), whole = digits_from(text, sign), at = whole;
    char copy[24] = "";

    if (text.len > 2 && text.len < sizeof(copy) - 2 && text.ptr[0] == '0' &&
        (text.ptr[1] == 'x' || text.ptr[1] == 'o')) {
        char *end;
        memcpy(copy, text.ptr + 2, text.len - 2);
        if (!plx_ascii_is_alphanumeric(copy[0]))
            return false;
        unsigned long long number = strtoull(copy, &end, text.ptr[1] == 'x' ? 16 : 8);
        if (*end || number == ULLONG_MAX)
            return false;
        plx_json_uint(&y->json, number);
        return true;
    }
    size_t fraction = at + (at < text.len && text.ptr[at] == '.');
    at = fraction > at ? digits_from(text, fraction) : at;
    size_t end = at;
    if (whole == sign && end == fraction)
        return false; /* no digit */
    if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
        size_t exponent = at;
        at = digits_from(text, at);
        if (at == exponent)
            return false;
    }
    if (at != text.len)
        return false;
    size_t first = sign;
    while (first + 1 < whole && text.ptr[first] == '0')
        first++;
    struct plx_buffer number;
    plx_buffer_init(&number, text.len + 8);
    plx_buffer_text(&number, text.ptr[0] == '-' ? "-" : "");
    if (whole > sign)
        plx_buffer_append(&number, text.ptr + first, whole - first);
    else
        plx_buffer_byte(&number, '0');
    if (end > fraction) {
        plx_buffer_byte(&number, '.');
        plx_buffer_append(&number, text.ptr + fraction, end - fraction);
    }
    plx_buffer_append(&number, text.ptr + end, text.len - end);
    plx_json_raw(&y->json, plx_buffer_slice(&number));
    y->out->failed |= number.failed;
    plx_buffer_fini(&number);
    return true;
}

static void
write_plain(struct yaml *y, struct plx_slice text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL}, *const falses[] = {"false", "False", "FALSE",
                                                                                          NULL};

    if (is_one_of(text, nulls))
        plx_json_null(&y->json);
    else if (is_one_of(text, trues) || is_one_of(text, falses))
        plx_json_bool(&y->json, is_one_of(text, trues));
    else if (!write_number(y, text))
        plx_json_string(&y->json, text);
}

static bool
is_text_tag(struct fy_token *tag)
{
    size_t len = 0;
    const char *text = tag ? fy_token_get_text(tag, &len) : NULL;

    return text && (plx_slice_equal(plx_slice_make(text, len), plx_slice_of("tag:yaml.org,2002:str")) ||
                    plx_slice_equal(plx_slice_make(text, len), plx_slice_of("!")));
}

/* ---- places ---- */

/* Before a value that is no key: whether one may stand here. */
static bool
begin_value(struct yaml *y, struct fy_event *event)
{
    struct level *level = y->depth ? &y->levels[y->depth - 1] : NULL;

    if (level && level->key)
        return fail(y, event, "a key that is no scalar has no place in JSON");
    if (level && level->mapping)
        level->key = true;
    return true;
}

/* The anchor of the value that is written next, + 1; 0: it has none. */
static bool
begin_anchor(struct yaml *y, struct fy_event *event, struct fy_token *token, size_t *anchor)
{
    size_t len = 0;
    const char *name = token ? fy_token_get_text(token, &len) : NULL;

    *anchor = 0;
    if (!name)
        return true;
    if (y->anchor_count == ANCHORS_MAX || len >= NAME_BYTES)
        return fail(y, event,
                    len >= NAME_BYTES ? "an anchor's name is longer than 127 bytes"
                                      : "there are more than 4096 anchors");
    struct anchor *new = &y->anchors[y->anchor_count++];
    memcpy(new->name, name, len);
    new->name[len] = '\0';
    new->from = y->out->len + y->json.comma; /* the writer's comma comes first */
    new->end = 0;
    *anchor = y->anchor_count;
    return true;
}

static void
end_anchor(struct yaml *y, size_t anchor)
{
    if (anchor)
        y->anchors[anchor - 1].end = y->out->len;
}

/* ---- events ---- */

static bool
add_scalar(struct yaml *y, struct fy_event *event)
{
    struct level *level = y->depth ? &y->levels[y->depth - 1] : NULL;
    struct fy_token *token = event->scalar.value;
    size_t len = 0, anchor;
    const char *value = token ? fy_token_get_text(token, &len) : NULL;
    struct plx_slice text = plx_slice_make(value ? value : "", value ? len : 0);
    enum fy_scalar_style style = token ? fy_token_scalar_style(token) : FYSS_PLAIN;

    if (level && level->key) {
        level->key = false;
        plx_json_key_slice(&y->json, text);
        return true;
    }
    if (!begin_value(y, event) || !begin_anchor(y, event, event->scalar.anchor, &anchor))
        return false;
    if ((style == FYSS_PLAIN || style == FYSS_ANY) && !is_text_tag(event->scalar.tag))
        write_plain(y, text);
    else
        plx_json_string(&y->json, text);
    end_anchor(y, anchor);
    return true;
}

static bool
open_level(struct yaml *y, struct fy_event *event, bool mapping, struct fy_token *token)
{
    size_t anchor;

    if (!begin_value(y, event) || !begin_anchor(y, event, token, &anchor))
        return false;
    if (y->depth == DEPTH_MAX)
        return fail(y, event, "nested deeper than 512");
    y->levels[y->depth++] = (struct level){mapping, mapping, anchor};
    if (mapping)
        plx_json_begin_object(&y->json);
    else
        plx_json_begin_array(&y->json);
    return true;
}

static void
close_level(struct yaml *y)
{
    const struct level *level = &y->levels[--y->depth];

    if (level->mapping)
        plx_json_end_object(&y->json);
    else
        plx_json_end_array(&y->json);
    end_anchor(y, level->anchor);
}

static bool
add_alias(struct yaml *y, struct fy_event *event)
{
    size_t len = 0;
    const char *name = fy_token_get_text(event->alias.anchor, &len);

    if (!begin_value(y, event))
        return false;
    for (size_t i = y->anchor_count; name && i-- > 0;) {
        const struct anchor *anchor = &y->anchors[i];
        if (!plx_slice_equal(plx_slice_of(anchor->name), plx_slice_make(name, len)))
            continue;
        if (anchor->end == 0)
            return fail(y, event, "an alias names what it stands in");
        /* What is copied may move while the buffer grows. */
        size_t size = anchor->end - anchor->from;
        if (!plx_buffer_reserve(y->out, size + 1))
            return false;
        plx_json_raw(&y->json, plx_slice_make(y->out->ptr + anchor->from, size));
        return true;
    }
    return fail(y, event, "an alias names no anchor that stands before it");
}

static bool
take_event(struct yaml *y, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        y->documents++;
        y->anchor_count = 0;
        return true;
    case FYET_SCALAR:
        return add_scalar(y, event);
    case FYET_ALIAS:
        return add_alias(y, event);
    case FYET_MAPPING_START:
        return open_level(y, event, true, event->mapping_start.anchor);
    case FYET_SEQUENCE_START:
        return open_level(y, event, false, event->sequence_start.anchor);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        close_level(y);
        return true;
    default:
        return true;
    }
}

/* libfyaml takes a NUL, and bytes that are no UTF-8, for the end of the text, or reads on for ever. */
static bool
check_bytes(struct plx_slice text, struct plx_diff_fault *fault)
{
    unsigned line = 1, column = 1;

    for (size_t at = 0, len; at < text.len; at += len, column++) {
        len = plx_utf8_length(text.ptr + at, text.len - at);
        if (len == 0 || text.ptr[at] == '\0') {
            *fault = (struct plx_diff_fault){line, column, "a byte that is no UTF-8 text"};
            return false;
        }
        if (text.ptr[at] == '\n') {
            line++;
            column = 0;
        }
    }
    return true;
}

static void
take_syntax_error(struct yaml *y, struct fy_diag *diag)
{
    void *at = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);

    y->fault->line = error && error->line > 0 ? (unsigned)error->line : 1;
    y->fault->column = error && error->column > 0 ? (unsigned)error->column : 1;
    snprintf(y->fault->what, sizeof(y->fault->what), "%.*s", error ? (int)strcspn(error->msg, "\n") : 0,
             error ? error->msg : "");
}

static bool
write_documents(struct yaml *y, struct fy_parser *parser, struct fy_diag *diag)
{
    struct fy_event *event;
    bool ok = true;

    plx_json_begin_array(&y->json);
    while (ok && !y->out->failed && (event = fy_parser_parse(parser))) {
        ok = take_event(y, event);
        fy_parser_event_free(parser, event);
    }
    plx_json_end_array(&y->json);
    if (ok && fy_parser_get_stream_error(parser)) {
        take_syntax_error(y, diag);
        ok = false;
    }
    return ok && !y->out->failed;
}

bool
plx_diff_yaml_write_json(struct plx_slice text, struct plx_buffer *out, struct plx_diff_fault *fault)
{
    struct fy_diag_cfg diag_cfg;
    bool ok = false;

    *fault = (struct plx_diff_fault){0};
    if (!check_bytes(text, fault))
        return false;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&cfg) : NULL;
    struct yaml *y = calloc(1, sizeof(*y));
    struct anchor *anchors = calloc(ANCHORS_MAX, sizeof(*anchors));

    if (diag)
        fy_diag_set_collect_errors(diag, true);
    if (parser && y && anchors && fy_parser_set_string(parser, text.ptr, text.len) == 0) {
        y->out = out;
        y->anchors = anchors;
        y->fault = fault;
        plx_json_writer_init(&y->json, out);
        ok = write_documents(y, parser, diag);
        if (ok && y->documents == 1) { /* it is no array, then */
            plx_buffer_drop(out, 1);
            out->len--;
        }
    }
    free(anchors);
    free(y);
    if (parser)
        fy_parser_destroy(parser);
    if (diag)
        fy_diag_destroy(diag);
    return ok;
}
