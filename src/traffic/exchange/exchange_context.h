/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the exchanges of one worker share: its loop, its view of the services, its tally, and scratch memory. Used by
 * the worker's thread alone, so nothing in it is locked.
 *
 * A view is a worker's own counted hold on a snapshot, with the pools and counters that belong to its services.
 * Exchanges keep the view they began with; after a reload the old one goes when its last exchange has ended.
 */
#ifndef PLX_EXCHANGE_EXCHANGE_CONTEXT_H
#define PLX_EXCHANGE_EXCHANGE_CONTEXT_H

#include "base/list.h"
#include "evidence/count/last_values.h"
#include "evidence/ledger/tally.h"
#include "log/log.h"
#include "message/date.h"
#include "service/clients.h"
#include "traffic/exchange/access_log.h"
#include "traffic/http1/wire.h"
#include "traffic/net/loop.h"
#include "traffic/net/upstream_pool.h"
#include "traffic/threads/comparisons.h"

#define PLX_EXCHANGES_SPARE 128u /* ended exchanges that a worker keeps to use again */

/*
 * Bytes of requests and answers that a worker keeps for comparisons under way. Beyond it no more copies are made (they
 * are shed); beyond twice as much, what the copies under way answer is no longer kept either (incomparable: truncated).
 */
#define PLX_KEPT_BYTES_MAX ((uint64_t)256 << 20)

struct plx_watch;
struct plx_rechecks;

struct plx_view_service {
    struct plx_pool *pools[PLX_ROLES];
    struct plx_pool *recheck_pools[PLX_ROLES]; /* of their own, so that rechecks take no client's connection; of primary
                                                  and candidate, where the service has rechecks */
    uint32_t turn;           /* what adds up to the next request that the candidate answers, of PLX_SHARE_ALL */
    uint32_t sample;         /* what adds up to the next copied request, likewise */
    uint32_t *route_samples; /* likewise by route */
    uint32_t recheck;        /* what adds up to the next mismatch that is asked again, likewise */
    bool failing[PLX_ROLES]; /* told in the log */
    bool lacks_state;        /* likewise, once */
};

struct plx_view {
    struct plx_snapshot *snapshot;
    unsigned references;
    struct plx_view_service *services; /* as in the snapshot */
};

#define PLX_GATHER_SLICES 60u
#define PLX_GATHER_LINES  18u

/* What of the serving role's answer goes to the client with the next write. */
struct plx_gather {
    struct plx_slice slices[PLX_GATHER_SLICES];
    size_t count;
    char lines[PLX_GATHER_LINES][20]; /* chunk size lines */
    size_t line_count;
};

/* How long a client that has sent nothing keeps its place where others wait for one; and for how long connections are
 * not kept then. */
#define PLX_CLIENT_GRACE_MS 250u

/* What copies' answers may have beyond what equal ones would, all of a worker in a second: where there is more of it
 * they are cut, so that reading what can hardly be equal takes no more than that from clients. */
#define PLX_COPY_EXCESS_BYTES ((uint64_t)16 * 1024 * 1024)

struct plx_context {
    struct plx_loop loop;
    struct plx_view *view;
    struct plx_comparisons_port comparisons; /* where long ones run */
    struct plx_arena *scratch;               /* of short ones, which end within a call */
    struct plx_watch *watch;                 /* of the worker that has the spies; NULL: it has none */
    struct plx_rechecks *rechecks;           /* those that wait; NULL: nothing is asked again */
    struct plx_tally *tally;                 /* NULL: the next outcome makes one */
    struct plx_last_values last_values;
    uint64_t untallied;          /* exchanges and refusals that could not be counted for want of memory */
    struct plx_list connections; /* of clients */
    struct plx_list exchanges;   /* under way */
    struct plx_list spare;       /* ended exchanges, to use again */
    unsigned spare_count;
    struct plx_http1_head head; /* scratch: the head being read */
    struct plx_buffer mended;   /* scratch: that head, where it was spelled oddly */
    struct plx_buffer out;      /* scratch: heads and trailers being written; all its memory is there from the start */
    struct plx_gather gather;
    struct plx_access_log *access_log; /* NULL: off */
    uint64_t kept_bytes;               /* see PLX_KEPT_BYTES_MAX */
    uint64_t excess_left, excess_ms;   /* what is left of PLX_COPY_EXCESS_BYTES, as of then */
    bool draining;                     /* no connection is kept */
    uint64_t crowded_ms;               /* when a client last waited for one that asks; 0: none has */
    char date[PLX_HTTP_DATE_TEXT];     /* of this second: plx_context_date() */
    uint64_t date_s;
    uint32_t turn; /* where the turn of a service begins: plx_share_begin() */
    uint64_t random[2];
    struct plx_log_limit log_limit;
    void (*tallied)(struct plx_context *context); /* the tally has its first outcome */
};

PLX_MUST_USE enum plx_status plx_context_init(struct plx_context *context);
/* Of whom its roles' addresses come; they outlive the context. */
PLX_MUST_USE enum plx_status plx_context_use_names(struct plx_context *context, struct plx_names *names);
void plx_context_fini(struct plx_context *context); /* there are no connections and exchanges, nor spare ones */

/* Whether an answer may be followed by another one on the same connection; where others wait for its place it is the
 * last one, and says so. */
static inline bool
plx_context_keeps_clients(const struct plx_context *context)
{
    return !context->draining &&
           (context->crowded_ms == 0 || plx_loop_now_ms(&context->loop) > context->crowded_ms + PLX_CLIENT_GRACE_MS);
}

/* Counts bytes that are kept, in a part of all; false: there are too many, keep them not. */
static inline bool
plx_context_keep(struct plx_context *context, uint64_t *part, size_t bytes)
{
    *part += bytes;
    context->kept_bytes += bytes;
    return context->kept_bytes <= 2 * PLX_KEPT_BYTES_MAX;
}

/* Of PLX_COPY_EXCESS_BYTES; false: there is not as much left. */
bool plx_context_spend_excess(struct plx_context *context, uint64_t bytes);

/* A worker's view of a snapshot (which it takes a reference to); pools of upstreams and turns of services that the old
 * view (may be NULL) has too are kept. NULL: no memory. */
struct plx_view *plx_view_new(struct plx_context *context, struct plx_snapshot *snapshot, const struct plx_view *old);
struct plx_view *plx_view_ref(struct plx_view *view);
void plx_view_unref(struct plx_view *view);

/* The tally to count in; NULL: there is no memory, and the exchange or refusal counts as untallied. */
struct plx_tally *plx_context_tally(struct plx_context *context);
/* The present moment as HTTP writes it. */
struct plx_slice plx_context_date(struct plx_context *context);
/* A new exchange id: a ULID of the present time. */
void plx_context_make_id(struct plx_context *context, const struct plx_service *service, uint64_t time_ms,
                         char id[PLX_EXCHANGE_ID_BYTES + 1]);

#endif
