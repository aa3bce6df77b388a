/* SPDX-License-Identifier: Apache-2.0 */
/* From libfyaml's events to the tree; from a node to an error that shows its line. */
#include "config/tree.h"

#include <libfyaml.h>
#include <stdio.h>

/* ---- errors ---- */

static struct plx_slice
line_at(struct plx_slice text, unsigned line)
{
    const char *at = text.ptr, *end = text.ptr + text.len;

    for (; line > 1 && at < end; at++)
        line -= *at == '\n';
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return plx_slice_make(at, (size_t)((stop ? stop : end) - at));
}

/* The line, and a caret below the column. Tabs stay tabs, so that the caret stands right. */
static void
show_line(struct plx_buffer *out, struct plx_slice line, unsigned column)
{
    size_t len = line.len < 200 ? line.len : 200;

    plx_buffer_text(out, "    ");
    for (size_t i = 0; i < len; i++)
        plx_buffer_byte(out, (unsigned char)line.ptr[i] < 0x20 && line.ptr[i] != '\t' ? '?' : line.ptr[i]);
    plx_buffer_text(out, "\n    ");
    for (unsigned i = 1; i < column && i <= len; i++)
        plx_buffer_byte(out, line.ptr[i - 1] == '\t' ? '\t' : ' ');
    plx_buffer_text(out, "^\n");
}

static void
error_at(struct plx_config_reader *reader, unsigned line, unsigned column, const char *mend, const char *what)
{
    struct plx_buffer *out = &reader->errors->text;

    if (++reader->errors->count > PLX_CONFIG_ERRORS_MAX)
        return;
    if (!line) { /* about a flag, or the file as a whole: one line */
        reader->errors->usage = true;
        plx_buffer_format(out, "parallax: %s%s%s\n", what, mend ? "; " : "", mend ? mend : "");
        return;
    }
    plx_buffer_format(out, "%s:%u:%u: %s\n", reader->file, line, column, what);
    show_line(out, line_at(reader->text, line), column);
    if (mend)
        plx_buffer_format(out, "  mend: %s\n", mend);
}

void
plx_config_error(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend, const char *format, ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    for (char *c = what; *c; c++)
        if ((unsigned char)*c < 0x20)
            *c = '?';
    error_at(reader, node ? node->line : 0, node ? node->column : 0, mend, what);
}

const char *
plx_yaml_name(const struct plx_yaml *node)
{
    static _Thread_local char text[80];

    if (node->type != PLX_YAML_SCALAR)
        return node->type == PLX_YAML_LIST ? "a list" : "a mapping";
    if (node->text.len == 0)
        return "nothing";
    snprintf(text, sizeof(text), "'%.60s'", node->text.ptr);
    return text;
}

/* ---- building ---- */

struct builder {
    struct plx_config_reader *reader;
    struct plx_yaml *stack[PLX_CONFIG_DEPTH_MAX];
    struct plx_yaml *keys[PLX_CONFIG_DEPTH_MAX]; /* of a mapping: the key that waits for its value */
    unsigned depth;
    struct plx_yaml *root;
    bool failed;
};

static void
fail(struct builder *b, struct fy_event *event, const char *mend, const char *what)
{
    const struct fy_mark *mark = event ? fy_event_start_mark(event) : NULL;

    b->failed = true;
    error_at(b->reader, mark ? (unsigned)mark->line + 1 : 0, mark ? (unsigned)mark->column + 1 : 0, mend, what);
}

static struct plx_yaml *
make(struct builder *b, struct fy_event *event, enum plx_node_type type)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct plx_yaml *node = plx_arena_alloc(b->reader->arena, sizeof(*node));

    if (!node) {
        b->failed = b->reader->no_memory = true;
        return NULL;
    }
    *node = (struct plx_yaml){
        .type = type,
        .line = mark ? (unsigned)mark->line + 1 : 1,
        .column = mark ? (unsigned)mark->column + 1 : 1,
        .text = {"", 0},
    };
    return node;
}

