/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services, their roles, routes and stages: the immutable snapshot that workers read. The configuration makes one; a
 * reload makes another and swaps it in, and so does a change of a stage. Nothing in a snapshot changes once workers
 * read it, but for the count of copies under way.
 */
#ifndef PLX_SERVICE_SERVICE_H
#define PLX_SERVICE_SERVICE_H

#include <parallax/compare.h>

#include <stdatomic.h>

#define PLX_SERVICES_MAX     256u
#define PLX_ROUTES_MAX       1024u /* of one service */
#define PLX_SERVICE_NAME_MAX 64u   /* bytes of a service's name */
#define PLX_ENDPOINT_MAX     256u  /* bytes of an endpoint's name; a longer one is cut */

enum plx_role {
    PLX_PRIMARY,
    PLX_CANDIDATE,
    PLX_SECONDARY,
};
#define PLX_ROLES 3

/*
 *   primary     only the old implementation is asked
 *   shadow      the primary's answer is everybody's, the others get copies
 *   canary      a share of the clients gets the candidate's answer, the others get copies
 *   candidate   only the new implementation is asked
 */
#define PLX_STAGE_MAP(X)            \
    X(PLX_STAGE_PRIMARY, "primary") \
    X(PLX_STAGE_SHADOW, "shadow")   \
    X(PLX_STAGE_CANARY, "canary")   \
    X(PLX_STAGE_CANDIDATE, "candidate")

enum plx_stage {
#define PLX_STAGE_ENUM(name, text) name,
    PLX_STAGE_MAP(PLX_STAGE_ENUM)
#undef PLX_STAGE_ENUM
};

/* Why a request was not copied: enum, name in reports and metrics, help. */
#define PLX_UNCOPIED_MAP(X)                                                                           \
    X(PLX_UNCOPIED_UNSAFE_METHOD, "unsafe_method",                                                    \
      "its method may change something and no route says that it is copied")                          \
    X(PLX_UNCOPIED_SAMPLED_OUT, "sampled_out", "the part that is copied (copy: PERCENT) left it out") \
    X(PLX_UNCOPIED_SHED, "shed", "too many copies were under way (limits.copies)")                    \
    X(PLX_UNCOPIED_TOO_LARGE, "too_large", "its body is larger than limits.body")                     \
    X(PLX_UNCOPIED_ROUTE, "route", "its route says copy: never")                                      \
    X(PLX_UNCOPIED_NO_CANDIDATE, "no_candidate", "the service has no candidate")                      \
    X(PLX_UNCOPIED_STAGE, "stage", "the service is at the stage primary or candidate")                \
    X(PLX_UNCOPIED_UPGRADE, "upgrade", "it asked for another protocol (WebSocket)")                   \
    X(PLX_UNCOPIED_CANCELED, "canceled", "the client went away before its request was whole")

enum plx_uncopied {
#define PLX_UNCOPIED_ENUM(name, text, help) name,
    PLX_UNCOPIED_MAP(PLX_UNCOPIED_ENUM)
#undef PLX_UNCOPIED_ENUM
        PLX_UNCOPIED_COUNT
};

/* Why the answers of an exchange could not be compared. */
#define PLX_INCOMPARABLE_MAP(X)                                                                        \
    X(PLX_INCOMPARABLE_CONNECT, "connect", "a role could not be connected to")                         \
    X(PLX_INCOMPARABLE_TIMEOUT, "timeout", "a role took too long")                                     \
    X(PLX_INCOMPARABLE_RESET, "reset", "a role closed the connection before its answer was whole")     \
    X(PLX_INCOMPARABLE_PROTOCOL, "protocol", "a role's answer was not HTTP/1.1")                       \
    X(PLX_INCOMPARABLE_TRUNCATED, "truncated",                                                         \
      "an answer was larger than limits.capture and only reading all of it could tell")                \
    X(PLX_INCOMPARABLE_TOO_LARGE, "too_large", "an answer was larger than 16 MiB without its codings") \
    X(PLX_INCOMPARABLE_CANCELED, "canceled", "the client went away before its answer was whole")

enum plx_incomparable {
#define PLX_INCOMPARABLE_ENUM(name, text, help) name,
    PLX_INCOMPARABLE_MAP(PLX_INCOMPARABLE_ENUM)
#undef PLX_INCOMPARABLE_ENUM
        PLX_INCOMPARABLE_COUNT
};

/* Why a request was refused before it was an exchange. */
#define PLX_REFUSED_MAP(X)                                                                 \
    X(PLX_REFUSED_MALFORMED, "malformed", "its head is not HTTP/1.1 as it must be (400)")  \
    X(PLX_REFUSED_TOO_LARGE, "too_large", "its head is larger than the limits (414, 431)") \
    X(PLX_REFUSED_UNSUPPORTED, "unsupported", "CONNECT, a version, a coding (501, 505)")   \
    X(PLX_REFUSED_TIMEOUT, "timeout", "its head took longer than timeout.head (408)")      \
    X(PLX_REFUSED_NO_SERVICE, "no_service", "no service takes its host (404)")             \
    X(PLX_REFUSED_MEMORY, "memory", "there was no memory (503)")

enum plx_refused {
#define PLX_REFUSED_ENUM(name, text, help) name,
    PLX_REFUSED_MAP(PLX_REFUSED_ENUM)
#undef PLX_REFUSED_ENUM
        PLX_REFUSED_COUNT
};

