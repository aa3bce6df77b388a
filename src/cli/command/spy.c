/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax spy`: the flags of a spy without services around it. */
#include "cli/command/command.h"
#include "cli/terminal/options.h"
#include "control/process/control_thread.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "parallax spy: a recording stand-in for a dependency\n\n"
    "usage: parallax spy -c FILE\n"
    "       parallax spy --primary ADDRESS --candidate ADDRESS [--real URL] [--answer ANSWER] [OPTION...]\n\n"
    "The old implementation calls the primary address and the new one the candidate address, in place of the\n"
    "dependency. The primary's calls go on to the real one; the candidate's are answered here, and go nowhere.\n"
    "Both are recorded, paired and compared: GET /compare on the admin address says true or false.\n\n"
    "  -c, --config FILE        spies from a YAML file; services in it are not run\n"
    "      --primary ADDRESS    where the old implementation's calls come\n"
    "      --candidate ADDRESS  where the new one's come\n"
    "      --real URL           the dependency, http://HOST:PORT; without it the primary's calls are answered here, "
    "too\n"
    "      --answer ANSWER      what the candidate gets: primary (the default: what the primary got), STATUS, or\n"
    "                           'STATUS BODY' with pieces of the call, as in '200 {\"id\": {{counter}}}'\n"
    "      --window DURATION    how long a call waits for its pair, default 10s\n"
    "      --admin ADDRESS      API and /metrics, default 127.0.0.1:9900\n"
    "      --store STORE        sqlite:FILE or none (default: none without a file, sqlite:parallax.db with one)\n"
    "      --log-level LEVEL    debug, info, warn or error\n"
    "  -h, --help               this text\n"
    "  -V, --version            the version\n\n"
    "PARALLAX_TOKEN is the token of the admin side where the file has none; --admin needs one beyond loopback.\n"
    "SIGTERM finishes what is under way. docs/spy.md tells more.\n";

enum {
    FLAG_PRIMARY = 256,
    FLAG_CANDIDATE,
    FLAG_REAL,
    FLAG_ANSWER,
    FLAG_WINDOW,
    FLAG_ADMIN,
    FLAG_STORE,
    FLAG_LOG_LEVEL,
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"primary", required_argument, NULL, FLAG_PRIMARY},
    {"candidate", required_argument, NULL, FLAG_CANDIDATE},
    {"real", required_argument, NULL, FLAG_REAL},
    {"answer", required_argument, NULL, FLAG_ANSWER},
    {"window", required_argument, NULL, FLAG_WINDOW},
    {"admin", required_argument, NULL, FLAG_ADMIN},
    {"store", required_argument, NULL, FLAG_STORE},
    {"log-level", required_argument, NULL, FLAG_LOG_LEVEL},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* NULL: not a flag that sets something. */
static const char **
place_of(struct plx_config_flags *flags, int flag)
{
    switch (flag) {
    case 'c':
        return &flags->file;
    case FLAG_PRIMARY:
        return &flags->primary;
    case FLAG_CANDIDATE:
        return &flags->candidate;
    case FLAG_REAL:
        return &flags->real;
    case FLAG_ANSWER:
        return &flags->answer;
    case FLAG_WINDOW:
        return &flags->window;
    case FLAG_ADMIN:
        return &flags->admin;
    case FLAG_STORE:
        return &flags->store;
    case FLAG_LOG_LEVEL:
        return &flags->log_level;
    default:
        return NULL;
    }
}

/* -1 to go on, else the exit status. */
static int
parse(int argc, char **argv, struct plx_config_flags *flags)
{
    int flag;

    optind = 1;
    opterr = 0;
    while ((flag = getopt_long(argc, argv, ":c:hV", options, NULL)) != -1) {
        const char **place = place_of(flags, flag);
        if (place) {
            *place = optarg;
        } else if (flag == 'h') {
            fputs(help, stdout);
            return 0;
        } else if (flag == 'V') {
            puts("parallax " PLX_VERSION);
            return 0;
        } else {
            return plx_trouble("spy", "%s %s; `parallax spy --help` lists the options",
                               flag == ':' ? "a value is missing behind" : "there is no option", argv[optind - 1]);
        }
    }
    if (optind < argc)
        return plx_trouble("spy", "'%s' is too much; `parallax spy --help` lists the options", argv[optind]);
    if (!flags->file && (!flags->primary || !flags->candidate))
        return plx_trouble("spy", "nothing to spy on: give `-c FILE`, or `--primary ADDRESS --candidate ADDRESS`");
    return -1;
}

int
plx_command_spy(int argc, char **argv)
{
    const char *token = getenv("PARALLAX_TOKEN");
    struct plx_config_flags flags = {.spy = true, .token = token && *token ? token : NULL};
    int status = parse(argc, argv, &flags);

    return status >= 0 ? status : (int)plx_process_run(&flags);
}
