/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what rules excused. */
#ifndef PLX_STORE_STORE_EXCUSES_H
#define PLX_STORE_STORE_EXCUSES_H

#include "evidence/count/excuse.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_EXCUSES                                                                                       \
    "SELECT service, endpoint, rule, exchanges, example, example_field, example_primary, example_candidate, subject" \
    " FROM excuse"

bool plx_store_save_excuse(struct plx_sqlite *store, const struct plx_excuse_counts *excuse);
PLX_MUST_USE enum plx_status plx_store_read_excuse(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                   sqlite3_stmt *row);

#endif
