/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a call is an experiment, and the experiment on the caller's thread. What a disabled one costs is
 * decided in the first lines of is_on().
 */
#include "experiment/behaviour_result.h"
#include "experiment/beside.h"
#include "experiment/publish.h"
#include "experiment/tell.h"
#include "experiment/trial.h"

/* SplitMix64: a sequence a seed, any number of threads. */
static uint64_t
next_random(struct plx_experiment *experiment)
{
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t x = atomic_fetch_add_explicit(&experiment->random, step, memory_order_relaxed) + step;

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static bool
says_yes(struct plx_experiment *e, const struct plx_question *question, void *input, enum plx_operation operation)
{
    int answer;

    if (!question->ask)
        return true;
    answer = question->ask(question->context, input);
    if (answer < 0)
        plx_experiment_tell(e, operation, answer);
    return answer > 0;
}

static bool
is_on(struct plx_experiment *e, void *input)
{
    uint64_t share = atomic_load_explicit(&e->share, memory_order_relaxed);

    if (share == 0 || e->count < 2 || e->status != PLX_OK)
        return false;
    if (!atomic_load_explicit(&e->sealed, memory_order_relaxed))
        atomic_store_explicit(&e->sealed, true, memory_order_relaxed);
    if (share < PLX_SHARE_ALL && next_random(e) >> 32 >= share)
        return false;
    return says_yes(e, &e->enabled, input, PLX_OPERATION_ENABLED) &&
           says_yes(e, &e->run_if, input, PLX_OPERATION_RUN_IF);
}

/* ---- on the caller's thread ---- */

static void
shuffle(struct plx_experiment *e, unsigned *order, unsigned count)
{
    uint64_t random = next_random(e);

    for (unsigned i = 0; i < count; i++) {
        unsigned other = (unsigned)(random % (i + 1));
        random /= i + 1;
        order[i] = i;
        order[i] = order[other];
        order[other] = i;
    }
}

/* Each behaviour finds what the caller has left; *left is what the control leaves. */
static void
run_in_turn(struct plx_trial *trial, const struct plx_surroundings *found, struct plx_surroundings *left)
{
    struct plx_experiment *e = trial->experiment;
    unsigned order[PLX_BEHAVIOURS_MAX] = {0};
    struct plx_instant from, to;

    shuffle(e, order, trial->count);
    from = plx_instant_now(e);
    for (unsigned position = 0; position < trial->count; position++) {
        unsigned slot = order[position];
        plx_surroundings_set(found);
        trial->behaviours[slot]->run(trial->inputs[slot], &trial->results[slot]);
        if (slot == 0)
            *left = plx_surroundings_now();
        to = plx_instant_now(e);
        plx_trial_note(trial, slot, &from, &to);
        trial->seen[slot].position = position;
        from = to;
    }
}

/* A test's assertion may jump away from here: everything but the control's result has been given back. */
static void
end_raising(struct plx_trial *trial)
{
    struct plx_experiment *e = trial->experiment;
    char text[PLX_MISMATCH_TEXT_MAX];
    bool raises = plx_mismatch_text(trial, text);

    trial->results[0].kind = PLX_RESULT_NONE; /* the caller has it */
    plx_trial_fini(trial);
    if (raises)
        e->raise(e->raise_context, text);
}

static struct plx_result
run_on_caller(struct plx_experiment *e, unsigned control, void *input, const struct plx_surroundings *found)
{
    struct plx_surroundings left;
    struct plx_trial trial;
    struct plx_result result;

    plx_trial_init(&trial, e, control, input);
    if (!plx_trial_prepare(&trial)) {
        plx_surroundings_set(found);
        trial.behaviours[0]->run(input, &trial.results[0]);
        left = plx_surroundings_now();
        result = trial.results[0];
        trial.results[0].kind = PLX_RESULT_NONE;
        plx_trial_fini(&trial);
        plx_surroundings_set(&left);
        return result;
    }
    run_in_turn(&trial, found, &left);
    plx_trial_conclude(&trial);
    result = trial.results[0];
    if (e->raise) {
        end_raising(&trial);
        plx_surroundings_set(&left);
        return result;
    }
    trial.results[0].kind = PLX_RESULT_NONE;
    plx_trial_fini(&trial);
    plx_surroundings_set(&left);
    return result;
}

/* ---- calls ---- */

static struct plx_result
run(struct plx_experiment *e, unsigned control, void *input)
{
    const struct plx_surroundings found = plx_surroundings_now();
    struct plx_result result;

    plx_experiment_know_fork(e);
    if (is_on(e, input))
        return e->place == PLX_ON_CALLER ? run_on_caller(e, control, input, &found)
                                         : plx_run_beside(e, control, input, &found);
    plx_surroundings_set(&found);
    plx_result_init(&result, e);
    e->behaviours[control].run(input, &result);
    return result;
}

static struct plx_result
no_control(const struct plx_experiment *e, const char *name)
{
    struct plx_result result;

    plx_result_init(&result, e);
    plx_result_error(&result, PLX_E_NOT_FOUND, "experiment %s has no behaviour called %s", e ? e->name : "NULL",
                     name ? name : "NULL");
    return result;
}

struct plx_result
plx_experiment_run(struct plx_experiment *experiment, void *input)
{
    if (!experiment || experiment->control < 0)
        return no_control(experiment, "control");
    return run(experiment, (unsigned)experiment->control, input);
}

struct plx_result
plx_experiment_run_named(struct plx_experiment *experiment, const char *name, void *input)
{
    if (experiment && name)
        for (unsigned i = 0; i < experiment->count; i++)
            if (strcmp(experiment->behaviours[i].name, name) == 0)
                return run(experiment, i, input);
    return no_control(experiment, name);
}
