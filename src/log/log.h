/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines in logfmt on standard error, one write(2) each, from any thread and without waiting (outlet.h):
 *   time=2026-01-02T03:04:05.678Z level=info event=listening address=127.0.0.1:8080 workers=2
 * or as JSON, an object a line: {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"listening",...}
 * Values are quoted and escaped where they need it, so that a peer's bytes cannot forge a line. Lines are UTF-8: a byte
 * of a value that is none is written as \xFF (in JSON "\\xFF").
 */
#ifndef PLX_LOG_LOG_H
#define PLX_LOG_LOG_H

#include "base/buffer.h"

enum plx_log_level {
    PLX_LOG_DEBUG,
    PLX_LOG_INFO,
    PLX_LOG_WARN,
    PLX_LOG_ERROR,
};

enum plx_log_format {
    PLX_LOG_TEXT,
    PLX_LOG_JSON,
};

struct plx_log_field {
    const char *key; /* NULL ends the list */
    struct plx_slice text;
    int64_t number;
    bool is_number;
    bool is_decimal; /* text is a number */
};

#define PLX_TEXT(name, value)                 \
    {                                         \
        (name), plx_slice_of(value), 0, false \
    }
#define PLX_SLICE(name, value)    \
    {                             \
        (name), (value), 0, false \
    }
#define PLX_NUMBER_OF(name, value)                \
    {                                             \
        (name), {NULL, 0}, (int64_t)(value), true \
    }

#define PLX_DECIMAL(name, value)                    \
    {                                               \
        (name), plx_slice_of(value), 0, false, true \
    }

/* plx_log(PLX_LOG_INFO, "listening", PLX_TEXT("address", a), PLX_NUMBER_OF("workers", n)); */
#define plx_log(level, event, ...)  \
    plx_log_write((level), (event), \
                  (const struct plx_log_field[]){__VA_ARGS__ __VA_OPT__(, ){NULL, {NULL, 0}, 0, false}})

void plx_log_write(enum plx_log_level level, const char *event, const struct plx_log_field *fields);
/*
 * A line as in the log, for another one: its beginning, with the time (since the epoch); each field, quoted and
 * escaped; its end.
 */
void plx_log_line_begin(struct plx_buffer *out, enum plx_log_format format, uint64_t time_ms);
void plx_log_append(struct plx_buffer *out, enum plx_log_format format, const struct plx_log_field *fields);
void plx_log_line_end(struct plx_buffer *out, enum plx_log_format format);
void plx_log_set_format(enum plx_log_format format); /* default PLX_LOG_TEXT; from any thread */
enum plx_log_format plx_log_format(void);
void plx_log_set_level(enum plx_log_level level); /* default PLX_LOG_INFO; from any thread */
/* From now on lines go to this descriptor, and nobody waits for who reads it: those that do not go out at once are
 * dropped, counted, and told with the next one that does. Before there are threads. */
void plx_log_never_wait(int descriptor);
uint64_t plx_log_dropped(void); /* lines, since then */
/* "debug", "info", "warn", "error"; false for any other. */
bool plx_log_level_of(struct plx_slice text, enum plx_log_level *level);

/* At most so many lines a second of one kind: start from {0}, one a thread or site. */
struct plx_log_limit {
    uint64_t second;
    uint32_t count, suppressed;
};
/* Whether a line may be written now; *suppressed (may be NULL) says how many were not since the last one. */
bool plx_log_allowed(struct plx_log_limit *limit, uint32_t lines_per_second, uint32_t *suppressed);

#endif
