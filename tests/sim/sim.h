/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the simulation: a worker of the product as it is, or several, over a world (world.h) in which clients ask
 * and roles answer by a seed, and what must hold of it whatever happens.
 *
 *   plan.c     what a run is: which features, how many, what each exchange asks and what it is answered
 *   client.c   clients: they ask, and look at every byte of what comes
 *   role.c     primary, candidate, secondary: they look at every byte of what is asked, and answer
 *   tunnel.c   what both say after a 101
 *   control.c  who stands in the place of the control thread: services, reloads, stages, tallies, the drain
 *   oracle.c   what must hold: of each exchange by its line of the access log, and of the sums
 *   again.c    the same of rechecks: what came of them, how often and when they are asked
 *   spying.c   runs of a spy: the clients are its callers, and what must hold of their calls
 *   run.c      from a plan to an end
 *
 * Whatever is drawn for an exchange is drawn from the seed and its number alone: so a run without some of the features,
 * or of fewer clients, is about the same exchanges.
 */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include "base/buffer.h"
#include "evidence/ledger/ledger.h"
#include "service/snapshot.h"
#include "traffic/threads/comparisons.h"
#include "traffic/worker/worker.h"
#include "world.h"

/* What may be in a run: enum, name, percentage of the runs that have it. */
#define SIM_FEATURE_MAP(X)                                                                 \
    X(SIM_DELAYS, "delays", 80)       /* bytes take their time */                          \
    X(SIM_PIECES, "pieces", 60)       /* and come in pieces */                             \
    X(SIM_WINDOWS, "windows", 40)     /* pipes hold little */                              \
    X(SIM_LARGE, "large", 4)          /* some bodies are long */                           \
    X(SIM_BODIES, "bodies", 70)       /* requests have bodies */                           \
    X(SIM_EXPECTING, "expecting", 30) /* some wait for a 100 */                            \
    X(SIM_PIPELINES, "pipelines", 40) /* clients ask ahead */                              \
    X(SIM_OLD, "old", 20)             /* clients of HTTP/1.0, and who closes */            \
    X(SIM_LEAVING, "leaving", 20)     /* clients go away */                                \
    X(SIM_HALVES, "halves", 20)       /* clients shut their side */                        \
    X(SIM_STUCK, "stuck", 12)         /* clients neither go on nor leave */                \
    X(SIM_UPGRADES, "upgrades", 20)   /* some ask for another protocol */                  \
    X(SIM_SLOW_READERS, "slow_readers", 20)                                                \
    X(SIM_SECONDARY, "secondary", 50)                                                      \
    X(SIM_CODINGS, "codings", 40)   /* gzip or not, as each role likes */                  \
    X(SIM_FRAMINGS, "framings", 60) /* lengths, chunks, until the end */                   \
    X(SIM_INTERIMS, "interims", 30) /* 1xx */                                              \
    X(SIM_TRAILERS, "trailers", 30)                                                        \
    X(SIM_PAUSES, "pauses", 50)           /* roles think, and answer bit by bit */         \
    X(SIM_EARLY, "early", 30)             /* roles answer before they were asked all */    \
    X(SIM_CLOSING, "closing", 30)         /* roles close kept connections */               \
    X(SIM_REFUSING, "refusing", 15)       /* or take none, or say nothing to it */         \
    X(SIM_BREAKING, "breaking", 20)       /* or break off */                               \
    X(SIM_STALLING, "stalling", 10)       /* or never go on */                             \
    X(SIM_GARBAGE, "garbage", 10)         /* or speak another protocol */                  \
    X(SIM_NAMES, "names", 20)             /* roles are known by names, not always found */ \
    X(SIM_DIFFERENCES, "differences", 40) /* the candidate differs now and then */         \
    X(SIM_RELOADS, "reloads", 30)                                                          \
    X(SIM_STAGES, "stages", 25) /* stages, shares, pauses */                               \
    X(SIM_SHARES, "shares", 15) /* not all is copied; few may be */                        \
    X(SIM_RECHECKS, "rechecks", 20)                                                        \
    X(SIM_SPIES, "spies", 20)     /* the run is one of a spy, not of a service */          \
    X(SIM_WORKERS, "workers", 25) /* several of them */                                    \
    X(SIM_CROWD, "crowd", 10)     /* few descriptors */                                    \
    X(SIM_BUSY, "busy", 20)       /* the ledger and the threads take their time */         \
    X(SIM_MEMORY, "memory", 12)                                                            \
    X(SIM_DRAINS, "drains", 10) /* the drain comes while clients ask */

