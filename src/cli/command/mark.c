/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax mark`: from here on another candidate is counted. */
#include "base/assert.h"
#include "cli/command/change.h"
#include "cli/command/command.h"
#include "cli/command/epoch_change.h"

static const char help[] =
    "usage: parallax mark SERVICE [NAME] [OPTION...]\n"
    "\n"
    "A new epoch of a service of a running proxy, as after a new build of the candidate: counts, findings and the\n"
    "candidate's health begin at 0. What was known is kept as the report of the epoch that ends; `parallax report\n"
    "--epoch` shows it.\n"
    "\n" PLX_CHANGE_REASON_HELP "      --json           the new epoch as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_CHANGE_OPTION_REASON, PLX_OPTIONS_COMMON, {0}};

int
plx_command_mark(int argc, char **argv)
{
    struct plx_options options;
    const char *reason = NULL;

    plx_options_init(&options, "mark", help, longs);
    options.operands = true;
    while (plx_options_next(&options, argc, argv) == PLX_CHANGE_REASON)
        reason = optarg;
    if (options.exit >= 0)
        return options.exit;
    if (argc - optind < 1 || argc - optind > 2)
        return plx_trouble("mark", "%s; write `parallax mark SERVICE [NAME]`",
                           argc - optind < 1 ? "something is missing" : "that is too much");
    const struct plx_epoch_text texts[] = {{"name", argc - optind == 2 ? argv[optind + 1] : NULL}, {"reason", reason}};
    int status = plx_change_check_reason("mark", reason);
    return status >= 0 ? status : plx_epoch_change(&options, argv[optind], "marks", texts, PLX_COUNT(texts));
}
