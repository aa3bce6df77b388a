/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax check`: reads a configuration as `run` would and says what would run. */
#include "cli/command/command.h"
#include "cli/command/run_options.h"
#include "cli/report/config_json.h"
#include "cli/report/config_text.h"
#include "control/config/config.h"
#include "control/process/check_online.h"
#include "control/process/check_store.h"

#include <stdio.h>

#define ANSWER_BYTES_MAX (8u << 20)

static const char usage[] =
    "parallax check: read a configuration, say what would run\n\n"
    "usage: parallax check -c FILE\n"
    "       parallax check --primary URL --candidate URL [--secondary URL] [OPTION...]\n\n" PLX_RUN_OPTIONS_HELP
    "      --json             for a machine\n"
    "      --online           names, connections, queries of jobs and folders are tried, too\n" PLX_RUN_OPTIONS_END
    "\nExit status: 0 it would run; 1 there are errors, each with its place and how to mend it, or the\n"
    "store can't be used, or with --online something does not answer; 2 wrong use.\n";

int
plx_command_check(int argc, char **argv)
{
    struct plx_config_flags flags;
    struct plx_config config;
    struct plx_config_errors errors = {0};
    struct plx_buffer out;
    int status = plx_run_options_read(PLX_RUN_CHECK, "check", usage, argc, argv, &flags);

    if (status >= 0)
        return status;
    flags.jobs_alone = true;
    enum plx_status read = plx_config_read(&flags, &config, &errors);
    plx_config_errors_print(&errors);
    if (read != PLX_OK) {
        status = errors.usage ? PLX_EXIT_USAGE : PLX_EXIT_FAILED;
        plx_config_errors_fini(&errors);
        return status;
    }
    plx_config_errors_fini(&errors);
    plx_buffer_init(&out, ANSWER_BYTES_MAX);
    if (flags.json)
        plx_config_write(&out, &config);
    else
        plx_config_say(&out, &config);
    if (out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
        fputs("parallax check: the answer could not be written; is there room where it goes?\n", stderr);
        status = 1;
    } else {
        status = plx_process_check_store(&config) ? 0 : PLX_EXIT_FAILED;
        if (flags.online && !plx_process_check_online(&config))
            status = PLX_EXIT_FAILED;
    }
    plx_buffer_fini(&out);
    plx_config_fini(&config);
    return status;
}
