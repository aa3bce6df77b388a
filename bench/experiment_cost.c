/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an experiment costs besides its two calls: nothing published, both give the same integer. Each round runs every
 * case, and a case's cost is its time less that of the bare calls of the same round; medians of the rounds. For threads
 * and processes it is what the caller pays for a run, with the candidates given time to end between the runs. Prints a
 * Markdown table.
 */
#include <parallax/experiment.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS    15
#define FAST_RUNS 200000u
#define SLOW_RUNS 300u
#define RESIDENT  (64u << 20) /* what a forked caller has in memory, beyond the program itself */
#define CASES     7

struct bench_case {
    const char *name;
    double percent;
    enum plx_place place;
    bool without_cpu;
    unsigned calls, runs; /* how many bare calls the caller would make */
    struct plx_experiment *experiment;
    double ns[ROUNDS];
};

static void
fail(const char *what)
{
    fprintf(stderr, "experiment_cost: %s\n", what);
    exit(EXIT_FAILURE);
}

static double
now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static __attribute__((noinline)) void
answer(void *input, struct plx_result *result)
{
    plx_result_int(result, *(int64_t *)input);
}

static struct plx_experiment *
make(const struct bench_case *what)
{
    struct plx_place_limits limits = {.deadline_ms = 60000};
    struct plx_experiment *e = plx_experiment_new("cost", NULL);

    if (!e || plx_experiment_use(e, answer) != PLX_OK || plx_experiment_try(e, NULL, answer) != PLX_OK ||
        plx_experiment_run_on(e, what->place, &limits) != PLX_OK ||
        plx_experiment_cpu_time(e, !what->without_cpu) != PLX_OK || plx_experiment_enable(e, what->percent) != PLX_OK)
        fail("the experiment could not be made");
    return e;
}

/* Nanoseconds a bare call. */
static double
bare(plx_behaviour_fn *volatile call)
{
    double began = now_ns();
    int64_t input = 7;

    for (unsigned i = 0; i < FAST_RUNS; i++) {
        struct plx_result result = {.kind = PLX_RESULT_NONE};
        call(&input, &result);
        if (result.integer != 7)
            fail("a call answered wrongly");
    }
    return (now_ns() - began) / FAST_RUNS;
}

/* Nanoseconds a run, for the caller. */
static double
measure(const struct bench_case *what)
{
    static int64_t input = 7;
    bool beside = what->place != PLX_ON_CALLER;
    double spent = 0, began = now_ns();

    for (unsigned i = 0; i < what->runs; i++) {
        if (beside)
            began = now_ns();
        if (plx_experiment_run(what->experiment, &input).integer != 7)
            fail("a run answered wrongly");
        if (!beside)
            continue;
        spent += now_ns() - began;
        if (plx_experiment_drain(what->experiment, 60000) != PLX_OK)
            fail("a candidate did not end");
    }
    if (!beside)
        spent = now_ns() - began;
    return spent / what->runs;
}

static int
by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static void
print(struct bench_case *what)
{
    qsort(what->ns, ROUNDS, sizeof(what->ns[0]), by_value);
    printf("| %s | %.0f ns (%.0f-%.0f) |\n", what->name, what->ns[ROUNDS / 2], what->ns[0], what->ns[ROUNDS - 1]);
}

int
main(void)
{
    struct bench_case cases[CASES] = {
        {"disabled", 0, PLX_ON_CALLER, false, 1, FAST_RUNS, NULL, {0}},
        {"enabled for 1% of the calls", 1, PLX_ON_CALLER, false, 1, FAST_RUNS, NULL, {0}},
        {"on the caller's thread, matching", 100, PLX_ON_CALLER, false, 2, FAST_RUNS, NULL, {0}},
        {"the same, CPU time not measured", 100, PLX_ON_CALLER, true, 2, FAST_RUNS, NULL, {0}},
        {"on a thread", 100, PLX_ON_THREAD, false, 1, SLOW_RUNS * 10, NULL, {0}},
        {"control on a thread too", 100, PLX_ON_THREADS, false, 1, SLOW_RUNS * 10, NULL, {0}},
        {"in a process, the caller having 64 MiB in memory", 100, PLX_IN_PROCESS, false, 1, SLOW_RUNS, NULL, {0}},
    };
    char *resident = malloc(RESIDENT);

    if (!resident)
        fail("out of memory");
    memset(resident, 1, RESIDENT);
    for (int i = 0; i < CASES; i++)
        cases[i].experiment = make(&cases[i]);
    for (int round = -1; round < ROUNDS; round++) { /* one to get warm */
        double call = bare(answer);
        for (int i = 0; i < CASES; i++) {
            double ns = measure(&cases[i]) - call * cases[i].calls;
            if (round >= 0)
                cases[i].ns[round] = ns;
        }
    }
    printf("| an experiment, besides the calls of its behaviours | what the caller pays |\n|---|---|\n");
    for (int i = 0; i < CASES; i++) {
        print(&cases[i]);
        plx_experiment_free(cases[i].experiment);
    }
    free(resident);
    return 0;
}
