/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger does with its store: writing what changed, and what is told when that fails. The file is opened in
 * store_file.c, read back in store_load.c.
 *
 * The hard thing is to never hold half of the truth: rows carry absolute numbers, one transaction a fold writes all
 * that is dirty, and nothing stops being dirty before its COMMIT has succeeded. A file that can't be opened, or was
 * taken away, is left as it is: counting goes on in memory, and all of it is written once there is no file at its place
 * and a new one can be made.
 */
#include "evidence/store/store.h"

#include "base/assert.h"
#include "base/clock.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/record/record.h"
#include "evidence/store/stage_file.h"
#include "evidence/store/store_backup.h"
#include "evidence/store/store_causes.h"
#include "evidence/store/store_counts.h"
#include "evidence/store/store_excuses.h"
#include "evidence/store/store_file.h"
#include "evidence/store/store_folds.h"
#include "evidence/store/store_load.h"
#include "evidence/store/store_purge.h"
#include "evidence/store/store_reconciliations.h"
#include "evidence/store/store_records.h"
#include "evidence/store/store_stages.h"
#include "log/log.h"
#include "secrets/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COMPLAIN_EVERY_S 60
#define REOPEN_EVERY_MS  500

/* ---- rows ---- */

/* Of those that the file has already. */
static bool
save_moved(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    for (const struct plx_list *node = ledger->records.next; node != &ledger->records; node = node->next) {
        const struct plx_record *record = PLX_CONTAINER(node, struct plx_record, node);
        if (record->moved && record->sequence <= store->sequence && !plx_store_save_record(store, record))
            return false;
    }
    return true;
}

/* Before anything is written that they were merged into. */
static bool
forget_gone(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node;

    for (node = ledger->gone_endpoints.next; node != &ledger->gone_endpoints; node = node->next)
        if (!plx_store_forget_endpoint(store, PLX_CONTAINER(node, struct plx_endpoint_counts, dirty)))
            return false;
    for (node = ledger->gone_causes.next; node != &ledger->gone_causes; node = node->next)
        if (!plx_store_forget_cause(store, PLX_CONTAINER(node, struct plx_cause, dirty)))
            return false;
    for (node = ledger->dirty_folding.next; node != &ledger->dirty_folding; node = node->next)
        if (!plx_store_save_folding(store, PLX_CONTAINER(node, struct plx_folding, dirty)))
            return false;
    return true;
}

static bool
save_records(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node = ledger->records.prev;

    if (ledger->records_moved && !save_moved(store, ledger))
        return false;
    if (store->sequence == ledger->sequence && store->evicted == ledger->evicted)
        return true;
    while (node != &ledger->records && PLX_CONTAINER(node, struct plx_record, node)->sequence > store->sequence)
        node = node->prev;
    for (node = node->next; node != &ledger->records; node = node->next)
        if (!plx_store_save_record(store, PLX_CONTAINER(node, struct plx_record, node)))
            return false;
    if (ledger->evicted) {
        plx_sqlite_bind_number(store->statements[PLX_DROP_RECORDS], 1, ledger->evicted);
        if (!plx_sqlite_run(store->statements[PLX_DROP_RECORDS]))
            return false;
    }
    plx_sqlite_bind_text(store->statements[PLX_PUT_STATE], 1, plx_slice_of("sequence"));
    plx_sqlite_bind_number(store->statements[PLX_PUT_STATE], 2, ledger->sequence);
    return plx_sqlite_run(store->statements[PLX_PUT_STATE]);
}

static bool
save_all(struct plx_sqlite *store, const struct plx_ledger *ledger)
{
    const struct plx_list *node;

    if (!forget_gone(store, ledger))
        return false;
    for (node = ledger->dirty_services.next; node != &ledger->dirty_services; node = node->next)
        if (!plx_store_save_service(store, PLX_CONTAINER(node, struct plx_service_counts, dirty)))
            return false;
    for (node = ledger->dirty_endpoints.next; node != &ledger->dirty_endpoints; node = node->next)
        if (!plx_store_save_endpoint(store, PLX_CONTAINER(node, struct plx_endpoint_counts, dirty)))
            return false;
    for (node = ledger->dirty_fields.next; node != &ledger->dirty_fields; node = node->next)
        if (!plx_store_save_field(store, PLX_CONTAINER(node, struct plx_field_counts, dirty)))
            return false;
    for (node = ledger->dirty_causes.next; node != &ledger->dirty_causes; node = node->next)
        if (!plx_store_save_cause(store, PLX_CONTAINER(node, struct plx_cause, dirty)))
            return false;
    for (node = ledger->dirty_excuses.next; node != &ledger->dirty_excuses; node = node->next)
        if (!plx_store_save_excuse(store, PLX_CONTAINER(node, struct plx_excuse_counts, dirty)))
            return false;
    for (node = ledger->dirty_reconciliations.next; node != &ledger->dirty_reconciliations; node = node->next)
        if (!plx_store_save_reconciliation(store, PLX_CONTAINER(node, struct plx_reconciliation_entry, dirty)))
            return false;
    return save_records(store, ledger);
}

