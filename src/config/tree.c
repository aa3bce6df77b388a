/* SPDX-License-Identifier: Apache-2.0 */
/* From libfyaml's events to the tree; from a node to an error that shows its line. */
#include "config/tree.h"

#include "base/assert.h"
#include "base/utf8.h"

#include <libfyaml.h>
#include <stdio.h>

#define QUOTED_BYTES 60u /* of a value in an error, and the rest of a last character */

/* ---- errors ---- */

/* The bytes of the line's end at this place, 0 where there is none: CR LF is one, and so is either alone
 * (YAML 1.2, 5.4). */
static size_t
line_end(struct plx_slice text, size_t at)
{
    if (text.ptr[at] == '\r')
        return at + 1 < text.len && text.ptr[at + 1] == '\n' ? 2 : 1;
    return text.ptr[at] == '\n';
}

static struct plx_slice
line_at(struct plx_slice text, unsigned line)
{
    size_t at = 0, stop;

    while (line > 1 && at < text.len) {
        size_t end = line_end(text, at);
        line -= end != 0;
        at += end ? end : 1;
    }
    for (stop = at; stop < text.len && line_end(text, stop) == 0; stop++)
        ;
    return plx_slice_make(text.ptr + at, stop - at);
}

/* The character at *at, one column, and where the next one is; what would lead a terminal astray, or is none, is a
 * question mark. */
static struct plx_slice
next_character(struct plx_slice line, size_t *at)
{
    struct plx_slice rest = plx_slice_make(line.ptr + *at, line.len - *at);
    uint32_t code = 0;
    size_t len = plx_utf8_decode(rest, &code);

    *at += len ? len : 1;
    if (len == 0 || (plx_utf8_is_control(code) && code != '\t'))
        return plx_slice_of("?");
    return plx_slice_make(rest.ptr, len);
}

/* ---- what is not shown ---- */

/* Bytes of a text that are secret: the user and password of a URL, the value of `token`. */
struct secret {
    size_t from, to;
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
begins_with(struct plx_slice text, size_t at, const char *word)
{
    size_t len = strlen(word);

    return text.len - at >= len && memcmp(text.ptr + at, word, len) == 0;
}

/* Behind "://" up to the last @ of the word; *at moves behind the word where there is none. */
static bool
find_user(struct plx_slice text, size_t *at, struct secret *secret)
{
    *secret = (struct secret){*at + 3, 0};
    for (*at += 3; *at < text.len && !is_blank(text.ptr[*at]) && !strchr("\"'\r\n", text.ptr[*at]); ++*at)
        if (text.ptr[*at] == '@')
            secret->to = *at;
    return secret->to > secret->from;
}

/* Behind the key `token` up to the next key. */
static bool
find_token(struct plx_slice text, size_t at, struct secret *secret)
{
    if (at > 0 && !is_blank(text.ptr[at - 1]) && !strchr("{,\"'\r\n", text.ptr[at - 1]))
        return false;
    at += strlen("token");
    at += at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\'');
    while (at < text.len && is_blank(text.ptr[at]))
        at++;
    if (at == text.len || text.ptr[at] != ':')
        return false;
    do
        at++;
    while (at < text.len && is_blank(text.ptr[at]));
    if (at < text.len && text.ptr[at] == '!') /* a tag, which is what is wrong */
        while (at < text.len && !is_blank(text.ptr[at]))
            at++;
    *secret = (struct secret){at, at};
    while (secret->to < text.len && text.ptr[secret->to] != ',' && text.ptr[secret->to] != '}')
        secret->to++;
    return secret->to > secret->from;
}

/* The next one from a place on; behind the text's end where there is none. */
static struct secret
next_secret(struct plx_slice text, size_t at)
{
    struct secret secret;

    while (at < text.len) {
        if (begins_with(text, at, "://")) {
            if (find_user(text, &at, &secret))
                return secret;
        } else if (begins_with(text, at, "token") && find_token(text, at, &secret)) {
            return secret;
        } else {
            at++;
        }
    }
    return (struct secret){SIZE_MAX, SIZE_MAX};
}

