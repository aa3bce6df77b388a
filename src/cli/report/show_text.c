/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `diffs` says of a mismatch, then each side whole. A side is a message (a request, an answer, a call of a spy),
 * or the result of an experiment's behaviour, which is JSON. All lines go through plx_text_add(), and none is cut.
 */
#include "cli/report/show_text.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/assert.h"
#include "cli/report/diffs_text.h"
#include "cli/terminal/printer.h"
#include "cli/terminal/words.h"

#include <stdint.h>
#include <string.h>

#define INDENT_LEVELS_MAX 32u /* what is nested deeper stands below: a line must not be all blanks */
#define LINE_BYTES_MAX    (16u << 20)

struct showing {
    struct plx_printer printer;
    struct plx_buffer line; /* as it came */
};

static struct plx_slice
text_of(struct showing *s, struct plx_item owner, const char *key)
{
    return plx_item_text(plx_item_member(owner, key), s->printer.arena);
}

static void
print_line(struct showing *s, unsigned level, enum plx_style style)
{
    for (unsigned i = 0; i < 1 + (level < INDENT_LEVELS_MAX ? level : INDENT_LEVELS_MAX); i++)
        plx_buffer_text(&s->printer.text, "  ");
    plx_text_add(&s->printer.text, plx_buffer_slice(&s->line), SIZE_MAX);
    plx_printer_end_line(&s->printer, style);
    plx_buffer_clear(&s->line);
}

/* ---- bodies ---- */

static size_t
skip_white(struct plx_slice json, size_t at)
{
    while (at < json.len && plx_ascii_is_white(json.ptr[at]))
        at++;
    return at;
}

static size_t
add_string(struct showing *s, struct plx_slice json, size_t at)
{
    size_t end = at + 1;

    while (json.ptr[end] != '"')
        end += json.ptr[end] == '\\' ? 2 : 1;
    plx_buffer_append(&s->line, json.ptr + at, end + 1 - at);
    return end;
}

/* json has been read: it is right. A line for each member and element. */
static void
print_json(struct showing *s, struct plx_slice json)
{
    unsigned level = 0;

    for (size_t at = 0; at < json.len; at++) {
        char c = json.ptr[at];
        size_t next = skip_white(json, at + 1);
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';

        if (plx_ascii_is_white(c))
            continue;
        if (c == '"') {
            at = add_string(s, json, at);
        } else if (opens && (json.ptr[next] == '}' || json.ptr[next] == ']')) {
            plx_buffer_byte(&s->line, c);
            plx_buffer_byte(&s->line, json.ptr[next]);
            at = next;
        } else {
            if (closes)
                print_line(s, level--, PLX_PLAIN);
            plx_buffer_byte(&s->line, c);
            if (c == ':')
                plx_buffer_byte(&s->line, ' ');
            if (opens || c == ',')
                print_line(s, opens ? level++ : level, PLX_PLAIN);
        }
    }
    print_line(s, level, PLX_PLAIN);
}

static void
print_text(struct showing *s, struct plx_slice text)
{
    for (size_t from = 0; from < text.len;) {
        const char *newline = memchr(text.ptr + from, '\n', text.len - from);
        size_t end = newline ? (size_t)(newline - text.ptr) : text.len;

        plx_buffer_append(&s->line, text.ptr + from, end - from);
        print_line(s, 0, PLX_PLAIN);
        from = end + 1;
    }
}

static void
print_body(struct showing *s, struct plx_item message)
{
    struct plx_slice body = text_of(s, message, "body"), withheld = text_of(s, message, "body_withheld");
    unsigned long long length = plx_item_uint(plx_item_member(message, "body_length"));
    struct plx_document document;

    if (length == 0)
        return;
    plx_buffer_byte(s->printer.terminal->out, '\n');
    if (withheld.len) {
        plx_buffer_format(&s->line, "%llu bytes are not kept: ", length);
        plx_buffer_add(&s->line, withheld);
    } else if (plx_item_member(message, "body_base64").document) {
        plx_buffer_format(&s->line, "%llu bytes that are no text", length);
    } else {
        if (plx_json_read(body, NULL, s->printer.arena, &document, NULL) == PLX_OK)
            print_json(s, body);
        else
            print_text(s, body);
        if (!plx_item_true(plx_item_member(message, "body_cut")))
            return;
        plx_buffer_format(&s->line, "cut here: %llu bytes came", length);
    }
    print_line(s, 0, PLX_DIM);
}

