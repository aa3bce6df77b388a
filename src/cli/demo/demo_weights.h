/* SPDX-License-Identifier: Apache-2.0 */
/* The canary's third step: configurations with other weights are applied one after another, and counted what comes of
 * it. */
#ifndef PLX_DEMO_DEMO_WEIGHTS_H
#define PLX_DEMO_DEMO_WEIGHTS_H

#include "cli/demo/demo_run.h"

/* Puts the first configuration where the proxy reads it. 0, or the exit status. */
int plx_demo_weights_prepare(struct plx_demo_run *run);
/* All of them, from 0 to 100, with what clients got; then the way back. 0, or the exit status. */
int plx_demo_weights_show(struct plx_demo_run *run);

#endif
