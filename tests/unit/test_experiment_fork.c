/* SPDX-License-Identifier: Apache-2.0 */
/* After fork() an experiment works in the child as in a process of its own: with threads, counts and publishers. And
 * what the caller's thread has, errno and rounding, is what the control has left. */
#include "experiment_kit.h"

#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN      4
#define RUNS          50
#define PARENT_RUNS   3
#define DRAIN_MS      20000
#define GIVE_UP_S     60
#define CHILD_THREADS 4

static struct plx_experiment *
make(enum plx_place place)
{
    struct plx_experiment *e = plx_experiment_new("prefork", NULL);
    struct plx_place_limits limits = {.deadline_ms = DRAIN_MS, .runs_max = 1000};

    assert_non_null(e);
    assert_int_equal(plx_experiment_use(e, control), PLX_OK);
    assert_int_equal(plx_experiment_try(e, NULL, candidate), PLX_OK);
    assert_int_equal(plx_experiment_run_on(e, place, &limits), PLX_OK);
    return e;
}

static bool
run_some(struct plx_experiment *e, unsigned runs)
{
    bool right = true;

    for (unsigned i = 0; i < runs; i++) {
        struct script *script = calloc(1, sizeof(*script)); /* a candidate on a thread may look at it later */
        *script = (struct script){.control = 7, .candidate = 7};
        struct plx_result result = plx_experiment_run(e, script);
        right &= result.kind == PLX_RESULT_INT && plx_experiment_drain(e, DRAIN_MS) == PLX_OK;
        plx_result_free(&result);
        free(script);
    }
    return right;
}

static void *
run_in_thread(void *e)
{
    return run_some(e, RUNS) ? e : NULL;
}

/* What a worker of a prefork server does: several threads serve, then all ends. Its exit status. */
static int
serve(struct plx_experiment *e)
{
    pthread_t threads[CHILD_THREADS];
    void *right;
    int status = 0;

    alarm(GIVE_UP_S);
    for (int i = 0; i < CHILD_THREADS; i++)
        if (pthread_create(&threads[i], NULL, run_in_thread, e) != 0)
            return 1;
    for (int i = 0; i < CHILD_THREADS; i++)
        if (pthread_join(threads[i], &right) != 0 || !right)
            status = 2;
    struct plx_run_counts counts = plx_experiment_counts(e);
    if (counts.runs != CHILD_THREADS * RUNS || counts.match != counts.runs || counts.shed != 0)
        status = 3;
    plx_experiment_free(e);
    return status;
}

