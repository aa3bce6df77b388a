/* SPDX-License-Identifier: Apache-2.0 */
/* On threads the caller waits for no candidate, a late one is a timeout and leaks nothing, and any number of threads
 * may run one experiment. */
#include "experiment_kit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

#define THREADS   8
#define RUNS      500
#define SHORT_MS  20
#define LONG_MS   60000
#define TRIES_MAX 100000

/* A candidate that stands still until it is let go. */
struct gate {
    int64_t value, candidate;
    sem_t entered, open, published;
    pthread_t caller, control, candidate_thread;
    struct plx_experiment *experiment;
};

static void
gate_init(struct gate *gate)
{
    *gate = (struct gate){.value = 5, .candidate = 5, .caller = pthread_self()};
    sem_init(&gate->entered, 0, 0);
    sem_init(&gate->open, 0, 0);
    sem_init(&gate->published, 0, 0);
}

static void
wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        assert_int_equal(errno, EINTR);
}

static void
gate_control(void *input, struct plx_result *result)
{
    struct gate *gate = input;

    gate->control = pthread_self();
    plx_result_int(result, gate->value);
}

static void
gate_candidate(void *input, struct plx_result *result)
{
    struct gate *gate = input;

    gate->candidate_thread = pthread_self();
    sem_post(&gate->entered);
    wait_for(&gate->open);
    plx_result_int(result, gate->candidate);
}

static int
announce(void *context, const struct plx_outcome *outcome)
{
    sem_post(&((struct gate *)context)->published);
    return 0;
}

static struct plx_experiment *
gated(struct gate *gate, struct seen *seen, const struct plx_place_limits *limits)
{
    struct plx_experiment *e = plx_experiment_new("gated", NULL);

    gate_init(gate);
    *seen = (struct seen){0};
    plx_experiment_use(e, gate_control);
    plx_experiment_try(e, NULL, gate_candidate);
    plx_experiment_publish(e, see, seen);
    plx_experiment_after_run(e, announce, gate);
    assert_int_equal(plx_experiment_run_on(e, PLX_ON_THREAD, limits), PLX_OK);
    return e;
}

/* ---- beside the caller ---- */

static void
test_the_caller_does_not_wait_for_the_candidate(void **state)
{
    struct gate gate;
    struct seen seen;
    struct plx_experiment *e = gated(&gate, &seen, &(struct plx_place_limits){.deadline_ms = LONG_MS});

    assert_int_equal(plx_experiment_run(e, &gate).integer, 5);
    wait_for(&gate.entered);
    assert_int_equal(plx_experiment_counts(e).runs, 0);
    assert_int_equal(plx_experiment_drain(e, 1), PLX_E_TIMEOUT);
    sem_post(&gate.open);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(seen.verdict, PLX_MATCH);
    assert_true(pthread_equal(gate.control, gate.caller));
    assert_false(pthread_equal(gate.candidate_thread, gate.caller));
    plx_experiment_free(e);
}

static void
test_a_late_candidate_is_a_timeout(void **state)
{
    struct gate gate;
    struct seen seen;
    struct plx_experiment *e = gated(&gate, &seen, &(struct plx_place_limits){.deadline_ms = SHORT_MS});

    assert_int_equal(plx_experiment_run(e, &gate).integer, 5);
    wait_for(&gate.entered);
    wait_for(&gate.published); /* while the candidate stands still */
    assert_int_equal(seen.verdict, PLX_INCOMPARABLE);
    assert_int_equal(seen.reason, PLX_REASON_TIMEOUT);
    assert_true(seen.candidate_wall_ns >= SHORT_MS * 1000000);
    assert_non_null(strstr(seen.json, "\"reason\":\"timeout\""));
    assert_int_equal(plx_experiment_counts(e).late, 0);
    sem_post(&gate.open);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(plx_experiment_counts(e).late, 1);
    assert_int_equal(plx_experiment_counts(e).incomparable_by[PLX_REASON_TIMEOUT], 1);
    assert_int_equal(seen.count, 1);
    plx_experiment_free(e);
}

