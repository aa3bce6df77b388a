/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulated world below loops and streams: a clock that jumps to what happens next, and pipes in memory in the place
 * of sockets. What happens is a heap of events in the order of their times, so that a run is the same each time and
 * thirty seconds of lingering take none. The world can delay what is sent, cut it into pieces, take little at once,
 * break a connection, refuse or ignore a connect, and not know a name.
 *
 *   a stream of the product <--- plx_transport_ops ---> end ==pipe== end <--- world_actor ---> a client, a server
 *   a loop of the product   <--- plx_loop_ops -------> clock, timers, names, who has come, turns
 *
 * A piece is in the pipe from when it is taken from the writer to when the reader is given it. Ends live until
 * world_fini(), which also says that every stream was closed. All of it is one thread's.
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "base/list.h"
#include "traffic/net/listener.h"
#include "traffic/net/loop.h"
#include "traffic/net/stream.h"

#define WORLD_ADDRESSES_MAX 8u
#define WORLD_DOORS_MAX     4u
#define WORLD_LOOPS_MAX     4u
#define WORLD_DIALS_MAX     64u

struct world;
struct world_end;

/* Whoever stands at the outer end of a connection. Nothing is called from within its own calls. */
struct world_actor {
    void (*connected)(struct world_end *end, bool there); /* after world_knock() */
    void (*bytes)(struct world_end *end, const char *bytes, size_t len);
    void (*ended)(struct world_end *end, bool broken); /* the last that it hears: the other side is shut, or broken */
};

/* How what an end sends gets to the other one. */
struct world_path {
    uint32_t delay_us, jitter_us;
    size_t cut;    /* bytes of a piece, at most; ragged: anything up to that */
    size_t window; /* that the pipe holds */
    bool ragged;
    bool merges; /* what has come since is read at once */
};

enum world_welcome { WORLD_ACCEPTED, WORLD_REFUSED, WORLD_IGNORED };

/* A listener of the product, in the order in which they listen. */
struct world_door {
    struct plx_listener *listener; /* NULL: it does not listen any more */
    struct plx_list coming;        /* ends that wait for being accepted */
    struct world_end *taken;       /* by the listener, not accepted yet */
    bool watched, looking_soon;
};

struct world {
    struct plx_loop loop; /* of world_init(); else another one's */
    uint64_t now_us, order;
    uint64_t epoch_ms; /* wall clock at 0 */
    struct world_event *events;
    size_t event_count, event_room;
    uint64_t event_total; /* that have happened */
    struct plx_list ends, timers, lookups;
    struct plx_list connecting; /* ends of streams that wait for being accepted: see accepting */
    struct world_path path;     /* of ends that have no other */
    uint64_t random;
    uint64_t digest;                         /* of all that was sent and told, when it was */
    unsigned refusals;                       /* so many connects fail from now on */
    unsigned addresses;                      /* of every name; 0: unknown */
    uint32_t first_host;                     /* of these: 192.0.2.0 and so many */
    uint32_t unreachable, hanging, refusing; /* a bit for each: connects don't begin, never end, fail */
    struct plx_lookup *lookup;               /* the last one that was asked for */
    unsigned left_out;                       /* how often an address was */
    struct world_dial {                      /* connects that have begun */
        uint64_t at_ms;
        uint32_t host;
    } dials[WORLD_DIALS_MAX];
    unsigned dial_count; /* as far as there is room */
    struct world_door doors[WORLD_DOORS_MAX];
    unsigned door_count;
    const struct plx_loop *stopped[WORLD_LOOPS_MAX]; /* nothing fires in them any more */
    unsigned stopped_count;
    uint32_t wake_us; /* a loop that is woken is so within this */
    bool closing;
    volatile bool in_product; /* what allocates looks at it, which no compiler expects: it is the product that acts now:
                                 not the world, nor an actor */
    bool traced;              /* what is given is written to standard error */
    uint32_t end_count;
    struct {
        unsigned writes;
        size_t bytes;
    } work, most;                           /* that the product has sent within one event; the most of it */
    bool stuck;                             /* nothing could happen any more, and the loop had not stopped */
    uint64_t until_us;                      /* beyond this nothing happens: see stuck; 0: for ever */
    void *owner;                            /* whose world it is */
    void (*accepting)(struct world *world); /* a stream of the product takes world->connecting; NULL: */
    /* A stream of the product connects: makes the other end, by world_meet(). NULL: nobody is there. */
    enum world_welcome (*connecting_to)(struct world *world, struct world_end *end, uint16_t port);
};

