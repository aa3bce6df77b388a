/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An experiment's own threads: some that run candidates, and a keeper that holds the deadlines, reads from processes,
 * and concludes and publishes runs. Started by the first run that needs them.
 *
 *   caller: make job ─ submit ─ control runs ─ control_ended ─┐
 *   thread: ............ candidate runs ──────────────────────┤ nothing pending, control there
 *   keeper: ............ processes, deadlines ────────────────┴─> ready ─> conclude ─> unref
 *
 * A job belongs to whoever holds a reference: the caller, the keeper, and each task that is on a thread's hands.
 * A candidate that misses its deadline is given up (LATE): its thread finds that out when it ends, and frees its
 * result. A pool that is abandoned with late candidates belongs to its threads: the last one to end frees it.
 */
#ifndef PLX_EXPERIMENT_THREAD_POOL_H
#define PLX_EXPERIMENT_THREAD_POOL_H

#include "base/list.h"
#include "experiment/child.h"
#include "experiment/experiment_state.h"

#define PLX_THREADS_MAX      64u
#define PLX_RUNS_MAX         4096u
#define PLX_RESULT_BYTES_MAX (1u << 30)

enum plx_task_state {
    PLX_TASK_NONE,
    PLX_TASK_QUEUED,
    PLX_TASK_RUNNING,
    PLX_TASK_ENDED,
    PLX_TASK_LATE,
};

struct plx_task {
    struct plx_list link; /* in the queue, or among the processes */
    struct plx_job *job;
    unsigned slot;
    enum plx_task_state state;
    struct plx_child child;
};

struct plx_job {
    struct plx_list link; /* among those under way, then those that are ready */
    struct plx_pool *pool;
    uint64_t began_ns, deadline_ns;
    unsigned pending, refs;         /* tasks that nothing is known of yet */
    bool has_control, control_done; /* the copy for the comparison; the caller's own */
    bool concluded;
    enum plx_reason control_lost;         /* there is no copy of the control's result to compare with */
    struct plx_result answer;             /* the caller's */
    struct plx_surroundings surroundings; /* likewise: before the control, then as it has left them */
    struct plx_trial trial;
    struct plx_task tasks[PLX_BEHAVIOURS_MAX];
};

/* The experiment's pool with its threads running; NULL where they can't be had. */
struct plx_pool *plx_pool_get(struct plx_experiment *experiment);
void plx_pool_free(struct plx_pool *pool); /* NULL is fine */
/* In the child of a fork: the pool has no threads here, and its lists and locks are as a thread has left them. It is
 * put aside; so much of its memory as is certain goes with the experiment, by the second call. */
void plx_pool_leave_behind(struct plx_experiment *experiment);
void plx_pool_release_left(struct plx_experiment *experiment);
/* Frees the pool and its experiment, by release_experiment, or leaves both to the last late candidate: returns how many
 * there are.
 */
unsigned plx_pool_abandon(struct plx_pool *pool, void (*release_experiment)(struct plx_experiment *experiment));

/* Room for one more run; false: there are runs_max under way. plx_pool_dismiss() gives it back where no job comes of
 * it. */
bool plx_pool_admit(struct plx_pool *pool);
void plx_pool_dismiss(struct plx_pool *pool);
/* The job's tasks begin; with control in hand of a thread where one is free. Returns whether it is. */
bool plx_pool_submit(struct plx_job *job);
void plx_pool_await_control(struct plx_job *job);
/* The copy of the control's result is in its slot, or lost: the keeper may conclude. */
void plx_pool_control_ended(struct plx_job *job);
void plx_pool_await_outcome(struct plx_job *job);
void plx_job_unref(struct plx_job *job);

#endif
