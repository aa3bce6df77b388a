/* SPDX-License-Identifier: Apache-2.0 */
/* From libfyaml's events to the tree, and what is wrong with the text itself. */
#include "control/config/tree.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "control/config/variables.h"

#include <libfyaml.h>
#include <stdio.h>

struct builder {
    struct plx_config_reader *reader;
    struct plx_yaml *stack[PLX_CONFIG_DEPTH_MAX];
    struct plx_yaml *keys[PLX_CONFIG_DEPTH_MAX]; /* of a mapping: the key that waits for its value */
    unsigned depth;
    struct plx_yaml *root;
    unsigned document_line, document_column; /* where the document begins */
    bool failed;
    bool variables_failed; /* there are values whose variables are wrong, each of them told */
};

/* As behind `key:`. */
static bool
is_nothing(const struct fy_event *event)
{
    size_t len = 0;

    if (event->type != FYET_SCALAR)
        return false;
    if (!event->scalar.value)
        return true;
    fy_token_get_text(event->scalar.value, &len);
    return len == 0 && fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
}

/* The sign that opens it and that libfyaml's marks may be behind; NUL: none. */
static char
opening_of(const struct fy_event *event)
{
    if (event->type == FYET_ALIAS)
        return '*';
    if (event->type != FYET_SCALAR)
        return '\0';
    switch (fy_token_scalar_style(event->scalar.value)) {
    case FYSS_SINGLE_QUOTED:
        return '\'';
    case FYSS_DOUBLE_QUOTED:
        return '"';
    default:
        return '\0';
    }
}

/*
 * Where it begins, from 1; line 0: nothing is written there. Versions of libfyaml differ in whether nothing has a mark,
 * so it never has one here; whether a mark is behind the opening sign is asked of the text.
 */
static void
locate(const struct builder *b, struct fy_event *event, unsigned *line, unsigned *column)
{
    const struct fy_mark *mark = is_nothing(event) ? NULL : fy_event_start_mark(event);
    struct plx_slice text = b->reader->source->text;

    *line = mark ? (unsigned)mark->line + 1 : 0;
    *column = mark ? (unsigned)mark->column + 1 : 0;
    char opening = mark ? opening_of(event) : '\0';
    if (opening && *column > 1 && mark->input_pos - 1 < text.len && text.ptr[mark->input_pos - 1] == opening)
        --*column;
}

static void
fail(struct builder *b, struct fy_event *event, const char *mend, const char *what)
{
    unsigned line, column;

    b->failed = true;
    locate(b, event, &line, &column);
    plx_config_error_at(b->reader, line ? line : b->document_line, line ? column : b->document_column, mend, what);
}

