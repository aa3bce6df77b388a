/* SPDX-License-Identifier: Apache-2.0 */
/* What `stage`, `share` and `rollback` have in common: one change of one service of a running proxy. */
#ifndef PLX_COMMAND_CHANGE_H
#define PLX_COMMAND_CHANGE_H

#include "cli/client/fetch.h"

struct plx_change {
    struct plx_options options;
    const char *operands[2]; /* those that the command takes */
    const char *share;       /* --share; NULL: not given */
};

/* --share PERCENT: `stage` alone has it. */
enum { PLX_CHANGE_SHARE = PLX_OPTION_OWN };

/*
 * Reads options and `count` operands, named for the message where one is missing ("SERVICE STAGE"). -1 to go on, else
 * the exit status.
 */
int plx_change_read(struct plx_change *change, int argc, char **argv, size_t count, const char *operands);
/* Appends "10" or "10%" as a number of JSON; false after telling that it is no percentage. */
bool plx_change_add_share(const struct plx_change *change, const char *percent, struct plx_buffer *json);
/*
 * Sends the change to /api/v1/services/{the first operand}/PATH and says what it was and is: "payment: shadow ->
 * canary, 10 % of the clients"; with --json the service as the proxy then has it. Returns the exit status.
 */
int plx_change_make(struct plx_change *change, const char *method, const char *path, struct plx_slice body);

#endif
