/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step at work: its processes, started in order, each when the one before is ready, and stopped in the other order;
 * what they say is shown as it comes. Functions that can fail give 0 or the exit status, after telling.
 */
#ifndef PLX_DEMO_DEMO_RUN_H
#define PLX_DEMO_DEMO_RUN_H

#include "base/arena.h"
#include "cli/client/client.h"
#include "cli/demo/demo_options.h"
#include "cli/demo/demo_paths.h"
#include "cli/demo/demo_ports.h"
#include "cli/demo/demo_process.h"
#include "cli/demo/demo_steps.h"

struct plx_demo_run {
    const struct plx_demo_options *options;
    const struct plx_demo_step *step;
    /* What the processes find in their folder: called before the first of them starts; 0, or the exit status after
     * telling. NULL: nothing. */
    int (*prepare)(struct plx_demo_run *run);
    struct plx_demo_paths paths;
    char folder[PATH_MAX]; /* the processes' own; "": none yet */
    struct plx_demo_ports ports;
    struct plx_process processes[PLX_DEMO_PROCESSES_MAX], database;
    unsigned count;
    const char *awaited; /* text that a line of the last process is waited for, or NULL: it has come */
    struct plx_arena *arena;
};

/* Options, step, prepare and paths are filled in before, all else is zero. plx_demo_run_stop() in either case. */
int plx_demo_run_start(struct plx_demo_run *run);
void plx_demo_run_stop(struct plx_demo_run *run);

/* Shows what the processes say for so long, or until Ctrl-C; seconds below 0: without an end. */
int plx_demo_run_watch(struct plx_demo_run *run, double seconds);
/* Shows what they say until a line of the last one, which is the proxy in the end, has the text in it. */
int plx_demo_run_await(struct plx_demo_run *run, const char *text);
/* A command of this program, NULL at its end, with its output shown; its own exit status. */
int plx_demo_run_command(struct plx_demo_run *run, const char *const *arguments);
/* An argument of the table with all filled in, from the arena; NULL without memory. */
const char *plx_demo_run_expand(struct plx_demo_run *run, const char *argument);

#endif
