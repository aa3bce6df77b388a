/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reconciliations. */
#ifndef PLX_STORE_STORE_RECONCILIATIONS_H
#define PLX_STORE_STORE_RECONCILIATIONS_H

#include "evidence/ledger/reconciliations.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_RECONCILIATIONS                                                                           \
    "SELECT name, last, history, runs_true, runs_false, runs_failed, paired, only_left, only_right, differing, " \
    "waiting,"                                                                                                   \
    " unexamined, consumed, recovered FROM reconciliation"

bool plx_store_save_reconciliation(struct plx_sqlite *store, const struct plx_reconciliation_entry *entry);
PLX_MUST_USE enum plx_status plx_store_read_reconciliation(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                           sqlite3_stmt *row);

#endif
