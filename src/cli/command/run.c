/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax run`: its command line. What then runs: control/process/control_thread.h. */
#include "cli/command/command.h"
#include "cli/command/run_options.h"
#include "control/process/control_thread.h"

_Static_assert(PLX_PROCESS_USAGE == PLX_EXIT_USAGE, "wrong use has one exit status, whoever finds it");

int
plx_command_run(int argc, char **argv)
{
    static const char usage[] =
        "parallax run: the proxy; clients get the primary's answer, the candidate gets copies\n\n"
        "usage: parallax run -c FILE\n"
        "       parallax run --primary URL --candidate URL [--secondary URL] [OPTION...]\n\n" PLX_RUN_OPTIONS_HELP
            PLX_RUN_OPTIONS_END
        "\nSIGHUP reads the file again and drops no request; SIGTERM finishes what is under way.\n";
    struct plx_config_flags flags;
    int status = plx_run_options_read(PLX_RUN_SERVICES, "run", usage, argc, argv, &flags);

    return status >= 0 ? status : (int)plx_process_run(&flags);
}
