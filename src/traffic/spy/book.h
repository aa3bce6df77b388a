/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which call of the candidate belongs to which call of the primary: a book of calls that wait for their pair. No
 * clock, no sockets, no memory but its table: the caller says what time it is, owns the calls, and asks what is due.
 *
 *   add --> an equal one of the other side waits ------------------> pair
 *     |--> an equal one has been given up -------------------------> late pair
 *     |--> another one of the same exchange waits: after `settle` -> pair that differs, unless an equal one has come
 *     `--> waits --- `window` --> given up: alone, or a duplicate of what was paired --- `window` --> forgotten
 *
 * Two calls are known to belong together by the exchange where both have one, else by the trace where both have one,
 * else by what they say. By exchange and by trace calls of one endpoint belong together even when they differ; by what
 * they say only equal ones do, as multisets: two equal calls need two on the other side.
 */
#ifndef PLX_SPY_BOOK_H
#define PLX_SPY_BOOK_H

#include "base/list.h"
#include "service/service.h"

#define PLX_BOOK_CALLS_MAX 1000000u /* that a book may be made for */

/* How two calls are found to be the same one, or of the same exchange. */
enum plx_book_index {
    PLX_BOOK_EXCHANGE_SAME, /* of the same exchange, and equal */
    PLX_BOOK_EXCHANGE,
    PLX_BOOK_TRACE_SAME,
    PLX_BOOK_TRACE,
    PLX_BOOK_CONTENT,
};
#define PLX_BOOK_INDEXES 5

enum plx_booked_state {
    PLX_BOOKED_OUT, /* in no book */
    PLX_BOOKED_WAITING,
    PLX_BOOKED_PAIRED,   /* remembered, so that a second one is known to be a duplicate */
    PLX_BOOKED_GIVEN_UP, /* remembered, so that its pair is known to be late */
};

struct plx_book_link {
    struct plx_list node; /* in its bucket */
    uint64_t key;
};

/* A call in a book: lies in the caller's. */
struct plx_booked {
    struct plx_book_link links[PLX_BOOK_INDEXES];
    uint64_t bases[PLX_BOOK_INDEXES];
    struct plx_list queue, settling;
    enum plx_booked_state state;
    enum plx_role side; /* PLX_PRIMARY or PLX_CANDIDATE */
    unsigned known;     /* what it is known by: bits */
    bool duplicate;     /* when it came an equal one of its exchange and side had been paired */
    uint64_t sequence;  /* of its arrival: the oldest goes first */
    uint64_t at_ms, settle_ms, due_ms;
};

struct plx_book_options {
    uint32_t calls_max;            /* waiting and remembered */
    uint32_t window_ms, settle_ms; /* above 0; settle is at most window */
    uint64_t seed;                 /* random: which keys meet in a bucket is nobody's to choose */
};

struct plx_book {
    struct plx_book_options options;
    struct plx_list *buckets;
    uint64_t mask;
    struct plx_list waiting, settling, remembered; /* in the order in which they are due */
    size_t waiting_count, count;
    uint64_t sequence; /* of the last call */
};

struct plx_book_key {
    struct plx_slice exchange, trace; /* empty: none */
    struct plx_slice endpoint;
    uint64_t content; /* the same for calls that say the same */
};

enum plx_book_happened {
    PLX_BOOK_NOTHING,
    PLX_BOOK_PAIR,      /* both of them */
    PLX_BOOK_LATE,      /* both: the other one had been given up */
    PLX_BOOK_ALONE,     /* one: given up */
    PLX_BOOK_DUPLICATE, /* one: given up, and an equal one of its exchange and side has been paired */
    PLX_BOOK_FORGOTTEN, /* one: it is out of the book */
};

struct plx_book_event {
    enum plx_book_happened happened;
    struct plx_booked *calls[2]; /* by side; NULL: none */
};

PLX_MUST_USE enum plx_status plx_book_init(struct plx_book *book, const struct plx_book_options *options);
void plx_book_fini(struct plx_book *book); /* what is in it is then in no book */
/*
 * Adds a call. PLX_E_LIMIT: the book is full, even of calls that wait; the call is in no book. What *event says besides
 * PLX_BOOK_NOTHING is PAIR or LATE. Calls of a pair stay in the book until they are forgotten.
 */
PLX_MUST_USE enum plx_status plx_book_add(struct plx_book *book, struct plx_booked *call, enum plx_role side,
                                          const struct plx_book_key *key, uint64_t now_ms,
                                          struct plx_book_event *event);
/* The next thing that is due by now_ms; until it says PLX_BOOK_NOTHING. */
struct plx_book_event plx_book_next(struct plx_book *book, uint64_t now_ms);
/* Makes room for one call where it is remembered alone: what it forgot, or PLX_BOOK_NOTHING. */
struct plx_book_event plx_book_make_room(struct plx_book *book);
/* When something is due next; 0: nothing is. */
uint64_t plx_book_due(const struct plx_book *book);
/* Takes a call out, whatever its state: one that waits (oldest first), else a remembered one; NULL: it is empty. */
struct plx_booked *plx_book_take(struct plx_book *book);

#endif