/* Why the primary answered in the place of the candidate. */
#define PLX_FALLBACK_MAP(X)                                                                 \
    X(PLX_FALLBACK_CONNECT, "connect", "the candidate could not be connected to")           \
    X(PLX_FALLBACK_RESET, "reset", "the candidate closed the connection without an answer") \
    X(PLX_FALLBACK_SHED, "shed", "too few file descriptors were left, in a canary")

enum plx_fallback {
    PLX_FALLBACK_NONE,
#define PLX_FALLBACK_ENUM(name, text, help) name,
    PLX_FALLBACK_MAP(PLX_FALLBACK_ENUM)
#undef PLX_FALLBACK_ENUM
        PLX_FALLBACK_COUNT
};

/* What makes a client, in `by` and `only`. */
#define PLX_CLIENT_BY_MAP(X)         \
    X(PLX_CLIENT_REQUEST, "request") \
    X(PLX_CLIENT_COOKIE, "cookie")   \
    X(PLX_CLIENT_HEADER, "header")   \
    X(PLX_CLIENT_ADDRESS, "address")

enum plx_client_by {
#define PLX_CLIENT_BY_ENUM(name, text) name,
    PLX_CLIENT_BY_MAP(PLX_CLIENT_BY_ENUM)
#undef PLX_CLIENT_BY_ENUM
        PLX_CLIENT_BY_COUNT
};

const char *plx_client_by_text(enum plx_client_by by);
const char *plx_fallback_text(enum plx_fallback reason);
const char *plx_refused_text(enum plx_refused reason);
const char *plx_role_text(enum plx_role role);
const char *plx_stage_text(enum plx_stage stage);
bool plx_stage_of(struct plx_slice text, enum plx_stage *stage);
const char *plx_uncopied_text(enum plx_uncopied reason);
const char *plx_incomparable_text(enum plx_incomparable reason);

struct plx_upstream {
    char *url;  /* as configured; NULL: the service has no such role */
    char *host; /* name or address, brackets taken off */
    uint16_t port;
};

/* Parts of requests are counted in hundred-thousandths: 10 % is 10000. */
#define PLX_SHARE_ALL 100000u

#define PLX_SHARE_TEXT 8 /* "100", "99.999", and its end */

/* A share as a percentage without zeros that say nothing: "10", "0.5". */
const char *plx_share_text(uint32_t share, char out[PLX_SHARE_TEXT]);

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
    uint32_t connect; /* default 1000 */
    uint32_t answer;  /* of the primary, without a byte from it; default 10000 */
    uint32_t copy;    /* of a copy, from its start to the end of its answer; default 5000 */
};

struct plx_client_timeouts { /* milliseconds; of clients' connections, whatever service they ask for */
    uint32_t idle;           /* without a request; default 75000 */
    uint32_t head;           /* from the first byte of a request's head to its last; default 30000 */
    uint32_t body;           /* between two reads of a request's body; default 60000 */
    uint32_t send;           /* taking nothing of an answer; default 60000 */
    uint32_t upgrade;        /* an upgraded connection without a byte either way; default an hour */
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
    struct plx_rules *rules;           /* the service's and the route's own */
    struct plx_route_pattern *pattern; /* match, compiled */
};

struct plx_service {
    char *name;
    char **hosts; /* lower case, without port; none: every host */
    size_t host_count;
    struct plx_upstream roles[PLX_ROLES]; /* by enum plx_role */
    enum plx_stage stage;
    uint32_t share; /* canary: of the clients, in PLX_SHARE_ALL, who get the candidate's answer */
    struct plx_client_trait by, only;
    uint32_t copy_share; /* of PLX_SHARE_ALL */
    struct plx_limits limits;
    struct plx_timeouts timeouts;
    bool correlate;          /* the serving role gets Parallax-Exchange, too */
    struct plx_rules *rules; /* for requests that no route matches */
    struct plx_route *routes;
    size_t route_count;
    size_t index; /* in the snapshot */
    /*
     * Exchanges with copies under way, of all workers: what limits.copies is about. The one thing that changes, so it
     * lies apart from the rest, on a cache line of its own.
     */
    atomic_uint *copies;
};

struct plx_snapshot {
    struct plx_service *services;
    size_t service_count;
    struct plx_client_timeouts clients;
    uint64_t generation; /* 1 for the first; a reload and a change of a stage add one */
    /* the rest is the module's own: reference count and the memory of all of it */
    void *owner;
};

struct plx_snapshot *plx_snapshot_ref(struct plx_snapshot *snapshot); /* from any thread */
void plx_snapshot_unref(struct plx_snapshot *snapshot);               /* NULL is fine; the last one frees */

/* The share of the clients who get the candidate's answer at the service's stage. */
uint32_t plx_service_share(const struct plx_service *service);

/* The service for a Host (with or without a port, any case), NULL where none takes it: a service that names the host
 * goes before one that takes every host. */
const struct plx_service *plx_service_for_host(const struct plx_snapshot *snapshot, struct plx_slice host);
const struct plx_service *plx_service_by_name(const struct plx_snapshot *snapshot, struct plx_slice name);
/* The first route that matches method and path (a query is not looked at), or NULL. */
const struct plx_route *plx_route_for(const struct plx_service *service, struct plx_slice method,
                                      struct plx_slice path);

/*
 * Writes the endpoint of a request into out (PLX_ENDPOINT_MAX bytes): the route's endpoint where it has one, else the
 * method and the path without query and with every segment that is a number, UUID, ULID, or a hex digest (16 digits and
 * more, at least one of them decimal), folded to {id}. Bytes that are not printable ASCII are written as `?`. Returns
 * its length.
 */
size_t plx_endpoint_write(const struct plx_route *route, struct plx_slice method, struct plx_slice path, char *out);

#endif
