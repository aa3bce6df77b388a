/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax rollback`: back to the primary, at once. */
#include "cli/command/change.h"
#include "cli/command/command.h"

static const char help[] =
    "usage: parallax rollback SERVICE [OPTION...]\n"
    "\n"
    "A service of a running proxy goes back to the stage primary, from any other one, on all workers at once. What is\n"
    "under way at the candidate is finished; the share is 0 from here on.\n"
    "\n"
    "      --json           the service as it then is, as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_OPTIONS_COMMON, {0}};

int
plx_command_rollback(int argc, char **argv)
{
    struct plx_change change = {0};

    plx_options_init(&change.options, "rollback", help, longs);
    int status = plx_change_read(&change, argc, argv, 1, "SERVICE");
    return status >= 0 ? status : plx_change_make(&change, "POST", "rollback", plx_slice_make("", 0));
}
