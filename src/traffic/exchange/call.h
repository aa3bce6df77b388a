/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One role's part of an exchange: its request, and the answer as it comes.
 *
 *   event \ state   NONE        CONNECTING      ASKED               ANSWERING         HELD              ENDED
 *   start           CONNECTING  -               -                   -                 -                 -
 *                   or ASKED (a kept connection)
 *   connected       -           ASKED           -                   -                 -                 -
 *   connect failed  -           ENDED connect   -                   -                 -                 -
 *   bytes           -           -               head: ANSWERING     whole: ENDED      -                 -
 *                                               101: ENDED, passed  not HTTP: ENDED
 *                                               on; not HTTP:       protocol
 *                                               ENDED protocol
 *   ended           -           -               kept and stale:     until-close:      ENDED reset       -
 *                                               once more; else     ENDED; else
 *                                               ENDED reset         ENDED reset
 *   hold            .           .               HELD                HELD              .                 .
 *   go on           .           .               .                   .                 ASKED before the  .
 *                                                                                     head, ANSWERING
 *                                                                                     after it
 *   deadline        .           ENDED connect   ENDED timeout       ENDED timeout     ENDED canceled    .
 *   cancel          .           ENDED canceled  ENDED canceled      ENDED canceled    ENDED canceled    .
 *   cut             -           -               -                   ENDED, longer     ENDED, longer     -
 *
 *   -: can't happen   .: changes nothing
 *
 * REST follows on ANSWERING where the answer is whole before the request is, and the role would keep its connection: it
 * is given the rest. With the last of it (`sent`), more bytes, the connection's end or a role that takes nothing for
 * too long it is ENDED, whole.
 *
 * HELD is our doing: the client takes no more, or a copy is far ahead. Its time is no part of the duration. A copy that
 * goes on has what was left of its time; one that is held when it is over is given up, and its role not to blame. The
 * serving role's answer has no deadline while it is held.
 *
 * What is asked, of whom and for how long are the terms, one for all calls of an exchange. What comes of a call is told
 * by a small table of events; of a copy's answer only that there is more, and its end.
 */
#ifndef PLX_EXCHANGE_CALL_H
#define PLX_EXCHANGE_CALL_H

#include "traffic/exchange/capture.h"
#include "traffic/exchange/exchange_context.h"
#include "traffic/http1/answer.h"
#include "traffic/http1/framing.h"
#include "traffic/http1/wire.h"

/* Waits for a connection to the serving role; while there is more, the client's connection is not read. */
#define PLX_CALL_WAITING_BYTES PLX_STREAM_HIGH_BYTES

/*
 * How far a copy's answer is read: at most so many bytes ahead of the serving role's answer while that comes; when that
 * is whole, up to what limits.capture keeps, or its length where neither could be written in another one. Beyond so
 * many times that length and a bit it is looked whether it says more than any way of writing the same
 * (compare/lengths.h): then no more of it is read, so that a flood costs little.
 */
#define PLX_COPY_AHEAD_BYTES ((uint64_t)256 * 1024)
#define PLX_COPY_TIMES       8u
#define PLX_COPY_SLACK_BYTES ((uint64_t)64 * 1024)
/* Beyond twice the serving role's answer and so much, PLX_COPY_EXCESS_BYTES pays for what a copy's has. */
#define PLX_COPY_FREE_BYTES ((uint64_t)16 * 1024)

/* Answers of 1xx to one request, which count as a part of its head: Go takes 5, curl 300 KB of them. The time that a
 * role has to answer is not prolonged by them. */
#define PLX_INTERIMS_MAX 32u

/* A copy's answer may come in so many pieces (reads, chunks) of whatever size. Beyond, PLX_COPY_EXCESS_BYTES pays for
 * those that lack so many bytes in the mean, some at a time. */
#define PLX_COPY_PIECES_FREE 256u
#define PLX_COPY_PIECES_STEP 256u
#define PLX_COPY_PIECE_BYTES 32u

/* A server may close a connection that has lain idle (RFC 9112, 9.5), just when it is used again. No server does so
 * within a second. */
#define PLX_CALL_LAPSED_MS 1000u

/* A server that says how long it keeps a connection (Keep-Alive: timeout=N) begins to count when its answer has gone
 * out: it is not asked on that connection in so much of the time before it closes it, and half of a second of one. */
