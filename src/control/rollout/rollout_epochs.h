/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a service's next epoch begins, and that it is told in the log: when a command wants it, when the candidate has
 * another address or other rules hold, and when the candidate's answers name another version. A canary that was set by
 * command is for the candidate that it was set for: with another version the clients go back to the primary. With
 * another address that is for rollout.h, before the new configuration is in force.
 */
#ifndef PLX_ROLLOUT_ROLLOUT_EPOCHS_H
#define PLX_ROLLOUT_ROLLOUT_EPOCHS_H

#include "control/rollout/rollout.h"
#include "evidence/count/epochs.h"

/* client: whose wish it is, for the log; empty: nobody's. Statuses as plx_findings_begin_epoch(). */
PLX_MUST_USE enum plx_status plx_epoch_begin(struct plx_ledger *ledger, const struct plx_service *service,
                                             const struct plx_epoch *next, struct plx_slice client);
/* Against the present snapshot, when nothing is counted any more of the one before: each service's next epoch where its
 * candidate or its rules are others. */
void plx_epochs_check(struct plx_rollout *rollout);
/* After a fold: each service's next epoch where another version was seen. Whether there is another present snapshot. */
bool plx_epochs_take_versions(struct plx_rollout *rollout);

#endif
