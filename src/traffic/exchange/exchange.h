/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client request and the answers that the roles gave to it: the heart.
 *
 *   client --begin, body, body_end--> exchange --calls--> primary --answering--> client
 *                                        |  `-- request whole: copies --> candidate, secondary
 *                                        |
 *   client has its answer, calls ended --+--> verdict (compare, count) --> used again
 *
 * In a canary primary and candidate change places for some of the clients: the one whose answer is the client's is the
 * serving role, the others get copies. What is compared is the primary with the candidate, whichever serves.
 *
 * The client's part ends with the serving role's answer; from then on the exchange lives on its own until the copies
 * have ended, too. Nothing that concerns a copy is ever waited for on behalf of the client. An exchange is counted
 * exactly once, when everything has ended.
 *
 * The files of this folder, each using only those below it:
 *
 *   connection                        HTTP/1's side of a client: reads requests, feeds exchanges
 *   begin          relay, tunnel      from a head to an exchange of a kind   | how a connection writes answers
 *   service_exchange, spied           the kinds: a service's; a spy's, that observes or is a stub
 *   answering                         what calls tell, and what the client is told of it
 *   forward, copies, fallback, verdict
 *   requests                          what each role is asked: heads, by role and purpose
 *   rechecks                          mismatches that wait to be asked again
 *   recheck_exchange, recheck         asking again, which is a kind without a client; one of those that wait
 *   ask_exchange                      asking for somebody who wants to see the answers, without a client, too
 *   judging, validators               answers compared; statuses that say nothing
 *   ejecting                          whether the candidate gives answers at all
 *   exchange                          the exchange itself: its memory, its end
 *   call, exchange_client             a role's part; who asked (only a table of operations)
 *   exchange_context                  what a worker's exchanges share
 *   capture, access_log
 */
#ifndef PLX_EXCHANGE_EXCHANGE_H
#define PLX_EXCHANGE_EXCHANGE_H

#include "base/assert.h"
#include "traffic/exchange/call.h"
#include "traffic/exchange/exchange_client.h"
#include "traffic/http1/wire.h"
#include "traffic/spy/watch.h"

struct plx_exchange;
struct plx_recheck;
struct plx_ask;

#define PLX_NOBODY ((enum plx_role)PLX_ROLES) /* who serves, where there is no client: all calls are copies */

/*
 * What differs between an exchange of a service, one at a spy that observes, and one at a stub. A recheck is one of a
 * kind, too, without a client: of its events there is only `ended`. The order of events is
 * begin, body*, whole, ended; without a whole request ended comes all the same.
 */
struct plx_exchange_kind {
    bool keeps; /* request and answer, whether there are copies or not */
    /* The Parallax-Exchange that goes to the serving role; empty: none. */
    struct plx_slice (*name)(const struct plx_exchange *exchange, const struct plx_http1_head *head);
    void (*begin)(struct plx_exchange *exchange, const struct plx_http1_head *head); /* what is kept of the head is */
    void (*body)(struct plx_exchange *exchange, struct plx_slice data);
    void (*whole)(struct plx_exchange *exchange, struct plx_slice trailer); /* the exchange may end within it */
    void (*ended)(struct plx_exchange *exchange); /* client and calls are done: counts, then plx_exchange_end() */
};

struct plx_exchange {
    struct plx_call_terms terms; /* of its calls; whose client is the exchange's */
    const struct plx_exchange_kind *kind;
    struct plx_list link; /* in the context's exchanges or spare */
    struct plx_view *view;
    const struct plx_service *service;
    struct plx_view_service *state; /* of the service, in the view */
    const struct plx_route *route;  /* NULL: none matched */

    char id[PLX_EXCHANGE_ID_BYTES + 1];
    char address[64]; /* the client's */
    char endpoint[PLX_ENDPOINT_MAX];
    size_t endpoint_len;
    uint64_t time_ms, began_ns, answered_ns;

    /* the request */
    enum plx_http_framing framing;
    bool request_whole;
    struct plx_message_view request; /* for the record; method and target always, headers where it is copied */
    struct plx_buffer body;          /* kept for the copies, which send it from here */
    char body_line[20];              /* the chunk line before it */
    struct plx_buffer trailer;

    /* the answer to the client */
    struct plx_draw draw;       /* who was to serve it */
    enum plx_fallback fallback; /* why the primary serves in the candidate's place */
    bool trial;                 /* of a candidate that is ejected: by this request, or its copy, it may come back */
    bool noted;                 /* by its ejection: that it has answered, or failed to */
    bool answer_begun;          /* its head has gone out */
    int answer_status;
    uint64_t answer_bytes;

    /* the copies */
    bool copy; /* to be made, or made */
    bool copied;
    bool has_room; /* of limits.copies; until the copies have ended */
    enum plx_uncopied uncopied;
    uint64_t body_kept; /* of what the terms keep, for the request's body */
    struct plx_call calls[PLX_ROLES];
    uint8_t timers; /* still to be closed, when it is freed */

    struct plx_comparison_job job; /* a long comparison, on another thread */
    bool comparing;
    struct plx_arena *judged_in; /* where the judgement lies, while when_judged runs; NULL: there is none */
    void (*when_judged)(struct plx_exchange *exchange);
    enum plx_status judged;
    struct plx_judgement judgement;
    struct plx_answer answers[PLX_ROLES];

    struct plx_recheck *recheck; /* asks again for another exchange; NULL: it is a client's */

    struct plx_ask *ask; /* somebody wants to know what comes of it; NULL: nobody does */

    /* at a spy's address: spied.h */
    const struct plx_spy_port *port; /* NULL: it is none */
    struct plx_capture asked;        /* the request's body */
    struct plx_spy_waiter waiter;    /* a stub's, for the primary's answer */
    struct plx_spy_call *pending;    /* the watch waits for its answer; NULL: it does not */
    bool recorded;                   /* handed to the watch */
    bool has_pair;                   /* its exchange is copied: the other side may make the same call */
};

static inline struct plx_exchange *
plx_exchange_of(const struct plx_call *call)
{
    return PLX_CONTAINER(call->terms, struct plx_exchange, terms);
}

static inline struct plx_call *
plx_exchange_serving(struct plx_exchange *exchange)
{
    return &exchange->calls[exchange->terms.serving];
}

/* ---- for the client; the beginning is in begin.h ---- */

static inline void
plx_exchange_body(struct plx_exchange *exchange, struct plx_slice data)
{
    exchange->kind->body(exchange, data);
}

/* The exchange may end within this. */
static inline void
plx_exchange_body_end(struct plx_exchange *exchange, struct plx_slice trailer)
{
    exchange->request_whole = true;
    exchange->kind->whole(exchange, trailer);
}

/* The answer is whole, and the serving role takes no more of the request. */
static inline bool
plx_exchange_is_answered(const struct plx_exchange *exchange)
{
    return exchange->answered_ns && exchange->calls[exchange->terms.serving].state == PLX_CALL_ENDED;
}
bool plx_exchange_is_full(const struct plx_exchange *exchange); /* the serving role takes no more of the body for now */
void plx_exchange_client_drained(struct plx_exchange *exchange); /* the client takes more of the answer */
/* The client is gone, or can't go on. The exchange may end at once. */
void plx_exchange_client_gone(struct plx_exchange *exchange);

/* ---- for the worker ---- */

/* The time to drain is over: what is still asked is given up. */
void plx_exchange_cancel(struct plx_exchange *exchange);
void plx_exchange_free_spares(struct plx_context *context);

/* ---- for what happens to it ---- */

struct plx_exchange *plx_exchange_take(struct plx_context *context); /* new or spare; NULL: no memory */
/* The serving role takes more of the request. */
void plx_exchange_request_drained(struct plx_exchange *exchange);
/* All of the request is on its way; it stands last, since the exchange may end within it. */
void plx_exchange_request_sent(struct plx_exchange *exchange);
/* The client has all of its answer. */
void plx_exchange_client_done(struct plx_exchange *exchange);
/* Ends it where client and calls are done; it stands last. */
void plx_exchange_check_ended(struct plx_exchange *exchange);
/* Its copies have ended: others may take their place in limits.copies, however long the client's answer goes on. */
void plx_exchange_leave_room(struct plx_exchange *exchange);
void plx_exchange_end(struct plx_exchange *exchange); /* counted; to be used again */

#endif
