/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a candidate does in its process - crash, loop, allocate, write, exit - the caller has its answer and no
 * child is left. */
#include "experiment_kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MS  60000
#define SHORT_MS 100

static int64_t shared = 1;
static int descriptor = -1;

static void
forty_two(void *input, struct plx_result *result)
{
    plx_result_int(result, 42);
}

static struct seen
run_in_process(plx_behaviour_fn *candidate_fn, const struct plx_place_limits *limits)
{
    struct plx_place_limits long_ones = {.deadline_ms = LONG_MS};
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("process", NULL);

    plx_experiment_use(e, forty_two);
    plx_experiment_try(e, NULL, candidate_fn);
    plx_experiment_publish(e, see, &seen);
    assert_int_equal(plx_experiment_run_on(e, PLX_IN_PROCESS, limits ? limits : &long_ones), PLX_OK);
    assert_int_equal(run_int(e, NULL), 42);
    plx_experiment_free(e);
    assert_int_equal(seen.count, 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD); /* nobody is left, not even a zombie */
    return seen;
}

static void
write_to_memory(void *input, struct plx_result *result)
{
    shared = 99;
    plx_result_int(result, 42);
}

static void
test_a_result_comes_back_and_writes_do_not(void **state)
{
    struct seen seen = run_in_process(write_to_memory, NULL);

    assert_int_equal(seen.verdict, PLX_MATCH);
    assert_int_equal(seen.candidate, 42);
    assert_true(seen.candidate_wall_ns > 0);
    assert_int_equal(shared, 1);
}

/* ---- candidates in trouble ---- */

static void
crash(void *input, struct plx_result *result)
{
    raise(SIGSEGV);
}

static void
leave(void *input, struct plx_result *result)
{
    _exit(3);
}

static void
say_nothing_and_leave(void *input, struct plx_result *result)
{
    _exit(0);
}

static void
test_a_crash_is_incomparable(void **state)
{
    struct seen seen = run_in_process(crash, NULL);

    assert_int_equal(seen.verdict, PLX_INCOMPARABLE);
    assert_int_equal(seen.reason, PLX_REASON_CRASH);
    assert_int_equal(seen.detail, SIGSEGV);
    assert_non_null(strstr(seen.json, "\"signal\":11"));
    seen = run_in_process(leave, NULL);
    assert_int_equal(seen.reason, PLX_REASON_CRASH);
    assert_int_equal(seen.detail, 256 + 3);
    assert_non_null(strstr(seen.text, "exit code 3"));
    seen = run_in_process(say_nothing_and_leave, NULL);
    assert_int_equal(seen.reason, PLX_REASON_CRASH);
}

static void
loop(void *input, struct plx_result *result)
{
    for (;;)
        __asm__ volatile("");
}

static void
test_an_endless_loop_is_a_timeout(void **state)
{
    struct seen seen = run_in_process(loop, &(struct plx_place_limits){.deadline_ms = SHORT_MS});

    assert_int_equal(seen.reason, PLX_REASON_TIMEOUT);
    assert_true(seen.candidate_wall_ns >= SHORT_MS * 1000000);
}

/* Straight from the system: a sanitizer's malloc stands still in its own report where there is no memory. */
static void
allocate(void *input, struct plx_result *result)
{
    for (;;) {
        char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            raise(SIGUSR1);
        memory[0] = 1;
    }
}

static void
test_an_allocation_storm_ends_with_the_process(void **state)
{
    struct seen seen =
        run_in_process(allocate, &(struct plx_place_limits){.deadline_ms = LONG_MS, .memory_bytes = 64 << 20});

    assert_int_equal(seen.reason, PLX_REASON_CRASH);
    assert_int_equal(seen.detail, SIGUSR1);
}

static void
recurse(void *input, struct plx_result *result)
{
    volatile char frame[4096];

    frame[0] = 1;
    if (shared > 0) /* always; but the compiler must not know */
        recurse(input, result);
    frame[1] = frame[0];
}

