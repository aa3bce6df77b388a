/* SPDX-License-Identifier: Apache-2.0 */
/* Asks again until there is enough, more and more seldom; progress only where somebody watches. */
#include "cli/command/report_wait.h"

#include "base/clock.h"
#include "cli/terminal/exit_status.h"
#include "cli/terminal/options.h"
#include "cli/terminal/terminal.h"
#include "control/config/values.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MIN_MS 20u
#define PAUSE_MAX_MS 1000u
#define QUIET_MS     1000u /* who waits no longer is told nothing */

int
plx_report_wait_read(struct plx_report_wait *wait, const char *text)
{
    if (plx_value_duration(plx_slice_of(text), &wait->wait_ms) && wait->wait_ms <= PLX_REPORT_WAIT_MAX_MS)
        return 0;
    return plx_trouble("report", "--wait '%s' is no duration up to 24h; write it as in 30s or 10m", text);
}

int
plx_report_within_read(struct plx_report_wait *wait, const char *text)
{
    if (plx_value_percent(plx_slice_of(text), &wait->within) && wait->within > 0)
        return 0;
    return plx_trouble("report", "--within '%s' is no percentage above 0%% and up to 100%%; write it as in 0.5%%",
                       text);
}

/* A line that the next one takes the place of; on standard error, since the report goes to standard output. */
static void
tell_progress(struct plx_report_wait *wait, const struct plx_report *report, uint64_t now_ms)
{
    uint64_t under_way = 0, left_ms = wait->begun_ms + wait->wait_ms - now_ms;
    struct plx_buffer line;

    if (!isatty(STDERR_FILENO) || now_ms - wait->begun_ms < QUIET_MS)
        return;
    for (size_t i = 0; i < report->count; i++)
        under_way += report->services[i].awaited ? report->services[i].under_way : 0;
    plx_buffer_init(&line, 512);
    plx_buffer_text(&line, "\r\033[Kwaiting ");
    plx_text_add_seconds(&line, (double)left_ms / 1000);
    plx_buffer_text(&line, " at most");
    if (under_way)
        plx_buffer_format(&line, "; %llu under way", (unsigned long long)under_way);
    if (wait->within > 0)
        plx_buffer_format(&line, "; %zu of %zu within %g %%", plx_report_within_count(report), report->count,
                          wait->within * 100);
    fwrite(line.ptr, 1, line.len, stderr);
    fflush(stderr);
    plx_buffer_fini(&line);
    wait->told = true;
}

static void
pause_ms(uint64_t ms)
{
    const struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}

bool
plx_report_wait_on(struct plx_report_wait *wait, struct plx_report *report)
{
    uint64_t now_ms, waited_ms, pause;

    now_ms = plx_monotonic_ms();
    wait->begun_ms = wait->begun_ms ? wait->begun_ms : now_ms;
    waited_ms = now_ms - wait->begun_ms;
    plx_report_await(report, (double)waited_ms / 1000, wait->within);
    if (!plx_report_is_coming(report) || waited_ms >= wait->wait_ms) {
        if (wait->told)
            fputs("\r\033[K", stderr);
        return false;
    }
    tell_progress(wait, report, now_ms);
    pause = waited_ms / 4;
    pause = pause < PAUSE_MIN_MS ? PAUSE_MIN_MS : pause > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause;
    pause_ms(pause < wait->wait_ms - waited_ms ? pause : wait->wait_ms - waited_ms);
    return true;
}

void
plx_report_wait_tell(const struct plx_report_wait *wait, const struct plx_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct plx_report_service *service = &report->services[i];

        if (service->awaited)
            plx_trouble("report",
                        "%.*s: %llu %s under way, answered but not counted yet, some since before the report was "
                        "asked for; --wait 30s waits for them",
                        (int)service->name.len, service->name.ptr, (unsigned long long)service->under_way,
                        service->under_way == 1 ? "exchange is" : "exchanges are");
        if (wait->within > 0 && !plx_report_is_within(report, service) && service->verdict != PLX_REPORT_REGRESSION)
            plx_trouble("report", "%.*s: it can't be said yet that no more than %g %% of the %s differ; %s",
                        (int)service->name.len, service->name.ptr, wait->within * 100, service->words->exchanges,
                        service->paused ? "it is paused, and no more of them come before `parallax resume`"
                                        : "let more of them come, and wait longer");
    }
}
