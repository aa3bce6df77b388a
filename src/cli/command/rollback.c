/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax rollback`: all clients back to the primary, at once. */
#include "cli/command/change.h"
#include "cli/command/command.h"

static const char help[] =
    "usage: parallax rollback SERVICE [OPTION...]\n"
    "\n"
    "All clients of a service of a running proxy get the primary's answer again, on all workers at once, until\n"
    "`parallax resume SERVICE`: neither another command nor a file changes its stage or share before. From canary and\n"
    "candidate it goes to the stage shadow, where the candidate is compared further, with the share 0. What is under "
    "way\n"
    "at the candidate is finished.\n"
    "\n" PLX_CHANGE_REASON_HELP "      --json           the service as it then is, as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_CHANGE_OPTION_REASON, PLX_OPTIONS_COMMON, {0}};

int
plx_command_rollback(int argc, char **argv)
{
    struct plx_change_command change = {0};

    plx_options_init(&change.options, "rollback", help, longs);
    int status = plx_change_read(&change, argc, argv, 1, "SERVICE");
    return status >= 0 ? status : plx_change_make(&change, "POST", "rollback", plx_slice_make("", 0));
}
