/* SPDX-License-Identifier: Apache-2.0 */
/* What names.c, names_port.c and resolver.c share: for them alone. What is not said to be the resolver's is guarded by
 * the lock. */
#ifndef PLX_NAMES_NAMES_STATE_H
#define PLX_NAMES_NAMES_STATE_H

#include "base/list.h"
#include "traffic/names/name_answer.h"
#include "traffic/names/name_times.h"

#include <ares.h>
#include <pthread.h>
#include <uv.h>

/* One question to one server has so long, the second one to it twice as long. */
#define PLX_NAMES_QUERY_MS    1000
#define PLX_NAMES_QUERY_TRIES 2
#define PLX_NAMES_HOSTS_MS    10000u /* how long what /etc/hosts has counts */

/* Where the system's servers stand. It is looked at when names are due, at most once in so long. */
#define PLX_NAMES_FILE         "/etc/resolv.conf"
#define PLX_NAMES_FILE_LOOK_MS 1000u

struct plx_names_file {
    uint64_t device, inode, size, changed_ns; /* all 0: it is not there */
};

/* One question: a name's addresses of one family. The resolver's. */
struct plx_name_question {
    struct plx_name *name;
    unsigned family; /* its place among the answers */
};

struct plx_name {
    struct plx_list link; /* those for which clients wait are first */
    struct plx_names *names;
    char *host;
    char of[128];  /* who named it first, and how many others; empty: nobody but a pool */
    size_t of_len; /* of the first */
    unsigned others;
    bool wanted, wanted_next, serves;
    unsigned users;
    struct plx_name_times times;
    struct plx_address_list list;
    uint64_t version;                                /* of the list, and of what users are told; 0: nothing yet */
    uint64_t left_out_until[PLX_NAME_ADDRESSES_MAX]; /* of each in the list */
    uint64_t lookups, failures, left_out_total;
    bool told;       /* the log has told that it is not known, or stale */
    unsigned asking; /* questions under way: it is kept until they are answered */
    /* the resolver's */
    uint64_t merge_ms; /* when what has come of one family is used without the other; 0: not set */
    struct plx_name_question questions[PLX_NAME_FAMILIES];
    struct plx_family_answer answers[PLX_NAME_FAMILIES];
    int reason; /* c-ares', of what failed last */
};

struct plx_names {
    pthread_mutex_t lock;
    pthread_cond_t ended; /* a look-up has */
    struct plx_list names, ports;
    void (*changed)(void *owner);
    void *owner;
    unsigned telling; /* what the log is still to tell of look-ups that have ended */
    char *servers;    /* as given, for the resolver to take; NULL: it has */
    bool ending;
    pthread_t thread;
    /* the resolver's */
    uv_loop_t loop;
    uv_async_t wake; /* sent by anybody */
    uv_timer_t timer;
    ares_channel channel;       /* NULL: there was no memory for one; tried again */
    char *asked;                /* the servers that it asks, as given; NULL or "": those of PLX_NAMES_FILE */
    struct plx_names_file file; /* as it was when they were read */
    uint64_t looked_ms;         /* at it, last */
    struct plx_list sockets;
};

/* Milliseconds of the clock that loops have, which never goes back. */
static inline uint64_t
plx_names_now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* With the lock. serves: clients wait for it. NULL: no memory. */
struct plx_name *plx_name_find_or_add(struct plx_names *names, const char *host, bool serves);
/* With the lock: frees a name that nobody wants any more. */
void plx_name_release(struct plx_name *name);
/* Starts what answers; false: no memory or thread. */
bool plx_resolver_start(struct plx_names *names);
void plx_resolver_end(struct plx_names *names);

#endif
