/* SPDX-License-Identifier: Apache-2.0 */
/* The canary's third step: configurations with other weights are applied one after another, and counted what comes of
 * it. */
#ifndef PLX_DEMO_DEMO_WEIGHTS_H
#define PLX_DEMO_DEMO_WEIGHTS_H

#include "cli/demo/demo_run.h"

/* Puts the configuration whose candidate has so many percent where the proxy reads it: in tens. 0, or the exit status.
 */
int plx_demo_weights_apply(struct plx_demo_run *run, unsigned percent);
/* All of them, from 0 to 100, with what clients got; then the way back. 0, or the exit status. */
int plx_demo_weights_show(struct plx_demo_run *run);

#endif