static void
test_a_stack_overflow_is_a_crash(void **state)
{
    assert_int_equal(run_in_process(recurse, NULL).reason, PLX_REASON_CRASH);
}

static void
answer_at_length(void *input, struct plx_result *result)
{
    size_t len = 100000;
    char *text = malloc(len);

    memset(text, 'x', len - 1);
    text[len - 1] = '\0';
    plx_result_text(result, text, free);
}

static void
test_a_result_that_is_too_large_is_not_taken(void **state)
{
    struct seen seen =
        run_in_process(answer_at_length, &(struct plx_place_limits){.deadline_ms = LONG_MS, .result_bytes = 99998});

    assert_int_equal(seen.reason, PLX_REASON_TOO_LARGE);
    seen = run_in_process(answer_at_length, &(struct plx_place_limits){.deadline_ms = LONG_MS, .result_bytes = 99999});
    assert_int_equal(seen.verdict, PLX_MISMATCH);
}

/* ---- what a process has ---- */

static void
look_at_descriptors(void *input, struct plx_result *result)
{
    plx_result_int(result, fcntl(descriptor, F_GETFD) >= 0 ? 1 : 42);
}

static void
test_open_files_stay_the_callers_unless_asked_for(void **state)
{
    descriptor = fcntl(0, F_DUPFD, 100);
    assert_true(descriptor >= 100);
    assert_int_equal(run_in_process(look_at_descriptors, NULL).candidate, 42);
    assert_int_equal(run_in_process(look_at_descriptors,
                                    &(struct plx_place_limits){.deadline_ms = LONG_MS, .keep_descriptors = true})
                         .candidate,
                     1);
    close(descriptor);
}

static void
leave_a_grandchild(void *input, struct plx_result *result)
{
    if (fork() == 0)
        for (;;)
            pause();
    plx_result_int(result, 42);
}

