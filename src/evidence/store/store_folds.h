/* SPDX-License-Identifier: Apache-2.0 */
/* The table of rules by which paths are folded, and forgetting what they have merged. */
#ifndef PLX_STORE_STORE_FOLDS_H
#define PLX_STORE_STORE_FOLDS_H

#include "evidence/count/counts.h"
#include "evidence/ledger/path_folding.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_FOLDS "SELECT service, parent, stay, names, time_ms FROM path_fold ORDER BY service, place"

bool plx_store_save_folding(struct plx_sqlite *store, const struct plx_folding *folding);
/* With its reasons, fields and evidence. */
bool plx_store_forget_endpoint(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint);
bool plx_store_forget_cause(struct plx_sqlite *store, const struct plx_cause *cause);
PLX_MUST_USE enum plx_status plx_store_read_fold(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                 sqlite3_stmt *row);

#endif
