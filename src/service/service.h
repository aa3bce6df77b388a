/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services, their roles, routes and stages: the immutable snapshot that workers read. The configuration makes one; a
 * reload makes another and swaps it in, and so does a change of a stage. Nothing in a snapshot changes once workers
 * read it, but for the count of copies under way, the budget of rechecks, and whether a candidate is ejected. Building
 * and holding one: snapshot.h; finding in one: here, and route.h.
 */
#ifndef PLX_SERVICE_SERVICE_H
#define PLX_SERVICE_SERVICE_H

#include "service/budget.h"
#include "service/ejection.h"
#include "service/path_folds.h"
#include "service/service_names.h"
#include "service/upstream.h"
#include <parallax/compare.h>

#include <stdatomic.h>

#define PLX_SERVICES_MAX     256u
#define PLX_ROUTES_MAX       1024u /* of one service */
#define PLX_SERVICE_NAME_MAX 64u   /* bytes of a service's name */
#define PLX_ENDPOINT_MAX     256u  /* bytes of an endpoint's name; a longer one is cut */

#define PLX_CLIENT_NAME_MAX  128u  /* bytes of the name of a cookie or header */
#define PLX_CLIENT_VALUE_MAX 1024u /* of the value that `only` asks for */

/* A trait of clients: `by: cookie session`, `only: header X-Beta = 1`. */
struct plx_client_trait {
    enum plx_client_by by; /* of `only`, PLX_CLIENT_REQUEST: every client */
    char *name;            /* of the cookie or header, else NULL */
    char *value;           /* of `only`: what it must be; NULL: any */
};

struct plx_limits {
    uint64_t body_bytes;    /* limits.body: a request's body that is kept for the copies; default 8 MiB */
    uint64_t capture_bytes; /* limits.capture: kept of each answer for the comparison; default 1 MiB */
    uint32_t copies;        /* limits.copies: requests under way with copies, in the whole process; default 1000 */
};

struct plx_timeouts { /* milliseconds */
    /* Of who serves. A SYN that is lost is sent again a second later, and again at three: default 4000. */
    uint32_t connect;
    uint32_t connect_copy; /* of copies, and of a canary's candidate, for which the primary stands in; default 1000,
                              else as connect */
    uint32_t answer;       /* of the serving role, without a byte from it; default 10000 */
    uint32_t between;      /* likewise, once the body of its answer has begun; default 60000 */
    uint32_t copy;         /* of a copy, from its start to the end of its answer; default 5000 */
};

struct plx_client_timeouts { /* milliseconds; of clients' connections, whatever service they ask for */
    uint32_t idle;           /* without a request; default 75000 */
    uint32_t head;           /* from the first byte of a request's head to its last; default 30000 */
    uint32_t body;           /* between two reads of a request's body; default 60000 */
    uint32_t send;           /* taking nothing of an answer; default 60000 */
    uint32_t upgrade;        /* an upgraded connection without a byte either way; default an hour */
};

/* Mismatches of safe methods that are asked again, to tell a fault that stays from a race. */
struct plx_recheck_options {
    uint32_t after_ms;   /* recheck.after: default 500 */
    uint32_t share;      /* recheck.share: of the mismatches, in PLX_SHARE_ALL; 0: off */
    uint32_t per_second; /* recheck.per_second: at most so many, in the whole process; default 5 */
};

enum plx_copy_policy {
    PLX_COPY_DEFAULT, /* the service's: safe methods only */
    PLX_COPY_NEVER,
    PLX_COPY_ALWAYS,
    PLX_COPY_SHARE, /* copy_share of the requests, whatever the method */
};

struct plx_route {
    char *match;    /* as configured: "POST /payroll", "GET /payroll/{id}"; a last segment ** takes any rest */
    char *endpoint; /* NULL: method and folded path */
    enum plx_copy_policy copy;
    uint32_t copy_share;
    struct plx_timeouts timeouts;                    /* the service's, but for the route's own */
    struct plx_rules *rules;                         /* the service's and the route's own */
    bool all_is_evidence;                            /* health checks and what no role has count as anything else */
    struct plx_request_changes *requests[PLX_ROLES]; /* NULL: as the role says; else in its place, with what it says */
    struct plx_route_pattern *pattern;               /* match, compiled */
};

struct plx_service {
    char *name;
    char **hosts; /* lower case, without port; "*.example.com": every host below it; "*", or none: every other one */
    size_t host_count;
    struct plx_upstream roles[PLX_ROLES]; /* by enum plx_role */
    enum plx_stage stage;
    uint32_t share; /* canary: of the clients, in PLX_SHARE_ALL, who get the candidate's answer */
    bool paused;    /* PLX_HOLD_PAUSED: nothing is sent to the candidate; the stage says what is when it ends */
    struct plx_client_trait by, only;
    char *version_header; /* of the candidate's answers, names its version; NULL: none */
    uint32_t copy_share;  /* of PLX_SHARE_ALL */
    struct plx_limits limits;
    struct plx_timeouts timeouts;
    struct plx_recheck_options recheck;
    struct plx_eject_options eject;
    bool via;                /* requests to the roles say in Via that they came through here */
    bool redirects;          /* addresses that a role gives of itself become paths */
    bool correlate;          /* the serving role gets Parallax-Exchange, too */
    bool spied;              /* the process has spies that need to know who serves, which takes `correlate` */
    bool fold;               /* paths with many names in one segment become one endpoint */
    bool all_is_evidence;    /* for requests that no route matches */
    struct plx_rules *rules; /* likewise */
    struct plx_route *routes;
    size_t route_count;
    struct plx_path_folds *folds; /* a reference; NULL: none */
    size_t index;                 /* in the snapshot */
    uint64_t epoch; /* one more than in the snapshot before where its next epoch begins: what is under way is no
                       evidence of that */
    /* Exchanges with copies under way, of all workers: what limits.copies is about (shared_count.h). Snapshots before
     * and after a reload share it. */
    atomic_uint *copies;
    struct plx_budget *rechecks;   /* what recheck.per_second has left; snapshots before and after a reload share it */
    struct plx_ejection *ejection; /* of the candidate; likewise, as long as it is the same one */
};

struct plx_snapshot {
    struct plx_service *services;
    size_t service_count;
    struct plx_client_timeouts clients;
    uint64_t generation; /* 1 for the first; a reload and a change of a stage add one */
    /* the rest is the module's own: reference count and the memory of all of it */
    void *owner;
};

/* The share of the clients who get the candidate's answer at the service's stage. */
uint32_t plx_service_share(const struct plx_service *service);

/* What is changed of a request on its way to a role, as the role and the route (may be NULL) say; NULL: nothing. */
const struct plx_request_changes *plx_service_request(const struct plx_service *service, const struct plx_route *route,
                                                      enum plx_role role);

/* The service for a Host (with or without a port, or the dot of the root, any case), NULL where none takes it: a
 * service that names the host goes before one with the longest "*.example.com", and that before one that takes every
 * host. */
const struct plx_service *plx_service_for_host(const struct plx_snapshot *snapshot, struct plx_slice host);
const struct plx_service *plx_service_by_name(const struct plx_snapshot *snapshot, struct plx_slice name);
#endif
