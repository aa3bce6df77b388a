/* SPDX-License-Identifier: Apache-2.0 */
/* One run's data: who takes part, on what input, what was observed. Lies on the caller's stack or in a job. */
#include "experiment/trial.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "experiment/behaviour_result.h"
#include "experiment/judge_candidates.h"
#include "experiment/publish.h"
#include "experiment/run_context.h"
#include "experiment/tell.h"

void
plx_trial_init(struct plx_trial *trial, struct plx_experiment *experiment, unsigned control, void *input)
{
    unsigned slot = 1;

    trial->experiment = experiment;
    trial->count = experiment->count;
    trial->copied = false;
    trial->has_cleaned = false;
    trial->arena = NULL;
    plx_buffer_init_in(&trial->context, PLX_CONTEXT_MAX, experiment->allocator);
    for (unsigned i = 0; i < experiment->count; i++) {
        unsigned at = i == control ? 0 : slot++;
        struct plx_behaviour *behaviour = &experiment->behaviours[i];
        trial->behaviours[at] = behaviour;
        trial->inputs[at] = input;
        plx_result_init(&trial->results[at], experiment);
        trial->seen[at] = (struct plx_observation){
            .name = behaviour->name, .result = &trial->results[at], .cleaned = &trial->results[at], .position = at};
    }
}

static void
release_input(const struct plx_experiment *experiment, void *input)
{
    if (!experiment->input_copy)
        plx_release(experiment->allocator, input, experiment->input_size);
    else if (experiment->input_release)
        experiment->input_release(input);
}

static void *
copy_input(const struct plx_experiment *experiment, const void *input)
{
    void *copy;

    if (experiment->input_copy)
        return experiment->input_copy(input);
    copy = plx_alloc(experiment->allocator, experiment->input_size);
    if (copy)
        memcpy(copy, input, experiment->input_size);
    return copy;
}

static bool
copy_inputs(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;
    void *input = trial->inputs[0];

    if (!input || (!e->input_copy && e->input_size == 0))
        return true;
    for (unsigned slot = 1; slot < trial->count; slot++) {
        trial->inputs[slot] = copy_input(e, input);
        if (!trial->inputs[slot]) {
            while (--slot > 0)
                release_input(e, trial->inputs[slot]);
            plx_experiment_tell(e, PLX_OPERATION_INPUT, PLX_E_MEMORY);
            return false;
        }
    }
    trial->copied = true;
    return true;
}

/* What is missing of a context does not keep the experiment from running. */
static void
describe(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;
    struct plx_context fields = {.out = &trial->context};
    int code;

    if (!e->describe)
        return;
    plx_buffer_add(&trial->context, plx_buffer_slice(&e->context));
    fields.left_out = trial->context.failed;
    trial->context.failed = false;
    code = e->describe(e->describe_context, trial->inputs[0], &fields);
    if (code >= 0 && fields.left_out)
        code = PLX_E_LIMIT;
    if (code < 0)
        plx_experiment_tell(e, PLX_OPERATION_DESCRIBE, code);
}

bool
plx_trial_prepare(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;

    if (e->before_run.ask) {
        int code = e->before_run.ask(e->before_run.context, trial->inputs[0]);
        if (code < 0) {
            plx_experiment_tell(e, PLX_OPERATION_BEFORE_RUN, code);
            return false;
        }
    }
    if (!copy_inputs(trial))
        return false;
    describe(trial);
    return true;
}

void
plx_trial_fini(struct plx_trial *trial)
{
    for (unsigned slot = 0; slot < trial->count; slot++) {
        if (trial->has_cleaned)
            plx_result_free(&trial->cleaned[slot]);
        plx_result_free(&trial->results[slot]);
        if (slot > 0 && trial->copied)
            release_input(trial->experiment, trial->inputs[slot]);
    }
    plx_arena_free(trial->arena);
    plx_buffer_fini(&trial->context);
}

void
plx_trial_note(struct plx_trial *trial, unsigned slot, const struct plx_instant *from, const struct plx_instant *to)
{
    const struct plx_behaviour *behaviour = trial->behaviours[slot];

    if (behaviour->fabricated) {
        trial->seen[slot].wall_ns = behaviour->fabricated_wall_ns;
        trial->seen[slot].cpu_ns = behaviour->fabricated_cpu_ns;
        return;
    }
    trial->seen[slot].wall_ns = to->wall_ns - from->wall_ns;
    trial->seen[slot].cpu_ns = to->cpu_ns - from->cpu_ns;
}

void
plx_trial_lose(struct plx_trial *trial, unsigned slot, enum plx_reason reason, int detail)
{
    struct plx_observation *seen = &trial->seen[slot];

    seen->verdict = PLX_INCOMPARABLE;
    seen->reason = reason;
    seen->detail = detail;
    seen->result = seen->cleaned = NULL;
}

/* ---- the end of it ---- */

/* From the worst to the best; the verdicts' own order is another one. */
static enum plx_verdict
worst(enum plx_verdict a, enum plx_verdict b)
{
    static const enum plx_verdict order[] = {PLX_MISMATCH, PLX_INCOMPARABLE, PLX_IGNORED, PLX_MATCH};

    for (size_t i = 0; i < PLX_COUNT(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a;
}

static void
add_one(atomic_uint_fast64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void
count(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;

    add_one(&e->verdicts[trial->outcome.verdict]);
    for (unsigned slot = 0; slot < trial->count; slot++) {
        const struct plx_observation *seen = &trial->seen[slot];
        struct plx_behaviour *behaviour = trial->behaviours[slot];
        plx_histogram_add_shared(&behaviour->durations, seen->wall_ns);
        if (slot == 0)
            continue;
        add_one(&behaviour->verdicts[seen->verdict]);
        if (seen->reason != PLX_REASON_NONE)
            add_one(&e->reasons[seen->reason]);
        if (seen->result && seen->result->error)
            add_one(&behaviour->errors);
    }
}

static struct plx_slice
context_of(const struct plx_trial *trial)
{
    const struct plx_buffer *context = trial->experiment->describe ? &trial->context : &trial->experiment->context;

    return context->len > 0 ? plx_buffer_slice(context) : plx_slice_of("{}");
}

/* Most often there are none, and nothing is written that other threads read. */
static uint64_t
take_shed(struct plx_experiment *e)
{
    if (atomic_load_explicit(&e->shed_untold, memory_order_relaxed) == 0)
        return 0;
    return atomic_exchange_explicit(&e->shed_untold, 0, memory_order_relaxed);
}

void
plx_trial_conclude(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;
    struct plx_outcome *outcome = &trial->outcome;

    *outcome = (struct plx_outcome){
        .experiment = e->name,
        .verdict = PLX_MATCH,
        .place = e->place,
        .control = &trial->seen[0],
        .candidates = &trial->seen[1],
        .candidate_count = trial->count - 1,
        .context = context_of(trial),
        .allocator = e->allocator,
        .rules = e->rules,
        .shed = take_shed(e),
    };
    plx_judge_candidates(trial);
    for (unsigned slot = 1; slot < trial->count; slot++)
        outcome->verdict = worst(outcome->verdict, trial->seen[slot].verdict);
    count(trial);
    plx_publish_outcome(trial);
}
