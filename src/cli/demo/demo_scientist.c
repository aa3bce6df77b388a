/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax demo scientist`: step 2 of the seed's second example. The monolith keeps each notification itself and has
 * the microservice keep it as well; then it reads it back from both in an experiment, first on the caller's thread,
 * then on another one.
 *
 *   generator -> payment-scientist --- control: its own record
 *                        `------------ candidate: GET payment-notification /notification/{id}
 */
#include "cli/demo/demo_scientist.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/demo/demo_line.h"
#include "cli/demo/demo_system.h"
#include "cli/demo/generator.h"
#include "cli/terminal/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PER_SECOND 4u
#define TICK_MS    100

static const struct plx_generator_request requests[] = {
    {"POST", "/payroll", "{\"shipTo\":\"Juablaz\",\"total\":320}"},
    {"POST", "/invoicing", "{\"billTo\":\"Juablaz\",\"total\":17.5}"},
};

struct scientist {
    unsigned seconds;
    bool fault;
    struct plx_demo_paths paths;
    struct plx_process microservice, monolith;
    char microservice_url[128], monolith_url[128];
    unsigned long match, mismatch, incomparable; /* that the monolith has told of so far */
};

/* ---- what they say ---- */

/* What both have said meanwhile; counts and addresses are taken from it. false: one has ended. */
static bool
show_lines(struct scientist *s)
{
    struct plx_process *const processes[] = {&s->microservice, &s->monolith};
    char line[PLX_DEMO_LINE_BYTES];
    bool alive = true;

    for (int i = 0; i < 2; i++) {
        if (!processes[i]->pid)
            continue;
        alive &= plx_process_drain(processes[i]);
        while (plx_process_line(processes[i], line, sizeof(line))) {
            const char *counts = strstr(line, "so far ");
            plx_demo_line(i ? "monolith" : "microservice", i ? PLX_BOLD : PLX_DIM, line);
            if (i && counts)
                sscanf(counts, "so far %lu match, %lu mismatch, %lu incomparable", &s->match, &s->mismatch,
                       &s->incomparable);
            if (strncmp(line, "listening on ", 13) == 0)
                snprintf(i ? s->monolith_url : s->microservice_url, sizeof(s->monolith_url), "%s", line + 13);
        }
    }
    fflush(stdout);
    return alive;
}

static void
tick(void)
{
    const struct timespec pause = {0, TICK_MS * 1000000L};

    nanosleep(&pause, NULL); /* a signal ends it early, as it should */
}

/* ---- processes ---- */

/* Starts it, and waits for the address that it says; 0, or the exit status. */
static int
start(struct scientist *s, struct plx_process *process, const char *name, const char *const *arguments, char *url)
{
    double until = plx_monotonic_s() + PLX_PROCESS_READY_MS / 1000.0;
    bool alive = plx_process_start(process, name, arguments, NULL);

    *url = '\0';
    while (alive && !*url && !plx_demo_interrupted && plx_monotonic_s() < until) {
        tick();
        alive = show_lines(s);
    }
    return *url || plx_demo_interrupted ? 0 : plx_process_tell_failure(process);
}

static int
start_both(struct scientist *s, bool asynchronous)
{
    char microservice[PATH_MAX + 64], monolith[PATH_MAX + 64];
    const char *const first[] = {microservice, "--port", "0", s->fault ? "--fault" : NULL, NULL};
    const char *const second[] = {
        monolith, "--port", "0", "--notifications", s->microservice_url, asynchronous ? "--asynchronous" : NULL, NULL};

    snprintf(microservice, sizeof(microservice), "%s/payment-notification", s->paths.services);
    snprintf(monolith, sizeof(monolith), "%s/payment-scientist", s->paths.services);
    int status = start(s, &s->microservice, "the microservice", first, s->microservice_url);
    return status || plx_demo_interrupted ? status : start(s, &s->monolith, "the monolith", second, s->monolith_url);
}

/* ---- one time ---- */

/* Payments for so long; 0, or the exit status. */
static int
pay(struct scientist *s, double seconds)
{
    struct plx_generator generator = {.url = s->monolith_url,
                                      .requests = requests,
                                      .request_count = PLX_COUNT(requests),
                                      .threads = 1,
                                      .per_second = PER_SECOND};
    double until = plx_monotonic_s() + seconds;
    bool alive = true;

    if (!plx_generator_start(&generator)) {
        plx_trouble("demo", "no threads for the traffic; end other programs first");
        return 1;
    }
    while (alive && !plx_demo_interrupted && plx_monotonic_s() < until) {
        tick();
        alive = show_lines(s);
    }
    plx_generator_stop(&generator);
    tick(); /* for the last candidate */
    show_lines(s);
    return alive ? 0 : plx_process_tell_failure(s->monolith.pid ? &s->monolith : &s->microservice);
}

static int
run_once(struct scientist *s, bool asynchronous)
{
    const char *how = asynchronous ? "asynchronously" : "synchronously";

    s->match = s->mismatch = s->incomparable = 0;
    printf("%sThe experiment \"notify\", %s: %s\n\n", asynchronous ? "\n" : "", how,
           asynchronous ? "the candidate runs on a thread of its own, and nobody waits for it"
                        : "control and candidate run on the caller's thread, in random order");
    int status = start_both(s, asynchronous);
    if (status == 0 && !plx_demo_interrupted)
        status = pay(s, s->seconds / 2.0);
    plx_process_stop(&s->monolith);
    plx_process_stop(&s->microservice);
    if (status == 0)
        printf("\n%s: %lu runs, %lu match, %lu mismatch, %lu incomparable\n", how,
               s->match + s->mismatch + s->incomparable, s->match, s->mismatch, s->incomparable);
    return status;
}

/* ---- the scenario ---- */

int
plx_demo_scientist(const struct plx_demo_options *options)
{
    static struct scientist s;

    s.seconds = options->seconds;
    s.fault = options->fault;
    if (!plx_demo_paths_find(&s.paths))
        return 1;
    int status = run_once(&s, false);
    if (status == 0 && !plx_demo_interrupted)
        status = run_once(&s, true);
    if (status == 0 && !plx_demo_interrupted)
        printf("\nThe caller has had the monolith's answer each time. %s\n",
               s.fault ? "Without --fault there is no mismatch." : "With --fault it looks otherwise.");
    return fflush(stdout) != 0 || ferror(stdout) ? 1 : status;
}
