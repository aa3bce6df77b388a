/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax demo`: the seed's payment service, old and new, as real processes, Parallax between them, traffic on it, and the report.
 *
 *   generator -> parallax run -> payment-old (primary)  -> generator
 *                     |--------> payment-new (candidate)
 *                     `--------> payment-old (secondary)
 */
#include "base/assert.h"
#include "command/command.h"
#include "command/demo_process.h"
#include "command/demo_table.h"
#include "command/fetch.h"
#include "command/generator.h"
#include "command/report_text.h"
#include "command/terminal.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_DEFAULT 20u
#define SECONDS_MAX     86400u
#define THREADS         4u
#define PER_SECOND      400u
#define TICK_MS         250
#define SETTLE_TICKS    20 /* for the last exchanges to be counted */
#define PAYROLL_0       "{\"shipTo\":\"user 1\",\"total\":10549.95}"
#define INVOICING_1     "{\"billTo\":\"user 2\",\"total\":549.95}"

enum {
    OPTION_SECONDS = PLX_OPTION_OWN,
    OPTION_STEP,
    OPTION_STORE,
};

static const char help[] =
    "usage: parallax demo [compare] [OPTION...]\n"
    "\n"
    "An old and a new payment service as real processes, Parallax between them, live traffic, and the report: it names\n"
    "the faults of the new one, and none of the noise.\n"
    "\n"
    "      --seconds N      how long there is traffic, default 20; 0 stays up until Ctrl-C\n"
    "      --store sqlite   where counts are kept meanwhile (the only one in this version)\n"
    "      --help           this text\n"
    "      --version        the version\n";

static const struct option longs[] = {
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"step", required_argument, NULL, OPTION_STEP},
    {"store", required_argument, NULL, OPTION_STORE},
    {"help", no_argument, NULL, PLX_OPTION_HELP},
    {"version", no_argument, NULL, PLX_OPTION_VERSION},
    {0},
};

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

enum {
    PRIMARY,
    CANDIDATE,
    SECONDARY,
    PROXY,
    PROCESSES,
};