static void
test_a_candidate_that_never_got_a_thread_is_a_timeout(void **state)
{
    struct gate first, second;
    struct seen seen;
    struct plx_experiment *e = gated(&first, &seen, &(struct plx_place_limits){.deadline_ms = SHORT_MS, .threads = 1});

    gate_init(&second);
    assert_int_equal(plx_experiment_run(e, &first).integer, 5);
    wait_for(&first.entered);
    assert_int_equal(plx_experiment_run(e, &second).integer, 5);
    wait_for(&first.published);
    wait_for(&first.published);
    assert_int_equal(plx_experiment_counts(e).incomparable_by[PLX_REASON_TIMEOUT], 2);
    sem_post(&first.open);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(sem_trywait(&second.entered), -1);
    assert_int_equal(plx_experiment_counts(e).late, 1);
    plx_experiment_free(e);
}

static void
test_runs_beyond_the_limit_are_shed(void **state)
{
    struct gate gate;
    struct seen seen;
    struct plx_experiment *e =
        gated(&gate, &seen, &(struct plx_place_limits){.deadline_ms = LONG_MS, .threads = 1, .runs_max = 2});

    for (int i = 0; i < 5; i++)
        assert_int_equal(plx_experiment_run(e, &gate).integer, 5);
    assert_int_equal(plx_experiment_counts(e).shed, 3);
    sem_post(&gate.open);
    sem_post(&gate.open);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(plx_experiment_counts(e).match, 2);
    plx_experiment_free(e);
}

/* The control ends only when the candidate's thread has found itself late: the deadline passes with no control to
 * compare. */
static void
late_control(void *input, struct plx_result *result)
{
    struct gate *gate = input;
    struct timespec pause = {.tv_nsec = 1000000};

    while (plx_experiment_counts(gate->experiment).late == 0) {
        sem_post(&gate->open);
        nanosleep(&pause, NULL);
    }
    plx_result_int(result, gate->value);
}

static void
late_candidate(void *input, struct plx_result *result)
{
    struct timespec pause = {.tv_nsec = 3 * SHORT_MS * 1000000};

    nanosleep(&pause, NULL);
    plx_result_int(result, 5);
}

static void
test_a_control_slower_than_the_deadline_is_returned_all_the_same(void **state)
{
    struct gate gate;
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("slow", NULL);

    gate_init(&gate);
    gate.experiment = e;
    plx_experiment_use(e, late_control);
    plx_experiment_try(e, NULL, late_candidate);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_ON_THREAD, &(struct plx_place_limits){.deadline_ms = SHORT_MS});
    assert_int_equal(run_int(e, &gate), 5);
    assert_int_equal(seen.reason, PLX_REASON_TIMEOUT);
    assert_int_equal(seen.control, 5);
    plx_experiment_free(e);
}

/* ---- several candidates ---- */

static void
quick(void *input, struct plx_result *result)
{
    plx_result_int(result, ((struct gate *)input)->value);
}

static void
test_one_late_candidate_does_not_spoil_the_other(void **state)
{
    struct gate gate;
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("two", NULL);

    gate_init(&gate);
    plx_experiment_use(e, gate_control);
    plx_experiment_try(e, "slow", gate_candidate);
    plx_experiment_try(e, "quick", quick);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_after_run(e, announce, &gate);
    plx_experiment_run_on(e, PLX_ON_THREAD, &(struct plx_place_limits){.deadline_ms = SHORT_MS * 10});
    assert_int_equal(plx_experiment_run(e, &gate).integer, 5);
    wait_for(&gate.published);
    assert_int_equal(seen.verdicts[0], PLX_INCOMPARABLE);
    assert_int_equal(seen.verdicts[1], PLX_MATCH);
    sem_post(&gate.open);
    plx_experiment_free(e); /* waits for the late one */
}

/* ---- control on a thread too ---- */

static void
test_control_can_run_on_a_thread_too(void **state)
{
    struct gate gate;
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("both", NULL);
    bool elsewhere = false;

    gate_init(&gate);
    plx_experiment_use(e, gate_control);
    plx_experiment_try(e, NULL, quick);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_ON_THREADS, NULL);
    /* The first runs may find no thread ready yet, and then use their own. */
    for (int i = 0; i < TRIES_MAX && !elsewhere; i++) {
        assert_int_equal(run_int(e, &gate), 5);
        elsewhere = !pthread_equal(gate.control, gate.caller);
    }
    assert_true(elsewhere);
    assert_int_equal(seen.verdict, PLX_MATCH);
    plx_experiment_free(e);
}

