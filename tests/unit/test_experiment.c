/* SPDX-License-Identifier: Apache-2.0 */
/* The caller gets the control's value and error, whatever the experiment comes to; and all that Scientist promises
 * holds. */
#include "experiment_kit.h"
#include "locale_kit.h"

#define RUNS 1000

/* ---- running ---- */

static void
test_control_is_returned_and_candidate_compared(void **state)
{
    struct script script = {.control = 320, .candidate = 320};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(run_int(e, &script), 320);
    assert_int_equal(script.ran_control, 1);
    assert_int_equal(script.ran_candidate, 1);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.verdict, PLX_MATCH);
    script.candidate = 321;
    assert_int_equal(run_int(e, &script), 320);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_int_equal(seen.control, 320);
    assert_int_equal(seen.candidate, 321);
    plx_experiment_free(e);
}

static void
test_order_is_random_and_the_seed_repeats_it(void **state)
{
    struct script script = {0};
    struct seen seen;
    unsigned first = 0;
    char orders[2][64];

    for (int round = 0; round < 2; round++) {
        struct plx_experiment *e = experiment_with(&seen, NULL);
        assert_int_equal(plx_experiment_seed(e, 42), PLX_OK);
        for (int i = 0; i < 64; i++) {
            run_int(e, &script);
            orders[round][i] = (char)seen.control_position;
            first += seen.control_position == 0;
        }
        plx_experiment_free(e);
    }
    assert_memory_equal(orders[0], orders[1], sizeof(orders[0]));
    assert_in_range(first, 2 * 16, 2 * 48);
}

static void
burn(void *input, struct plx_result *result)
{
    volatile uint64_t sum = 0;

    for (unsigned i = 0; i < 3000000; i++)
        sum += i;
    plx_result_int(result, ((struct script *)input)->candidate);
}

static void
test_durations_of_all_behaviours_are_measured(void **state)
{
    struct script script = {0};
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("test", NULL);

    plx_experiment_use(e, control);
    plx_experiment_try(e, "candidate", burn);
    plx_experiment_publish(e, see, &seen);
    run_int(e, &script);
    assert_true(seen.candidate_wall_ns > 100000);
    assert_true(seen.candidate_cpu_ns > 100000);
    assert_true(seen.control_wall_ns < seen.candidate_wall_ns);
    plx_experiment_free(e);
}

static void
test_cpu_time_can_be_left_unmeasured(void **state)
{
    struct script script = {0};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(plx_experiment_cpu_time(e, false), PLX_OK);
    run_int(e, &script);
    assert_int_equal(seen.candidate_cpu_ns, 0);
    assert_true(seen.candidate_wall_ns > 0);
    plx_experiment_free(e);
}

static void
test_only_a_control_is_a_straight_call(void **state)
{
    struct script script = {.control = 7};
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("test", NULL);

    plx_experiment_use(e, control);
    plx_experiment_publish(e, see, &seen);
    assert_int_equal(run_int(e, &script), 7);
    assert_int_equal(seen.count, 0);
    plx_experiment_free(e);
}

static void
test_without_a_control_running_is_an_error(void **state)
{
    struct script script = {0};
    struct plx_experiment *e = plx_experiment_new("test", NULL);
    struct plx_result result;

    plx_experiment_try(e, "first-way", candidate);
    result = plx_experiment_run(e, &script);
    assert_int_equal(result.error, PLX_E_NOT_FOUND);
    assert_non_null(strstr(result.error_text, "control"));
    result = plx_experiment_run_named(e, "no-way", &script);
    assert_int_equal(result.error, PLX_E_NOT_FOUND);
    result = plx_experiment_run(NULL, &script);
    assert_int_equal(result.error, PLX_E_NOT_FOUND);
    plx_experiment_free(e);
}

static void
test_a_second_behaviour_of_the_same_name_is_refused(void **state)
{
    struct script script = {.control = 1, .candidate = 2};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(plx_experiment_use(e, candidate), PLX_E_ARGUMENT);
    assert_int_equal(plx_experiment_status(e), PLX_E_ARGUMENT);
    assert_int_equal(run_int(e, &script), 1); /* the control runs, the experiment does not */
    assert_int_equal(seen.count, 0);
    plx_experiment_free(e);
}

static void
test_settings_end_with_the_first_run(void **state)
{
    struct script script = {0};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    run_int(e, &script);
    assert_int_equal(plx_experiment_try(e, "late", candidate), PLX_E_ARGUMENT);
    assert_int_equal(plx_experiment_publish(e, see, &seen), PLX_E_ARGUMENT);
    assert_int_equal(plx_experiment_run_on(e, PLX_ON_THREAD, NULL), PLX_E_ARGUMENT);
    assert_int_equal(plx_experiment_status(e), PLX_OK);
    assert_int_equal(plx_experiment_enable(e, 0), PLX_OK); /* but for this */
    plx_experiment_free(e);
}

