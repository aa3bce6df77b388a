/* SPDX-License-Identifier: Apache-2.0 */
/* A row for each rule and endpoint, with absolute numbers. */
#include "evidence/store/store_excuses.h"

#include "evidence/count/excuses.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/store/subject_rows.h"

bool
plx_store_save_excuse(struct plx_sqlite *store, const struct plx_excuse_counts *excuse)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_EXCUSE];
    const struct plx_excuse_example *example = excuse->example;

    plx_sqlite_bind_text(put, 1, excuse->endpoint->service->name);
    plx_sqlite_bind_text(put, 2, excuse->endpoint->name);
    plx_sqlite_bind_text(put, 3, excuse->rule);
    plx_sqlite_bind_number(put, 4, excuse->exchanges);
    if (example) {
        plx_sqlite_bind_text(put, 5, plx_slice_of(example->exchange));
        plx_sqlite_bind_blob(put, 6, plx_slice_make(example->field, example->field_len));
        plx_sqlite_bind_blob(put, 7, plx_slice_make(example->primary, example->primary_len));
        plx_sqlite_bind_blob(put, 8, plx_slice_make(example->candidate, example->candidate_len));
    }
    plx_store_bind_subject(put, 9, excuse->endpoint->service->kind);
    return plx_sqlite_run(put);
}

enum plx_status
plx_store_read_excuse(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_service_counts *service = plx_store_service(ledger, row, 0, 8);
    struct plx_slice name = plx_sqlite_column(row, 1), rule = plx_sqlite_column(row, 2);
    struct plx_endpoint_counts *endpoint = service ? plx_counts_endpoint(&ledger->counts, service, name) : NULL;

    if (!endpoint || !plx_slice_equal(endpoint->name, name))
        return plx_sqlite_damaged(store, "a row of the table excuse makes no sense");
    struct plx_excuse_counts *excuse = plx_counts_excuse(&ledger->counts, endpoint, rule);
    if (!excuse)
        return PLX_E_MEMORY;
    if (!plx_slice_equal(excuse->rule, rule) || !plx_sqlite_number(row, 3, &excuse->exchanges))
        return plx_sqlite_damaged(store, "a row of the table excuse makes no sense");
    if (plx_sqlite_column(row, 4).len == PLX_EXCHANGE_ID_BYTES)
        plx_excuse_counts_show(excuse, plx_sqlite_column(row, 4).ptr, plx_sqlite_column(row, 5),
                               plx_sqlite_column(row, 6), plx_sqlite_column(row, 7));
    return PLX_OK;
}
