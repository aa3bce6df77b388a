/* SPDX-License-Identifier: Apache-2.0 */
/* The table of causes, and that of what came of asking again. */
#ifndef PLX_STORE_STORE_CAUSES_H
#define PLX_STORE_STORE_CAUSES_H

#include "evidence/count/cause.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

#define PLX_STORE_READ_CAUSES                                                                                     \
    "SELECT service, id, endpoint, fields, fields_total, count, first_ms, last_ms, weight, example, differences," \
    " reproduce_primary, reproduce_candidate, subject, faults FROM cause"
#define PLX_STORE_READ_RECHECKS "SELECT service, cause, result, count, subject FROM recheck"

bool plx_store_save_cause(struct plx_sqlite *store, const struct plx_cause *cause);
PLX_MUST_USE enum plx_status plx_store_read_cause(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                  sqlite3_stmt *row);
/* Behind the causes. */
PLX_MUST_USE enum plx_status plx_store_read_recheck(struct plx_sqlite *store, struct plx_ledger *ledger,
                                                    sqlite3_stmt *row);

#endif
