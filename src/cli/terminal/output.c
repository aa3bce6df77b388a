/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/terminal/output.h"

#include "cli/terminal/exit_status.h"
#include "cli/terminal/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int
plx_output_end(const char *command)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return PLX_EXIT_DONE;
    return plx_trouble(command, "standard output can't be written: %s", strerror(errno));
}