static void
test_control_waits_for_no_stuck_thread(void **state)
{
    struct gate gate;
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("both", NULL);

    gate_init(&gate);
    plx_experiment_use(e, gate_control);
    plx_experiment_try(e, NULL, gate_candidate);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_ON_THREADS, &(struct plx_place_limits){.threads = 1, .deadline_ms = LONG_MS});
    for (int i = 0; i < 10; i++)
        assert_int_equal(plx_experiment_run(e, &gate).integer, 5);
    for (int i = 0; i < 10; i++)
        sem_post(&gate.open);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(plx_experiment_counts(e).match, 10);
    plx_experiment_free(e);
}

static void
failing(void *input, struct plx_result *result)
{
    plx_result_error(result, 3, "no such row");
}

static void
test_a_control_error_on_a_thread_reaches_the_caller(void **state)
{
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("both", NULL);

    plx_experiment_use(e, failing);
    plx_experiment_try(e, NULL, failing);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_ON_THREADS, NULL);
    for (int i = 0; i < 50; i++) {
        struct plx_result result = plx_experiment_run(e, NULL);
        assert_int_equal(result.error, 3);
        assert_string_equal(result.error_text, "no such row");
    }
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(seen.verdict, PLX_MATCH);
    plx_experiment_free(e);
}

/* ---- results that outlive the call ---- */

static void
text_of(void *input, struct plx_result *result)
{
    plx_result_text(result, input, PLX_COPY);
}

static void
test_results_and_inputs_are_copied_for_the_thread(void **state)
{
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("texts", NULL);

    plx_experiment_use(e, text_of);
    plx_experiment_try(e, NULL, text_of);
    plx_experiment_input(e, 16, NULL, NULL);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_ON_THREAD, NULL);
    for (int i = 0; i < 50; i++) {
        char input[16];
        snprintf(input, sizeof(input), "input %d", i);
        struct plx_result result = plx_experiment_run(e, input);
        assert_string_equal(result.bytes.ptr, input);
        plx_result_free(&result);
        memset(input, 'x', sizeof(input) - 1);
    }
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(plx_experiment_counts(e).match + plx_experiment_counts(e).shed, 50);
    plx_experiment_free(e);
}

static int
equal_text(const void *a, const void *b)
{
    return strcmp(a, b) == 0;
}

static void *
copy_text(const void *object)
{
    return strdup(object);
}

static void
object_of(void *input, struct plx_result *result)
{
    plx_result_object(result, strdup(input));
}

static void
test_an_object_without_copy_is_unsupported(void **state)
{
    static const struct plx_object_type types[] = {{.equal = equal_text, .release = free},
                                                   {.equal = equal_text, .release = free, .copy = copy_text}};
    static const enum plx_verdict verdicts[] = {PLX_INCOMPARABLE, PLX_MATCH};
    static char text[] = "text";

    for (int i = 0; i < 2; i++) {
        struct seen seen = {0};
        struct plx_experiment *e = plx_experiment_new("objects", NULL);
        plx_experiment_use(e, object_of);
        plx_experiment_try(e, NULL, object_of);
        plx_experiment_objects(e, &types[i]);
        plx_experiment_publish(e, see, &seen);
        plx_experiment_run_on(e, PLX_ON_THREAD, NULL);
        struct plx_result result = plx_experiment_run(e, text);
        assert_string_equal(result.object, "text");
        plx_result_free(&result);
        assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
        assert_int_equal(seen.verdict, verdicts[i]);
        assert_int_equal(seen.reason, i ? PLX_REASON_NONE : PLX_REASON_UNSUPPORTED);
        plx_experiment_free(e);
    }
}

static void
keep_text(void *context, const char *text)
{
    snprintf(context, PLX_MISMATCH_TEXT_MAX, "%s", text);
}

