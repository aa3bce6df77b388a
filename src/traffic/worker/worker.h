/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: a thread with its own loop, listeners, pools and tally. The control thread talks to it through a small
 * mailbox: a new snapshot, drain, hand over. It talks back by handing over its tally, every PLX_WORKER_HAND_OVER_MS at
 * most, and when it is told to.
 */
#ifndef PLX_WORKER_WORKER_H
#define PLX_WORKER_WORKER_H

#include "traffic/exchange/connection.h"
#include "traffic/exchange/rechecks.h"
#include "traffic/threads/comparisons.h"
#include "traffic/worker/under_way.h"

#include <pthread.h>
#include <stdatomic.h>

#define PLX_WORKER_HAND_OVER_MS 200u
#define PLX_DRAIN_POLL_MS       10u
#define PLX_DRAIN_COPIES_MS     1000u /* that copies have to end after the last client has gone */

/* What the worker calls, from its own thread. */
struct plx_worker_owner {
    /* Takes the tally over; false where the control thread has too many waiting: the worker then keeps counting in it.
     */
    bool (*take_tally)(void *owner, struct plx_tally *tally);
    void (*changed)(void *owner); /* the worker reads a new snapshot, has handed over, or has ended */
    void *owner;
};

struct plx_worker_order {
    struct plx_worker_order *next;
    size_t count;
    int descriptors[];
};
struct plx_ask;

struct plx_worker {
    struct plx_context context;
    struct plx_worker_owner owner;
    pthread_t thread;
    bool has_thread;
    struct plx_wake wake;
    struct plx_deadline hand_over, drain_poll; /* closed with the loop */
    struct plx_rechecks rechecks;
    struct plx_list listeners, retired; /* those that listen, and those that did */
    struct plx_access_log access_log;
    uint64_t drain_until_ms;
    uint64_t drain_clients_ms; /* when there was a client last */
    uint64_t hand_over_due;    /* it was told to hand over and could not yet; 0: none */
    pthread_mutex_t mailbox;   /* guards the eight below */
    struct plx_snapshot *next;
    struct plx_ask *asks; /* the newest first */
    uint32_t drain_ms;    /* 0: go on */
    struct plx_under_way_list under_way;
    bool log_changes;                 /* it is to write its access log to ... */
    struct plx_outlet *log;           /* ... this; NULL: to none */
    struct plx_worker_order *orders;  /* what it is to listen on, one after the other; NULL: as it does */
    uint64_t hand_over_wanted;        /* the newest ticket; 0: none */
    atomic_uint_fast64_t generation;  /* of the snapshot it reads */
    atomic_uint_fast64_t handed_over; /* ticket: what was counted until it was given is the owner's */
    atomic_bool ended;
};

struct plx_worker_options {
    struct plx_worker_owner owner;
    const int *descriptors; /* listening sockets, the worker's from here on */
    size_t descriptor_count;
    struct plx_snapshot *snapshot;
    uint32_t index, count;               /* which one of how many it is */
    uint32_t streams_max;                /* its part of the process's file descriptors */
    struct plx_outlet *access_log;       /* NULL: none */
    struct plx_names *names;             /* outlive the worker */
    struct plx_comparisons *comparisons; /* outlive the worker */
    const struct plx_loop_base *base;    /* of its loop; NULL: libuv */
    /* Of the worker that has the spies, whose snapshot is theirs: NULL for others. */
    struct plx_spies *spies;
    const struct plx_spy_port *ports; /* of each descriptor; they outlive the worker */
};

/* NULL where there is no memory or no thread: the program can't go on then. */
struct plx_worker *plx_worker_start(const struct plx_worker_options *options);
/* The same without its thread, and what that does until its end: for worlds in which one thread has all workers. */
struct plx_worker *plx_worker_new(const struct plx_worker_options *options);
void plx_worker_run(struct plx_worker *worker);
/* In force within the loop's next turn. */
void plx_worker_swap(struct plx_worker *worker, struct plx_snapshot *snapshot);
/*
 * From the loop's next turn on it listens on these sockets alone: on those that it has already it goes on, others are
 * closed, and new ones are the worker's from here on. false: there is no memory, and nothing has changed.
 */
PLX_MUST_USE bool plx_worker_listen(struct plx_worker *worker, const int *descriptors, size_t count);
/* From the loop's next turn on its access log goes there, before a snapshot that is swapped in later; NULL: there is
 * none. The one before is written to until then. */
void plx_worker_log(struct plx_worker *worker, struct plx_outlet *outlet);
/* Has it hand over what it has counted, without waiting for its time; tickets rise. */
void plx_worker_hand_over(struct plx_worker *worker, uint64_t ticket);
/* Asks all roles for somebody; the owner is told when it is done (`changed`). */
void plx_worker_ask(struct plx_worker *worker, struct plx_ask *ask);
/* As it was when it handed over last. */
void plx_worker_under_way(struct plx_worker *worker, struct plx_under_way_list *found);
/* Takes no more connections, finishes what is under way for at most drain_ms (above 0), then ends. */
void plx_worker_drain(struct plx_worker *worker, uint32_t drain_ms);
/* Waits for its end and frees it; its last tally (NULL: none) is the caller's. */
struct plx_tally *plx_worker_join(struct plx_worker *worker);

#endif
