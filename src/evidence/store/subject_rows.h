/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of counts have in common: whose they are, a subject's name and kind. */
#ifndef PLX_STORE_SUBJECT_ROWS_H
#define PLX_STORE_SUBJECT_ROWS_H

#include "evidence/count/counts.h"
#include "evidence/store/sqlite.h"

struct plx_ledger;

void plx_store_bind_subject(sqlite3_stmt *statement, int at, enum plx_subject_kind kind);
/* The counts of the subject whose name and kind are in these columns, added where they are new; NULL: they make no
 * sense, or there is no room. */
struct plx_service_counts *plx_store_service(struct plx_ledger *ledger, sqlite3_stmt *row, int name, int subject);

#endif
