/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command/run_options.h"

#include "base/assert.h"
#include "cli/terminal/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ALL (PLX_RUN_SERVICES | PLX_RUN_CHECK | PLX_RUN_SPIES)
#define RUN (PLX_RUN_SERVICES | PLX_RUN_CHECK)

static const struct row {
    const char *name;
    unsigned who;
    size_t place; /* of the text that it sets */
} rows[] = {
#define ROW(name, who, member)                               \
    {                                                        \
        name, who, offsetof(struct plx_config_flags, member) \
    }
    ROW("config", ALL, file),
    ROW("primary", ALL, primary),
    ROW("candidate", ALL, candidate),
    ROW("secondary", RUN, secondary),
    ROW("stage", RUN, stage),
    ROW("share", RUN, share),
    ROW("listen", RUN, listen),
    ROW("admin", ALL, admin),
    ROW("store", ALL, store),
    ROW("workers", RUN, workers),
    ROW("access-log", RUN, access_log),
    ROW("log-level", ALL, log_level),
    ROW("real", PLX_RUN_SPIES, real),
    ROW("answer", PLX_RUN_SPIES, answer),
    ROW("window", PLX_RUN_SPIES, window),
#undef ROW
};

enum { OPTION_ONLINE = PLX_OPTION_OWN + PLX_COUNT(rows) };

#define EXTRA 5u /* help, version, json, online, and the end */

static void
make_longs(enum plx_run_who who, struct option longs[PLX_COUNT(rows) + EXTRA])
{
    size_t count = 0;

    for (size_t i = 0; i < PLX_COUNT(rows); i++)
        if (rows[i].who & (unsigned)who)
            longs[count++] = (struct option){rows[i].name, required_argument, NULL, PLX_OPTION_OWN + (int)i};
    if (who == PLX_RUN_CHECK) {
        longs[count++] = (struct option){"json", no_argument, NULL, PLX_OPTION_JSON};
        longs[count++] = (struct option){"online", no_argument, NULL, OPTION_ONLINE};
    }
    longs[count++] = (struct option){"help", no_argument, NULL, PLX_OPTION_HELP};
    longs[count++] = (struct option){"version", no_argument, NULL, PLX_OPTION_VERSION};
    longs[count] = (struct option){NULL, 0, NULL, 0};
}

static int
check(enum plx_run_who who, const char *command, const struct plx_config_flags *flags)
{
    if (who == PLX_RUN_SPIES && !flags->file && (!flags->primary || !flags->candidate))
        return plx_trouble(command, "nothing to spy on: give `-c FILE`, or `--primary ADDRESS --candidate ADDRESS`");
    if (!flags->file && !flags->primary)
        return plx_trouble(command, "nothing to run: give `-c FILE`, or `--primary URL --candidate URL`");
    return -1;
}

int
plx_run_options_read(enum plx_run_who who, const char *command, const char *help, int argc, char **argv,
                     struct plx_config_flags *flags)
{
    struct option longs[PLX_COUNT(rows) + EXTRA];
    const char *token = getenv("PARALLAX_TOKEN");
    struct plx_options options;
    int option;

    *flags = (struct plx_config_flags){.token = token && *token ? token : NULL, .spy = who == PLX_RUN_SPIES};
    make_longs(who, longs);
    plx_options_init(&options, command, help, longs);
    options.operands = true;
    options.shorts = ":hVc:";
    while ((option = plx_options_next(&options, argc, argv)) > 0) {
        if (option == OPTION_ONLINE) {
            flags->online = true;
            continue;
        }
        size_t row = option == 'c' ? 0 : (size_t)(option - PLX_OPTION_OWN);
        memcpy((char *)flags + rows[row].place, &optarg, sizeof(optarg));
    }
    flags->json = options.json;
    if (options.exit >= 0)
        return options.exit;
    if (optind < argc)
        return plx_trouble(command, "'%s' is too much; a configuration is given as `-c FILE`", argv[optind]);
    return check(who, command, flags);
}
