/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that talk to a running proxy have in common: --admin, --service, --experiment, --spy, --json,
 * --help,
 * --version, and one line on standard error where something is wrong.
 */
#ifndef PLX_TERMINAL_OPTIONS_H
#define PLX_TERMINAL_OPTIONS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "cli/terminal/words.h"

#include <getopt.h>

#define PLX_ADMIN_DEFAULT "http://127.0.0.1:9900"

/* Codes of the options that are taken care of here; a command's own begin at PLX_OPTION_OWN. */
enum {
    PLX_OPTION_ADMIN = 256,
    PLX_OPTION_SERVICE,
    PLX_OPTION_EXPERIMENT,
    PLX_OPTION_SPY,
    PLX_OPTION_JSON,
    PLX_OPTION_HELP,
    PLX_OPTION_VERSION,
    PLX_OPTION_OWN,
};

/* Rows for a command's table of options, which ends with {0}. */
#define PLX_OPTIONS_COMMON                                                                              \
    {"admin", required_argument, NULL, PLX_OPTION_ADMIN}, {"json", no_argument, NULL, PLX_OPTION_JSON}, \
        {"help", no_argument, NULL, PLX_OPTION_HELP},                                                   \
    {                                                                                                   \
        "version", no_argument, NULL, PLX_OPTION_VERSION                                                \
    }
#define PLX_OPTIONS_SUBJECT                                             \
    {"service", required_argument, NULL, PLX_OPTION_SERVICE},           \
        {"experiment", required_argument, NULL, PLX_OPTION_EXPERIMENT}, \
    {                                                                   \
        "spy", required_argument, NULL, PLX_OPTION_SPY                  \
    }

/* The last lines of each --help. */
#define PLX_OPTIONS_HELP                                                                                         \
    "      --admin URL      where the proxy's admin API is; default: PARALLAX_ADMIN, or " PLX_ADMIN_DEFAULT "\n" \
    "      --help           this text\n"                                                                         \
    "      --version        the version\n"                                                                       \
    "\n"                                                                                                         \
    "PARALLAX_TOKEN is the token, where the proxy asks for one.\n"

#define PLX_OPTIONS_ONLY_MAX 256u /* --service, --experiment and --spy together */

/* --service NAME */
struct plx_option_only {
    enum plx_subject_kind kind;
    const char *name;
};

struct plx_options {
    const char *command; /* its name */
    const char *help;    /* all of it */
    const struct option *longs;
    const char *shorts;                                /* as getopt() takes them, after ":"; NULL: h alone */
    const char *admin;                                 /* URL: as given, or the environment's, or the default */
    bool admin_given;                                  /* by --admin */
    struct plx_option_only only[PLX_OPTIONS_ONLY_MAX]; /* as often as they are given */
    size_t only_count;                                 /* 0: all */
    bool json;
    bool operands; /* the command takes more than options: they begin at optind */
    int exit;      /* at the end: the exit status where the command is done already, else -1 */
};

void plx_options_init(struct plx_options *options, const char *command, const char *help, const struct option *longs);
/* The next option of the command's own (its argument is in optarg), or -1 at the end: look at exit then. */
int plx_options_next(struct plx_options *options, int argc, char **argv);

/* "parallax COMMAND: ..." on standard error, made harmless and kept to one line. Returns PLX_EXIT_USAGE. */
int plx_trouble(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A whole number between 1 and max, or 0. */
uint32_t plx_number_of(const char *text, uint32_t max);

#endif
