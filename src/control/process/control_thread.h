/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax run` and `parallax spy` have in common: all but their flags. */
#ifndef PLX_PROCESS_CONTROL_THREAD_H
#define PLX_PROCESS_CONTROL_THREAD_H

#include "control/config/config.h"

/* How a process has ended: its exit status. */
enum plx_process_end {
    PLX_PROCESS_DONE = 0,
    PLX_PROCESS_FAILED = 1,
    PLX_PROCESS_USAGE = 2, /* it was called wrongly */
};

/* Reads the configuration and serves until it is told to end. Standard error has said why where that is not done. */
enum plx_process_end plx_process_run(const struct plx_config_flags *flags);

#endif
