/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads and keeper (see thread_pool.h). One lock guards the lists and the state of tasks and jobs; no callback of the
 * embedder's runs under it. What a candidate gives is put into its slot under the lock, and only while it is not late:
 * that is what lets the keeper read the other slots without one.
 */
#include "experiment/thread_pool.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/thread.h"
#include "experiment/behaviour_result.h"
#include "experiment/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

struct plx_pool {
    struct plx_experiment *experiment;
    struct plx_pool *left; /* the one before, of a process that has forked */
    pthread_mutex_t lock;
    pthread_cond_t work;       /* something is queued, or the end has come */
    pthread_cond_t settled;    /* a control, an outcome, or all is done */
    struct plx_list queue;     /* tasks that wait for a thread */
    struct plx_list jobs;      /* under way, by deadline */
    struct plx_list ready;     /* jobs to be concluded */
    struct plx_list processes; /* tasks that are processes; the keeper's */
    unsigned under_way, queued, idle, late;
    bool closing, keeper_sleeps;
    bool abandoned; /* nobody joins the threads: */
    unsigned users; /* so many, and who abandons it, still use the pool */
    void (*release_experiment)(struct plx_experiment *experiment);
    int wake[2]; /* a pipe that the keeper polls */
    pthread_t keeper, threads[PLX_THREADS_MAX];
    unsigned thread_count;
    struct pollfd *polled; /* of the keeper: its pipe, and two for each process */
    struct plx_task **tended;
    size_t processes_max;
};

/* ---- jobs; under the lock unless said otherwise ---- */

static void
wake_keeper(struct plx_pool *pool)
{
    if (!pool->keeper_sleeps)
        return;
    pool->keeper_sleeps = false;
    ssize_t written = write(pool->wake[1], "", 1);
    (void)written; /* a full pipe wakes as well */
}

static void
check_whole(struct plx_job *job)
{
    if (job->pending > 0 || !job->has_control)
        return;
    plx_list_remove(&job->link);
    plx_list_push_back(&job->pool->ready, &job->link);
    wake_keeper(job->pool);
}

/* Without the lock. */
void
plx_job_unref(struct plx_job *job)
{
    struct plx_pool *pool = job->pool;
    const struct plx_allocator *allocator = pool->experiment->allocator;
    bool last;

    pthread_mutex_lock(&pool->lock);
    last = --job->refs == 0;
    pthread_mutex_unlock(&pool->lock);
    if (!last)
        return;
    plx_trial_fini(&job->trial);
    plx_release(allocator, job, sizeof(*job));
}

static void
enqueue(struct plx_pool *pool, struct plx_task *task, bool first)
{
    task->state = PLX_TASK_QUEUED;
    task->job->refs++;
    if (first)
        plx_list_push_front(&pool->queue, &task->link);
    else
        plx_list_push_back(&pool->queue, &task->link);
    pool->queued++;
    pthread_cond_signal(&pool->work);
}

bool
plx_pool_submit(struct plx_job *job)
{
    struct plx_pool *pool = job->pool;
    bool control_too, in_process = pool->experiment->place == PLX_IN_PROCESS;

    pthread_mutex_lock(&pool->lock);
    /* The caller waits for no candidate: control goes to a thread only where one is free for certain. */
    control_too = pool->experiment->place == PLX_ON_THREADS && pool->idle > pool->queued;
    for (unsigned slot = 1; slot < job->trial.count; slot++) {
        struct plx_task *task = &job->tasks[slot];
        if (task->state == PLX_TASK_ENDED)
            continue;
        job->pending++;
        if (in_process)
            plx_list_push_back(&pool->processes, &task->link);
        else
            enqueue(pool, task, false);
    }
    if (control_too)
        enqueue(pool, &job->tasks[0], true);
    if (in_process || plx_list_empty(&pool->jobs))
        wake_keeper(pool);
    plx_list_push_back(&pool->jobs, &job->link);
    pthread_mutex_unlock(&pool->lock);
    return control_too;
}

