/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines. A line is put together on the stack and goes out in one write(2) of at most PIPE_BUF bytes, which neither
 * threads nor processes that share a pipe can cut; that is why there is no lock, and why a line has a maximum.
 *
 * The hard thing: values come from peers. Whatever could end the line, move the cursor or reorder
 * the text on a terminal is written as an escape.
 */
#include "log/log.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "log/outlet.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX  4096u /* PIPE_BUF on Linux */
#define VALUE_BYTES_MAX 1024u /* of one value in a line, as written; the rest is cut off */
_Static_assert(LINE_BYTES_MAX <= PIPE_BUF, "a line must be written as one");

static _Atomic enum plx_log_level log_level = PLX_LOG_INFO;
static struct plx_outlet outlet = {.descriptor = STDERR_FILENO};

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static _Atomic enum plx_log_format log_format = PLX_LOG_TEXT;

/* What ends a line, cut or not. */
static const char *const cut_ends[] = {" cut=true\n", ",\"cut\":true}\n"};
static const char *const ends[] = {"\n", "}\n"};
#define CUT_END_BYTES_MAX 16u

static void
add_hex(struct plx_buffer *out, enum plx_log_format format, struct plx_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        plx_buffer_format(out, format == PLX_LOG_JSON ? "\\\\x%02X" : "\\x%02X", (unsigned char)bytes.ptr[i]);
}

/* JSON has escapes of its own for characters (RFC 8259, 7): none of them is more than 16 bits long. */
static void
add_code(struct plx_buffer *out, uint32_t code)
{
    if (code > 0xFFFF)
        plx_buffer_format(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + ((code - 0x10000) >> 10)),
                          (unsigned)(0xDC00 + ((code - 0x10000) & 0x3FF)));
    else
        plx_buffer_format(out, "\\u%04x", (unsigned)code);
}

/* The character that text begins with, as it stands within quotes. Returns how many bytes of text it is. */
static size_t
add_character(struct plx_buffer *out, enum plx_log_format format, struct plx_slice text)
{
    static const char shorts[] = "\nn\rr\tt\"\"\\\\";
    uint32_t code = 0;
    size_t len = plx_utf8_decode(text, &code);

    for (size_t i = 0; len == 1 && i + 1 < sizeof(shorts); i += 2)
        if (shorts[i] == text.ptr[0]) {
            plx_buffer_append(out, (const char[]){'\\', shorts[i + 1]}, 2);
            return 1;
        }
    if (len && plx_utf8_is_control(code) && format == PLX_LOG_JSON) {
        add_code(out, code);
    } else if (len == 0 || plx_utf8_is_control(code)) {
        len = len ? len : 1;
        add_hex(out, format, plx_slice_make(text.ptr, len));
    } else {
        plx_buffer_append(out, text.ptr, len);
    }
    return len;
}

static void
add_quoted(struct plx_buffer *out, enum plx_log_format format, struct plx_slice text)
{
    size_t start, before;

    plx_buffer_byte(out, '"');
    start = out->len;
    for (size_t at = 0; at < text.len && !out->failed;) {
        before = out->len;
        at += add_character(out, format, plx_slice_make(text.ptr + at, text.len - at));
        if (out->len - start > VALUE_BYTES_MAX) {
            out->len = before;
            plx_buffer_text(out, "...");
            break;
        }
    }
    plx_buffer_byte(out, '"');
}

/* Plain where every byte is visible ASCII that means nothing in logfmt. */
static bool
is_plain(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return text.len > 0;
}

static void
add_field(struct plx_buffer *out, enum plx_log_format format, const struct plx_log_field *field)
{
    if (format == PLX_LOG_JSON)
        plx_buffer_format(out, ",\"%s\":", field->key);
    else
        plx_buffer_format(out, " %s=", field->key);
    if (field->is_number)
        plx_buffer_format(out, "%lld", (long long)field->number);
    else if (field->is_decimal ||
             (format == PLX_LOG_TEXT && field->text.len <= VALUE_BYTES_MAX && is_plain(field->text)))
        plx_buffer_add(out, field->text);
    else
        add_quoted(out, format, field->text);
}

/* A field that does not fit is left out, and false. */
static bool
line_add(struct plx_buffer *line, enum plx_log_format format, const struct plx_log_field *field)
{
    size_t before = line->len;

    add_field(line, format, field);
    if (!line->failed)
        return true;
    line->failed = false;
    line->len = before;
    return false;
}

