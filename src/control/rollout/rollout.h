/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which stage and share of a service are in force: those of the configuration, or those that were set by command since;
 * and what holds it. Changes in, a snapshot out; the workers are told by who asked. Of the control thread alone, so
 * that changes and reloads come one after the other.
 *
 *   configuration -------------> configured --+
 *   set and held by command (ledger) ---------+--> present ----> workers
 *   names in paths (ledger) ------------------+
 *
 * A stage or share that was set is in force until the configuration says another stage or share than it did when it was
 * set: then the configuration is in force again, and what was set is forgotten.
 *
 * A hold lasts until it is resumed, over all reloads. A pause leaves stage and share as they are, which may change
 * meanwhile. A rollback sets them, and nothing changes them before it is resumed; then they are what was set at that
 * moment.
 */
#ifndef PLX_ROLLOUT_ROLLOUT_H
#define PLX_ROLLOUT_ROLLOUT_H

#include "control/rollout/rollout_wish.h"
#include "evidence/ledger/ledger.h"
#include "json/writer.h"

struct plx_rollout {
    struct plx_ledger *ledger;
    struct plx_snapshot *configured; /* a reference */
    uint64_t folds_version;          /* the ledger's, as the present one has it */
    struct plx_snapshot *present;    /* in force, likewise; its services are those of `configured`, one by one */
};

/* A configuration comes into force, by what the ledger has (whose services need not be there). Its snapshot must not
 * have been seen by others. false: there is no memory, nothing has changed. */
PLX_MUST_USE bool plx_rollout_configure(struct plx_rollout *rollout, struct plx_snapshot *configured);
/* Where the ledger has found more path segments to be names since: a present snapshot in which workers fold them.
 * false: nothing has changed, or there is no memory now; the ledger folds what they count all the same. */
PLX_MUST_USE bool plx_rollout_fold(struct plx_rollout *rollout);
/* Before a service's next epoch (at this index) begins by a command: a present snapshot by which what is under way is
 * told from what comes after. false: there is no memory, nothing has changed. */
PLX_MUST_USE bool plx_rollout_next_epoch(struct plx_rollout *rollout, size_t index);
void plx_rollout_fini(struct plx_rollout *rollout);

/*
 * Makes a service of the present snapshot (at this index) as wished: kept by the ledger, told in the log, in the new
 * present snapshot. client: whose wish it is; empty: nobody's. What is so already stays as it is, and is not told
 * again. false: *error says why, nothing has changed.
 */
PLX_MUST_USE bool plx_rollout_change(struct plx_rollout *rollout, size_t index, const struct plx_rollout_wish *wish,
                                     struct plx_slice client, struct plx_rollout_error *error);

/* The members "configured", "changed", "holds" and "changes" of a service: what the configuration says, when a command
 * has set what is in force (null: none has), what holds it, and its last changes. */
void plx_rollout_write(const struct plx_rollout *rollout, size_t index, struct plx_json_writer *out);

#endif
