/* SPDX-License-Identifier: Apache-2.0 */
/* Behaviours, callbacks that fail on demand, and a publisher that remembers what it was told. */
#ifndef TEST_EXPERIMENT_KIT_H
#define TEST_EXPERIMENT_KIT_H

#include <parallax/experiment.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* What a run is given: what control and candidate are to answer, and what has become of it. */
struct script {
    int64_t control, candidate;
    int error, candidate_error; /* not 0: fail with it */
    unsigned ran_control, ran_candidate;
};

static void
control(void *input, struct plx_result *result)
{
    struct script *script = input;

    script->ran_control++;
    if (script->error)
        plx_result_error(result, script->error, "control failed");
    else
        plx_result_int(result, script->control);
}

static void
candidate(void *input, struct plx_result *result)
{
    struct script *script = input;

    script->ran_candidate++;
    if (script->candidate_error)
        plx_result_error(result, script->candidate_error, "candidate failed");
    else
        plx_result_int(result, script->candidate);
}

/* ---- publishing ---- */

struct seen {
    unsigned count;
    enum plx_verdict verdict;
    enum plx_reason reason;
    int detail;
    int64_t control, candidate; /* cleaned, where they are integers */
    int control_error, candidate_error;
    uint64_t control_wall_ns, candidate_wall_ns, control_cpu_ns, candidate_cpu_ns;
    unsigned control_position, differences;
    size_t candidates;
    enum plx_verdict verdicts[PLX_BEHAVIOURS_MAX];
    char names[PLX_BEHAVIOURS_MAX][PLX_EXPERIMENT_NAME_MAX];
    char context[512], json[8192], text[2048];
};

static inline int
see(void *context, const struct plx_outcome *outcome)
{
    struct seen *seen = context;
    const struct plx_observation *first = &outcome->candidates[0];

    seen->count++;
    seen->verdict = outcome->verdict;
    seen->reason = first->reason;
    seen->detail = first->detail;
    seen->candidates = outcome->candidate_count;
    for (size_t i = 0; i < outcome->candidate_count; i++) {
        seen->verdicts[i] = outcome->candidates[i].verdict;
        snprintf(seen->names[i], PLX_EXPERIMENT_NAME_MAX, "%s", outcome->candidates[i].name);
    }
    seen->control = outcome->control->cleaned ? outcome->control->cleaned->integer : -1;
    seen->control_error = outcome->control->result ? outcome->control->result->error : 0;
    seen->candidate = first->cleaned ? first->cleaned->integer : -1;
    seen->candidate_error = first->result ? first->result->error : 0;
    seen->control_wall_ns = outcome->control->wall_ns;
    seen->candidate_wall_ns = first->wall_ns;
    seen->control_cpu_ns = outcome->control->cpu_ns;
    seen->candidate_cpu_ns = first->cpu_ns;
    seen->control_position = outcome->control->position;
    seen->differences = first->comparison ? (unsigned)first->comparison->total : 0;
    snprintf(seen->context, sizeof(seen->context), "%.*s", (int)outcome->context.len, outcome->context.ptr);
    plx_outcome_json(outcome, seen->json, sizeof(seen->json));
    plx_outcome_text(outcome, seen->text, sizeof(seen->text));
    return 0;
}

struct raised {
    unsigned count;
    enum plx_operation operation;
    int code;
    char experiment[PLX_EXPERIMENT_NAME_MAX];
};

static inline void
note_raised(void *context, const char *experiment, enum plx_operation operation, int code)
{
    struct raised *raised = context;

    raised->count++;
    raised->operation = operation;
    raised->code = code;
    snprintf(raised->experiment, sizeof(raised->experiment), "%s", experiment);
}

/* The usual experiment: control, candidate, and seen. */
static inline struct plx_experiment *
experiment_with(struct seen *seen, const struct plx_allocator *allocator)
{
    struct plx_experiment *e = plx_experiment_new("test", allocator);

    assert_non_null(e);
    *seen = (struct seen){0};
    assert_int_equal(plx_experiment_use(e, control), PLX_OK);
    assert_int_equal(plx_experiment_try(e, NULL, candidate), PLX_OK);
    assert_int_equal(plx_experiment_publish(e, see, seen), PLX_OK);
    return e;
}

/* Runs, drains, and gives the control's integer. */
static inline int64_t
run_int(struct plx_experiment *e, void *input)
{
    struct plx_result result = plx_experiment_run(e, input);
    int64_t value = result.integer;

    assert_int_equal(result.error, 0);
    plx_result_free(&result);
    assert_int_equal(plx_experiment_drain(e, 20000), PLX_OK);
    return value;
}

/* ---- callbacks ---- */

static inline int
say(void *context, void *input)
{
    return context ? *(int *)context : (int)((struct script *)input)->ran_control;
}

#endif
