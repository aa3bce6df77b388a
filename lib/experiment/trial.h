/* SPDX-License-Identifier: Apache-2.0 */
/* One run from its beginning to its outcome. */
#ifndef PLX_EXPERIMENT_TRIAL_H
#define PLX_EXPERIMENT_TRIAL_H

#include "experiment/experiment_state.h"
#include "experiment/instant.h"

/* With the behaviour at this index as control. Takes no memory. */
void plx_trial_init(struct plx_trial *trial, struct plx_experiment *experiment, unsigned control, void *input);
/* Asks before_run and describe and copies the inputs. false: the run is off; the trial is then to be finished with. */
bool plx_trial_prepare(struct plx_trial *trial);
void plx_trial_fini(struct plx_trial *trial);
/* What the slot's behaviour did between two instants. */
void plx_trial_note(struct plx_trial *trial, unsigned slot, const struct plx_instant *from,
                    const struct plx_instant *to);
/* The slot has no result to compare. */
void plx_trial_lose(struct plx_trial *trial, unsigned slot, enum plx_reason reason, int detail);
/* All observations are there: verdicts, counts, publishers. */
void plx_trial_conclude(struct plx_trial *trial);

#endif
