/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spies at work, on one worker's loop: takes calls as they end, pairs them (book.h), compares what pairs, counts
 * everything in the worker's tally, and gives stubs the answers that the primary got. One worker has all spies, so
 * that both sides of each meet without a lock; a long comparison, or the reading of a long body, goes to libuv's
 * threads.
 *
 *   exchange ends --record--> hashed --> book --pair--> compared --> tally        every call: counted once, as a pair
 *                                          `--alone, duplicate----> tally         or by itself
 *   stub waits <----answer of the primary----'
 */
#ifndef PLX_SPY_WATCH_H
#define PLX_SPY_WATCH_H

#include "base/list.h"
#include "ledger/ledger.h"
#include "spy/spy.h"

#include <uv.h>

#define PLX_SPY_ID_MAX 128u /* bytes of a Parallax-Exchange that a call is known by; a longer one is none */

struct plx_watch;

/* What the spies need of the worker they are on. */
struct plx_watch_owner {
    uv_loop_t *loop;
    struct plx_tally *(*tally)(void *owner); /* NULL: no memory, which the owner counts */
    void *owner;
};

/* A call that was made to a side. Slices are the caller's, and copied. */
struct plx_spied {
    size_t spy; /* its index */
    enum plx_role side;
    char id[PLX_EXCHANGE_ID_BYTES + 1]; /* of the exchange that it was here */
    uint64_t time_ms;                   /* since the epoch */
    uint64_t began_ns;                  /* uv_hrtime() at its arrival */
    uint64_t duration_ns;               /* to the end of its answer; 0: none of a real one */
    const struct plx_route *route;      /* NULL: none */
    struct plx_slice endpoint;
    struct plx_message_view request;
    uint64_t body_digest[2];               /* of a body that was not kept whole */
    const struct plx_message_view *answer; /* what it got, whole; NULL: nothing that another one could get as well */
};

/* A stub that waits for what the primary got: lies in the caller's memory. */
struct plx_spy_waiter {
    struct plx_list link;
    uint64_t due_ms;
    void *call; /* its own; NULL: it does not wait */
    /* answer: the primary's, during the call only; NULL: it did not come in time, or can't be given. May fire within
     * plx_watch_record(). */
    void (*answered)(struct plx_spy_waiter *waiter, const struct plx_message_view *answer);
};

/* NULL where there is no memory. The spies must outlive it. */
struct plx_watch *plx_watch_new(struct plx_spies *spies, const struct plx_watch_owner *owner);
const struct plx_spy *plx_watch_spy(const struct plx_watch *watch, size_t spy);
/* waiter: NULL, or a stub of the candidate that waits, for at most the spy's wait. */
void plx_watch_record(struct plx_watch *watch, const struct plx_spied *call, struct plx_spy_waiter *waiter);
void plx_watch_leave(struct plx_spy_waiter *waiter); /* it waits no longer; fine when it does not */
/* A call that can't be compared with any. */
void plx_watch_miss(struct plx_watch *watch, size_t spy, struct plx_slice endpoint, enum plx_spied_uncopied reason);
uint64_t plx_watch_count(struct plx_watch *watch, size_t spy); /* 1, 2, 3...: of the spy's answers */
/* Whether something is on another thread. */
bool plx_watch_is_busy(const struct plx_watch *watch);
/* Calls that wait are counted as canceled. Nothing may be busy, and no stub wait. The timer is closed with the loop,
 * after which plx_watch_free(). */
void plx_watch_close(struct plx_watch *watch);
void plx_watch_free(struct plx_watch *watch); /* NULL is fine */

#endif
