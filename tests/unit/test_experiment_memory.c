/* SPDX-License-Identifier: Apache-2.0 */
/* With no memory, no thread, no pipe or no process the caller has its control's answer, right, and nothing leaks. */
#include "experiment_kit.h"
#include "memory_kit.h"

#include <errno.h>
#include <pthread.h>

#define STEPS_MAX 2000

/* The counter of memory_kit.h, for several threads. */
struct shared_counter {
    pthread_mutex_t lock;
    struct counter counter;
};

static void *
shared_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct shared_counter *shared = context;
    void *moved;

    pthread_mutex_lock(&shared->lock);
    moved = counter_resize(&shared->counter, ptr, old_size, new_size);
    pthread_mutex_unlock(&shared->lock);
    return moved;
}

static void
shared_release(void *context, void *ptr, size_t size)
{
    struct shared_counter *shared = context;

    pthread_mutex_lock(&shared->lock);
    counter_release(&shared->counter, ptr, size);
    pthread_mutex_unlock(&shared->lock);
}

/* What the embedder owns: results that need no memory of the library's. */
static void
old_json(void *input, struct plx_result *result)
{
    plx_result_json(result, "{\"id\":3,\"total\":320.0,\"rows\":[1,2,3]}", PLX_BORROW);
}

static void
new_json(void *input, struct plx_result *result)
{
    plx_result_json(result, "{\"total\":321,\"rows\":[3,1,2],\"id\":3}", PLX_COPY);
}

static int
describe(void *context, void *input, struct plx_context *fields)
{
    plx_context_text(fields, "user", "juablaz");
    return 0;
}

static int
clean(void *context, const struct plx_result *value, struct plx_result *cleaned)
{
    plx_result_json(cleaned, "[1]", PLX_COPY);
    return 0;
}

static int
write_down(void *context, const struct plx_outcome *outcome)
{
    char text[2048];

    plx_outcome_json(outcome, text, sizeof(text));
    plx_outcome_text(outcome, text, sizeof(text));
    return 0;
}

static struct plx_experiment *
set_up(const struct plx_allocator *allocator, enum plx_place place)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_experiment *e = plx_experiment_new("memory", allocator);

    if (e) {
        plx_experiment_use(e, old_json);
        plx_experiment_try(e, NULL, new_json);
        plx_experiment_rules(e, rules);
        plx_experiment_input(e, 8, NULL, NULL);
        plx_experiment_context(e, "widget", "7");
        plx_experiment_describe(e, describe, NULL);
        plx_experiment_clean(e, clean, NULL);
        plx_experiment_publish(e, write_down, NULL);
        plx_experiment_run_on(e, place, &(struct plx_place_limits){.deadline_ms = 60000});
    }
    plx_rules_free(rules);
    return e;
}

static void
expect_control(struct plx_experiment *e)
{
    char input[8] = "input";
    struct plx_result result = plx_experiment_run(e, input);

    assert_int_equal(result.error, 0);
    assert_true(plx_slice_equal(result.bytes, plx_slice_of("{\"id\":3,\"total\":320.0,\"rows\":[1,2,3]}")));
    plx_result_free(&result);
}

/* Fails from the given allocation on, in setting up or in running; false: that many were not made. */
static bool
fail_from(size_t step, enum plx_place place, bool in_setup)
{
    struct shared_counter shared = {.lock = PTHREAD_MUTEX_INITIALIZER, .counter = {.fail_from = in_setup ? step : 0}};
    struct plx_allocator allocator = {shared_resize, shared_release, &shared};
    struct plx_experiment *e = set_up(&allocator, place);
    bool reached;

    if (e) {
        if (!in_setup)
            shared.counter.fail_from = shared.counter.calls + step;
        expect_control(e);
        expect_control(e);
        assert_int_equal(plx_experiment_drain(e, 60000), PLX_OK);
        plx_experiment_free(e);
    }
    reached = shared.counter.fail_from && shared.counter.calls >= shared.counter.fail_from;
    assert_int_equal(shared.counter.held, 0);
    return reached;
}

static void
test_the_answer_is_right_at_every_failing_allocation(void **state)
{
    static const enum plx_place places[] = {PLX_ON_CALLER, PLX_ON_THREAD, PLX_ON_THREADS, PLX_IN_PROCESS};

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        for (int in_setup = 0; in_setup < 2; in_setup++) {
            size_t step = 1;
            while (step < STEPS_MAX && fail_from(step, places[i], in_setup))
                step++;
            assert_in_range(step, 3, STEPS_MAX - 1);
        }
}

