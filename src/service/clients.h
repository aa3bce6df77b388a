/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose answer a client gets: the primary's, or in a canary the candidate's. A function of the request alone where the
 * share goes by clients, so that a client stays on its side on every worker, after a restart and on other replicas.
 *
 *   a client's point = hash(its key, the service's name), from 0 to PLX_SHARE_ALL - 1; on the candidate's side where
 *   point < share. So when the share grows only clients of what was added move, and when it shrinks they move back.
 *
 * By requests it is a smooth weighted round robin of two, which each worker does for itself.
 */
#ifndef PLX_SERVICE_CLIENTS_H
#define PLX_SERVICE_CLIENTS_H

#include "message/message.h"
#include "service/service.h"

/* Whose answer a request gets, and whether chance has decided that. */
struct plx_draw {
    enum plx_role role;
    bool drawn;      /* by the share; else everybody of its kind is on this side */
    uint64_t client; /* drawn: a hash of the client's key; 0: the request itself was drawn */
};

/*
 * address: the client's. turn: the worker's, of this service, for `by: request`. A client without the cookie or header
 * that `by` names is the primary's, until the share is all; while the service is paused everybody is.
 */
struct plx_draw plx_clients_draw(const struct plx_service *service, const struct plx_http_head *head,
                                 struct plx_slice address, uint32_t *turn);
/* The value of the first cookie of that name (case matters; RFC 6265, 4.2), as it stands; empty where there is none. */
struct plx_slice plx_clients_cookie(const struct plx_http_head *head, struct plx_slice name);
/* From 0 to PLX_SHARE_ALL - 1. */
uint32_t plx_clients_point(const struct plx_service *service, struct plx_slice key);

/* Whether this request is among the `share` of PLX_SHARE_ALL: exact in the long run, evenly spread. */
bool plx_share_take(uint32_t *turn, uint32_t share);
/*
 * Where a worker's turn begins: the workers' beginnings are spread evenly, so that what all of them take together stays
 * within half a request a worker of the share of what they were asked, from the first requests on.
 */
uint32_t plx_share_begin(uint32_t worker, uint32_t workers);

#endif
