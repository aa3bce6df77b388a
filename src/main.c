/* SPDX-License-Identifier: Apache-2.0 */
/* The program: a table of commands. */
#include "base/nearest.h"
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

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
    fputs("parallax: the old and the new implementation side by side, and the difference measured\n\n"
          "usage: parallax COMMAND [OPTION...]\n\n",
          out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs("\n`parallax COMMAND --help` tells more. `parallax demo` shows it all at work.\n", out);
}

static void
version(void)
{
    puts("parallax " PLX_VERSION);
#ifdef __clang__
    puts("built with clang " __clang_version__);
#else
    puts("built with gcc " __VERSION__);
#endif
    puts("stores: sqlite   reconciles: sqlite, postgresql, jsonl, csv   codings: gzip, deflate, brotli, zstd\n"
         "protocols: HTTP/1.0, HTTP/1.1, upgrades (WebSocket)");
}

static const struct command *
find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

static int
tell_unknown(const char *name)
{
    struct plx_nearest nearest = plx_nearest_begin(plx_slice_of(name));

    for (size_t i = 0; i < COMMANDS; i++)
        plx_nearest_look(&nearest, commands[i].name);
    if (nearest.found)
        fprintf(stderr, "parallax: there is no command '%s'; did you mean `parallax %s`?\n", name, nearest.found);
    else
        fprintf(stderr, "parallax: there is no command '%s'; `parallax --help` lists them\n", name);
    return PLX_EXIT_USAGE;
}

/* `parallax help diffs` is `parallax diffs --help`. */
static int
help(int argc, char **argv)
{
    char option[] = "--help", *arguments[] = {argv[argc - 1], option, NULL};
    const struct command *command;

    if (argc < 2) {
        usage(stdout);
        return 0;
    }
    command = find(argv[1]);
    arguments[0] = argv[1];
    return command ? command->main(2, arguments) : tell_unknown(argv[1]);
}

int
main(int argc, char **argv)
{
    const struct command *command;

    if (argc < 2) {
        usage(stderr);
        return PLX_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return help(strcmp(argv[1], "help") == 0 ? argc - 1 : 1, argv + 1);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        version();
        return 0;
    }
    command = find(argv[1]);
    return command ? command->main(argc - 1, argv + 1) : tell_unknown(argv[1]);
}