static void
test_names_and_counts_have_limits(void **state)
{
    char name[PLX_EXPERIMENT_NAME_MAX + 1];
    struct plx_experiment *e;

    memset(name, 'n', PLX_EXPERIMENT_NAME_MAX);
    name[PLX_EXPERIMENT_NAME_MAX] = '\0';
    assert_null(plx_experiment_new("", NULL));
    assert_null(plx_experiment_new(NULL, NULL));
    assert_null(plx_experiment_new(name, NULL));
    name[PLX_EXPERIMENT_NAME_MAX - 1] = '\0';
    e = plx_experiment_new(name, NULL);
    assert_string_equal(plx_experiment_name(e), name);
    for (unsigned i = 0; i < PLX_BEHAVIOURS_MAX; i++) {
        snprintf(name, sizeof(name), "way-%u", i);
        assert_int_equal(plx_experiment_try(e, name, candidate), PLX_OK);
    }
    assert_int_equal(plx_experiment_try(e, "one-more", candidate), PLX_E_LIMIT);
    assert_int_equal(plx_experiment_status(e), PLX_E_LIMIT);
    plx_experiment_free(e);
}

/* ---- errors ---- */

static void
test_candidate_error_is_recorded_and_swallowed(void **state)
{
    struct script script = {.control = 5, .candidate_error = 13};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(run_int(e, &script), 5);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_int_equal(seen.candidate_error, 13);
    assert_int_equal(plx_experiment_counts(e).candidate_errors, 1);
    plx_experiment_free(e);
}

static void
test_control_error_reaches_the_caller(void **state)
{
    struct script script = {.error = 11, .candidate = 1};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);
    struct plx_result result = plx_experiment_run(e, &script);

    assert_int_equal(result.error, 11);
    assert_string_equal(result.error_text, "control failed");
    assert_int_equal(result.kind, PLX_RESULT_NONE);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    plx_experiment_free(e);
}

static void
test_errors_match_of_the_same_code_and_text(void **state)
{
    struct script script = {.error = 11, .candidate_error = 11};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(plx_experiment_run(e, &script).error, 11);
    assert_int_equal(seen.verdict, PLX_MISMATCH); /* the texts differ */
    plx_experiment_free(e);
    e = plx_experiment_new("test", NULL);
    plx_experiment_use(e, control);
    plx_experiment_try(e, "candidate", control);
    plx_experiment_publish(e, see, &seen);
    assert_int_equal(plx_experiment_run(e, &script).error, 11);
    assert_int_equal(seen.verdict, PLX_MATCH);
    plx_experiment_free(e);
}

static int
same_code(void *context, void *input, const struct plx_result *a, const struct plx_result *b)
{
    return a->error == b->error;
}

static void
test_compare_errors_decides_about_errors(void **state)
{
    struct script script = {.error = 11, .candidate_error = 11};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_compare_errors(e, same_code, NULL);
    assert_int_equal(plx_experiment_run(e, &script).error, 11);
    assert_int_equal(seen.verdict, PLX_MATCH);
    script.candidate_error = 12;
    assert_int_equal(plx_experiment_run(e, &script).error, 11);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    plx_experiment_free(e);
}

/* ---- comparing ---- */

static int
close_enough(void *context, void *input, const struct plx_result *a, const struct plx_result *b)
{
    return llabs(a->integer - b->integer) <= *(int *)context;
}

static void
test_compare_decides_about_values(void **state)
{
    struct script script = {.control = 100, .candidate = 103};
    int tolerance = 3;
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_compare(e, close_enough, &tolerance);
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_MATCH);
    script.candidate = 104;
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    plx_experiment_free(e);
}

static int
fail_to_say(void *context, void *input, const struct plx_result *a, const struct plx_result *b)
{
    return -7;
}

static void
test_compare_that_fails_is_raised_and_incomparable(void **state)
{
    struct script script = {.control = 1, .candidate = 1};
    struct raised raised = {0};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_compare(e, fail_to_say, NULL);
    plx_experiment_raised(e, note_raised, &raised);
    assert_int_equal(run_int(e, &script), 1);
    assert_int_equal(raised.operation, PLX_OPERATION_COMPARE);
    assert_int_equal(raised.code, -7);
    assert_string_equal(raised.experiment, "test");
    assert_string_equal(plx_operation_text(raised.operation), "compare");
    assert_int_equal(seen.verdict, PLX_INCOMPARABLE);
    assert_int_equal(seen.reason, PLX_REASON_CALLBACK);
    plx_experiment_free(e);
}

