/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of a configuration: place, line, caret and mend. The hard thing: what is shown comes from files that may
 * hold anything, control characters and secrets too, and the caret must stand right all the same.
 */
#include "control/config/errors.h"

#include "base/ascii.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

#define QUOTED_BYTES 60u /* of a value in an error, and the rest of a last character */

/* ---- lines ---- */

size_t
plx_config_line_end(struct plx_slice text, size_t at)
{
    if (text.ptr[at] == '\r')
        return at + 1 < text.len && text.ptr[at + 1] == '\n' ? 2 : 1;
    return text.ptr[at] == '\n';
}

struct plx_slice
plx_config_line(struct plx_slice text, unsigned line)
{
    size_t at = 0, stop;

    while (line > 1 && at < text.len) {
        size_t end = plx_config_line_end(text, at);
        line -= end != 0;
        at += end ? end : 1;
    }
    for (stop = at; stop < text.len && plx_config_line_end(text, stop) == 0; stop++)
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

/* Bytes of a text that are secret: the user and password of a URL, the values of `token` and `read_token`, all that is
 * under `set`. */
struct secret {
    size_t from, to;
};

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
    for (*at += 3; *at < text.len && !plx_ascii_is_blank(text.ptr[*at]) && !strchr("\"'\r\n", text.ptr[*at]); ++*at)
        if (text.ptr[*at] == '@')
            secret->to = *at;
    return secret->to > secret->from;
}

/* After the key (of `token`, with or without its `read_`), up to one of the characters that end its value. */
static bool
find_value(struct plx_slice text, size_t at, const char *key, const char *ends, struct secret *secret)
{
    size_t word = at >= 5 && memcmp(text.ptr + at - 5, "read_", 5) == 0 ? at - 5 : at;

    if (word > 0 && !plx_ascii_is_blank(text.ptr[word - 1]) && !strchr("{,\"'\r\n", text.ptr[word - 1]))
        return false;
    at += strlen(key);
    at += at < text.len && (text.ptr[at] == '"' || text.ptr[at] == '\'');
    while (at < text.len && plx_ascii_is_blank(text.ptr[at]))
        at++;
    if (at == text.len || text.ptr[at] != ':')
        return false;
    do
        at++;
    while (at < text.len && plx_ascii_is_blank(text.ptr[at]));
    if (at < text.len && text.ptr[at] == '!') /* a tag, which is what is wrong */
        while (at < text.len && !plx_ascii_is_blank(text.ptr[at]))
            at++;
    *secret = (struct secret){at, at};
    while (secret->to < text.len && !strchr(ends, text.ptr[secret->to]))
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
        } else if ((begins_with(text, at, "token") && find_value(text, at, "token", ",}", &secret)) ||
                   (begins_with(text, at, "set") && find_value(text, at, "set", "}", &secret))) {
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
    return before >= secret->from && !plx_ascii_is_blank(*character.ptr) ? plx_slice_of("*") : character;
}

/* ---- errors ---- */

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
tell_at(struct plx_buffer *out, const struct plx_config_source *source, unsigned line, unsigned column, bool shown,
        const char *mend, const char *what)
{
    if (!line) { /* about a flag, or the file as a whole: one line */
        plx_buffer_text(out, "parallax: ");
    } else {
        add_shown(out, source->file);
        plx_buffer_format(out, ":%u:%u: ", line, column);
    }
    add_shown(out, what);
    if (line) {
        plx_buffer_byte(out, '\n');
        if (shown)
            show_line(out, plx_config_line(source->text, line), column);
    }
    if (mend) {
        plx_buffer_text(out, line ? "  mend: " : "; ");
        add_shown(out, mend);
    }
    if (mend || !line)
        plx_buffer_byte(out, '\n');
}

static void
tell_error(struct plx_config_errors *errors, const struct plx_config_source *source, unsigned line, unsigned column,
           bool shown, const char *mend, const char *what)
{
    if (!line)
        errors->usage = true;
    if (++errors->count <= PLX_CONFIG_ERRORS_MAX)
        tell_at(&errors->text, source, line, column, shown, mend, what);
}

void
plx_config_error_at(struct plx_config_reader *reader, unsigned line, unsigned column, const char *mend,
                    const char *what)
{
    tell_error(reader->errors, reader->source, line, column, true, mend, what);
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
        tell_at(&reader->errors->warnings, node->source, node->line, node->column, true, mend, what);
}

void
plx_config_error_unshown(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend,
                         const char *format, ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    tell_error(reader->errors, node->source, node->line, node->column, false, mend, what);
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
    tell_error(reader->errors, node ? node->source : NULL, node ? node->line : 0, node ? node->column : 0, true, mend,
               what);
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
    return node->written.len ? plx_config_quoted(node->written) : "nothing";
}

/* ---- all of them ---- */

void
plx_config_errors_begin(struct plx_config_errors *errors)
{
    memset(errors, 0, sizeof(*errors));
    plx_buffer_init(&errors->text, (size_t)PLX_CONFIG_ERRORS_MAX * 2048);
    plx_buffer_init(&errors->warnings, (size_t)PLX_CONFIG_ERRORS_MAX * 2048);
}

enum plx_status
plx_config_errors_end(const struct plx_config_reader *reader)
{
    struct plx_config_errors *errors = reader->errors;

    if (reader->no_memory) { /* what was told until then may have come of it */
        plx_buffer_clear(&errors->text);
        plx_buffer_text(&errors->text, "parallax: out of memory\n");
        errors->count = 1;
        return PLX_E_MEMORY;
    }
    if (errors->count > PLX_CONFIG_ERRORS_MAX)
        plx_buffer_format(&errors->text, "... and %zu more\n", errors->count - PLX_CONFIG_ERRORS_MAX);
    return errors->count ? PLX_E_SYNTAX : PLX_OK;
}

void
plx_config_errors_print(const struct plx_config_errors *errors)
{
    if (errors->text.len)
        fwrite(errors->text.ptr, 1, errors->text.len, stderr);
    if (errors->warnings.len)
        fwrite(errors->warnings.ptr, 1, errors->warnings.len, stderr);
}

void
plx_config_errors_fini(struct plx_config_errors *errors)
{
    plx_buffer_fini(&errors->text);
    plx_buffer_fini(&errors->warnings);
}
