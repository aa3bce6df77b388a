/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic for the demo: a few threads, each with one kept connection, ask for what a table says in turn, at a steady
 * rate, and count what clients get to see.
 */
#ifndef PLX_DEMO_GENERATOR_H
#define PLX_DEMO_GENERATOR_H

#include "base/histogram.h"
#include "cli/client/client.h"

#include <pthread.h>
#include <stdatomic.h>

#define PLX_GENERATOR_THREADS_MAX 16u
#define PLX_GENERATOR_CLASSES     6u

struct plx_generator_request {
    const char *method, *target, *body; /* body NULL: none */
};

struct plx_generator_counts {
    uint64_t asked;                          /* the sum of the classes */
    uint64_t classes[PLX_GENERATOR_CLASSES]; /* 2: answers of 2xx, and so on; 0: no answer */
    struct plx_histogram latency;            /* of the answers */
};

struct plx_generator {
    const char *url;
    const struct plx_generator_request *requests; /* asked for in turn */
    size_t request_count;
    unsigned threads;
    unsigned per_second; /* of all threads together */
    /* the threads': */
    atomic_size_t turn;
    atomic_bool stop;
    pthread_mutex_t lock; /* guards counts */
    struct plx_generator_counts counts;
    unsigned started;
    pthread_t ids[PLX_GENERATOR_THREADS_MAX];
};

/* Fill in all above the threads' first. false: no threads; what has been started is stopped again. */
bool plx_generator_start(struct plx_generator *generator);
/* What was asked and answered so far. */
void plx_generator_read(struct plx_generator *generator, struct plx_generator_counts *counts);
void plx_generator_stop(struct plx_generator *generator); /* waits for the threads; idempotent */

#endif