struct world_end {
    struct plx_list link, waiting; /* among all ends; among those that connect */
    struct world *world;
    struct plx_stream *stream; /* NULL: an actor's, or not accepted yet */
    const struct world_actor *actor;
    void *user; /* the actor's */
    struct world_end *peer;
    const struct world_path *path; /* of what it sends */
    struct plx_list arrived;       /* pieces that were not read yet */
    struct plx_list writes;        /* that the pipe has no room for */
    size_t in_pipe;                /* of what this end has sent */
    uint64_t last_us;              /* when the last of it arrives */
    uint64_t sent, received;       /* bytes: put into the pipe, read from it */
    uint32_t number, host;         /* host: that it connects to, without 192.0.2.0 */
    uint16_t port;
    bool reading, looking, shut, fin_sent, broken, gone;
    bool leaving; /* gone when what waits is out */
};

/* ---- its life ---- */

void world_init_for(struct world *world, uint64_t seed); /* for a loop that is based on world_base() */
struct plx_loop_base world_base(struct world *world);
void world_init(struct world *world); /* with a loop of its own */
void world_fini(struct world *world); /* after what is left has happened */

/* ---- events ---- */

typedef void (*world_fire)(struct world *world, void *of, uint64_t n);

uint64_t world_ms(const struct world *world);
void world_at(struct world *world, uint64_t in_us, world_fire fire, void *of, uint64_t n);
bool world_step(struct world *world); /* the next event; false where there is none */
void world_run(struct world *world);
void world_run_for(struct world *world, uint64_t ms); /* everything up to now + ms */
/* Whether it is the product that acts from here on; what it was before. */
bool world_enter(struct world *world, bool product);
/* Something that the digest tells. */
void world_note(struct world *world, const void *bytes, size_t len, uint64_t n);

#define WORLD_UNTIL(world, condition)                                 \
    do {                                                              \
        while (!(condition))                                          \
            assert_true(world_step(world)); /* else it never comes */ \
    } while (0)

/* ---- for actors ---- */

/* A connection to one of the product's listeners. */
struct world_end *world_knock(struct world *world, unsigned door, const struct world_actor *actor, void *user,
                              const struct world_path *there, const struct world_path *back);
/* The other end of one that the product connects. */
struct world_end *world_meet(struct world_end *end, const struct world_actor *actor, void *user,
                             const struct world_path *there, const struct world_path *back);
void world_say(struct world_end *end, const char *bytes, size_t len); /* goes out as the pipe has room */
void world_finish(struct world_end *end);                             /* FIN behind it */
void world_leave(struct world_end *end);   /* closes behind it: nothing is heard from here on */
void world_cut_off(struct world_end *end); /* the same by a reset */
void world_hold(struct world_end *end);    /* nothing is read for now */
void world_go_on(struct world_end *end);
size_t world_unsaid(const struct world_end *end); /* bytes that wait for room */

/* ---- for tests of streams ---- */

struct world *world_of(const struct plx_loop *loop);
struct world_end *world_end_of(const struct plx_stream *stream);
extern const struct plx_transport_ops world_transport;
/* The addresses of the name that was asked for last are others now. */
void world_tell_names(struct world *world);
/* Something between the two ends breaks their connection. */
void world_break(const struct plx_stream *stream);

/* ---- chances ---- */

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t
world_next(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* 0 to n - 1. */
static inline uint64_t
world_below(uint64_t *state, uint64_t n)
{
    return n ? world_next(state) % n : 0;
}

static inline bool
world_chance(uint64_t *state, unsigned percent)
{
    return world_below(state, 100) < percent;
}

#endif
