/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structures that the files of this folder share. Nobody else includes it.
 *
 *   run_experiment.c ──> trial.c (one run: inputs, observations) ──> judge_candidates.c (verdicts)
 *      │                                                      └────> publish.c (clean, publish, raise) ──> outcome.c
 *      └──> beside.c (a run that goes on beside the caller) ──> thread_pool.c (threads, keeper) ──> child.c (processes)
 *
 *   experiment.c (life and settings), instant.c (what a behaviour took), tell.c (what went wrong): below or beside
 * these
 *
 * A trial has a slot for each behaviour: slot 0 is the one that stands as control in this run, the others follow in the
 * order in which they were added.
 */
#ifndef PLX_EXPERIMENT_EXPERIMENT_STATE_H
#define PLX_EXPERIMENT_EXPERIMENT_STATE_H

#include "base/buffer.h"
#include "base/histogram.h"

#include <errno.h>
#include <fenv.h>
#include <parallax/experiment.h>
#include <pthread.h>
#include <stdatomic.h>

struct plx_pool;

struct plx_behaviour {
    char name[PLX_EXPERIMENT_NAME_MAX];
    plx_behaviour_fn *run;
    bool fabricated;
    uint64_t fabricated_wall_ns, fabricated_cpu_ns;
    /* Counted by any number of threads. */
    struct plx_histogram durations;
    atomic_uint_fast64_t verdicts[4], errors; /* as a candidate, by enum plx_verdict */
};

struct plx_question {
    plx_question_fn *ask;
    void *context;
};

struct plx_equal {
    plx_equal_fn *ask;
    void *context;
};

struct plx_publish_callback {
    plx_publish_fn *tell;
    void *context;
};

#define PLX_SHARE_ALL (UINT64_C(1) << 32)

/* What a behaviour finds and leaves on its thread beside its result. */
struct plx_surroundings {
    int error_number, rounding;
};

static inline struct plx_surroundings
plx_surroundings_now(void)
{
    return (struct plx_surroundings){errno, fegetround()};
}

static inline void
plx_surroundings_set(const struct plx_surroundings *surroundings)
{
    if (fegetround() != surroundings->rounding)
        fesetround(surroundings->rounding);
    errno = surroundings->error_number;
}

struct plx_experiment {
    /* Looked at by every call. */
    atomic_uint_fast64_t share; /* of PLX_SHARE_ALL */
    atomic_bool sealed;         /* it has run: the settings stand */
    enum plx_status status;
    unsigned count;
    int control; /* index of "control"; -1: none */
    enum plx_place place;
    bool without_cpu;
    atomic_uint_fast64_t random;

    struct plx_question enabled, run_if, before_run;
    struct plx_equal compare, compare_errors, ignores[PLX_IGNORES_MAX];
    struct plx_publish_callback publishers[PLX_PUBLISHERS_MAX], after_run;
    unsigned ignore_count, publisher_count;
    plx_clean_fn *clean;
    void *clean_context;
    plx_describe_fn *describe;
    void *describe_context;
    plx_raised_fn *raised;
    void *raised_context;
    plx_raise_fn *raise;
    plx_format_fn *format;
    void *raise_context;
    size_t input_size;
    void *(*input_copy)(const void *input);
    plx_release_fn *input_release;

    const struct plx_object_type *type;
    struct plx_rules *rules;
    bool has_rules;            /* not only those made at the start */
    struct plx_buffer context; /* of every run: a JSON object, or empty */
    struct plx_place_limits limits;

    atomic_uint_fast64_t verdicts[4], reasons[PLX_REASON_COUNT], shed, raised_count, late;
    atomic_uint_fast64_t shed_untold; /* of shed: since the last outcome */
    _Atomic(struct plx_pool *) pool;  /* NULL until the first run beside the caller */
    struct plx_pool *left;    /* of processes before a fork: nobody may touch them, their memory goes at the end */
    pthread_mutex_t starting; /* it */
    atomic_uint forks;        /* of which process all this is: see forked.h */
    const struct plx_allocator *allocator;
    char name[PLX_EXPERIMENT_NAME_MAX];
    struct plx_behaviour behaviours[PLX_BEHAVIOURS_MAX];
};

/* One run. */
struct plx_trial {
    struct plx_experiment *experiment;
    unsigned count; /* slots */
    bool copied;    /* the candidates' inputs are copies */
    bool has_cleaned;
    struct plx_behaviour *behaviours[PLX_BEHAVIOURS_MAX];
    void *inputs[PLX_BEHAVIOURS_MAX];
    struct plx_result results[PLX_BEHAVIOURS_MAX];
    struct plx_result cleaned[PLX_BEHAVIOURS_MAX];
    struct plx_observation seen[PLX_BEHAVIOURS_MAX];
    struct plx_comparison comparisons[PLX_BEHAVIOURS_MAX];
    struct plx_buffer context;
    struct plx_arena *arena; /* of the comparisons; NULL until one is needed */
    struct plx_outcome outcome;
};

/* At the beginning of every call: in the child of a fork the experiment is made anew, with counts of 0. */
void plx_experiment_know_fork(struct plx_experiment *experiment);

#endif
