/* SPDX-License-Identifier: Apache-2.0 */
/* A count that the C library's fork() raises in the child. */
#include "experiment/forked.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>

#define CLAIMED UINT_MAX

static pthread_once_t watched = PTHREAD_ONCE_INIT;
static atomic_uint forks;

static void
in_child(void)
{
    atomic_fetch_add_explicit(&forks, 1, memory_order_release);
}

static void
watch(void)
{
    pthread_atfork(NULL, NULL, in_child); /* without memory for it forks are not seen, as before */
}

void
plx_forks_watch(void)
{
    pthread_once(&watched, watch);
}

unsigned
plx_forks(void)
{
    return atomic_load_explicit(&forks, memory_order_acquire);
}

bool
plx_forks_claim(atomic_uint *generation)
{
    for (;;) {
        unsigned seen = atomic_load_explicit(generation, memory_order_acquire);
        if (seen == plx_forks())
            return false;
        if (seen != CLAIMED && atomic_compare_exchange_strong(generation, &seen, CLAIMED))
            return true;
        sched_yield();
    }
}

void
plx_forks_settle(atomic_uint *generation)
{
    atomic_store_explicit(generation, plx_forks(), memory_order_release);
}
