/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax demo`: which scenario, with which options. What a scenario has no use for is refused, not left unread. */
#include "base/assert.h"
#include "cli/command/command.h"
#include "cli/demo/demo_compare.h"
#include "cli/demo/demo_process.h"
#include "cli/demo/demo_scientist.h"
#include "cli/demo/demo_walk.h"

#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX       86400u
#define COMPARE_SECONDS   20u
#define SCIENTIST_SECONDS 10u
#define STEPS             3u

enum {
    OPTION_SECONDS = PLX_OPTION_OWN,
    OPTION_STEP,
    OPTION_STORE,
    OPTION_PORT,
    OPTION_PORTS,
    OPTION_GENERIC,
    OPTION_FAULT,
    OPTION_PRINT,
};

static const char help[] =
    "usage: parallax demo [compare] [--seconds N]\n"
    "       parallax demo spies|scientist|diferencia|canary [--step N] [OPTION...]\n"
    "\n"
    "The payment system, old and new, as real processes with Parallax between.\n"
    "\n"
    "  compare     live traffic to both, and the report: it names the faults of the new one, and none\n"
    "              of the noise\n"
    "  spies       both ways to notify run at once, the new one as a spy; a batch compares what they did\n"
    "  scientist   an experiment in the monolith: old and new on each call, first synchronously, then\n"
    "              asynchronously\n"
    "  diferencia  each request to the old one, a second old one and a rewrite with a fault, which is found,\n"
    "              mended and put in service\n"
    "  canary      the clients move from the old to the new one in steps of ten percent, and back at once\n"
    "\n"
    "      --step N         that step alone, from 1 to 3; it stays up until Ctrl-C for the commands that it\n"
    "                       shows. Without it all steps run one after another (scientist: step 2)\n"
    "      --seconds N      how long there is traffic; compare 20, scientist 10. With --step how long it stays\n"
    "                       up, 0 (the default) is until Ctrl-C; else how long each step does, default 0\n"
    "      --port N         where the proxy listens; default 8080\n"
    "      --ports free     whatever ports are free, in place of 8080 to 8084 and 9900\n"
    "      --store KIND     the services' databases: sqlite (default), or postgresql, a server of the demo's own\n"
    "      --generic        spies, steps 2 and 3: `parallax spy` in place of spies written by hand\n"
    "      --fault          scientist: the microservice forgets the decimals of whole totals\n"
    "      --print          the command lines of a step, and nothing is run\n"
    "      --help           this text\n"
    "      --version        the version\n";

static const struct option longs[] = {
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"step", required_argument, NULL, OPTION_STEP},
    {"store", required_argument, NULL, OPTION_STORE},
    {"port", required_argument, NULL, OPTION_PORT},
    {"ports", required_argument, NULL, OPTION_PORTS},
    {"generic", no_argument, NULL, OPTION_GENERIC},
    {"fault", no_argument, NULL, OPTION_FAULT},
    {"print", no_argument, NULL, OPTION_PRINT},
    {"help", no_argument, NULL, PLX_OPTION_HELP},
    {"version", no_argument, NULL, PLX_OPTION_VERSION},
    {0},
};

/* What has been given, by its code, to refuse what does not go together. */
struct given {
    struct plx_demo_options *options;
    bool is[PLX_OPTION_OWN + 16];
};

static int
take_seconds(struct plx_demo_options *options)
{
    char *end;
    unsigned long seconds = strtoul(optarg, &end, 10);

    if (*optarg < '0' || *optarg > '9' || *end || seconds > SECONDS_MAX)
        return plx_trouble("demo", "--seconds is a whole number up to %u, or 0 to stay up; not '%s'", SECONDS_MAX,
                           optarg);
    options->seconds = (unsigned)seconds;
    return 0;
}

static int
take_option(struct given *given, int option)
{
    struct plx_demo_options *options = given->options;

    given->is[option] = true;
    switch (option) {
    case OPTION_SECONDS:
        return take_seconds(options);
    case OPTION_STEP:
        options->step = plx_number_of(optarg, STEPS);
        return options->step ? 0 : plx_trouble("demo", "--step is a number from 1 to %u, not '%s'", STEPS, optarg);
    case OPTION_PORT:
        options->port = (uint16_t)plx_number_of(optarg, UINT16_MAX);
        return options->port ? 0 : plx_trouble("demo", "--port is a number from 1 to 65535, not '%s'", optarg);
    case OPTION_PORTS:
        options->free_ports = true;
        return strcmp(optarg, "free") == 0 ? 0 : plx_trouble("demo", "--ports is free, not '%s'", optarg);
    case OPTION_STORE:
        options->postgresql = strcmp(optarg, "postgresql") == 0;
        return options->postgresql || strcmp(optarg, "sqlite") == 0
                   ? 0
                   : plx_trouble("demo", "--store is sqlite or postgresql, not '%s'", optarg);
    case OPTION_GENERIC:
        options->generic = true;
        return 0;
    case OPTION_FAULT:
        options->fault = true;
        return 0;
    default:
        options->print = true;
        return 0;
    }
}

static int
refuse(const struct given *given, int option, const char *name, const char *why)
{
    return given->is[option] ? plx_trouble("demo", "%s: %s", name, why) : 0;
}

/* 0, or the exit status. */
static int
check_compare(const struct given *given)
{
    static const struct {
        int option;
        const char *name;
    } steps_only[] = {
        {OPTION_STEP, "--step"},       {OPTION_PORT, "--port"},   {OPTION_PORTS, "--ports"},
        {OPTION_GENERIC, "--generic"}, {OPTION_FAULT, "--fault"}, {OPTION_PRINT, "--print"},
    };
    int status = 0;

    for (size_t i = 0; i < PLX_COUNT(steps_only) && status == 0; i++)
        status = refuse(given, steps_only[i].option, steps_only[i].name,
                        "the scenario compare has no such thing; leave it out, or name another scenario");
    if (status == 0 && given->options->postgresql)
        status = plx_trouble("demo", "--store is sqlite for the scenario compare, not 'postgresql'");
    return status;
}

/* All of it is step 2 without a proxy, twice. */
static int
check_whole_scientist(const struct given *given)
{
    const struct plx_demo_options *options = given->options;

    if (options->postgresql)
        return plx_trouble("demo", "--store is sqlite but in the steps; add --step 2 for 'postgresql'");
    if (given->is[OPTION_SECONDS] && options->seconds == 0)
        return plx_trouble("demo", "--seconds is a whole number from 1 to %u; not '0', but with --step 2", SECONDS_MAX);
    return refuse(given, OPTION_PORT, "--port", "there is a proxy in the steps alone; add --step");
}

static int
check(const struct given *given)
{
    const struct plx_demo_options *options = given->options;
    bool spies = strcmp(options->scenario, "spies") == 0, scientist = strcmp(options->scenario, "scientist") == 0;
    int status = 0;

    if (strcmp(options->scenario, "compare") == 0)
        return check_compare(given);
    if (!spies && !scientist && strcmp(options->scenario, "diferencia") != 0 &&
        strcmp(options->scenario, "canary") != 0)
        return plx_trouble("demo", "there are the scenarios compare, spies, scientist, diferencia and canary, not '%s'",
                           options->scenario);
    if (!scientist || (options->step && options->step != 2))
        status = refuse(given, OPTION_FAULT, "--fault", "it is for step 2 of the scenario scientist; leave it out");
    if (status == 0 && (!spies || options->step == 1))
        status =
            refuse(given, OPTION_GENERIC, "--generic", "it is for steps 2 and 3 of the scenario spies; leave it out");
    if (status == 0 && !options->step && !(options->generic && spies))
        status = refuse(given, OPTION_PRINT, "--print", "it is for one step; add --step");
    if (status == 0 && scientist && !options->step)
        status = check_whole_scientist(given);
    return status;
}

static void
set_defaults(struct given *given)
{
    struct plx_demo_options *options = given->options;

    if (options->generic && !options->step)
        options->step = 2;
    if (given->is[OPTION_SECONDS] || options->step)
        return;
    if (strcmp(options->scenario, "compare") == 0)
        options->seconds = COMPARE_SECONDS;
    else if (strcmp(options->scenario, "scientist") == 0)
        options->seconds = SCIENTIST_SECONDS;
}

int
plx_command_demo(int argc, char **argv)
{
    static struct plx_demo_options options;
    struct given given = {.options = &options};
    int option, status;

    options.scenario = "compare";
    plx_options_init(&options.common, "demo", help, longs);
    options.common.operands = true;
    while ((option = plx_options_next(&options.common, argc, argv)) > 0)
        if ((status = take_option(&given, option)))
            return status;
    if (options.common.exit >= 0)
        return options.common.exit;
    if (argc - optind > 1)
        return plx_trouble("demo", "'%s' is too much: one scenario at a time", argv[optind + 1]);
    if (optind < argc)
        options.scenario = argv[optind];
    if ((status = check(&given)))
        return status;
    set_defaults(&given);
    plx_demo_catch_signals();
    if (strcmp(options.scenario, "compare") == 0)
        return plx_demo_compare(&options);
    if (strcmp(options.scenario, "scientist") == 0 && !options.step)
        return plx_demo_scientist(&options);
    return plx_demo_walk(&options);
}
