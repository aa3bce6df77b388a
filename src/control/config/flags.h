/* SPDX-License-Identifier: Apache-2.0 */
/* The command line that `run` and `check` share. */
#ifndef PLX_CONFIG_FLAGS_H
#define PLX_CONFIG_FLAGS_H

#include <parallax/base.h>

/* What `run` was given instead of a file, or to override it. NULL: not given. */
struct plx_config_flags {
    const char *file;
    const char *primary, *candidate, *secondary;
    const char *listen, *admin, *store, *access_log;
    const char *stage; /* with --primary: default shadow where there is a candidate */
    const char *share;
    const char *workers, *log_level;
    /* of `spy`, whose --primary and --candidate are addresses to listen on: */
    bool spy; /* only the spies run */
    const char *real, *answer, *window;
    const char *token; /* from the environment: where the file has none */
    bool json;         /* of `check` */
    bool online;       /* likewise */
    bool jobs_alone;   /* the file need not have services where it has jobs under `reconcile` */
};

/*
 * Reads the flags. Returns -1 to go on, else the exit status: --help (prints usage) and --version were answered, or the
 * use is wrong and one line on stderr says how to mend it.
 */
int plx_config_parse_flags(int argc, char **argv, const char *usage, struct plx_config_flags *flags);

/* The lines that describe the shared flags, for a command's help. */
#define PLX_CONFIG_FLAGS_HELP                                                                                      \
    "  -c, --config FILE      services, rules and limits from a YAML file\n"                                       \
    "      --primary URL      the old implementation, http://HOST:PORT: its answer is the client's\n"              \
    "      --candidate URL    the new one: gets copies\n"                                                          \
    "      --secondary URL    a second instance of the old one, to tell noise\n"                                   \
    "      --stage STAGE      primary, shadow, canary or candidate (default: shadow where there is a candidate)\n" \
    "      --share PERCENT    in canary: of the requests that the candidate answers, as in 10% or 0.5%\n"          \
    "      --listen ADDRESS   where clients come, default 127.0.0.1:8080; port 0 takes a free one\n"               \
    "      --admin ADDRESS    API and /metrics, default 127.0.0.1:9900\n"                                          \
    "      --store STORE      sqlite:FILE or none (default: none without a file, sqlite:parallax.db with one)\n"   \
    "      --workers N        threads for traffic, or auto\n"                                                      \
    "      --access-log FILE  one line an exchange; - is standard output\n"                                        \
    "      --log-level LEVEL  debug, info, warn or error\n"                                                        \
    "      --json             (check) for a machine\n"                                                             \
    "      --online           (check) names, connections, queries of jobs and folders are tried, too\n"            \
    "  -h, --help             this text\n"                                                                         \
    "  -V, --version          the version\n"                                                                       \
    "PARALLAX_TOKEN is the token of the admin side where the file has none; --admin needs one beyond loopback.\n"

#endif
