/* SPDX-License-Identifier: Apache-2.0 */
/* Subjects in rows. */
#include "evidence/store/subject_rows.h"

#include "evidence/ledger/ledger_state.h"

void
plx_store_bind_subject(sqlite3_stmt *statement, int at, enum plx_subject_kind kind)
{
    plx_sqlite_bind_text(statement, at, plx_slice_of(plx_subject_text(kind)));
}

/* Names were fit to be kept when they were written: one that now lands in "(other)" means a file beyond the limits, or
 * no memory. */
struct plx_service_counts *
plx_store_service(struct plx_ledger *ledger, sqlite3_stmt *row, int name, int subject)
{
    struct plx_service_counts *service;
    enum plx_subject_kind kind;

    if (!plx_subject_of(plx_sqlite_column(row, subject), &kind))
        return NULL;
    service = plx_counts_service(&ledger->counts, kind, plx_sqlite_column(row, name));
    return plx_slice_equal(service->name, plx_sqlite_column(row, name)) ? service : NULL;
}