/* As next_character(), a star for one that is secret, so that columns stay. *secret: {0, 0} at first. */
static struct plx_slice
next_shown(struct plx_slice text, size_t *at, struct secret *secret)
{
    size_t before = *at;
    struct plx_slice character = next_character(text, at);

    while (before >= secret->to)
        *secret = next_secret(text, secret->to);
    return before >= secret->from && !is_blank(*character.ptr) ? plx_slice_of("*") : character;
}

#define SHOWN_COLUMNS 160u /* of a line */
#define SHOWN_BEFORE  80u  /* of them before the caret, where the line is longer */

/* The line, and a caret below the column. Tabs stay tabs, so that the caret stands right. */
static void
show_line(struct plx_buffer *out, struct plx_slice line, unsigned column)
{
    unsigned from = column > SHOWN_COLUMNS - 20 ? column - SHOWN_BEFORE : 1, at_column = 1;
    size_t at = 0, first = 0;
    struct secret secret = {0, 0};

    if (line.len >= 3 && memcmp(line.ptr, "\xEF\xBB\xBF", 3) == 0) /* a byte order mark has no column */
        line = plx_slice_make(line.ptr + 3, line.len - 3);
    for (; at < line.len && at_column < from; at_column++)
        next_character(line, &at);
    plx_buffer_text(out, from > 1 ? "    ... " : "    ");
    for (first = at; at < line.len && at_column < from + SHOWN_COLUMNS; at_column++)
        plx_buffer_add(out, next_shown(line, &at, &secret));
    plx_buffer_text(out, at < line.len ? " ...\n" : "\n");
    plx_buffer_text(out, from > 1 ? "        " : "    ");
    at = first;
    for (unsigned i = from; i < column && at < line.len; i++)
        plx_buffer_byte(out, plx_slice_equal(next_character(line, &at), plx_slice_of("\t")) ? '\t' : ' ');
    plx_buffer_text(out, "^\n");
}

/* What a file, a flag or libfyaml says may be anything: it is shown as text of one line. */
static void
add_shown(struct plx_buffer *out, const char *text)
{
    struct plx_slice whole = plx_slice_of(text);

    for (size_t at = 0; at < whole.len;) {
        struct plx_slice character = next_character(whole, &at);
        plx_buffer_add(out, *character.ptr == '\t' ? plx_slice_of(" ") : character);
    }
}

static void
tell_at(struct plx_config_reader *reader, struct plx_buffer *out, unsigned line, unsigned column, const char *mend,
        const char *what)
{
    if (!line) { /* about a flag, or the file as a whole: one line */
        plx_buffer_text(out, "parallax: ");
    } else {
        add_shown(out, reader->file);
        plx_buffer_format(out, ":%u:%u: ", line, column);
    }
    add_shown(out, what);
    if (line) {
        plx_buffer_byte(out, '\n');
        show_line(out, line_at(reader->text, line), column);
    }
    if (mend) {
        plx_buffer_text(out, line ? "  mend: " : "; ");
        add_shown(out, mend);
    }
    if (mend || !line)
        plx_buffer_byte(out, '\n');
}

static void
error_at(struct plx_config_reader *reader, unsigned line, unsigned column, const char *mend, const char *what)
{
    if (!line)
        reader->errors->usage = true;
    if (++reader->errors->count <= PLX_CONFIG_ERRORS_MAX)
        tell_at(reader, &reader->errors->text, line, column, mend, what);
}

void
plx_config_warning(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend, const char *format,
                   ...)
{
    char what[512] = "warning: ";
    size_t len = strlen(what);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what + len, sizeof(what) - len, format, arguments);
    va_end(arguments);
    if (++reader->errors->warning_count <= PLX_CONFIG_ERRORS_MAX)
        tell_at(reader, &reader->errors->warnings, node->line, node->column, mend, what);
}

