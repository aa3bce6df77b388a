/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs of the service of reconcile_serve.h: when each runs, and what its last run came to. A run blocks a thread of
 * libuv's pool; all else is of the loop's thread.
 */
#ifndef PLX_PROCESS_SERVED_JOBS_H
#define PLX_PROCESS_SERVED_JOBS_H

#include "batch/reconcile/batch.h"
#include "control/config/addresses.h"

#include <stdatomic.h>
#include <uv.h>

/* What is served, as the command line has it. */
struct plx_reconcile_service {
    struct plx_reconcile_job *const *jobs;
    size_t job_count;
    struct plx_address address; /* where it listens */
    const char *token;          /* NULL: none is asked for */
    bool dry_run;
    /* Hands a result on, on the thread of its run, which it may block. false: error (size bytes) says why. NULL:
     * results stay here. */
    bool (*post)(void *context, const struct plx_reconciliation *result, char *error, size_t size);
    void *context;
};

struct plx_served_jobs;

/* A job, as the loop's thread sees it; of a run under way, what the pool's thread fills in. */
struct plx_served_job {
    struct plx_served_jobs *jobs;
    const struct plx_reconcile_job *job;
    uv_timer_t timer;
    uv_work_t work;
    uint64_t due_ms;                    /* UINT64_MAX: there is no schedule */
    uint64_t started, finished;         /* runs, from 1 on; under way where they differ */
    bool wanted;                        /* another one, behind it */
    struct plx_reconcile_result result; /* of the run under way */
    struct plx_arena *arena;            /* of what is said of it */
    struct plx_reconciliation said;
    char post_error[800];
    struct plx_reconciliation *last; /* NULL: there was none yet */
    struct plx_reconciliation_totals totals;
};

struct plx_served_jobs {
    const struct plx_reconcile_service *service;
    uv_loop_t *loop;
    atomic_bool stop;
    void (*ended)(void *owner); /* a run has */
    void *owner;
    struct plx_served_job list[PLX_RECONCILE_JOBS_MAX];
    size_t count;
};

/* Zeroed before; schedules begin. false: no memory. plx_served_jobs_fini() in either case. */
bool plx_served_jobs_init(struct plx_served_jobs *jobs, const struct plx_reconcile_service *service, uv_loop_t *loop,
                          void (*ended)(void *owner), void *owner);
/* No run begins any more, and those under way end early; the loop then closes what there is. */
void plx_served_jobs_stop(struct plx_served_jobs *jobs);
void plx_served_jobs_fini(struct plx_served_jobs *jobs);
/* Asks for a run: the number of the one that begins from now on. */
uint64_t plx_served_job_want(struct plx_served_job *served);

#endif
