/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fields of a cause look like, over all its exchanges. Each is looked at when it is counted, while its values
 * are at hand; what is kept are patterns, and of secret values not even those.
 */
#ifndef PLX_RECORD_CAUSE_FAULTS_H
#define PLX_RECORD_CAUSE_FAULTS_H

#include "base/arena.h"
#include "evidence/count/cause.h"
#include "evidence/count/exchange_outcome.h"

/* One exchange of the cause more, a mismatch with a judgement. Allocates in scratch; without memory nothing is said. */
void plx_cause_faults_note(struct plx_cause *cause, const struct plx_exchange_outcome *outcome,
                           struct plx_arena *scratch);

#endif
