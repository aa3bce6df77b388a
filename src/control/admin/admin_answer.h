/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request of the admin side and its answer, without sockets: what server.c hands over and gets back. Whose paths they
 * are, of the admin API or of a service of jobs, does not matter here.
 */
#ifndef PLX_ADMIN_ADMIN_ANSWER_H
#define PLX_ADMIN_ADMIN_ANSWER_H

#include "base/buffer.h"

#define PLX_ADMIN_BODY_MAX   (256u << 10) /* of a request: what a publisher of experiments sends at once fits */
#define PLX_ADMIN_ANSWER_MAX (128u << 20) /* of an answer */

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
    uint64_t ticket;    /* that its answer had the last time (plx_admin_server_retry()); 0: it was not asked before */
    uint64_t waited_ms; /* since it was asked first */
    bool late;          /* it has waited as long as it may: answered with what there is, or not at all */
};

struct plx_admin_answer {
    int status;
    const char *content_type; /* static */
    const char *allow;        /* 405: the methods there are, else NULL */
    uint64_t generation;      /* the answer is true, and may be sent, when all workers read this snapshot; 0: at once */
    uint64_t ticket;          /* there is no answer yet: the request is to be asked again, with this; 0: there is */
    uint32_t again_ms; /* with a ticket: asked again after this time, and not before; 0: when something has changed */
    struct plx_buffer body; /* the caller's, cleared before the call */
};

/* Answers a request: the admin API is one way, the service of jobs another. */
typedef void plx_admin_answerer(void *context, const struct plx_admin_request *request,
                                struct plx_admin_answer *answer);

/* For a message: at most 80 bytes of what was asked for. */
#define PLX_ADMIN_SHOWN(slice) (int)((slice).len < 80 ? (slice).len : 80), ((slice).len ? (slice).ptr : "")

/* Answers with an error, in place of what was written before. code: static. */
void plx_admin_fail(struct plx_admin_answer *answer, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
