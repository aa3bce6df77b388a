/* SPDX-License-Identifier: Apache-2.0 */
/* The candidates' verdicts. */
#ifndef PLX_EXPERIMENT_JUDGE_CANDIDATES_H
#define PLX_EXPERIMENT_JUDGE_CANDIDATES_H

#include "experiment/experiment_state.h"

/* Of all that were not lost before. */
void plx_judge_candidates(struct plx_trial *trial);

#endif