enum sim_feature {
#define SIM_FEATURE_ENUM(name, text, percent) name,
    SIM_FEATURE_MAP(SIM_FEATURE_ENUM)
#undef SIM_FEATURE_ENUM
        SIM_FEATURES
};

#define SIM_WORKERS_MAX  3u
#define SIM_CLIENTS_MAX  16u
#define SIM_REQUESTS_MAX 64u /* of a client */

struct sim_plan {
    uint64_t seed;
    uint64_t features; /* bits by enum sim_feature */
    unsigned clients, requests;
    bool traced;
};

enum sim_body { SIM_JSON, SIM_TEXT, SIM_HTML, SIM_BINARY, SIM_BODIES_COUNT };
enum sim_difference {
    SIM_SAME,
    SIM_OTHER_STATUS,
    SIM_OTHER_BODY,
    SIM_OTHER_HEADER,
    SIM_OTHER_TRAILER, /* where there is one, else the body */
    SIM_DIFFERENCES_COUNT
};

/* What has become of a difference when it is asked for again. */
enum sim_later { SIM_STAYS, SIM_GOES, SIM_CHANGES, SIM_LATER_COUNT };

/* What two calls at a spy have in common, beside what they say. */
enum sim_known { SIM_BY_CONTENT, SIM_BY_EXCHANGE, SIM_BY_TRACE, SIM_KNOWN_COUNT };

/* What one exchange is about, whoever answers. */
struct sim_script {
    const char *method;
    bool safe, idempotent, routed; /* routed: its route says that it is copied */
    bool old, closes;              /* HTTP/1.0; Connection: close */
    bool chunked, expects, request_trailer;
    bool upgrades; /* asks for another protocol, and has it where the status is 101 */
    size_t body_len;
    int status;
    bool bodyless; /* the answer has no body, whatever it says */
    enum sim_body kind;
    size_t answer_len; /* about */
    bool trailer;
    enum sim_difference difference;
    enum sim_later later;
    bool again;        /* a recheck's: see sim_script_again() */
    unsigned asks;     /* which exchange's path and body it has: its own; a spy's second caller's: the first one's */
    bool other;        /* ... but for the body */
    bool left_out;     /* it is not asked at all */
    enum sim_known by; /* what a spied call is known by */
};

enum sim_framing { SIM_BY_LENGTH, SIM_BY_CHUNKS, SIM_BY_END };
enum sim_trouble {
    SIM_NO_TROUBLE,
    SIM_SILENT_END,  /* closes instead of answering */
    SIM_RESET_FIRST, /* resets instead of answering */
    SIM_BREAKS_OFF,  /* a FIN in the middle of the answer */
    SIM_BREAKS,      /* a reset in it */
    SIM_STALLS,
    SIM_NO_HTTP,
};

/* How a role gives it. */
struct sim_way {
    enum sim_framing framing;
    bool coded, early, closes; /* closes: says so, and does */
    bool takes_rest;           /* of the request, after an early answer */
    bool hangs_up;             /* closes after it without a word */
    unsigned interims;
    uint32_t think_us, pause_us;
    unsigned parts;
    enum sim_trouble trouble;
    unsigned where; /* of the trouble: per mille of the answer */
};

/* What a role has had to do with an exchange, or with its recheck. */
struct sim_part {
    unsigned asked, whole;
    bool troubled, early;
    uint64_t said_us; /* when it had said all of it last */
    char *body;       /* as it goes over the wire without its framing; NULL: not made yet */
    size_t len;
};

