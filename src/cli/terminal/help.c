/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wraps help: a line that is too long goes on below where its text begins, and the lines that go on there already
 * follow as if they were one. The text of a line begins behind its indentation, or behind a head, as an option is one,
 * that two spaces end.
 */
#include "cli/terminal/help.h"

#include "cli/terminal/terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH_MAX 100u

static size_t
indent_of(const char *line)
{
    return strspn(line, " ");
}

static size_t
length_of(const char *line)
{
    return strcspn(line, "\n");
}

static const char *
next_of(const char *line)
{
    line += length_of(line);
    return *line ? line + 1 : line;
}

/* Where its text begins. */
static size_t
text_of(const char *line)
{
    size_t indent = indent_of(line), len = length_of(line);
    bool has_head = indent >= 2;

    for (size_t at = indent; has_head && at + 2 < len; at++)
        if (line[at] == ' ' && line[at + 1] == ' ') {
            while (at < len && line[at] == ' ')
                at++;
            return at;
        }
    return indent;
}

/* Whether the line is a part of the text that the one before has begun at this column. */
static bool
goes_on(const char *line, size_t column, bool has_head)
{
    size_t len = length_of(line), indent = indent_of(line);

    return len > 0 && indent == column && text_of(line) == indent && line[indent] != '-' &&
           strncmp(line + indent, "usage:", 6) != 0 && strncmp(line + indent, "parallax ", 9) != 0 &&
           (has_head || column == 0);
}

struct writing {
    FILE *file;
    size_t width, column, at; /* column: where lines begin; at: where the present one ends */
    bool begun;               /* it has a word */
};

static void
write_words(struct writing *w, const char *text, size_t len)
{
    while (len) {
        size_t word = 0, skipped = strspn(text, " ");
        skipped = skipped < len ? skipped : len;
        text += skipped;
        len -= skipped;
        while (word < len && text[word] != ' ')
            word++;
        if (!word)
            return;
        if (w->begun && w->at + 1 + word > w->width) {
            fprintf(w->file, "\n%*s", (int)w->column, "");
            w->at = w->column;
            w->begun = false;
        }
        fprintf(w->file, "%s%.*s", w->begun ? " " : "", (int)word, text);
        w->at += word + w->begun;
        w->begun = true;
        text += word;
        len -= word;
    }
}

/* A line with what goes on behind it; returns the next one. */
static const char *
write_piece(FILE *file, const char *line, size_t width)
{
    size_t column = text_of(line);
    bool has_head = column > indent_of(line), is_usage = strncmp(line, "usage:", 6) == 0;
    struct writing w = {file, width, column + 20 < width ? column : 8, column, false};

    fprintf(file, "%.*s", (int)column, line);
    write_words(&w, line + column, length_of(line) - column);
    for (line = next_of(line); *line && !is_usage && goes_on(line, column, has_head); line = next_of(line))
        write_words(&w, line + column, length_of(line) - column);
    fputc('\n', file);
    return line;
}

void
plx_help_print(FILE *file, const char *text)
{
    const char *columns = getenv("COLUMNS");
    struct plx_terminal terminal;
    size_t width;

    if (columns && strcmp(columns, "0") == 0) {
        fputs(text, file);
        return;
    }
    plx_terminal_init(&terminal, NULL, file);
    width = terminal.width < WIDTH_MAX ? terminal.width : WIDTH_MAX;
    while (*text) {
        if (length_of(text) == 0) {
            fputc('\n', file);
            text = next_of(text);
        } else {
            text = write_piece(file, text, width);
        }
    }
}
