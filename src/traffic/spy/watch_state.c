/* SPDX-License-Identifier: Apache-2.0 */
/* What both parts of the watch do: show themselves, and have something done on another thread. */
#include "traffic/spy/watch_state.h"

void
plx_watch_show(struct plx_watch_state *state)
{
    atomic_store_explicit(&state->spy->gauges->waiting, (unsigned)state->book.waiting_count, memory_order_relaxed);
    atomic_store_explicit(&state->spy->gauges->kept_bytes, state->kept_bytes, memory_order_relaxed);
}

static void
on_work(uv_work_t *request)
{
    struct plx_watch_job *job = PLX_CONTAINER(request, struct plx_watch_job, request);

    job->work(job);
}

static void
on_done(uv_work_t *request, int error)
{
    struct plx_watch_job *job = PLX_CONTAINER(request, struct plx_watch_job, request);
    struct plx_arena *arena = job->arena;

    job->watch->busy--;
    job->done(job, error != 0);
    plx_arena_free(arena);
}

bool
plx_watch_queue(struct plx_watch *watch, struct plx_watch_job *job)
{
    job->watch = watch;
    job->arena = plx_arena_new(NULL);
    if (job->arena && uv_queue_work(watch->owner.loop, &job->request, on_work, on_done) == 0) {
        watch->busy++;
        return true;
    }
    plx_arena_free(job->arena);
    return false;
}
