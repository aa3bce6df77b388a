/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines in logfmt; a line that is too long is cut, and says so. */
#include "log/log.h"

#include "json/utf8.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX 8192u

static enum plx_log_level lowest = PLX_LOG_INFO; /* set before the threads start */

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void
plx_log_set_level(enum plx_log_level level)
{
    lowest = level;
}

bool
plx_log_level_of(struct plx_slice text, enum plx_log_level *level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
        if (plx_slice_equal(text, plx_slice_of(level_names[i]))) {
            *level = (enum plx_log_level)i;
            return true;
        }
    return false;
}

static bool
is_plain(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7F)
            return false;
    }
    return text.len > 0;
}

static void
append_quoted(struct plx_buffer *out, struct plx_slice text)
{
    plx_buffer_byte(out, '"');
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        size_t len = plx_utf8_length(text.ptr + i, text.len - i);
        /* C1 control characters are two bytes of UTF-8, and move cursors as well. */
        bool control = c < 0x20 || c == 0x7F || (c == 0xC2 && len == 2 && (unsigned char)text.ptr[i + 1] < 0xA0);
        if (c == '"' || c == '\\')
            plx_buffer_format(out, "\\%c", c);
        else if (c == '\n')
            plx_buffer_text(out, "\\n");
        else if (len == 0 || control)
            plx_buffer_format(out, "\\x%02X", c);
        else
            plx_buffer_append(out, text.ptr + i, len);
        i += len == 0 || control ? 1 : len;
    }
    plx_buffer_byte(out, '"');
}

void
plx_log_append(struct plx_buffer *out, const struct plx_log_field *fields)
{
    for (const struct plx_log_field *field = fields; field->key; field++) {
        plx_buffer_format(out, " %s=", field->key);
        if (field->is_number)
            plx_buffer_format(out, "%lld", (long long)field->number);
        else if (is_plain(field->text))
            plx_buffer_add(out, field->text);
        else
            append_quoted(out, field->text);
    }
}

static void
append_time(struct plx_buffer *out)
{
    struct timespec now;
    struct tm tm;
    char text[32];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    plx_buffer_format(out, "time=%s.%03ldZ", text, now.tv_nsec / 1000000);
}

void
plx_log_write(enum plx_log_level level, const char *event, const struct plx_log_field *fields)
{
    struct plx_buffer line;

    if (level < lowest)
        return;
    plx_buffer_init(&line, LINE_BYTES_MAX);
    append_time(&line);
    plx_buffer_format(&line, " level=%s event=%s", level_names[level], event);
    plx_log_append(&line, fields);
    if (line.failed) {
        line.failed = false;
        line.max += sizeof(" cut=true\n");
        plx_buffer_text(&line, " cut=true");
    } else {
        line.max += 1;
    }
    plx_buffer_byte(&line, '\n');
    /* There is nowhere to tell that the log can't be written. */
    if (write(STDERR_FILENO, line.ptr, line.len) < 0)
        (void)0;
    plx_buffer_fini(&line);
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
        limit->suppressed++;
        return false;
    }
    limit->count++;
    if (suppressed)
        *suppressed = limit->suppressed;
    limit->suppressed = 0;
    return true;
}
