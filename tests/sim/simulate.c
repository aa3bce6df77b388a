/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many runs of the simulation, each by a seed; a run that fails is told with how to have it again, and made smaller.
 *
 *   simulate [SECONDS]       so long (60), beginning at a seed that is printed
 *   simulate --seed N        this one alone; [--clients N] [--requests N] [--without NAME,...] make it smaller;
 *                            --verbose writes to standard error what everybody is given
 *   simulate --short         the same seeds each time, some of them twice, and one more
 *
 * Runs are in a process of their own, so that whatever ends it (an assertion, a sanitizer) is a failure like others.
 */
#include "sim.h"

#include "base/assert.h"
#include "base/clock.h"
#include "log/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_SECONDS_MAX 120u /* of a processor's time, of one run */
#define SHORT_RUNS      100u
#define SHORT_TWICE     15u

/* What the process of the runs tells the one that waits for it. */
static struct told {
    uint64_t seed;
    uint64_t runs;
    struct sim_result sum; /* digest: of the last */
    char failure[2048];
} * told;

static bool verbose;

void
sim_fail(const struct sim *sim, const char *format, ...)
{
    va_list arguments;
    int len = snprintf(told->failure, sizeof(told->failure), "at %" PRIu64 " us: ", sim->world.now_us);

    va_start(arguments, format);
    vsnprintf(told->failure + len, sizeof(told->failure) - (size_t)len, format, arguments);
    va_end(arguments);
    _exit(1);
}

/* ---- runs ---- */

static void
run_one(const struct sim_plan *plan)
{
    alarm(RUN_SECONDS_MAX);
    told->seed = plan->seed;
    struct sim_result result = sim_run(plan);
    told->runs++;
    told->sum.digest = result.digest;
    told->sum.exchanges += result.exchanges;
    told->sum.events += result.events;
    told->sum.mismatches += result.mismatches;
    told->sum.incomparable += result.incomparable;
}

/* Has it done elsewhere; whether that went well. */
static bool
apart(void (*work)(void *of), void *of)
{
    memset(told, 0, sizeof(*told));
    fflush(stdout);
    pid_t child = fork();
    PLX_ASSERT(child >= 0);
    if (child == 0) {
        plx_log_set_level(verbose ? PLX_LOG_INFO : (enum plx_log_level)(PLX_LOG_ERROR + 1));
        work(of);
        exit(0); /* with what a sanitizer has to say */
    }
    int status;
    PLX_ASSERT(waitpid(child, &status, 0) == child);
    if (status == 0)
        return true;
    if (!told->failure[0] && WIFSIGNALED(status))
        snprintf(told->failure, sizeof(told->failure), "%s",
                 WTERMSIG(status) == SIGALRM ? "it does not come to its end" : strsignal(WTERMSIG(status)));
    else if (!told->failure[0])
        snprintf(told->failure, sizeof(told->failure), "it ended with %d", WEXITSTATUS(status));
    return false;
}

static void
one(void *of)
{
    run_one(of);
}

struct series {
    uint64_t first, count; /* 0: until the time is over */
    uint64_t until_ns;
};

static void
many(void *of)
{
    const struct series *series = of;
    uint64_t told_ns = plx_monotonic_ns();

    for (uint64_t i = 0; series->count ? i < series->count : plx_monotonic_ns() < series->until_ns; i++) {
        const struct sim_plan plan = sim_plan_of(series->first + i);
        run_one(&plan);
        if (series->count || plx_monotonic_ns() - told_ns < UINT64_C(10000000000))
            continue;
        told_ns = plx_monotonic_ns();
        printf("  %" PRIu64 " runs, %" PRIu64 " exchanges\n", told->runs, told->sum.exchanges);
        fflush(stdout);
    }
}

/* ---- what failed, made smaller ---- */

static bool
fails(struct sim_plan plan)
{
    return !apart(one, &plan);
}

/* What a failure says, without its numbers. */
static void
kind_of_failure(char *kind, size_t size)
{
    size_t len = 0;

    for (const char *at = told->failure; *at && len + 1 < size; at++)
        if (*at < '0' || *at > '9')
            kind[len++] = *at;
    kind[len] = '\0';
}

#define KIND_MAX 50u
static char wanted[KIND_MAX]; /* the kind of failure that is made smaller */

static bool
try_plan(struct sim_plan *plan, struct sim_plan smaller)
{
    char kind[KIND_MAX];

    if (!fails(smaller))
        return false;
    kind_of_failure(kind, sizeof(kind));
    if (strcmp(kind, wanted) != 0)
        return false;
    *plan = smaller;
    return true;
}

static void
try_fewer(struct sim_plan *plan)
{
    for (bool went_on = true; went_on;) {
        struct sim_plan half = *plan, less = *plan;

        half.requests = (plan->requests + 1) / 2;
        less.requests = plan->requests - 1;
        went_on = (plan->requests > 1 && (try_plan(plan, half) || try_plan(plan, less)));
        half = less = *plan;
        half.clients = (plan->clients + 1) / 2;
        less.clients = plan->clients - 1;
        went_on |= (plan->clients > 1 && (try_plan(plan, half) || try_plan(plan, less)));
    }
}

static void
try_without(struct sim_plan *plan)
{
    for (int i = 0; i < SIM_FEATURES; i++) {
        struct sim_plan smaller = *plan;

        smaller.features &= ~(UINT64_C(1) << i);
        if (smaller.features != plan->features)
            (void)try_plan(plan, smaller);
    }
}

