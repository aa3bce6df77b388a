/* SPDX-License-Identifier: Apache-2.0 */
/* A spied call as the watch keeps it: its messages in one block, which is given back as soon as nobody needs it. */
#ifndef PLX_SPY_SPIED_CALL_H
#define PLX_SPY_SPIED_CALL_H

#include "base/list.h"
#include "evidence/ledger/ledger.h"
#include "traffic/spy/book.h"
#include "traffic/spy/spy_set.h"

#define PLX_SPY_ID_MAX 128u /* bytes of a Parallax-Exchange that a call is known by; a longer one is none */

/* A call that was made to a side. Slices are the caller's, and copied. */
struct plx_spied {
    size_t spy; /* its index */
    enum plx_role side;
    char id[PLX_EXCHANGE_ID_BYTES + 1]; /* of the exchange that it was here */
    uint64_t time_ms;                   /* since the epoch */
    uint64_t began_ns;                  /* plx_loop_now_ns() at its arrival */
    const struct plx_route *route;      /* NULL: none */
    struct plx_slice endpoint;
    struct plx_message_view request;
    uint64_t body_digest[2]; /* of a body that was not kept whole */
    bool pending;            /* its answer is to come */
};

/* A stub that waits for what the other side got: lies in the caller's memory. */
struct plx_spy_waiter {
    struct plx_list link;
    uint64_t due_ms;
    void *call; /* its own; NULL: it does not wait */
    /* answer: the other side's, during the call only; NULL: it did not come in time, or can't be given. May fire within
     * plx_watch_record(). */
    void (*answered)(struct plx_spy_waiter *waiter, const struct plx_message_view *answer);
};

struct plx_spy_call {
    struct plx_booked booked;
    unsigned holds; /* the book's, a comparison's, that of who brings its answer */
    size_t spy;
    enum plx_role side;
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    uint64_t time_ms, began_ns, duration_ns;
    const struct plx_rules *rules;
    uint64_t content; /* what its body says, as a number */
    struct plx_spy_waiter *waiter;
    atomic_uint *waiting_stubs;   /* the gauge in which that one is counted */
    bool pending;                 /* its answer is to come */
    struct plx_spy_call *partner; /* of a pair whose answers are to come */
    bool partner_late;            /* that pair is late */
    char *kept;                   /* what all slices but those of the answer point into; NULL: given back */
    char *answer_kept;            /* likewise of the answer */
    size_t kept_bytes;            /* of both */
    uint64_t *account;            /* where they are counted, once they are */
    struct plx_slice endpoint, exchange, trace;
    struct plx_message_view request, answer;
    uint64_t body_digest[2];
    bool has_answer;
};

/* Copies it; one hold is the caller's. NULL where there is no memory. */
struct plx_spy_call *plx_spy_call_new(const struct plx_spied *from, const struct plx_rules *rules);
/* What its body says, as a number: call->content. On any thread; limits NULL: the defaults. */
void plx_spy_call_read(struct plx_spy_call *call, const struct plx_compare_limits *limits, struct plx_arena *arena);
/* What can't be read, or had no time to be, is known by nothing but its ids: the comparison then says why. */
void plx_spy_call_leave_unread(struct plx_spy_call *call);
uint64_t
plx_spy_call_bytes(const struct plx_spy_call *call);  /* of its body without codings, at most, as far as one can know */
void plx_spy_call_release(struct plx_spy_call *call); /* a hold; the last one frees */
/* Keeps what it got. Without memory it got nothing that can be given. */
void plx_spy_call_keep_answer(struct plx_spy_call *call, const struct plx_message_view *answer);
/* Gives the messages back; id, time and what it says stay. */
void plx_spy_call_slim(struct plx_spy_call *call);
/* Lets go of what its body is, but for its length and digest. */
void plx_spy_call_drop_bodies(struct plx_spy_call *call);
struct plx_answer plx_spy_call_as_answer(const struct plx_spy_call *call); /* for comparing */
/* Whether reading or comparing its body may take long. */
bool plx_spy_call_is_costly(const struct plx_spy_call *call);

/* Gives a stub that waits on this call its answer; NULL: there is none. Its next call may be recorded within this. */
void plx_spy_call_tell(struct plx_spy_call *call, const struct plx_message_view *answer);
void plx_spy_waiter_leave(struct plx_spy_waiter *waiter); /* it waits no longer; fine when it does not */

#endif
