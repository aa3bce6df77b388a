/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax share`: the share of the clients of a canary who get the candidate's answer. */
#include "cli/command/change.h"
#include "cli/command/command.h"

#define BODY_BYTES_MAX 64u

static const char help[] =
    "usage: parallax share SERVICE PERCENT [OPTION...]\n"
    "\n"
    "The candidate's share of the clients of a canary: 0 to 100, with up to three decimals, on all workers at once.\n"
    "\n" PLX_CHANGE_REASON_HELP "      --json           the service as it then is, as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {PLX_CHANGE_OPTION_REASON, PLX_OPTIONS_COMMON, {0}};

static int
run(struct plx_change_command *change)
{
    struct plx_buffer body;
    int status = PLX_EXIT_USAGE;

    plx_buffer_init(&body, BODY_BYTES_MAX);
    plx_buffer_text(&body, "\"share\":");
    if (plx_change_add_share(change, change->operands[1], &body))
        status = body.failed ? plx_trouble("share", "out of memory")
                             : plx_change_make(change, "PUT", "stage", plx_buffer_slice(&body));
    plx_buffer_fini(&body);
    return status;
}

int
plx_command_share(int argc, char **argv)
{
    struct plx_change_command change = {0};

    plx_options_init(&change.options, "share", help, longs);
    int status = plx_change_read(&change, argc, argv, 2, "SERVICE PERCENT");
    return status >= 0 ? status : run(&change);
}