static void
expect_children_well(const pid_t *children, int count)
{
    for (int i = 0; i < count; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void
test_workers_of_a_prefork_server(void **state)
{
    for (int place = PLX_ON_CALLER; place <= PLX_IN_PROCESS; place++) {
        struct plx_experiment *e = make((enum plx_place)place);
        pid_t children[CHILDREN];

        assert_true(run_some(e, PARENT_RUNS)); /* the master has warmed up: its threads are there */
        for (int i = 0; i < CHILDREN; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            if (children[i] == 0)
                _exit(serve(e));
        }
        assert_true(run_some(e, PARENT_RUNS));
        expect_children_well(children, CHILDREN);
        assert_int_equal(plx_experiment_counts(e).runs, 2 * PARENT_RUNS);
        plx_experiment_free(e);
    }
}

/* A child that runs nothing only ends, and one of a child of a child is like any other. */
static void
test_free_returns_in_a_child(void **state)
{
    struct plx_experiment *e = make(PLX_ON_THREADS);
    pid_t child;

    assert_true(run_some(e, PARENT_RUNS));
    child = fork();
    if (child == 0) {
        alarm(GIVE_UP_S);
        if (!run_some(e, 1))
            _exit(1);
        pid_t grandchild = fork();
        if (grandchild == 0)
            _exit(serve(e));
        int status = -1;
        waitpid(grandchild, &status, 0);
        plx_experiment_free(e);
        _exit(status == 0 ? 0 : 2);
    }
    expect_children_well(&child, 1);
    child = fork();
    if (child == 0) {
        alarm(GIVE_UP_S);
        plx_experiment_abandon(e);
        _exit(0);
    }
    expect_children_well(&child, 1);
    plx_experiment_free(e);
}

/* ---- publishers ---- */

static unsigned
count_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned lines = 0;

    assert_non_null(file);
    for (int c; (c = getc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static void
test_a_publisher_goes_on_in_the_child(void **state)
{
    char path[] = "/tmp/plx-fork-XXXXXX";
    int file = mkstemp(path);
    struct plx_experiment *e = make(PLX_ON_THREADS);
    struct plx_publisher *publisher = plx_publisher_file(path, NULL, NULL);
    pid_t child;

    assert_true(file >= 0 && publisher);
    close(file);
    assert_int_equal(plx_experiment_publish(e, plx_publish, publisher), PLX_OK);
    assert_true(run_some(e, PARENT_RUNS));
    assert_int_equal(plx_publisher_flush(publisher, DRAIN_MS), PLX_OK);
    child = fork();
    if (child == 0) {
        int status = serve(e);
        if (plx_publisher_flush(publisher, DRAIN_MS) != PLX_OK ||
            plx_publisher_counts(publisher).published != CHILD_THREADS * RUNS)
            status = 4;
        plx_publisher_free(publisher);
        _exit(status);
    }
    expect_children_well(&child, 1);
    assert_int_equal(plx_publisher_counts(publisher).published, PARENT_RUNS);
    plx_experiment_free(e);
    plx_publisher_free(publisher);
    assert_int_equal(count_lines(path), PARENT_RUNS + CHILD_THREADS * RUNS);
    unlink(path);
}

/* ---- nested ---- */

static struct plx_experiment *inner;

static void
nested(void *input, struct plx_result *result)
{
    struct script script = {.control = 7, .candidate = 7};
    struct plx_result answer = plx_experiment_run(inner, &script);

    if (plx_experiment_drain(inner, DRAIN_MS) != PLX_OK || plx_experiment_counts(inner).match != 1)
        plx_result_error(result, 1, "the inner experiment has not run");
    else
        plx_result_int(result, answer.kind == PLX_RESULT_INT ? 7 : 0);
    plx_result_free(&answer);
}

static void
test_an_experiment_inside_of_a_process(void **state)
{
    for (int place = PLX_ON_CALLER; place <= PLX_IN_PROCESS; place++) {
        struct plx_experiment *e = plx_experiment_new("outer", NULL);
        struct script script = {.control = 7};
        struct plx_place_limits limits = {.deadline_ms = DRAIN_MS};

        inner = make((enum plx_place)place);
        assert_true(run_some(inner, PARENT_RUNS));
        plx_experiment_use(e, control);
        plx_experiment_try(e, NULL, nested);
        plx_experiment_run_on(e, PLX_IN_PROCESS, &limits);
        struct plx_result result = plx_experiment_run(e, &script);
        plx_result_free(&result);
        assert_int_equal(plx_experiment_drain(e, DRAIN_MS), PLX_OK);
        assert_int_equal(plx_experiment_counts(e).match, 1);
        plx_experiment_free(e);
        plx_experiment_free(inner);
    }
}

/* ---- errno and rounding ---- */

static void
leave_traces(void *input, struct plx_result *result)
{
    *(int *)input = errno;
    errno = ERANGE;
    fesetround(FE_UPWARD);
    plx_result_int(result, 1);
}

static void
leave_others(void *input, struct plx_result *result)
{
    (void)input;
    errno = EBADF;
    fesetround(FE_DOWNWARD);
    plx_result_int(result, 1);
}

static void
test_errno_and_rounding_are_the_control_s(void **state)
{
    for (int place = PLX_ON_CALLER; place <= PLX_IN_PROCESS; place++)
        for (int i = 0; i < 40; i++) {
            struct plx_experiment *e = plx_experiment_new("errno", NULL);
            struct plx_place_limits limits = {.deadline_ms = DRAIN_MS};
            int at_control = 0;

            plx_experiment_use(e, leave_traces);
            plx_experiment_try(e, NULL, leave_others);
            plx_experiment_run_on(e, (enum plx_place)place, &limits);
            for (int k = 0; k < 2; k++) {
                fesetround(FE_TONEAREST);
                errno = ENOTTY;
                struct plx_result result = plx_experiment_run(e, &at_control);
                int left = errno, rounding = fegetround();
                fesetround(FE_TONEAREST);
                assert_int_equal(left, ERANGE);
                assert_int_equal(rounding, FE_UPWARD);
                assert_int_equal(at_control, ENOTTY);
                plx_result_free(&result);
                assert_int_equal(plx_experiment_drain(e, DRAIN_MS), PLX_OK);
            }
            plx_experiment_free(e);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers_of_a_prefork_server),
        cmocka_unit_test(test_free_returns_in_a_child),
        cmocka_unit_test(test_a_publisher_goes_on_in_the_child),
        cmocka_unit_test(test_an_experiment_inside_of_a_process),
        cmocka_unit_test(test_errno_and_rounding_are_the_control_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
