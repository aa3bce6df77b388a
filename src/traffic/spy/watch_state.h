/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch from inside, for its two parts: watch.c takes calls and knows the time, watch_pairs.c, below it, does what
 * the book says.
 */
#ifndef PLX_SPY_WATCH_STATE_H
#define PLX_SPY_WATCH_STATE_H

#include "base/arena.h"
#include "base/assert.h"
#include "traffic/net/deadline.h"
#include "traffic/spy/spied_call.h"
#include "traffic/spy/watch_owner.h"

/* One spy at work. */
struct plx_watch_state {
    const struct plx_spy *spy;
    struct plx_book book;
    uint64_t kept_bytes; /* of calls in the book */
    size_t aside;        /* calls that are read on another thread, and pairs that are not counted yet */
    uint64_t counter;
    struct plx_list waiters; /* in the order in which they are due */
};

struct plx_watch {
    struct plx_spies *spies;
    struct plx_watch_owner owner;
    struct plx_deadline due; /* of what comes first; closed with the loop */
    struct plx_arena *arena; /* scratch of this thread */
    struct plx_watch_state *states;
    unsigned busy;
};

static inline struct plx_watch_state *
plx_watch_state_of(struct plx_watch *watch, const struct plx_spy_call *call)
{
    return &watch->states[call->spy];
}

static inline struct plx_spy_call *
plx_watch_call_of(struct plx_booked *booked)
{
    return PLX_CONTAINER(booked, struct plx_spy_call, booked);
}

/* A body or an answer that limits.bytes has no room for. */
static inline void
plx_watch_count_dropped(struct plx_watch_state *state)
{
    atomic_fetch_add_explicit(&state->spy->gauges->dropped, 1, memory_order_relaxed);
}

/* For reports, from another thread; what has left the book by then is counted, or `aside`. */
void plx_watch_show(struct plx_watch_state *state);

/* What runs on a thread for comparisons, in its owner's memory. */
struct plx_watch_job {
    struct plx_comparison_job job;
    struct plx_watch *watch;
    void (*work)(struct plx_watch_job *job, const struct plx_compare_limits *limits,
                 struct plx_arena *arena); /* there */
    void (*done)(struct plx_watch_job *job,
                 struct plx_arena *arena); /* here, later; NULL: it never ran; frees the job */
};

/* bytes: of bodies without their codings, at most. false: it is shed, and done does not fire. */
PLX_MUST_USE bool plx_watch_queue(struct plx_watch *watch, struct plx_watch_job *job, const struct plx_spy *spy,
                                  uint64_t bytes);

#endif
