/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax demo spies|scientist|diferencia|canary`: the seed's walk-throughs. With --step that step's processes, which
 * stay up; without it each step in turn, with what there is to try tried.
 */
#include "cli/demo/demo_walk.h"

#include "cli/demo/demo_run.h"
#include "cli/demo/demo_weights.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS       20000u /* a spy is waited for up to 10 s */
#define ANSWER_BYTES_MAX (1u << 20)
#define CURL_BYTES_MAX   1024
#define LISTEN_S         0.3 /* for what the services say of it */
#define STEPS            3u

/* ---- what there is to try ---- */

static bool
is_by_name(const struct plx_demo_try *what)
{
    return strcmp(what->port, "proxy") == 0;
}

/* As the seed writes it, where the ports are its own; payment.service need not be known to the machine. */
static void
write_curl(const struct plx_demo_run *run, const struct plx_demo_try *what, char *out, size_t size)
{
    unsigned port = plx_demo_ports_find(&run->ports, what->port);
    char connect[96] = "", body[256] = "", host[64];

    snprintf(host, sizeof(host), "localhost:%u", port);
    if (is_by_name(what)) {
        snprintf(connect, sizeof(connect), " --connect-to payment.service:80:%s", host);
        snprintf(host, sizeof(host), "payment.service");
    }
    if (what->body)
        snprintf(body, sizeof(body), " -H \"Content-Type: application/json\" -d '%s'", what->body);
    const char *quote = strchr(what->target, '?') ? "'" : ""; /* some shells look for files that fit */
    snprintf(out, size, "curl%s%s %s%s%s%s", connect, body, quote, host, what->target, quote);
}

static enum plx_status
ask(const struct plx_demo_try *what, struct plx_client *client, struct plx_client_answer *answer)
{
    struct plx_slice headers = {"", 0}, body = {"", 0};

    if (what->body) {
        headers = plx_slice_of("Content-Type: application/json\r\n");
        body = plx_slice_of(what->body);
    }
    if (is_by_name(what) && !plx_client_set_host(client, "payment.service"))
        return PLX_E_MEMORY;
    return plx_client_request(client, what->body ? "POST" : "GET", what->target, headers, body, ANSWER_BYTES_MAX,
                              answer);
}

static void
show_answer(const struct plx_client_answer *answer)
{
    struct plx_buffer out;
    struct plx_slice body = answer->body;

    while (body.len && body.ptr[body.len - 1] == '\n')
        body.len--;
    plx_buffer_init(&out, 8 * ANSWER_BYTES_MAX);
    plx_buffer_text(&out, "  ");
    plx_text_add(&out, body, SIZE_MAX);
    plx_buffer_byte(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
}

/* Does what the curl line would do; 0, or the exit status after telling. */
static int
try_one(struct plx_demo_run *run, const struct plx_demo_try *what)
{
    char curl[CURL_BYTES_MAX], url[PLX_DEMO_URL_SIZE];
    struct plx_client_answer answer;
    int status = 1;

    write_curl(run, what, curl, sizeof(curl));
    printf("\n  $ %s\n", curl);
    plx_demo_ports_url(&run->ports, what->port, url);
    struct plx_client *client = plx_client_new(url, TIMEOUT_MS, NULL, 0);
    enum plx_status result = client ? ask(what, client, &answer) : PLX_E_MEMORY;
    if (result != PLX_OK) {
        plx_trouble("demo", "there is no answer: %s", plx_status_text(result));
    } else {
        show_answer(&answer);
        if (memmem(answer.body.ptr, answer.body.len, what->wanted, strlen(what->wanted)))
            status = 0;
        else
            plx_trouble("demo", "that is not what was to come: %s is not in it", what->wanted);
    }
    plx_client_free(client);
    fflush(stdout);
    return status ? status : plx_demo_run_watch(run, LISTEN_S);
}

/* And stays up for those who want to watch. */
static int
try_all(struct plx_demo_run *run)
{
    int status = 0;

    for (unsigned i = 0; i < PLX_DEMO_TRIES_MAX && run->step->tries[i] && status == 0 && !plx_demo_interrupted; i++)
        status = try_one(run, run->step->tries[i]);
    return status ? status : plx_demo_run_watch(run, run->options->seconds);
}

/* ---- a step ---- */

static void
introduce(const struct plx_demo_run *run)
{
    printf("%s, step %u: %s\n\n", run->step->scenario, run->step->number, run->step->what);
    fflush(stdout);
}

static void
say_ready(const struct plx_demo_run *run)
{
    char curl[CURL_BYTES_MAX], admin[PLX_DEMO_URL_SIZE];
    const char *program = plx_demo_paths_typed(&run->paths);

    plx_demo_ports_url(&run->ports, "admin", admin);
    printf("\nstep %u is ready; Ctrl-C stops it. Try in another terminal:\n\n", run->step->number);
    for (unsigned i = 0; i < PLX_DEMO_TRIES_MAX && run->step->tries[i]; i++) {
        write_curl(run, run->step->tries[i], curl, sizeof(curl));
        printf("  %s\n", curl);
    }
    if (run->step->weights)
        printf("  %s stage payment canary --share 25 --admin %s\n", program, admin);
    if (run->step->compares)
        printf("  %s ask /payroll/1 --admin %s\n  %s report --admin %s\n", program, admin, program, admin);
    printf("  %s status --admin %s\n\n", program, admin);
    fflush(stdout);
}

/* Stays up for those who try it themselves. */
static int
stay_up(struct plx_demo_run *run)
{
    say_ready(run);
    return plx_demo_run_watch(run, run->options->seconds ? (double)run->options->seconds : -1.0);
}

static int
run_step(const struct plx_demo_options *options, const struct plx_demo_paths *paths, unsigned number)
{
    static struct plx_demo_run run;

    run = (struct plx_demo_run){
        .options = options, .step = plx_demo_step_find(options->scenario, number, options->generic), .paths = *paths};
    if (!run.step)
        return plx_trouble("demo", "the scenario %s has no step %u", options->scenario, number);
    if (run.step->weights)
        run.prepare = plx_demo_weights_prepare;
    if (!options->print)
        introduce(&run);
    int status = plx_demo_run_start(&run);
    bool goes_on = status == 0 && !options->print && !plx_demo_interrupted;
    if (goes_on && run.step->weights)
        status = plx_demo_weights_show(&run);
    if (goes_on && status == 0 && !plx_demo_interrupted)
        status = options->step ? stay_up(&run) : try_all(&run);
    plx_demo_run_stop(&run);
    return status;
}

int
plx_demo_walk(const struct plx_demo_options *options)
{
    static struct plx_demo_paths paths;
    unsigned first = options->step ? options->step : 1, last = options->step ? options->step : STEPS;
    int status = 0;

    if (!plx_demo_paths_find(&paths))
        return 1;
    for (unsigned step = first; step <= last && status == 0 && !plx_demo_interrupted; step++) {
        if (step > first)
            putchar('\n');
        status = run_step(options, &paths, step);
    }
    if (status == 0 && !options->step && !plx_demo_interrupted)
        printf("\nEach step alone, to try it yourself: parallax demo %s --step 1\n", options->scenario);
    if (status == 0 && plx_output_end("demo") != 0)
        status = 1;
    return status;
}
