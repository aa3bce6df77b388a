/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that everybody speaks: roles, stages, what makes a client, why a request was not copied, not compared,
 * refused, or answered by the other one; and shares. A row each, with the name that reports and metrics have.
 */
#ifndef PLX_SERVICE_SERVICE_NAMES_H
#define PLX_SERVICE_SERVICE_NAMES_H

#include <parallax/base.h>

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

/*
 * What holds a service until it is resumed, whatever its stage and share; both may at once:
 *
 *   paused        nothing is sent to the candidate: no copies, and no client gets its answer
 *   rolled_back   all clients are the primary's: neither command nor configuration changes stage or share
 */
#define PLX_HOLD_MAP(X)          \
    X(PLX_HOLD_PAUSED, "paused") \
    X(PLX_HOLD_ROLLED_BACK, "rolled_back")

enum plx_hold {
#define PLX_HOLD_ENUM(name, text) name,
    PLX_HOLD_MAP(PLX_HOLD_ENUM)
#undef PLX_HOLD_ENUM
        PLX_HOLDS
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
    X(PLX_UNCOPIED_PAUSED, "paused", "the service is paused: nothing is sent to the candidate")       \
    X(PLX_UNCOPIED_UPGRADE, "upgrade", "it asked for another protocol (WebSocket)")                   \
    X(PLX_UNCOPIED_CANCELED, "canceled", "the client went away before its request was whole")         \
    X(PLX_UNCOPIED_LOOP, "loop", "it is a copy of this Parallax itself: a role leads back to it")

enum plx_uncopied {
#define PLX_UNCOPIED_ENUM(name, text, help) name,
    PLX_UNCOPIED_MAP(PLX_UNCOPIED_ENUM)
#undef PLX_UNCOPIED_ENUM
        PLX_UNCOPIED_COUNT
};

/* Why the answers of an exchange could not be compared. */
#define PLX_INCOMPARABLE_MAP(X)                                                                            \
    X(PLX_INCOMPARABLE_CONNECT, "connect", "a role could not be connected to")                             \
    X(PLX_INCOMPARABLE_TIMEOUT, "timeout", "a role took too long")                                         \
    X(PLX_INCOMPARABLE_RESET, "reset", "a role closed the connection before its answer was whole")         \
    X(PLX_INCOMPARABLE_PROTOCOL, "protocol", "a role's answer was not HTTP/1.1")                           \
    X(PLX_INCOMPARABLE_TRUNCATED, "truncated",                                                             \
      "an answer was larger than limits.capture and only reading all of it could tell")                    \
    X(PLX_INCOMPARABLE_TOO_LARGE, "too_large",                                                             \
      "comparing an answer takes more memory or more work than a comparison has")                          \
    X(PLX_INCOMPARABLE_STATE, "state", "the copies lack what the primary has")                             \
    X(PLX_INCOMPARABLE_CANCELED, "canceled",                                                               \
      "the client went away before its answer was whole, or a copy waited too long for it to take that")   \
    X(PLX_INCOMPARABLE_SHED, "shed", "too many comparisons waited, or Parallax ended before this one")     \
    X(PLX_INCOMPARABLE_EPOCH, "epoch", "it was under way when the epoch began")                            \
    X(PLX_INCOMPARABLE_VALIDATORS, "validators",                                                           \
      "the request's validators (If-None-Match, If-Match, If-Range and the like) hold for one role alone") \
    X(PLX_INCOMPARABLE_CHARSET, "charset", "an answer is in a charset that is not known")

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
    X(PLX_REFUSED_MAX_FORWARDS, "max_forwards",                                            \
      "OPTIONS or TRACE that goes no further (Max-Forwards: 0), answered here (200, 501)") \
    X(PLX_REFUSED_MEMORY, "memory", "there was no memory (503)")                           \
    X(PLX_REFUSED_DESCRIPTORS, "descriptors", "its connection was idle, and closed for another client's")

enum plx_refused {
#define PLX_REFUSED_ENUM(name, text, help) name,
    PLX_REFUSED_MAP(PLX_REFUSED_ENUM)
#undef PLX_REFUSED_ENUM
        PLX_REFUSED_COUNT
};

/* Why the primary answered in the place of the candidate. */
#define PLX_FALLBACK_MAP(X)                                                                                  \
    X(PLX_FALLBACK_CONNECT, "connect", "the candidate could not be connected to")                            \
    X(PLX_FALLBACK_RESET, "reset", "the candidate closed the connection without an answer")                  \
    X(PLX_FALLBACK_SHED, "shed", "too few file descriptors were left, in a canary")                          \
    X(PLX_FALLBACK_TIMEOUT, "timeout", "the candidate took too long, and the primary had answered its copy") \
    X(PLX_FALLBACK_PROTOCOL, "protocol",                                                                     \
      "the candidate's answer was not HTTP/1.1, and the primary had answered its copy")                      \
    X(PLX_FALLBACK_EJECTED, "ejected", "the candidate was ejected: it had failed too often in a row (eject)")

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
const char *plx_hold_text(enum plx_hold hold);
bool plx_hold_of(struct plx_slice text, enum plx_hold *hold);
const char *plx_incomparable_text(enum plx_incomparable reason);

/* Parts of requests are counted in hundred-thousandths: 10 % is 10000. */
#define PLX_SHARE_ALL 100000u

#define PLX_SHARE_TEXT 8 /* "100", "99.999", and its end */

/* A share as a percentage without zeros that say nothing: "10", "0.5". */
const char *plx_share_text(uint32_t share, char out[PLX_SHARE_TEXT]);

#endif
