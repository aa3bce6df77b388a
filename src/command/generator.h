/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic for the demo: a few threads, each with one kept connection, ask for what a table says in turn, at a steady rate.
 */
#ifndef PLX_GENERATOR_H
#define PLX_GENERATOR_H

#include "command/client.h"

#include <pthread.h>
#include <stdatomic.h>

#define PLX_GENERATOR_THREADS_MAX 16u

struct plx_generator_request {
    const char *method, *target, *body; /* body NULL: none */
};

struct plx_generator {
    const char *url;
    const struct plx_generator_request *requests; /* asked for in turn */
    size_t request_count;
    unsigned threads;
    unsigned per_second; /* of all threads together */
    /* written by the threads: */
    atomic_uint_fast64_t answered, failed; /* failed: no answer, or 5xx */
    atomic_bool stop;
    unsigned started;
    pthread_t ids[PLX_GENERATOR_THREADS_MAX];
};

/* Fill in all above the counters first. false: no threads; what has been started is stopped again. */
bool plx_generator_start(struct plx_generator *generator);
void plx_generator_stop(struct plx_generator *generator); /* waits for the threads; idempotent */

#endif
