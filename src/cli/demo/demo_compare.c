/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax demo compare`: the payment service, old and new, as real processes, Parallax between them, traffic on it,
 * and the report.
 *
 *   generator -> parallax run -> payment-v1 (primary)  -> generator
 *                     |--------> payment-new (candidate)
 *                     `--------> payment-v1 (secondary)
 */
#include "cli/demo/demo_compare.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/client/fetch.h"
#include "cli/demo/demo_system.h"
#include "cli/demo/demo_table.h"
#include "cli/demo/generator.h"
#include "cli/report/report_read.h"
#include "cli/report/report_text.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS      4u
#define PER_SECOND   400u
#define TICK_MS      250
#define SETTLE_TICKS 20 /* for the last exchanges to be counted */
#define PAYROLL_0    "{\"shipTo\":\"user 1\",\"total\":10549.95}"
#define INVOICING_1  "{\"billTo\":\"user 2\",\"total\":549.95}"

/* Reads, and writes that change nothing: so that the three services stay in step however requests cross. */
static const struct plx_generator_request requests[] = {
    {"GET", "/payroll", NULL},
    {"GET", "/payroll/0", NULL},
    {"GET", "/status", NULL},
    {"GET", "/payroll/1", NULL},
    {"GET", "/invoicing", NULL},
    {"GET", "/payroll/97", NULL},
    {"GET", "/invoicing/0", NULL},
    {"PUT", "/payroll/0", PAYROLL_0},
    {"GET", "/payroll/2", NULL},
    {"GET", "/inventory", NULL},
    {"GET", "/status", NULL},
    {"GET", "/invoicing/2", NULL},
    {"PUT", "/invoicing/1", INVOICING_1},
    {"GET", "/payroll/98", NULL},
    {"GET", "/invoicing/99", NULL},
};

struct demo {
    struct plx_options *options;
    unsigned seconds;
    struct plx_demo_system system;
    struct plx_generator generator;
};

static int
start_traffic(struct demo *demo)
{
    demo->generator = (struct plx_generator){.url = demo->system.proxy_url,
                                             .requests = requests,
                                             .request_count = PLX_COUNT(requests),
                                             .threads = THREADS,
                                             .per_second = PER_SECOND};
    if (plx_generator_start(&demo->generator))
        return 0;
    plx_trouble("demo", "no threads for the traffic; end other programs first");
    return 1;
}

/* ---- showing ---- */

static void
introduce(const struct demo *demo)
{
    const char *program = plx_demo_paths_typed(&demo->system.paths);

    printf("The same live traffic to an old and a new payment service:\n\n"
           "  clients -> Parallax %s\n"
           "    |-> primary    payment-v1   %s  the clients' answer\n"
           "    |-> candidate  payment-new  %s  gets a copy: the same?\n"
           "    `-> secondary  payment-v1   %s  gets a copy: what noise?\n\n",
           demo->system.proxy_url, demo->system.urls[PLX_DEMO_PRIMARY], demo->system.urls[PLX_DEMO_CANDIDATE],
           demo->system.urls[PLX_DEMO_SECONDARY]);
    printf("The dashboard, as it changes: %s/\n", demo->system.admin_url);
    if (demo->seconds != 0)
        printf("`%s demo --seconds 0` stays up until Ctrl-C.\n", program);
    putchar('\n');
    if (demo->seconds == 0)
        printf("It stays up until Ctrl-C. Try in another terminal:\n\n"
               "  curl -i %s/payroll/0\n"
               "  export PARALLAX_ADMIN=%s\n"
               "  %s report\n"
               "  %s diffs --follow\n"
               "  %s status\n\n",
               demo->system.proxy_url, demo->system.admin_url, program, program, program);
    fflush(stdout);
}

static void
say_what_next(const struct demo *demo)
{
    const char *program = plx_demo_paths_typed(&demo->system.paths);

    printf("\nWhat to try next:\n\n"
           "  %s demo --seconds 0\n"
           "      the same, but it stays up for curl, report, diffs and status\n"
           "  %s run --primary URL --candidate URL --secondary URL\n"
           "      your own services; then `%s report`, and a browser at http://127.0.0.1:9900/\n"
           "  %s stage default canary --share 1\n"
           "      one percent of your clients get the new one's answer; `%s rollback default` leads them back\n"
           "  %s check -c FILE\n"
           "      rules, routes and limits from a file, as docs/configuration.md has them\n",
           program, program, program, program, program, program);
}

