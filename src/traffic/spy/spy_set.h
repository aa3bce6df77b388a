/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spies as they are configured: each stands in for one HTTP dependency of a service, with an address for the calls of
 * the primary and one for those of the candidate.
 *
 *   primary ----> side primary, observes ---> the real dependency      calls of both sides:
 *   candidate --> side candidate, a stub: answers itself, sends        book.h pairs them, watch.h compares and counts
 *                 nothing on
 *
 * A spy's name, the real dependency (as the role primary), rules, routes, limits and time-outs are those of a service,
 * in a snapshot of their own. Nothing in here but the gauges changes while the process lives.
 */
#ifndef PLX_SPY_SPY_SET_H
#define PLX_SPY_SPY_SET_H

#include "service/service.h"
#include "traffic/spy/template.h"

#define PLX_SPIES_MAX              16u
#define PLX_SPY_SIDES              2 /* PLX_PRIMARY and PLX_CANDIDATE */
#define PLX_SPY_ANSWER_HEADERS_MAX 16u
#define PLX_SPY_HEADERS_BYTES_MAX  (16u << 10) /* of a stub's answer, written out */

enum plx_spy_mode {
    PLX_SPY_OBSERVE, /* passes calls on to the real dependency, and its answers back */
    PLX_SPY_STUB,    /* answers itself */
};

const char *plx_spy_mode_text(enum plx_spy_mode mode);

struct plx_spy_header {
    char *name;
    struct plx_template *value;
};

/* What a stub answers. */
struct plx_spy_answer {
    bool from_primary; /* what the primary got to the same call; the rest is for where that does not come in time */
    int status;
    struct plx_spy_header headers[PLX_SPY_ANSWER_HEADERS_MAX];
    size_t header_count;
    struct plx_template *body;
};

/* What the spies at work show of themselves, for reports: the one thing that changes. */
struct plx_spy_gauges {
    atomic_uint waiting;             /* calls for their pair */
    atomic_uint unsettled;           /* the same, with what is being read, answered or compared: not counted yet */
    atomic_uint stubs;               /* that wait for what the primary gets */
    atomic_uint_fast64_t kept_bytes; /* of them */
    atomic_uint_fast64_t dropped;    /* bodies and answers that limits.bytes had no room for, since the start */
};

struct plx_spy {
    const struct plx_service *service; /* in the spies' snapshot; limits.body: kept of a call, limits.capture: of an
                                          answer */
    enum plx_spy_mode modes[PLX_SPY_SIDES]; /* where the primary serves; where the candidate does, they change places */
    struct plx_spy_answer *answer;          /* of its stubs */
    struct plx_spy_answer **route_answers;  /* by route; NULL: that one */
    bool compare_target;                    /* path and query, too */
    bool gives_primary;                     /* some stub answers what who serves got */
    uint32_t window_ms;                     /* how long a call waits for its pair; default 10 s */
    uint32_t settle_ms;                     /* before calls that differ are taken for a pair; default 500 ms */
    uint32_t late_ms;                       /* a pair that is further apart is late; default the window */
    uint32_t wait_ms;                       /* of a stub for the primary's answer; default 5 s */
    uint32_t calls_max;                     /* waiting for their pair, or remembered; default 100000 */
    uint64_t bytes_max;                     /* kept of calls that wait; default 64 MiB */
    struct plx_spy_gauges *gauges;          /* owned */
};

struct plx_spies {
    struct plx_snapshot *snapshot; /* services by index are the spies by index; one reference, owned */
    struct plx_spy *list;
    size_t count;
};

/* NULL where there is no memory; with defaults, all services zeroed but for their index. */
struct plx_spies *plx_spies_new(size_t count);
void plx_spies_free(struct plx_spies *spies); /* NULL is fine */
/* 200 and nothing; or what the primary got, else 503. NULL where there is no memory. */
struct plx_spy_answer *plx_spy_answer_new(bool from_primary);
void plx_spy_answer_free(struct plx_spy_answer *answer); /* NULL is fine */
/* The answer that a stub gives on this route (NULL: none). */
const struct plx_spy_answer *plx_spy_answer_for(const struct plx_spy *spy, const struct plx_route *route);

#endif
