/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an experiment adds to a call: disabled, and with a candidate that matches, on the caller's thread, on another
 * one, and in a forked process. All cases turn by turn in one process, medians of the rounds; what the behaviours
 * themselves cost (an empty loop of some steps) is taken off. Prints a Markdown table.
 */
#include <parallax/experiment.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 31

enum { DIRECT, DISABLED, CALLER, CALLER_NO_CPU, THREAD, PROCESS, CASES };

static const struct {
    const char *name;
    unsigned times;
} cases[CASES] = {
    {"the control, called as it stands", 200000},
    {"disabled (0 %)", 200000},
    {"candidate on the caller's thread", 20000},
    {"the same, CPU time not measured", 50000},
    {"candidate on a thread", 2000},
    {"candidate in a process", 30},
};

static double
now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void
fail(const char *what)
{
    fprintf(stderr, "experiment_cost: %s\n", what);
    exit(EXIT_FAILURE);
}

static void
behave(void *input, struct plx_result *result)
{
    volatile int64_t *number = input;

    plx_result_int(result, *number + 1);
}

static struct plx_experiment *
make(int which)
{
    struct plx_experiment *e = plx_experiment_new("bench", NULL);

    plx_experiment_use(e, behave);
    plx_experiment_try(e, NULL, behave);
    plx_experiment_input(e, sizeof(int64_t), NULL, NULL);
    if (which == DISABLED)
        plx_experiment_enable(e, 0);
    if (which == CALLER_NO_CPU)
        plx_experiment_cpu_time(e, false);
    if (which == THREAD)
        plx_experiment_run_on(e, PLX_ON_THREAD, NULL);
    if (which == PROCESS)
        plx_experiment_run_on(e, PLX_IN_PROCESS, NULL);
    if (!e || plx_experiment_status(e) != PLX_OK)
        fail("the experiment can't be set up");
    return e;
}

/* Nanoseconds a call, as its caller feels it. */
static double
measure(int which, struct plx_experiment *experiment)
{
    int64_t number = 41;
    double began = now();

    for (unsigned i = 0; i < cases[which].times; i++) {
        struct plx_result result = {0};
        if (which == DIRECT)
            behave(&number, &result);
        else
            result = plx_experiment_run(experiment, &number);
        if (result.integer != 42)
            fail("the control's answer is wrong");
    }
    double each = (now() - began) / cases[which].times;
    if (which >= THREAD) /* what is under way belongs to this round */
        plx_experiment_drain(experiment, 10000);
    return each;
}

static int
by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

int
main(void)
{
    static double costs[CASES][ROUNDS];
    struct plx_experiment *experiments[CASES] = {NULL};

    for (int i = DISABLED; i < CASES; i++)
        experiments[i] = make(i);
    for (int round = -1; round < ROUNDS; round++) { /* one to get warm */
        double direct = 0;
        for (int i = 0; i < CASES; i++) {
            double cost = measure(i, experiments[i]);
            direct = i == DIRECT ? cost : direct;
            if (round >= 0) /* of two calls where the candidate runs on the same thread */
                costs[i][round] = i == DIRECT                         ? cost
                                  : i == CALLER || i == CALLER_NO_CPU ? cost - 2 * direct
                                                                      : cost - direct;
        }
    }
    printf("| a call, with a result of one number | nanoseconds |\n|---|---|\n");
    for (int i = 0; i < CASES; i++) {
        qsort(costs[i], ROUNDS, sizeof(costs[i][0]), by_value);
        printf("| %s%s | %.0f (%.0f-%.0f) |\n", i == DIRECT ? "" : "on top: ", cases[i].name, costs[i][ROUNDS / 2],
               costs[i][0], costs[i][ROUNDS - 1]);
    }
    struct plx_run_counts thread = plx_experiment_counts(experiments[THREAD]);
    printf("\nOf the calls with a thread %.0f %% were shed, since nobody waits for it.\n",
           100.0 * (double)thread.shed / (double)(thread.shed + thread.runs + (thread.shed + thread.runs == 0)));
    for (int i = DISABLED; i < CASES; i++)
        plx_experiment_free(experiments[i]);
    return EXIT_SUCCESS;
}
