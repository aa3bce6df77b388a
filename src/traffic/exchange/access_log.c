/* SPDX-License-Identifier: Apache-2.0 */
/* Access log lines, gathered by each worker. */
#include "traffic/exchange/access_log.h"

#include "log/log.h"
#include "secrets/secret_text.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX   (16u * 1024) /* more than plx_log_append() ever gives */
#define TARGET_BYTES_MAX (64u * 1024) /* of a target without its secrets; of a longer one the end is left out */

void
plx_access_log_init(struct plx_access_log *log, struct plx_outlet *outlet)
{
    log->outlet = outlet;
    log->lost = 0;
    plx_buffer_init(&log->lines, PLX_ACCESS_LOG_BYTES + LINE_BYTES_MAX);
    plx_buffer_init(&log->target, TARGET_BYTES_MAX);
}

void
plx_access_log_fini(struct plx_access_log *log)
{
    plx_access_log_flush(log);
    plx_buffer_fini(&log->lines);
    plx_buffer_fini(&log->target);
}

void
plx_access_log_add(struct plx_access_log *log, const struct plx_access_line *line)
{
    struct plx_buffer *out = &log->lines;
    const enum plx_log_format format = plx_log_format();
    char seconds[32];
    size_t before = out->len;

    plx_buffer_clear(&log->target);
    plx_secrets_write(line->secrets, line->target, PLX_SECRET_TARGET, SIZE_MAX, &log->target);
    snprintf(seconds, sizeof(seconds), "%.6f", (double)line->duration_ns / 1e9);
    plx_log_line_begin(out, format, line->time_ms);
    plx_log_append(out, format,
                   (const struct plx_log_field[]){PLX_SLICE("exchange", line->exchange),
                                                  PLX_SLICE("client", line->client),
                                                  PLX_SLICE("service", line->service),
                                                  PLX_SLICE("method", line->method),
                                                  PLX_SLICE("target", plx_buffer_slice(&log->target)),
                                                  PLX_NUMBER_OF("status", line->status),
                                                  PLX_NUMBER_OF("bytes", line->bytes),
                                                  PLX_DECIMAL("seconds", seconds),
                                                  PLX_TEXT("served", line->served),
                                                  PLX_TEXT("result", line->result),
                                                  {NULL, {NULL, 0}, 0, false}});
    if (line->reason)
        plx_log_append(out, format,
                       (const struct plx_log_field[]){PLX_TEXT("reason", line->reason), {NULL, {NULL, 0}, 0, false}});
    plx_log_line_end(out, format);
    if (out->failed) {
        out->failed = false;
        out->len = before;
        log->lost++;
    }
    if (out->len >= PLX_ACCESS_LOG_BYTES)
        plx_access_log_flush(log);
}

void
plx_access_log_flush(struct plx_access_log *log)
{
    errno = 0;
    if (!plx_outlet_write(log->outlet, plx_buffer_slice(&log->lines)))
        log->lost += plx_outlet_take_dropped(log->outlet);
    plx_buffer_clear(&log->lines);
    if (log->lost)
        plx_log(PLX_LOG_ERROR, "access_log_lost", PLX_NUMBER_OF("count", log->lost),
                PLX_TEXT("reason", strerror(errno)));
    log->lost = 0;
}
