/* SPDX-License-Identifier: Apache-2.0 */
/* A spied call as the watch keeps it: its messages in one block, which is given back as soon as nobody needs it. */
#ifndef PLX_SPY_SPIED_CALL_H
#define PLX_SPY_SPIED_CALL_H

#include "traffic/spy/book.h"
#include "traffic/spy/watch.h"

struct plx_spy_call {
    struct plx_booked booked;
    unsigned holds; /* the book's, a comparison's, that of who brings its answer */
    size_t spy;
    enum plx_role side;
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    uint64_t time_ms, began_ns, duration_ns;
    const struct plx_rules *rules;
    uint64_t content; /* what it says, as a number */
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

#endif