static int
staff(void *context, void *input, const struct plx_result *a, const struct plx_result *b)
{
    (*(unsigned *)context)++;
    return b->integer == 1000;
}

static int
never(void *context, void *input, const struct plx_result *a, const struct plx_result *b)
{
    (*(unsigned *)context)++;
    return 0;
}

static void
test_ignores_are_asked_until_one_says_yes(void **state)
{
    struct script script = {.control = 1, .candidate = 1000};
    unsigned asked[3] = {0};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_ignore(e, never, &asked[0]);
    plx_experiment_ignore(e, staff, &asked[1]);
    plx_experiment_ignore(e, never, &asked[2]);
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_IGNORED);
    assert_int_equal(asked[0] + asked[1], 2);
    assert_int_equal(asked[2], 0);
    script.candidate = 2;
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_int_equal(asked[2], 1);
    plx_experiment_free(e);
}

static void
test_ignores_are_not_asked_about_matches_and_errors(void **state)
{
    struct script script = {.control = 1, .candidate = 1};
    unsigned asked = 0;
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_ignore(e, staff, &asked);
    run_int(e, &script);
    script.candidate_error = 3;
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_int_equal(asked, 0);
    plx_experiment_free(e);
}

static void
test_an_ignore_that_fails_is_raised_and_passed_over(void **state)
{
    struct script script = {.control = 1, .candidate = 1000};
    struct raised raised = {0};
    unsigned asked = 0;
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_ignore(e, fail_to_say, NULL);
    plx_experiment_ignore(e, staff, &asked);
    plx_experiment_raised(e, note_raised, &raised);
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_IGNORED);
    assert_int_equal(raised.operation, PLX_OPERATION_IGNORE);
    assert_int_equal(raised.count, 1);
    plx_experiment_free(e);
}

/* ---- whether it runs ---- */

static void
test_run_if_decides_for_each_call(void **state)
{
    struct script script = {.control = 1, .candidate = 1};
    struct seen seen;
    int answer = 0;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_run_if(e, say, &answer);
    assert_int_equal(run_int(e, &script), 1);
    assert_int_equal(script.ran_candidate, 0);
    assert_int_equal(seen.count, 0);
    answer = 1;
    run_int(e, &script);
    assert_int_equal(script.ran_candidate, 1);
    plx_experiment_free(e);
}

static void
test_enabled_decides_for_each_call(void **state)
{
    struct script script = {.control = 1, .candidate = 1};
    struct seen seen;
    int answer = 0;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_enabled(e, say, &answer);
    run_int(e, &script);
    assert_int_equal(script.ran_candidate, 0);
    answer = 1;
    run_int(e, &script);
    assert_int_equal(script.ran_candidate, 1);
    plx_experiment_free(e);
}

static void
test_a_question_that_fails_is_raised_and_means_no(void **state)
{
    static enum plx_status (*const set[])(struct plx_experiment *, plx_question_fn *, void *) = {
        plx_experiment_enabled, plx_experiment_run_if, plx_experiment_before_run};
    static const enum plx_operation operations[] = {PLX_OPERATION_ENABLED, PLX_OPERATION_RUN_IF,
                                                    PLX_OPERATION_BEFORE_RUN};

    for (size_t i = 0; i < 3; i++) {
        struct script script = {.control = 1, .candidate = 1};
        struct raised raised = {0};
        struct seen seen;
        int answer = -9;
        struct plx_experiment *e = experiment_with(&seen, NULL);
        set[i](e, say, &answer);
        plx_experiment_raised(e, note_raised, &raised);
        assert_int_equal(run_int(e, &script), 1);
        assert_int_equal(script.ran_candidate, 0);
        assert_int_equal(seen.count, 0);
        assert_int_equal(raised.operation, operations[i]);
        assert_int_equal(raised.code, -9);
        assert_int_equal(plx_experiment_counts(e).raised, 1);
        plx_experiment_free(e);
    }
}

static unsigned
runs_of(double percent)
{
    struct script script = {.control = 1, .candidate = 1};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_seed(e, 7);
    assert_int_equal(plx_experiment_enable(e, percent), PLX_OK);
    for (int i = 0; i < RUNS; i++)
        run_int(e, &script);
    assert_int_equal(script.ran_control, RUNS);
    plx_experiment_free(e);
    return script.ran_candidate;
}

static void
test_a_percentage_of_the_calls_runs(void **state)
{
    struct plx_experiment *e = plx_experiment_new("test", NULL);

    assert_int_equal(runs_of(0), 0);
    assert_int_equal(runs_of(100), RUNS);
    assert_in_range(runs_of(25), RUNS / 5, RUNS * 3 / 10);
    assert_in_range(runs_of(0.5), 0, RUNS / 50);
    assert_int_equal(plx_experiment_enable(e, 100.1), PLX_E_ARGUMENT);
    assert_int_equal(plx_experiment_enable(e, -1), PLX_E_ARGUMENT);
    plx_experiment_free(e);
}