void
plx_config_error(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend, const char *format,
                 ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    error_at(reader, node ? node->line : 0, node ? node->column : 0, mend, what);
}

const char *
plx_config_quoted(struct plx_slice text)
{
    static _Thread_local char quoted[QUOTED_BYTES + 8];
    struct secret secret = {0, 0};
    size_t len = 1, at = 0;

    quoted[0] = '\'';
    while (at < text.len && len <= QUOTED_BYTES) {
        struct plx_slice character = next_shown(text, &at, &secret);
        memcpy(quoted + len, character.ptr, character.len);
        len += character.len;
    }
    memcpy(quoted + len, "'", 2);
    return quoted;
}

const char *
plx_yaml_name(const struct plx_yaml *node)
{
    if (node->type != PLX_YAML_SCALAR)
        return node->type == PLX_YAML_LIST ? "a list" : "a mapping";
    return node->text.len ? plx_config_quoted(node->text) : "nothing";
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

/* Where it begins, from 1; line 0: nothing is written there, as behind `key:`. libfyaml's marks are behind the quote of
 * a quoted scalar and the star of an alias. */
static void
locate(struct fy_event *event, unsigned *line, unsigned *column)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    bool behind = event->type == FYET_ALIAS;

    if (event->type == FYET_SCALAR && event->scalar.value) {
        enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
        behind = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    }
    *line = mark ? (unsigned)mark->line + 1 : 0;
    *column = mark ? (unsigned)mark->column + 1 : 0;
    if (behind && *column > 1)
        --*column;
}

static void
fail(struct builder *b, struct fy_event *event, const char *mend, const char *what)
{
    unsigned line, column;

    b->failed = true;
    locate(event, &line, &column);
    error_at(b->reader, line, column, mend, what);
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
        .text = {"", 0},
    };
    locate(event, &node->line, &node->column);
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
        node->line = node->line ? node->line : 1;
        node->column = node->column ? node->column : 1;
        return;
    }
    struct plx_yaml *parent = b->stack[b->depth - 1], **key = &b->keys[b->depth - 1];
    if (node->line == 0) { /* it is nowhere: errors show what it belongs to */
        node->line = *key ? (*key)->line : parent->line;
        node->column = *key ? (*key)->column : parent->column;
    }
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
        fail(b, event, "leave it out", "a NUL character in a value");
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
    error_at(b->reader, mark ? (unsigned)mark->line + 1 : 1, mark ? (unsigned)mark->column + 1 : 1,
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
        struct plx_slice at = line_at(text, line);
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
    struct plx_slice text = reader->text;
    unsigned line = 1, column = 1;

    for (size_t at = 0; at < text.len;) {
        size_t len = plx_utf8_length(text.ptr + at, text.len - at);
        if (len == 0 || text.ptr[at] == '\0') {
            error_at(reader, line, column, "save the file as UTF-8 text",
                     len ? "a NUL character" : "bytes that are no UTF-8");
            return false;
        }
        size_t end = line_end(text, at);
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
        const char *mend = tab_in_indentation(reader->text, line)
                               ? "indent with spaces: a line here begins with a tab"
                               : "this is not well-formed YAML: look at indentation, quotes and colons";
        error_at(reader, line, error->column > 0 ? (unsigned)error->column : 1, told ? NULL : mend, what);
        told = true;
    }
    if (!told)
        plx_config_error(reader, NULL, "look at a line that begins with %, and at the very first characters",
                         "%s is not well-formed YAML", reader->file);
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

    if (!check_bytes(reader)) {
        b.failed = true;
        goto out;
    }
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
        plx_config_error(reader, NULL,
                         "write at least `services:` with one service; docs/configuration.md has an example",
                         "%s is empty", reader->file);
    return b.root;
}
