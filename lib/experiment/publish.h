/* SPDX-License-Identifier: Apache-2.0 */
/* An outcome's way out. */
#ifndef PLX_EXPERIMENT_PUBLISH_H
#define PLX_EXPERIMENT_PUBLISH_H

#include "experiment/experiment_state.h"

void plx_publish_outcome(struct plx_trial *trial);
/* Whether the run is to raise; text[PLX_MISMATCH_TEXT_MAX] is then filled. */
bool plx_mismatch_text(struct plx_trial *trial, char *text);

#endif
