/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads on which long comparisons run, one set for the process. Nothing else runs there, and they run nowhere
 * else: writing files, which libuv's threads do, never waits for a comparison.
 *
 *   a loop --queue--> waiting, bounded --memory for it?--> run, on a thread of low priority --> done, on the same loop
 *     `------ shed: too many wait                                                                 its memory is free
 *
 * What a comparison may take of memory is set aside before it runs, until the loop has done with what came of it: so
 * all of them together never take more than there is for them, and what one comes to does not depend on the others.
 */
#ifndef PLX_THREADS_COMPARISONS_H
#define PLX_THREADS_COMPARISONS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"

#include "traffic/net/transport.h"

/* Of the processors every so many-th has a thread for comparisons, at least one: no more of them ever compare. */
#define PLX_COMPARISONS_PROCESSORS 2u
/*
 * So much nicer than the process they are: beside a thread that serves clients such a thread gets a tenth of a
 * processor, and all of one that is idle. SCHED_IDLE would leave it next to nothing, while it may hold a lock of the
 * allocator.
 */
#define PLX_COMPARISONS_NICE        10
#define PLX_COMPARISONS_WAITING_MAX 1000u                 /* further ones are shed */
#define PLX_COMPARISONS_MEMORY      ((uint64_t)128 << 20) /* for all of them, where nothing else is said */

/*
 * For one: of memory so much, and so many times the largest answer that is kept (limits.capture); of values that are
 * read so many times that; so many steps (base/work.h), some seconds of a processor.
 */
#define PLX_COMPARISON_MEMORY       ((uint64_t)32 << 20)
#define PLX_COMPARISON_MEMORY_TIMES 64u
#define PLX_COMPARISON_MEMORY_LEAST ((uint64_t)4 << 20) /* of a small one, and so many times its bodies' bytes */
#define PLX_COMPARISON_BODIES_TIMES 128u
#define PLX_COMPARISON_VALUES_TIMES 2u
#define PLX_COMPARISON_WORK         ((uint64_t)1 << 30)

struct plx_comparisons;

/* Where the jobs of one loop come back; embedded, and only for that loop's thread. */
struct plx_comparisons_port {
    struct plx_comparisons *owner; /* NULL: there are no threads, and nothing can be queued */
    struct plx_wake wake;
    struct plx_list done; /* guarded by the owner's lock */
    unsigned under_way;   /* queued, and not done */
    bool closed;
};

/* Embedded in what is compared, which stays as it is until `done` is called. */
struct plx_comparison_job {
    struct plx_list link;
    struct plx_comparisons_port *port;
    struct plx_arena *arena; /* its own, from when it runs until done has returned */
    uint64_t memory;         /* bytes that it may take of the arena; given, and lowered where there are fewer for all */
    uint64_t held;           /* set aside for it */
    bool cancel;             /* it is to end early: for the comparison's limits */
    void (*run)(struct plx_comparison_job *job); /* there */
    /* Here, later; arena is NULL where it never ran. May free the job. */
    void (*done)(struct plx_comparison_job *job, struct plx_arena *arena);
};

/* memory: bytes for all, together. NULL where there is no memory or no thread. */
struct plx_comparisons *plx_comparisons_new(uint64_t memory);
/*
 * The same without threads: what waits runs when the caller has it run. false: nothing waits, or not for long enough
 * that its memory is free.
 */
struct plx_comparisons *plx_comparisons_new_by_hand(uint64_t memory);
bool plx_comparisons_run_one(struct plx_comparisons *comparisons);
/* After all ports are closed and their jobs done. */
void plx_comparisons_free(struct plx_comparisons *comparisons);                        /* NULL is fine */
void plx_comparisons_set_memory(struct plx_comparisons *comparisons, uint64_t memory); /* for those that begin later */

/*
 * What one may take where capture_bytes are kept of each answer, and its bodies have so many bytes without their
 * codings, as far as one can know before: no small one keeps others from running. bytes UINT64_MAX: the most.
 */
uint64_t plx_comparison_memory(uint64_t capture_bytes, uint64_t bytes);

/* owner may be NULL. false: the loop takes no handle. The handle is closed with the loop. */
PLX_MUST_USE bool plx_comparisons_port_init(struct plx_comparisons_port *port, struct plx_comparisons *owner,
                                            struct plx_loop *loop);
/* What waits does not run, what runs is to end soon: all are done within a few turns, and no more are taken. */
void plx_comparisons_port_close(struct plx_comparisons_port *port);

/* false: too many wait, or the port is closed: counted as shed, done is never called. */
PLX_MUST_USE bool plx_comparisons_queue(struct plx_comparisons_port *port, struct plx_comparison_job *job);

/* Prometheus text of what they do; NULL writes nothing. */
void plx_comparisons_write_metrics(struct plx_comparisons *comparisons, struct plx_buffer *out);

#endif