/* What has become of an exchange. */
struct sim_fate {
    uint64_t asked_us;  /* its first byte; 0: never */
    uint64_t whole_us;  /* its last */
    uint64_t turn_us;   /* since when it is the first that waits on its connection; set when it is answered */
    uint64_t ended_us;  /* its answer's last, or when there was none to come */
    bool broke_off;     /* one of both in its tunnel */
    bool left;          /* its client went away, or could not go on */
    bool answered, own; /* by a role; by the proxy */
    bool cut;
    int status;
    enum plx_role by;
    bool tried_kept;                                        /* see oracle.c */
    struct sim_part roles[PLX_ROLES], again[PLX_SECONDARY]; /* again: of its recheck */
    char id[PLX_EXCHANGE_ID_BYTES + 1];                     /* as a copy of it has been told; "": none was asked */
    char again_id[PLX_EXCHANGE_ID_BYTES + 1];               /* its recheck's; "": never asked */
    unsigned lines;                                         /* of the access log */
    bool mismatch;                                          /* as its line says */
    bool stubbed; /* by a spy, with what the primary was answered; then `answers` has whose it was */
};

struct sim;

struct sim_role {
    struct sim *sim;
    enum plx_role role;
    uint64_t random;
    uint64_t connects, refused_us, hung_up_us; /* when the world did so last; 0: never */
    struct plx_list connections;
};

struct sim_client;

struct sim {
    struct sim_plan plan;
    struct world world;
    struct plx_worker *workers[SIM_WORKERS_MAX];
    unsigned worker_count;
    struct plx_comparisons *comparisons;
    struct plx_ledger *ledger;
    struct plx_snapshot *snapshot;
    struct sim_role roles[PLX_ROLES];
    struct sim_client *clients[SIM_CLIENTS_MAX];
    unsigned clients_left; /* that have something to ask */
    struct sim_fate *fates;
    unsigned exchanges; /* of the plan */
    struct world_path paths[8];
    struct plx_timeouts timeouts;
    struct plx_limits limits;
    uint32_t copy_share;
    struct plx_recheck_options recheck; /* of the next snapshot: `after` may change */
    uint32_t after_min_ms;              /* of all of them */
    struct plx_spies *spies;            /* one, in runs of a spy; else NULL */
    struct plx_spy_port ports[PLX_SPY_SIDES];
    uint64_t control; /* chances */
    struct plx_list tunnels;
    uint64_t tickets;
    bool draining, staged, paused; /* staged: has been at another stage than shadow */
    uint64_t drain_us;
    uint32_t drain_ms;
    int log;              /* a file in memory: the access log */
    uint64_t folded;      /* tallies */
    uint64_t answers;     /* of roles, to clients */
    uint64_t allocations; /* chances: which of them fail */
};

static inline bool
sim_has(const struct sim *sim, enum sim_feature feature)
{
    return sim->plan.features >> feature & 1;
}

