/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax reconcile` was asked for: jobs of a configuration, or one put together from flags. */
#ifndef PLX_COMMAND_RECONCILE_OPTIONS_H
#define PLX_COMMAND_RECONCILE_OPTIONS_H

#include "batch/reconcile/batch.h"
#include "cli/terminal/options.h"
#include "control/config/config.h"

struct plx_reconcile_command {
    struct plx_options options;
    bool admin; /* results go to a running proxy: --admin or PARALLAX_ADMIN says so */
    bool dry_run;
    uint32_t limit; /* rows shown of each kind */
    bool serve;
    struct plx_address serve_address;
    struct plx_config config;                               /* with -c */
    struct plx_reconcile_job job;                           /* without */
    struct plx_reconcile_job *jobs[PLX_RECONCILE_JOBS_MAX]; /* that are meant; of the one or the other */
    size_t job_count;
    bool job_given;     /* a flag was about the job */
    const char *file;   /* of -c */
    uint32_t settle_ms; /* of --settle; 0: not given */
};

/* -1 to go on, or the exit status. plx_reconcile_command_fini() in either case. */
int plx_reconcile_command_read(struct plx_reconcile_command *command, int argc, char **argv);
void plx_reconcile_command_fini(struct plx_reconcile_command *command);

#endif