void
plx_log_append(struct plx_buffer *out, enum plx_log_format format, const struct plx_log_field *fields)
{
    char bytes[LINE_BYTES_MAX];
    struct plx_buffer line = {.ptr = bytes, .cap = sizeof(bytes), .max = sizeof(bytes)};

    for (; fields->key; fields++)
        line_add(&line, format, fields);
    plx_buffer_add(out, plx_buffer_slice(&line));
}

void
plx_log_line_begin(struct plx_buffer *out, enum plx_log_format format, uint64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;

    gmtime_r(&seconds, &utc);
    plx_buffer_format(out,
                      format == PLX_LOG_JSON ? "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03uZ\""
                                             : "time=%04d-%02d-%02dT%02d:%02d:%02d.%03uZ",
                      utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                      (unsigned)(time_ms % 1000));
}

void
plx_log_line_end(struct plx_buffer *out, enum plx_log_format format)
{
    plx_buffer_text(out, ends[format]);
}

static bool
line_write(enum plx_log_level level, const char *event, const struct plx_log_field *fields)
{
    const enum plx_log_format format = plx_log_format();
    const struct plx_log_field first[] = {PLX_TEXT("level", level_names[level]), PLX_TEXT("event", event)};
    char bytes[LINE_BYTES_MAX];
    struct timespec now;
    bool whole = true;
    /* The maximum keeps room for the line's end, cut or not. */
    struct plx_buffer line = {.ptr = bytes, .cap = sizeof(bytes), .max = sizeof(bytes) - CUT_END_BYTES_MAX};

    clock_gettime(CLOCK_REALTIME, &now);
    plx_log_line_begin(&line, format, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
    for (size_t i = 0; i < PLX_COUNT(first); i++)
        whole = line_add(&line, format, &first[i]) && whole;
    for (; fields->key; fields++)
        whole = line_add(&line, format, fields) && whole;
    line.max = sizeof(bytes);
    plx_buffer_text(&line, whole ? ends[format] : cut_ends[format]);
    return plx_outlet_write(&outlet, plx_buffer_slice(&line));
}

/* A line that is dropped itself has been counted again with the next one. */
static void
tell_dropped(void)
{
    uint64_t dropped = plx_outlet_take_dropped(&outlet);

    if (dropped == 0)
        return;
    const struct plx_log_field fields[] = {
        PLX_NUMBER_OF("count", dropped),
        PLX_TEXT("reason", "nobody read the log quickly enough, and nobody who serves clients waits for that"),
        {NULL, {NULL, 0}, 0, false}};
    if (!line_write(PLX_LOG_WARN, "log_lines_dropped", fields))
        plx_outlet_give_back(&outlet, dropped);
}

void
plx_log_write(enum plx_log_level level, const char *event, const struct plx_log_field *fields)
{
    int error = errno;

    if (level < atomic_load_explicit(&log_level, memory_order_relaxed))
        return;
    tell_dropped();
    (void)line_write(level, event, fields);
    errno = error; /* a caller may log before it looks */
}

void
plx_log_never_wait(int descriptor)
{
    plx_outlet_open(&outlet, descriptor);
}

void
plx_log_set_format(enum plx_log_format format)
{
    atomic_store_explicit(&log_format, format, memory_order_relaxed);
}

enum plx_log_format
plx_log_format(void)
{
    return atomic_load_explicit(&log_format, memory_order_relaxed);
}

uint64_t
plx_log_dropped(void)
{
    return atomic_load_explicit(&outlet.total, memory_order_relaxed);
}

void
plx_log_set_level(enum plx_log_level level)
{
    atomic_store_explicit(&log_level, level, memory_order_relaxed);
}

bool
plx_log_level_of(struct plx_slice text, enum plx_log_level *level)
{
    for (size_t i = 0; i < PLX_COUNT(level_names); i++)
        if (plx_slice_equal(text, plx_slice_of(level_names[i]))) {
            *level = (enum plx_log_level)i;
            return true;
        }
    return false;
}

bool
plx_log_allowed(struct plx_log_limit *limit, uint32_t lines_per_second, uint32_t *suppressed)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (limit->second != (uint64_t)now.tv_sec) {
        limit->second = (uint64_t)now.tv_sec;
        limit->count = 0;
    }
    if (limit->count >= lines_per_second) {
        if (limit->suppressed < UINT32_MAX)
            limit->suppressed++;
        return false;
    }
    limit->count++;
    if (suppressed)
        *suppressed = limit->suppressed;
    limit->suppressed = 0;
    return true;
}
