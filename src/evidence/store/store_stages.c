/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/store/store_stages.h"

static bool
read_at(sqlite3_stmt *row, int at, enum plx_stage *stage, uint32_t *share)
{
    uint64_t value;

    if (!plx_stage_of(plx_sqlite_column(row, at), stage) || !plx_sqlite_number(row, at + 1, &value) ||
        value > PLX_SHARE_ALL)
        return false;
    *share = (uint32_t)value;
    return true;
}

static bool
read_note(sqlite3_stmt *row, int at, struct plx_change_note *note)
{
    return plx_sqlite_number(row, at, &note->time_ms) &&
           plx_sqlite_text(row, at + 1, note->client, PLX_CHANGE_CLIENT_MAX) &&
           plx_sqlite_text(row, at + 2, note->reason, PLX_CHANGE_REASON_MAX);
}

/* Of the service that the row's first column names. NULL: *status says why. */
static struct plx_stage_entry *
entry_of(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row, enum plx_status *status)
{
    struct plx_slice name = plx_sqlite_column(row, 0);

    if (name.len == 0 || name.len > PLX_SERVICE_NAME_MAX) {
        *status = plx_sqlite_damaged(store, "a row of the tables stage, hold or change names no service");
        return NULL;
    }
    struct plx_stage_entry *entry = plx_ledger_stage_entry(ledger, name, status);
    if (!entry && *status == PLX_E_LIMIT)
        *status = plx_sqlite_damaged(store, "the tables stage, hold and change name more services than there are");
    return entry;
}

enum plx_status
plx_store_read_stage(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_set_stage set;
    enum plx_status status;

    if (!read_at(row, 1, &set.stage, &set.share) || !read_at(row, 3, &set.configured_stage, &set.configured_share) ||
        !read_note(row, 5, &set.note))
        return plx_sqlite_damaged(store, "a row of the table stage makes no sense");
    struct plx_stage_entry *entry = entry_of(store, ledger, row, &status);
    if (!entry)
        return status;
    entry->state.set = set;
    entry->state.is_set = true;
    return PLX_OK;
}

enum plx_status
plx_store_read_hold(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_held held;
    enum plx_hold hold;
    enum plx_status status;

    if (!plx_hold_of(plx_sqlite_column(row, 1), &hold) || !read_at(row, 2, &held.from.stage, &held.from.share) ||
        !read_note(row, 4, &held.note) || held.note.time_ms == 0)
        return plx_sqlite_damaged(store, "a row of the table hold makes no sense");
    struct plx_stage_entry *entry = entry_of(store, ledger, row, &status);
    if (!entry)
        return status;
    entry->state.held[hold] = held;
    return PLX_OK;
}

enum plx_status
plx_store_read_change(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    struct plx_change change;
    enum plx_status status;

    if (!plx_change_of(plx_sqlite_column(row, 1), &change.kind) ||
        !read_at(row, 2, &change.from.stage, &change.from.share) ||
        !read_at(row, 4, &change.to.stage, &change.to.share) || !read_note(row, 6, &change.note))
        return plx_sqlite_damaged(store, "a row of the table change makes no sense");
    struct plx_stage_entry *entry = entry_of(store, ledger, row, &status);
    if (!entry)
        return status;
    if (entry->change_count == PLX_CHANGES_MAX)
        return plx_sqlite_damaged(store, "the table change has more rows of a service than are kept");
    entry->changes[entry->change_count++] = change;
    return PLX_OK;
}

bool
plx_store_drop_stage_rows(struct plx_sqlite *store)
{
    return plx_sqlite_exec(store, "DELETE FROM stage; DELETE FROM hold; DELETE FROM change");
}
