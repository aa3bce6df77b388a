/* SPDX-License-Identifier: Apache-2.0 */
/* The options of `run`, `check` and `spy`: each of them says one thing of the configuration. */
#ifndef PLX_COMMAND_RUN_OPTIONS_H
#define PLX_COMMAND_RUN_OPTIONS_H

#include "control/config/flags.h"

/* Who has an option. */
enum plx_run_who { PLX_RUN_SERVICES = 1, PLX_RUN_CHECK = 2, PLX_RUN_SPIES = 4 };

/* Reads the options. -1 to go on, else the exit status: --help and --version were answered, or the use is wrong and one
 * line on stderr says how to mend it. */
int plx_run_options_read(enum plx_run_who who, const char *command, const char *help, int argc, char **argv,
                         struct plx_config_flags *flags);

/* The lines that describe the options that `run` and `check` share, for a command's help. */
#define PLX_RUN_OPTIONS_HELP                                                                                       \
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
    "      --log-level LEVEL  debug, info, warn or error\n"

#define PLX_RUN_OPTIONS_END                    \
    "  -h, --help             this text\n"     \
    "  -V, --version          the version\n\n" \
    "PARALLAX_TOKEN is the token of the admin side where the file has none; --admin needs one beyond loopback.\n"

#endif
