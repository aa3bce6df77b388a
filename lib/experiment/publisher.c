/* SPDX-License-Identifier: Apache-2.0 */
/* The queue and the thread of a publisher. Who publishes formats a line and appends it under a lock, and that is all.
 */
#include "experiment/publisher.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/thread.h"
#include "experiment/forked.h"
#include "experiment/outcome.h"

#include <errno.h>
#include <stdatomic.h>

#define QUEUE_BYTES_DEFAULT (1u << 20)
#define QUEUE_BYTES_MAX     (16u << 20)
#define FILE_BYTES_DEFAULT  (UINT64_C(1) << 30)
#define TIMEOUT_MS_DEFAULT  5000u
#define LINE_MAX_BYTES      (1u << 20)
#define PAUSE_FIRST_MS      100u /* before what was kept is tried again; doubled up to the last */
#define PAUSE_LAST_MS       10000u

struct plx_publisher {
    const struct plx_allocator *allocator;
    struct plx_way_out out;
    pthread_mutex_t lock;
    pthread_cond_t work, settled;
    struct plx_buffer queue, batch; /* the batch is the thread's */
    bool busy, closing;
    struct plx_line_counts counts;
    pthread_t thread;
    bool threadless;   /* the child of a fork has got none: lines are dropped */
    atomic_uint forks; /* of which process it is: see forked.h */
};

struct plx_publisher_limits
plx_publisher_limits_of(const struct plx_publisher_limits *limits)
{
    struct plx_publisher_limits all = limits ? *limits : (struct plx_publisher_limits){0};

    all.queue_bytes = all.queue_bytes ? all.queue_bytes : QUEUE_BYTES_DEFAULT;
    all.queue_bytes = all.queue_bytes < QUEUE_BYTES_MAX ? all.queue_bytes : QUEUE_BYTES_MAX;
    all.file_bytes = all.file_bytes ? all.file_bytes : FILE_BYTES_DEFAULT;
    all.timeout_ms = all.timeout_ms ? all.timeout_ms : TIMEOUT_MS_DEFAULT;
    return all;
}

static void *bring_out(void *argument);

