/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax pause`: nothing is sent to the candidate, as while it is deployed anew. */
#include "cli/command/change.h"
#include "cli/command/command.h"

static const char help[] =
    "usage: parallax pause SERVICE [OPTION...]\n"
    "\n"
    "While the candidate is deployed anew: nothing is sent to it, on all workers at once, until `parallax resume\n"
    "SERVICE`. No request is copied, and no client gets its answer: in a canary, and at the stage candidate, the "
    "primary\n"
    "answers instead and has to run. Stage, share and what was counted stay as they are.\n"
    "\n" PLX_CHANGE_REASON_HELP "      --json           the service as it then is, as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_CHANGE_OPTION_REASON, PLX_OPTIONS_COMMON, {0}};

int
plx_command_pause(int argc, char **argv)
{
    struct plx_change_command change = {0};

    plx_options_init(&change.options, "pause", help, longs);
    int status = plx_change_read(&change, argc, argv, 1, "SERVICE");
    return status >= 0 ? status : plx_change_make(&change, "POST", "pause", plx_slice_make("", 0));
}
