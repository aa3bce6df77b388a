/* SPDX-License-Identifier: Apache-2.0 */
/* The table of stages that were set by command. */
#ifndef PLX_STORE_STORE_STAGES_H
#define PLX_STORE_STORE_STAGES_H

#include "evidence/ledger/stages.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_STAGES "SELECT service, stage, share, configured_stage, configured_share, time_ms FROM stage"

bool plx_store_save_stage(struct plx_sqlite *store, const struct plx_stage_entry *entry);
PLX_MUST_USE enum plx_status plx_store_read_stage(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                  sqlite3_stmt *row);

#endif
