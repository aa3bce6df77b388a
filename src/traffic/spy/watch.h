/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spies at work, on one worker's loop: takes calls as they come, pairs them (book.h), compares what pairs, counts
 * everything in the worker's tally, and gives stubs the answers that the primary got. One worker has all spies, so
 * that both sides of each meet without a lock; a long comparison, or the reading of a long body, goes to the
 * threads for those.
 *
 *   request whole --record--> hashed --> book --pair, both answered--> compared --> tally     every call: counted once,
 *                                          `--alone, duplicate--------------------> tally     as a pair or by itself
 *   stub waits <----answer of the primary----'
 *
 * The files, each using only those below it: watch (calls come in, time goes by); watch_pairs (what the book says,
 * done); watch_state (the watch from inside); call_pair (what two calls come to); spied_call (one of them, and the stub
 * that waits on it); book, spy_set, template.
 */
#ifndef PLX_SPY_WATCH_H
#define PLX_SPY_WATCH_H

#include "traffic/spy/spied_call.h"
#include "traffic/spy/watch_owner.h"

struct plx_watch;

/* NULL where there is no memory. The spies must outlive it. */
struct plx_watch *plx_watch_new(struct plx_spies *spies, const struct plx_watch_owner *owner);
const struct plx_spy *plx_watch_spy(const struct plx_watch *watch, size_t spy);
/* waiter: NULL, or a stub that waits, for at most the spy's wait. Of a pending call: what
 * plx_watch_answered() has to be told, or NULL where there was no memory; else NULL. */
struct plx_spy_call *plx_watch_record(struct plx_watch *watch, const struct plx_spied *call,
                                      struct plx_spy_waiter *waiter);
/* Once for each: answer is what the call got, whole; NULL: nothing that a stub could give as well. duration_ns: to its
 * end; 0: it had none. */
void plx_watch_answered(struct plx_watch *watch, struct plx_spy_call *call, const struct plx_message_view *answer,
                        uint64_t duration_ns);
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