static void
init_locks(struct plx_publisher *p)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->work, &monotonic);
    pthread_cond_init(&p->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* At the beginning of every call. In the child of a fork lines that waited are the parent's, and their memory may be
 * what a thread was about to change: it is left. */
static void
know_fork(struct plx_publisher *p)
{
    if (atomic_load_explicit(&p->forks, memory_order_relaxed) == plx_forks() || !plx_forks_claim(&p->forks))
        return;
    init_locks(p);
    plx_buffer_init_in(&p->queue, p->queue.max, p->allocator);
    plx_buffer_init_in(&p->batch, p->queue.max, p->allocator);
    p->busy = p->closing = false;
    p->counts = (struct plx_line_counts){0};
    p->threadless = !plx_thread_start(&p->thread, bring_out, p);
    plx_forks_settle(&p->forks);
}

int
plx_publish(void *publisher, const struct plx_outcome *outcome)
{
    struct plx_publisher *p = publisher;
    struct plx_buffer line;

    know_fork(p);
    plx_buffer_init_in(&line, LINE_MAX_BYTES, p->allocator);
    plx_outcome_write(outcome, &line);
    plx_buffer_byte(&line, '\n');
    pthread_mutex_lock(&p->lock);
    if (!line.failed && !p->threadless)
        plx_buffer_add(&p->queue, plx_buffer_slice(&line));
    if (line.failed || p->queue.failed || p->threadless)
        p->counts.dropped++;
    p->queue.failed = false;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    plx_buffer_fini(&line);
    return 0;
}

/* ---- the thread ---- */

static uint64_t
count_lines(struct plx_slice lines)
{
    uint64_t count = 0;

    for (size_t i = 0; i < lines.len; i++)
        count += lines.ptr[i] == '\n';
    return count;
}

/* Under the lock: an end comes sooner than the pause does. */
static void
pause_for(struct plx_publisher *p, uint32_t ms)
{
    struct timespec end = plx_monotonic_in(ms);

    while (!p->closing && pthread_cond_timedwait(&p->work, &p->lock, &end) != ETIMEDOUT)
        ;
}

/* As many whole lines as may go out at once, at least one. */
static struct plx_slice
first_lines(const struct plx_publisher *p)
{
    struct plx_slice lines = plx_buffer_slice(&p->batch);
    const char *end;

    if (!lines.ptr || p->out.bytes_max == 0 || lines.len <= p->out.bytes_max)
        return lines;
    end = memrchr(lines.ptr, '\n', p->out.bytes_max);
    if (!end)
        end = memchr(lines.ptr, '\n', lines.len);
    return plx_slice_make(lines.ptr, (size_t)(end + 1 - lines.ptr));
}

/* Under the lock: nobody waits for a server that can't be reached once more and more. */
static void
drop_all(struct plx_publisher *p)
{
    p->counts.dropped += count_lines(plx_buffer_slice(&p->batch)) + count_lines(plx_buffer_slice(&p->queue));
    plx_buffer_clear(&p->batch);
    plx_buffer_clear(&p->queue);
}

/* Called with the lock, which it lets go meanwhile. Returns the pause before the next try; 0: none is needed. */
static uint32_t
send_some(struct plx_publisher *p, uint32_t pause)
{
    struct plx_slice some = first_lines(p);
    uint64_t lines = count_lines(some), sent = 0;
    enum plx_status status = PLX_E_TOO_LARGE;
    bool last = p->closing;

    pthread_mutex_unlock(&p->lock);
    if (p->out.bytes_max == 0 || some.len <= p->out.bytes_max)
        status = p->out.send(p->out.way, some, &sent);
    pthread_mutex_lock(&p->lock);
    p->counts.failed += status != PLX_OK && status != PLX_E_TOO_LARGE;
    if (status == PLX_AGAIN && last)
        drop_all(p);
    if (status == PLX_AGAIN)
        return last ? 0 : pause == 0 ? PAUSE_FIRST_MS : pause < PAUSE_LAST_MS / 2 ? pause * 2 : PAUSE_LAST_MS;
    sent = sent < lines ? sent : lines;
    p->counts.published += sent;
    p->counts.dropped += lines - sent;
    plx_buffer_drop(&p->batch, some.len);
    return 0;
}

static void *
bring_out(void *argument)
{
    struct plx_publisher *p = argument;
    uint32_t pause = 0;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->queue.len == 0 && p->batch.len == 0 && !p->closing)
            pthread_cond_wait(&p->work, &p->lock);
        if (p->queue.len == 0 && p->batch.len == 0)
            break;
        p->busy = true;
        if (p->batch.len == 0) {
            struct plx_buffer empty = p->batch;
            p->batch = p->queue;
            p->queue = empty;
        }
        pause = send_some(p, pause);
        p->busy = p->batch.len > 0;
        pthread_cond_broadcast(&p->settled);
        if (pause > 0)
            pause_for(p, pause);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* ---- life ---- */

static void
release(struct plx_publisher *p)
{
    pthread_cond_destroy(&p->settled);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    plx_buffer_fini(&p->queue);
    plx_buffer_fini(&p->batch);
    plx_release(p->allocator, p, sizeof(*p));
}

struct plx_publisher *
plx_publisher_new(const struct plx_way_out *out, const struct plx_publisher_limits *limits,
                  const struct plx_allocator *allocator)
{
    struct plx_publisher *p = plx_alloc(allocator, sizeof(*p));

    if (!p) {
        out->close(out->way);
        errno = ENOMEM;
        return NULL;
    }
    memset(p, 0, sizeof(*p));
    p->allocator = allocator;
    p->out = *out;
    plx_buffer_init_in(&p->queue, limits->queue_bytes, allocator);
    plx_buffer_init_in(&p->batch, limits->queue_bytes, allocator);
    init_locks(p);
    plx_forks_watch();
    plx_forks_settle(&p->forks);
    if (plx_thread_start(&p->thread, bring_out, p))
        return p;
    out->close(out->way);
    release(p);
    errno = EAGAIN;
    return NULL;
}

enum plx_status
plx_publisher_flush(struct plx_publisher *publisher, uint32_t timeout_ms)
{
    struct plx_publisher *p = publisher;
    struct timespec end = plx_monotonic_in(timeout_ms);
    bool busy;

    know_fork(p);
    pthread_mutex_lock(&p->lock);
    while ((busy = p->busy || p->queue.len > 0) && pthread_cond_timedwait(&p->settled, &p->lock, &end) == 0)
        ;
    pthread_mutex_unlock(&p->lock);
    return busy ? PLX_E_TIMEOUT : PLX_OK;
}

struct plx_line_counts
plx_publisher_counts(struct plx_publisher *publisher)
{
    struct plx_line_counts counts;

    know_fork(publisher);
    pthread_mutex_lock(&publisher->lock);
    counts = publisher->counts;
    pthread_mutex_unlock(&publisher->lock);
    return counts;
}

void
plx_publisher_free(struct plx_publisher *publisher)
{
    if (!publisher)
        return;
    know_fork(publisher);
    pthread_mutex_lock(&publisher->lock);
    publisher->closing = true;
    pthread_cond_broadcast(&publisher->work);
    pthread_mutex_unlock(&publisher->lock);
    if (!publisher->threadless)
        pthread_join(publisher->thread, NULL);
    publisher->out.close(publisher->out.way);
    release(publisher);
}