static int
prepare(void *context, void *input)
{
    struct script *script = input;

    assert_int_equal(script->ran_control + script->ran_candidate, 0);
    script->candidate = script->control; /* what was costly */
    (*(unsigned *)context)++;
    return 0;
}

static void
test_before_run_comes_first_and_only_when_it_runs(void **state)
{
    struct script script = {.control = 9};
    unsigned prepared = 0;
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_before_run(e, prepare, &prepared);
    plx_experiment_enable(e, 0);
    run_int(e, &script);
    assert_int_equal(prepared, 0);
    plx_experiment_enable(e, 100);
    script.ran_control = 0;
    run_int(e, &script);
    assert_int_equal(prepared, 1);
    assert_int_equal(seen.verdict, PLX_MATCH);
    plx_experiment_free(e);
}

static int
count_call(void *context, const struct plx_outcome *outcome)
{
    unsigned *calls = context;

    (*calls)++;
    return outcome->verdict == PLX_MATCH ? 0 : -4;
}

static void
test_after_run_comes_with_the_outcome(void **state)
{
    struct script script = {0};
    unsigned calls = 0;
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_after_run(e, count_call, &calls);
    run_int(e, &script);
    assert_int_equal(calls, 1);
    plx_experiment_enable(e, 0);
    run_int(e, &script);
    assert_int_equal(calls, 1);
    plx_experiment_free(e);
}

static void *
copy_script(const void *input)
{
    struct script *copy = malloc(sizeof(*copy));

    *copy = *(const struct script *)input;
    return copy;
}

static void
test_candidates_can_have_copies_of_the_input(void **state)
{
    for (int own = 0; own < 2; own++) {
        struct script script = {.control = 1, .candidate = 1};
        struct seen seen;
        struct plx_experiment *e = experiment_with(&seen, NULL);
        if (own)
            plx_experiment_input(e, 0, copy_script, free);
        else
            plx_experiment_input(e, sizeof(script), NULL, NULL);
        run_int(e, &script);
        assert_int_equal(script.ran_control, 1);
        assert_int_equal(script.ran_candidate, 0); /* it counted in its copy */
        assert_int_equal(seen.verdict, PLX_MATCH);
        plx_experiment_free(e);
    }
}

/* ---- several candidates, no control ---- */

static void
three(void *input, struct plx_result *result)
{
    plx_result_int(result, 3);
}

static void
four(void *input, struct plx_result *result)
{
    plx_result_int(result, 4);
}

static void
test_each_of_several_candidates_is_compared(void **state)
{
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("test", NULL);

    plx_experiment_use(e, three);
    plx_experiment_try(e, "api", three);
    plx_experiment_try(e, "raw-sql", four);
    plx_experiment_publish(e, see, &seen);
    assert_int_equal(run_int(e, NULL), 3);
    assert_int_equal(seen.candidates, 2);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_string_equal(seen.names[0], "api");
    assert_int_equal(seen.verdicts[0], PLX_MATCH);
    assert_string_equal(seen.names[1], "raw-sql");
    assert_int_equal(seen.verdicts[1], PLX_MISMATCH);
    plx_experiment_free(e);
}

static void
test_without_control_a_named_candidate_is_returned(void **state)
{
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("various-ways", NULL);
    struct plx_result result;

    plx_experiment_try(e, "first-way", three);
    plx_experiment_try(e, "second-way", four);
    plx_experiment_publish(e, see, &seen);
    result = plx_experiment_run_named(e, "second-way", NULL);
    assert_int_equal(result.integer, 4);
    assert_int_equal(seen.control, 4);
    assert_string_equal(seen.names[0], "first-way");
    plx_experiment_enable(e, 0);
    assert_int_equal(plx_experiment_run_named(e, "first-way", NULL).integer, 3);
    assert_int_equal(seen.count, 1);
    plx_experiment_free(e);
}

/* ---- publishing ---- */

static int
thousands(void *context, const struct plx_result *value, struct plx_result *cleaned)
{
    plx_result_int(cleaned, value->integer / 1000);
    return context ? *(int *)context : 0;
}

static void
test_cleaned_values_are_published(void **state)
{
    struct script script = {.control = 5000, .candidate = 6000};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_clean(e, thousands, NULL);
    assert_int_equal(run_int(e, &script), 5000);
    assert_int_equal(seen.control, 5);
    assert_int_equal(seen.candidate, 6);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    plx_experiment_free(e);
}