/* ---- one transaction ---- */

static void
complain(struct plx_sqlite *store, enum plx_store_part part)
{
    static const char *const events[] = {"store_failed", "stages_failed"};
    static const char *const effects[] = {
        "traffic is served as before, counting goes on in memory; what was counted since the last write is lost when "
        "the process ends before this is mended",
        "traffic is served as before; stages, shares and holds set from here on are lost when the process ends"};
    uint64_t now = plx_monotonic_ns() / PLX_NS_PER_S + 1;

    if (store->complained_s[part] && now - store->complained_s[part] < COMPLAIN_EVERY_S)
        return;
    store->complained_s[part] = now;
    if (store->awaited) {
        plx_log(PLX_LOG_INFO, "store_awaited",
                PLX_TEXT("file", part == PLX_STORE_COUNTS ? store->path : store->stages_path),
                PLX_TEXT("what", "the process before this one still has it; what is counted meanwhile is added to it"));
        return;
    }
    plx_log(PLX_LOG_ERROR, events[part], PLX_TEXT("file", part == PLX_STORE_COUNTS ? store->path : store->stages_path),
            PLX_TEXT("error", store->trouble[part].what), PLX_TEXT("effect", effects[part]),
            PLX_TEXT("mend", store->trouble[part].mend));
}

static void
is_well(struct plx_sqlite *store, enum plx_store_part part)
{
    static const char *const events[] = {"store_recovered", "stages_recovered"};

    if (store->complained_s[part])
        plx_log(PLX_LOG_INFO, events[part],
                PLX_TEXT("file", part == PLX_STORE_COUNTS ? store->path : store->stages_path));
    store->complained_s[part] = 0;
    store->trouble[part] = (struct plx_store_trouble){{0}, NULL};
}

static bool
save(void *context, const struct plx_ledger *ledger)
{
    struct plx_sqlite *store = context;

    if (!store->db) {
        complain(store, PLX_STORE_COUNTS);
        return false;
    }
    if (!plx_sqlite_exec(store, "BEGIN IMMEDIATE") || !save_all(store, ledger) || !plx_sqlite_exec(store, "COMMIT")) {
        plx_store_file_explain(store, "writing");
        complain(store, PLX_STORE_COUNTS);
        if (!sqlite3_get_autocommit(store->db))
            plx_sqlite_exec(store, "ROLLBACK");
        return false;
    }
    is_well(store, PLX_STORE_COUNTS);
    store->sequence = ledger->sequence;
    store->evicted = ledger->evicted;
    return true;
}

/* ---- the key of marks ---- */

/*
 * The key of marks (secrets/marks.h) is the store's, so that what it keeps can be matched over a restart; a new store
 * takes this process's. False: the file's error says why.
 */
static bool
share_key(struct plx_sqlite *store)
{
    static const char name[] = "mark_key";
    unsigned char key[PLX_MARK_KEY_BYTES];
    sqlite3_stmt *get = NULL;
    bool ok =
        sqlite3_prepare_v2(store->db, "SELECT value FROM state WHERE name = 'mark_key'", -1, &get, NULL) == SQLITE_OK;
    bool found = ok && sqlite3_step(get) == SQLITE_ROW && sqlite3_column_bytes(get, 0) == (int)sizeof(key);

    if (found)
        memcpy(key, sqlite3_column_blob(get, 0), sizeof(key));
    ok = sqlite3_finalize(get) == SQLITE_OK && ok;
    if (found) {
        plx_mark_set_key(key);
        return ok;
    }
    plx_mark_key(key);
    plx_sqlite_bind_text(store->statements[PLX_PUT_STATE], 1, plx_slice_of(name));
    plx_sqlite_bind_blob(store->statements[PLX_PUT_STATE], 2, plx_slice_make((const char *)key, sizeof(key)));
    return ok && plx_sqlite_run(store->statements[PLX_PUT_STATE]);
}

/* ---- the file that comes and goes ---- */