static void
print_plan(const struct sim_plan *plan)
{
    const struct sim_plan whole = sim_plan_of(plan->seed);
    const char *separator = " --without ";

    printf("  ./dev simulate --seed %" PRIu64, plan->seed);
    if (plan->clients != whole.clients)
        printf(" --clients %u", plan->clients);
    if (plan->requests != whole.requests)
        printf(" --requests %u", plan->requests);
    for (int i = 0; i < SIM_FEATURES; i++)
        if ((whole.features & ~plan->features) >> i & 1) {
            printf("%s%s", separator, sim_feature_name((enum sim_feature)i));
            separator = ",";
        }
    printf("\n");
}

static int
tell_failure(struct sim_plan plan)
{
    plan.traced = false;
    printf("seed %" PRIu64 " fails: %s\n", plan.seed, told->failure);
    print_plan(&plan);
    printf("making it smaller ...\n");
    const struct sim_plan whole = plan;
    kind_of_failure(wanted, sizeof(wanted));
    try_fewer(&plan);
    try_without(&plan);
    try_fewer(&plan);
    if (!fails(plan)) { /* the last try of all is told */
        printf("it does not fail each time: something in it depends on more than its seed\n");
        return 1;
    }
    if (memcmp(&plan, &whole, sizeof(plan)) != 0) {
        printf("the same with less: %s\n", told->failure);
        print_plan(&plan);
    }
    printf("  what is left in it:");
    for (int i = 0; i < SIM_FEATURES; i++)
        if (plan.features >> i & 1)
            printf(" %s", sim_feature_name((enum sim_feature)i));
    printf("\n");
    return 1;
}

/* ---- ways to ask ---- */

static int
run_series(struct series series)
{
    uint64_t began_ns = plx_monotonic_ns();

    if (!apart(many, &series))
        return tell_failure(sim_plan_of(told->seed));
    double seconds = (double)(plx_monotonic_ns() - began_ns) / 1e9;
    printf("%" PRIu64 " seeds, %" PRIu64 " exchanges (%" PRIu64 " mismatches, %" PRIu64 " incomparable), %" PRIu64
           " events, %.1f seconds\n",
           told->runs, told->sum.exchanges, told->sum.mismatches, told->sum.incomparable, told->sum.events, seconds);
    return 0;
}

static int
run_seed(struct sim_plan plan)
{
    uint64_t digest;

    if (fails(plan))
        return tell_failure(plan);
    digest = told->sum.digest;
    printf("seed %" PRIu64 ": %u clients, %" PRIu64 " exchanges, %" PRIu64 " events, digest %016" PRIx64 "\n",
           plan.seed, plan.clients, told->sum.exchanges, told->sum.events, digest);
    if (fails(plan) || told->sum.digest != digest) {
        printf("once more it is not the same: digest %016" PRIx64 "\n", told->sum.digest);
        return 1;
    }
    return 0;
}

static uint64_t
any_seed(void)
{
    return plx_wall_ms() * 1000;
}

static int
run_short(void)
{
    for (uint64_t seed = 1; seed <= SHORT_TWICE; seed++)
        if (run_seed(sim_plan_of(seed)) != 0)
            return 1;
    if (run_series((struct series){.first = SHORT_TWICE + 1, .count = SHORT_RUNS}) != 0)
        return 1;
    return run_seed(sim_plan_of(any_seed()));
}

static uint64_t
leave_out(const char *names)
{
    uint64_t bits = 0;

    for (int i = 0; i < SIM_FEATURES; i++) {
        const char *name = sim_feature_name((enum sim_feature)i), *at = strstr(names, name);
        size_t len = strlen(name);
        for (; at; at = strstr(at + 1, name))
            if ((at == names || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
                bits |= UINT64_C(1) << i;
    }
    return bits;
}

static int
usage(void)
{
    fprintf(stderr, "usage: simulate [SECONDS] | --short | --seed N [--clients N] [--requests N] [--without NAME,...] "
                    "[--verbose]\n");
    return 2;
}

/* A number of at least 1. */
static bool
number_of(const char *text, uint64_t *number)
{
    char *end;

    *number = strtoull(text, &end, 10);
    return *text && !*end && *number;
}

int
main(int count, char **arguments)
{
    uint64_t seconds = 60, seed = 0, clients = 0, requests = 0, without = 0;
    bool is_short = false;

    for (int i = 1; i < count; i++) {
        const char *name = arguments[i], *value = i + 1 < count ? arguments[i + 1] : "";
        bool takes = true, good;
        if (strcmp(name, "--seed") == 0)
            good = number_of(value, &seed);
        else if (strcmp(name, "--clients") == 0)
            good = number_of(value, &clients) && clients <= SIM_CLIENTS_MAX;
        else if (strcmp(name, "--requests") == 0)
            good = number_of(value, &requests) && requests <= SIM_REQUESTS_MAX;
        else if (strcmp(name, "--without") == 0)
            good = (without = leave_out(value)) != 0;
        else {
            takes = false;
            is_short |= strcmp(name, "--short") == 0;
            verbose |= strcmp(name, "--verbose") == 0;
            good = name[0] == '-' ? is_short || verbose : number_of(name, &seconds);
        }
        if (!good)
            return usage();
        i += takes;
    }
    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    PLX_ASSERT(told != MAP_FAILED);
    if (is_short)
        return run_short();
    if (seed) {
        struct sim_plan plan = sim_plan_of(seed);
        plan.clients = clients ? (unsigned)clients : plan.clients;
        plan.requests = requests ? (unsigned)requests : plan.requests;
        plan.features &= ~without;
        plan.traced = verbose;
        return run_seed(plan);
    }
    seed = any_seed();
    printf("for %" PRIu64 " seconds, from seed %" PRIu64 " on\n", seconds, seed);
    return run_series((struct series){.first = seed, .until_ns = plx_monotonic_ns() + seconds * PLX_NS_PER_S});
}