static void
test_a_clean_that_fails_is_raised_and_the_value_published(void **state)
{
    struct script script = {.control = 5000, .candidate = 5000};
    struct raised raised = {0};
    int failing = -2;
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_clean(e, thousands, &failing);
    plx_experiment_raised(e, note_raised, &raised);
    run_int(e, &script);
    assert_int_equal(seen.control, 5000);
    assert_int_equal(raised.operation, PLX_OPERATION_CLEAN);
    assert_int_equal(raised.count, 2);
    plx_experiment_free(e);
}

static void
nothing(void *input, struct plx_result *result)
{
}

static void
test_nothing_and_errors_are_not_cleaned(void **state)
{
    struct script script = {.error = 1};
    struct raised raised = {0};
    int failing = -2;
    struct plx_experiment *e = plx_experiment_new("test", NULL);
    struct seen seen = {0};

    plx_experiment_use(e, nothing);
    plx_experiment_try(e, NULL, control);
    plx_experiment_clean(e, thousands, &failing);
    plx_experiment_raised(e, note_raised, &raised);
    plx_experiment_publish(e, see, &seen);
    run_int(e, &script);
    assert_int_equal(seen.count, 1);
    assert_int_equal(raised.count, 0);
    plx_experiment_free(e);
}

static int
describe(void *context, void *input, struct plx_context *fields)
{
    plx_context_text(fields, "user", "juablaz \"1\"");
    plx_context_int(fields, "total", ((struct script *)input)->control);
    return 0;
}

static void
test_context_is_published(void **state)
{
    struct script script = {.control = 320, .candidate = 320};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    run_int(e, &script);
    assert_string_equal(seen.context, "{}");
    plx_experiment_free(e);
    e = experiment_with(&seen, NULL);
    plx_experiment_context(e, "widget", "7");
    plx_experiment_context(e, "version", "2");
    run_int(e, &script);
    assert_string_equal(seen.context, "{\"widget\":\"7\",\"version\":\"2\"}");
    plx_experiment_free(e);
    e = experiment_with(&seen, NULL);
    plx_experiment_context(e, "widget", "7");
    plx_experiment_describe(e, describe, NULL);
    run_int(e, &script);
    assert_string_equal(seen.context, "{\"widget\":\"7\",\"user\":\"juablaz \\\"1\\\"\",\"total\":320}");
    plx_experiment_free(e);
}

static int
describe_at_length(void *context, void *input, struct plx_context *fields)
{
    char text[1000];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 8; i++)
        plx_context_text(fields, "long", text);
    plx_context_int(fields, "last", 1);
    return 0;
}

static void
test_a_context_that_is_too_long_is_raised_and_stays_whole_json(void **state)
{
    struct script script = {0};
    struct raised raised = {0};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_describe(e, describe_at_length, NULL);
    plx_experiment_raised(e, note_raised, &raised);
    run_int(e, &script);
    assert_int_equal(raised.operation, PLX_OPERATION_DESCRIBE);
    assert_int_equal(raised.code, PLX_E_LIMIT);
    assert_non_null(strstr(seen.json, "\"last\":1}"));
    plx_experiment_free(e);
}

static int
fail_to_publish(void *context, const struct plx_outcome *outcome)
{
    return -5;
}

static void
test_a_publisher_that_fails_is_raised_and_the_others_publish(void **state)
{
    struct script script = {.control = 4, .candidate = 4};
    struct raised raised = {0};
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("test", NULL);

    plx_experiment_use(e, control);
    plx_experiment_try(e, NULL, candidate);
    plx_experiment_publish(e, fail_to_publish, NULL);
    plx_experiment_publish(e, see, &seen);
    plx_experiment_raised(e, note_raised, &raised);
    assert_int_equal(run_int(e, &script), 4);
    assert_int_equal(raised.operation, PLX_OPERATION_PUBLISH);
    assert_int_equal(raised.code, -5);
    assert_int_equal(seen.count, 1);
    plx_experiment_free(e);
}

static void
test_fabricated_durations_are_reported(void **state)
{
    struct script script = {0};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(plx_experiment_fabricate(e, "control", 1000000000, 5), PLX_OK);
    run_int(e, &script);
    assert_int_equal(seen.control_wall_ns, 1000000000);
    assert_int_equal(seen.control_cpu_ns, 5);
    assert_true(seen.candidate_wall_ns < 1000000000); /* measured */
    plx_experiment_free(e);
    e = experiment_with(&seen, NULL);
    assert_int_equal(plx_experiment_fabricate(e, "nobody", 1, 1), PLX_E_NOT_FOUND);
    plx_experiment_free(e);
}

/* ---- raising ---- */

