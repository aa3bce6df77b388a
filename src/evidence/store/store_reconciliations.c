/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reconciliations: totals as numbers, results as the JSON in which they came. */
#include "evidence/store/store_reconciliations.h"

#include "base/arena.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/reconciliation_read.h"

#define LAST_BYTES_MAX    PLX_RECONCILIATION_POST_MAX
#define HISTORY_BYTES_MAX (PLX_RECONCILIATION_HISTORY_MAX * PLX_RECONCILIATION_POST_MAX)
#define TEXT_COLUMNS      3 /* name, last, history; then the totals */

static bool
put(sqlite3_stmt *statement, const struct plx_reconciliation_entry *entry, struct plx_buffer *last,
    struct plx_buffer *history)
{
    struct plx_json_writer writer;
    int at = TEXT_COLUMNS;

    plx_json_writer_init(&writer, last);
    plx_reconciliation_write(entry->last, &writer);
    plx_json_writer_init(&writer, history);
    plx_reconciliation_entry_write_history(entry, &writer);
    if (last->failed || history->failed)
        return false;
    plx_sqlite_bind_text(statement, 1, plx_slice_of(entry->name));
    plx_sqlite_bind_text(statement, 2, plx_buffer_slice(last));
    plx_sqlite_bind_text(statement, 3, plx_buffer_slice(history));
    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        plx_sqlite_bind_number(statement, ++at, entry->totals.runs[i]);
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        plx_sqlite_bind_number(statement, ++at, entry->totals.counts[i]);
    return plx_sqlite_run(statement);
}

bool
plx_store_save_reconciliation(struct plx_sqlite *store, const struct plx_reconciliation_entry *entry)
{
    struct plx_buffer last, history;
    bool ok;

    if (entry->dropped) {
        plx_sqlite_bind_text(store->statements[PLX_DROP_RECONCILIATION], 1, plx_slice_of(entry->name));
        return plx_sqlite_run(store->statements[PLX_DROP_RECONCILIATION]);
    }
    plx_buffer_init(&last, LAST_BYTES_MAX);
    plx_buffer_init(&history, HISTORY_BYTES_MAX);
    ok = put(store->statements[PLX_PUT_RECONCILIATION], entry, &last, &history);
    plx_buffer_fini(&last);
    plx_buffer_fini(&history);
    return ok;
}

/* ---- reading ---- */

/* NULL: *status says why. */
static struct plx_reconciliation *
read_result(struct plx_slice json, const char *name, struct plx_arena *arena, enum plx_status *status)
{
    struct plx_reconciliation result, *copy;
    const char *wrong;

    *status = plx_reconciliation_read(json, plx_secrets_none(), arena, &result, &wrong);
    if (*status == PLX_OK && !plx_slice_equal(result.name, plx_slice_of(name)))
        *status = PLX_E_SYNTAX;
    if (*status != PLX_OK)
        return NULL;
    copy = plx_reconciliation_copy(&result, true);
    *status = copy ? PLX_OK : PLX_E_MEMORY;
    return copy;
}

/* The oldest first, so that each goes before the one that came before it. */
static enum plx_status
read_history(struct plx_slice json, struct plx_reconciliation_entry *entry, struct plx_arena *arena)
{
    const struct plx_json_limits limits = {.bytes_max = HISTORY_BYTES_MAX};
    uint32_t runs[PLX_RECONCILIATION_HISTORY_MAX], count = 0;
    struct plx_document document;
    enum plx_status status = plx_json_read(json, &limits, arena, &document, NULL);

    if (status != PLX_OK)
        return status == PLX_E_MEMORY ? status : PLX_E_SYNTAX;
    if (document.nodes[0].type != PLX_ARRAY || document.nodes[0].length == 0 ||
        document.nodes[0].length > PLX_RECONCILIATION_HISTORY_MAX)
        return PLX_E_SYNTAX;
    for (uint32_t at = 1; at < document.count; at = document.nodes[at].next)
        runs[count++] = at;
    while (count-- > 0) {
        struct plx_reconciliation *run =
            read_result(plx_json_text(&document, runs[count]), entry->name, arena, &status);
        if (!run)
            return status;
        plx_reconciliation_entry_push(entry, run);
    }
    return PLX_OK;
}

static bool
read_totals(sqlite3_stmt *row, struct plx_reconciliation_totals *totals)
{
    int at = TEXT_COLUMNS;
    bool ok = true;

    for (int i = 0; i < PLX_RECONCILIATION_OUTCOMES; i++)
        ok = plx_sqlite_number(row, at++, &totals->runs[i]) && ok;
    for (int i = 0; i < PLX_RECONCILIATION_COUNTS; i++)
        ok = plx_sqlite_number(row, at++, &totals->counts[i]) && ok;
    return ok;
}

enum plx_status
plx_store_read_reconciliation(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    static const char damage[] = "a row of the table reconciliation makes no sense";
    struct plx_slice name = plx_sqlite_column(row, 0);
    struct plx_reconciliation_entry *entry;
    struct plx_arena *arena;
    enum plx_status status;

    if (!plx_reconciliation_name_fits(name))
        return plx_sqlite_damaged(store, damage);
    entry = plx_reconciliations_entry(&ledger->reconciliations, name, &status);
    if (!entry)
        return status == PLX_E_LIMIT ? plx_sqlite_damaged(store, "the table reconciliation has too many rows") : status;
    arena = plx_arena_new(NULL);
    if (!arena)
        return PLX_E_MEMORY;
    entry->last = read_result(plx_sqlite_column(row, 1), entry->name, arena, &status);
    if (status == PLX_OK)
        status = read_history(plx_sqlite_column(row, 2), entry, arena);
    if (status == PLX_OK && !read_totals(row, &entry->totals))
        status = PLX_E_SYNTAX;
    entry->dropped = false;
    plx_arena_free(arena);
    return status == PLX_E_SYNTAX ? plx_sqlite_damaged(store, damage) : status;
}
