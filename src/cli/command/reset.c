/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax reset`: forgets on purpose. */
#include "cli/command/command.h"
#include "cli/command/epoch_change.h"

enum { OPTION_ENDPOINT = PLX_OPTION_OWN };

static const char help[] =
    "usage: parallax reset SERVICE [OPTION...]\n"
    "\n"
    "What was counted of a service of a running proxy is forgotten: a new epoch begins. With --endpoint what was\n"
    "counted of that endpoint, and what was concluded over all endpoints together; the epoch goes on.\n"
    "\n"
    "      --endpoint NAME  this endpoint alone, as the report names it\n"
    "      --json           the answer as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {{"endpoint", required_argument, NULL, OPTION_ENDPOINT}, PLX_OPTIONS_COMMON, {0}};

int
plx_command_reset(int argc, char **argv)
{
    struct plx_options options;
    const char *endpoint = NULL;

    plx_options_init(&options, "reset", help, longs);
    options.operands = true;
    while (plx_options_next(&options, argc, argv) == OPTION_ENDPOINT)
        endpoint = optarg;
    if (options.exit >= 0)
        return options.exit;
    if (argc - optind != 1)
        return plx_trouble("reset", "%s; write `parallax reset SERVICE`",
                           argc - optind < 1 ? "something is missing" : "that is too much");
    return plx_epoch_change(&options, argv[optind], "reset", &(struct plx_epoch_text){"endpoint", endpoint}, 1);
}