static void
keep_text(void *context, const char *text)
{
    snprintf(context, PLX_MISMATCH_TEXT_MAX, "%s", text);
}

static void
test_a_mismatch_is_raised_with_its_text(void **state)
{
    char text[PLX_MISMATCH_TEXT_MAX] = "";
    struct script script = {.control = 1, .candidate = 1};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_raise(e, keep_text, NULL, text);
    run_int(e, &script);
    assert_string_equal(text, "");
    script.candidate = 2;
    assert_int_equal(run_int(e, &script), 1);
    assert_string_equal(text, "experiment test: mismatch\n  control: 1\n  candidate: 2 (mismatch)");
    assert_int_equal(seen.count, 2); /* it was published all the same */
    script.candidate_error = 13;
    run_int(e, &script);
    assert_non_null(strstr(text, "error 13: candidate failed"));
    script = (struct script){.error = 14};
    assert_int_equal(plx_experiment_run(e, &script).error, 14);
    assert_non_null(strstr(text, "control: error 14"));
    plx_experiment_free(e);
}

static void
test_a_raised_text_has_cleaned_values(void **state)
{
    char text[PLX_MISMATCH_TEXT_MAX] = "";
    struct script script = {.control = 5000, .candidate = 6000};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_clean(e, thousands, NULL);
    plx_experiment_raise(e, keep_text, NULL, text);
    run_int(e, &script);
    assert_non_null(strstr(text, "control: 5\n"));
    plx_experiment_free(e);
}

static size_t
custom(void *context, const struct plx_outcome *outcome, char *into, size_t size)
{
    return (size_t)snprintf(into, size, "off by %d",
                            (int)(outcome->candidates[0].result->integer - outcome->control->result->integer));
}

static void
test_a_raised_text_can_be_ones_own(void **state)
{
    char text[PLX_MISMATCH_TEXT_MAX] = "";
    struct script script = {.control = 1, .candidate = 3};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    plx_experiment_raise(e, keep_text, custom, text);
    run_int(e, &script);
    assert_string_equal(text, "off by 2");
    plx_experiment_free(e);
}

static void
jump(void *context, const char *text)
{
    longjmp(*(jmp_buf *)context, 1);
}

static void
test_raising_may_jump_away(void **state)
{
    struct script script = {.control = 1, .candidate = 3};
    struct seen seen;
    jmp_buf back;
    struct plx_experiment *e = experiment_with(&seen, NULL);
    volatile bool jumped = false;

    plx_experiment_raise(e, jump, NULL, &back);
    if (setjmp(back) == 0)
        plx_experiment_run(e, &script);
    else
        jumped = true;
    assert_true(jumped);
    assert_int_equal(plx_experiment_counts(e).mismatch, 1);
    plx_experiment_free(e);
}

/* ---- results ---- */

struct pair {
    const char *control, *candidate;
};

#define TEXTS(kind, release)                                                   \
    static void kind##_control(void *input, struct plx_result *result)         \
    {                                                                          \
        plx_result_##kind(result, ((struct pair *)input)->control, release);   \
    }                                                                          \
    static void kind##_candidate(void *input, struct plx_result *result)       \
    {                                                                          \
        plx_result_##kind(result, ((struct pair *)input)->candidate, release); \
    }
TEXTS(text, PLX_COPY)
TEXTS(json, PLX_BORROW)

static void
run_pair(struct plx_experiment *e, struct seen *seen, plx_behaviour_fn *old, plx_behaviour_fn *new, const char *a,
         const char *b)
{
    struct pair pair = {a, b};
    struct plx_result result;

    plx_experiment_use(e, old);
    plx_experiment_try(e, NULL, new);
    *seen = (struct seen){0};
    plx_experiment_publish(e, see, seen);
    result = plx_experiment_run(e, &pair);
    assert_true(plx_slice_equal(result.bytes, plx_slice_of(a)));
    plx_result_free(&result);
    plx_experiment_free(e);
}

static void
test_texts_and_bytes_are_compared(void **state)
{
    struct seen seen;

    run_pair(plx_experiment_new("text", NULL), &seen, text_control, text_candidate, "same", "same");
    assert_int_equal(seen.verdict, PLX_MATCH);
    run_pair(plx_experiment_new("text", NULL), &seen, text_control, text_candidate, "same", "other");
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    run_pair(plx_experiment_new("text", NULL), &seen, text_control, json_candidate, "{}", "{}");
    assert_int_equal(seen.verdict, PLX_MISMATCH); /* of another kind */
}