#define PLX_CALL_KEEP_LESS_MS 1000u

#define PLX_CALL_REQUEST_SLICES 6u /* head, chunk line, body, last chunk, trailer, end */

struct plx_call;
struct plx_exchange_client;

/* What a call tells, `read` and `ended` of any, the others of the serving role's. `switched`, `read` and `ended` may
 * end the exchange: the call touches nothing after them. */
struct plx_call_events {
    void (*interim)(struct plx_call *call, const struct plx_http1_head *head);
    void (*head)(struct plx_call *call, struct plx_http1_head *head); /* kept already: may be changed */
    void (*body)(struct plx_call *call, struct plx_slice data);       /* valid until `read` or `whole` */
    /* Whether the rest of the request still comes, where it is not whole. */
    bool (*whole)(struct plx_call *call, struct plx_slice trailer);
    void (*drained)(struct plx_call *call); /* it takes more of the request */
    /* 101: the call has ended, the peer is no longer its own; early: what it has sent already. */
    void (*switched)(struct plx_call *call, struct plx_http1_head *head, struct plx_peer *peer, struct plx_slice early);
    void (*read)(struct plx_call *call);  /* all that one read has brought was told; there is more to come */
    void (*ended)(struct plx_call *call); /* its state is PLX_CALL_ENDED, its outcome says how */
};

/* What a role is asked for. */
enum plx_purpose {
    PLX_TO_SERVE,
    PLX_TO_COPY,
};
#define PLX_PURPOSES 2

/* A head among those that are written; len 0: none. */
struct plx_head_place {
    uint32_t from, len;
};

/* What all calls of an exchange have in common, for as long as they run. */
struct plx_call_terms {
    struct plx_context *context;
    const struct plx_call_events *events;
    struct plx_exchange_client *client; /* who waits for the serving role's answer; NULL: has it, or has gone */
    struct plx_pool *const *pools;      /* by role */
    const struct plx_timeouts *timeouts;
    struct plx_arena *arena;
    /* The request's head as each role is asked; none: it is not, for this purpose. They stay as they are until the
     * exchange ends (requests.h). */
    struct plx_head_place heads[PLX_PURPOSES][PLX_ROLES];
    struct plx_buffer written; /* where they are, one after the other */
    uint64_t capture_bytes;    /* kept of an answer's body */
    uint64_t kept_bytes;       /* the exchange's part of the context's */
    uint64_t served_ns;        /* when the serving role's answer had ended; 0: it has not */
    enum plx_http_method method;
    enum plx_role serving; /* whose answer is the client's; the secondary, never asked then: there is no client */
    bool stood_in;       /* where the serving role takes no connection another one answers: nobody waits long for it, */
    uint32_t connect_ms; /* but so long */
    bool awaits_copy;    /* the serving role has failed, and the client waits for the primary's answer to its copy */
    bool upgrade;
    bool bodyless; /* the head is all of the request */
    bool keeps;    /* answers are kept: for a comparison, or for a spy */
};

/* Empty: the role is not asked for this purpose. */
static inline struct plx_slice
plx_terms_head(const struct plx_call_terms *terms, enum plx_purpose purpose, enum plx_role role)
{
    const struct plx_head_place *at = &terms->heads[purpose][role];

    return plx_slice_make(terms->written.ptr + at->from, at->len);
}

enum plx_call_state {
    PLX_CALL_NONE,
    PLX_CALL_CONNECTING,
    PLX_CALL_ASKED,
    PLX_CALL_ANSWERING,
    PLX_CALL_HELD, /* reading is paused; body_open says where it goes on */
    PLX_CALL_REST, /* the answer is whole, the request is not */
    PLX_CALL_ENDED,
};

