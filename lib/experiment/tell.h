/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong around a run: counted, and told to whoever has asked for it. */
#ifndef PLX_EXPERIMENT_TELL_H
#define PLX_EXPERIMENT_TELL_H

#include "experiment/experiment_state.h"

void plx_experiment_tell(struct plx_experiment *experiment, enum plx_operation operation, int code);

#endif
