/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spies at work, on one worker's loop: takes calls as they come, pairs them (book.h), compares what pairs, counts
 * everything in the worker's tally, and gives stubs the answers that the primary got. One worker has all spies, so
 * that both sides of each meet without a lock; a long comparison, or the reading of a long body, goes to libuv's
 * threads.
 *
 *   request whole --record--> hashed --> book --pair, both answered--> compared --> tally     every call: counted once,
 *                                          `--alone, duplicate--------------------> tally     as a pair or by itself
 *   stub waits <----answer of the primary----'
 */
#ifndef PLX_SPY_WATCH_H
#define PLX_SPY_WATCH_H

#include "base/list.h"
#include "evidence/ledger/tally.h"
#include "traffic/spy/spy_set.h"

#include <uv.h>

#define PLX_SPY_ID_MAX 128u /* bytes of a Parallax-Exchange that a call is known by; a longer one is none */

struct plx_watch;
struct plx_spy_call;

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
    const struct plx_route *route;      /* NULL: none */
    struct plx_slice endpoint;
    struct plx_message_view request;
    uint64_t body_digest[2]; /* of a body that was not kept whole */
    bool pending;            /* its answer is to come: plx_watch_answered() */
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
/* waiter: NULL, or a stub of the candidate that waits, for at most the spy's wait. Of a pending call: what
 * plx_watch_answered() has to be told, or NULL where there was no memory; else NULL. */
struct plx_spy_call *plx_watch_record(struct plx_watch *watch, const struct plx_spied *call,
                                      struct plx_spy_waiter *waiter);
/* Once for each: answer is what the call got, whole; NULL: nothing that a stub could give as well. duration_ns: to its
 * end; 0: it had none. */
void plx_watch_answered(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_message_view *answer,
                        uint64_t duration_ns);
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
