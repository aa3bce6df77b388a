/* SPDX-License-Identifier: Apache-2.0 */
/* A run beside the caller. */
#ifndef PLX_EXPERIMENT_BESIDE_H
#define PLX_EXPERIMENT_BESIDE_H

#include "experiment/experiment_state.h"

struct plx_result plx_run_beside(struct plx_experiment *experiment, unsigned control, void *input,
                                 const struct plx_surroundings *found);

#endif
