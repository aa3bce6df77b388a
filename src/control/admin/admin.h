/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin API and /metrics: a request in, a whole answer out, no sockets. It runs on the control thread, the only one
 * that may touch the ledger. Paths and errors are those of the contract; the caller does the HTTP around it.
 */
#ifndef PLX_ADMIN_ADMIN_H
#define PLX_ADMIN_ADMIN_H

#include "control/rollout/rollout.h"
#include "evidence/ledger/ledger.h"
#include "traffic/spy/spy_set.h"
#include "json/writer.h"

#define PLX_ADMIN_BODY_MAX   (256u << 10) /* of a request: what a publisher of experiments sends at once fits */
#define PLX_ADMIN_ANSWER_MAX (128u << 20) /* of an answer */

struct plx_admin {
    struct plx_ledger *ledger;
    const struct plx_snapshot *snapshot; /* the present one; the caller swaps it */
    const struct plx_spies *spies;       /* NULL: none */
    struct plx_rollout *rollout;
    void (*changed)(void *owner); /* rollout->present is another one: for the caller to swap in */
    void *owner;
    const char *token; /* NULL: none is asked for */
    bool ready;        /* what /readyz says */
    uint64_t start_ms; /* since the epoch */
    uint32_t workers;
    double confidence, detect;
};

struct plx_admin_request {
    struct plx_slice method;
    struct plx_slice target;        /* path and query, still percent-encoded */
    struct plx_slice authorization; /* the header's value; empty where there was none */
    struct plx_slice accept;        /* likewise */
    struct plx_slice origin;        /* likewise; ptr NULL where there was none */
    struct plx_slice fetch_site;    /* of Sec-Fetch-Site, likewise: what browsers say of the page behind a request */
    struct plx_slice
        host; /* checked against DNS rebinding where no token is set: an address, localhost or a name without dots */
    struct plx_slice body;
    struct plx_slice client; /* its address, for the log */
    uint64_t ticket; /* of an answer that is to be made now (plx_admin_server_retry()); 0: it was not asked before */
};

struct plx_admin_answer {
    int status;
    const char *content_type; /* static */
    const char *allow;        /* 405: the methods there are, else NULL */
    uint64_t generation;      /* the answer is true, and may be sent, when all workers read this snapshot; 0: at once */
    struct plx_buffer body;   /* the caller's, cleared before the call */
};

void plx_admin_handle(struct plx_admin *admin, const struct plx_admin_request *request,
                      struct plx_admin_answer *answer);

#endif
