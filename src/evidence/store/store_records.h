/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mismatches that are kept whole. */
#ifndef PLX_STORE_STORE_RECORDS_H
#define PLX_STORE_STORE_RECORDS_H

#include "evidence/record/record.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_RECORDS \
    "SELECT sequence, id, service, endpoint, fields, json, subject FROM record ORDER BY sequence"

bool plx_store_save_record(struct plx_sqlite *store, const struct plx_record *record);
PLX_MUST_USE enum plx_status plx_store_read_record(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                   sqlite3_stmt *row);

#endif
