/* SPDX-License-Identifier: Apache-2.0 */
/* What both parts of the watch do: show themselves, and have something done on another thread. */
#include "traffic/spy/watch_state.h"

void
plx_watch_show(struct plx_watch_state *state)
{
    atomic_store_explicit(&state->spy->gauges->unsettled, (unsigned)(state->book.waiting_count + state->aside),
                          memory_order_release);
    atomic_store_explicit(&state->spy->gauges->waiting, (unsigned)state->book.waiting_count, memory_order_relaxed);
    atomic_store_explicit(&state->spy->gauges->kept_bytes, state->kept_bytes, memory_order_relaxed);
}

static void
on_work(struct plx_comparison_job *request)
{
    struct plx_watch_job *job = PLX_CONTAINER(request, struct plx_watch_job, job);
    const struct plx_compare_limits limits = {
        .memory_max = request->memory,
        .work_max = PLX_COMPARISON_WORK,
        .cancel = &request->cancel,
    };

    job->work(job, &limits, request->arena);
}

static void
on_done(struct plx_comparison_job *request, struct plx_arena *arena)
{
    struct plx_watch_job *job = PLX_CONTAINER(request, struct plx_watch_job, job);

    job->watch->busy--;
    job->done(job, arena);
}

bool
plx_watch_queue(struct plx_watch *watch, struct plx_watch_job *job, const struct plx_spy *spy, uint64_t bytes)
{
    job->watch = watch;
    job->job.run = on_work;
    job->job.done = on_done;
    job->job.memory = plx_comparison_memory(spy->service->limits.body_bytes, bytes);
    if (!plx_comparisons_queue(watch->owner.comparisons, &job->job))
        return false;
    watch->busy++;
    return true;
}
