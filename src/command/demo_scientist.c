/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax demo scientist`: step 2 of the seed's second example. The monolith keeps each notification itself and has
 * the microservice keep it as well; then it reads it back from both in an experiment, first on the caller's thread,
 * then on another one.
 *
 *   generator -> payment-scientist --- control: its own record
 *                        `------------ candidate: GET payment-notification /notification/{id}
 */
#include "command/demo_scientist.h"

#include "base/assert.h"
#include "command/command.h"
#include "command/demo_system.h"
#include "command/generator.h"
#include "command/options.h"
#include "command/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECONDS_DEFAULT 10u
#define SECONDS_MAX     86400u
#define PER_SECOND      4u
#define TICK_MS         100
#define LINE_MAX_BYTES  2048u

enum {
    OPTION_SECONDS = PLX_OPTION_OWN,
    OPTION_FAULT,
};

static const char help[] =
    "usage: parallax demo scientist [OPTION...]\n"
    "\n"
    "A payment monolith reads each notification back from itself (the control) and from a new\n"
    "microservice (the candidate), in an experiment: first synchronously, then asynchronously.\n"
    "\n"
    "      --seconds N      how long there are payments, both times together; default 10\n"
    "      --fault          the microservice forgets the decimals of whole totals: what a mismatch looks like\n"
    "      --help           this text\n"
    "      --version        the version\n";

static const struct option longs[] = {
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"fault", no_argument, NULL, OPTION_FAULT},
    {"help", no_argument, NULL, PLX_OPTION_HELP},
    {"version", no_argument, NULL, PLX_OPTION_VERSION},
    {0},
};

static const struct plx_generator_request requests[] = {
    {"POST", "/payroll", "{\"shipTo\":\"Juablaz\",\"total\":320}"},
    {"POST", "/invoicing", "{\"billTo\":\"Juablaz\",\"total\":17.5}"},
};

struct scientist {
    struct plx_options options;
    unsigned seconds;
    bool fault;
    char program[PATH_MAX], services[PATH_MAX + 32];
    struct plx_process microservice, monolith;
    char microservice_url[128], monolith_url[128];
    unsigned long match, mismatch, incomparable; /* that the monolith has told of so far */
};

static volatile sig_atomic_t interrupted;

static void
on_signal(int number)
{
    interrupted = number;
}

static double
now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what they say ---- */

static void
show_line(const char *name, enum plx_style style, const char *line)
{
    struct plx_buffer out, text;
    struct plx_terminal terminal;

    plx_buffer_init(&out, 64 * LINE_MAX_BYTES);
    plx_buffer_init(&text, 32 * LINE_MAX_BYTES);
    plx_terminal_init(&terminal, &out, stdout);
    plx_buffer_format(&text, "%-12s | ", name);
    plx_terminal_write(&terminal, style, plx_buffer_slice(&text));
    plx_text_add(&out, plx_slice_of(line), LINE_MAX_BYTES);
    plx_buffer_byte(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    plx_buffer_fini(&text);
}

/* What both have said meanwhile; counts and addresses are taken from it. false: one has ended. */
static bool
show_lines(struct scientist *s)
{
    struct plx_process *const processes[] = {&s->microservice, &s->monolith};
    char line[LINE_MAX_BYTES];
    bool alive = true;

    for (int i = 0; i < 2; i++) {
        if (!processes[i]->pid)
            continue;
        alive &= plx_process_drain(processes[i]);
        while (plx_process_line(processes[i], line, sizeof(line))) {
            const char *counts = strstr(line, "so far ");
            show_line(i ? "monolith" : "microservice", i ? PLX_BOLD : PLX_DIM, line);
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

static int
tell_failure(const struct plx_process *process)
{
    plx_trouble("demo", "%s did not start or has ended; this is the last that it said:", process->name);
    fwrite(process->tail, 1, process->tail_len, stderr);
    return 1;
}

/* Starts it, and waits for the address that it says; 0, or the exit status. */
static int
start(struct scientist *s, struct plx_process *process, const char *name, const char *const *arguments, char *url)
{
    double until = now_s() + PLX_PROCESS_READY_MS / 1000.0;
    bool alive = plx_process_start(process, name, arguments);

    *url = '\0';
    while (alive && !*url && !interrupted && now_s() < until) {
        tick();
        alive = show_lines(s);
    }
    return *url || interrupted ? 0 : tell_failure(process);
}

static int
start_both(struct scientist *s, bool asynchronous)
{
    char microservice[PATH_MAX + 64], monolith[PATH_MAX + 64];
    const char *const first[] = {microservice, "--port", "0", s->fault ? "--fault" : NULL, NULL};
    const char *const second[] = {
        monolith, "--port", "0", "--notifications", s->microservice_url, asynchronous ? "--asynchronous" : NULL, NULL};

    snprintf(microservice, sizeof(microservice), "%s/payment-notification", s->services);
    snprintf(monolith, sizeof(monolith), "%s/payment-scientist", s->services);
    int status = start(s, &s->microservice, "the microservice", first, s->microservice_url);
    return status || interrupted ? status : start(s, &s->monolith, "the monolith", second, s->monolith_url);
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
    double until = now_s() + seconds;
    bool alive = true;

    if (!plx_generator_start(&generator)) {
        plx_trouble("demo", "no threads for the traffic; end other programs first");
        return 1;
    }
    while (alive && !interrupted && now_s() < until) {
        tick();
        alive = show_lines(s);
    }
    plx_generator_stop(&generator);
    tick(); /* for the last candidate */
    show_lines(s);
    return alive ? 0 : tell_failure(s->monolith.pid ? &s->monolith : &s->microservice);
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
    if (status == 0 && !interrupted)
        status = pay(s, s->seconds / 2.0);
    plx_process_stop(&s->monolith);
    plx_process_stop(&s->microservice);
    if (status == 0)
        printf("\n%s: %lu runs, %lu match, %lu mismatch, %lu incomparable\n", how,
               s->match + s->mismatch + s->incomparable, s->match, s->mismatch, s->incomparable);
    return status;
}

/* ---- the scenario ---- */

static int
take_option(struct scientist *s, int option)
{
    char *end;

    if (option == OPTION_FAULT) {
        s->fault = true;
        return 0;
    }
    unsigned long seconds = strtoul(optarg, &end, 10);
    if (*optarg < '0' || *optarg > '9' || *end || seconds == 0 || seconds > SECONDS_MAX)
        return plx_trouble("demo", "--seconds is a whole number from 1 to %u; not '%s'", SECONDS_MAX, optarg);
    s->seconds = (unsigned)seconds;
    return 0;
}

int
plx_demo_scientist(int argc, char **argv)
{
    static struct scientist s;
    const struct sigaction action = {.sa_handler = on_signal};
    int option, status;

    s.seconds = SECONDS_DEFAULT;
    plx_options_init(&s.options, "demo", help, longs);
    while ((option = plx_options_next(&s.options, argc, argv)) > 0)
        if ((status = take_option(&s, option)))
            return status;
    if (s.options.exit >= 0)
        return s.options.exit;
    if (!plx_demo_find_services(s.program, sizeof(s.program), s.services, sizeof(s.services)))
        return 1;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away must not keep this from cleaning up */
    status = run_once(&s, false);
    if (status == 0 && !interrupted)
        status = run_once(&s, true);
    if (status == 0 && !interrupted)
        printf("\nThe caller has had the monolith's answer each time. %s\n",
               s.fault ? "Without --fault there is no mismatch." : "With --fault it looks otherwise.");
    return fflush(stdout) != 0 || ferror(stdout) ? 1 : status;
}
