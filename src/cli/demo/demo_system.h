/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of the demo: the payment service old, new and old again, and `parallax run` between them, each on a
 * free port. */
#ifndef PLX_DEMO_DEMO_SYSTEM_H
#define PLX_DEMO_DEMO_SYSTEM_H

#include "cli/demo/demo_paths.h"
#include "cli/demo/demo_process.h"

enum {
    PLX_DEMO_PRIMARY,
    PLX_DEMO_CANDIDATE,
    PLX_DEMO_SECONDARY,
    PLX_DEMO_PROXY, /* last: it is stopped first */
    PLX_DEMO_PROCESSES,
};

struct plx_demo_system {
    struct plx_process processes[PLX_DEMO_PROCESSES];
    struct plx_demo_paths paths;
    char folder[PATH_MAX];          /* temporary; "": none */
    char urls[PLX_DEMO_PROXY][128]; /* of the services */
    char proxy_url[128], admin_url[128];
};

/* The system is all zero before. 0, or the exit status after telling what did not start. plx_demo_system_stop() in
 * either case. */
int plx_demo_system_start(struct plx_demo_system *system);
/* To be called several times a second: takes what they print. 0, or the exit status after telling which one has ended.
 */
int plx_demo_system_tend(struct plx_demo_system *system);
void plx_demo_system_stop(struct plx_demo_system *system);

#endif
