/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of rules: the segments that stay are one text, a line each, as an endpoint has no line breaks. */
#include "evidence/store/store_folds.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "evidence/count/cause_id.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/store/subject_rows.h"

#define STAY_BYTES_MAX (PLX_PATH_FOLD_STAY_MAX * (PLX_ENDPOINT_MAX + 1))

static bool
save_fold(struct plx_sqlite *store, const struct plx_folding *folding, size_t place)
{
    const struct plx_path_fold *fold = plx_path_folds_at(folding->folds, place);
    sqlite3_stmt *put = store->statements[PLX_PUT_FOLD];
    struct plx_buffer stay;
    bool ok;

    plx_buffer_init(&stay, STAY_BYTES_MAX);
    for (uint32_t i = 0; i < fold->stay_count; i++) {
        plx_buffer_add(&stay, fold->stay[i]);
        plx_buffer_byte(&stay, '\n');
    }
    plx_sqlite_bind_text(put, 1, plx_slice_of(folding->name));
    plx_sqlite_bind_text(put, 2, fold->parent);
    plx_sqlite_bind_text(put, 3, plx_buffer_slice(&stay));
    plx_sqlite_bind_number(put, 4, fold->names);
    plx_sqlite_bind_number(put, 5, fold->time_ms);
    plx_sqlite_bind_number(put, 6, place);
    ok = plx_sqlite_run(put) && !stay.failed;
    plx_buffer_fini(&stay);
    return ok;
}

bool
plx_store_save_folding(struct plx_sqlite *store, const struct plx_folding *folding)
{
    sqlite3_stmt *drop = store->statements[PLX_DROP_FOLDS];

    plx_sqlite_bind_text(drop, 1, plx_slice_of(folding->name));
    if (!plx_sqlite_run(drop))
        return false;
    for (size_t i = 0; i < plx_path_folds_count(folding->folds); i++)
        if (!save_fold(store, folding, i))
            return false;
    return true;
}

/* ---- forgetting ---- */

bool
plx_store_forget_endpoint(struct plx_sqlite *store, const struct plx_endpoint_counts *endpoint)
{
    static const enum plx_statement drops[] = {PLX_FORGET_ENDPOINT, PLX_FORGET_REASONS, PLX_FORGET_FIELDS,
                                               PLX_FORGET_EXCUSES, PLX_FORGET_EVIDENCE};

    for (size_t i = 0; i < PLX_COUNT(drops); i++) {
        sqlite3_stmt *drop = store->statements[drops[i]];
        plx_store_bind_subject(drop, 1, endpoint->service->kind);
        plx_sqlite_bind_text(drop, 2, endpoint->service->name);
        plx_sqlite_bind_text(drop, 3, endpoint->name);
        if (!plx_sqlite_run(drop))
            return false;
    }
    return true;
}

bool
plx_store_forget_cause(struct plx_sqlite *store, const struct plx_cause *cause)
{
    static const enum plx_statement drops[] = {PLX_FORGET_CAUSE, PLX_FORGET_RECHECKS};
    char id[PLX_CAUSE_TEXT];

    plx_cause_id_text(cause->id, id);
    for (size_t i = 0; i < PLX_COUNT(drops); i++) {
        sqlite3_stmt *drop = store->statements[drops[i]];
        plx_store_bind_subject(drop, 1, cause->service->kind);
        plx_sqlite_bind_text(drop, 2, cause->service->name);
        plx_sqlite_bind_text(drop, 3, plx_slice_of(id));
        if (!plx_sqlite_run(drop))
            return false;
    }
    return true;
}

/* ---- reading ---- */

/* Into fold->stay; false where the text is none of ours. */
static bool
read_stay(struct plx_slice text, struct plx_path_fold *fold)
{
    for (size_t from = 0; from < text.len;) {
        const char *end = memchr(text.ptr + from, '\n', text.len - from);
        size_t len = end ? (size_t)(end - text.ptr) - from : 0;

        if (len == 0 || len > PLX_ENDPOINT_MAX || fold->stay_count == PLX_PATH_FOLD_STAY_MAX)
            return false;
        fold->stay[fold->stay_count++] = plx_slice_make(text.ptr + from, len);
        from += len + 1;
    }
    return true;
}

enum plx_status
plx_store_read_fold(struct plx_sqlite *store, struct plx_ledger *ledger, sqlite3_stmt *row)
{
    const struct plx_slice name = plx_sqlite_column(row, 0);
    struct plx_path_fold fold = {.parent = plx_sqlite_column(row, 1)};
    struct plx_folding *folding;

    if (name.len == 0 || name.len > PLX_SERVICE_NAME_MAX || fold.parent.len == 0 ||
        fold.parent.len > PLX_ENDPOINT_MAX || fold.parent.ptr[fold.parent.len - 1] != '/' ||
        !read_stay(plx_sqlite_column(row, 2), &fold) || !plx_sqlite_number(row, 3, &fold.names) ||
        !plx_sqlite_number(row, 4, &fold.time_ms))
        return plx_sqlite_damaged(store, "a row of the table path_fold makes no sense");
    folding = plx_ledger_folding_entry(ledger, name);
    if (!folding || (!folding->folds && !(folding->folds = plx_path_folds_new())))
        return PLX_E_MEMORY;
    enum plx_status status = plx_path_folds_add(folding->folds, &fold);
    return status == PLX_E_LIMIT
               ? plx_sqlite_damaged(store, "the table path_fold has more rows of a service than it may have")
               : status;
}