void
plx_pool_await_control(struct plx_job *job)
{
    pthread_mutex_lock(&job->pool->lock);
    while (!job->control_done)
        pthread_cond_wait(&job->pool->settled, &job->pool->lock);
    pthread_mutex_unlock(&job->pool->lock);
}

void
plx_pool_control_ended(struct plx_job *job)
{
    pthread_mutex_lock(&job->pool->lock);
    job->has_control = true;
    check_whole(job);
    pthread_mutex_unlock(&job->pool->lock);
}

void
plx_pool_await_outcome(struct plx_job *job)
{
    pthread_mutex_lock(&job->pool->lock);
    while (!job->concluded)
        pthread_cond_wait(&job->pool->settled, &job->pool->lock);
    pthread_mutex_unlock(&job->pool->lock);
}

bool
plx_pool_admit(struct plx_pool *pool)
{
    bool room;

    pthread_mutex_lock(&pool->lock);
    room = pool->under_way < pool->experiment->limits.runs_max;
    if (room)
        pool->under_way++;
    pthread_mutex_unlock(&pool->lock);
    return room;
}

void
plx_pool_dismiss(struct plx_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->under_way--;
    pthread_cond_broadcast(&pool->settled);
    pthread_mutex_unlock(&pool->lock);
}

/* ---- threads ---- */

/* Control: straight into the caller's result, for which the caller waits. Without the lock. */
static void
run_control(struct plx_job *job)
{
    struct plx_trial *trial = &job->trial;
    struct plx_instant from = plx_instant_now(trial->experiment), to;

    plx_surroundings_set(&job->surroundings);
    trial->behaviours[0]->run(trial->inputs[0], &job->answer);
    job->surroundings = plx_surroundings_now();
    to = plx_instant_now(trial->experiment);
    plx_trial_note(trial, 0, &from, &to);
    pthread_mutex_lock(&job->pool->lock);
    job->control_done = true;
    pthread_cond_broadcast(&job->pool->settled);
    pthread_mutex_unlock(&job->pool->lock);
    plx_job_unref(job);
}

static void
run_candidate(struct plx_task *task)
{
    struct plx_job *job = task->job;
    struct plx_pool *pool = job->pool;
    struct plx_trial *trial = &job->trial;
    struct plx_experiment *e = trial->experiment;
    struct plx_instant from, to;
    struct plx_result result;
    bool late;

    plx_result_init(&result, e);
    from = plx_instant_now(e);
    trial->behaviours[task->slot]->run(trial->inputs[task->slot], &result);
    to = plx_instant_now(e);
    pthread_mutex_lock(&pool->lock);
    late = task->state == PLX_TASK_LATE;
    if (!late) {
        trial->results[task->slot] = result;
        plx_trial_note(trial, task->slot, &from, &to);
        task->state = PLX_TASK_ENDED;
        job->pending--;
        check_whole(job);
    }
    pthread_mutex_unlock(&pool->lock);
    if (late)
        plx_result_free(&result);
    plx_job_unref(job);
    if (late) {
        atomic_fetch_add_explicit(&e->late, 1, memory_order_relaxed);
        pthread_mutex_lock(&pool->lock);
        pool->late--;
        pthread_cond_broadcast(&pool->settled);
        pthread_mutex_unlock(&pool->lock);
    }
}

static struct plx_task *
take_task(struct plx_pool *pool)
{
    struct plx_task *task = NULL;

    pthread_mutex_lock(&pool->lock);
    pool->idle++;
    while (plx_list_empty(&pool->queue) && !pool->closing)
        pthread_cond_wait(&pool->work, &pool->lock);
    pool->idle--;
    if (!plx_list_empty(&pool->queue)) {
        task = PLX_CONTAINER(pool->queue.next, struct plx_task, link);
        plx_list_remove(&task->link);
        pool->queued--;
        task->state = PLX_TASK_RUNNING;
    }
    pthread_mutex_unlock(&pool->lock);
    return task;
}

static void release(struct plx_pool *pool);

