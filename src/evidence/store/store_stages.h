/* SPDX-License-Identifier: Apache-2.0 */
/* The tables in which versions up to 10 kept stages that were set by command, holds, and the last changes of services:
 * they are read once and emptied. stage_file.h is where they are now. */
#ifndef PLX_STORE_STORE_STAGES_H
#define PLX_STORE_STORE_STAGES_H

#include "evidence/ledger/stages.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_STAGES \
    "SELECT service, stage, share, configured_stage, configured_share, time_ms, client, reason FROM stage"
#define PLX_STORE_READ_HOLDS "SELECT service, hold, stage, share, time_ms, client, reason FROM hold"
#define PLX_STORE_READ_CHANGES                                                                   \
    "SELECT service, kind, from_stage, from_share, to_stage, to_share, time_ms, client, reason " \
    "FROM change ORDER BY service, place"

bool plx_store_drop_stage_rows(struct plx_sqlite *store);
PLX_MUST_USE enum plx_status plx_store_read_stage(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                  sqlite3_stmt *row);
PLX_MUST_USE enum plx_status plx_store_read_hold(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                 sqlite3_stmt *row);
PLX_MUST_USE enum plx_status plx_store_read_change(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                   sqlite3_stmt *row);

#endif
