/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the suite's Markdown: what a block of bytes stands for, and which log belongs to it. */
#include "http_suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

/* The number that up to max digits to the base stand for, and how many they are. */
static int
read_digits(const char *text, int base, int max, int *count)
{
    char digits[4] = "";
    for (*count = 0; *count < max && text[*count] && strchr("0123456789abcdef", text[*count] | 32); ++*count) {
        if (base == 8 && (text[*count] < '0' || text[*count] > '7'))
            break;
        digits[*count] = text[*count];
    }
    return (int)strtol(digits, NULL, base);
}

static void
append_octet(struct plx_buffer *wire, int code)
{
    if (code >= 0x80) /* the suite writes a character, which goes out as UTF-8 */
        plx_buffer_byte(wire, (char)(0xc0 | code >> 6));
    plx_buffer_byte(wire, (char)(code >= 0x80 ? 0x80 | (code & 0x3f) : code));
}

/* The bytes a block stands for: lines end in CR LF, a backslash at the end of one joins it with the next; \r \n \t \f
 * \xNN \NNN. */
static void
append_wire(struct plx_buffer *wire, const char *block, size_t len)
{
    if (len && block[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++) {
        const char *next = block + i + 1;
        int count = 0, code;
        if (block[i] == '\n') {
            plx_buffer_text(wire, "\r\n");
        } else if (block[i] != '\\' || i + 1 == len) {
            plx_buffer_byte(wire, block[i]);
        } else if (*next == '\n') {
            i++;
        } else if (strchr("rntf", *next)) {
            plx_buffer_byte(wire, "\r\n\t\f"[strchr("rntf", *next) - "rntf"]);
            i++;
        } else if (*next == 'x') {
            code = read_digits(next + 1, 16, 2, &count);
            append_octet(wire, code);
            i += 1 + (size_t)count;
        } else if (*next >= '0' && *next <= '7') {
            code = read_digits(next, 8, 3, &count);
            append_octet(wire, code);
            i += (size_t)count;
        } else {
            plx_buffer_byte(wire, '\\');
        }
    }
}

static void
read_meta(struct suite_case *c, const char *text)
{
    char line[256];
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
    const char *type = strstr(line, "\"type\":");
    c->skip_body = strstr(line, "\"skipBody\": true") != NULL;
    type = type ? strchr(type + 7, '"') : NULL;
    snprintf(c->type, sizeof(c->type), "%.*s", type ? (int)strcspn(type + 1, "\"") : 0, type ? type + 1 : "");
}

/* The block behind the fence at *at, up to the closing fence; *at moves behind that. */
static struct plx_slice
read_block(const char **at)
{
    const char *from = strchr(*at, '\n') + 1, *to = strstr(from, "```");
    if (!to) {
        printf("a block without an end\n");
        exit(EXIT_FAILURE);
    }
    *at = strchr(to, '\n') ? strchr(to, '\n') : to + 3;
    return plx_slice_make(from, (size_t)(to - from));
}

static void
run_document(const char *file, const char *text, void (*run)(struct suite_case *c))
{
    struct suite_case c = {.type = ""};
    snprintf(c.file, sizeof(c.file), "%s", file);
    plx_buffer_init(&c.wire, TEXT_MAX);
    plx_buffer_init(&c.log, TEXT_MAX);
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (line[0] == '#') {
            line += strspn(line, "# ");
            snprintf(c.title, sizeof(c.title), "%.*s", (int)strcspn(line, "\n"), line);
        } else if (strncmp(line, "<!-- meta=", 10) == 0) {
            read_meta(&c, line);
        } else if (strncmp(line, "```http", 7) == 0) {
            struct plx_slice block = read_block(&line);
            plx_buffer_clear(&c.wire);
            append_wire(&c.wire, block.ptr, block.len);
        } else if (strncmp(line, "```log", 6) == 0) {
            plx_buffer_clear(&c.log);
            plx_buffer_add(&c.log, read_block(&line));
            run(&c);
        }
    }
    plx_buffer_fini(&c.wire);
    plx_buffer_fini(&c.log);
}

static void
run_file(const char *folder, const char *kind, const char *name, void (*run)(struct suite_case *c))
{
    char path[4096], file[320];
    struct plx_buffer text;
    snprintf(path, sizeof(path), "%s/%s/%s", folder, kind, name);
    snprintf(file, sizeof(file), "%s/%s", kind, name);
    FILE *stream = fopen(path, "r");
    if (!stream) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    plx_buffer_init(&text, TEXT_MAX);
    for (int c; (c = getc(stream)) != EOF;)
        plx_buffer_byte(&text, (char)c);
    plx_buffer_byte(&text, '\0');
    fclose(stream);
    run_document(file, text.ptr, run);
    plx_buffer_fini(&text);
}

static int
is_markdown(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 3 && strcmp(entry->d_name + len - 3, ".md") == 0;
}

bool
suite_run(const char *folder, const char *kind, void (*run)(struct suite_case *c))
{
    char path[4096];
    struct dirent **entries = NULL;
    snprintf(path, sizeof(path), "%s/%s", folder, kind);
    int count = scandir(path, &entries, is_markdown, alphasort);
    for (int i = 0; i < count; i++) {
        run_file(folder, kind, entries[i]->d_name, run);
        free(entries[i]);
    }
    free(entries);
    return count > 0;
}
