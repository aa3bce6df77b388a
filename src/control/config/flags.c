/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of `run` and `check`. */
#include "control/config/flags.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FLAG_PRIMARY = 256,
    FLAG_CANDIDATE,
    FLAG_SECONDARY,
    FLAG_STAGE,
    FLAG_SHARE,
    FLAG_LISTEN,
    FLAG_ADMIN,
    FLAG_STORE,
    FLAG_WORKERS,
    FLAG_ACCESS_LOG,
    FLAG_LOG_LEVEL,
    FLAG_JSON,
    FLAG_ONLINE,
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"primary", required_argument, NULL, FLAG_PRIMARY},
    {"candidate", required_argument, NULL, FLAG_CANDIDATE},
    {"secondary", required_argument, NULL, FLAG_SECONDARY},
    {"stage", required_argument, NULL, FLAG_STAGE},
    {"share", required_argument, NULL, FLAG_SHARE},
    {"listen", required_argument, NULL, FLAG_LISTEN},
    {"admin", required_argument, NULL, FLAG_ADMIN},
    {"store", required_argument, NULL, FLAG_STORE},
    {"workers", required_argument, NULL, FLAG_WORKERS},
    {"access-log", required_argument, NULL, FLAG_ACCESS_LOG},
    {"log-level", required_argument, NULL, FLAG_LOG_LEVEL},
    {"json", no_argument, NULL, FLAG_JSON},
    {"online", no_argument, NULL, FLAG_ONLINE},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* false: not a flag that sets something. */
static bool
take(struct plx_config_flags *flags, int flag, const char *value)
{
    switch (flag) {
    case 'c':
        flags->file = value;
        return true;
    case FLAG_PRIMARY:
        flags->primary = value;
        return true;
    case FLAG_CANDIDATE:
        flags->candidate = value;
        return true;
    case FLAG_SECONDARY:
        flags->secondary = value;
        return true;
    case FLAG_STAGE:
        flags->stage = value;
        return true;
    case FLAG_SHARE:
        flags->share = value;
        return true;
    case FLAG_LISTEN:
        flags->listen = value;
        return true;
    case FLAG_ADMIN:
        flags->admin = value;
        return true;
    case FLAG_STORE:
        flags->store = value;
        return true;
    case FLAG_WORKERS:
        flags->workers = value;
        return true;
    case FLAG_ACCESS_LOG:
        flags->access_log = value;
        return true;
    case FLAG_LOG_LEVEL:
        flags->log_level = value;
        return true;
    case FLAG_JSON:
        flags->json = true;
        return true;
    case FLAG_ONLINE:
        flags->online = true;
        return true;
    default:
        return false;
    }
}

int
plx_config_parse_flags(int argc, char **argv, const char *usage, struct plx_config_flags *flags)
{
    int flag;

    const char *token = getenv("PARALLAX_TOKEN");

    memset(flags, 0, sizeof(*flags));
    flags->token = token && *token ? token : NULL;
    optind = 1;
    opterr = 0;
    while ((flag = getopt_long(argc, argv, ":c:hV", options, NULL)) != -1) {
        if (take(flags, flag, optarg))
            continue;
        if (flag == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (flag == 'V') {
            puts("parallax " PLX_VERSION);
            return 0;
        }
        char letter[] = {'-', (char)optopt,
                         '\0'}; /* getopt stays before a cluster of letters until it has read them all */
        bool lettered = flag == '?' && optopt > 0 && optopt < FLAG_PRIMARY;
        fprintf(stderr, "parallax %s: %s %s; `parallax %s --help` lists the options\n", argv[0],
                flag == ':' ? "a value is missing behind" : "there is no option", lettered ? letter : argv[optind - 1],
                argv[0]);
        return 2;
    }
    if (optind < argc) {
        fprintf(stderr, "parallax %s: '%s' is too much; a configuration is given as `-c FILE`\n", argv[0],
                argv[optind]);
        return 2;
    }
    if (!flags->file && !flags->primary) {
        fprintf(stderr, "parallax %s: nothing to run: give `-c FILE`, or `--primary URL --candidate URL`\n", argv[0]);
        return 2;
    }
    return -1;
}
