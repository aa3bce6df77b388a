/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client request and the answers that the roles gave to it: the heart.
 *
 *   connection (client) --begin, body, body_end--> exchange --calls--> primary --relay--> connection
 *                                                     |  `-- request whole: copies --> candidate, secondary
 *                                                     |
 *                client has its answer, calls ended --+--> verdict (compare, count) --> reused
 *
 * In a canary primary and candidate change places for some of the clients: the one whose answer is the client's is the
 * serving role, the others get copies. What is compared is the primary with the candidate, whichever serves.
 *
 * The client's part ends with the serving role's answer; from then on the exchange lives on its own until the copies
 * have ended, too. Nothing that concerns a copy is ever waited for on behalf of the client. An exchange is counted
 * exactly once, when everything has ended.
 */
#ifndef PLX_EXCHANGE_EXCHANGE_H
#define PLX_EXCHANGE_EXCHANGE_H

#include "traffic/exchange/call.h"
#include "traffic/spy/watch.h"

struct plx_connection;
struct plx_spy_port;

struct plx_exchange {
    struct plx_list link; /* in the context's exchanges or spare */
    struct plx_context *context;
    struct plx_view *view;
    const struct plx_service *service;
    struct plx_view_service *state;    /* of the service, in the view */
    const struct plx_route *route;     /* NULL: none matched */
    struct plx_connection *connection; /* NULL: the client has its answer, or has gone */
    struct plx_arena *arena;

    char id[PLX_EXCHANGE_ID_BYTES + 1];
    char client[64]; /* its address */
    char endpoint[PLX_ENDPOINT_MAX];
    size_t endpoint_len;
    uint64_t time_ms, began_ns, answered_ns;

    /* the request */
    enum plx_http_method method;
    int client_minor;
    bool keep_alive; /* the client would keep its connection */
    bool upgrade;
    enum plx_http_framing framing;
    bool bodyless; /* the head is all of the request */
    bool request_whole;
    struct plx_message_view request;  /* for the record; method and target always, headers where it is copied */
    struct plx_buffer heads;          /* the request's head as sent to each role, one behind the other */
    size_t head_len;                  /* of the first, the serving role's */
    size_t copy_head_ends[PLX_ROLES]; /* of those behind it, empty for who gets no copy */
    struct plx_buffer body;           /* kept for the copies, which send it from here */
    char body_line[20];               /* the chunk line before it */
    struct plx_buffer trailer;

    /* the answer to the client */
    enum plx_role serving;      /* whose it is; never the secondary */
    enum plx_fallback fallback; /* why the primary serves in the candidate's place */
    bool answer_begun;          /* its head has gone out */
    enum plx_http_framing answer_framing;
    int answer_status;
    uint64_t answer_bytes;

    /* the copies */
    bool copy; /* to be made, or made */
    bool copied;
    enum plx_uncopied uncopied;
    uint64_t kept_bytes; /* its part of the context's */
    uint64_t body_kept;  /* of them for the request's body */
    struct plx_call calls[PLX_ROLES];
    uint8_t timers; /* still to be closed, when it is freed */

    uv_work_t work; /* a long comparison, on another thread */
    bool comparing;
    enum plx_status judged;
    struct plx_judgement judgement;
    struct plx_answer answers[PLX_ROLES];

    /* at a spy's address: spied.h */
    const struct plx_spy_port *port; /* NULL: it is none */
    struct plx_capture asked;        /* the request's body */
    struct plx_spy_waiter waiter;    /* a stub's, for the primary's answer */
    struct plx_spy_call *pending;    /* the watch waits for its answer; NULL: it does not */
    bool recorded;                   /* handed to the watch */
};

/* Whether answers are kept: for the comparison, or for a spy. */
static inline bool
plx_exchange_keeps(const struct plx_exchange *exchange)
{
    return exchange->copy || exchange->port;
}

/* For the client's connection: */

/*
 * Begins an exchange for a head that has just been read (the context's scratch head, whose slices may be moved to a
 * copy). NULL: it was answered already with a short answer of our own (no service takes the host, no memory), and *keep
 * says whether the connection goes on.
 */
struct plx_exchange *plx_exchange_begin(struct plx_context *context, struct plx_connection *connection,
                                        struct plx_http1_head *head, const char *client_address, bool *keep);
void plx_exchange_body(struct plx_exchange *exchange, struct plx_slice data);
void plx_exchange_body_end(struct plx_exchange *exchange, struct plx_slice trailer);
bool plx_exchange_is_full(const struct plx_exchange *exchange); /* the serving role takes no more of the body for now */
void plx_exchange_client_drained(struct plx_exchange *exchange); /* the client takes more of the answer */
/* The client's connection is gone, or can't go on. The exchange may end at once. */
void plx_exchange_client_gone(struct plx_exchange *exchange);

/* For the worker: */

/* The time to drain is over: what is still asked is given up. */
void plx_exchange_cancel(struct plx_exchange *exchange);

/* For the calls and the relay: */

static inline struct plx_call *
plx_exchange_serving(struct plx_exchange *exchange)
{
    return &exchange->calls[exchange->serving];
}

/* The request's head as the serving role gets it. */
static inline struct plx_slice
plx_exchange_head(const struct plx_exchange *exchange)
{
    return plx_slice_make(exchange->heads.ptr, exchange->head_len);
}

/* Copies a head to the exchange's arena: its slices then point there, *headers to a copy of its header lines. false: no
 * memory, the head is as it was. */
bool plx_exchange_keep_head(struct plx_exchange *exchange, struct plx_http1_head *head, struct plx_header **headers);
/* Counts bytes that are kept for the comparison; false: there are too many, keep them not. */
bool plx_exchange_keep(struct plx_exchange *exchange, size_t bytes);
void plx_exchange_call_ended(struct plx_call *call);
/* 101: the client's connection takes the peer over. */
void plx_exchange_tunnel(struct plx_exchange *exchange, struct plx_peer *peer, struct plx_slice early);
void plx_exchange_request_drained(struct plx_exchange *exchange);
/* The copies' and the serving role's lengths have changed: holds copies that are far ahead of it, lets others go on. */
void plx_exchange_balance(struct plx_exchange *exchange);
/* The client has its answer (or a cut one), keep: its connection may go on. */
void plx_exchange_client_done(struct plx_exchange *exchange, bool keep);

/* For the spies: */

/* Ends it where client and calls are done; it stands last. */
void plx_exchange_check_ended(struct plx_exchange *exchange);

/* For its beginning: */

struct plx_exchange *plx_exchange_take(struct plx_context *context); /* new or spare; NULL: no memory */

/* For the verdict: */

void plx_exchange_end(struct plx_exchange *exchange); /* counted; to be used again */

void plx_exchange_free_spares(struct plx_context *context);

#endif