/* Of an abandoned pool: the last one to leave frees it, and the experiment. */
static void
leave(struct plx_pool *pool)
{
    void (*release_experiment)(struct plx_experiment *) = pool->release_experiment;
    struct plx_experiment *e = pool->experiment;
    bool last;

    pthread_mutex_lock(&pool->lock);
    last = pool->abandoned && --pool->users == 0;
    pthread_mutex_unlock(&pool->lock);
    if (!last)
        return;
    release(pool);
    release_experiment(e);
}

static void *
work(void *argument)
{
    struct plx_task *task;

    while ((task = take_task(argument)) != NULL) {
        if (task->slot == 0)
            run_control(task->job);
        else
            run_candidate(task);
    }
    leave(argument);
    return NULL;
}

/* ---- the keeper ---- */

static void
time_out(struct plx_job *job, struct plx_task *task, uint64_t now)
{
    struct plx_pool *pool = job->pool;

    if (task->state == PLX_TASK_QUEUED) { /* it has not even begun */
        plx_list_remove(&task->link);
        pool->queued--;
        job->refs--; /* the keeper's own is left */
        task->state = PLX_TASK_ENDED;
    } else {
        task->state = PLX_TASK_LATE;
        pool->late++;
    }
    plx_trial_lose(&job->trial, task->slot, PLX_REASON_TIMEOUT, 0);
    job->trial.seen[task->slot].wall_ns = now - job->began_ns;
    job->pending--;
}

/* Candidates on threads whose deadline has passed; those in processes are tended to until none is left. Under the lock.
 */
static void
expire(struct plx_pool *pool, uint64_t now)
{
    bool in_process = pool->experiment->place == PLX_IN_PROCESS;

    while (!plx_list_empty(&pool->jobs)) {
        struct plx_job *job = PLX_CONTAINER(pool->jobs.next, struct plx_job, link);
        if (job->deadline_ns > now || (in_process && job->pending > 0))
            return;
        plx_list_remove(&job->link);
        for (unsigned slot = 1; slot < job->trial.count && !in_process; slot++)
            if (job->tasks[slot].state == PLX_TASK_QUEUED || job->tasks[slot].state == PLX_TASK_RUNNING)
                time_out(job, &job->tasks[slot], now);
        check_whole(job);
    }
}

/* Without the lock. */
static void
lose_all(struct plx_job *job)
{
    struct plx_trial *trial = &job->trial;

    trial->seen[0].result = trial->seen[0].cleaned = NULL;
    for (unsigned slot = 1; slot < trial->count; slot++)
        if (trial->seen[slot].reason == PLX_REASON_NONE)
            plx_trial_lose(trial, slot, job->control_lost, 0);
}

/* Called with the lock, which it lets go meanwhile. */
static void
conclude(struct plx_pool *pool, struct plx_job *job)
{
    plx_list_remove(&job->link);
    pthread_mutex_unlock(&pool->lock);
    if (job->control_lost != PLX_REASON_NONE)
        lose_all(job);
    plx_trial_conclude(&job->trial);
    pthread_mutex_lock(&pool->lock);
    job->concluded = true;
    pthread_cond_broadcast(&pool->settled);
    pthread_mutex_unlock(&pool->lock);
    plx_job_unref(job);
    pthread_mutex_lock(&pool->lock);
    pool->under_way--;
    pthread_cond_broadcast(&pool->settled);
}