static void
append(struct plx_yaml *parent, struct plx_yaml *node)
{
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static void
place(struct builder *b, struct fy_event *event, struct plx_yaml *node)
{
    if (b->depth == 0) {
        if (b->root)
            fail(b, event, "keep one document in a file", "a second document begins here");
        b->root = b->root ? b->root : node;
        return;
    }
    struct plx_yaml *parent = b->stack[b->depth - 1], **key = &b->keys[b->depth - 1];
    if (parent->type == PLX_YAML_LIST) {
        append(parent, node);
    } else if (*key) {
        node->key = *key;
        *key = NULL;
        append(parent, node);
    } else if (node->type == PLX_YAML_SCALAR) {
        *key = node;
    } else {
        fail(b, event, "write a plain word as the key", "a key can't be a list or a mapping");
    }
}

static void
add_scalar(struct builder *b, struct fy_event *event)
{
    struct plx_yaml *node = make(b, event, PLX_YAML_SCALAR);
    size_t len = 0;

    if (!node)
        return;
    const char *text = event->scalar.value ? fy_token_get_text(event->scalar.value, &len) : NULL;
    if (text && memchr(text, '\0', len)) {
        fail(b, event, NULL, "a NUL character in a value");
        return;
    }
    node->text = plx_arena_copy(b->reader->arena, plx_slice_make(text, text ? len : 0));
    if (!node->text.ptr) {
        b->failed = b->reader->no_memory = true;
        return;
    }
    enum fy_scalar_style style = event->scalar.value ? fy_token_scalar_style(event->scalar.value) : FYSS_PLAIN;
    node->plain = style == FYSS_PLAIN || style == FYSS_ANY;
    place(b, event, node);
}

static void
open_node(struct builder *b, struct fy_event *event, enum plx_node_type type)
{
    if (b->depth == PLX_CONFIG_DEPTH_MAX) {
        fail(b, event, "a configuration is nowhere so deep", "nested too deep");
        return;
    }
    struct plx_yaml *node = make(b, event, type);
    if (!node)
        return;
    place(b, event, node);
    b->keys[b->depth] = NULL;
    b->stack[b->depth++] = node;
}

static void
take(struct builder *b, struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        add_scalar(b, event);
        break;
    case FYET_SEQUENCE_START:
        open_node(b, event, PLX_YAML_LIST);
        break;
    case FYET_MAPPING_START:
        open_node(b, event, PLX_YAML_MAPPING);
        break;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        b->depth--;
        break;
    case FYET_ALIAS:
        fail(b, event, "write out what it stands for", "aliases are not taken in a configuration");
        break;
    default:
        break;
    }
}

/* What libfyaml has collected, in our form. */
static void
tell_syntax_errors(struct plx_config_reader *reader, struct fy_diag *diag)
{
    struct fy_diag_error *error;
    void *at = NULL;
    bool told = false;

    while ((error = fy_diag_errors_iterate(diag, &at))) {
        char what[300];
        size_t len = strcspn(error->msg, "\n");
        snprintf(what, sizeof(what), "%.*s", (int)(len < 250 ? len : 250), error->msg);
        error_at(reader, error->line > 0 ? (unsigned)error->line : 1, error->column > 0 ? (unsigned)error->column : 1,
                 told ? NULL : "this is not well-formed YAML: look at indentation, quotes and colons", what);
        told = true;
    }
    if (!told)
        plx_config_error(reader, NULL, NULL, "%s is not well-formed YAML", reader->file);
}

static struct fy_diag *
quiet_diag(void)
{
    struct fy_diag_cfg cfg;

    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    cfg.colorize = false;
    struct fy_diag *diag = fy_diag_create(&cfg);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

struct plx_yaml *
plx_yaml_read(struct plx_config_reader *reader)
{
    struct fy_diag *diag = quiet_diag();
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&cfg) : NULL;
    struct builder b = {.reader = reader};
    struct fy_event *event;

    if (!parser || fy_parser_set_string(parser, reader->text.ptr, reader->text.len) != 0) {
        reader->no_memory = b.failed = true;
        goto out;
    }
    while (!b.failed && (event = fy_parser_parse(parser))) {
        take(&b, event);
        fy_parser_event_free(parser, event);
    }
    if (!b.failed && fy_parser_get_stream_error(parser)) {
        tell_syntax_errors(reader, diag);
        b.failed = true;
    }
out:
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    if (b.failed)
        return NULL;
    if (!b.root)
        plx_config_error(reader, NULL, "write at least `services:` with one service; docs/configuration.md has an example",
                         "%s is empty", reader->file);
    return b.root;
}