static void
test_a_copy_without_memory_is_an_error_of_the_behaviour(void **state)
{
    struct shared_counter shared = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct plx_allocator allocator = {shared_resize, shared_release, &shared};
    struct plx_experiment *e = plx_experiment_new("memory", &allocator);
    struct plx_result result;

    plx_experiment_use(e, new_json);
    shared.counter.fail_from = shared.counter.calls + 1;
    result = plx_experiment_run(e, NULL);
    assert_int_equal(result.error, PLX_E_MEMORY);
    assert_string_equal(result.error_text, "out of memory");
    plx_experiment_free(e);
}

/* ---- the system says no: --wrap of these ---- */

static bool no_threads, no_processes, no_pipes;
static int threads_left, thread_refused; /* the second, say; 0: none */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    if (thread_refused > 0 && --thread_refused == 0)
        return EAGAIN;
    return no_threads && threads_left-- <= 0 ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

int __real_fork(void);
int __wrap_fork(void);
int
__wrap_fork(void)
{
    return no_processes ? -1 : __real_fork();
}

int __real_pipe2(int ends[2], int flags);
int __wrap_pipe2(int ends[2], int flags);
int
__wrap_pipe2(int ends[2], int flags)
{
    return no_pipes ? -1 : __real_pipe2(ends, flags);
}

static void
expect_shed(enum plx_place place)
{
    struct raised raised = {0};
    struct plx_experiment *e = set_up(NULL, place);

    plx_experiment_raised(e, note_raised, &raised);
    expect_control(e);
    assert_int_equal(plx_experiment_counts(e).shed, 1);
    assert_int_equal(plx_experiment_counts(e).runs, 0);
    assert_int_equal(raised.operation, PLX_OPERATION_START);
    plx_experiment_free(e);
}

static void
test_without_a_thread_the_control_runs(void **state)
{
    no_threads = true;
    threads_left = 0;
    expect_shed(PLX_ON_THREAD);
    expect_shed(PLX_ON_THREADS);
    expect_shed(PLX_IN_PROCESS);
    threads_left = 2; /* two that work, but no keeper */
    expect_shed(PLX_ON_THREAD);
    no_threads = false;
}

static void
test_without_a_pipe_the_control_runs(void **state)
{
    no_pipes = true;
    expect_shed(PLX_ON_THREAD);
    expect_shed(PLX_IN_PROCESS);
    no_pipes = false;
}

static void
test_one_thread_will_do(void **state)
{
    struct seen seen;
    struct script script = {.control = 1, .candidate = 1};
    struct plx_experiment *e = experiment_with(&seen, NULL);

    thread_refused = 2;
    plx_experiment_run_on(e, PLX_ON_THREAD, &(struct plx_place_limits){.threads = 8, .deadline_ms = 60000});
    assert_int_equal(run_int(e, &script), 1);
    assert_int_equal(seen.verdict, PLX_MATCH);
    plx_experiment_free(e);
}

static void
test_without_a_process_the_candidate_is_incomparable(void **state)
{
    struct raised raised = {0};
    struct script script = {.control = 1, .candidate = 1};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    no_processes = true;
    plx_experiment_run_on(e, PLX_IN_PROCESS, NULL);
    plx_experiment_raised(e, note_raised, &raised);
    assert_int_equal(run_int(e, &script), 1);
    assert_int_equal(seen.reason, PLX_REASON_SYSTEM);
    assert_int_equal(raised.operation, PLX_OPERATION_START);
    no_processes = false;
    assert_int_equal(run_int(e, &script), 1);
    assert_int_equal(seen.verdict, PLX_MATCH);
    plx_experiment_free(e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_answer_is_right_at_every_failing_allocation),
        cmocka_unit_test(test_a_copy_without_memory_is_an_error_of_the_behaviour),
        cmocka_unit_test(test_without_a_thread_the_control_runs),
        cmocka_unit_test(test_without_a_pipe_the_control_runs),
        cmocka_unit_test(test_one_thread_will_do),
        cmocka_unit_test(test_without_a_process_the_candidate_is_incomparable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