/* A new file, where there is none. */
static enum plx_store_presence
make_anew(struct plx_sqlite *store)
{
    uint64_t now = plx_monotonic_ns() / PLX_NS_PER_MS;

    if ((store->tried_ms && now - store->tried_ms < REOPEN_EVERY_MS) || plx_store_file_is_there(store))
        return PLX_STORE_NOWHERE;
    store->tried_ms = now;
    if (!plx_store_file_open(store))
        return PLX_STORE_NOWHERE;
    if (!share_key(store)) {
        plx_store_file_explain(store, "making");
        plx_store_file_close(store);
        return PLX_STORE_NOWHERE;
    }
    store->sequence = store->evicted = 0;
    store->was_open = true;
    plx_log(PLX_LOG_WARN, "store_made", PLX_TEXT("file", store->path),
            PLX_TEXT("what", "there was no file: all that is known is written into a new one"));
    return PLX_STORE_NEW;
}

/* One that was there when the process began, and could not be used. Tried again only where something about it is
 * another thing than it was. */
static enum plx_store_presence
come_back(struct plx_sqlite *store)
{
    uint64_t now = plx_monotonic_ns() / PLX_NS_PER_MS;

    if (!store->awaited && store->tried_ms && now - store->tried_ms < REOPEN_EVERY_MS)
        return PLX_STORE_NOWHERE;
    store->tried_ms = now;
    if (!plx_store_file_has_changed(store))
        return PLX_STORE_NOWHERE;
    if (plx_store_file_open(store))
        return PLX_STORE_BACK;
    (void)plx_store_file_has_changed(store); /* as it is now, whatever was tried */
    return PLX_STORE_NOWHERE;
}

static enum plx_store_presence
look(void *context, bool may_come_back)
{
    struct plx_sqlite *store = context;

    plx_store_backup_expire(store);
    if (store->db && !plx_store_file_has_moved(store))
        return PLX_STORE_THERE;
    if (store->db) {
        plx_store_file_leave(store);
        complain(store, PLX_STORE_COUNTS);
    }
    if (may_come_back && !store->was_open && plx_store_file_is_there(store))
        return come_back(store);
    return make_anew(store);
}

static bool
trouble(void *context, enum plx_store_part part, char *text, size_t size)
{
    const struct plx_store_trouble *trouble = &((struct plx_sqlite *)context)->trouble[part];

    if (!trouble->what[0])
        return false;
    snprintf(text, size, "%s; %s", trouble->what, trouble->mend);
    return true;
}

/* ---- stages ---- */

static bool
save_stages(void *context, const struct plx_ledger *ledger)
{
    struct plx_sqlite *store = context;

    if (store->in_use)
        plx_stage_file_refuse(store);
    if (store->in_use || !plx_stage_file_write(store, ledger)) {
        complain(store, PLX_STORE_STAGES);
        return false;
    }
    is_well(store, PLX_STORE_STAGES);
    /* What an earlier version had in the tables is not to come back when the file is lost. */
    if (store->db)
        plx_store_drop_stage_rows(store);
    return true;
}

/* From the file, or from the tables of an earlier version where there is none yet. */
static enum plx_status
load_stages(struct plx_sqlite *store, struct plx_ledger *ledger)
{
    enum plx_stage_file_found found = plx_stage_file_read(store, ledger);

    if (found == PLX_STAGE_FILE_DAMAGED)
        complain(store, PLX_STORE_STAGES);
    if (found != PLX_STAGE_FILE_NONE || !store->db)
        return PLX_OK;
    enum plx_status status = plx_store_load_stages(store, ledger);
    if (status == PLX_OK && ledger->stages.count && !save_stages(store, ledger))
        ledger->stages_behind = true;
    return status;
}

/* ---- beginning and end ---- */

static void
close_store(void *context)
{
    struct plx_sqlite *store = context;

    plx_store_file_close(store);
    free(store->stages_path);
    free(store->path);
    free(store);
}

/* The file stays as it is; trouble says why. */
static void
set_aside(struct plx_sqlite *store, enum plx_status status)
{
    if (status == PLX_E_SYNTAX)
        plx_store_file_trouble(store, PLX_STORE_MEND_AWAY, "the store is damaged: %s", store->damage);
    else if (status == PLX_E_MEMORY)
        plx_store_file_trouble(store, "make room in memory, then start again", "there is no memory to read the store");
    else
        plx_store_file_explain(store, "reading");
    plx_store_file_close(store);
}

