/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax stage`: a service of a running proxy goes to another stage. */
#include "cli/command/change.h"
#include "cli/command/command.h"
#include "service/service.h"

#define BODY_BYTES_MAX 256u

static const char help[] =
    "usage: parallax stage SERVICE STAGE [OPTION...]\n"
    "\n"
    "A service of a running proxy goes to a stage, on all workers at once:\n"
    "  primary    only the old implementation is asked\n"
    "  shadow     the old one answers, the new one gets copies, and both are compared\n"
    "  canary     a share of the clients gets the new one's answer; both are compared\n"
    "  candidate  only the new one is asked\n"
    "A service that is rolled back goes nowhere before `parallax resume`.\n"
    "\n"
    "      --share PERCENT  of the clients, in a canary; else the share stays as it is\n" PLX_CHANGE_REASON_HELP
    "      --json           the service as it then is, as JSON\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {
    {"share", required_argument, NULL, PLX_CHANGE_SHARE}, PLX_CHANGE_OPTION_REASON, PLX_OPTIONS_COMMON, {0}};

static int
run(struct plx_change_command *change)
{
    struct plx_buffer body;
    enum plx_stage stage;

    if (!plx_stage_of(plx_slice_of(change->operands[1]), &stage))
        return plx_trouble("stage", "'%.40s' is no stage; write primary, shadow, canary or candidate",
                           change->operands[1]);
    if (change->share && stage != PLX_STAGE_CANARY)
        return plx_trouble("stage", "--share is for the stage canary; leave it out for %s", plx_stage_text(stage));
    plx_buffer_init(&body, BODY_BYTES_MAX);
    plx_buffer_format(&body, "\"stage\":\"%s\"", plx_stage_text(stage));
    if (change->share)
        plx_buffer_text(&body, ",\"share\":");
    int status = PLX_EXIT_USAGE;
    if (!change->share || plx_change_add_share(change, change->share, &body))
        status = body.failed ? plx_trouble("stage", "out of memory")
                             : plx_change_make(change, "PUT", "stage", plx_buffer_slice(&body));
    plx_buffer_fini(&body);
    return status;
}

int
plx_command_stage(int argc, char **argv)
{
    struct plx_change_command change = {0};

    plx_options_init(&change.options, "stage", help, longs);
    int status = plx_change_read(&change, argc, argv, 2, "SERVICE primary|shadow|canary|candidate");
    return status >= 0 ? status : run(&change);
}
