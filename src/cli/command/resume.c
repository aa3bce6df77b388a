/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax resume`: a pause, or the hold of a rollback, ends. */
#include "cli/command/change.h"
#include "cli/command/command.h"

static const char help[] =
    "usage: parallax resume SERVICE [OPTION...]\n"
    "\n"
    "A pause of a service of a running proxy ends: all is as before, and each client is on its side again. Where it "
    "is\n"
    "not paused, a rollback ends: no client is moved by that, but `parallax stage`, `parallax share` and changes of "
    "the\n"
    "file are in force again.\n"
    "\n" PLX_CHANGE_REASON_HELP "      --json           the service as it then is, as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_CHANGE_OPTION_REASON, PLX_OPTIONS_COMMON, {0}};

int
plx_command_resume(int argc, char **argv)
{
    struct plx_change_command change = {0};

    plx_options_init(&change.options, "resume", help, longs);
    int status = plx_change_read(&change, argc, argv, 1, "SERVICE");
    return status >= 0 ? status : plx_change_make(&change, "POST", "resume", plx_slice_make("", 0));
}
