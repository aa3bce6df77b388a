/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax spy`: the flags of a spy without services around it. */
#include "cli/command/command.h"
#include "cli/command/run_options.h"
#include "control/process/control_thread.h"

static const char help[] =
    "parallax spy: a recording stand-in for a dependency\n\n"
    "usage: parallax spy -c FILE\n"
    "       parallax spy --primary ADDRESS --candidate ADDRESS [--real URL] [--answer ANSWER] [OPTION...]\n\n"
    "The old implementation calls the primary address and the new one the candidate address, in place of the\n"
    "dependency. The primary's calls go on to the real one; the candidate's are answered here, and go nowhere.\n"
    "Both are recorded, paired and compared: GET /compare on the admin address says true, false or pending.\n\n"
    "  -c, --config FILE        spies from a YAML file; services in it are not run\n"
    "      --primary ADDRESS    where the old implementation's calls come\n"
    "      --candidate ADDRESS  where the new one's come\n"
    "      --real URL           the dependency, http://HOST:PORT; without it the primary's calls are answered here, "
    "too\n"
    "      --answer ANSWER      what the candidate gets: primary (the default: what the primary got), STATUS, or\n"
    "                           'STATUS BODY' with pieces of the call, as in '200 {\"id\": {{counter}}}'\n"
    "      --window DURATION    how long a call waits for its pair, default 10s\n"
    "      --admin ADDRESS      API and /metrics, default 127.0.0.1:9900\n"
    "      --store STORE        sqlite:FILE or none (default: none without a file, sqlite:parallax.db with one)\n"
    "      --log-level LEVEL    debug, info, warn or error\n"
    "  -h, --help               this text\n"
    "  -V, --version            the version\n\n"
    "PARALLAX_TOKEN is the token of the admin side where the file has none; --admin needs one beyond loopback.\n"
    "SIGTERM finishes what is under way. docs/spy.md tells more.\n";

int
plx_command_spy(int argc, char **argv)
{
    struct plx_config_flags flags;
    int status = plx_run_options_read(PLX_RUN_SPIES, "spy", help, argc, argv, &flags);

    return status >= 0 ? status : (int)plx_process_run(&flags);
}
