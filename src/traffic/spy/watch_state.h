/* SPDX-License-Identifier: Apache-2.0 */
/* The watch from inside: watch.c takes calls and knows the time, watch_pairs.c does what the book says. */
#ifndef PLX_SPY_WATCH_STATE_H
#define PLX_SPY_WATCH_STATE_H

#include "base/assert.h"
#include "traffic/spy/call_pair.h"

/* One spy at work. */
struct plx_watch_state {
    const struct plx_spy *spy;
    struct plx_book book;
    uint64_t kept_bytes; /* of calls in the book */
    uint64_t counter;
    struct plx_list waiters; /* in the order in which they are due */
};

struct plx_watch {
    struct plx_spies *spies;
    struct plx_watch_owner owner;
    uv_timer_t timer;
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

/* ---- watch.c ---- */

/* For reports, from another thread. */
void plx_watch_show(struct plx_watch_state *state);
/* Gives a stub that waits on this call its answer; NULL: there is none. Its next call may be recorded within this. */
void plx_watch_tell(struct plx_spy_call *call, const struct plx_message_view *answer);
/* The call has been read: among the others of its spy. */
void plx_watch_book(struct plx_watch *watch, struct plx_spy_call *call, struct plx_spy_waiter *waiter);

/* ---- watch_pairs.c ---- */

/* What the call says, as a number. On any thread. */
void plx_watch_read(struct plx_spy_call *call, struct plx_arena *arena);
/* The same on another thread; then plx_watch_book() with the stub that waits. false: it is for this thread to do. */
bool plx_watch_read_beside(struct plx_watch *watch, struct plx_spy_call *call);
void plx_watch_on_event(struct plx_watch *watch, struct plx_watch_state *state, const struct plx_book_event *event);

#endif
