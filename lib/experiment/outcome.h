/* SPDX-License-Identifier: Apache-2.0 */
/* An outcome as a line of JSON, for the publishers. */
#ifndef PLX_EXPERIMENT_OUTCOME_H
#define PLX_EXPERIMENT_OUTCOME_H

#include "base/buffer.h"

#include <parallax/experiment.h>

void plx_outcome_write(const struct plx_outcome *outcome, struct plx_buffer *out); /* without the line's end */

#endif