struct demo {
    struct plx_options options;
    unsigned seconds;
    char program[PATH_MAX], payment[PATH_MAX + 32]; /* this program; the folder of the services */
    char folder[64];                                /* temporary; "": none */
    struct plx_process processes[PROCESSES];
    char urls[PRIMARY + 3][128];
    char proxy_url[128], admin_url[128];
    struct plx_generator generator;
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

static void
tick(void)
{
    const struct timespec pause = {0, TICK_MS * 1000000L};

    nanosleep(&pause, NULL); /* a signal ends it early, as it should */
}

/* ---- starting ---- */

/* Beside the program in a build tree, below libexec where it is installed. */
static bool
find_payment(struct demo *demo)
{
    static const char *const places[] = {"examples/payment", "../libexec/parallax"};
    char path[PATH_MAX + 64];
    ssize_t len = readlink("/proc/self/exe", demo->program, sizeof(demo->program) - 1);

    if (len <= 0)
        return false;
    demo->program[len] = '\0';
    int folder = (int)(strrchr(demo->program, '/') - demo->program);
    for (size_t i = 0; i < PLX_COUNT(places); i++) {
        snprintf(demo->payment, sizeof(demo->payment), "%.*s/%s", folder, demo->program, places[i]);
        snprintf(path, sizeof(path), "%s/payment-old", demo->payment);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static int
tell_failure(const struct plx_process *process)
{
    plx_trouble("demo", "%s did not start; this is the last that it said:", process->name);
    fwrite(process->tail, 1, process->tail_len, stderr);
    return 1;
}

static bool
start_payment(struct demo *demo, int which, const char *version)
{
    static const char *const names[] = {"the old service", "the new service", "the second old service"};
    char path[PATH_MAX + 64];
    const char *const arguments[] = {path, "--port", "0", NULL};

    snprintf(path, sizeof(path), "%s/payment-%s", demo->payment, version);
    return plx_process_start(&demo->processes[which], names[which], arguments) &&
           plx_process_expect(&demo->processes[which], "listening on ", demo->urls[which], sizeof(demo->urls[which]));
}

static bool
write_configuration(const struct demo *demo, const char *path)
{
    FILE *file = fopen(path, "w");

    if (!file)
        return false;
    fprintf(file,
            "listen: 127.0.0.1:0\n"
            "admin: 127.0.0.1:0\n"
            "store: sqlite:%s/demo.db\n"
            "services:\n"
            "  - name: payment\n"
            "    primary: %s\n"
            "    candidate: %s\n"
            "    secondary: %s\n"
            "    routes:\n"
            "      - match: PUT /invoicing/{id}   # an unsafe method is copied only where a route says so\n"
            "        copy: always\n"
            "      - match: GET /inventory        # the version is meant to differ\n"
            "        compare: {ignore: [/version]}\n",
            demo->folder, demo->urls[PRIMARY], demo->urls[CANDIDATE], demo->urls[SECONDARY]);
    return fclose(file) == 0;
}

static bool
start_proxy(struct demo *demo)
{
    struct plx_process *proxy = &demo->processes[PROXY];
    char path[128], listen[96], admin[96];
    const char *const arguments[] = {demo->program, "run", "-c", path, NULL};

    snprintf(path, sizeof(path), "%s/parallax.yaml", demo->folder);
    if (!write_configuration(demo, path) || !plx_process_start(proxy, "parallax run", arguments))
        return false;
    if (!plx_process_expect(proxy, "event=admin address=", admin, sizeof(admin)) ||
        !plx_process_expect(proxy, "event=listening address=", listen, sizeof(listen)) ||
        !plx_process_expect(proxy, "event=ready", path, sizeof(path)))
        return false;
    snprintf(demo->proxy_url, sizeof(demo->proxy_url), "http://%s", listen);
    snprintf(demo->admin_url, sizeof(demo->admin_url), "http://%s", admin);
    return true;
}

/* 0, or the exit status. */
static int
start(struct demo *demo)
{
    if (!find_payment(demo)) {
        plx_trouble("demo", "the payment services are not beside this program; `./dev build` makes them, `./dev install` installs them");
        return 1;
    }
    strcpy(demo->folder, "/tmp/parallax-demo-XXXXXX");
    if (!mkdtemp(demo->folder)) {
        demo->folder[0] = '\0';
        plx_trouble("demo", "no temporary folder can be made in /tmp: %s", strerror(errno));
        return 1;
    }
    if (!start_payment(demo, PRIMARY, "old") || !start_payment(demo, CANDIDATE, "new") ||
        !start_payment(demo, SECONDARY, "old") || !start_proxy(demo)) {
        int which = 0;
        while (which < PROXY && demo->processes[which + 1].name)
            which++;
        return tell_failure(&demo->processes[which]);
    }
    demo->generator = (struct plx_generator){.url = demo->proxy_url,
                                             .requests = requests,
                                             .request_count = PLX_COUNT(requests),
                                             .threads = THREADS,
                                             .per_second = PER_SECOND};
    if (plx_generator_start(&demo->generator))
        return 0;
    plx_trouble("demo", "no threads for the traffic");
    return 1;
}

static void
remove_folder(const struct demo *demo)
{
    static const char *const files[] = {"parallax.yaml", "demo.db", "demo.db-wal", "demo.db-shm", "demo.db-journal"};
    char path[128];

    if (!*demo->folder)
        return;
    for (size_t i = 0; i < PLX_COUNT(files); i++) {
        snprintf(path, sizeof(path), "%s/%s", demo->folder, files[i]);
        unlink(path);
    }
    rmdir(demo->folder);
}

static void
stop(struct demo *demo)
{
    plx_generator_stop(&demo->generator);
    for (int i = PROCESSES - 1; i >= 0; i--)
        plx_process_stop(&demo->processes[i]);
    remove_folder(demo);
}

/* ---- showing ---- */

/* Where the program is, as one would type it from here. */
static const char *
program_name(const struct demo *demo)
{
    static char here[PATH_MAX];
    size_t len = getcwd(here, sizeof(here)) ? strlen(here) : 0;

    if (len && strncmp(demo->program, here, len) == 0 && demo->program[len] == '/')
        return demo->program + len + 1;
    return demo->program;
}

static void
introduce(const struct demo *demo)
{
    printf("The same live traffic to an old and a new payment service:\n\n"
           "  client -> Parallax %s\n"
           "               |-> primary    payment-old  %s   its answer is the client's\n"
           "               |-> candidate  payment-new  %s   gets a copy: does it answer the same?\n"
           "               `-> secondary  payment-old  %s   gets a copy: what differs here is noise\n\n",
           demo->proxy_url, demo->urls[PRIMARY], demo->urls[CANDIDATE], demo->urls[SECONDARY]);
    if (demo->seconds == 0)
        printf("It stays up until Ctrl-C. Try in another terminal:\n\n"
               "  curl -i %s/payroll/0\n"
               "  export PARALLAX_ADMIN=%s\n"
               "  %s report\n"
               "  %s diffs --follow\n"
               "  %s status\n\n",
               demo->proxy_url, demo->admin_url, program_name(demo), program_name(demo), program_name(demo));
    fflush(stdout);
}

static void
say_what_next(const struct demo *demo)
{
    const char *program = program_name(demo);

    printf("\nWhat to try next:\n\n"
           "  %s demo --seconds 0\n"
           "      the same, but it stays up for curl, report, diffs and status\n"
           "  %s run --primary URL --candidate URL --secondary URL\n"
           "      your own services; then `%s report`\n"
           "  %s check -c FILE\n"
           "      rules, routes and limits from a file, as docs/configuration.md has them\n",
           program, program, program, program);
}

/* Traffic, and the live table over it. 0, or the exit status. */
static int
watch(struct demo *demo, struct plx_fetch *fetch)
{
    struct plx_demo_table table;
    struct plx_document report;
    struct plx_slice text;
    double began = now_s(), elapsed = 0;
    int status = 0;

    plx_demo_table_init(&table);
    while (status == 0 && !interrupted && (demo->seconds == 0 || elapsed < demo->seconds)) {
        tick();
        elapsed = now_s() - began;
        for (int i = 0; i < PROCESSES; i++)
            if (!plx_process_drain(&demo->processes[i]) && status == 0) {
                plx_demo_table_fini(&table);
                return tell_failure(&demo->processes[i]);
            }
        status = plx_fetch_get(fetch, "/api/v1/services/payment/report", &text, &report);
        if (status == 0)
            plx_demo_table_show(&table, &report, elapsed, demo->seconds,
                                (double)atomic_load(&demo->generator.answered) / elapsed);
        plx_arena_reset(fetch->arena);
    }
    plx_demo_table_fini(&table);
    return status;
}

/* Waits until all that was asked is counted; 0, or the exit status. */
static int
settle(struct demo *demo, struct plx_fetch *fetch, struct plx_slice *text)
{
    uint64_t asked = atomic_load(&demo->generator.answered);

    for (int i = 0;; i++) {
        struct plx_document report;
        int status = plx_fetch_get(fetch, "/api/v1/services/payment/report", text, &report);
        if (status)
            return status;
        uint64_t counted = plx_item_uint(plx_item_member(plx_item_member(plx_item_root(&report), "exchanges"), "total"));
        if (counted >= asked || i == SETTLE_TICKS)
            return 0;
        tick();
    }
}

static int
print_report(struct demo *demo, struct plx_fetch *fetch)
{
    struct plx_buffer all, unused;
    struct plx_terminal terminal;
    struct plx_document document;
    struct plx_slice text;
    int status = settle(demo, fetch, &text);

    if (status)
        return status;
    plx_buffer_init(&all, text.len + 64);
    plx_buffer_init(&unused, 0);
    plx_buffer_text(&all, "{\"services\":[");
    plx_buffer_add(&all, text);
    plx_buffer_text(&all, "]}");
    plx_terminal_init(&terminal, &unused, stdout);
    const struct plx_report_look look = {.colour = terminal.colour, .width = terminal.width, .ended = true};
    putchar('\n');
    if (all.failed || plx_json_read(plx_buffer_slice(&all), NULL, fetch->arena, &document, NULL) != PLX_OK ||
        plx_report_print(stdout, &document, &look) != PLX_OK) {
        plx_trouble("demo", "the report can't be read");
        status = 1;
    }
    plx_buffer_fini(&all);
    return status;
}

/* ---- the command ---- */

static int
run(struct demo *demo)
{
    struct plx_fetch fetch = {0};
    int status = start(demo);

    if (status == 0) {
        introduce(demo);
        demo->options.admin = demo->admin_url;
        demo->options.admin_given = true;
        status = plx_fetch_open(&fetch, &demo->options) ? 1 : 0;
        if (status == 0)
            status = watch(demo, &fetch) ? 1 : 0;
        plx_generator_stop(&demo->generator);
        if (status == 0)
            status = print_report(demo, &fetch) ? 1 : 0;
        plx_fetch_close(&fetch);
    }
    stop(demo);
    if (status == 0)
        say_what_next(demo);
    return status;
}

static int
take_option(struct demo *demo, int option)
{
    char *end;

    if (option == OPTION_SECONDS) {
        unsigned long seconds = strtoul(optarg, &end, 10);
        if (*optarg < '0' || *optarg > '9' || *end || seconds > SECONDS_MAX)
            return plx_trouble("demo", "--seconds is a whole number up to %u, or 0 to stay up; not '%s'", SECONDS_MAX, optarg);
        demo->seconds = (unsigned)seconds;
    } else if (option == OPTION_STEP) {
        return plx_trouble("demo", "the scenario compare has no steps; leave --step out");
    } else if (strcmp(optarg, "sqlite") != 0) {
        return plx_trouble("demo", "--store is sqlite in this version, not '%s'", optarg);
    }
    return 0;
}

int
plx_command_demo(int argc, char **argv)
{
    static struct demo demo;
    const struct sigaction action = {.sa_handler = on_signal};
    int option;

    demo.seconds = SECONDS_DEFAULT;
    plx_options_init(&demo.options, "demo", help, longs);
    demo.options.operands = true;
    while ((option = plx_options_next(&demo.options, argc, argv)) > 0) {
        int status = take_option(&demo, option);
        if (status)
            return status;
    }
    if (demo.options.exit >= 0)
        return demo.options.exit;
    if (argc - optind > 1)
        return plx_trouble("demo", "'%s' is too much: one scenario at a time", argv[optind + 1]);
    if (argc - optind == 1 && strcmp(argv[optind], "compare") != 0)
        return plx_trouble("demo", "this version has the scenario compare, not '%s'", argv[optind]);
    for (int i = 0; i < PROCESSES; i++)
        demo.processes[i].output = -1;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    return run(&demo);
}
