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

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX  4096 /* PIPE_BUF on Linux */
#define VALUE_BYTES_MAX 1024 /* of one value as written; the rest is cut off */
_Static_assert(LINE_BYTES_MAX <= PIPE_BUF, "a line must be written as one");

static enum plx_log_level log_level = PLX_LOG_INFO;

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char line_cut[] = " cut=true";

/* Room for the end of the line, cut or not, is always kept. */
struct line {
    char bytes[LINE_BYTES_MAX];
    size_t len, max;
};

static bool
line_add(struct line *line, const char *ptr, size_t len)
{
    if (len > line->max - line->len)
        return false;
    if (len > 0)
        memcpy(line->bytes + line->len, ptr, len);
    line->len += len;
    return true;
}

/* C0, DEL, C1, and what changes the direction of text or breaks a line. */
static bool
is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static size_t
escape(char *out, struct plx_slice bytes)
{
    static const char shorts[] = "\nn\rr\tt\"\"\\\\";
    static const char hex[] = "0123456789ABCDEF";
    size_t len = 0;

    for (size_t i = 0; bytes.len == 1 && i + 1 < sizeof(shorts); i += 2)
        if (shorts[i] == bytes.ptr[0]) {
            out[0] = '\\';
            out[1] = shorts[i + 1];
            return 2;
        }
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];

        out[len++] = '\\';
        out[len++] = 'x';
        out[len++] = hex[c >> 4];
        out[len++] = hex[c & 15];
    }
    return len;
}

/* The next character of text as it is written within quotes; *taken says how many bytes of text it is. */
static size_t
write_character(char out[16], struct plx_slice text, size_t *taken)
{
    uint32_t code = 0;
    size_t len = plx_utf8_decode(text, &code);

    *taken = len ? len : 1;
    if (len == 0 || is_control(code) || code == '"' || code == '\\')
        return escape(out, plx_slice_make(text.ptr, *taken));
    memcpy(out, text.ptr, len);
    return len;
}

/* Plain where every byte is visible ASCII that means nothing in logfmt. */
static bool
needs_quotes(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\')
            return true;
    }
    return text.len == 0;
}

static bool
line_add_quoted(struct line *line, struct plx_slice text)
{
    size_t taken, written = 0;

    if (!line_add(line, "\"", 1))
        return false;
    for (size_t at = 0; at < text.len; at += taken) {
        char out[16];
        size_t len = write_character(out, plx_slice_make(text.ptr + at, text.len - at), &taken);

        if (written + len > VALUE_BYTES_MAX)
            return line_add(line, "...\"", 4);
        if (!line_add(line, out, len))
            return false;
        written += len;
    }
    return line_add(line, "\"", 1);
}

static bool
line_add_value(struct line *line, struct plx_slice text)
{
    if (needs_quotes(text) || text.len > VALUE_BYTES_MAX)
        return line_add_quoted(line, text);
    return line_add(line, text.ptr, text.len);
}

static bool
line_add_field(struct line *line, const struct plx_log_field *field)
{
    char digits[24];
    size_t start = line->len;
    bool whole = line_add(line, " ", 1) && line_add(line, field->key, strlen(field->key)) && line_add(line, "=", 1);

    if (field->is_number) {
        int len = snprintf(digits, sizeof(digits), "%lld", (long long)field->number);

        whole = whole && line_add(line, digits, (size_t)len);
    } else {
        whole = whole && line_add_value(line, field->text);
    }
    if (!whole)
        line->len = start;
    return whole;
}

static void
line_begin(struct line *line, enum plx_log_level level)
{
    struct timespec now;
    struct tm utc;
    int len;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    len = snprintf(line->bytes, sizeof(line->bytes), "time=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s",
                   utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                   (int)(now.tv_nsec / 1000000), level_names[level]);
    line->len = (size_t)len;
    line->max = sizeof(line->bytes) - sizeof(line_cut); /* its NUL stands for the line's end */
}

/* Nobody can be told of a failure here; a standard error that is full or shut loses the line. */
static void
line_write(const struct line *line)
{
    size_t done = 0;

    while (done < line->len) {
        ssize_t n = write(STDERR_FILENO, line->bytes + done, line->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

void
plx_log_write(enum plx_log_level level, const char *event, const struct plx_log_field *fields)
{
    const struct plx_log_field name = {"event", plx_slice_of(event), 0, false};
    struct line line;
    int error = errno;
    bool whole;

    if (level < log_level)
        return;
    line_begin(&line, level);
    whole = line_add_field(&line, &name);
    for (; fields->key; fields++)
        if (!line_add_field(&line, fields))
            whole = false;
    line.max = sizeof(line.bytes);
    if (!whole)
        line_add(&line, line_cut, sizeof(line_cut) - 1);
    line_add(&line, "\n", 1);
    line_write(&line);
    errno = error; /* a caller may log before it looks */
}

void
plx_log_append(struct plx_buffer *out, const struct plx_log_field *fields)
{
    struct line line;

    line.len = 0;
    line.max = sizeof(line.bytes);
    for (; fields->key; fields++)
        line_add_field(&line, fields);
    plx_buffer_append(out, line.bytes, line.len);
}

void
plx_log_set_level(enum plx_log_level level)
{
    log_level = level;
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
