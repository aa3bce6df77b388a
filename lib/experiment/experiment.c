/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An experiment's life and its settings. They are given by one thread before the first run; a setting that is refused
 * leaves what was there and disables the experiment, since it would else tell something that nobody asked for.
 */
#include "base/alloc.h"
#include "base/assert.h"
#include "base/clock.h"
#include "experiment/experiment_state.h"
#include "experiment/forked.h"
#include "experiment/run_context.h"
#include "experiment/thread_pool.h"

#include <math.h>

#define DEADLINE_MS_DEFAULT  1000u
#define THREADS_DEFAULT      2u
#define RUNS_DEFAULT         64u
#define RESULT_BYTES_DEFAULT (1u << 20)
#define MEMORY_BYTES_DEFAULT (UINT64_C(256) << 20)

/* ---- life ---- */

static void
set_defaults(struct plx_place_limits *limits)
{
    limits->deadline_ms = limits->deadline_ms ? limits->deadline_ms : DEADLINE_MS_DEFAULT;
    limits->threads = limits->threads ? limits->threads : THREADS_DEFAULT;
    limits->runs_max = limits->runs_max ? limits->runs_max : RUNS_DEFAULT;
    limits->result_bytes = limits->result_bytes ? limits->result_bytes : RESULT_BYTES_DEFAULT;
    limits->memory_bytes = limits->memory_bytes ? limits->memory_bytes : MEMORY_BYTES_DEFAULT;
}

static uint64_t
seed_of(const struct plx_experiment *experiment)
{
    uint64_t now = plx_wall_ns();

    return now / PLX_NS_PER_S * UINT64_C(1000000007) ^ now % PLX_NS_PER_S << 20 ^ (uint64_t)(uintptr_t)experiment;
}

struct plx_experiment *
plx_experiment_new(const char *name, const struct plx_allocator *allocator)
{
    size_t len = name ? strlen(name) : 0;
    struct plx_experiment *e;

    if (len == 0 || len >= PLX_EXPERIMENT_NAME_MAX)
        return NULL;
    e = plx_alloc(allocator, sizeof(*e));
    if (!e)
        return NULL;
    memset(e, 0, sizeof(*e));
    e->rules = plx_rules_new(allocator);
    if (!e->rules) {
        plx_release(allocator, e, sizeof(*e));
        return NULL;
    }
    e->allocator = allocator;
    e->control = -1;
    pthread_mutex_init(&e->starting, NULL);
    plx_forks_watch();
    plx_forks_settle(&e->forks);
    memcpy(e->name, name, len);
    set_defaults(&e->limits);
    plx_buffer_init_in(&e->context, PLX_CONTEXT_MAX, allocator);
    atomic_init(&e->share, PLX_SHARE_ALL);
    atomic_init(&e->random, seed_of(e));
    return e;
}

static void
forget_counts(struct plx_experiment *e)
{
    for (size_t i = 0; i < PLX_COUNT(e->verdicts); i++)
        atomic_store(&e->verdicts[i], 0);
    for (size_t i = 0; i < PLX_COUNT(e->reasons); i++)
        atomic_store(&e->reasons[i], 0);
    atomic_store(&e->shed, 0);
    atomic_store(&e->raised_count, 0);
    atomic_store(&e->late, 0);
    atomic_store(&e->shed_untold, 0);
    for (unsigned i = 0; i < e->count; i++) {
        struct plx_behaviour *behaviour = &e->behaviours[i];
        memset(&behaviour->durations, 0, sizeof(behaviour->durations));
        atomic_store(&behaviour->errors, 0);
        for (size_t k = 0; k < PLX_COUNT(behaviour->verdicts); k++)
            atomic_store(&behaviour->verdicts[k], 0);
    }
}

void
plx_experiment_know_fork(struct plx_experiment *e)
{
    if (atomic_load_explicit(&e->forks, memory_order_relaxed) == plx_forks() || !plx_forks_claim(&e->forks))
        return;
    pthread_mutex_init(&e->starting, NULL); /* a thread of the parent may have held it */
    plx_pool_leave_behind(e);
    forget_counts(e);
    plx_forks_settle(&e->forks);
}

/* Its pool is gone. */
static void
release_all(struct plx_experiment *experiment)
{
    pthread_mutex_destroy(&experiment->starting);
    plx_pool_release_left(experiment);
    plx_buffer_fini(&experiment->context);
    plx_rules_free(experiment->rules);
    plx_release(experiment->allocator, experiment, sizeof(*experiment));
}

void
plx_experiment_free(struct plx_experiment *experiment)
{
    if (!experiment)
        return;
    plx_experiment_know_fork(experiment);
    plx_pool_free(atomic_load(&experiment->pool));
    release_all(experiment);
}

unsigned
plx_experiment_abandon(struct plx_experiment *experiment)
{
    struct plx_pool *pool;

    if (experiment)
        plx_experiment_know_fork(experiment);
    pool = experiment ? atomic_load(&experiment->pool) : NULL;
    if (pool)
        return plx_pool_abandon(pool, release_all);
    plx_experiment_free(experiment);
    return 0;
}