static int
sleep_ms(const struct plx_pool *pool, uint64_t now)
{
    const struct plx_job *first;
    uint64_t ms;

    if (plx_list_empty(&pool->jobs))
        return -1;
    first = PLX_CONTAINER(pool->jobs.next, struct plx_job, link);
    if (first->deadline_ns <= now)
        return 0;
    ms = (first->deadline_ns - now + PLX_NS_PER_MS - 1) / PLX_NS_PER_MS;
    return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

/* Without the lock: what was polled, and deadlines. Leaves those that have ended in front and returns their number. */
static size_t
tend(struct plx_pool *pool, size_t count)
{
    uint64_t now = plx_monotonic_ns();
    size_t ended = 0;

    for (size_t i = 0; i < count; i++) {
        struct plx_task *task = pool->tended[i];
        bool exited = pool->polled[2 + 2 * i].revents != 0;
        bool spoke = pool->polled[1 + 2 * i].revents != 0;
        bool done = (exited || spoke) && plx_child_read(&task->child, exited);
        bool late = !done && now >= task->job->deadline_ns;
        if (!done && !late)
            continue;
        if (late)
            task->job->trial.seen[task->slot].wall_ns = now - task->job->began_ns;
        plx_child_finish(&task->child, &task->job->trial, task->slot, late);
        pool->tended[ended++] = task;
    }
    return ended;
}

/* Called with the lock, which it lets go meanwhile. */
static void
wait_and_tend(struct plx_pool *pool)
{
    size_t count = 0;
    int ms = sleep_ms(pool, plx_monotonic_ns());
    char bytes[64];

    pool->polled[0] = (struct pollfd){.fd = pool->wake[0], .events = POLLIN};
    for (struct plx_list *at = pool->processes.next; at != &pool->processes && count < pool->processes_max;
         at = at->next) {
        struct plx_task *task = PLX_CONTAINER(at, struct plx_task, link);
        pool->polled[1 + 2 * count] = (struct pollfd){.fd = task->child.pipe, .events = POLLIN};
        pool->polled[2 + 2 * count] = (struct pollfd){.fd = task->child.process, .events = POLLIN};
        pool->tended[count++] = task;
    }
    pool->keeper_sleeps = true;
    pthread_mutex_unlock(&pool->lock);
    if (poll(pool->polled, 1 + 2 * count, ms) < 0)
        for (size_t i = 0; i < 1 + 2 * count; i++)
            pool->polled[i].revents = 0;
    if (pool->polled[0].revents)
        while (read(pool->wake[0], bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
            ;
    count = tend(pool, count);
    pthread_mutex_lock(&pool->lock);
    pool->keeper_sleeps = false;
    for (size_t i = 0; i < count; i++) {
        plx_list_remove(&pool->tended[i]->link);
        pool->tended[i]->state = PLX_TASK_ENDED;
        pool->tended[i]->job->pending--;
        check_whole(pool->tended[i]->job);
    }
}

static void *
keep(void *argument)
{
    struct plx_pool *pool = argument;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        if (!plx_list_empty(&pool->ready)) {
            conclude(pool, PLX_CONTAINER(pool->ready.next, struct plx_job, link));
            continue;
        }
        expire(pool, plx_monotonic_ns());
        if (!plx_list_empty(&pool->ready))
            continue;
        if (pool->closing && pool->under_way == 0)
            break;
        wait_and_tend(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- life ---- */

static size_t
polled_size(const struct plx_pool *pool)
{
    return (1 + 2 * pool->processes_max) * sizeof(*pool->polled);
}

static void
release_memory(struct plx_pool *pool)
{
    const struct plx_allocator *allocator = pool->experiment->allocator;

    plx_release(allocator, pool->polled, polled_size(pool));
    plx_release(allocator, pool->tended, pool->processes_max * sizeof(void *));
    plx_release(allocator, pool, sizeof(*pool));
}

static void
release(struct plx_pool *pool)
{
    if (pool->wake[0] >= 0)
        close(pool->wake[0]);
    if (pool->wake[1] >= 0)
        close(pool->wake[1]);
    pthread_cond_destroy(&pool->settled);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    release_memory(pool);
}

static void
close_pool(struct plx_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    wake_keeper(pool);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
}

/* One thread will do where the system gives no more; none won't. */
static bool
start_threads(struct plx_pool *pool)
{
    unsigned wanted = pool->experiment->place == PLX_IN_PROCESS ? 0 : pool->experiment->limits.threads;

    while (pool->thread_count < wanted && plx_thread_start(&pool->threads[pool->thread_count], work, pool))
        pool->thread_count++;
    if (wanted > 0 && pool->thread_count == 0)
        return false;
    if (plx_thread_start(&pool->keeper, keep, pool))
        return true;
    close_pool(pool);
    return false;
}

static struct plx_pool *
new_pool(struct plx_experiment *e)
{
    struct plx_pool *pool = plx_alloc(e->allocator, sizeof(*pool));
    pthread_condattr_t monotonic;

    if (!pool)
        return NULL;
    memset(pool, 0, sizeof(*pool));
    pool->experiment = e;
    if (e->place == PLX_IN_PROCESS)
        pool->processes_max = (size_t)e->limits.runs_max * (e->count - 1);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    plx_list_init(&pool->queue);
    plx_list_init(&pool->jobs);
    plx_list_init(&pool->ready);
    plx_list_init(&pool->processes);
    pool->wake[0] = pool->wake[1] = -1;
    pool->polled = plx_alloc(e->allocator, polled_size(pool));
    pool->tended = plx_alloc(e->allocator, pool->processes_max * sizeof(void *));
    if (pool->polled && pool->tended && pipe2(pool->wake, O_CLOEXEC | O_NONBLOCK) == 0 && start_threads(pool))
        return pool;
    release(pool);
    return NULL;
}

struct plx_pool *
plx_pool_get(struct plx_experiment *e)
{
    struct plx_pool *pool = atomic_load_explicit(&e->pool, memory_order_acquire);

    if (pool)
        return pool;
    pthread_mutex_lock(&e->starting);
    pool = atomic_load_explicit(&e->pool, memory_order_relaxed);
    if (!pool) {
        pool = new_pool(e);
        atomic_store_explicit(&e->pool, pool, memory_order_release);
    }
    pthread_mutex_unlock(&e->starting);
    return pool;
}

/* The pipe stays open: the child of an experiment has closed it, and its number may be another file's. */
void
plx_pool_leave_behind(struct plx_experiment *e)
{
    struct plx_pool *pool = atomic_load(&e->pool);

    if (!pool)
        return;
    pool->left = e->left;
    e->left = pool;
    atomic_store(&e->pool, NULL);
}

void
plx_pool_release_left(struct plx_experiment *e)
{
    struct plx_pool *pool;

    while ((pool = e->left) != NULL) {
        e->left = pool->left;
        release_memory(pool);
    }
}

void
plx_pool_free(struct plx_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    while (pool->under_way > 0 || pool->late > 0)
        pthread_cond_wait(&pool->settled, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    close_pool(pool);
    pthread_join(pool->keeper, NULL);
    release(pool);
}

/* Under the lock: no thread ends before it sees that the end has come, so that all are counted. */
static void
let_go(struct plx_pool *pool, void (*release_experiment)(struct plx_experiment *))
{
    pool->release_experiment = release_experiment;
    pool->closing = pool->abandoned = true;
    pool->users = pool->thread_count + 1;
    pthread_cond_broadcast(&pool->work);
    wake_keeper(pool);
}

unsigned
plx_pool_abandon(struct plx_pool *pool, void (*release_experiment)(struct plx_experiment *))
{
    struct plx_experiment *e = pool->experiment;
    unsigned late;

    pthread_mutex_lock(&pool->lock);
    while (pool->under_way > 0)
        pthread_cond_wait(&pool->settled, &pool->lock);
    late = pool->late;
    if (late > 0)
        let_go(pool, release_experiment);
    pthread_mutex_unlock(&pool->lock);
    if (late == 0) {
        plx_pool_free(pool);
        release_experiment(e);
        return 0;
    }
    pthread_join(pool->keeper, NULL); /* nothing is under way: it ends at once */
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_detach(pool->threads[i]);
    leave(pool);
    return late;
}

enum plx_status
plx_experiment_drain(struct plx_experiment *experiment, uint32_t timeout_ms)
{
    struct plx_pool *pool;
    struct timespec end = plx_monotonic_in(timeout_ms);
    bool busy;

    if (experiment)
        plx_experiment_know_fork(experiment);
    pool = experiment ? atomic_load_explicit(&experiment->pool, memory_order_acquire) : NULL;

    if (!pool)
        return PLX_OK;
    pthread_mutex_lock(&pool->lock);
    while ((busy = pool->under_way > 0 || pool->late > 0) &&
           pthread_cond_timedwait(&pool->settled, &pool->lock, &end) == 0)
        ;
    pthread_mutex_unlock(&pool->lock);
    return busy ? PLX_E_TIMEOUT : PLX_OK;
}