static void
test_json_is_compared_by_meaning_and_tells_its_differences(void **state)
{
    struct seen seen;

    run_pair(plx_experiment_new("json", NULL), &seen, json_control, json_candidate, "{\"a\":1,\"b\":2}",
             "{\"b\": 2.0, \"a\": 1}");
    assert_int_equal(seen.verdict, PLX_MATCH);
    run_pair(plx_experiment_new("json", NULL), &seen, json_control, json_candidate, "{\"id\":3,\"total\":320.0}",
             "{\"id\":4,\"total\":320}");
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_int_equal(seen.differences, 1);
    assert_non_null(strstr(seen.text, "/id value: 3 -> 4"));
    assert_non_null(strstr(seen.json, "{\"field\":\"/id\",\"kind\":\"value\",\"control\":\"3\",\"candidate\":\"4\"}"));
    assert_non_null(strstr(seen.json, "\"value\":{\"id\":3,\"total\":320.0}"));
}

static struct plx_experiment *
with_rule(enum plx_rule_kind kind, const char *field, const char *value)
{
    struct plx_experiment *e = plx_experiment_new("rules", NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_rule rule = {.kind = kind, .field = plx_slice_of(field), .value = plx_slice_of(value)};

    assert_int_equal(plx_rules_add(rules, &rule, NULL), PLX_OK);
    assert_int_equal(plx_experiment_rules(e, rules), PLX_OK);
    plx_rules_free(rules);
    return e;
}

static void
test_rules_excuse_differences_of_json(void **state)
{
    struct seen seen;

    run_pair(with_rule(PLX_RULE_IGNORE, "/id", ""), &seen, json_control, json_candidate, "{\"id\":3}", "{\"id\":4}");
    assert_int_equal(seen.verdict, PLX_IGNORED);
    run_pair(with_rule(PLX_RULE_IGNORE, "/id", ""), &seen, json_control, json_candidate, "{\"id\":3,\"x\":1}",
             "{\"id\":4,\"x\":2}");
    assert_int_equal(seen.verdict, PLX_MISMATCH);
}

static void
test_rules_at_the_root_hold_for_numbers(void **state)
{
    struct script script = {.control = 100, .candidate = 101};
    struct seen seen = {0};
    struct plx_experiment *e = with_rule(PLX_RULE_TOLERANCE, "", "2%");

    plx_experiment_use(e, control);
    plx_experiment_try(e, NULL, candidate);
    plx_experiment_publish(e, see, &seen);
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_IGNORED);
    script.candidate = 103;
    run_int(e, &script);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    plx_experiment_free(e);
}

static unsigned released;

static int
equal_text(const void *a, const void *b)
{
    return strcmp(a, b) == 0;
}

static void
release_text(void *object)
{
    released++;
    free(object);
}

static size_t
show_text(const void *object, char *into, size_t size)
{
    return (size_t)snprintf(into, size, "<%s>", (const char *)object);
}

static void
object_control(void *input, struct plx_result *result)
{
    plx_result_object(result, strdup(((struct pair *)input)->control));
}

static void
object_candidate(void *input, struct plx_result *result)
{
    plx_result_object(result, strdup(((struct pair *)input)->candidate));
}

static void
double_control(void *input, struct plx_result *result)
{
    plx_result_double(result, ((double *)input)[0]);
}

static void
double_candidate(void *input, struct plx_result *result)
{
    plx_result_double(result, ((double *)input)[1]);
}

/* Where the host's locale writes a comma, a tolerance found no numbers and all that differed was a mismatch. */
static void
test_a_tolerance_holds_under_a_decimal_comma(void **state)
{
    double prices[] = {1.5, 1.505};
    struct seen seen = {0};
    struct plx_experiment *e = with_rule(PLX_RULE_TOLERANCE, "", "0.01");

    plx_experiment_use(e, double_control);
    plx_experiment_try(e, NULL, double_candidate);
    plx_experiment_publish(e, see, &seen);
    use_decimal_comma();
    struct plx_result result = plx_experiment_run(e, prices);
    assert_int_equal(seen.verdict, PLX_IGNORED);
    assert_non_null(strstr(seen.json, "\"value\":1.505"));
    assert_non_null(strstr(seen.text, "candidate: 1.505 "));
    plx_result_free(&result);
    prices[1] = 1.52;
    result = plx_experiment_run(e, prices);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    use_decimal_point();
    plx_result_free(&result);
    plx_experiment_free(e);
}

static void
test_objects_are_compared_shown_and_released_as_their_type_says(void **state)
{
    static const struct plx_object_type type = {.equal = equal_text, .release = release_text, .show = show_text};
    struct pair pair = {"a", "b"};
    struct seen seen = {0};
    struct plx_experiment *e = plx_experiment_new("objects", NULL);
    struct plx_result result;

    released = 0;
    plx_experiment_use(e, object_control);
    plx_experiment_try(e, NULL, object_candidate);
    plx_experiment_objects(e, &type);
    plx_experiment_publish(e, see, &seen);
    result = plx_experiment_run(e, &pair);
    assert_int_equal(released, 1);
    assert_string_equal(result.object, "a");
    plx_experiment_free(e); /* the result outlives it */
    plx_result_free(&result);
    plx_result_free(&result);
    assert_int_equal(released, 2);
    assert_int_equal(seen.verdict, PLX_MISMATCH);
    assert_non_null(strstr(seen.text, "candidate: <b>"));
}