enum plx_status
plx_experiment_status(const struct plx_experiment *experiment)
{
    return experiment ? experiment->status : PLX_E_ARGUMENT;
}

const char *
plx_experiment_name(const struct plx_experiment *experiment)
{
    return experiment ? experiment->name : "";
}

/* ---- settings ---- */

static enum plx_status
refuse(struct plx_experiment *e, enum plx_status status)
{
    if (e->status == PLX_OK)
        e->status = status;
    return status;
}

/* Other threads may be reading the settings: then not even the refusal may be noted. */
static bool
is_settled(const struct plx_experiment *e)
{
    return !e || atomic_load_explicit(&e->sealed, memory_order_relaxed);
}

enum plx_status
plx_experiment_use(struct plx_experiment *experiment, plx_behaviour_fn *behaviour)
{
    return plx_experiment_try(experiment, "control", behaviour);
}

enum plx_status
plx_experiment_try(struct plx_experiment *experiment, const char *name, plx_behaviour_fn *behaviour)
{
    struct plx_experiment *e = experiment;
    size_t len;

    if (is_settled(e))
        return PLX_E_ARGUMENT;
    name = name ? name : "candidate";
    len = strlen(name);
    if (!behaviour || len == 0 || len >= PLX_EXPERIMENT_NAME_MAX)
        return refuse(e, PLX_E_ARGUMENT);
    for (unsigned i = 0; i < e->count; i++)
        if (strcmp(e->behaviours[i].name, name) == 0)
            return refuse(e, PLX_E_ARGUMENT);
    if (e->count == PLX_BEHAVIOURS_MAX)
        return refuse(e, PLX_E_LIMIT);
    memcpy(e->behaviours[e->count].name, name, len + 1);
    e->behaviours[e->count].run = behaviour;
    if (strcmp(name, "control") == 0)
        e->control = (int)e->count;
    e->count++;
    return PLX_OK;
}

enum plx_status
plx_experiment_enable(struct plx_experiment *experiment, double percent)
{
    if (!experiment || !(percent >= 0 && percent <= 100))
        return PLX_E_ARGUMENT;
    uint64_t share = (uint64_t)llround(percent / 100 * (double)PLX_SHARE_ALL);
    if (share == 0 && percent > 0)
        share = 1; /* the smallest there is, not none */
    atomic_store_explicit(&experiment->share, share, memory_order_relaxed);
    return PLX_OK;
}

/* A callback that is set or taken away; a setting comes too late once the experiment has run. */
#define SET(experiment, ...)        \
    do {                            \
        if (is_settled(experiment)) \
            return PLX_E_ARGUMENT;  \
        __VA_ARGS__;                \
        return PLX_OK;              \
    } while (0)

enum plx_status
plx_experiment_enabled(struct plx_experiment *experiment, plx_question_fn *enabled, void *context)
{
    SET(experiment, experiment->enabled = (struct plx_question){enabled, context});
}

enum plx_status
plx_experiment_run_if(struct plx_experiment *experiment, plx_question_fn *run_if, void *context)
{
    SET(experiment, experiment->run_if = (struct plx_question){run_if, context});
}

enum plx_status
plx_experiment_before_run(struct plx_experiment *experiment, plx_question_fn *before_run, void *context)
{
    SET(experiment, experiment->before_run = (struct plx_question){before_run, context});
}

enum plx_status
plx_experiment_after_run(struct plx_experiment *experiment, plx_publish_fn *after_run, void *context)
{
    SET(experiment, experiment->after_run = (struct plx_publish_callback){after_run, context});
}

enum plx_status
plx_experiment_compare(struct plx_experiment *experiment, plx_equal_fn *equal, void *context)
{
    SET(experiment, experiment->compare = (struct plx_equal){equal, context});
}

enum plx_status
plx_experiment_compare_errors(struct plx_experiment *experiment, plx_equal_fn *equal, void *context)
{
    SET(experiment, experiment->compare_errors = (struct plx_equal){equal, context});
}

enum plx_status
plx_experiment_clean(struct plx_experiment *experiment, plx_clean_fn *clean, void *context)
{
    SET(experiment, experiment->clean = clean; experiment->clean_context = context);
}

enum plx_status
plx_experiment_describe(struct plx_experiment *experiment, plx_describe_fn *describe, void *context)
{
    SET(experiment, experiment->describe = describe; experiment->describe_context = context);
}

enum plx_status
plx_experiment_raised(struct plx_experiment *experiment, plx_raised_fn *raised, void *context)
{
    SET(experiment, experiment->raised = raised; experiment->raised_context = context);
}

enum plx_status
plx_experiment_raise(struct plx_experiment *experiment, plx_raise_fn *raise, plx_format_fn *format, void *context)
{
    SET(experiment, experiment->raise = raise; experiment->format = format; experiment->raise_context = context);
}

enum plx_status
plx_experiment_objects(struct plx_experiment *experiment, const struct plx_object_type *type)
{
    SET(experiment, experiment->type = type);
}

enum plx_status
plx_experiment_cpu_time(struct plx_experiment *experiment, bool measured)
{
    SET(experiment, experiment->without_cpu = !measured);
}

