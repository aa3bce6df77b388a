/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax run` and `parallax spy` have in common: all but their flags. */
#ifndef PLX_PROCESS_CONTROL_THREAD_H
#define PLX_PROCESS_CONTROL_THREAD_H

#include "control/config/config.h"

/* Reads the configuration and serves until it is told to end; the exit status. */
int plx_run(const struct plx_config_flags *flags);

#endif