/* ---- sides ---- */

static void
print_headers(struct showing *s, struct plx_item message)
{
    struct plx_item list = plx_item_member(message, "headers");

    for (struct plx_item h = plx_item_first(list); h.document; h = plx_item_next(list, h)) {
        struct plx_item name = plx_item_first(h);

        plx_buffer_add(&s->line, plx_item_text(name, s->printer.arena));
        plx_buffer_text(&s->line, ": ");
        plx_buffer_add(&s->line, plx_item_text(plx_item_next(h, name), s->printer.arena));
        print_line(s, 0, PLX_PLAIN);
    }
    if (plx_item_true(plx_item_member(message, "headers_cut"))) {
        plx_buffer_text(&s->line, "cut here: there were more headers");
        print_line(s, 0, PLX_DIM);
    }
}

/* "POST /payroll" of requests and calls, "200 in 1.24 ms" of answers, "failed: timeout" where there is none. */
static void
print_first(struct showing *s, struct plx_item side)
{
    struct plx_slice failed = text_of(s, side, "failed"), status = text_of(s, side, "status");
    double seconds = plx_item_double(plx_item_member(side, "seconds"));

    if (failed.len) {
        plx_buffer_text(&s->line, "failed: ");
        plx_buffer_add(&s->line, failed);
        print_line(s, 0, PLX_YELLOW);
    }
    if (status.len) {
        plx_buffer_add(&s->line, status);
        if (seconds > 0) { /* an answer that broke off has no time */
            plx_buffer_text(&s->line, " in ");
            plx_text_add_seconds(&s->line, seconds);
        }
        print_line(s, 0, PLX_PLAIN);
    } else if (plx_item_member(side, "method").document) {
        plx_buffer_add(&s->line, text_of(s, side, "method"));
        plx_buffer_byte(&s->line, ' ');
        plx_buffer_add(&s->line, text_of(s, side, "target"));
        print_line(s, 0, PLX_PLAIN);
    }
}

static void
print_side(struct showing *s, struct plx_item record, const char *name)
{
    struct plx_item side = plx_item_member(record, name);

    if (!plx_item_is(side, PLX_OBJECT))
        return;
    plx_buffer_byte(s->printer.terminal->out, '\n');
    plx_buffer_text(&s->printer.text, name);
    plx_printer_end_line(&s->printer, PLX_BOLD);
    if (!plx_item_member(side, "headers").document && !plx_item_member(side, "failed").document) {
        print_json(s, plx_json_text(side.document, side.node));
        return;
    }
    print_first(s, side);
    print_headers(s, side);
    print_body(s, side);
}

enum plx_status
plx_record_print_whole(const struct plx_terminal *terminal, struct plx_item record)
{
    static const char *const sides[] = {"context", "request", "primary", "control", "candidate", "secondary"};
    struct plx_arena *arena = plx_arena_new(NULL);
    struct showing s;
    enum plx_status status = plx_record_print(terminal, record, NULL);

    if (!arena)
        return PLX_E_MEMORY;
    plx_printer_init(&s.printer, terminal, arena);
    plx_buffer_init(&s.line, LINE_BYTES_MAX);
    /* The request of a spy's record is one of its two calls. */
    bool spied = plx_item_member(record, plx_subject_text(PLX_SUBJECT_SPY)).document != NULL;
    for (size_t i = 0; i < PLX_COUNT(sides); i++)
        if (!spied || strcmp(sides[i], "request") != 0)
            print_side(&s, record, sides[i]);
    if (s.line.failed || terminal->out->failed)
        status = PLX_E_MEMORY;
    plx_buffer_fini(&s.line);
    plx_printer_fini(&s.printer);
    plx_arena_free(arena);
    return status;
}
