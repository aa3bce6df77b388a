/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mismatch that is to be asked again: what its request was, and of its differences as much as tells whether they
 * are the same later. No bodies and no values are kept, only hashes: it waits in one small piece of memory.
 */
#ifndef PLX_EXCHANGE_RECHECK_H
#define PLX_EXCHANGE_RECHECK_H

#include "traffic/exchange/exchange.h"

/* What a cause is known by. */
struct plx_recheck_cause {
    struct plx_slice endpoint;
    uint64_t fields; /* plx_cause_id_fields() */
};

/* A field in which the candidate differed. */
struct plx_recheck_field {
    uint64_t name;   /* a hash of name and kind */
    uint64_t values; /* of what both sides had */
    bool noise;      /* the secondary differed there, too: later it means as little */
};

struct plx_recheck {
    struct plx_list link;  /* among those that wait, by due_ms */
    struct plx_view *view; /* that its exchange had */
    const struct plx_service *service;
    const struct plx_route *route;
    uint64_t due_ms; /* loop time */
    struct plx_recheck_cause cause;
    char id[PLX_EXCHANGE_ID_BYTES + 1];
    enum plx_http_method method;
    uint64_t answer_bytes_max; /* more of an answer is not read */
    struct plx_slice heads[2]; /* of primary and candidate, each as it was asked, without what marks it */
    struct plx_recheck_field *fields;
    size_t field_count;
    size_t bytes; /* all of it */
};

/* Of a copied exchange with a mismatch, which ends; NULL: no memory. */
struct plx_recheck *plx_recheck_new(const struct plx_exchange *exchange, const struct plx_exchange_outcome *outcome);
void plx_recheck_free(struct plx_recheck *recheck);
/* What a later judgement, without a secondary, says of it. */
enum plx_recheck_result plx_recheck_judge(const struct plx_recheck *recheck, const struct plx_judgement *later);
/* Counts what came of it. */
void plx_recheck_tell(struct plx_context *context, const struct plx_service *service, struct plx_recheck_cause cause,
                      enum plx_recheck_result result);

#endif
