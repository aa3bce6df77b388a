/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, a queue, and memory that is set aside. One lock guards all of it: it is taken a few times for each long
 * comparison, by nobody else.
 */
#include "traffic/threads/comparisons.h"

#include "base/assert.h"
#include "base/pages.h"
#include "base/thread.h"
#include "traffic/net/loop.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS_MAX 64u
#define SPARE_MAX   4u /* arenas that are kept to be used again; each of them keeps 256 KiB at most */
/* What freed memory the allocator keeps goes back to the system when nothing has run for so long since one took so
 * much. */
#define TRIM_AFTER_S 1
#define TRIM_FROM    ((uint64_t)8 << 20)

struct plx_comparisons {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* there is a job, or memory, or the end */
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;
    struct plx_list waiting, running;
    unsigned waiting_count, running_count;
    uint64_t memory, held;
    struct plx_arena *spare[SPARE_MAX];
    unsigned spare_count;
    bool ending, trim;
    uint64_t compared, shed;
};

/* ---- memory ---- */

static struct plx_arena *
take_arena(struct plx_comparisons *c)
{
    return c->spare_count ? c->spare[--c->spare_count] : plx_arena_new(&plx_pages);
}

/* The lock is not held. */
static void
give_back(struct plx_comparisons *c, struct plx_arena *arena, uint64_t held)
{
    if (arena)
        plx_arena_reset(arena);
    pthread_mutex_lock(&c->lock);
    c->held -= held;
    if (arena && c->spare_count < SPARE_MAX) {
        c->spare[c->spare_count++] = arena;
        arena = NULL;
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    plx_arena_free(arena);
}

/* ---- the threads ---- */

/* Whether the first that waits has its memory; what is larger than all waits until nothing else is held. */
static bool
may_run(const struct plx_comparisons *c)
{
    if (plx_list_empty(&c->waiting))
        return false;
    const struct plx_comparison_job *first = PLX_CONTAINER(c->waiting.next, struct plx_comparison_job, link);
    return c->held == 0 || c->held + first->memory <= c->memory;
}

static void
put_done(struct plx_comparison_job *job)
{
    plx_list_push_back(&job->port->done, &job->link);
    plx_wake_send(&job->port->wake);
}

/* With the lock held, as it is again in the end. */
static void
run_first(struct plx_comparisons *c)
{
    struct plx_comparison_job *job = PLX_CONTAINER(c->waiting.next, struct plx_comparison_job, link);

    plx_list_remove(&job->link);
    plx_list_push_back(&c->running, &job->link);
    c->waiting_count--;
    c->running_count++;
    if (job->memory > c->memory)
        job->memory = c->memory;
    job->held = job->memory;
    c->held += job->held;
    job->arena = take_arena(c);
    pthread_mutex_unlock(&c->lock);

    if (job->arena)
        job->run(job);
    uint64_t kept = job->arena ? plx_arena_size(job->arena) : 0;

    pthread_mutex_lock(&c->lock);
    plx_list_remove(&job->link);
    c->running_count--;
    c->compared += job->arena != NULL;
    c->trim |= job->held >= TRIM_FROM;
    /* What came of it lies in the arena until its loop has done with it; the rest is free. */
    if (kept < job->held) {
        c->held -= job->held - kept;
        job->held = kept;
    }
    put_done(job);
    pthread_cond_broadcast(&c->changed);
}

/* With the lock held. Where memory is to be given back it is when nothing has happened for a while. */
static void
wait_for_change(struct plx_comparisons *c)
{
    struct timespec until;

    if (!c->trim || c->running_count || c->waiting_count) {
        pthread_cond_wait(&c->changed, &c->lock);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += TRIM_AFTER_S;
    if (pthread_cond_timedwait(&c->changed, &c->lock, &until) != ETIMEDOUT || !c->trim)
        return;
    c->trim = false;
    pthread_mutex_unlock(&c->lock);
    malloc_trim(0);
    pthread_mutex_lock(&c->lock);
}

static void *
work(void *argument)
{
    struct plx_comparisons *c = argument;

    /* Of this thread alone, as Linux has it. Where it can't be lowered, comparing goes on all the same. */
    id_t thread = (id_t)gettid();
    (void)setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + PLX_COMPARISONS_NICE);
    pthread_mutex_lock(&c->lock);
    while (!c->ending) {
        if (may_run(c))
            run_first(c);
        else
            wait_for_change(c);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* ---- ports ---- */

static void
on_wake(struct plx_wake *wake)
{
    struct plx_comparisons_port *port = wake->user;
    struct plx_comparisons *c = port->owner;

    for (;;) {
        pthread_mutex_lock(&c->lock);
        struct plx_list *link = plx_list_empty(&port->done) ? NULL : port->done.next;
        if (link)
            plx_list_remove(link);
        pthread_mutex_unlock(&c->lock);
        if (!link)
            return;
        struct plx_comparison_job *job = PLX_CONTAINER(link, struct plx_comparison_job, link);
        struct plx_arena *arena = job->arena;
        uint64_t held = job->held;
        port->under_way--;
        job->done(job, arena);
        give_back(c, arena, held);
    }
}

bool
plx_comparisons_port_init(struct plx_comparisons_port *port, struct plx_comparisons *owner, struct plx_loop *loop)
{
    *port = (struct plx_comparisons_port){.owner = owner};
    plx_list_init(&port->done);
    if (!owner)
        return true;
    return plx_wake_init(&port->wake, loop, on_wake, port);
}

void
plx_comparisons_port_close(struct plx_comparisons_port *port)
{
    struct plx_comparisons *c = port->owner;

    port->closed = true;
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    for (struct plx_list *link = c->waiting.next, *next; link != &c->waiting; link = next) {
        struct plx_comparison_job *job = PLX_CONTAINER(link, struct plx_comparison_job, link);
        next = link->next;
        if (job->port != port)
            continue;
        plx_list_remove(link);
        c->waiting_count--;
        c->shed++;
        put_done(job);
    }
    for (struct plx_list *link = c->running.next; link != &c->running; link = link->next) {
        struct plx_comparison_job *job = PLX_CONTAINER(link, struct plx_comparison_job, link);
        if (job->port == port)
            __atomic_store_n(&job->cancel, true, __ATOMIC_RELAXED);
    }
    pthread_mutex_unlock(&c->lock);
}

bool
plx_comparisons_queue(struct plx_comparisons_port *port, struct plx_comparison_job *job)
{
    struct plx_comparisons *c = port->owner;

    if (!c)
        return false;
    job->port = port;
    job->arena = NULL;
    job->held = 0;
    job->cancel = false;
    pthread_mutex_lock(&c->lock);
    bool taken = !port->closed && c->waiting_count < PLX_COMPARISONS_WAITING_MAX;
    if (taken) {
        plx_list_push_back(&c->waiting, &job->link);
        c->waiting_count++;
        pthread_cond_signal(&c->changed);
    } else {
        c->shed++;
    }
    pthread_mutex_unlock(&c->lock);
    port->under_way += taken;
    return taken;
}

/* ---- life ---- */

static unsigned
wanted_threads(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = processors > 0 ? (unsigned)processors / PLX_COMPARISONS_PROCESSORS : 1;

    return count == 0 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
}

struct plx_comparisons *
plx_comparisons_new_by_hand(uint64_t memory)
{
    struct plx_comparisons *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    plx_list_init(&c->waiting);
    plx_list_init(&c->running);
    c->memory = memory;
    return c;
}

bool
plx_comparisons_run_one(struct plx_comparisons *c)
{
    pthread_mutex_lock(&c->lock);
    bool runs = may_run(c);
    if (runs)
        run_first(c);
    pthread_mutex_unlock(&c->lock);
    return runs;
}

struct plx_comparisons *
plx_comparisons_new(uint64_t memory)
{
    struct plx_comparisons *c = plx_comparisons_new_by_hand(memory);

    if (!c)
        return NULL;
    for (unsigned wanted = wanted_threads(); c->thread_count < wanted; c->thread_count++)
        if (!plx_thread_start(&c->threads[c->thread_count], work, c))
            break;
    if (c->thread_count > 0)
        return c;
    plx_comparisons_free(c);
    return NULL;
}

void
plx_comparisons_free(struct plx_comparisons *c)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    PLX_ASSERT(plx_list_empty(&c->waiting) && c->running_count == 0);
    c->ending = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < c->thread_count; i++)
        pthread_join(c->threads[i], NULL);
    for (unsigned i = 0; i < c->spare_count; i++)
        plx_arena_free(c->spare[i]);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void
plx_comparisons_set_memory(struct plx_comparisons *c, uint64_t memory)
{
    pthread_mutex_lock(&c->lock);
    c->memory = memory;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

uint64_t
plx_comparison_memory(uint64_t capture_bytes, uint64_t bytes)
{
    uint64_t most = PLX_COMPARISON_MEMORY + PLX_COMPARISON_MEMORY_TIMES * capture_bytes;

    if (bytes > most / PLX_COMPARISON_BODIES_TIMES)
        return most;
    uint64_t needed = PLX_COMPARISON_MEMORY_LEAST + PLX_COMPARISON_BODIES_TIMES * bytes;
    return needed < most ? needed : most;
}

/* ---- metrics ---- */

static void
write_metric(struct plx_buffer *out, const char *name, const char *type, const char *help, uint64_t value)
{
    plx_buffer_format(out, "# HELP parallax_comparisons_%s %s\n# TYPE parallax_comparisons_%s %s\n", name, help, name,
                      type);
    plx_buffer_format(out, "parallax_comparisons_%s %llu\n", name, (unsigned long long)value);
}

void
plx_comparisons_write_metrics(struct plx_comparisons *c, struct plx_buffer *out)
{
    if (!c)
        return;
    pthread_mutex_lock(&c->lock);
    uint64_t waiting = c->waiting_count, running = c->running_count, held = c->held, memory = c->memory;
    uint64_t compared = c->compared, shed = c->shed;
    pthread_mutex_unlock(&c->lock);
    write_metric(out, "total", "counter", "Long comparisons that have run on threads of their own since the start.",
                 compared);
    write_metric(out, "shed_total", "counter",
                 "Long comparisons that did not run since the start: too many waited, or the process ended.", shed);
    write_metric(out, "waiting", "gauge", "Long comparisons that wait for a thread or for memory.", waiting);
    write_metric(out, "running", "gauge", "Long comparisons that run.", running);
    write_metric(out, "threads", "gauge", "Threads that long comparisons run on.", c->thread_count);
    write_metric(out, "memory_bytes", "gauge", "Memory that is set aside for long comparisons.", held);
    write_metric(out, "memory_max_bytes", "gauge", "Memory that long comparisons may take together.", memory);
}