/* The service's report, until the next question; 0, or 1 after telling. */
static int
ask(struct plx_fetch *fetch, struct plx_report *report)
{
    struct plx_document *document = plx_arena_alloc(fetch->arena, sizeof(*document));
    struct plx_slice text;

    if (document && plx_fetch_get(fetch, "/api/v1/services/payment/report", &text, document) != 0)
        return 1;
    if (document && plx_report_read_one(document, fetch->arena, report) == PLX_OK)
        return 0;
    plx_trouble("demo", "the report can't be read");
    return 1;
}

/* One moment of the live table. 0, or the exit status. */
static int
show_moment(struct demo *demo, struct plx_fetch *fetch, struct plx_demo_table *table, double elapsed)
{
    struct plx_generator_counts clients;
    struct plx_report report;

    if (plx_demo_system_tend(&demo->system) != 0 || ask(fetch, &report) != 0)
        return 1;
    plx_generator_read(&demo->generator, &clients);
    plx_demo_table_show(
        table, &(struct plx_demo_moment){
                   .elapsed_s = elapsed, .total_s = demo->seconds, .report = &report.services[0], .clients = &clients});
    plx_arena_reset(fetch->arena);
    return 0;
}

/* Traffic, and the live table over it. 0, or the exit status. */
static int
watch(struct demo *demo, struct plx_fetch *fetch)
{
    struct plx_demo_table table;
    double began = plx_monotonic_s(), elapsed = 0;
    int status = 0;

    plx_demo_table_init(&table);
    while (status == 0 && !plx_demo_interrupted && !ferror(stdout) && (demo->seconds == 0 || elapsed < demo->seconds)) {
        plx_demo_pause(TICK_MS);
        elapsed = plx_monotonic_s() - began;
        status = show_moment(demo, fetch, &table, elapsed);
    }
    plx_demo_table_fini(&table);
    return status;
}

/* Waits until all that was asked is counted; 0, or the exit status. */
static int
settle(struct demo *demo, struct plx_fetch *fetch, struct plx_report *report)
{
    struct plx_generator_counts clients;

    plx_generator_read(&demo->generator, &clients);
    for (int i = 0;; i++) {
        int status = ask(fetch, report);
        if (status || report->services[0].counts.total >= clients.asked || i == SETTLE_TICKS)
            return status;
        plx_demo_pause(TICK_MS);
    }
}

static int
print_report(struct demo *demo, struct plx_fetch *fetch)
{
    struct plx_terminal terminal;
    struct plx_report report;
    int status = settle(demo, fetch, &report);

    if (status)
        return status;
    plx_terminal_init(&terminal, NULL, stdout);
    const struct plx_report_look look = {.colour = terminal.colour, .width = terminal.width, .ended = true};
    putchar('\n');
    if (plx_report_print(stdout, &report, &look) == PLX_OK)
        return 0;
    plx_trouble("demo", "out of memory");
    return 1;
}

/* ---- the command ---- */

/* Traffic, then the report. 0, or the exit status. */
static int
show(struct demo *demo)
{
    struct plx_fetch fetch;
    int status;

    demo->options->admin = demo->system.admin_url;
    demo->options->admin_given = true;
    introduce(demo);
    status = plx_fetch_open(&fetch, demo->options) == 0 ? watch(demo, &fetch) : 1;
    plx_generator_stop(&demo->generator);
    if (status == 0)
        status = print_report(demo, &fetch) == 0 ? 0 : 1;
    plx_fetch_close(&fetch);
    return status;
}

static int
run(struct demo *demo)
{
    int status = plx_demo_system_start(&demo->system);

    if (status == 0)
        status = start_traffic(demo);
    if (status == 0)
        status = show(demo);
    plx_generator_stop(&demo->generator);
    plx_demo_system_stop(&demo->system);
    if (status == 0)
        say_what_next(demo);
    if (status == 0 && plx_output_end("demo") != 0)
        status = 1;
    return status;
}

int
plx_demo_compare(struct plx_demo_options *options)
{
    static struct demo demo;

    demo.options = &options->common;
    demo.seconds = options->seconds;
    return run(&demo);
}
