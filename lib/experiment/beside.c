/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run beside the caller, from the caller's side. What can't be started is shed: the control runs, the call is
 * counted. The caller's result is never the one that is compared: that is a copy, since the caller may free its own at
 * once.
 */
#include "experiment/beside.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "experiment/behaviour_result.h"
#include "experiment/forked.h"
#include "experiment/publish.h"
#include "experiment/tell.h"
#include "experiment/thread_pool.h"
#include "experiment/trial.h"

static struct plx_result
run_control_alone(struct plx_experiment *e, unsigned control, void *input, const struct plx_surroundings *found)
{
    struct plx_result result;

    plx_result_init(&result, e);
    plx_surroundings_set(found);
    e->behaviours[control].run(input, &result);
    return result;
}

static struct plx_result
shed(struct plx_experiment *e, unsigned control, void *input, enum plx_status status,
     const struct plx_surroundings *found)
{
    atomic_fetch_add_explicit(&e->shed, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&e->shed_untold, 1, memory_order_relaxed);
    if (status != PLX_OK)
        plx_experiment_tell(e, PLX_OPERATION_START, status);
    return run_control_alone(e, control, input, found);
}

/* ---- the job ---- */

static void
start_processes(struct plx_job *job)
{
    struct plx_trial *trial = &job->trial;

    for (unsigned slot = 1; slot < trial->count; slot++) {
        enum plx_status status = plx_child_start(&job->tasks[slot].child, trial, slot);
        if (status == PLX_OK) {
            job->tasks[slot].state = PLX_TASK_RUNNING;
            continue;
        }
        job->tasks[slot].state = PLX_TASK_ENDED;
        plx_trial_lose(trial, slot, PLX_REASON_SYSTEM, 0);
        plx_experiment_tell(trial->experiment, PLX_OPERATION_START, status);
    }
}

static void
init_job(struct plx_job *job, struct plx_pool *pool, struct plx_experiment *e)
{
    struct plx_trial *trial = &job->trial;

    job->pool = pool;
    job->began_ns = plx_monotonic_ns();
    job->deadline_ns = job->began_ns + e->limits.deadline_ms * PLX_NS_PER_MS;
    job->pending = 0;
    job->refs = 2; /* the caller's and the keeper's */
    job->has_control = job->control_done = job->concluded = false;
    job->control_lost = PLX_REASON_NONE;
    plx_list_init(&job->link);
    plx_result_init(&job->answer, e);
    for (unsigned slot = 0; slot < trial->count; slot++) {
        job->tasks[slot] = (struct plx_task){.job = job, .slot = slot, .state = PLX_TASK_NONE};
        plx_list_init(&job->tasks[slot].link);
        trial->seen[slot].position = slot ? slot - 1 : trial->count - 1; /* the candidates are sent off first */
    }
}

/* ---- the caller ---- */

static void
run_control(struct plx_job *job, bool on_a_thread)
{
    struct plx_trial *trial = &job->trial;
    struct plx_instant from, to;

    if (on_a_thread) {
        plx_pool_await_control(job);
        return;
    }
    from = plx_instant_now(trial->experiment);
    plx_surroundings_set(&job->surroundings);
    trial->behaviours[0]->run(trial->inputs[0], &job->answer);
    job->surroundings = plx_surroundings_now();
    to = plx_instant_now(trial->experiment);
    plx_trial_note(trial, 0, &from, &to);
}

static void
hand_over(struct plx_job *job)
{
    enum plx_status status = plx_result_copy(&job->trial.results[0], &job->answer);

    if (status != PLX_OK)
        job->control_lost = status == PLX_E_MEMORY ? PLX_REASON_MEMORY : PLX_REASON_UNSUPPORTED;
    plx_pool_control_ended(job);
}

/* As on the caller's thread, nothing is held when a test's assertion jumps away. */
static void
await_and_raise(struct plx_job *job)
{
    struct plx_experiment *e = job->trial.experiment;
    char text[PLX_MISMATCH_TEXT_MAX];
    bool raises;

    plx_pool_await_outcome(job);
    raises = plx_mismatch_text(&job->trial, text);
    plx_job_unref(job);
    if (raises)
        e->raise(e->raise_context, text);
}

struct plx_result
plx_run_beside(struct plx_experiment *e, unsigned control, void *input, const struct plx_surroundings *found)
{
    struct plx_pool *pool = plx_pool_get(e);
    struct plx_result result;
    struct plx_job *job;

    if (!pool)
        return shed(e, control, input, PLX_E_LIMIT, found);
    if (!plx_pool_admit(pool))
        return shed(e, control, input, PLX_OK, found);
    job = plx_alloc(e->allocator, sizeof(*job));
    if (!job) {
        plx_pool_dismiss(pool);
        return shed(e, control, input, PLX_E_MEMORY, found);
    }
    plx_trial_init(&job->trial, e, control, input);
    if (!plx_trial_prepare(&job->trial)) {
        plx_trial_fini(&job->trial);
        plx_release(e->allocator, job, sizeof(*job));
        plx_pool_dismiss(pool);
        return run_control_alone(e, control, input, found);
    }
    init_job(job, pool, e);
    job->surroundings = *found;
    if (e->place == PLX_IN_PROCESS)
        start_processes(job);
    unsigned forks = plx_forks();
    run_control(job, plx_pool_submit(job));
    result = job->answer;
    struct plx_surroundings left = job->surroundings;
    if (forks != plx_forks()) { /* the control has forked, and this is the child: the run is the parent's */
        plx_surroundings_set(&left);
        return result;
    }
    hand_over(job);
    if (e->raise)
        await_and_raise(job);
    else
        plx_job_unref(job);
    plx_surroundings_set(&left);
    return result;
}