static void
test_raising_waits_for_the_candidate(void **state)
{
    char text[PLX_MISMATCH_TEXT_MAX] = "";
    struct gate gate;
    struct seen seen;
    struct plx_experiment *e = gated(&gate, &seen, &(struct plx_place_limits){.deadline_ms = LONG_MS});

    gate.candidate = 6;
    plx_experiment_raise(e, keep_text, NULL, text);
    sem_post(&gate.open);
    assert_int_equal(plx_experiment_run(e, &gate).integer, 5);
    assert_string_equal(text, "experiment gated: mismatch\n  control: 5\n  candidate: 6 (mismatch)");
    plx_experiment_free(e);
}

/* ---- one experiment, many threads ---- */

struct crowd {
    struct plx_experiment *experiment;
    unsigned wrong;
};

static void *
run_many(void *context)
{
    struct crowd *crowd = context;

    for (int64_t i = 0; i < RUNS; i++) {
        struct script script = {.control = i, .candidate = i % 10 ? i : -1};
        struct plx_result result = plx_experiment_run(crowd->experiment, &script);
        crowd->wrong += result.integer != i;
        plx_result_free(&result);
    }
    return NULL;
}

static int
count_outcome(void *context, const struct plx_outcome *outcome)
{
    __atomic_fetch_add((unsigned *)context, 1, __ATOMIC_RELAXED);
    return 0;
}