static void
test_its_own_children_end_with_it(void **state)
{
    char byte;
    int ends[2];

    /* The grandchild holds the writing end: reading comes to an end when it is gone. */
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(
        run_in_process(leave_a_grandchild, &(struct plx_place_limits){.deadline_ms = LONG_MS, .keep_descriptors = true})
            .verdict,
        PLX_MATCH);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

static void
on_signal(int number)
{
    _exit(77);
}

static void
test_handlers_of_the_caller_do_not_run_in_it(void **state)
{
    struct sigaction action = {.sa_handler = on_signal}, before;

    sigaction(SIGSEGV, &action, &before);
    assert_int_equal(run_in_process(crash, NULL).detail, SIGSEGV);
    sigaction(SIGSEGV, &before, NULL);
}

static void
test_it_works_where_children_are_reaped_by_the_system(void **state)
{
    struct sigaction action = {.sa_handler = SIG_IGN}, before;

    sigaction(SIGCHLD, &action, &before);
    assert_int_equal(run_in_process(forty_two, NULL).verdict, PLX_MATCH);
    assert_int_equal(run_in_process(crash, NULL).reason, PLX_REASON_CRASH);
    sigaction(SIGCHLD, &before, NULL);
}

/* ---- every kind of result ---- */

static void
give(void *input, struct plx_result *result)
{
    switch (*(enum plx_result_kind *)input) {
    case PLX_RESULT_NONE:
        plx_result_error(result, -12, "not %s", "found");
        break;
    case PLX_RESULT_BOOL:
        plx_result_bool(result, true);
        break;
    case PLX_RESULT_INT:
        plx_result_int(result, INT64_MIN);
        break;
    case PLX_RESULT_DOUBLE:
        plx_result_double(result, 0.1);
        break;
    case PLX_RESULT_TEXT:
        plx_result_text(result, "text", PLX_BORROW);
        break;
    case PLX_RESULT_BYTES:
        plx_result_bytes(result, "a\0b", 3, PLX_COPY);
        break;
    case PLX_RESULT_JSON:
        plx_result_json(result, "{\"a\":[1]}", PLX_BORROW);
        break;
    case PLX_RESULT_OBJECT:
        plx_result_object(result, strdup("object"));
    }
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

static size_t
pack_text(const void *object, char *into, size_t size)
{
    if (size > 0)
        memcpy(into, object, size);
    return strlen(object);
}

static void *
unpack_text(const void *bytes, size_t len)
{
    return strndup(bytes, len);
}

static void
test_every_kind_of_result_comes_back(void **state)
{
    static const struct plx_object_type whole = {equal_text, free, copy_text, pack_text, unpack_text, NULL};
    static const struct plx_object_type unpackable = {equal_text, free, copy_text, NULL, NULL, NULL};

    for (int kind = PLX_RESULT_NONE; kind <= PLX_RESULT_OBJECT; kind++) {
        enum plx_result_kind input = (enum plx_result_kind)kind;
        struct seen seen = {0};
        struct plx_experiment *e = plx_experiment_new("kinds", NULL);
        plx_experiment_use(e, give);
        plx_experiment_try(e, NULL, give);
        plx_experiment_objects(e, &whole);
        plx_experiment_publish(e, see, &seen);
        plx_experiment_run_on(e, PLX_IN_PROCESS, &(struct plx_place_limits){.deadline_ms = LONG_MS});
        struct plx_result result = plx_experiment_run(e, &input);
        plx_result_free(&result);
        assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
        assert_int_equal(seen.verdict, PLX_MATCH);
        plx_experiment_free(e);
    }
    enum plx_result_kind input = PLX_RESULT_OBJECT;
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("kinds", NULL);
    plx_experiment_use(e, give);
    plx_experiment_try(e, NULL, give);
    plx_experiment_objects(e, &unpackable);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_IN_PROCESS, &(struct plx_place_limits){.deadline_ms = LONG_MS});
    struct plx_result result = plx_experiment_run(e, &input);
    plx_result_free(&result);
    assert_int_equal(plx_experiment_drain(e, LONG_MS), PLX_OK);
    assert_int_equal(seen.reason, PLX_REASON_UNSUPPORTED);
    plx_experiment_free(e);
}

static void
test_runs_beyond_the_limit_are_shed(void **state)
{
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("process", NULL);

    plx_experiment_use(e, forty_two);
    plx_experiment_try(e, "a", loop);
    plx_experiment_try(e, "b", forty_two);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_run_on(e, PLX_IN_PROCESS, &(struct plx_place_limits){.deadline_ms = SHORT_MS * 5, .runs_max = 1});
    assert_int_equal(plx_experiment_run(e, NULL).integer, 42);
    assert_int_equal(plx_experiment_run(e, NULL).integer, 42);
    assert_int_equal(plx_experiment_counts(e).shed, 1);
    plx_experiment_free(e); /* publishes what is under way */
    assert_int_equal(seen.verdicts[0], PLX_INCOMPARABLE);
    assert_int_equal(seen.verdicts[1], PLX_MATCH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_result_comes_back_and_writes_do_not),
        cmocka_unit_test(test_a_crash_is_incomparable),
        cmocka_unit_test(test_an_endless_loop_is_a_timeout),
        cmocka_unit_test(test_an_allocation_storm_ends_with_the_process),
        cmocka_unit_test(test_a_stack_overflow_is_a_crash),
        cmocka_unit_test(test_a_result_that_is_too_large_is_not_taken),
        cmocka_unit_test(test_open_files_stay_the_callers_unless_asked_for),
        cmocka_unit_test(test_its_own_children_end_with_it),
        cmocka_unit_test(test_handlers_of_the_caller_do_not_run_in_it),
        cmocka_unit_test(test_it_works_where_children_are_reaped_by_the_system),
        cmocka_unit_test(test_every_kind_of_result_comes_back),
        cmocka_unit_test(test_runs_beyond_the_limit_are_shed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