/* Says what does not hold, and ends the process. */
_Noreturn void sim_fail(const struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define SIM_MUST(sim, condition, ...)   \
    do {                                \
        if (!(condition))               \
            sim_fail(sim, __VA_ARGS__); \
    } while (0)

static inline void
sim_copy_id(char into[PLX_EXCHANGE_ID_BYTES + 1], struct plx_slice id)
{
    size_t len = id.len < PLX_EXCHANGE_ID_BYTES ? id.len : PLX_EXCHANGE_ID_BYTES;

    memcpy(into, id.ptr, len);
    into[len] = '\0';
}

/* ---- plan.c ---- */

const char *sim_feature_name(enum sim_feature feature);
struct sim_plan sim_plan_of(uint64_t seed);
/* A state to draw from, of one thing (n) of one exchange. */
uint64_t sim_chances(const struct sim *sim, uint64_t id, uint64_t n);
struct sim_script sim_script_of(const struct sim *sim, unsigned id);
/* What is answered to its recheck. */
struct sim_script sim_script_again(const struct sim_script *script);
/* What the role has had to do with it: with the exchange itself, or with its recheck, as the script is for. */
struct sim_part *sim_part_of(struct sim *sim, unsigned id, enum plx_role role, const struct sim_script *script);
struct sim_way sim_way_of(const struct sim *sim, unsigned id, enum plx_role role, unsigned attempt,
                          const struct sim_script *script);
/* The status, the body without its framing (kept in the fate), the header lines that clients depend on, the trailer. */
int sim_status(const struct sim_script *script, enum plx_role role);
void sim_body_of(struct sim *sim, unsigned id, enum plx_role role, const struct sim_script *script, bool coded);
void sim_headers_of(struct plx_buffer *out, const struct sim_script *script, unsigned id, enum plx_role role);
void sim_trailer_of(struct plx_buffer *out, const struct sim_script *script, unsigned id, enum plx_role role);
/* A request's body: byte at `at`. */
char sim_request_byte(const struct sim_script *script, size_t at);
const struct world_path *sim_path(struct sim *sim, uint64_t *random);
void sim_paths_init(struct sim *sim);

/* ---- client.c, role.c, control.c, oracle.c, again.c ---- */

void sim_clients_begin(struct sim *sim);
void sim_clients_free(struct sim *sim);
void sim_roles_begin(struct sim *sim);
void sim_roles_free(struct sim *sim);
enum world_welcome sim_role_connects(struct world *world, struct world_end *end, uint16_t port);
void sim_control_begin(struct sim *sim); /* before the worker: services, ledger */
void sim_control_rules(struct sim *sim); /* in the worker's thread: what it will do and when */
void sim_control_drain(struct sim *sim);
void sim_look_within(struct sim *sim); /* what must hold at any moment */
void sim_look_at_end(struct sim *sim);
/* A role is asked for a recheck of the exchange; head: what it is asked. */
void sim_look_at_recheck(struct sim *sim, unsigned id, enum plx_role role, struct plx_slice head);
void sim_look_at_rechecks(const struct sim *sim); /* at the end, after the access log */

/* ---- tunnel.c ---- */

struct sim_tunnel;

/* done: it is over, and its end was closed. */
struct sim_tunnel *sim_tunnel_begin(struct sim *sim, struct world_end *end, unsigned id, bool by_role,
                                    void (*done)(void *of), void *of);
void sim_tunnel_bytes(struct sim_tunnel *tunnel, struct plx_slice bytes);
void sim_tunnel_ended(struct sim_tunnel *tunnel, bool broken);
void sim_tunnels_free(struct sim *sim);

/* ---- spying.c: in runs of a spy, clients with odd numbers ask what the one before them does, as its candidate ---- */

#define SIM_STUB_STATUS 207 /* what a stub answers by itself */

static inline enum plx_role
sim_side_of(const struct sim *sim, unsigned id)
{
    return sim->spies && id / sim->plan.requests % 2 ? PLX_CANDIDATE : PLX_PRIMARY;
}

/* The primary's call of the same pair, or the exchange itself. */
static inline unsigned
sim_first_of(const struct sim *sim, unsigned id)
{
    return sim_side_of(sim, id) == PLX_CANDIDATE ? id - sim->plan.requests : id;
}

bool sim_is_stub(const struct sim *sim, unsigned id);
void sim_spies_init(struct sim *sim, uint64_t *random);
void sim_look_at_spies(const struct sim *sim); /* at the end */

/* ---- memory.c ---- */

/* From here on one of the product's allocations in so many fails; until the end. */
void sim_memory_begin(struct sim *sim);
void sim_memory_end(void);

/* ---- run.c ---- */

struct sim_result {
    uint64_t digest;
    uint64_t exchanges, events, mismatches, incomparable;
};

struct sim_result sim_run(const struct sim_plan *plan);

#endif
