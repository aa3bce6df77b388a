/* SPDX-License-Identifier: Apache-2.0 */
/* What `stage`, `share`, `rollback`, `pause` and `resume` have in common: one change of one service of a running
 * proxy; and the option --reason, which `mark` has as well. */
#ifndef PLX_COMMAND_CHANGE_H
#define PLX_COMMAND_CHANGE_H

#include "cli/client/fetch.h"

struct plx_change_command {
    struct plx_options options;
    const char *operands[2]; /* those that the command takes */
    const char *share;       /* --share; NULL: not given */
    const char *reason;      /* --reason; likewise */
};

/* --share PERCENT: `stage` alone has it. --reason TEXT. */
enum { PLX_CHANGE_SHARE = PLX_OPTION_OWN, PLX_CHANGE_REASON };

#define PLX_CHANGE_OPTION_REASON                             \
    {                                                        \
        "reason", required_argument, NULL, PLX_CHANGE_REASON \
    }
#define PLX_CHANGE_REASON_HELP \
    "      --reason TEXT    why, for `parallax status`, the log and the history of changes; at most 256 bytes\n"

/*
 * Reads options and `count` operands, named for the message where one is missing ("SERVICE STAGE"). -1 to go on, else
 * the exit status.
 */
int plx_change_read(struct plx_change_command *change, int argc, char **argv, size_t count, const char *operands);
/* -1, or the exit status after telling that it can't be a reason. NULL is fine. */
int plx_change_check_reason(const char *command, const char *reason);
/* Appends "10" or "10%" as a number of JSON; false after telling that it is no percentage. */
bool plx_change_add_share(const struct plx_change_command *change, const char *percent, struct plx_buffer *json);
/*
 * Sends the change to /api/v1/services/{the first operand}/PATH and says what it was and is: "payment: shadow ->
 * canary, 10 % of the clients"; with --json the service as the proxy then has it. members: of the body, as
 * "\"share\":10"; the reason is added. Returns the exit status.
 */
int plx_change_make(struct plx_change_command *change, const char *method, const char *path, struct plx_slice members);

#endif
