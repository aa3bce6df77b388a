/* SPDX-License-Identifier: Apache-2.0 */
/* The program: a table of commands. */
#include "cli/command/command.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name, *summary;
    int (*main)(int argc, char **argv);
};

static const struct command commands[] = {
#define COMMAND_ROW(name, summary) {#name, summary, plx_command_##name},
    PLX_COMMAND_MAP(COMMAND_ROW)
#undef COMMAND_ROW
};

static void
usage(FILE *out)
{
    fputs("parallax: the old and the new implementation side by side, and the difference measured\n\n"
          "usage: parallax COMMAND [OPTION...]\n\n",
          out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`parallax COMMAND --help` tells more. `parallax demo` shows it all at work.\n", out);
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return PLX_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("parallax " PLX_VERSION);
        return 0;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].main(argc - 1, argv + 1);
    fprintf(stderr, "parallax: there is no command '%s'; `parallax --help` lists them\n", argv[1]);
    return PLX_EXIT_USAGE;
}
