/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role of a service: where it is, how it is known, and what it is asked. What a role is asked for a client's request
 * is said here alone, so that the exchange, the rechecks and the curl lines of records ask the same.
 */
#ifndef PLX_SERVICE_UPSTREAM_H
#define PLX_SERVICE_UPSTREAM_H

#include "message/field_changes.h"
#include "service/rewrite.h"

/* `request:` of a role, or of a role in a route. Never changes once it is in a snapshot. */
struct plx_request_changes {
    struct plx_field_changes fields;
    struct plx_rewrites rewrites[PLX_REWRITTEN_PARTS]; /* by enum plx_rewritten */
};

struct plx_upstream {
    char *url;       /* as configured; NULL: the service has no such role */
    char *name;      /* as people see it, and as an epoch knows it, where that is more than its URL; else NULL */
    char *host;      /* name or address, brackets taken off; or the absolute path of a unix socket */
    uint16_t port;   /* of host; 0: of a unix socket */
    char *authority; /* HOST[:PORT] of its URL; NULL: not known */
    char *sent_host; /* the Host that it is sent (`host:`); NULL: the client's */
    char *prefix;    /* the path of its URL, without a slash at its end; NULL: none. It stands before each path */
    struct plx_request_changes *request; /* NULL: none */
};

void plx_upstream_fini(struct plx_upstream *upstream); /* then as if there were no such role */

/* As people see it, and as an epoch knows it: its URL, and its host where it is sent another one than the client's. */
const char *plx_upstream_name(const struct plx_upstream *upstream);

/* How a role names itself, as in a Location that it makes: the Host that it is sent, else the authority of its URL. */
struct plx_slice plx_upstream_authority(const struct plx_upstream *upstream);
bool plx_upstream_is_local(const struct plx_upstream *upstream); /* at a unix socket */
/* The path before all of its own; empty: none. */
struct plx_slice plx_upstream_prefix(const struct plx_upstream *upstream);

/* Whether both are the same in what a client's request becomes, wherever they are. NULL changes: none. */
bool plx_request_changes_equal(const struct plx_request_changes *a, const struct plx_request_changes *b);
/* Whether both are the same implementation, asked the same: a reload has changed nothing of it. */
bool plx_upstream_equal(const struct plx_upstream *a, const struct plx_upstream *b);

/* Empty, or with all of another one's; NULL: no memory. */
struct plx_request_changes *plx_request_changes_new(const struct plx_request_changes *from);
void plx_request_changes_free(struct plx_request_changes *changes); /* NULL is fine */

/* Whether the role is asked just what the client asks: its target, its Host and its fields. */
bool plx_upstream_is_plain(const struct plx_upstream *upstream, const struct plx_request_changes *changes);
/*
 * The target that the role is asked for: path is the client's in origin form, or "*". Rewritten first, then the prefix
 * stands before it. *target points to path, or into the arena. Failures as of plx_rewrites_apply().
 */
PLX_MUST_USE enum plx_status plx_upstream_target(const struct plx_upstream *upstream,
                                                 const struct plx_request_changes *changes, struct plx_slice path,
                                                 struct plx_arena *arena, struct plx_slice *target);

#endif