static void
indecisive(void *input, struct plx_result *result)
{
    plx_result_text(result, "first", PLX_COPY);
    plx_result_error(result, 0, "then %s", "failed");
    plx_result_text(result, "last", PLX_COPY);
}

static void
test_what_was_given_last_stands(void **state)
{
    struct plx_experiment *e = plx_experiment_new("test", NULL);
    struct plx_result result;

    plx_experiment_use(e, indecisive);
    result = plx_experiment_run(e, NULL);
    assert_int_equal(result.kind, PLX_RESULT_TEXT);
    assert_string_equal(result.bytes.ptr, "last");
    assert_int_equal(result.error, 0);
    plx_result_error(&result, 0, "text");
    assert_int_equal(result.error, -1);
    plx_result_free(&result);
    plx_experiment_free(e);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_is_returned_and_candidate_compared),
        cmocka_unit_test(test_order_is_random_and_the_seed_repeats_it),
        cmocka_unit_test(test_durations_of_all_behaviours_are_measured),
        cmocka_unit_test(test_cpu_time_can_be_left_unmeasured),
        cmocka_unit_test(test_only_a_control_is_a_straight_call),
        cmocka_unit_test(test_without_a_control_running_is_an_error),
        cmocka_unit_test(test_a_second_behaviour_of_the_same_name_is_refused),
        cmocka_unit_test(test_settings_end_with_the_first_run),
        cmocka_unit_test(test_names_and_counts_have_limits),
        cmocka_unit_test(test_candidate_error_is_recorded_and_swallowed),
        cmocka_unit_test(test_control_error_reaches_the_caller),
        cmocka_unit_test(test_errors_match_of_the_same_code_and_text),
        cmocka_unit_test(test_compare_errors_decides_about_errors),
        cmocka_unit_test(test_compare_decides_about_values),
        cmocka_unit_test(test_compare_that_fails_is_raised_and_incomparable),
        cmocka_unit_test(test_ignores_are_asked_until_one_says_yes),
        cmocka_unit_test(test_ignores_are_not_asked_about_matches_and_errors),
        cmocka_unit_test(test_an_ignore_that_fails_is_raised_and_passed_over),
        cmocka_unit_test(test_run_if_decides_for_each_call),
        cmocka_unit_test(test_enabled_decides_for_each_call),
        cmocka_unit_test(test_a_question_that_fails_is_raised_and_means_no),
        cmocka_unit_test(test_a_percentage_of_the_calls_runs),
        cmocka_unit_test(test_before_run_comes_first_and_only_when_it_runs),
        cmocka_unit_test(test_after_run_comes_with_the_outcome),
        cmocka_unit_test(test_candidates_can_have_copies_of_the_input),
        cmocka_unit_test(test_each_of_several_candidates_is_compared),
        cmocka_unit_test(test_without_control_a_named_candidate_is_returned),
        cmocka_unit_test(test_cleaned_values_are_published),
        cmocka_unit_test(test_a_clean_that_fails_is_raised_and_the_value_published),
        cmocka_unit_test(test_nothing_and_errors_are_not_cleaned),
        cmocka_unit_test(test_context_is_published),
        cmocka_unit_test(test_a_context_that_is_too_long_is_raised_and_stays_whole_json),
        cmocka_unit_test(test_a_publisher_that_fails_is_raised_and_the_others_publish),
        cmocka_unit_test(test_fabricated_durations_are_reported),
        cmocka_unit_test(test_a_mismatch_is_raised_with_its_text),
        cmocka_unit_test(test_a_raised_text_has_cleaned_values),
        cmocka_unit_test(test_a_raised_text_can_be_ones_own),
        cmocka_unit_test(test_raising_may_jump_away),
        cmocka_unit_test(test_texts_and_bytes_are_compared),
        cmocka_unit_test(test_json_is_compared_by_meaning_and_tells_its_differences),
        cmocka_unit_test(test_rules_excuse_differences_of_json),
        cmocka_unit_test(test_rules_at_the_root_hold_for_numbers),
        cmocka_unit_test(test_a_tolerance_holds_under_a_decimal_comma),
        cmocka_unit_test(test_objects_are_compared_shown_and_released_as_their_type_says),
        cmocka_unit_test(test_what_was_given_last_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