enum plx_status
plx_experiment_seed(struct plx_experiment *experiment, uint64_t seed)
{
    SET(experiment, atomic_store(&experiment->random, seed));
}

enum plx_status
plx_experiment_input(struct plx_experiment *experiment, size_t size, void *(*copy)(const void *input),
                     plx_release_fn *release)
{
    SET(experiment, experiment->input_size = size; experiment->input_copy = copy; experiment->input_release = release);
}

enum plx_status
plx_experiment_ignore(struct plx_experiment *experiment, plx_equal_fn *ignore, void *context)
{
    if (is_settled(experiment))
        return PLX_E_ARGUMENT;
    if (!ignore || experiment->ignore_count == PLX_IGNORES_MAX)
        return refuse(experiment, ignore ? PLX_E_LIMIT : PLX_E_ARGUMENT);
    experiment->ignores[experiment->ignore_count++] = (struct plx_equal){ignore, context};
    return PLX_OK;
}

enum plx_status
plx_experiment_publish(struct plx_experiment *experiment, plx_publish_fn *publish, void *context)
{
    if (is_settled(experiment))
        return PLX_E_ARGUMENT;
    if (!publish || experiment->publisher_count == PLX_PUBLISHERS_MAX)
        return refuse(experiment, publish ? PLX_E_LIMIT : PLX_E_ARGUMENT);
    experiment->publishers[experiment->publisher_count++] = (struct plx_publish_callback){publish, context};
    return PLX_OK;
}

enum plx_status
plx_experiment_rules(struct plx_experiment *experiment, const struct plx_rules *rules)
{
    struct plx_rules *copy;

    if (is_settled(experiment))
        return PLX_E_ARGUMENT;
    copy = rules ? plx_rules_copy(rules) : plx_rules_new(experiment->allocator);
    if (!copy)
        return refuse(experiment, PLX_E_MEMORY);
    plx_rules_free(experiment->rules);
    experiment->rules = copy;
    experiment->has_rules = rules != NULL;
    return PLX_OK;
}

enum plx_status
plx_experiment_context(struct plx_experiment *experiment, const char *field, const char *text)
{
    if (is_settled(experiment))
        return PLX_E_ARGUMENT;
    if (!field || !text)
        return refuse(experiment, PLX_E_ARGUMENT);
    if (!plx_context_add(&experiment->context, field, text, 0))
        return refuse(experiment, PLX_E_LIMIT);
    return PLX_OK;
}

enum plx_status
plx_experiment_fabricate(struct plx_experiment *experiment, const char *name, uint64_t wall_ns, uint64_t cpu_ns)
{
    if (is_settled(experiment))
        return PLX_E_ARGUMENT;
    for (unsigned i = 0; name && i < experiment->count; i++) {
        struct plx_behaviour *behaviour = &experiment->behaviours[i];
        if (strcmp(behaviour->name, name) != 0)
            continue;
        behaviour->fabricated = true;
        behaviour->fabricated_wall_ns = wall_ns;
        behaviour->fabricated_cpu_ns = cpu_ns;
        return PLX_OK;
    }
    return refuse(experiment, PLX_E_NOT_FOUND);
}

enum plx_status
plx_experiment_run_on(struct plx_experiment *experiment, enum plx_place place, const struct plx_place_limits *limits)
{
    struct plx_place_limits wanted = limits ? *limits : (struct plx_place_limits){0};

    if (is_settled(experiment))
        return PLX_E_ARGUMENT;
    set_defaults(&wanted);
    if ((unsigned)place > PLX_IN_PROCESS || wanted.threads > PLX_THREADS_MAX || wanted.runs_max > PLX_RUNS_MAX ||
        wanted.result_bytes > PLX_RESULT_BYTES_MAX)
        return refuse(experiment, PLX_E_ARGUMENT);
    experiment->place = place;
    experiment->limits = wanted;
    return PLX_OK;
}

/* ---- counts ---- */

static uint64_t
load(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct plx_run_counts
plx_experiment_counts(struct plx_experiment *experiment)
{
    struct plx_run_counts counts = {0};

    if (!experiment)
        return counts;
    plx_experiment_know_fork(experiment);
    counts.match = load(&experiment->verdicts[PLX_MATCH]);
    counts.mismatch = load(&experiment->verdicts[PLX_MISMATCH]);
    counts.ignored = load(&experiment->verdicts[PLX_IGNORED]);
    counts.incomparable = load(&experiment->verdicts[PLX_INCOMPARABLE]);
    counts.runs = counts.match + counts.mismatch + counts.ignored + counts.incomparable;
    for (int reason = 0; reason < PLX_REASON_COUNT; reason++)
        counts.incomparable_by[reason] = load(&experiment->reasons[reason]);
    for (unsigned i = 0; i < experiment->count; i++)
        counts.candidate_errors += load(&experiment->behaviours[i].errors);
    counts.shed = load(&experiment->shed);
    counts.raised = load(&experiment->raised_count);
    counts.late = load(&experiment->late);
    return counts;
}
