/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, one after the other a job, and the schedules that ask for them. */
#include "control/process/served_jobs.h"

#include "base/assert.h"
#include "base/clock.h"
#include "log/log.h"

#include <stdlib.h>

#define LOOK_MS 60000u /* how often a schedule is held against the clock, which may be set meanwhile */

/* ---- runs ---- */

/* On a thread of the pool. */
static void
work(uv_work_t *request)
{
    struct plx_served_job *served = PLX_CONTAINER(request, struct plx_served_job, work);
    const struct plx_reconcile_service *service = served->jobs->service;
    const struct plx_reconcile_options options = {.dry_run = service->dry_run, .stop = &served->jobs->stop};
    struct plx_reconcile_error error;

    plx_reconcile_result_init(&served->result, served->job, PLX_RECONCILIATION_EXAMPLES_MAX);
    if (plx_reconcile_run(served->job, &options, &served->result, &error) == PLX_E_CANCELED)
        return;
    plx_reconcile_result_for_ledger(&served->result, served->arena, &served->said);
    if (service->post &&
        !service->post(service->context, &served->said, served->post_error, sizeof(served->post_error)))
        return;
    served->post_error[0] = '\0';
}

static void
log_run(const struct plx_served_job *served)
{
    const struct plx_reconciliation *said = &served->said;

    if (said->outcome == PLX_RECONCILIATION_FAILED)
        plx_log(PLX_LOG_ERROR, "run_failed", PLX_TEXT("job", served->job->name), PLX_SLICE("error", said->error));
    else
        plx_log(said->outcome == PLX_RECONCILIATION_TRUE ? PLX_LOG_INFO : PLX_LOG_WARN, "run_ended",
                PLX_TEXT("job", served->job->name), PLX_TEXT("result", plx_reconciliation_outcome_text(said->outcome)),
                PLX_NUMBER_OF("left", said->left.rows), PLX_NUMBER_OF("right", said->right.rows),
                PLX_NUMBER_OF("paired", said->counts[PLX_ROWS_PAIRED]),
                PLX_NUMBER_OF("only_left", said->counts[PLX_ROWS_ONLY_LEFT]),
                PLX_NUMBER_OF("only_right", said->counts[PLX_ROWS_ONLY_RIGHT]),
                PLX_NUMBER_OF("differing", said->counts[PLX_ROWS_DIFFERING]),
                PLX_NUMBER_OF("waiting", said->counts[PLX_ROWS_WAITING]), PLX_NUMBER_OF("ms", said->seconds * 1000));
    if (served->post_error[0])
        plx_log(PLX_LOG_ERROR, "post_failed", PLX_TEXT("job", served->job->name),
                PLX_TEXT("error", served->post_error));
}

/* Without memory for it the one before stays. */
static void
keep_last(struct plx_served_job *served)
{
    struct plx_reconciliation *last = plx_reconciliation_copy(&served->said, true);

    plx_reconciliation_add_up(&served->totals, &served->said);
    if (!last)
        return;
    free(served->last);
    served->last = last;
}

static void begin_run(struct plx_served_job *served);

static void
after_work(uv_work_t *request, int status)
{
    struct plx_served_job *served = PLX_CONTAINER(request, struct plx_served_job, work);
    bool stopped = atomic_load(&served->jobs->stop);

    (void)status;
    if (!stopped) {
        keep_last(served);
        log_run(served);
    }
    plx_reconcile_result_fini(&served->result);
    plx_arena_reset(served->arena);
    served->finished = served->started;
    if (served->wanted && !stopped)
        begin_run(served);
    if (!stopped)
        served->jobs->ended(served->jobs->owner);
}

static void
begin_run(struct plx_served_job *served)
{
    served->wanted = false;
    served->started++;
    served->post_error[0] = '\0';
    PLX_ASSERT(uv_queue_work(served->jobs->loop, &served->work, work, after_work) == 0);
}

uint64_t
plx_served_job_want(struct plx_served_job *served)
{
    if (served->started == served->finished) {
        begin_run(served);
        return served->started;
    }
    served->wanted = true;
    return served->started + 1;
}

/* ---- schedules ---- */

static void on_timer(uv_timer_t *timer);

static void
set_timer(struct plx_served_job *served)
{
    uint64_t now = plx_wall_ms(), in = served->due_ms > now ? served->due_ms - now : 0;

    if (served->due_ms != UINT64_MAX)
        uv_timer_start(&served->timer, on_timer, in < LOOK_MS ? in : LOOK_MS, 0);
}

static void
on_timer(uv_timer_t *timer)
{
    struct plx_served_job *served = PLX_CONTAINER(timer, struct plx_served_job, timer);
    uint64_t now = plx_wall_ms();

    uv_update_time(served->jobs->loop);
    if (now >= served->due_ms) {
        served->due_ms = plx_schedule_next(&served->job->every, now);
        if (served->started == served->finished)
            begin_run(served);
        else
            plx_log(PLX_LOG_WARN, "run_left_out", PLX_TEXT("job", served->job->name),
                    PLX_TEXT("why", "the one before has not ended"));
    }
    set_timer(served);
}

/* ---- all of them ---- */

bool
plx_served_jobs_init(struct plx_served_jobs *jobs, const struct plx_reconcile_service *service, uv_loop_t *loop,
                     void (*ended)(void *owner), void *owner)
{
    jobs->service = service;
    jobs->loop = loop;
    jobs->ended = ended;
    jobs->owner = owner;
    jobs->count = service->job_count;
    for (size_t i = 0; i < jobs->count; i++) {
        struct plx_served_job *served = &jobs->list[i];
        served->jobs = jobs;
        served->job = service->jobs[i];
        served->due_ms = plx_schedule_is_set(&served->job->every)
                             ? plx_schedule_next(&served->job->every, plx_wall_ms())
                             : UINT64_MAX;
        served->arena = plx_arena_new(NULL);
        if (!served->arena)
            return false;
        uv_timer_init(loop, &served->timer);
        set_timer(served);
    }
    return true;
}

void
plx_served_jobs_stop(struct plx_served_jobs *jobs)
{
    atomic_store(&jobs->stop, true);
    for (size_t i = 0; i < jobs->count; i++)
        uv_close((uv_handle_t *)&jobs->list[i].timer, NULL);
}

void
plx_served_jobs_fini(struct plx_served_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        plx_arena_free(jobs->list[i].arena);
        free(jobs->list[i].last);
    }
}
