/* SPDX-License-Identifier: Apache-2.0 */
/* What decides about requests is read from two words without a lock; what changes them is rare, and does so under one.
 */
#include "service/ejection.h"

#include "base/assert.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define CACHE_LINE 64u

struct plx_ejection {
    _Alignas(CACHE_LINE) atomic_bool out; /* these two on a line of their own: all workers read them */
    atomic_uint failures;
    _Alignas(CACHE_LINE) atomic_uint references;
    pthread_mutex_t lock; /* guards the rest */
    uint64_t until_ms;    /* of one that is out */
    uint64_t length_ms;   /* of the last ejection */
    uint64_t back_ms;     /* when that was over; 0: there was none */
    uint64_t count;
    struct plx_ejected told;
};

struct plx_ejection *
plx_ejection_new(void)
{
    struct plx_ejection *ejection = aligned_alloc(CACHE_LINE, sizeof(*ejection));

    if (!ejection)
        return NULL;
    memset(ejection, 0, sizeof(*ejection));
    atomic_init(&ejection->references, 1);
    pthread_mutex_init(&ejection->lock, NULL);
    return ejection;
}

struct plx_ejection *
plx_ejection_ref(struct plx_ejection *ejection)
{
    atomic_fetch_add_explicit(&ejection->references, 1, memory_order_relaxed);
    return ejection;
}

void
plx_ejection_unref(struct plx_ejection *ejection)
{
    if (!ejection || atomic_fetch_sub_explicit(&ejection->references, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_destroy(&ejection->lock);
    free(ejection);
}

bool
plx_ejection_is_out(const struct plx_ejection *ejection)
{
    return atomic_load_explicit(&ejection->out, memory_order_relaxed);
}

uint32_t
plx_ejection_failures(const struct plx_ejection *ejection)
{
    return atomic_load_explicit(&ejection->failures, memory_order_relaxed);
}

static void
eject_for(struct plx_ejection *ejection, uint64_t length_ms, struct plx_ejection_time now)
{
    ejection->length_ms = length_ms;
    ejection->until_ms = now.now_ms + length_ms;
    ejection->told.until_ms = now.wall_ms + length_ms;
}

static uint64_t
twice(uint64_t length_ms, const struct plx_eject_options *options)
{
    length_ms = length_ms * 2 > options->for_ms ? length_ms * 2 : options->for_ms;
    return length_ms < options->at_most_ms ? length_ms : options->at_most_ms;
}

bool
plx_ejection_try(struct plx_ejection *ejection, const struct plx_eject_options *options, struct plx_ejection_time now,
                 bool copy)
{
    bool taken = false;

    pthread_mutex_lock(&ejection->lock);
    if (plx_ejection_is_out(ejection) && now.now_ms >= ejection->until_ms + (copy ? 0 : PLX_EJECTION_COPIES_MS)) {
        ejection->until_ms = now.now_ms + options->for_ms; /* the next one then, if nothing comes of this */
        ejection->told.until_ms = now.wall_ms + options->for_ms;
        taken = true;
    }
    pthread_mutex_unlock(&ejection->lock);
    return taken;
}

/* Who has served for as long as it was out begins anew. */
static void
eject(struct plx_ejection *ejection, const struct plx_eject_options *options, struct plx_ejection_time now)
{
    bool anew = ejection->back_ms == 0 || now.now_ms - ejection->back_ms >= ejection->length_ms;

    ejection->told.since_ms = now.wall_ms;
    ejection->told.times = anew ? 1 : ejection->told.times + 1;
    ejection->count++;
    eject_for(ejection, twice(anew ? 0 : ejection->length_ms, options), now);
    atomic_store_explicit(&ejection->out, true, memory_order_relaxed);
}

enum plx_ejection_change
plx_ejection_note_failure(struct plx_ejection *ejection, const struct plx_eject_options *options,
                          struct plx_ejection_failure failure, struct plx_ejection_time now, bool trial)
{
    enum plx_ejection_change change = PLX_EJECTION_NONE;

    PLX_ASSERT(options->after > 0);
    pthread_mutex_lock(&ejection->lock);
    uint32_t failures = plx_ejection_failures(ejection) + 1;
    bool out = plx_ejection_is_out(ejection);
    if (!out)
        atomic_store_explicit(&ejection->failures, failures, memory_order_relaxed);
    if (out ? trial : failures >= options->after) {
        ejection->told.reason = failure.reason;
        ejection->told.status = failure.status;
        change = out ? PLX_EJECTION_LONGER : PLX_EJECTION_OUT;
        if (out) {
            ejection->told.times++;
            eject_for(ejection, twice(ejection->length_ms, options), now);
        } else {
            eject(ejection, options, now);
        }
    }
    pthread_mutex_unlock(&ejection->lock);
    return change;
}

enum plx_ejection_change
plx_ejection_note_answer(struct plx_ejection *ejection, struct plx_ejection_time now, bool trial)
{
    enum plx_ejection_change change = PLX_EJECTION_NONE;

    if (plx_ejection_failures(ejection) == 0 || (plx_ejection_is_out(ejection) && !trial))
        return change;
    pthread_mutex_lock(&ejection->lock);
    bool out = plx_ejection_is_out(ejection);
    if (!out || trial)
        atomic_store_explicit(&ejection->failures, 0, memory_order_relaxed);
    if (out && trial) {
        ejection->back_ms = now.now_ms;
        atomic_store_explicit(&ejection->out, false, memory_order_relaxed);
        change = PLX_EJECTION_BACK;
    }
    pthread_mutex_unlock(&ejection->lock);
    return change;
}

bool
plx_ejection_get(struct plx_ejection *ejection, struct plx_ejected *ejected)
{
    pthread_mutex_lock(&ejection->lock);
    bool out = plx_ejection_is_out(ejection);
    *ejected = ejection->told;
    pthread_mutex_unlock(&ejection->lock);
    return out;
}

uint64_t
plx_ejection_count(struct plx_ejection *ejection)
{
    pthread_mutex_lock(&ejection->lock);
    uint64_t count = ejection->count;
    pthread_mutex_unlock(&ejection->lock);
    return count;
}
