/* SPDX-License-Identifier: Apache-2.0 */
/* The table of stages that were set by command. */
#include "evidence/store/store_stages.h"

bool
plx_store_save_stage(struct plx_sqlite *store, const struct plx_stage_entry *entry)
{
    sqlite3_stmt *put = store->statements[PLX_PUT_STAGE], *drop = store->statements[PLX_DROP_STAGE];
    const struct plx_set_stage *set = &entry->set;

    if (entry->dropped) {
        plx_sqlite_bind_text(drop, 1, plx_slice_of(entry->name));
        return plx_sqlite_run(drop);
    }
    plx_sqlite_bind_text(put, 1, plx_slice_of(entry->name));
    plx_sqlite_bind_text(put, 2, plx_slice_of(plx_stage_text(set->stage)));
    plx_sqlite_bind_number(put, 3, set->share);
    plx_sqlite_bind_text(put, 4, plx_slice_of(plx_stage_text(set->configured_stage)));
    plx_sqlite_bind_number(put, 5, set->configured_share);
    plx_sqlite_bind_number(put, 6, set->time_ms);
    return plx_sqlite_run(put);
}

static bool
read_share(sqlite3_stmt *row, int at, uint32_t *share)
{
    uint64_t value;

    if (!plx_sqlite_number(row, at, &value) || value > PLX_SHARE_ALL)
        return false;
    *share = (uint32_t)value;
    return true;
}

enum plx_status
plx_store_read_stage(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_slice name = plx_sqlite_column(row, 0);
    struct plx_set_stage set;
    enum plx_status status;

    if (name.len == 0 || name.len > PLX_SERVICE_NAME_MAX || !plx_stage_of(plx_sqlite_column(row, 1), &set.stage) ||
        !read_share(row, 2, &set.share) || !plx_stage_of(plx_sqlite_column(row, 3), &set.configured_stage) ||
        !read_share(row, 4, &set.configured_share) || !plx_sqlite_number(row, 5, &set.time_ms))
        return plx_sqlite_damaged(store, "a row of the table stage makes no sense");
    struct plx_stage_entry *entry = plx_ledger_stage_entry(ledger, name, &status);
    if (!entry)
        return status == PLX_E_LIMIT
                   ? plx_sqlite_damaged(store, "the table stage has more rows than there are services")
                   : status;
    entry->set = set;
    return PLX_OK;
}
