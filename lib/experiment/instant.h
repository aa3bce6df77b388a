/* SPDX-License-Identifier: Apache-2.0 */
/* What a behaviour took, as the difference of two looks at the clocks. */
#ifndef PLX_EXPERIMENT_INSTANT_H
#define PLX_EXPERIMENT_INSTANT_H

#include "experiment/experiment_state.h"

struct plx_instant {
    uint64_t wall_ns, cpu_ns;
};

struct plx_instant plx_instant_now(const struct plx_experiment *experiment);

#endif