struct plx_call {
    struct plx_call_terms *terms;
    enum plx_role role;
    enum plx_call_state state;
    struct plx_role_outcome outcome;
    char detail[PLX_HTTP_ERROR_TEXT_MAX]; /* of an answer that was refused: why, in words; else "" */
    struct plx_connect connect;
    struct plx_peer *peer; /* while ASKED, ANSWERING, HELD and REST */
    struct plx_deadline deadline;
    struct plx_buffer waiting;                         /* to serve: what goes out when the connection is there */
    struct plx_slice request[PLX_CALL_REQUEST_SLICES]; /* a copy's: all of its request, the exchange's bytes */
    size_t request_count;
    struct plx_buffer pending; /* the beginning of a head */
    struct plx_http_answer_reader reader;
    struct plx_http_body body;
    bool body_open; /* the head has come; body must be finished with plx_http_body_fini() */
    bool keep_alive;
    uint32_t keep_ms;                 /* at most so long its connection is kept */
    bool sent;                        /* the request is whole */
    uint32_t interims, interim_bytes; /* answers of 1xx so far */
    uint64_t pieces, pieces_paid;     /* that its body came in; of a copy's, how many were paid for */
    uint64_t started_ns;
    uint64_t held_ns, held_since_ns; /* in HELD so far; since when */
    int status;                      /* of its answer; 0 before its head */
    struct plx_header *headers;      /* in the terms' arena */
    size_t header_count;
    struct plx_header *trailers; /* likewise, of an answer that is whole */
    size_t trailer_count;
    bool coded;       /* its body has codings */
    bool plain;       /* what it says takes a bounded number of bytes: compare/lengths.h */
    bool costly;      /* reading its body may cost more than its length says: it is coded, or no simple document */
    bool has_meaning; /* its body may mean the same as one of other bytes, of another length */
    bool cut;         /* of a copy: plx_call_cut() has ended it, so that its trailer was not read */
    uint64_t length_looked_at; /* of a copy: when it was found to be no longer than an equal answer could be */
    uint64_t length_paid;      /* likewise: of its length, what PLX_COPY_EXCESS_BYTES has been spent on */
    struct plx_capture capture;
};

void plx_call_init(struct plx_call *call, struct plx_call_terms *terms, enum plx_role role, struct plx_loop *loop);
void plx_call_reset(struct plx_call *call); /* for the next exchange */
/* Closes the timer; closed fires later. The call must have ended or never begun. */
void plx_call_fini(struct plx_call *call, void (*closed)(struct plx_deadline *deadline));

/*
 * Begins with the head that the role is asked with: of the serving role's request, with what there is of its body; or
 * of a copy's, with all that follows, at most PLX_CALL_REQUEST_SLICES - 1 whose bytes stay as they are until the
 * exchange ends, so that a body is in memory once for all copies. Events fire later.
 */
void plx_call_start(struct plx_call *call, struct plx_slice body);
void plx_call_start_copy(struct plx_call *call, const struct plx_slice *slices, size_t count);
/* Of a copy: its role can't be asked, and is not. The call has ended; nothing fires. */
void plx_call_refuse(struct plx_call *call, enum plx_incomparable reason);
/* More of the request. What can't be sent any more is dropped: the answer, or the connection's end, decides. */
void plx_call_send(struct plx_call *call, const struct plx_slice *slices, size_t count);
void plx_call_sent(struct plx_call *call); /* the request is whole: from here on the serving role's time counts */
bool plx_call_is_full(const struct plx_call *call);
static inline bool
plx_call_is_active(const struct plx_call *call)
{
    return call->state != PLX_CALL_NONE && call->state != PLX_CALL_ENDED;
}
/* An answer comes, held or not. */
static inline bool
plx_call_is_answering(const struct plx_call *call)
{
    return call->state == PLX_CALL_ANSWERING || (call->state == PLX_CALL_HELD && call->body_open);
}
/* The client's connection takes no more, or takes more again; a copy is far ahead, or no longer. */
void plx_call_hold(struct plx_call *call);
void plx_call_go_on(struct plx_call *call);
/*
 * Of the serving role's call that has failed: whether another role may be asked in its place, since nothing of the
 * request went out, or nothing came back and it may be repeated. *body: what there is of the request behind its head.
 */
bool plx_call_took_nothing(const struct plx_call *call, struct plx_slice *body);
/* Nobody waits for the answer any more. Nothing fires after this but the loop's closing. */
void plx_call_cancel(struct plx_call *call, enum plx_incomparable reason);
/* The client has gone, but its answer is still wanted for the comparison: within the time that a copy has. */
void plx_call_expire(struct plx_call *call);
/* A copy is longer than any answer that could be equal: no more of it is read. Its length then is "more than was read".
 */
void plx_call_cut(struct plx_call *call);

#endif