static struct plx_yaml *
make(struct builder *b, struct fy_event *event, enum plx_node_type type)
{
    struct plx_yaml *node = plx_arena_alloc(b->reader->arena, sizeof(*node));

    if (!node) {
        b->failed = b->reader->no_memory = true;
        return NULL;
    }
    *node = (struct plx_yaml){
        .type = type,
        .source = b->reader->source,
        .text = {"", 0},
    };
    locate(b, event, &node->line, &node->column);
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

/* A value of which variables are wrong is told, and the reading goes on with what is written: all errors are told. */
static void
take_value(struct builder *b, struct plx_yaml *node)
{
    if (node->type == PLX_YAML_SCALAR && !plx_variables_expand(b->reader, node))
        b->variables_failed = true;
}

static void
place(struct builder *b, struct fy_event *event, struct plx_yaml *node)
{
    if (b->depth == 0) {
        if (b->root)
            fail(b, event, "keep one document in a file", "a second document begins here");
        b->root = b->root ? b->root : node;
        node->line = node->line ? node->line : 1;
        node->column = node->column ? node->column : 1;
        return;
    }
    struct plx_yaml *parent = b->stack[b->depth - 1], **key = &b->keys[b->depth - 1];
    PLX_ASSERT(parent);
    if (node->line == 0) { /* it is nowhere: errors show what it belongs to */
        node->line = *key ? (*key)->line : parent->line;
        node->column = *key ? (*key)->column : parent->column;
    }
    if (parent->type == PLX_YAML_LIST) {
        take_value(b, node);
        append(parent, node);
    } else if (*key) {
        take_value(b, node);
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
        fail(b, event, "leave it out", "a NUL character in a value");
        return;
    }
    node->text = node->written = plx_arena_copy(b->reader->arena, plx_slice_make(text, text ? len : 0));
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

/* Whether the tag says nothing but what is so without it. */
static bool
is_core_tag(struct fy_token *tag)
{
    static const char *const names[] = {"str", "int", "float", "bool", "seq", "map"};
    static const char prefix[] = "tag:yaml.org,2002:";
    size_t len = 0;
    const char *text = fy_token_get_text(tag, &len);

    if (!text || len < sizeof(prefix) || memcmp(text, prefix, sizeof(prefix) - 1) != 0)
        return false;
    for (size_t i = 0; i < PLX_COUNT(names); i++)
        if (plx_slice_equal(plx_slice_make(text + sizeof(prefix) - 1, len - sizeof(prefix) + 1),
                            plx_slice_of(names[i])))
            return true;
    return false;
}

static struct fy_token * /* NULL: none */
tag_of(const struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return event->scalar.tag;
    case FYET_SEQUENCE_START:
        return event->sequence_start.tag;
    case FYET_MAPPING_START:
        return event->mapping_start.tag;
    default:
        return NULL;
    }
}

static void
fail_at_tag(struct builder *b, struct fy_token *tag)
{
    const struct fy_mark *mark = fy_token_start_mark(tag);

    b->failed = true;
    plx_config_error_at(b->reader, mark ? (unsigned)mark->line + 1 : 1, mark ? (unsigned)mark->column + 1 : 1,
                        "write the value alone", "tags (!name) are not taken in a configuration");
}

static void
take(struct builder *b, struct fy_event *event)
{
    struct fy_token *tag = tag_of(event);

    /* It would be read over, and `!env TOKEN` be taken for the word TOKEN. */
    if (tag && !is_core_tag(tag)) {
        fail_at_tag(b, tag);
        return;
    }
    switch (event->type) {
    case FYET_DOCUMENT_START:
        locate(b, event, &b->document_line, &b->document_column);
        break;
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

/* Whether the line, or one beside it, is indented with a tab: libfyaml finds another mistake in that. */
static bool
tab_in_indentation(struct plx_slice text, unsigned around)
{
    for (unsigned line = around > 1 ? around - 1 : 1; line <= around + 1; line++) {
        struct plx_slice at = plx_config_line(text, line);
        size_t blanks = 0;
        while (blanks < at.len && at.ptr[blanks] == ' ')
            blanks++;
        if (blanks < at.len && at.ptr[blanks] == '\t')
            return true;
    }
    return false;
}

/*
 * libfyaml takes a NUL, and bytes that are no UTF-8, for the end of the file: what stands behind them would be left out
 * without a word.
 */
static bool
check_bytes(struct plx_config_reader *reader)
{
    struct plx_slice text = reader->source->text;
    unsigned line = 1, column = 1;

    for (size_t at = 0; at < text.len;) {
        size_t len = plx_utf8_length(text.ptr + at, text.len - at);
        if (len == 0 || text.ptr[at] == '\0') {
            plx_config_error_at(reader, line, column, "save the file as UTF-8 text",
                                len ? "a NUL character" : "bytes that are no UTF-8");
            return false;
        }
        size_t end = plx_config_line_end(text, at);
        column = end ? 1 : column + 1;
        line += end != 0;
        at += end ? end : len;
    }
    return true;
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
        unsigned line = error->line > 0 ? (unsigned)error->line : 1;
        const char *mend = tab_in_indentation(reader->source->text, line)
                               ? "indent with spaces: a line here begins with a tab"
                               : "this is not well-formed YAML: look at indentation, quotes and colons";
        plx_config_error_at(reader, line, error->column > 0 ? (unsigned)error->column : 1, told ? NULL : mend, what);
        told = true;
    }
    if (!told)
        plx_config_error(reader, NULL, "look at a line that begins with %, and at the very first characters",
                         "%s is not well-formed YAML", reader->source->file);
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
plx_yaml_read(struct plx_config_reader *reader, bool may_be_empty)
{
    struct fy_diag *diag = quiet_diag();
    const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&cfg) : NULL;
    struct builder b = {.reader = reader};
    struct fy_event *event;

    if (!check_bytes(reader)) {
        b.failed = true;
        goto out;
    }
    if (!parser || fy_parser_set_string(parser, reader->source->text.ptr, reader->source->text.len) != 0) {
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
    if (b.failed || b.variables_failed)
        return NULL;
    if (!b.root && !may_be_empty)
        plx_config_error(reader, NULL,
                         "write at least `services:` with one service; docs/configuration.md has an example",
                         "%s is empty", reader->source->file);
    return b.root;
}