static bool
load(void *context, struct plx_ledger *ledger)
{
    struct plx_sqlite *store = context;
    enum plx_status status = load_stages(store, ledger);

    if (!store->db) {
        (void)plx_store_file_has_changed(store);
        complain(store, PLX_STORE_COUNTS);
        return true;
    }
    if (status == PLX_OK)
        status = plx_store_load(store, ledger);
    if (status == PLX_OK && !share_key(store))
        status = PLX_E_IO;
    if (status != PLX_OK)
        set_aside(store, status);
    store->was_open = status == PLX_OK;
    return status == PLX_OK;
}

/* The key of marks stays the process's until a restart: marks are made with it on other threads. */
static bool
load_back(void *context, struct plx_ledger *beside)
{
    struct plx_sqlite *store = context;
    enum plx_status status = plx_store_load(store, beside);

    if (status != PLX_OK) {
        set_aside(store, status);
        (void)plx_store_file_has_changed(store);
        return false;
    }
    store->was_open = true;
    plx_log(PLX_LOG_WARN, "store_back", PLX_TEXT("file", store->path),
            PLX_TEXT("what", "it can be used now: what was counted since the start is added to what it has"));
    return true;
}

static struct plx_sqlite *
make(const char *path)
{
    struct plx_sqlite *store = calloc(1, sizeof(*store));

    if (!store)
        return NULL;
    store->path = strdup(path);
    store->stages_path = plx_stage_file_path(path);
    if (store->path && store->stages_path)
        return store;
    close_store(store);
    return NULL;
}

static const struct plx_store_ops operations = {
    .load = load,
    .load_back = load_back,
    .look = look,
    .save = save,
    .save_stages = save_stages,
    .trouble = trouble,
    .backup_begin = plx_store_backup_begin,
    .backup_read = plx_store_backup_read,
    .backup_stages = plx_store_backup_stages,
    .purge = plx_store_purge,
    .list_others = plx_store_list_others,
    .close = close_store,
};

bool
plx_store_open(const char *path, struct plx_store *opened)
{
    struct plx_sqlite *store = make(path);

    if (!store)
        return false;
    (void)plx_store_file_open(store);
    *opened = (struct plx_store){&operations, store};
    return true;
}

/* ---- looked at beforehand ---- */

bool
plx_store_is_current(const char *path)
{
    struct plx_sqlite *store = make(path);
    bool current = false;

    if (store && plx_store_file_is_there(store) && !plx_store_file_peek(store, &current))
        current = false;
    if (store)
        close_store(store);
    return current;
}

/* Into a ledger that nobody uses. */
static bool
load_to_check(void *context, struct plx_ledger *ledger)
{
    struct plx_sqlite *store = context;
    enum plx_status status = store->db ? plx_store_load(store, ledger) : PLX_OK;

    (void)plx_stage_file_read(store, ledger);
    if (status != PLX_OK)
        set_aside(store, status);
    return status == PLX_OK;
}

/* Whether the file could be made, or is one that this user may write. */
static bool
may_be_used(const struct plx_sqlite *store, char *text, size_t size)
{
    const char *slash = strrchr(store->path, '/');
    bool there = plx_store_file_is_there(store);
    char *folder = !slash ? strdup(".") : strndup(store->path, (size_t)(slash - store->path) + 1);
    bool may = folder && access(folder, W_OK | X_OK) == 0 && (!there || access(store->path, R_OK | W_OK) == 0);

    if (!may)
        snprintf(text, size,
                 "%s: this user may not write the store, or its folder is not there; the user who runs the proxy must",
                 store->path);
    free(folder);
    return may;
}

enum plx_store_check
plx_store_check(const char *path, char *text, size_t size)
{
    struct plx_store_ops checking = operations; /* for as long as the ledger below */
    const struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.05};
    enum plx_store_check result = PLX_STORE_FINE;
    struct plx_sqlite *store = make(path);
    bool current;

    if (!store || !may_be_used(store, text, size)) {
        if (store)
            close_store(store);
        else
            snprintf(text, size, "%s: no memory to look at the store", path);
        return PLX_STORE_UNKNOWN;
    }
    if (plx_store_file_is_there(store) && plx_store_file_peek(store, &current) && !current)
        plx_store_file_close(store);
    bool in_use = store->in_use;
    checking.load = load_to_check;
    struct plx_ledger *ledger = plx_ledger_open(&options, (struct plx_store){&checking, store});
    for (unsigned part = 0; ledger && part < PLX_STORE_PARTS && result == PLX_STORE_FINE; part++)
        if ((part != PLX_STORE_COUNTS || !in_use) &&
            plx_ledger_store_trouble(ledger, (enum plx_store_part)part, text, size))
            result = PLX_STORE_UNFIT;
    plx_ledger_close(ledger);
    return result;
}