static void
test_many_threads_run_one_experiment(void **state)
{
    for (int place = PLX_ON_CALLER; place <= PLX_ON_THREADS; place++) {
        struct crowd crowds[THREADS];
        pthread_t threads[THREADS];
        unsigned published = 0;
        char metrics[16384];
        struct plx_run_counts counts;
        struct plx_experiment *e = plx_experiment_new("crowd", NULL);
        plx_experiment_use(e, control);
        plx_experiment_try(e, NULL, candidate);
        plx_experiment_input(e, sizeof(struct script), NULL, NULL);
        plx_experiment_publish(e, count_outcome, &published);
        plx_experiment_run_on(e, (enum plx_place)place, NULL);
        for (int i = 0; i < THREADS; i++) {
            crowds[i] = (struct crowd){.experiment = e};
            assert_int_equal(pthread_create(&threads[i], NULL, run_many, &crowds[i]), 0);
        }
        for (int i = 0; i < 20; i++) {
            plx_experiment_enable(e, 100);
            assert_true(plx_experiment_metrics(&e, 1, metrics, sizeof(metrics)) > 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(crowds[i].wrong, 0);
        }
        assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
        counts = plx_experiment_counts(e);
        assert_int_equal(counts.runs + counts.shed, THREADS * RUNS);
        assert_int_equal(published, counts.runs);
        assert_int_equal(counts.incomparable, 0);
        if (place == PLX_ON_CALLER)
            assert_int_equal(counts.mismatch, THREADS * RUNS / 10);
        plx_experiment_free(e);
    }
}

/* ---- candidates that are left behind ---- */

/* Memory that tells when the last of it was given back. */
struct watched {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t held;
};

static void *
watched_resize(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct watched *watched = context;
    void *moved = realloc(ptr, new_size);

    pthread_mutex_lock(&watched->lock);
    watched->held += moved ? new_size - old_size : 0;
    pthread_mutex_unlock(&watched->lock);
    return moved;
}

static void
watched_release(void *context, void *ptr, size_t size)
{
    struct watched *watched = context;

    free(ptr);
    pthread_mutex_lock(&watched->lock);
    watched->held -= size;
    pthread_cond_broadcast(&watched->changed);
    pthread_mutex_unlock(&watched->lock);
}

static void
expect_all_given_back(struct watched *watched)
{
    pthread_mutex_lock(&watched->lock);
    while (watched->held > 0)
        pthread_cond_wait(&watched->changed, &watched->lock);
    pthread_mutex_unlock(&watched->lock);
}

static void
gate_text(void *input, struct plx_result *result)
{
    gate_candidate(input, result);
    plx_result_text(result, "late", PLX_COPY);
}

/* With late candidates so many; what is under way is published, and nobody waits for the others. */
static void
abandon_with(unsigned late, unsigned threads)
{
    static struct watched watched = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    const struct plx_allocator memory = {watched_resize, watched_release, &watched};
    const struct plx_place_limits limits = {.deadline_ms = SHORT_MS, .threads = threads};
    struct plx_experiment *e = plx_experiment_new("left", &memory);
    struct gate gate;

    gate_init(&gate);
    plx_experiment_use(e, gate_control);
    plx_experiment_try(e, NULL, gate_text);
    plx_experiment_after_run(e, announce, &gate);
    assert_int_equal(plx_experiment_run_on(e, PLX_ON_THREAD, &limits), PLX_OK);
    for (unsigned i = 0; i < late; i++) {
        struct plx_result result = plx_experiment_run(e, &gate);
        assert_int_equal(result.integer, 5);
        wait_for(&gate.entered);
        wait_for(&gate.published); /* as a timeout */
    }
    assert_int_equal(plx_experiment_drain(e, 1), late ? PLX_E_TIMEOUT : PLX_OK);
    assert_int_equal(plx_experiment_abandon(e), late);
    for (unsigned i = 0; i < late; i++) {
        pthread_mutex_lock(&watched.lock);
        assert_true(watched.held > 0);
        pthread_mutex_unlock(&watched.lock);
        sem_post(&gate.open);
    }
    expect_all_given_back(&watched);
}

static void
test_late_candidates_can_be_left_behind(void **state)
{
    abandon_with(0, 2);
    abandon_with(1, 1);
    abandon_with(1, 3);
    abandon_with(3, 3);
    assert_int_equal(plx_experiment_abandon(NULL), 0);
    assert_int_equal(plx_experiment_abandon(plx_experiment_new("never run", NULL)), 0);
}

/* ---- signals ---- */

static volatile sig_atomic_t caught;

static void
on_own_signal(int signal)
{
    caught = signal;
}

/* Raises what a fault of its own would raise, and says which of the signals are blocked. */
static void
faulty_candidate(void *input, struct plx_result *result)
{
    sigset_t *blocked = input;

    raise(SIGSEGV);
    pthread_sigmask(SIG_BLOCK, NULL, blocked);
    plx_result_int(result, 1);
}

static void
faultless_control(void *input, struct plx_result *result)
{
    plx_result_int(result, 1);
}

/* All signals were blocked on the threads of an experiment: the host's crash handler was never called. */
static void
test_a_crash_on_a_thread_is_the_hosts_to_handle(void **state)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    static const int others[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, SIGALRM, SIGPIPE};
    struct plx_experiment *e = plx_experiment_new("crash", NULL);
    struct sigaction action = {.sa_handler = on_own_signal}, before;
    sigset_t blocked;

    caught = 0;
    sigemptyset(&blocked);
    sigaction(SIGSEGV, &action, &before);
    plx_experiment_use(e, faultless_control);
    plx_experiment_try(e, NULL, faulty_candidate);
    plx_experiment_run_on(e, PLX_ON_THREADS, &(struct plx_place_limits){.deadline_ms = LONG_MS});
    struct plx_result result = plx_experiment_run(e, &blocked);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    sigaction(SIGSEGV, &before, NULL);
    plx_result_free(&result);
    plx_experiment_free(e);
    assert_int_equal(caught, SIGSEGV);
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        assert_int_equal(sigismember(&blocked, own[i]), 0);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_int_equal(sigismember(&blocked, others[i]), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_caller_does_not_wait_for_the_candidate),
        cmocka_unit_test(test_a_late_candidate_is_a_timeout),
        cmocka_unit_test(test_a_candidate_that_never_got_a_thread_is_a_timeout),
        cmocka_unit_test(test_runs_beyond_the_limit_are_shed),
        cmocka_unit_test(test_a_control_slower_than_the_deadline_is_returned_all_the_same),
        cmocka_unit_test(test_one_late_candidate_does_not_spoil_the_other),
        cmocka_unit_test(test_late_candidates_can_be_left_behind),
        cmocka_unit_test(test_control_can_run_on_a_thread_too),
        cmocka_unit_test(test_control_waits_for_no_stuck_thread),
        cmocka_unit_test(test_a_control_error_on_a_thread_reaches_the_caller),
        cmocka_unit_test(test_results_and_inputs_are_copied_for_the_thread),
        cmocka_unit_test(test_an_object_without_copy_is_unsupported),
        cmocka_unit_test(test_raising_waits_for_the_candidate),
        cmocka_unit_test(test_many_threads_run_one_experiment),
        cmocka_unit_test(test_a_crash_on_a_thread_is_the_hosts_to_handle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
