/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share. Nobody else includes it.
 *
 *   run_experiment.c ──> trial.c (one run: inputs, observations) ──> judge_candidates.c (verdicts)
 *      │                                                              └──> publish.c (clean, publish, raise)
 *      └──> beside.c (a run that goes on beside the caller) ──> thread_pool.c (threads, keeper), child.c (processes)
 *
 * A trial has a slot for each behaviour: slot 0 is the one that stands as control in this run, the others follow in the
 * order in which they were added.
 */
#ifndef PLX_EXPERIMENT_EXPERIMENT_STATE_H
#define PLX_EXPERIMENT_EXPERIMENT_STATE_H

#include "base/buffer.h"
#include "base/histogram.h"

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

struct plx_publish {
    plx_publish_fn *tell;
    void *context;
};

#define PLX_SHARE_ALL (UINT64_C(1) << 32)

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
    struct plx_publish publishers[PLX_PUBLISHERS_MAX], after_run;
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
    pthread_mutex_t starting;         /* it */
    const struct plx_allocator *allocator;
    char name[PLX_EXPERIMENT_NAME_MAX];
    struct plx_behaviour behaviours[PLX_BEHAVIOURS_MAX];
};

uint64_t plx_experiment_random(struct plx_experiment *experiment);
void plx_experiment_release(struct plx_experiment *experiment); /* its memory; its pool is gone */
void plx_experiment_tell(struct plx_experiment *experiment, enum plx_operation operation, int code);

/* ---- behaviour_result.c ---- */

void plx_result_init(struct plx_result *result, const struct plx_experiment *experiment);
/* PLX_OK, PLX_E_MEMORY, PLX_E_UNSUPPORTED (an object without copy); *to is then without a value. */
PLX_MUST_USE enum plx_status plx_result_copy(struct plx_result *to, const struct plx_result *from);
static inline bool
plx_result_has_bytes(const struct plx_result *result)
{
    return result->kind >= PLX_RESULT_TEXT && result->kind <= PLX_RESULT_JSON;
}

/* ---- trial.c: one run ---- */

struct plx_instant {
    uint64_t wall_ns, cpu_ns;
};

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

struct plx_instant plx_instant_now(const struct plx_experiment *experiment);
uint64_t plx_now_ns(void); /* monotonic */
/* With the behaviour at this index as control. Takes no memory. */
void plx_trial_init(struct plx_trial *trial, struct plx_experiment *experiment, unsigned control, void *input);
/* Asks before_run and describe and copies the inputs. false: the run is off; the trial is then to be finished with. */
bool plx_trial_prepare(struct plx_trial *trial);
void plx_trial_fini(struct plx_trial *trial);
/* What the slot's behaviour did between two instants. */
void plx_trial_note(struct plx_trial *trial, unsigned slot, const struct plx_instant *from,
                    const struct plx_instant *to);
/* The slot has no result to compare. */
void plx_trial_lose(struct plx_trial *trial, unsigned slot, enum plx_reason reason, int detail);
/* All observations are there: verdicts, counts, publishers. */
void plx_trial_conclude(struct plx_trial *trial);

void plx_judge_candidates(struct plx_trial *trial); /* judge_candidates.c */
void plx_publish_outcome(struct plx_trial *trial);  /* publish.c */
/* Whether the run is to raise; text[PLX_MISMATCH_TEXT_MAX] is then filled. */
bool plx_mismatch_text(struct plx_trial *trial, char *text);

void plx_outcome_write(const struct plx_outcome *outcome, struct plx_buffer *out); /* a line of JSON without its end */

/* Starts a thread that takes none of the embedder's signals. */
bool plx_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument);

/* ---- run_context.c ---- */

struct plx_context {
    struct plx_buffer *out;
    bool left_out; /* something did not fit */
};

/* One more member. false: it does not fit, or there is no memory; nothing was written. */
bool plx_context_add(struct plx_buffer *out, const char *field, const char *text, int64_t integer);

/* ---- beside.c: a run beside the caller ---- */

struct plx_result plx_run_beside(struct plx_experiment *experiment, unsigned control, void *input);

#endif
