/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs, read back to whoever wrote them. */
#include "cli/report/config_jobs.h"

#include "base/clock.h"
#include "batch/reconcile/reconcile_error.h"

#include <inttypes.h>
#include <time.h>

static uint64_t
next_ms(const struct plx_reconcile_job *job)
{
    return plx_schedule_is_set(&job->every) ? plx_schedule_next(&job->every, plx_wall_ms()) : UINT64_MAX;
}

static void
say_columns(struct plx_buffer *out, const char *title, char *const *columns, size_t count)
{
    plx_buffer_text(out, title);
    for (size_t i = 0; i < count; i++)
        plx_buffer_format(out, "%s%s", i ? ", " : "", columns[i]);
}

static void
say_when(struct plx_buffer *out, const struct plx_reconcile_job *job)
{
    uint64_t next = next_ms(job);
    time_t at = (time_t)(next / 1000);
    struct tm tm;
    char text[40];

    if (job->serve)
        plx_buffer_format(out, "    on demand  GET %s\n", job->serve);
    if (job->every.interval_ms)
        plx_buffer_format(out, "    every      %" PRIu64 " s\n", job->every.interval_ms / 1000);
    else if (next != UINT64_MAX && localtime_r(&at, &tm) && strftime(text, sizeof(text), "%F %H:%M %Z", &tm))
        plx_buffer_format(out, "    next       %s\n", text);
    else if (plx_schedule_is_set(&job->every))
        plx_buffer_text(out, "    next       never: there is no such day\n");
}

static void
say_job(struct plx_buffer *out, const struct plx_reconcile_job *job)
{
    plx_buffer_format(out, "\n  reconcile %s\n", job->name);
    for (int i = 0; i < PLX_SIDES; i++)
        plx_buffer_format(out, "    %-10s %s%s\n", PLX_SIDE_TEXT(i), plx_reconcile_shown(job->sides[i].store),
                          job->sides[i].consume ? ", pairs are marked" : "");
    say_columns(out, "    pairs      by ", job->by, job->by_count);
    if (job->compare_count)
        say_columns(out, "; compares ", job->compare, job->compare_count);
    plx_buffer_byte(out, '\n');
    if (job->settle_ms)
        plx_buffer_format(out, "    settles    in %u ms, %s%s\n", job->settle_ms, job->time ? "by " : "read twice",
                          job->time ? job->time : "");
    say_when(out, job);
}

void
plx_config_jobs_say(struct plx_buffer *out, const struct plx_reconcile_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        say_job(out, &jobs->at[i]);
}

static void
write_columns(struct plx_json_writer *json, const char *key, char *const *columns, size_t count)
{
    plx_json_key(json, key);
    plx_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        plx_json_text_value(json, columns[i]);
    plx_json_end_array(json);
}

static void
write_job(struct plx_json_writer *json, const struct plx_reconcile_job *job)
{
    plx_json_begin_object(json);
    plx_json_key(json, "name");
    plx_json_text_value(json, job->name);
    for (int i = 0; i < PLX_SIDES; i++) {
        plx_json_key(json, PLX_SIDE_TEXT(i));
        plx_json_begin_object(json);
        plx_json_key(json, "store");
        plx_json_text_value(json, plx_reconcile_shown(job->sides[i].store));
        plx_json_key(json, "consume");
        plx_json_bool(json, job->sides[i].consume != NULL);
        plx_json_end_object(json);
    }
    write_columns(json, "by", job->by, job->by_count);
    write_columns(json, "compare", job->compare, job->compare_count);
    plx_json_key(json, "settle_ms");
    plx_json_uint(json, job->settle_ms);
    plx_json_key(json, "time");
    plx_json_text_value(json, job->time);
    plx_json_key(json, "serve");
    plx_json_text_value(json, job->serve);
    plx_json_key(json, "interval_ms");
    plx_json_uint(json, job->every.interval_ms);
    plx_json_end_object(json);
}

void
plx_config_jobs_write(struct plx_json_writer *json, const struct plx_reconcile_jobs *jobs)
{
    plx_json_begin_array(json);
    for (size_t i = 0; i < jobs->count; i++)
        write_job(json, &jobs->at[i]);
    plx_json_end_array(json);
}
